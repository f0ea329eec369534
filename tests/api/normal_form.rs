//! Content has one form: what responses show is what was hashed, however it was written.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::Registry;
use crate::support::entry::{body, care_home_safety, faults, row_with};

#[rstest]
fn content_is_shown_in_normal_form(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let entry = district.create(
        "370214",
        json!({
            "number": "ＧＢ／Ｔ 35796—2017",
            "title": "养老机构服务质量基本规范",
            "origin": "referenced",
            "title_en": null,
            "elements": ["content", "staffing", "content"],
            "keywords": ["质量", "养老", "质量"],
            "ics": ["11.020", "03.080.30"],
            "ccs": ["C05", "A12"],
            "issued_by": [],
            "relations": [
                {"type": "replaces", "target": {"number": "GB/T 29353-2012"}},
                {"type": "cites", "target": {"number": "GB50763—2012"}},
                {"type": "replaces", "target": {"number": "GB／T 29353—2012"}, "extent": "whole"},
            ],
            "placements": [
                {"framework": "qingdao", "cell": {"dimension": "结果均等", "subsystem": "老有颐养"}},
                {"framework": "qingdao", "cell": {"dimension": "process", "subsystem": "老有颐养"}},
                {"framework": "qingdao", "cell": {"dimension": "outcome", "subsystem": "老有颐养"}},
            ],
        }),
    );
    let content = registry.anonymous().get(&entry.path).expect(200).at("/content");
    assert_eq!(
        content,
        json!({
            "number": "GB/T 35796-2017",
            "number_as_written": "ＧＢ／Ｔ 35796—2017",
            "title": "养老机构服务质量基本规范",
            "origin": "referenced",
            "level": "national",
            "mandate": "recommended",
            "supply": "existing",
            "elements": ["staffing", "content"],
            "keywords": ["养老", "质量"],
            "ics": ["03.080.30", "11.020"],
            "ccs": ["A12", "C05"],
            "relations": [
                {"type": "replaces", "target": {"number": "GB/T 29353-2012"}, "extent": "whole"},
                {"type": "cites", "target": {"number": "GB 50763-2012"}},
            ],
            "placements": [
                {"framework": "qingdao", "cell": {"dimension": "outcome", "subsystem": "老有颐养"}},
                {"framework": "qingdao", "cell": {"dimension": "process", "subsystem": "老有颐养"}},
            ],
        })
    );
}

#[rstest]
fn level_and_mandate_follow_from_the_number(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    for (number, level, mandate) in [
        ("GB 38600-2019", "national", "mandatory"),
        ("GB/T 35796-2017", "national", "recommended"),
        ("GB/Z 29638-2013", "national", "guidance"),
        ("MZ/T 032-2012", "industry", "recommended"),
        ("DB37/T 4278-2020", "local", "recommended"),
        ("DB3702/T 12-2021", "local", "recommended"),
        ("T/CAS 352-2019", "group", "voluntary"),
    ] {
        let entry = district.create("370214", row_with(number, json!({})));
        let content = district.get(&entry.path).expect(200).at("/content");
        assert_eq!(content["level"], level, "{number}");
        assert_eq!(content["mandate"], mandate, "{number}");
        assert_eq!(
            content["number_as_written"],
            Value::Null,
            "{number} was canonical already"
        );
    }
}

#[rstest]
fn a_house_number_is_tidied_and_means_something_to_its_owner_only(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let house = json!({"number": "QDFW　01—02", "title": "窗口服务规范", "origin": "self_built", "level": "internal"});
    let entry = city.create("370214", house.clone());
    city.create("370213", house);

    let read = city.get(&entry.path).expect(200);
    assert_eq!(read.at("/content/number"), "QDFW 01-02");
    assert_eq!(read.at("/content/number_as_written"), "QDFW　01—02");
    assert_eq!(read.at("/content/mandate"), Value::Null);
}

#[rstest]
fn what_an_import_cannot_parse_is_kept_as_written(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let entry = district.create(
        "370214",
        json!({"number_as_written": "国标（编号待补）", "title": "某标准", "origin": "referenced", "level": "national"}),
    );
    let read = district.get(&entry.path).expect(200);
    assert_eq!(read.at("/content/number"), Value::Null);
    assert_eq!(read.at("/content/number_as_written"), "国标（编号待补）");
}

#[rstest]
fn every_fault_of_a_content_is_named_at_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let before = district.log_head();
    let content = json!({
        "number": "GB 38600-2019",
        "level": "industry",
        "mandate": "recommended",
        "origin": "borrowed",
        "published_on": "2019-12-27",
        "implemented_on": "2019-12-26",
        "abolished_on": "2022-02-30",
        "ics": ["99.999"],
        "ccs": ["Z999"],
        "elements": ["process", "walls"],
        "source_url": "javascript:alert(1)",
        "relations": [
            {"type": "replaces", "target": {"number": "GB 1", "id": "01938f5e-7b1a-7000-8000-000000000001"}},
            {"type": "cites", "target": {"number": "GB/T 1.1-2020"}, "extent": "whole"},
            {"type": "cites", "target": {"id": "01938f5e-7b1a-7000-8000-00000000dead"}},
        ],
        "placements": [{"framework": "qingdao"}],
        "full_text": "…",
    });
    let refused = district
        .post("/v1/standards", &body("370214", content))
        .expect(422);
    let found = faults(&refused);
    for pointer in [
        "/content/title",
        "/content/level",
        "/content/mandate",
        "/content/origin",
        "/content/implemented_on",
        "/content/abolished_on",
        "/content/ics/0",
        "/content/ccs/0",
        "/content/elements/1",
        "/content/source_url",
        "/content/relations/0/target",
        "/content/relations/1/extent",
        "/content/placements/0/cell",
        "/content/full_text",
    ] {
        assert!(
            found.iter().any(|(at, _)| at == pointer),
            "{pointer} is not in {found:#?}"
        );
    }
    assert_eq!(district.log_head(), before);
}

#[rstest]
fn a_relation_by_id_names_an_entry_that_exists(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let to = |id: &str| {
        row_with(
            "GB/T 35796-2017",
            json!({"relations": [{"type": "cites", "target": {"id": id}}]}),
        )
    };
    let nobody = to("01938f5e-7b1a-7000-8000-00000000dead");
    let refused = district
        .post("/v1/standards", &body("370214", nobody))
        .expect(422);
    assert!(
        faults(&refused)[0].0.starts_with("/content/relations/0/target"),
        "\n{refused:?}"
    );

    let cited = district.create("370214", care_home_safety());
    district.create("370214", to(&cited.id));
}

#[rstest]
fn the_mandate_of_a_number_older_than_the_t_is_not_judged(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let old = row_with(
        "GB 7000-1986",
        json!({"published_on": "1986-12-01", "mandate": "recommended"}),
    );
    let entry = district.create("370214", old);
    assert_eq!(
        district.get(&entry.path).expect(200).at("/content/mandate"),
        "recommended"
    );
}
