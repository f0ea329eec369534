//! One list in several formats, and words in two languages.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::entry::{problem, row_with};
use crate::support::{Client, Registry};

fn fill(client: &Client) {
    client.create(
        "370214",
        row_with(
            "GB 38600-2019",
            json!({"title": "含逗号,与\"引号\"的名称", "keywords": ["甲", "乙"]}),
        ),
    );
    client.create(
        "370214",
        row_with("GB/T 35796-2017", json!({"title": "两行\n名称"})),
    );
}

#[rstest]
fn a_list_is_json_unless_another_format_is_asked_for(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    fill(&registry.as_district("370214"));
    let anyone = registry.anonymous();
    for accept in [
        "application/json",
        "*/*",
        "application/*",
        "text/html, */*;q=0.1",
        "text/csv;q=0.5, application/json",
    ] {
        let list = anyone.with("Accept", accept).get("/v1/standards").expect(200);
        assert_eq!(
            list.header("Content-Type").as_deref(),
            Some("application/json"),
            "{accept}"
        );
    }
    assert!(anyone.get("/v1/standards").expect(200).json().is_object());
}

#[rstest]
fn ndjson_has_one_entry_a_line_and_the_next_page_in_link(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    fill(&registry.as_district("370214"));
    let anyone = registry.anonymous();
    let whole = anyone.get("/v1/standards").expect(200).at("/items");
    let lines = anyone.with("Accept", "application/x-ndjson");

    let list = lines.get("/v1/standards").expect(200);
    assert!(
        list.header("Content-Type")
            .unwrap()
            .starts_with("application/x-ndjson")
    );
    assert_eq!(Value::Array(list.lines()), whole);

    let first = lines.get("/v1/standards?limit=1").expect(200);
    assert_eq!(first.lines().len(), 1);
    let link = first.header("Link").expect("the next page");
    let next = link.trim_start_matches('<').split_once('>').unwrap().0;
    assert_eq!(lines.get(next).expect(200).lines()[0], whole[1]);
}

#[rstest]
fn csv_survives_commas_quotes_and_line_breaks(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    fill(&registry.as_district("370214"));
    let list = registry
        .anonymous()
        .with("Accept", "text/csv")
        .get("/v1/standards")
        .expect(200);
    assert!(list.header("Content-Type").unwrap().starts_with("text/csv"));
    let mut reader = csv::Reader::from_reader(list.text().trim_start_matches('\u{feff}').as_bytes());
    let headers = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let column = |row: usize, name: &str| {
        let index = headers
            .iter()
            .position(|header| header == name)
            .unwrap_or_else(|| panic!("{name} in {headers:?}"));
        rows[row][index].to_owned()
    };
    assert_eq!(rows.len(), 2);
    assert_eq!(column(0, "number"), "GB 38600-2019");
    assert_eq!(column(0, "title"), "含逗号,与\"引号\"的名称");
    assert_eq!(column(1, "title"), "两行\n名称");
    assert_eq!(column(1, "owner"), "370214");
}

#[rstest]
fn a_cell_of_a_table_is_never_a_formula(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    district.create(
        "370214",
        row_with(
            "GB 38600-2019",
            json!({"title": "=HYPERLINK(\"http://example.org\")"}),
        ),
    );
    let list = district
        .with("Accept", "text/csv")
        .get("/v1/standards")
        .expect(200);
    for record in csv::Reader::from_reader(list.text().trim_start_matches('\u{feff}').as_bytes()).records() {
        for cell in &record.unwrap() {
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
        }
    }
}

#[rstest]
fn a_format_that_is_not_offered_is_406_and_says_which_are(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let refused = registry
        .anonymous()
        .with("Accept", "application/xml")
        .get("/v1/standards")
        .expect(406);
    assert_eq!(problem(&refused), "not-acceptable");
    let available = refused.at("/available");
    for format in ["application/json", "application/x-ndjson", "text/csv"] {
        assert!(
            available.as_array().unwrap().iter().any(|name| name == format),
            "{format} in {available}"
        );
    }
}

#[rstest]
fn people_read_chinese_unless_they_ask_for_english(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let missing = "/v1/standards/01938f5e-7b1a-7000-8000-0000000000ff";
    for (asked, expected) in [
        (None, "zh"),
        (Some("zh-CN"), "zh"),
        (Some("en"), "en"),
        (Some("en-GB,zh;q=0.5"), "en"),
        (Some("fr"), "zh"),
        (Some("zh;q=0.2, en;q=0.1"), "zh"),
    ] {
        let anyone = registry.anonymous();
        let anyone = asked.map_or(anyone.clone(), |asked| anyone.with("Accept-Language", asked));
        let refused = anyone.get(missing).expect(404);
        let english = expected == "en";
        for words in [refused.at("/title"), refused.at("/detail")] {
            assert_eq!(words.as_str().unwrap().is_ascii(), english, "{asked:?}: {words}");
        }
        assert_eq!(refused.at("/type"), "/problems/not-found");
        assert!(refused.header("Content-Language").unwrap().starts_with(expected));
        assert!(
            refused
                .header("Vary")
                .unwrap()
                .to_lowercase()
                .contains("accept-language")
        );
    }
}
