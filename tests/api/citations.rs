//! Checking the numbers a document cites, thousands at a time.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::entry::{faults, problem, row, row_with};
use crate::support::{Client, Registry};

const CHECK: &str = "/v1/citations/check";

fn check(client: &Client, numbers: &[&str]) -> Vec<Value> {
    let answer = client.post(CHECK, &json!({"numbers": numbers})).expect(200);
    answer.at("/items").as_array().unwrap().clone()
}

#[rstest]
fn every_number_gets_its_outcome(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let found = district.create(
        "370214",
        row_with("GB 38600-2019", json!({"implemented_on": "2022-01-01"})),
    );
    let old = district.create("370214", row_with("GB 50011-2010", json!({})));
    district.change(
        &old,
        json!({"number": "GB/T 50011-2010", "number_as_written": null, "mandate": null}),
    );
    district.create("370214", row("GB/T 22239-2019"));

    let anyone = registry.anonymous();
    let cited = [
        "GB38600—2019",
        "GB 50011-2010",
        "GB/T 1-2099",
        "GB/T 22239",
        "GB/T 20001.1-2001～GB/T 20001.4-2001",
        "GB/T 20001（所有部分）",
        "民政部令第66号",
    ];
    let items = check(&anyone, &cited);
    let outcomes: Vec<_> = items
        .iter()
        .map(|item| item["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(
        outcomes,
        [
            "found",
            "former",
            "unregistered",
            "undated",
            "range",
            "series",
            "unparsable"
        ]
    );
    for (item, input) in items.iter().zip(cited) {
        assert_eq!(item["input"], input);
    }
    assert_eq!(
        items[0]["entries"],
        json!([{"id": found.id, "owner": "370214", "number": "GB 38600-2019",
                "title": "GB 38600-2019 的名称", "validity": "in_force"}])
    );
    assert_eq!(items[0]["parsed"]["canonical"], "GB 38600-2019");
    assert_eq!(items[1]["entries"][0]["number"], "GB/T 50011-2010");
    assert_eq!(items[2]["entries"], json!([]));
    assert_eq!(items[3]["entries"][0]["number"], "GB/T 22239-2019");
    assert!(items[6]["problem"]["code"].is_string() && items[6]["problem"]["detail"].is_string());
}

#[rstest]
fn a_replaced_standard_is_cited_with_what_replaces_it(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let old = district.create(
        "370214",
        row_with("GB/T 29353-2012", json!({"implemented_on": "2013-06-01"})),
    );
    let replacing = |extent: &str| {
        json!({
            "implemented_on": "2021-02-01",
            "relations": [{"type": "replaces", "target": {"number": "GB/T 29353-2012"}, "extent": extent}],
        })
    };
    let whole = district.create("370214", row_with("GB/T 29353-2020", replacing("whole")));
    let partial = district.create("370214", row_with("GB/T 40000-2021", replacing("partial")));

    let on = |day: &str, as_of: u64| {
        let question = json!({"numbers": ["GB/T 29353-2012"], "valid_at": day, "as_of": as_of.to_string()});
        district.post(CHECK, &question).expect(200).at("/items/0")
    };
    let today = on("2026-01-01", partial.position);
    assert_eq!(today["entries"][0]["validity"], "superseded");
    let mut replaced_by = today["replaced_by"].as_array().unwrap().clone();
    replaced_by.sort_by_key(|one| one["number"].to_string());
    assert_eq!(
        replaced_by,
        [
            json!({"id": whole.id, "number": "GB/T 29353-2020", "extent": "whole"}),
            json!({"id": partial.id, "number": "GB/T 40000-2021", "extent": "partial"}),
        ]
    );
    assert_eq!(
        on("2020-01-01", partial.position)["entries"][0]["validity"],
        "in_force"
    );
    assert_eq!(on("2026-01-01", old.position)["replaced_by"], json!([]));
}

#[rstest]
fn a_standard_that_only_its_replacement_knows_of_is_told_too(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let relations = json!([{"type": "replaces", "target": {"number": "GB/T 29353-2012"}}]);
    let new = district.create(
        "370214",
        row_with("GB/T 29353-2020", json!({"relations": relations})),
    );
    let item = check(&district, &["GB/T 29353-2012"]).remove(0);
    assert_eq!(item["outcome"], "unregistered");
    assert_eq!(
        item["replaced_by"],
        json!([{"id": new.id, "number": "GB/T 29353-2020", "extent": "whole"}])
    );
}

#[rstest]
fn five_thousand_numbers_keep_order_and_duplicates(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    district.create("370214", row("GB 38600-2019"));
    let numbers: Vec<String> = (0..5_000)
        .map(|index| {
            if index % 3 == 0 {
                "GB38600-2019".to_owned()
            } else {
                format!("GB/T {}-2020", index % 700 + 1)
            }
        })
        .collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let items = check(&district, &numbers);
    assert_eq!(items.len(), 5_000);
    for (index, (item, number)) in items.iter().zip(&numbers).enumerate() {
        assert_eq!(item["input"], *number, "{index}");
        assert_eq!(
            item["outcome"],
            if index % 3 == 0 { "found" } else { "unregistered" },
            "{index}"
        );
    }

    let mut too_many = numbers;
    too_many.push("GB 1-2020");
    let refused = district.post(CHECK, &json!({"numbers": too_many})).expect(422);
    assert_eq!(
        faults(&refused),
        [("/numbers".to_owned(), "too_many_items".to_owned())]
    );
}

#[rstest]
fn an_owner_sees_its_own_line_of_catalogues(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    for owner in ["370213", "370200", "370214"] {
        city.create(owner, row("GB 38600-2019"));
    }
    let question = json!({"numbers": ["GB 38600-2019"], "owner": "370214"});
    let entries = city.post(CHECK, &question).expect(200).at("/items/0/entries");
    let owners: Vec<_> = entries
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["owner"].clone())
        .collect();
    assert_eq!(owners, ["370214", "370200"]);
}

#[rstest]
fn a_faulty_question_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let anyone = registry.anonymous();
    for (question, pointer) in [
        (json!({}), "/numbers"),
        (json!({"numbers": "GB 1"}), "/numbers"),
        (json!({"numbers": ["GB 1", 2]}), "/numbers/1"),
        (json!({"numbers": [], "owner": "999999"}), "/owner"),
        (json!({"numbers": [], "valid_at": "2020"}), "/valid_at"),
        (json!({"numbers": [], "as_of": "soon"}), "/as_of"),
        (json!({"numbers": [], "ownr": "370214"}), "/ownr"),
    ] {
        let refused = anyone.post(CHECK, &question).expect(422);
        assert_eq!(faults(&refused)[0].0, pointer, "{question}");
    }
    let beyond = anyone
        .post(CHECK, &json!({"numbers": [], "as_of": "999999"}))
        .expect(400);
    assert_eq!(problem(&beyond), "beyond-head");
}
