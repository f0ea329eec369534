//! Proofs hold in the eyes of others: for every entry, at every size, with the checkpoint that came along.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::auditor::{Tree, bytes, hashes, open};
use crate::support::catalogue::creation;
use crate::support::entry::{faults, problem, row, row_with};
use crate::support::{Entry, Registry};

const OWNER: &str = "370214";

/// A registry that has seen every kind of change, and the newest state of one of its rows.
fn lived_in(backend: Backend) -> (Registry, Entry) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let entry = city.create(OWNER, row("GB 38600-2019"));
    city.change(&entry, json!({"keywords": ["养老"]}));
    let other = city.create(
        OWNER,
        row_with("GB/T 35796-2017", json!({"implemented_on": "2018-05-01"})),
    );
    city.withdraw(&other);
    let rows: Vec<Value> = (1..=9)
        .map(|serial| creation("370213", row(&format!("T/QDAS {serial}-2024"))))
        .collect();
    city.bulk(&rows).expect(200);
    (registry, entry)
}

#[rstest]
fn every_entry_is_proved_at_every_size(#[values(Sqlite, Postgres)] backend: Backend) {
    let (registry, _) = lived_in(backend);
    let auditor = registry.anonymous();
    let key = auditor.verifier_key();
    let entries = auditor.envelopes();
    let newest = auditor.checkpoint(&key);
    assert_eq!(u64::try_from(entries.len()).unwrap(), newest.size);
    for (position, entry) in (0..).zip(&entries) {
        for size in position + 1..=newest.size {
            let path = format!("/v1/log/proofs/inclusion?position={position}&size={size}");
            let proof = auditor.get(&path).expect(200);
            let tree = auditor.proved_for(&proof, &key);
            assert_eq!((tree.size, proof.at("/tree_size")), (size, json!(size)));
            assert_eq!(proof.at("/leaf_index"), position);
            let path = hashes(&proof.at("/audit_path"));
            assert!(tree.holds(entry, position, &path), "{position} of {size}");
            assert!(!tree.holds(b"something else", position, &path));
        }
        let proof = auditor
            .get(&format!("/v1/log/proofs/inclusion?position={position}"))
            .expect(200);
        assert_eq!(auditor.proved_for(&proof, &key), newest);
    }
}

#[rstest]
fn every_size_is_the_beginning_of_every_later_one(#[values(Sqlite, Postgres)] backend: Backend) {
    let (registry, _) = lived_in(backend);
    let auditor = registry.anonymous();
    let key = auditor.verifier_key();
    let newest = auditor.checkpoint(&key);
    let trees: Vec<Tree> = (1..=newest.size)
        .map(|size| {
            let proof = auditor.get(&format!("/v1/log/proofs/consistency?from={size}&to={size}"));
            auditor.proved_for(&proof.expect(200), &key)
        })
        .collect();
    for earlier in &trees {
        for later in trees.iter().filter(|later| later.size >= earlier.size) {
            let (from, to) = (earlier.size, later.size);
            let proof = auditor
                .get(&format!("/v1/log/proofs/consistency?from={from}&to={to}"))
                .expect(200);
            assert_eq!(
                (proof.at("/first"), proof.at("/second")),
                (json!(from), json!(to))
            );
            assert_eq!(auditor.proved_for(&proof, &key), *later);
            assert!(
                later.extends(earlier, &hashes(&proof.at("/consistency"))),
                "{from} of {to}"
            );
        }
    }
    let all = auditor.get("/v1/log/proofs/consistency?from=0").expect(200);
    assert_eq!(
        (all.at("/consistency"), all.at("/second")),
        (json!([]), json!(newest.size))
    );
}

#[rstest]
fn a_revision_is_proved_by_one_file(#[values(Sqlite, Postgres)] backend: Backend) {
    let (registry, entry) = lived_in(backend);
    let auditor = registry.anonymous();
    let key = auditor.verifier_key();
    for path in [
        format!("{}/revisions/1", entry.path),
        format!("{}/revisions/2", entry.path),
        "/v1/frameworks/qingdao/revisions/1".to_owned(),
    ] {
        let shown = auditor.get(&path).expect(200);
        let file = auditor.get(&format!("{path}/tlog-proof")).expect(200);
        let (proof, note) = file.text().split_once("\n\n").unwrap();
        let lines: Vec<&str> = proof.lines().collect();
        assert_eq!(lines[0], "c2sp.org/tlog-proof@v1");
        let envelope = STANDARD.decode(lines[1].strip_prefix("extra ").unwrap()).unwrap();
        let position: u64 = lines[2].strip_prefix("index ").unwrap().parse().unwrap();
        let hashes: Vec<Vec<u8>> = lines[3..]
            .iter()
            .map(|line| STANDARD.decode(line).unwrap())
            .collect();
        assert_eq!(shown.at("/position"), position);
        assert!(open(note, &key).unwrap().holds(&envelope, position, &hashes));
        let envelope: Value = serde_json::from_slice(&envelope).unwrap();
        assert_eq!(envelope["content"]["sha256"], shown.at("/content_sha256"));
    }
    auditor
        .get(&format!("{}/revisions/9/tlog-proof", entry.path))
        .expect(404);
    auditor
        .get("/v1/standards/01938f5e-7b1a-7000-8000-000000000001/revisions/1/tlog-proof")
        .expect(404);
}

#[rstest]
fn entries_are_listed_as_they_were_hashed(#[values(Sqlite, Postgres)] backend: Backend) {
    let (registry, _) = lived_in(backend);
    let auditor = registry.anonymous();
    let head = auditor.log_head();
    let page = auditor.get("/v1/log/entries?from=2&to=5").expect(200);
    let items = page.at("/items");
    let positions: Vec<_> = items
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["position"].clone())
        .collect();
    assert_eq!(positions, [2, 3, 4]);
    assert_eq!(
        (page.at("/next"), page.at("/position")),
        (Value::Null, json!(head))
    );
    for item in items.as_array().unwrap() {
        let proof = auditor
            .get(&format!("/v1/log/proofs/inclusion?position={}", item["position"]))
            .expect(200);
        assert_eq!(item["leaf_hash"], proof.at("/leaf_hash"));
        assert_eq!(bytes(&item["leaf_hash"]).len(), 32);
    }
    let beyond = auditor
        .get(&format!("/v1/log/entries?from={}", head + 1))
        .expect(200);
    assert_eq!(
        (beyond.at("/items"), beyond.at("/next")),
        (json!([]), Value::Null)
    );
}

#[rstest]
fn what_cannot_be_proved_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let auditor = registry.anonymous();
    for (path, expected) in [
        ("proofs/inclusion", vec![("?position", "required")]),
        (
            "proofs/inclusion?position=-1",
            vec![("?position", "out_of_range")],
        ),
        (
            "proofs/inclusion?position=x&size=0",
            vec![("?position", "not_an_integer"), ("?size", "out_of_range")],
        ),
        (
            "proofs/inclusion?position=2&size=2",
            vec![("?position", "beyond_size")],
        ),
        ("proofs/consistency", vec![("?from", "required")]),
        ("proofs/consistency?from=3&to=2", vec![("?from", "beyond_to")]),
        (
            "proofs/consistency?from=1&until=2",
            vec![("?until", "unknown_parameter")],
        ),
        ("entries?from=3&to=2", vec![("?from", "beyond_to")]),
        ("keys?x=1", vec![("?x", "unknown_parameter")]),
    ] {
        let refused = auditor.get(&format!("/v1/log/{path}")).expect(400);
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(pointer, code)| (pointer.to_owned(), code.to_owned()))
            .collect();
        assert_eq!(faults(&refused), expected, "{path}");
    }
    let head = auditor.log_head();
    for path in [
        format!("inclusion?position={}", head + 1),
        format!("inclusion?position=0&size={}", head + 2),
        format!("consistency?from={}", head + 2),
        "consistency?from=1&to=9223372036854775807".to_owned(),
    ] {
        let refused = auditor.get(&format!("/v1/log/proofs/{path}")).expect(400);
        assert_eq!(
            (problem(&refused).as_str(), refused.at("/head")),
            ("beyond-head", json!(head)),
            "{path}"
        );
    }
}
