//! `Idempotency-Key`: a write that may have happened can be sent again without happening twice.

use rstest::rstest;
use serde_json::json;
use standards_registry::store::conn::{Conn, Purpose};
use standards_registry::store::idempotency;

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::entry::{body, problem, row};
use crate::support::{Answer, Registry};

fn replayed(answer: &Answer) -> Option<String> {
    answer.header("Idempotency-Replayed")
}

#[rstest]
fn a_retry_gets_the_first_answer_and_writes_nothing(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214").with("Idempotency-Key", "k-1");
    let whole = body("370214", row("GB 38600-2019"));
    let first = district.post("/v1/standards", &whole).expect(201);
    assert_eq!(replayed(&first), None);
    let head = district.log_head();

    for _ in 0..2 {
        let again = district.post("/v1/standards", &whole).expect(201);
        assert_eq!(replayed(&again).as_deref(), Some("true"));
        assert_eq!(again.text(), first.text());
        for name in ["ETag", "Location", "Log-Position"] {
            assert_eq!(again.header(name), first.header(name), "{name}");
        }
    }
    assert_eq!(district.log_head(), head);
}

#[rstest]
fn the_same_key_with_another_body_is_422(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214").with("Idempotency-Key", "k-1");
    district
        .post("/v1/standards", &body("370214", row("GB 38600-2019")))
        .expect(201);
    let head = district.log_head();
    let refused = district
        .post("/v1/standards", &body("370214", row("GB/T 35796-2017")))
        .expect(422);
    assert_eq!(problem(&refused), "idempotency-mismatch");
    assert_eq!(district.log_head(), head);
}

#[rstest]
fn a_retry_is_recognised_before_its_if_match_is_held_stale(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let entry = district.create("370214", row("GB 38600-2019"));
    let retrying = district.if_match(&entry.etag);
    let patch = json!({"reason": "更名", "content": {"title": "甲"}});
    let deletion = format!("{}?reason=x", entry.path);

    let patching = retrying.with("Idempotency-Key", "patch");
    let first = patching.patch(&entry.path, &patch).expect(200);
    let again = patching.patch(&entry.path, &patch).expect(200);
    assert_eq!(replayed(&again).as_deref(), Some("true"));
    assert_eq!(again.text(), first.text());

    let deleting = district.if_match(&first.etag()).with("Idempotency-Key", "delete");
    let first = deleting.delete(&deletion).expect(200);
    let again = deleting.delete(&deletion).expect(200);
    assert_eq!(replayed(&again).as_deref(), Some("true"));
    assert_eq!(again.text(), first.text());

    // The patch's own retry still finds its answer, though the entry is gone by now.
    let again = patching.patch(&entry.path, &patch).expect(200);
    assert_eq!(again.at("/revision"), 2);
    assert_eq!(again.at("/withdrawn"), false);
}

#[rstest]
fn a_key_belongs_to_its_subject_method_and_path(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let whole = body("370214", row("GB 38600-2019"));
    let district = registry.as_district("370214").with("Idempotency-Key", "k-1");
    let entry = district.post("/v1/standards", &whole).expect(201);
    let path = entry.header("Location").unwrap();

    let another = registry.as_city().with("Idempotency-Key", "k-1");
    let refused = another.post("/v1/standards", &whole).expect(409);
    assert_eq!(problem(&refused), "duplicate");
    let put = district
        .if_match(&entry.etag())
        .put(&path, &body("370214", row("GB/T 35796-2017")))
        .expect(200);
    assert_eq!(replayed(&put), None);
    let patch = json!({"reason": "x", "content": {"title": "甲"}});
    let patched = district.if_match(&put.etag()).patch(&path, &patch).expect(200);
    assert_eq!(replayed(&patched), None);
}

#[rstest]
fn keys_survive_a_restart_and_a_crash(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    let whole = body("370214", row("GB 38600-2019"));
    let district = registry.as_district("370214").with("Idempotency-Key", "k-1");
    let first = district.post("/v1/standards", &whole).expect(201);
    let head = district.log_head();

    registry.restart();
    let again = district.post("/v1/standards", &whole).expect(201);
    assert_eq!(replayed(&again).as_deref(), Some("true"));
    assert_eq!(again.text(), first.text());

    registry.kill();
    registry.restart();
    let again = district.post("/v1/standards", &whole).expect(201);
    assert_eq!(again.text(), first.text());
    assert_eq!(district.log_head(), head);
}

#[rstest]
fn an_unchanged_write_is_replayed_as_such(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let entry = district.create("370214", row("GB 38600-2019"));
    let retrying = district.if_match(&entry.etag).with("Idempotency-Key", "same");
    let whole = body("370214", row("GB 38600-2019"));
    let first = retrying.put(&entry.path, &whole).expect(200);
    district.change(&entry, json!({"title": "甲"}));
    let again = retrying.put(&entry.path, &whole).expect(200);
    assert_eq!(replayed(&again).as_deref(), Some("true"));
    assert_eq!(again.text(), first.text());
}

#[rstest]
fn a_key_that_no_header_should_carry_is_400(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let whole = body("370214", row("GB 38600-2019"));
    for key in ["", "a b", &"k".repeat(256)] {
        let district = registry.as_district("370214").with("Idempotency-Key", key);
        district.post("/v1/standards", &whole).expect(400);
    }
    let longest = registry
        .as_district("370214")
        .with("Idempotency-Key", &"k".repeat(255));
    longest.post("/v1/standards", &whole).expect(201);
}

#[rstest]
fn an_answer_counts_for_thirty_days(#[values(Sqlite, Postgres)] backend: Backend) {
    const DAY: i64 = 24 * 3600 * 1_000_000;
    let registry = Registry::start(backend);
    let district = registry.as_district("370214").with("Idempotency-Key", "k-1");
    let age = |days: i64| {
        let micros = days * DAY - DAY / 2;
        registry
            .execute(&format!(
                "UPDATE idempotency SET created_at = created_at - {micros}"
            ))
            .unwrap();
    };
    let first = body("370214", row("GB 38600-2019"));
    district.post("/v1/standards", &first).expect(201);

    age(30);
    let again = district.post("/v1/standards", &first).expect(201);
    assert_eq!(replayed(&again).as_deref(), Some("true"));

    age(2);
    let other = body("370214", row("GB/T 35796-2017"));
    let anew = district.post("/v1/standards", &other).expect(201);
    assert_eq!(replayed(&anew), None);
    let again = district.post("/v1/standards", &other).expect(201);
    assert_eq!(replayed(&again).as_deref(), Some("true"));
}

#[rstest]
fn what_is_past_its_time_is_deleted(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    let district = registry.as_district("370214");
    for (key, number) in [("old", "GB 38600-2019"), ("new", "GB/T 35796-2017")] {
        let district = district.with("Idempotency-Key", key);
        district
            .post("/v1/standards", &body("370214", row(number)))
            .expect(201);
    }
    registry
        .execute("UPDATE idempotency SET created_at = 0 WHERE key = 'old'")
        .unwrap();
    registry.restart();

    let location = registry.location();
    let kept = || {
        let mut conn = Conn::establish(&location, Purpose::Read).unwrap();
        idempotency::naming(&mut conn, "revision").unwrap()
    };
    registry.wait_until("rid of the old answer", || kept().len() < 2);
    assert_eq!(kept()[0].key, "new");
}
