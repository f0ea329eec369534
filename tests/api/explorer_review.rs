//! The explorer's pages that take stock of a catalogue: each tells what its operation finds, and leads to its table.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::entry::{care_home_safety, row_with};
use crate::support::{Answer, Client, Registry};

const CHENGYANG: &str = "370214";
const LICANG: &str = "370213";

const PAGES: [&str; 7] = [
    "/coverage",
    "/coverage/gaps",
    "/coverage/supply",
    "/coverage/duplicates",
    "/coverage/compare",
    "/coverage/trials",
    "/drift",
];

fn placed(subsystem: &str, dimension: &str) -> Value {
    json!([{"framework": "qingdao", "cell": {"subsystem": subsystem, "dimension": dimension}}])
}

/// A row that has been in force since 2018, in one cell.
fn in_force(number: &str, title: &str) -> Value {
    row_with(
        number,
        json!({"title": title, "implemented_on": "2018-01-01", "placements": placed("老有颐养", "process")}),
    )
}

/// Somebody with a browser.
fn reader(registry: &Registry, language: &str) -> Client {
    registry
        .anonymous()
        .with("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
        .with("Accept-Language", language)
}

#[track_caller]
fn assert_says(page: &Answer, words: &[&str]) {
    for word in words {
        assert!(page.text().contains(word), "no {word:?} in\n{}", page.text());
    }
}

#[track_caller]
fn assert_silent(page: &Answer, words: &[&str]) {
    for word in words {
        assert!(!page.text().contains(word), "{word:?} in\n{}", page.text());
    }
}

/// Two catalogues that share a standard, one of which rests on what was replaced.
fn filled(registry: &Registry) {
    let chengyang = registry.as_district(CHENGYANG);
    let licang = registry.as_district(LICANG);
    chengyang.create(CHENGYANG, in_force("MZ/T 032-2012", "养老机构安全管理"));
    let mut content = care_home_safety();
    content["placements"] = placed("老有颐养", "process");
    content["relations"] = json!([{"type": "replaces", "target": {"number": "MZ/T 032-2012"}}]);
    chengyang.create(CHENGYANG, content);
    chengyang.create(
        CHENGYANG,
        row_with(
            "DB3702/T 35-2021",
            json!({
                "title": "养老机构入住评估规范", "origin": "self_built", "implemented_on": "2021-01-01",
                "relations": [{"type": "cites", "target": {"number": "MZ/T 032-2012"}}],
            }),
        ),
    );
    licang.create(LICANG, in_force("GB/T 35796-2017", "养老机构服务质量基本规范"));
    licang.create(
        LICANG,
        in_force("GB/T 35797-2017", "养老机构服务质量基本规范（试行）"),
    );
    licang.create(
        LICANG,
        row_with(
            "GB/T 99999-2099",
            json!({"title": "将要实施的标准", "published_on": "2026-01-01", "implemented_on": "2099-01-01"}),
        ),
    );
}

#[rstest]
fn every_page_is_there_for_an_empty_registry_in_both_languages(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    for path in PAGES {
        assert_says(
            &reader(&registry, "zh").get(path).expect(200),
            &["lang=\"zh-CN\"", "盘点"],
        );
        assert_says(
            &reader(&registry, "en").get(path).expect(200),
            &["lang=\"en\"", "Review"],
        );
        let refused = reader(&registry, "zh")
            .get(&format!("{path}?nonsense=1"))
            .expect(400);
        assert_says(&refused, &["<h1>参数有误", "?nonsense", "不带参数打开本页"]);
        reader(&registry, "zh")
            .get(&format!("{path}?framework=none"))
            .expect(400);
    }
}

#[rstest]
fn gaps_are_drawn_and_say_who_has_something_there(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    filled(&registry);
    let reader = reader(&registry, "zh");
    let all = reader.get("/coverage/gaps").expect(200);
    assert_says(
        &all,
        &[
            "29 格没有现行标准，共 30 格",
            "幼有善育 · 机会均等",
            "/v1/coverage/gaps?lang=zh&#38;format=xlsx",
        ],
    );
    // Laoshan has nothing; its neighbours do.
    let beside = reader.get("/coverage/gaps?owner=370212").expect(200);
    assert_says(
        &beside,
        &["30 格没有现行标准", "同级已有", "养老机构服务质量基本规范"],
    );
    let kind = reader
        .get("/coverage/gaps?owner=370212&gap=only_planned")
        .expect(200);
    assert_silent(&kind, &["<a href=\"/?owner=370212&#38;subsystem=幼有善育"]);
    let english = reader.get("/coverage/gaps?lang=en").expect(200);
    assert_says(
        &english,
        &["Nothing is in force in 29 of 30 cells", "Care for the elderly"],
    );
}

#[rstest]
fn supply_is_drawn_by_place_and_by_catalogue(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    filled(&registry);
    registry.as_district(LICANG).create(
        LICANG,
        json!({"title": "要制定的规范", "external_id": "L-1", "origin": "self_built", "level": "local",
               "supply": "planned", "placements": placed("住有宜居", "outcome")}),
    );
    let page = reader(&registry, "zh").get("/coverage/supply").expect(200);
    assert_says(
        &page,
        &["<strong>7</strong>", "现有 6", "应予制定 1", "按子体系", "李沧区"],
    );
    let one = reader(&registry, "zh")
        .get("/coverage/supply?owner=370214")
        .expect(200);
    assert_says(&one, &["<strong>3</strong>"]);
    assert_silent(&one, &["应予制定 1"]);
}

#[rstest]
fn duplicates_stand_beside_each_other(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    filled(&registry);
    let reader = reader(&registry, "zh");
    let page = reader.get("/coverage/duplicates").expect(200);
    assert_says(
        &page,
        &[
            "同格名称相近",
            "老有颐养 · 过程均等",
            "养老机构服务质量基本规范<mark>（试行）</mark>",
        ],
    );
    let none = reader.get("/coverage/duplicates?owner=370214").expect(200);
    assert_says(&none, &["没有发现重复"]);
}

#[rstest]
fn drift_says_what_to_do(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    filled(&registry);
    let reader = reader(&registry, "zh");
    let page = reader.get("/drift").expect(200);
    assert_says(
        &page,
        &[
            "DB3702/T 35-2021",
            "已被代替",
            "MZ/T 032-2012",
            "改引代替标准",
            "GB 38600-2019",
            "2022-01-01",
        ],
    );
    let other = reader.get("/drift?owner=370213").expect(200);
    assert_says(&other, &["没有漂移"]);
    let before = reader.get("/drift?valid_at=2021-06-30").expect(200);
    assert_silent(&before, &["<span class=\"off-screen\">须处理"]);
}

#[rstest]
fn days_ahead_are_drawn_by_month(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    filled(&registry);
    let reader = reader(&registry, "zh");
    let near = reader
        .get("/coverage/trials?valid_at=2098-11-20&owner=370213")
        .expect(200);
    assert_says(
        &near,
        &[
            "即将实施",
            "GB/T 99999-2099",
            "还有 42 天",
            "每月有几件：2099-01 1",
        ],
    );
    let far = reader
        .get("/coverage/trials?valid_at=2098-11-20&owner=370213&days=30&milestone=implementation")
        .expect(200);
    assert_silent(&far, &["GB/T 99999-2099"]);
}

#[rstest]
fn catalogues_and_dates_are_compared(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    filled(&registry);
    let reader = reader(&registry, "zh");
    let asked = reader.get("/coverage/compare").expect(200);
    assert_says(&asked, &["选好对方的目录或日期"]);
    let owners = reader
        .get("/coverage/compare?owner=370214&with=370213")
        .expect(200);
    assert_says(
        &owners,
        &[
            "城阳区 与 李沧区",
            "仅此方有",
            "仅对方有",
            "GB/T 35796-2017",
            "GB 38600-2019",
        ],
    );
    let only = reader
        .get("/coverage/compare?owner=370214&with=370213&standing=only_with")
        .expect(200);
    assert_says(&only, &["GB/T 35796-2017"]);
    assert_silent(&only, &["DB3702/T 35-2021"]);
    // Against itself before its second row came.
    let then = reader
        .get("/coverage/compare?owner=370214&with_as_of=2")
        .expect(200);
    assert_says(&then, &["仅此方有", "GB 38600-2019"]);
    // Before the registry there was nothing, and of what is to come nothing can be said.
    let before = reader
        .get("/coverage/compare?owner=370214&with_as_of=1999-01-01")
        .expect(200);
    assert_says(&before, &["仅此方有", "GB 38600-2019"]);
    reader.get("/coverage/compare?with_as_of=2999-01-01").expect(400);
}

#[rstest]
fn long_findings_are_turned_page_by_page_at_one_moment(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let chengyang = registry.as_district(CHENGYANG);
    let rows: Vec<Value> = (1..=50)
        .map(|n| {
            let content = row_with(
                &format!("DB3702/T {n}-2021"),
                json!({"origin": "self_built", "relations": [{"type": "cites", "target": {"number": format!("GB/T {n}-1999")}}]}),
            );
            json!({"op": "create", "kind": "standard", "owner": CHENGYANG, "content": content})
        })
        .collect();
    chengyang
        .post("/v1/bulk", &json!({"operations": rows}))
        .expect(200);
    let reader = reader(&registry, "zh");
    let first = reader.get("/drift").expect(200);
    assert_says(&first, &["DB3702/T 1-2021", "未登记", "下一页"]);
    assert_silent(&first, &["DB3702/T 50-2021"]);
    let next = first
        .text()
        .split("rel=\"next\" href=\"")
        .nth(1)
        .expect("a next page");
    let next = next.split('"').next().unwrap().replace("&#38;", "&");
    // What comes meanwhile is on no page of this list.
    chengyang.create(CHENGYANG, row_with("DB3702/T 51-2021", json!({})));
    let second = reader.get(&next).expect(200);
    assert_says(&second, &["DB3702/T 50-2021", "第一页"]);
    assert_silent(&second, &["DB3702/T 51-2021", "DB3702/T 1-2021"]);
    reader.get("/drift?cursor=x").expect(400);
}

#[rstest]
fn the_review_is_reached_from_everywhere(#[values(Sqlite)] backend: Backend) {
    let registry = Registry::start(backend);
    filled(&registry);
    let reader = reader(&registry, "zh");
    for path in ["/", "/frameworks/qingdao?owner=370214"] {
        let page = reader.get(path).expect(200);
        assert_says(
            &page,
            &["/coverage\"", "/coverage/gaps", "/drift", "/coverage/compare"],
        );
    }
    let matrix = reader.get("/frameworks/qingdao?owner=370214").expect(200);
    assert_says(&matrix, &["/drift?owner=370214&#38;framework=qingdao"]);
}
