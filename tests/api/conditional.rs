//! Preconditions: writes rest on a revision, reads save what is known already.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::Registry;
use crate::support::entry::{body, faults, problem, row};

#[rstest]
fn a_change_without_if_match_is_428(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let entry = district.create("370214", row("GB 38600-2019"));
    let head = district.log_head();
    let whole = body("370214", row("GB 38600-2019"));
    for refused in [
        district.put(&entry.path, &whole),
        district.patch(&entry.path, &json!({"reason": "x", "content": {"title": "甲"}})),
        district.delete(&format!("{}?reason=x", entry.path)),
        district.put(
            &format!("{}/placements/qingdao", entry.path),
            &json!({"reason": "x", "placements": []}),
        ),
        district.delete(&format!("{}/placements/qingdao?reason=x", entry.path)),
        district
            .with("If-None-Match", &entry.etag)
            .put(&entry.path, &whole),
    ] {
        assert_eq!(problem(&refused.expect(428)), "precondition-required");
    }
    assert_eq!(district.log_head(), head);
}

#[rstest]
fn a_stale_if_match_is_412_and_names_the_current_revision(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let entry = district.create("370214", row("GB 38600-2019"));
    let now = district.change(&entry, json!({"title": "甲"}));
    let head = district.log_head();
    let patch = json!({"reason": "x", "content": {"title": "乙"}});
    for refused in [
        district
            .if_match(&entry.etag)
            .put(&entry.path, &body("370214", row("GB 38600-2019"))),
        district.if_match(&entry.etag).patch(&entry.path, &patch),
        district
            .if_match(&entry.etag)
            .delete(&format!("{}?reason=x", entry.path)),
        district.if_match("\"3.000000000000\"").patch(&entry.path, &patch),
        district.if_match("\"abc\"").patch(&entry.path, &patch),
        district
            .if_match(&format!("W/{}", now.etag))
            .patch(&entry.path, &patch),
    ] {
        let refused = refused.expect(412);
        assert_eq!(problem(&refused), "precondition-failed");
        assert_eq!(refused.at("/current_revision"), 2);
    }
    assert_eq!(district.log_head(), head);
}

#[rstest]
fn any_tag_of_the_current_revision_will_do(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let mut entry = district.create("370214", row("GB 38600-2019"));
    let long = "很长的适用范围。".repeat(300);
    entry = district.change(&entry, json!({"scope": long}));

    let packed = district
        .with("Accept-Encoding", "br")
        .get(&entry.path)
        .expect(200)
        .etag();
    let on_a_day = district
        .get(&format!("{}?valid_at=2001-01-01", entry.path))
        .expect(200)
        .etag();
    let plain = district.get(&entry.path).expect(200).etag();
    assert!(packed != plain && on_a_day != plain);

    for (index, tag) in [packed, on_a_day, plain, "*".to_owned()].into_iter().enumerate() {
        // Each change makes a revision, so its tags are fetched anew.
        let tag = tag.replacen("\"2.", &format!("\"{}.", 2 + index), 1);
        let patch = json!({"reason": "x", "content": {"title": format!("第 {index} 次")}});
        district.if_match(&tag).patch(&entry.path, &patch).expect(200);
    }
    let patch = json!({"reason": "x", "content": {"title": "列表"}});
    let current = district.get(&entry.path).expect(200).etag();
    district
        .if_match(&format!("\"1.aa\", {current} , W/\"9.x\""))
        .patch(&entry.path, &patch)
        .expect(200);
}

#[rstest]
fn a_malformed_precondition_is_400(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let entry = district.create("370214", row("GB 38600-2019"));
    for malformed in ["3", "\"3", "", "\"1.a\" \"2.b\""] {
        let patch = json!({"reason": "x", "content": {"title": "甲"}});
        let refused = district
            .if_match(malformed)
            .patch(&entry.path, &patch)
            .expect(400);
        assert_eq!(faults(&refused)[0].0, "If-Match", "{malformed}");
    }
}

#[rstest]
fn a_known_representation_is_304(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let entry = district.create("370214", row("GB 38600-2019"));
    let anyone = registry.anonymous();
    for path in [
        entry.path.clone(),
        format!("{}/revisions", entry.path),
        format!("{}/relations", entry.path),
        "/v1/standards".to_owned(),
        "/v1/standards/lookup?number=GB%2038600-2019".to_owned(),
        "/v1/frameworks/qingdao/matrix".to_owned(),
        "/v1/vocabulary".to_owned(),
        "/v1/divisions".to_owned(),
    ] {
        let first = anyone.get(&path).expect(200);
        let again = anyone.with("If-None-Match", &first.etag()).get(&path).expect(304);
        assert!(again.body.is_empty(), "{path}");
        assert_eq!(again.etag(), first.etag(), "{path}");
        assert_eq!(
            again.header("Cache-Control"),
            first.header("Cache-Control"),
            "{path}"
        );
        let list = format!("\"other\", W/{}", first.etag());
        anyone.with("If-None-Match", &list).get(&path).expect(304);
        anyone.with("If-None-Match", "\"other\"").get(&path).expect(200);
    }
}

#[rstest]
fn a_tag_changes_with_everything_that_is_shown(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let entry = district.create("370214", row("GB 38600-2019"));
    let anyone = registry.anonymous();
    let first = anyone.get(&entry.path).expect(200).etag();
    assert_eq!(anyone.get(&entry.path).expect(200).etag(), first);

    let other_day = anyone
        .get(&format!("{}?valid_at=2001-01-01", entry.path))
        .expect(200)
        .etag();
    let changed = district.change(&entry, json!({"title": "甲"}));
    let now = anyone
        .with("If-None-Match", &first)
        .get(&entry.path)
        .expect(200)
        .etag();
    assert!(now != first && now != other_day && first != other_day);
    assert!(now.starts_with("\"2."));
    assert!(!now.starts_with("W/"));

    // What replaces it changes how it stands, and so its tag, but not its revision.
    let relations = json!([{"type": "replaces", "target": {"number": "GB 38600-2019"}}]);
    let successor = json!({"number": "GB 38600-2025", "title": "新版", "origin": "referenced", "implemented_on": "2025-01-01", "relations": relations});
    district.create("370214", successor);
    let superseded = anyone.get(&entry.path).expect(200);
    assert_ne!(superseded.etag(), now);
    assert_eq!(superseded.at("/revision"), changed.revision);
    let patch = json!({"reason": "x", "content": {"title": "乙"}});
    district.if_match(&now).patch(&entry.path, &patch).expect(200);
}

#[rstest]
fn head_answers_like_get_without_a_body(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let entry = district.create("370214", row("GB 38600-2019"));
    let anyone = registry.anonymous();
    for path in [
        entry.path.clone(),
        "/v1/standards".to_owned(),
        format!("{}/revisions", entry.path),
    ] {
        let got = anyone.get(&path).expect(200);
        let head = anyone.head(&path).expect(200);
        assert!(head.body.is_empty());
        for name in ["ETag", "Content-Type", "Cache-Control", "Log-Position", "Vary"] {
            assert_eq!(head.header(name), got.header(name), "{name} of {path}");
        }
    }
    anyone
        .head("/v1/standards/01938f5e-7b1a-7000-8000-0000000000ff")
        .expect(404);
}

#[rstest]
fn min_position_waits_for_what_was_just_written(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let entry = district.create("370214", row("GB 38600-2019"));
    let anyone = registry.anonymous();
    let position = entry.position.to_string();
    let read = anyone
        .with("Min-Position", &position)
        .get(&entry.path)
        .expect(200);
    assert_eq!(read.header("Log-Position"), Some(position));

    let far = anyone
        .with("Min-Position", "1000000")
        .get(&entry.path)
        .expect(503);
    assert_eq!(problem(&far), "behind");
    assert!(far.header("Retry-After").is_some());
    assert_eq!(far.at("/head"), entry.position);
    for faulty in ["-1", "x", "1.5", ""] {
        let refused = anyone.with("Min-Position", faulty).get(&entry.path).expect(400);
        assert_eq!(faults(&refused)[0].0, "Min-Position");
    }
}

#[rstest]
fn a_method_a_path_does_not_know_is_405(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let entry = district.create("370214", row("GB 38600-2019"));
    let refused = district.post(&entry.path, &Value::Null).expect(405);
    assert_eq!(problem(&refused), "method-not-allowed");
    let allow = refused.header("Allow").unwrap();
    for method in ["GET", "PUT", "PATCH", "DELETE"] {
        assert!(allow.contains(method), "{method} in {allow}");
    }
    let missing = district.get("/v1/nothing").expect(404);
    assert_eq!(problem(&missing), "not-found");
}
