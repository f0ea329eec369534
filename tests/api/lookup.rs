//! From a number, however it is written, to the rows it means.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::entry::{faults, problem, row, row_with};
use crate::support::{Answer, Registry};

fn matches(answer: &Answer) -> Vec<(String, String, String)> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    answer
        .at("/items")
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            (
                word(&item["match"]),
                word(&item["entry"]["owner"]),
                word(&item["entry"]["content"]["number"]),
            )
        })
        .collect()
}

fn found(items: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    items
        .iter()
        .map(|(m, owner, number)| (m.to_string(), owner.to_string(), number.to_string()))
        .collect()
}

#[rstest]
fn any_spelling_finds_the_row(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let entry = registry
        .as_district("370214")
        .create("370214", row("GB/T 35796-2017"));
    let anyone = registry.anonymous();
    for spelling in [
        "GB/T%2035796-2017",
        "GB/T35796-2017",
        "gb/t%2035796%E2%80%942017",
        "GB%EF%BC%8FT%2035796%EF%BC%8D2017",
    ] {
        let answer = anyone
            .get(&format!("/v1/standards/lookup?number={spelling}"))
            .expect(200);
        assert_eq!(
            matches(&answer),
            found(&[("exact", "370214", "GB/T 35796-2017")]),
            "{spelling}"
        );
        assert_eq!(answer.at("/items/0/entry/id"), entry.id);
        assert_eq!(answer.at("/parsed/canonical"), "GB/T 35796-2017");
        assert_eq!(answer.at("/parsed/year"), 2017);
    }
}

#[rstest]
fn a_renumbered_standard_is_found_by_its_former_number(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let old = district.create(
        "370214",
        row_with("GB 50011-2010", json!({"published_on": "2010-05-31"})),
    );
    let renumbered =
        json!({"number": "GB/T 50011-2010", "number_as_written": null, "mandate": "recommended"});
    let new = district.change(&old, renumbered);

    let answer = district
        .get("/v1/standards/lookup?number=GB%2050011-2010")
        .expect(200);
    assert_eq!(
        matches(&answer),
        found(&[("former", "370214", "GB/T 50011-2010")])
    );
    let answer = district
        .get("/v1/standards/lookup?number=GB/T%2050011-2010")
        .expect(200);
    assert_eq!(matches(&answer), found(&[("exact", "370214", "GB/T 50011-2010")]));
    // Before the change it bore the old number.
    let before = format!(
        "/v1/standards/lookup?number=GB%2050011-2010&as_of={}",
        new.position - 1
    );
    assert_eq!(
        matches(&district.get(&before).expect(200)),
        found(&[("exact", "370214", "GB 50011-2010")])
    );
}

#[rstest]
fn a_number_without_a_year_means_the_newest(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    district.create("370214", row("GB/T 35796-2012"));
    district.create("370214", row("GB/T 35796-2017"));
    let answer = district
        .get("/v1/standards/lookup?number=GB/T%2035796")
        .expect(200);
    assert_eq!(
        matches(&answer),
        found(&[("undated_latest", "370214", "GB/T 35796-2017")])
    );
}

#[rstest]
fn another_edition_of_the_same_number_and_year_is_offered(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    district.create("370214", row("GB 50016-2014(2018年版)"));
    let answer = district
        .get("/v1/standards/lookup?number=GB%2050016-2014")
        .expect(200);
    assert_eq!(answer.at("/items/0/match"), "edition");
    assert_eq!(answer.at("/items").as_array().map(Vec::len), Some(1));
}

#[rstest]
fn the_owner_s_own_row_comes_first_then_those_above(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let country = registry.as_subject("country", &["000000"], "standards:write");
    for owner in ["370000", "370213", "370200", "370214"] {
        country.create(owner, row("GB 38600-2019"));
    }
    let line = country
        .get("/v1/standards/lookup?number=GB%2038600-2019&owner=370214")
        .expect(200);
    let number = "GB 38600-2019";
    assert_eq!(
        matches(&line),
        found(&[
            ("exact", "370214", number),
            ("exact", "370200", number),
            ("exact", "370000", number)
        ])
    );
    let all = country
        .get("/v1/standards/lookup?number=GB%2038600-2019")
        .expect(200);
    assert_eq!(matches(&all).len(), 4);
}

#[rstest]
fn what_is_not_registered_is_404_and_what_is_no_number_422(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let gone = district.create("370214", row("GB 38600-2019"));
    district.withdraw(&gone);

    for unregistered in ["GB/T%201-2099", "GB%2038600-2019", "GB/T%209999"] {
        let missing = district
            .get(&format!("/v1/standards/lookup?number={unregistered}"))
            .expect(404);
        assert_eq!(problem(&missing), "not-found");
    }
    for unparsable in [
        "%E6%B0%91%E6%94%BF%E9%83%A8%E4%BB%A4%E7%AC%AC66%E5%8F%B7",
        "hello",
        "GB",
        "GB/T%201-2000~GB/T%205-2000",
    ] {
        let refused = district
            .get(&format!("/v1/standards/lookup?number={unparsable}"))
            .expect(422);
        assert_eq!(problem(&refused), "unparsable-number", "{unparsable}");
        assert_eq!(faults(&refused)[0].0, "?number");
    }
    for faulty in [
        "",
        "?number=",
        "?number=GB%201-2000&owner=999999",
        "?number=GB%201-2000&nmber=x",
        "?number=%FF",
    ] {
        district.get(&format!("/v1/standards/lookup{faulty}")).expect(400);
    }
}
