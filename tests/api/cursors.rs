//! Cursors name a place in one log: elsewhere, and in another history, they lead nowhere, and that is said.

use rstest::rstest;

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::copy::Copy;
use crate::support::entry::{faults, problem, row};
use crate::support::{Answer, Registry};

const OWNER: &str = "370214";

#[rstest]
fn a_malformed_cursor_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let reader = registry.anonymous();
    let after = |path: &str, code: &str| {
        let refused = reader.get(path).expect(400);
        assert_eq!(
            faults(&refused),
            [("?after".to_owned(), code.to_owned())],
            "{path}"
        );
    };
    let cursor = reader.get("/v1/changes?limit=1").expect(200).at("/next");
    let cursor = cursor.as_str().unwrap();
    let cut = &cursor[..cursor.len() - 1];
    for words in ["-1", "1.5", "latest", "c", "%00", "99999999999999999999", cut] {
        after(&format!("/v1/changes?after={words}"), "malformed_cursor");
        after(&format!("/v1/snapshot?after={words}"), "malformed_cursor");
    }
    // The cursor of one kind of page is none of the other.
    after(&format!("/v1/snapshot?after={cursor}"), "malformed_cursor");
    let page = reader.get("/v1/snapshot?limit=1").expect(200);
    if let Some(next) = page.at("/next").as_str() {
        after(&format!("/v1/changes?after={next}"), "malformed_cursor");
    }
    after("/v1/changes?after=1&after=2", "repeated");
}

#[rstest]
fn a_bare_position_is_taken_unchecked(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let entry = registry.as_city().create(OWNER, row("GB 38600-2019"));
    let page = registry
        .anonymous()
        .get(&format!("/v1/changes?after={}", entry.position - 1))
        .expect(200);
    assert_eq!(page.at("/items/0/id"), entry.id);
}

/// 410, with all that a client needs to begin anew.
fn assert_gone(answer: &Answer) {
    assert_eq!(problem(answer), "cursor-gone");
    assert_eq!(answer.at("/snapshot"), "/v1/snapshot");
    assert_eq!(answer.header("Cache-Control").as_deref(), Some("no-store"));
    let wait: u32 = answer.header("Retry-After").unwrap().parse().unwrap();
    assert!((1..=30).contains(&wait));
}

#[rstest]
fn after_a_restored_backup_a_copy_is_told_to_begin_anew(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    let city = registry.as_city();
    city.create(OWNER, row("GB 38600-2019"));
    let mut early = Copy::default();
    early.catch_up(&registry.anonymous(), "");
    assert!(registry.stop().success());
    let restored = registry.restored_elsewhere();
    registry.restart();

    // Both histories go on, each in its own way; readers of the one come to the other.
    city.create(OWNER, row("GB 50016-2014"));
    let mut late = early.clone();
    late.catch_up(&registry.anonymous(), "");
    let page = registry
        .anonymous()
        .get("/v1/snapshot?limit=1")
        .expect(200)
        .at("/next");
    let page = page.as_str().unwrap();
    let reader = restored.anonymous();
    for path in ["/v1/changes?after=", "/v1/changes?wait=60&after="] {
        assert_gone(&reader.get(&format!("{path}{}", late.cursor)).expect(410));
    }
    assert_gone(&reader.get("/v1/changes?after=9999").expect(410));
    assert_gone(&reader.get(&format!("/v1/snapshot?after={page}")).expect(410));
    restored.as_city().create(OWNER, row("GB/T 42195-2022"));
    for accept in ["application/json", "application/x-ndjson", "text/event-stream"] {
        let reader = reader.with("Accept", accept);
        // Now there is a leaf at that position, but another one.
        for path in ["/v1/changes?after=", "/v1/changes?wait=60&after="] {
            assert_gone(&reader.get(&format!("{path}{}", late.cursor)).expect(410));
        }
    }
    assert_gone(
        &reader
            .get(&format!("/v1/snapshot?limit=1&after={page}"))
            .expect(410),
    );

    // A place from before the backup is in both histories.
    early.catch_up(&reader, "");
    // The swap: a fresh copy, never a merge.
    let mut fresh = Copy::default();
    let body = reader
        .with("Accept", "application/x-ndjson")
        .get("/v1/snapshot")
        .expect(200);
    for line in body.lines().iter().filter(|line| line.get("end").is_none()) {
        fresh.apply(line);
    }
    assert_eq!(fresh.live, early.live);
    assert_ne!(fresh.live, late.live);
}
