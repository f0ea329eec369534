//! Registering, reading and changing one standard.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::entry::{body, care_home_safety, faults, problem, row, row_with};
use crate::support::{Entry, Registry};

const CHOSEN: &str = "/v1/standards/01938f5e-7b1a-7000-8000-000000000001";

#[rstest]
fn a_new_standard_is_201_with_where_it_is_and_which_revision(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");

    let without_reason = json!({"owner": "370214", "content": care_home_safety()});
    let created = district.post("/v1/standards", &without_reason).expect(201);

    let entry = Entry::of(&created);
    assert_eq!(created.header("Location"), Some(entry.path.clone()));
    assert_eq!(created.header("Log-Position"), Some(entry.position.to_string()));
    assert!(created.etag().starts_with("\"1."), "{}", created.etag());
    for (member, expected) in [
        ("/kind", json!("standard")),
        ("/revision", json!(1)),
        ("/owner", json!("370214")),
        ("/action", json!("create")),
        ("/actor", json!("district-370214")),
        ("/withdrawn", json!(false)),
        ("/content/title", json!("养老机构服务安全基本规范")),
        ("/computed/validity", json!("in_force")),
        ("/computed/validity_source", json!("dates")),
        ("/computed/superseded_by", json!([])),
    ] {
        assert_eq!(created.at(member), expected, "{member}");
    }

    let read = registry.anonymous().get(&entry.path).expect(200);
    assert_eq!(read.json(), created.json());
    assert_eq!(read.header("Log-Position"), Some(entry.position.to_string()));
    assert!(read.etag().starts_with("\"1."));
}

#[rstest]
fn an_id_is_a_uuid_of_version_7(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let entry = registry
        .as_district("370214")
        .create("370214", row("GB/T 35796-2017"));
    assert_eq!(entry.id.len(), 36);
    assert_eq!(entry.id.as_bytes()[14], b'7');
}

#[rstest]
fn a_chosen_id_creates_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let creating = registry.as_district("370214").with("If-None-Match", "*");
    let whole = body("370214", care_home_safety());

    let created = creating.put(CHOSEN, &whole).expect(201);
    assert_eq!(created.header("Location").as_deref(), Some(CHOSEN));
    assert_eq!(created.at("/id"), CHOSEN.trim_start_matches("/v1/standards/"));

    let again = creating.put(CHOSEN, &whole).expect(412);
    assert_eq!(again.at("/current_revision"), 1);
}

#[rstest]
fn a_put_on_an_unknown_id_with_if_match_creates_nothing(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let refused = district
        .if_match("\"1.x\"")
        .put(CHOSEN, &body("370214", care_home_safety()));
    assert!(matches!(refused.status.as_u16(), 404 | 412), "\n{refused:?}");
    district.get(CHOSEN).expect(404);
}

#[rstest]
fn a_put_replaces_the_whole_content(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let entry = district.create("370214", care_home_safety());

    let whole = json!({
        "owner": "370214", "reason": "精简", "basis": "青市监发〔2026〕12 号", "content": row("GB 38600-2019"),
    });
    let put = district
        .if_match(&entry.etag)
        .put(&entry.path, &whole)
        .expect(200);

    assert_eq!(put.at("/revision"), 2);
    assert_eq!(put.at("/action"), "update");
    assert_eq!(put.at("/reason"), "精简");
    assert_eq!(put.at("/basis"), "青市监发〔2026〕12 号");
    assert_eq!(put.at("/content/title"), "GB 38600-2019 的名称");
    assert_eq!(put.at("/content/issued_by"), Value::Null);
    assert_eq!(district.get(&entry.path).expect(200).json(), put.json());
}

#[rstest]
fn a_patch_merges_members_replaces_arrays_and_removes_what_is_null(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let entry = district.create(
        "370214",
        row_with(
            "GB 38600-2019",
            json!({"keywords": ["安全", "养老机构"], "title_en": "Safety", "claimed_status": {"value": "in_force", "source": "平台"}}),
        ),
    );

    let patch = json!({"reason": "补充", "content": {
        "keywords": ["服务"], "title_en": null, "claimed_status": {"source": "全国标准信息公共服务平台"},
    }});
    let patched = district
        .if_match(&entry.etag)
        .patch(&entry.path, &patch)
        .expect(200);

    assert_eq!(patched.at("/content/keywords"), json!(["服务"]));
    assert_eq!(patched.at("/content/title_en"), Value::Null);
    assert_eq!(
        patched.at("/content/claimed_status"),
        json!({"value": "in_force", "source": "全国标准信息公共服务平台"})
    );
    assert_eq!(patched.at("/content/number"), "GB 38600-2019");
    assert_eq!(patched.at("/revision"), 2);
}

#[rstest]
fn reason_and_basis_are_never_inherited(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let whole =
        json!({"owner": "370214", "reason": "列入", "basis": "文号一", "content": row("GB 38600-2019")});
    let entry = Entry::of(&district.post("/v1/standards", &whole).expect(201));
    let on_it = district.if_match(&entry.etag);

    let wordless = json!({"content": {"title": "甲"}});
    let refused = on_it.patch(&entry.path, &wordless).expect(422);
    assert_eq!(faults(&refused), [("/reason".to_owned(), "required".to_owned())]);
    let wordless = json!({"owner": "370214", "content": row("GB 38600-2019")});
    on_it.put(&entry.path, &wordless).expect(422);

    let patched = on_it
        .patch(
            &entry.path,
            &json!({"reason": "更名", "content": {"title": "甲"}}),
        )
        .expect(200);
    assert_eq!(patched.at("/reason"), "更名");
    assert_eq!(patched.at("/basis"), Value::Null);
}

#[rstest]
fn a_patch_of_any_other_media_type_is_415(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let entry = district.create("370214", row("GB 38600-2019"));
    for media_type in ["application/json", "application/json-patch+json", "text/plain"] {
        let patch = r#"{"reason":"更名","content":{"title":"甲"}}"#;
        let refused = district
            .if_match(&entry.etag)
            .raw("PATCH", &entry.path, media_type, patch)
            .expect(415);
        assert_eq!(problem(&refused), "unsupported-media-type");
        assert_eq!(refused.at("/expected"), json!(["application/merge-patch+json"]));
    }
}

#[rstest]
fn a_write_that_changes_nothing_appends_nothing(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let entry = district.create("370214", care_home_safety());
    let before = district.get(&entry.path).expect(200);
    let head = district.log_head();
    let on_it = district.if_match(&entry.etag);

    let mut otherwise = care_home_safety();
    otherwise["keywords"] = json!(["安全", "养老机构", "安全"]);
    otherwise["title_en"] = json!("Basic specification of service safety for senior care organization");
    otherwise["audience"] = Value::Null;
    let put = on_it.put(&entry.path, &body("370214", otherwise)).expect(200);
    let patch = json!({"reason": "无", "content": {"title": "养老机构服务安全基本规范"}});
    let patched = on_it.patch(&entry.path, &patch).expect(200);

    for answer in [&put, &patched] {
        assert_eq!(answer.etag(), before.etag());
        assert_eq!(answer.at("/revision"), 1);
        assert_eq!(answer.at("/reason"), before.at("/reason"));
    }
    assert_eq!(district.log_head(), head);
    assert_eq!(district.get(&entry.path).expect(200).etag(), before.etag());
}

#[rstest]
fn a_correction_says_that_it_is_one(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let entry = district.create("370214", row("GB 38600-2019"));

    let patch =
        json!({"action": "correct", "reason": "录入有误", "content": {"implemented_on": "2022-01-01"}});
    let corrected = district
        .if_match(&entry.etag)
        .patch(&entry.path, &patch)
        .expect(200);
    assert_eq!(corrected.at("/action"), "correct");

    let other = json!({"action": "withdraw", "reason": "试", "content": {"title": "甲"}});
    let refused = district
        .if_match(&corrected.etag())
        .patch(&entry.path, &other)
        .expect(422);
    assert_eq!(faults(&refused)[0].0, "/action");
}

#[rstest]
fn a_row_moves_to_another_catalogue_only_by_one_who_reaches_both(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let registry = Registry::start(backend);
    let entry = registry
        .as_district("370214")
        .create("370214", row("GB 38600-2019"));
    let moving = json!({"reason": "划转", "owner": "370213"});

    for one_side in ["370214", "370213"] {
        let district = registry.as_district(one_side);
        let refused = district
            .if_match(&entry.etag)
            .patch(&entry.path, &moving)
            .expect(403);
        assert_eq!(problem(&refused), "out-of-reach");
    }
    let moved = registry
        .as_city()
        .if_match(&entry.etag)
        .patch(&entry.path, &moving)
        .expect(200);
    assert_eq!(moved.at("/owner"), "370213");
    assert_eq!(moved.at("/revision"), 2);
    assert_eq!(registry.anonymous().numbers("owner=370214"), [""; 0]);
}

#[rstest]
fn one_catalogue_holds_a_number_and_an_external_id_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let first = city.create(
        "370214",
        row_with("GB 38600-2019", json!({"external_id": "QD-1"})),
    );

    let same_number = row_with("GB38600—2019", json!({"title": "另一行"}));
    let refused = city
        .post("/v1/standards", &body("370214", same_number.clone()))
        .expect(409);
    assert_eq!(problem(&refused), "duplicate");
    assert_eq!(refused.at("/existing/id"), first.id.as_str());
    assert_eq!(faults(&refused)[0].0, "/content/number");

    let same_key = row_with("GB/T 35796-2017", json!({"external_id": "QD-1"}));
    let refused = city.post("/v1/standards", &body("370214", same_key)).expect(409);
    assert_eq!(refused.at("/existing/id"), first.id.as_str());
    assert_eq!(faults(&refused)[0].0, "/content/external_id");

    // Another district references the same standard with a row of its own.
    let neighbours = city.create("370213", same_number);
    let moving = json!({"reason": "划转", "owner": "370214"});
    city.if_match(&neighbours.etag)
        .patch(&neighbours.path, &moving)
        .expect(409);

    // A withdrawn row gives its number free, and cannot take it back.
    let withdrawn = city.withdraw(&first);
    city.create("370214", row("GB 38600-2019"));
    let whole = body("370214", row("GB 38600-2019"));
    city.if_match(&withdrawn.etag)
        .put(&first.path, &whole)
        .expect(409);
}

#[rstest]
fn a_row_without_a_number_is_told_by_its_own_key(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let planned = json!({
        "title": "社区嵌入式养老服务规范", "origin": "self_built", "level": "local", "supply": "planned",
        "external_id": "CY-2026-07", "plan_number": "2026-DB37-118",
    });
    let entry = district.create("370214", planned.clone());
    let read = district.get(&entry.path).expect(200);
    assert_eq!(read.at("/content/number"), Value::Null);
    assert_eq!(read.at("/content/plan_number"), "2026-DB37-118");
    assert_eq!(read.at("/computed/validity"), Value::Null);
    assert_eq!(read.at("/computed/validity_source"), Value::Null);
    assert_eq!(
        district
            .get("/v1/standards?external_id=CY-2026-07")
            .expect(200)
            .at("/items/0/id"),
        entry.id
    );
    assert_eq!(
        district
            .get("/v1/standards?plan_number=2026-DB37-118")
            .expect(200)
            .at("/items/0/id"),
        entry.id
    );
}

#[rstest]
fn an_unknown_standard_is_404_whatever_is_asked_of_it(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214").if_match("*");
    for id in [
        "01938f5e-7b1a-7000-8000-0000000000ff",
        "not-a-uuid",
        "00000000-0000-0000-0000-000000000000",
    ] {
        let path = format!("/v1/standards/{id}");
        for below in ["", "/revisions", "/revisions/1", "/diff", "/relations"] {
            let missing = district.get(&format!("{path}{below}")).expect(404);
            assert_eq!(problem(&missing), "not-found", "{id}{below}");
        }
        district.delete(&format!("{path}?reason=x")).expect(404);
        district
            .patch(&path, &json!({"reason": "x", "content": {"title": "甲"}}))
            .expect(404);
    }
}
