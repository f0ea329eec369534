//! Search: words in Chinese and English, numbers in any spelling, the best first and saying why.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::entry::{care_home_safety, faults, numbers_of, row, row_with};
use crate::support::query::encoded;
use crate::support::{Answer, Client, Registry};

/// Rows of real standards, two of them no longer in force.
fn fill(city: &Client) {
    city.create("370214", care_home_safety());
    for (number, title, members) in [
        (
            "GB/T 35796-2017",
            "养老机构服务质量基本规范",
            json!({"published_on": "2017-12-29", "implemented_on": "2018-07-01"}),
        ),
        (
            "GB/T 22239-2019",
            "信息安全技术 网络安全等级保护基本要求",
            json!({"published_on": "2019-05-10", "implemented_on": "2019-12-01"}),
        ),
        (
            "GB/T 22239-2008",
            "信息安全技术 信息系统安全等级保护基本要求",
            json!({"published_on": "2008-06-19", "implemented_on": "2008-11-01", "abolished_on": "2019-12-01"}),
        ),
        (
            "GB/T 37276-2018",
            "养老机构等级划分与评定",
            json!({"scope": "适用于养老机构的等级划分，不适用于社区老年助餐服务", "implemented_on": "2019-07-01"}),
        ),
        (
            "MZ/T 039-2013",
            "老年人能力评估",
            json!({"lead_department": ["市民政局"], "abolished_on": "2023-01-01"}),
        ),
        (
            "GB/T 42195-2022",
            "老年人能力评估规范",
            json!({"keywords": ["老年人", "能力评估"]}),
        ),
    ] {
        let mut content = row_with(number, members);
        content["title"] = title.into();
        city.create("370214", content);
    }
}

#[track_caller]
fn search(client: &Client, words: &str) -> Answer {
    client
        .get(&format!("/v1/standards?q={}", encoded(words)))
        .expect(200)
}

#[track_caller]
fn found(client: &Client, words: &str) -> Vec<String> {
    numbers_of(&search(client, words))
}

#[rstest]
fn any_spelling_of_a_number_and_any_word_finds(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    fill(&registry.as_city());
    let reader = registry.anonymous();
    for written in [
        "GB/T 35796-2017",
        "gbt35796-2017",
        "ＧＢ／Ｔ ３５７９６—２０１７",
        "GB/T35796",
        "35796-2017",
        "35796",
        "357",
    ] {
        assert_eq!(found(&reader, written), ["GB/T 35796-2017"], "{written}");
    }
    for (words, numbers) in [
        ("质量", vec!["GB/T 35796-2017"]),
        ("服务质量 养老", vec!["GB/T 35796-2017"]),
        ("SERVICE safety", vec!["GB 38600-2019"]),
        ("service \"senior care\"", vec!["GB 38600-2019"]),
        ("\"care senior\"", vec![]),
        ("\"服务质量\"", vec!["GB/T 35796-2017"]),
        ("\"质量服务\"", vec![]),
        ("助餐", vec!["GB/T 37276-2018"]),
        ("标准化管理委员会", vec!["GB 38600-2019"]),
        ("养老 民政局", vec!["GB 38600-2019"]),
        ("养老 图书馆", vec![]),
    ] {
        assert_eq!(found(&reader, words), numbers, "{words}");
    }
}

#[rstest]
fn the_best_comes_first_and_says_why(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    fill(&registry.as_city());
    let reader = registry.anonymous();
    // In force before abolished, even where the abolished one has the shorter title.
    assert_eq!(found(&reader, "能力评估"), ["GB/T 42195-2022", "MZ/T 039-2013"]);
    assert_eq!(
        found(&reader, "gb/t 22239"),
        ["GB/T 22239-2019", "GB/T 22239-2008"]
    );
    // Titles before the rest.
    let care = search(&reader, "养老机构 服务");
    assert_eq!(
        numbers_of(&care),
        ["GB 38600-2019", "GB/T 35796-2017", "GB/T 37276-2018"]
    );
    let reasons: Vec<Value> = (0..3)
        .map(|item| care.at(&format!("/items/{item}/match/reason")))
        .collect();
    assert_eq!(reasons, ["title", "title", "text"]);
    assert_eq!(
        care.at("/items/2/match/highlights"),
        json!([
            {"field": "title", "text": "养老机构等级划分与评定", "ranges": [[0, 4]]},
            {"field": "scope", "text": "适用于养老机构的等级划分，不适用于社区老年助餐服务", "ranges": [[3, 4], [23, 2]]},
        ])
    );
    let number = search(&reader, "ｇｂ／ｔ22239－2008");
    assert_eq!(
        number.at("/items/0/match"),
        json!({"reason": "number", "highlights": [{"field": "number", "text": "GB/T 22239-2008", "ranges": [[0, 15]]}]})
    );
    // Another order may be asked for; without q there is none by relevance.
    let sorted = reader.numbers(&format!("q={}&sort=-number", encoded("养老")));
    assert_eq!(sorted, ["GB/T 37276-2018", "GB/T 35796-2017", "GB 38600-2019"]);
    let refused = reader.get("/v1/standards?sort=relevance").expect(400);
    assert_eq!(faults(&refused), [("?sort".to_owned(), "needs_q".to_owned())]);
    assert!(
        reader
            .get("/v1/standards")
            .expect(200)
            .at("/items/0/match")
            .is_null()
    );
}

#[rstest]
fn a_number_nobody_has_leads_to_near_ones_and_says_so(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    fill(&registry.as_city());
    let reader = registry.anonymous();
    for (asked, near) in [
        ("GB/T 35976-2017", "GB/T 35796-2017"),
        ("GB/T 35796-2018", "GB/T 35796-2017"),
        ("GB/T 38600-2019", "GB 38600-2019"),
        ("GB 386OO-2019", "GB 38600-2019"),
        ("35797-2017", "GB/T 35796-2017"),
    ] {
        let answer = reader
            .get(&format!("/v1/standards?q={}&count=true", encoded(asked)))
            .expect(200);
        assert_eq!(numbers_of(&answer), [near], "{asked}");
        assert_eq!(answer.at("/items/0/match/reason"), "near_number", "{asked}");
        assert_eq!(answer.at("/total"), 1, "{asked}");
    }
    assert!(found(&reader, "GB/T 99999-2017").is_empty());
    // Under other conditions that nothing near meets there is nothing near.
    assert!(reader.numbers("q=GB/T+35976-2017&owner=370213").is_empty());
}

#[rstest]
fn an_earlier_number_still_finds(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let entry = city.create("370214", row("GB 50011-2010"));
    let before = entry.position;
    city.change(
        &entry,
        json!({"number": "GB/T 50011-2010", "mandate": "recommended"}),
    );
    let answer = search(&city, "GB 50011-2010");
    assert_eq!(numbers_of(&answer), ["GB/T 50011-2010"]);
    assert_eq!(answer.at("/items/0/match/reason"), "number");
    let then = city.numbers(&format!("q=gb50011-2010&as_of={before}"));
    assert_eq!(then, ["GB 50011-2010"]);
}

#[rstest]
fn a_search_sees_what_was_written_then(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let entry = city.create(
        "370214",
        row_with("GB/T 28220-2011", json!({"title": "公共图书馆服务规范"})),
    );
    let then = entry.position;
    let entry = city.change(&entry, json!({"title": "公共文化馆服务规范"}));
    let now = city.log_head();
    for (words, position, count) in [
        ("图书", then, 1),
        ("文化", then, 0),
        ("图书", now, 0),
        ("文化", now, 1),
    ] {
        let query = format!("q={}&as_of={position}", encoded(words));
        assert_eq!(city.numbers(&query).len(), count, "{words} at {position}");
    }
    city.withdraw(&entry);
    assert!(found(&city, "文化馆").is_empty());
    assert_eq!(
        city.numbers(&format!("q={}&withdrawn=only", encoded("文化馆")))
            .len(),
        1
    );
}

#[rstest]
fn pages_counts_and_facets_are_of_what_is_found(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    fill(&city);
    for number in 0..7 {
        let content = row_with(
            &format!("DB37/T {number}-2024"),
            json!({"title": format!("社区养老服务第{number}部分")}),
        );
        city.create("370213", content);
    }
    let query = format!("/v1/standards?q={}", encoded("养老 服务"));
    let whole = numbers_of(&city.get(&query).expect(200));
    let paged: Vec<String> = city
        .every(&format!("{query}&limit=2"))
        .iter()
        .map(|item| item["content"]["number"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(paged, whole);
    assert_eq!(whole.len(), 10);
    let counted = city
        .get(&format!("{query}&count=true&facets=owner,level&level=local"))
        .expect(200);
    assert_eq!(counted.at("/total"), 7);
    assert_eq!(
        counted.at("/facets"),
        json!({
            "level": [{"value": "local", "count": 7}, {"value": "national", "count": 3}],
            "owner": [{"value": "370213", "count": 7}],
        })
    );
    let lines = city
        .with("Accept", "application/x-ndjson")
        .get(&query)
        .expect(200);
    assert_eq!(String::from_utf8_lossy(&lines.body).lines().count(), 10);
    // Other resources that take the list's filters take q with them.
    let matrix = city
        .get(&format!("/v1/frameworks/qingdao/matrix?q={}", encoded("养老")))
        .expect(200);
    assert_eq!(matrix.at("/unplaced/rows"), 10);
}

#[rstest]
fn what_cannot_be_searched_for_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let reader = registry.anonymous();
    for (words, code) in [
        ("养".repeat(201), "too_long"),
        ("a1 ".repeat(17), "too_many_words"),
        ("?!——".to_owned(), "nothing_to_find"),
        (" ".to_owned(), "blank"),
    ] {
        let refused = reader
            .get(&format!("/v1/standards?q={}", encoded(&words)))
            .expect(400);
        assert_eq!(faults(&refused), [("?q".to_owned(), code.to_owned())], "{words}");
    }
    // Signs that mean something to databases mean nothing here.
    for words in [
        "100%",
        "a_b",
        "'; DROP TABLE",
        "\" OR 1",
        "* NEAR(a b)",
        "a\\",
        "养*老",
    ] {
        search(&reader, words);
    }
}

#[rstest]
fn beyond_titles_words_that_stand_together_come_first(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    for (number, title, issuer) in [
        ("GB/T 20394-2019", "体育用人造草", "国家市场监督管理总局"),
        (
            "TY/T 3501.6-2024",
            "高山滑雪板性能测定 第6部分:坡道性能",
            "国家体育总局",
        ),
    ] {
        city.create(
            "370214",
            row_with(number, json!({"title": title, "issued_by": [issuer]})),
        );
    }
    assert_eq!(
        found(&registry.anonymous(), "体育总局"),
        ["TY/T 3501.6-2024", "GB/T 20394-2019"]
    );
}
