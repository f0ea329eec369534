//! The guard: what was signed once is remembered outside the database, so putting the database back is noticed.

use std::fs;

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::Registry;
use crate::support::auditor::hashes;
use crate::support::entry::{body, problem, row};

const OWNER: &str = "370214";

/// A registry whose database was put back to an older state, and the positions it had then and at last.
pub fn rolled_back(backend: Backend) -> (Registry, u64, u64) {
    let mut registry = Registry::start(backend);
    let city = registry.as_city();
    let kept = city.create(OWNER, row("GB 38600-2019")).position;
    registry.stop();
    let backup = registry.back_up();
    registry.restart();
    city.create(OWNER, row("GB/T 35796-2017"));
    let lost = city.create(OWNER, row("GB/T 42195-2022")).position;
    registry.stop();
    registry.put_back(&backup);
    (registry, kept, lost)
}

/// What `/readyz` gives as reasons, in English.
pub fn reasons(registry: &Registry) -> Vec<String> {
    let ready = registry.anonymous().get("/readyz").expect(200);
    assert_eq!(ready.at("/ready"), json!(true));
    let reasons = ready.at("/reasons");
    let english = |reason: &Value| reason["en"].as_str().unwrap().to_owned();
    reasons.as_array().unwrap().iter().map(english).collect()
}

#[rstest]
fn a_database_put_back_is_read_but_neither_signed_nor_written(#[values(Sqlite, Postgres)] backend: Backend) {
    let (mut registry, kept, lost) = rolled_back(backend);
    registry.restart();
    let anyone = registry.anonymous();

    let found = format!("position {}: {} entries were signed", kept + 1, lost + 1);
    let told = reasons(&registry);
    assert!(told.len() == 1 && told[0].starts_with(&found), "{told:?}");
    for path in [
        "/log/checkpoint",
        "/v1/log/proofs/inclusion?position=1",
        "/v1/log/proofs/consistency?from=1",
        "/v1/frameworks/qingdao/revisions/1/tlog-proof",
    ] {
        let refused = anyone.get(path).expect(503);
        assert_eq!(problem(&refused), "unsigned", "{path}");
        assert!(refused.header("Retry-After").is_some());
    }
    let refused = registry
        .as_city()
        .post("/v1/standards", &body(OWNER, row("GB 50016-2014")));
    assert_eq!(problem(&refused.expect(503)), "unsigned");

    assert_eq!(anyone.log_head(), kept);
    let head = anyone.get("/v1/log/head").expect(200);
    assert_eq!(
        (head.at("/size"), head.at("/checkpoint")),
        (json!(kept + 1), Value::Null)
    );
    anyone.get("/log/tile/0/000.p/3").expect(200);
    let (code, findings) = registry.fsck();
    assert_eq!(code, Some(1), "{findings}");
    assert!(findings.contains(&found), "{findings}");
}

#[rstest]
fn the_newest_copy_put_back_is_signed_again(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    registry.as_city().create(OWNER, row("GB 38600-2019"));
    let auditor = registry.anonymous();
    let key = auditor.verifier_key();
    let before = auditor.checkpoint(&key);
    registry.stop();
    let backup = registry.back_up();
    registry.put_back(&backup);
    registry.restart();
    assert_eq!(auditor.checkpoint(&key), before);
    assert!(reasons(&registry).is_empty());

    registry.as_city().create(OWNER, row("GB/T 42195-2022"));
    let after = auditor.checkpoint(&key);
    let proof = auditor.get(&format!("/v1/log/proofs/consistency?from={}", before.size));
    assert!(after.extends(&before, &hashes(&proof.expect(200).at("/consistency"))));
}

#[rstest]
fn another_history_of_the_same_length_is_noticed(#[values(Sqlite, Postgres)] backend: Backend) {
    let (mut registry, kept, _) = rolled_back(backend);
    // Whoever put it back also took the guard away, and wrote on; then the guard came back.
    let guard = registry.data().join("guard.note");
    let aside = registry.data().join("aside");
    fs::rename(&guard, &aside).unwrap();
    registry.restart();
    for number in ["GB 50016-2014", "GB 50011-2010", "GB 18580-2017"] {
        registry.as_city().create(OWNER, row(number));
    }
    registry.stop();
    fs::rename(&aside, &guard).unwrap();
    registry.restart();

    let told = reasons(&registry);
    let found = format!("an entry between positions 0 and {}", kept + 2);
    assert!(told.len() == 1 && told[0].starts_with(&found), "{told:?}");
    registry.anonymous().get("/log/checkpoint").expect(503);
}

#[rstest]
fn a_lost_guard_is_told_until_somebody_has_looked(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    registry.as_city().create(OWNER, row("GB 38600-2019"));
    registry.stop();
    fs::remove_file(registry.data().join("guard.note")).unwrap();
    registry.restart();

    let told = reasons(&registry);
    assert!(
        told.len() == 1 && told[0].contains("guard.note was missing at start"),
        "{told:?}"
    );
    registry.anonymous().get("/log/checkpoint").expect(200);
    registry.as_city().create(OWNER, row("GB/T 42195-2022"));
    registry.restart();
    assert!(reasons(&registry).is_empty());
}

#[rstest]
fn a_damaged_guard_is_not_overwritten(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    registry.stop();
    let guard = registry.data().join("guard.note");
    fs::write(&guard, "half a no").unwrap();
    registry.restart();
    let told = reasons(&registry);
    assert!(told.len() == 1 && told[0].contains("guard.note"), "{told:?}");
    registry.anonymous().get("/log/checkpoint").expect(503);
    let (code, findings) = registry.fsck();
    assert!(code == Some(1) && findings.contains("guard.note"), "{findings}");
    assert_eq!(fs::read_to_string(&guard).unwrap(), "half a no");

    fs::remove_file(&guard).unwrap();
    registry.restart();
    registry.anonymous().get("/log/checkpoint").expect(200);
}

#[rstest]
fn the_guard_of_another_log_is_no_guard(#[values(Sqlite, Postgres)] backend: Backend) {
    let other = Registry::start(Sqlite);
    let mut registry = Registry::start(backend);
    registry.stop();
    fs::copy(
        other.data().join("guard.note"),
        registry.data().join("guard.note"),
    )
    .unwrap();
    registry.restart();
    let told = reasons(&registry);
    assert!(
        told.len() == 1 && told[0].contains("the database holds"),
        "{told:?}"
    );
}

#[test]
fn an_edited_head_is_not_signed_while_the_service_runs() {
    let registry = Registry::start(Postgres);
    let city = registry.as_city();
    city.create(OWNER, row("GB 38600-2019"));
    registry
        .execute("UPDATE log_head SET root = (SELECT sha256 FROM content LIMIT 1), size = size + 1")
        .unwrap();
    let refused = registry.anonymous().get("/log/checkpoint").expect(503);
    assert_eq!(problem(&refused), "unsigned");
    assert!(reasons(&registry)[0].contains("a leaf is missing"));
    let refused = city.post("/v1/standards", &body(OWNER, row("GB 50016-2014")));
    assert_eq!(problem(&refused.expect(503)), "unsigned");
}

#[rstest]
#[case::the_head_says_less("UPDATE log_head SET size = size - 1", "a leaf beyond the head")]
#[case::the_head_has_another_root(
    "UPDATE log_head SET root = (SELECT sha256 FROM content LIMIT 1)",
    "the head's root is not that of the leaf hashes"
)]
fn a_log_that_is_not_whole_does_not_start(
    #[values(Sqlite, Postgres)] backend: Backend,
    #[case] tampering: &str,
    #[case] cause: &str,
) {
    let mut registry = Registry::start(backend);
    registry.as_city().create(OWNER, row("GB 38600-2019"));
    registry.stop();
    registry.execute(tampering).unwrap();
    let mut serve = registry.command("serve");
    let ended = serve.args(["--bind", "127.0.0.1:0"]).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(told.contains(cause), "{told}");
}
