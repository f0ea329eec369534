//! Suggestions while typing.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::entry::{care_home_safety, faults, row_with};
use crate::support::query::encoded;
use crate::support::{Client, Registry};

fn fill(city: &Client) {
    city.create("370214", care_home_safety());
    for (number, title, owner) in [
        ("GB/T 35796-2017", "养老机构服务质量基本规范", "370214"),
        ("GB/T 3579-2006", "自行车链条技术条件和试验方法", "370213"),
        ("GB/T 35-2019", "社区养老设施", "370213"),
        ("MZ/T 131-2019", "养老服务常用图形符号及标志", "370214"),
    ] {
        city.create(owner, row_with(number, json!({"title": title})));
    }
}

/// What is suggested, as kind and text.
#[track_caller]
fn suggested(client: &Client, typed: &str, more: &str) -> Vec<(String, String)> {
    let answer = client
        .get(&format!("/v1/suggest?q={}{more}", encoded(typed)))
        .expect(200);
    let items = answer.at("/items");
    let word = |item: &Value, name: &str| item[name].as_str().unwrap_or_default().to_owned();
    let items = items.as_array().unwrap().iter();
    items
        .map(|item| (word(item, "kind"), word(item, "text")))
        .collect()
}

#[track_caller]
fn texts(client: &Client, kind: &str, typed: &str) -> Vec<String> {
    let all = suggested(client, typed, "");
    all.into_iter()
        .filter(|(of, _)| of == kind)
        .map(|(_, text)| text)
        .collect()
}

#[rstest]
fn unfinished_numbers_titles_and_words_are_completed(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    fill(&registry.as_city());
    let reader = registry.anonymous();
    for typed in ["GB/T 357", "gbt357", "ＧＢ／Ｔ３５７", "357"] {
        assert_eq!(
            texts(&reader, "number", typed),
            ["GB/T 3579-2006", "GB/T 35796-2017"],
            "{typed}"
        );
    }
    assert_eq!(texts(&reader, "number", "gbt35796-2"), ["GB/T 35796-2017"]);
    assert_eq!(
        texts(&reader, "number", "GB/T 35"),
        ["GB/T 35-2019", "GB/T 3579-2006", "GB/T 35796-2017"]
    );
    assert_eq!(
        texts(&reader, "number", "gb"),
        [
            "GB 38600-2019",
            "GB/T 35-2019",
            "GB/T 3579-2006",
            "GB/T 35796-2017"
        ]
    );
    let titles = [
        "养老机构服务安全基本规范",
        "养老机构服务质量基本规范",
        "养老服务常用图形符号及标志",
        "社区养老设施",
    ];
    assert_eq!(texts(&reader, "title", "养老"), titles);
    assert_eq!(texts(&reader, "title", "养"), titles);
    assert_eq!(
        texts(&reader, "title", "养老机构服务质"),
        ["养老机构服务质量基本规范"]
    );
    assert_eq!(texts(&reader, "keyword", "养"), ["养老机构"]);
    assert_eq!(texts(&reader, "department", "市民"), ["市民政局"]);
    assert_eq!(
        texts(&reader, "issuing_body", "国家标准"),
        ["国家标准化管理委员会"]
    );
    assert_eq!(texts(&reader, "node", "产前"), ["产前筛查"]);
    for nothing in ["", "-", "没有这样的"] {
        assert!(suggested(&reader, nothing, "").is_empty(), "{nothing}");
    }
}

#[rstest]
fn suggestions_keep_to_owner_framework_language_and_time(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    fill(&city);
    let before = city.log_head();
    let own = suggested(&city, "养老", "&owner=370213");
    assert_eq!(own, [("title".to_owned(), "社区养老设施".to_owned())]);
    let english = suggested(&city, "养老机构服务安全", "&lang=en");
    assert_eq!(
        english[0].1,
        "Basic specification of service safety for senior care organization"
    );
    assert_eq!(suggested(&city, "产前", "&framework=qingdao").len(), 1);
    assert!(suggested(&city, "产前", "&framework=chengdu").is_empty());
    let several = suggested(&city, "养老", "&limit=3");
    assert_eq!(several.len(), 3);
    assert!(several.iter().any(|(kind, _)| kind == "keyword"));
    // The same row in two catalogues is suggested once.
    city.create("370211", care_home_safety());
    assert_eq!(texts(&city, "number", "38600"), ["GB 38600-2019"]);
    city.create(
        "370214",
        row_with("GB/T 29353-2012", json!({"title": "养老机构基本规范"})),
    );
    let then = suggested(&city, "养老机构基本", &format!("&as_of={before}"));
    assert!(then.is_empty(), "{then:?}");
    assert_eq!(texts(&city, "title", "养老机构基本"), ["养老机构基本规范"]);
    let refused = city
        .get(&format!("/v1/suggest?q={}&limit=0", "a".repeat(201)))
        .expect(400);
    let codes: Vec<String> = faults(&refused).into_iter().map(|(_, code)| code).collect();
    assert_eq!(codes, ["out_of_range", "too_long"]);
}
