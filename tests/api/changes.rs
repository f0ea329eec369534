//! The change feed by pages and lines: everything once, in order, and enough to know one's copy equal.

use rstest::rstest;
use serde_json::{Value, json};
use standards_registry::log::hash::{leaf_hash, sha256, to_hex};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::catalogue::creation;
use crate::support::copy::Copy;
use crate::support::entry::{care_home_safety, row, row_with};
use crate::support::{Client, Registry};

const OWNER: &str = "370214";

/// A short history with every kind of change; answers the position it ends at.
fn history(city: &Client) -> i64 {
    let first = city.create(OWNER, care_home_safety());
    let second = city.create("370213", row("GB/T 42195-2022"));
    let first = city.change(&first, json!({"keywords": ["养老机构"]}));
    city.withdraw(&second);
    city.change(&first, json!({"keywords": ["养老机构", "安全"]}));
    let rows: Vec<Value> = (1..=20)
        .map(|serial| creation(OWNER, row(&format!("T/QDAS {serial}-2024"))))
        .collect();
    city.bulk(&rows).expect(200);
    i64::try_from(city.log_head()).unwrap()
}

#[rstest]
fn every_position_comes_once_and_in_order(
    #[values(Sqlite, Postgres)] backend: Backend,
    #[values(1, 3, 7, 1000)] limit: usize,
) {
    let registry = Registry::start(backend);
    let head = history(&registry.as_city());
    let mut copy = Copy::default();
    let last = copy.catch_up(&registry.anonymous(), &format!("&limit={limit}"));

    assert!(
        copy.positions.iter().copied().eq(1..=head),
        "{:?}",
        copy.positions
    );
    assert_eq!(last.at("/position"), head);
    assert_eq!(last.header("Log-Position"), Some(head.to_string()));
    // The built-in framework, the revised row, twenty of the batch.
    assert_eq!(copy.live.len(), 22);
}

#[rstest]
fn lines_say_the_same_and_end_with_a_closing_line(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let head = history(&registry.as_city());
    let reader = registry.anonymous();
    let lines = reader
        .with("Accept", "application/x-ndjson")
        .get("/v1/changes")
        .expect(200);
    assert_eq!(
        lines.header("Content-Type").as_deref(),
        Some("application/x-ndjson")
    );
    let mut copy = Copy::default();
    let closing = copy.apply_lines(&lines.body).expect("a closing line");
    assert!(copy.positions.iter().copied().eq(1..=head));
    assert_eq!(closing["end"], true);
    assert_eq!(closing["position"], head);
    copy.assert_equal(&closing);

    let page = reader.get("/v1/changes?limit=1000").expect(200).json();
    let mut items = lines.lines();
    items.pop();
    assert_eq!(page["items"], Value::from(items));
    assert_eq!(page["next"], closing["next"]);
}

#[rstest]
fn a_page_of_lines_closes_too_and_says_that_there_is_more(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    history(&registry.as_city());
    let reader = registry.anonymous().with("Accept", "application/x-ndjson");
    let lines = reader.get("/v1/changes?limit=5").expect(200).lines();
    assert_eq!(lines.len(), 6);
    let closing = &lines[5];
    assert_eq!(closing["end"], false);
    assert_eq!(closing["count"], Value::Null);
    assert_eq!(closing["digest"], Value::Null);
    assert_eq!(closing["next"], lines[4]["cursor"]);
}

#[rstest]
fn a_body_cut_anywhere_goes_on_from_its_last_line(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let head = history(&registry.as_city());
    let reader = registry.anonymous().with("Accept", "application/x-ndjson");
    let whole = reader.get("/v1/changes").expect(200).body;
    for cut in (0..whole.len()).step_by(509) {
        let mut copy = Copy::default();
        assert!(
            copy.apply_lines(&whole[..cut]).is_none(),
            "cut at {cut}, nothing closes"
        );
        let rest = reader
            .get(&format!("/v1/changes?after={}", copy.cursor_or_0()))
            .expect(200);
        let closing = copy.apply_lines(&rest.body).expect("a closing line");
        assert!(copy.positions.iter().copied().eq(1..=head), "cut at {cut}");
        copy.assert_equal(&closing);
    }
}

#[rstest]
fn a_revision_says_all_that_its_entry_says(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let entry = registry.as_city().create(OWNER, care_home_safety());
    let shown = registry.anonymous().get(&entry.path).expect(200).json();
    let after = entry.position - 1;
    let item = registry
        .anonymous()
        .get(&format!("/v1/changes?after={after}"))
        .expect(200)
        .at("/items/0");
    assert_eq!(item["type"], "revision");
    for (name, value) in shown.as_object().unwrap() {
        if name != "computed" {
            assert_eq!(&item[name], value, "{name}");
        }
    }
    assert_eq!(item.get("computed"), None);
    assert_eq!(item.get("leaf"), None);
}

#[rstest]
fn with_its_leaf_each_line_proves_itself(#[values(Sqlite, Postgres)] backend: Backend) {
    use base64::Engine;
    let registry = Registry::start(backend);
    history(&registry.as_city());
    let answer = registry
        .anonymous()
        .get("/v1/changes?limit=1000&leaf=true")
        .expect(200);
    let raw: Vec<&str> = answer.text().split("\"content\":").skip(1).collect();
    let items = answer.at("/items");
    let mut contents = raw.iter();
    for item in items.as_array().unwrap() {
        let leaf = &item["leaf"];
        let envelope = base64::engine::general_purpose::STANDARD
            .decode(leaf["envelope"].as_str().unwrap())
            .unwrap();
        assert_eq!(leaf["hash"], to_hex(&leaf_hash(&envelope)));
        let envelope: Value = serde_json::from_slice(&envelope).unwrap();
        assert_eq!(envelope["position"], item["position"]);
        let note = serde_json_canonicalizer::to_vec(&leaf["note"]).unwrap();
        assert_eq!(envelope["note"]["sha256"], to_hex(&sha256(&note)));
        if item["type"] == "revision" {
            assert_eq!(envelope["content"]["sha256"], item["content_sha256"]);
            // The bytes as they stand in the line.
            let size = usize::try_from(envelope["content"]["size"].as_u64().unwrap()).unwrap();
            let content = &contents.next().unwrap().as_bytes()[..size];
            assert_eq!(item["content_sha256"], to_hex(&sha256(content)));
        }
    }
}

#[rstest]
fn only_current_revisions_lead_to_the_same_state(
    #[values(Sqlite, Postgres)] backend: Backend,
    #[values(1, 4, 1000)] limit: usize,
) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    history(&city);
    let mut copy = Copy::default();
    copy.catch_up(&registry.anonymous(), &format!("&mode=latest&limit={limit}"));
    // Framework, revised row, withdrawn row, the batch: each once.
    assert_eq!(copy.positions.len(), 23);

    // What comes later leads on from there.
    let entry = city.create(OWNER, row("GB 50016-2014"));
    let entry = city.change(&entry, json!({"title": "建筑设计防火规范"}));
    copy.catch_up(&registry.anonymous(), &format!("&mode=latest&limit={limit}"));
    assert_eq!(
        copy.positions.last(),
        Some(&i64::try_from(entry.position).unwrap())
    );
    assert_eq!(copy.positions.len(), 24);
}

#[rstest]
fn nothing_new_is_an_empty_page_at_the_end(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    history(&registry.as_city());
    let mut copy = Copy::default();
    copy.catch_up(&registry.anonymous(), "&limit=1000");
    let cursor = copy.cursor.clone();
    let page = copy.catch_up(&registry.anonymous(), "");
    assert_eq!(page.at("/items"), json!([]));
    assert_eq!(page.at("/next"), cursor);
    // The same page again is the same bytes, which a client can have confirmed.
    let again = registry.anonymous().with("If-None-Match", &page.etag());
    again.get(&format!("/v1/changes?after={cursor}")).expect(304);
}

#[rstest]
fn both_instances_give_the_same_bytes(
    #[values(
        "/v1/changes?limit=7",
        "/v1/changes?after=5&leaf=true&limit=9",
        "/v1/changes?mode=latest",
        "/v1/snapshot?limit=3",
        "/v1/digest?buckets=true"
    )]
    path: &str,
) {
    let registry = Registry::start(Postgres);
    let other = registry.second_instance();
    let head = history(&registry.as_city());
    let from = |registry: &Registry| {
        let reader = registry.anonymous().with("Min-Position", &head.to_string());
        reader.get("/v1/digest").expect(200);
        reader.get(path).expect(200).body
    };
    assert_eq!(from(&registry), from(&other));
}

#[rstest]
fn a_page_may_be_asked_for_at_least_at_a_position(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let written = registry
        .as_city()
        .create(OWNER, row_with("GB 50016-2014", json!({})));
    let reader = registry.anonymous();
    let seen = reader.with("Min-Position", &written.position.to_string());
    assert_eq!(
        seen.get("/v1/changes?limit=1000").expect(200).at("/position"),
        written.position
    );
}
