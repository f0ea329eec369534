//! What erasing means for what stands around the erased: frameworks, validity, differences, numbers, followers.

use rstest::rstest;
use serde_json::{Value, json};

use crate::redaction::{BASIS, OWNER, REASON, assert_not_shown, counsel, redact, unlawful};
use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::Registry;
use crate::support::entry::{body, problem, row, row_with};

#[rstest]
fn a_framework_is_revised_before_its_past_is_erased(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let reader = registry.anonymous();
    let framework = reader.get("/v1/frameworks/qingdao").expect(200);
    let placed = row_with(
        "GB 38600-2019",
        json!({"placements": [{"framework": "qingdao", "cell": {"subsystem": "老有颐养", "dimension": "process"}}]}),
    );
    let placed = city.create(OWNER, placed);
    let order = json!({"entry": framework.at("/id"), "revisions": [1], "reason": REASON, "basis": BASIS});

    // Its slug is part of what it says: without it, another framework could take its place under the rows.
    let refused = counsel(&registry).post("/v1/redactions", &order).expect(409);
    assert_eq!(problem(&refused), "conflict");
    assert_eq!(refused.at("/revision"), 1);
    let patch = json!({"reason": "更名", "content": {"title": "青岛市标准体系框架"}});
    city.if_match(&framework.etag())
        .patch("/v1/frameworks/qingdao", &patch)
        .expect(200);
    counsel(&registry).post("/v1/redactions", &order).expect(201);

    for path in [
        "/v1/frameworks/qingdao",
        "/v1/frameworks/qingdao/matrix",
        &placed.path,
    ] {
        reader.get(path).expect(200);
    }
    let then = placed.position;
    for path in ["", "/matrix", "/revisions/1"] {
        let path = format!("/v1/frameworks/qingdao{path}?as_of={then}");
        assert_eq!(problem(&reader.get(&path).expect(410)), "redacted");
    }
    let listed = reader.get(&format!("/v1/frameworks?as_of={then}")).expect(200);
    assert_eq!(listed.at("/items/0/content"), Value::Null);
    reader.get(&format!("{}?as_of={then}", placed.path)).expect(200);
}

#[rstest]
fn an_erased_row_is_valid_in_no_way(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let entry = registry
        .as_district(OWNER)
        .create(OWNER, unlawful("GB 38600-2019"));
    redact(&registry, &entry, &[1]);
    let reader = registry.anonymous();
    let all = reader.get("/v1/standards?facets=validity").expect(200);
    assert_eq!(all.at("/items/0/computed"), Value::Null);
    assert_eq!(all.at("/facets/validity"), json!([]));
    let unknown = reader.get("/v1/standards?validity=unknown").expect(200);
    assert_eq!(unknown.at("/items"), json!([]));
}

#[rstest]
fn the_catalogue_s_difference_says_nothing_of_what_was_erased(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(OWNER);
    let entry = district.create(OWNER, unlawful("GB 38600-2019"));
    district.change(
        &entry,
        json!({"title": "养老机构服务安全基本规范", "keywords": ["养老"]}),
    );
    redact(&registry, &entry, &[1]);
    let path = format!("/v1/diff?from={}&to={}", entry.position, entry.position + 1);
    let diff = registry.anonymous().get(&path).expect(200);
    assert_eq!(diff.at("/changed/0/id"), entry.id.as_str());
    assert_eq!(diff.at("/changed/0/changes"), json!([]));
    assert_not_shown(&diff);
}

/// A number that an erased row bore and another has taken since stands in nobody's way.
#[rstest]
fn a_freed_number_survives_a_rebuild(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    let district = registry.as_district(OWNER);
    let entry = district.create(OWNER, unlawful("GB 38600-2019"));
    redact(&registry, &entry, &[1]);
    district.create(OWNER, row("GB 38600-2019"));
    let tag = registry.anonymous().get(&entry.path).expect(410).etag();
    let taken = district
        .if_match(&tag)
        .put(&entry.path, &body(OWNER, row("GB 38600-2019")));
    assert_eq!(problem(&taken.expect(409)), "duplicate");
    registry.stop();
    let rebuilt = registry.command("rebuild").output().unwrap();
    assert!(
        rebuilt.status.success(),
        "{}",
        String::from_utf8_lossy(&rebuilt.stderr)
    );
    let (code, told) = registry.fsck();
    assert_eq!(code, Some(0), "{told}");
}

#[rstest]
fn followers_hear_of_it(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let reader = registry.anonymous();
    let entry = registry
        .as_district(OWNER)
        .create(OWNER, unlawful("GB 38600-2019"));
    let before = reader.get("/v1/digest").expect(200);
    let done = redact(&registry, &entry, &[1]);
    for path in ["/v1/changes?leaf=true", "/v1/snapshot", "/v1/changes?mode=latest"] {
        let lines = reader.get(path).expect(200);
        assert_not_shown(&lines);
        let items = lines.at("/items");
        let of_entry = |item: &&Value| item["id"] == entry.id.as_str();
        let line = items.as_array().unwrap().iter().find(of_entry).unwrap();
        assert_eq!(line["redacted_by"], done.at("/position"), "{path}");
        assert_eq!(line.get("content"), None);
    }
    let last = reader
        .get(&format!("/v1/changes?after={}", entry.position))
        .expect(200);
    assert_eq!(last.at("/items/0/type"), "redact");
    assert_eq!(last.at("/items/0/erased"), done.at("/erased"));
    // The entry is still there, with the content that the log names.
    assert_eq!(
        reader.get("/v1/digest").expect(200).at("/digest"),
        before.at("/digest")
    );
}
