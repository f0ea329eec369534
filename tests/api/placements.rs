//! A standard's places in frameworks, by themselves and within its content.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::Registry;
use crate::support::entry::{body, faults, row, row_with};

#[rstest]
fn one_framework_s_placements_are_put_and_taken_away(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let entry = district.create("370214", row("GB/T 35796-2017"));
    let places = format!("{}/placements/qingdao", entry.path);

    let two = json!({"reason": "归入", "placements": [
        {"cell": {"subsystem": "老有颐养", "dimension": "过程均等"}, "code": "QDBPS 205.2-01", "order": 1},
        {"cell": {"subsystem": "幼有善育", "dimension": "opportunity"}, "node": "新生儿疾病筛查"},
    ]});
    district.put(&places, &two).expect(428);
    let placed = district.if_match(&entry.etag).put(&places, &two).expect(200);
    assert_eq!(placed.at("/revision"), 2);
    let placements = placed.at("/content/placements");
    assert_eq!(placements.as_array().map(Vec::len), Some(2));
    for placement in placements.as_array().unwrap() {
        assert_eq!(placement["framework"], "qingdao");
    }
    assert!(placements.as_array().unwrap().iter().any(|placement| {
        placement["cell"] == json!({"subsystem": "老有颐养", "dimension": "process"})
            && placement["code"] == "QDBPS 205.2-01"
    }));

    district.if_match(&entry.etag).put(&places, &two).expect(412);
    let same = district.if_match(&placed.etag()).put(&places, &two).expect(200);
    assert_eq!(same.at("/revision"), 2);

    let path = format!("{places}?reason=x");
    let removed = district.if_match(&placed.etag()).delete(&path).expect(200);
    assert_eq!(removed.at("/content/placements"), Value::Null);
    assert_eq!(removed.at("/revision"), 3);
}

#[rstest]
fn the_other_frameworks_placements_stay(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let own = json!({"slug": "chengyang", "title": "城阳区基本公共服务标准体系", "axes": [
        {"id": "part", "title": "部分", "values": [{"id": "通用基础", "title": "通用基础"}, {"id": "基准指标", "title": "基准指标"}]},
    ]});
    district.post("/v1/frameworks", &body("370214", own)).expect(201);
    let placements = json!([
        {"framework": "chengyang", "cell": {"part": "基准指标"}},
        {"framework": "qingdao", "cell": {"subsystem": "老有颐养", "dimension": "process"}},
    ]);
    let entry = district.create(
        "370214",
        row_with("GB/T 35796-2017", json!({"placements": placements})),
    );

    let other = json!({"reason": "调整", "placements": [{"cell": {"subsystem": "病有良医", "dimension": "process"}}]});
    let placed = district
        .if_match(&entry.etag)
        .put(&format!("{}/placements/qingdao", entry.path), &other)
        .expect(200);
    assert_eq!(
        placed.at("/content/placements"),
        json!([
            {"framework": "chengyang", "cell": {"part": "基准指标"}},
            {"framework": "qingdao", "cell": {"subsystem": "病有良医", "dimension": "process"}},
        ])
    );
}

#[rstest]
fn a_placement_must_name_a_place_that_exists(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let before = district.log_head();
    for (placement, pointer) in [
        (
            json!({"framework": "nowhere", "cell": {"a": "b"}}),
            "/content/placements/0/framework",
        ),
        (
            json!({"framework": "qingdao", "cell": {"subsystem": "老有颐养"}}),
            "/content/placements/0/cell",
        ),
        (
            json!({"framework": "qingdao", "cell": {"subsystem": "老有颐养", "dimension": "speed"}}),
            "/content/placements/0/cell/dimension",
        ),
        (
            json!({"framework": "qingdao", "cell": {"subsystem": "老有颐养", "colour": "red"}}),
            "/content/placements/0/cell/colour",
        ),
        (
            json!({"framework": "qingdao", "cell": {"subsystem": "老有颐养", "dimension": "process"}, "node": "新生儿疾病筛查"}),
            "/content/placements/0/node",
        ),
    ] {
        let content = row_with("GB/T 35796-2017", json!({"placements": [placement]}));
        let refused = district
            .post("/v1/standards", &body("370214", content))
            .expect(422);
        assert!(
            faults(&refused).iter().any(|(at, _)| at == pointer),
            "{pointer}\n{refused:?}"
        );
    }
    assert_eq!(district.log_head(), before);
}

#[rstest]
fn only_rows_below_a_framework_s_owner_stand_in_it(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let content = row_with(
        "GB/T 35796-2017",
        json!({"placements": [{"framework": "qingdao", "cell": {"subsystem": "老有颐养", "dimension": "process"}}]}),
    );
    registry.as_district("370213").create("370213", content.clone());
    let elsewhere = registry.as_district("510100");
    let refused = elsewhere
        .post("/v1/standards", &body("510100", content))
        .expect(422);
    assert_eq!(faults(&refused)[0].0, "/content/placements/0/framework");
}
