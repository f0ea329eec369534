//! The whole catalogue between two moments.

use std::collections::BTreeMap;

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::catalogue::{actions, creation};
use crate::support::entry::{Entry, body, faults, problem, row, row_with};
use crate::support::{Client, Registry};

const CHENGYANG: &str = "370214";
const SHIBEI: &str = "370203";

fn ids(answer: &Value, side: &str) -> Vec<String> {
    let items = answer[side].as_array().unwrap();
    items
        .iter()
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect()
}

/// How each entry differs, by its id.
fn changes(answer: &Value) -> BTreeMap<String, String> {
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    ["added", "changed", "withdrawn"]
        .into_iter()
        .flat_map(|side| answer[side].as_array().unwrap())
        .map(|item| (word(&item["id"]), word(&item["change"])))
        .collect()
}

fn diff(client: &Client, query: &str) -> Value {
    client.get(&format!("/v1/diff?{query}")).expect(200).json()
}

/// The live rows of a list, by id.
fn listed(client: &Client, query: &str) -> BTreeMap<String, Value> {
    let items = client.every(&format!("/v1/standards?limit=1000&{query}"));
    items
        .into_iter()
        .map(|item| (item["id"].as_str().unwrap().to_owned(), item))
        .collect()
}

/// Rows written, changed, moved, withdrawn and restored; answers the positions passed on the way.
fn busy_days(registry: &Registry) -> Vec<u64> {
    let city = registry.as_city();
    let mut entries: Vec<Entry> = (0..12)
        .map(|number| {
            let owner = if number % 2 == 0 { CHENGYANG } else { SHIBEI };
            city.create(owner, row(&format!("GB/T {}-2020", 40_000 + number)))
        })
        .collect();
    let mut stops = vec![0, city.log_head()];
    for (index, entry) in entries.iter_mut().enumerate() {
        let number = format!("GB/T {}-2020", 40_000 + index);
        let other = row_with(&number, json!({"keywords": ["养老"], "title": "改过的名称"}));
        *entry = match index % 4 {
            0 => city.change(
                entry,
                json!({"title": "改过的名称", "implemented_on": "2022-01-01"}),
            ),
            1 => city.withdraw(entry),
            2 => city.replace(entry, SHIBEI, other),
            _ => city.change(
                &city.change(entry, json!({"scope": "甲"})),
                json!({"scope": null}),
            ),
        };
    }
    stops.push(city.log_head());
    for (index, entry) in entries.iter_mut().enumerate() {
        let number = format!("GB/T {}-2020", 40_000 + index);
        if index % 4 == 1 {
            *entry = city.replace(entry, SHIBEI, row(&number));
        }
        if index % 3 == 0 {
            *entry = city.withdraw(entry);
        }
    }
    city.create(CHENGYANG, row("GB/T 50000-2024"));
    stops.push(city.log_head());
    stops
}

#[rstest]
fn it_is_the_sum_of_what_happened_to_each_entry(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let stops = busy_days(&registry);
    let anyone = registry.anonymous();
    let filters = [
        "",
        "owner=370214",
        "owner=370203",
        "owner=370200&keywords=%E5%85%BB%E8%80%81",
    ];
    for filter in filters {
        for from in &stops {
            for to in stops.iter().filter(|to| *to >= from) {
                let told = diff(
                    &anyone,
                    &format!("from={from}&to={to}&limit=1000&count=true&{filter}"),
                );
                assert_eq!((&told["from"], &told["to"]), (&json!(from), &json!(to)));
                let before = listed(&anyone, &format!("as_of={from}&{filter}"));
                let after = listed(&anyone, &format!("as_of={to}&{filter}"));
                let mut expected = [Vec::new(), Vec::new(), Vec::new()];
                for (id, item) in &after {
                    match before.get(id) {
                        None => expected[0].push(id.clone()),
                        Some(was) if was["content"] != item["content"] || was["owner"] != item["owner"] => {
                            expected[1].push(id.clone());
                        }
                        Some(_) => {}
                    }
                }
                let gone = before.keys().filter(|id| !after.contains_key(*id));
                expected[2].extend(gone.cloned());
                for (side, expected) in ["added", "changed", "withdrawn"].into_iter().zip(expected) {
                    let mut found = ids(&told, side);
                    found.sort();
                    assert_eq!(found, expected, "{side} {from}..{to} {filter}");
                    assert_eq!(
                        told["counts"][side],
                        expected.len(),
                        "{side} {from}..{to} {filter}"
                    );
                }
                for item in told["changed"].as_array().unwrap() {
                    let (id, was, is) = (&item["id"], &item["from_revision"], &item["revision"]);
                    let path = format!("/v1/standards/{}/diff?from={was}&to={is}", id.as_str().unwrap());
                    assert_eq!(item["changes"], anyone.get(&path).expect(200).at("/changes"));
                }
                for item in told["added"].as_array().unwrap() {
                    assert_eq!(item["content"], after[item["id"].as_str().unwrap()]["content"]);
                }
                if from == to {
                    assert!(changes(&told).is_empty(), "{told:#}");
                }
            }
        }
    }
}

#[rstest]
fn each_entry_says_how_it_differs(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let [moved, withdrawn, restored] =
        ["GB/T 1-2020", "GB/T 2-2020", "GB/T 3-2020"].map(|number| city.create(CHENGYANG, row(number)));
    let restored = city.withdraw(&restored);
    let from = city.log_head();
    let created = city.create(CHENGYANG, row("GB/T 4-2020"));
    city.replace(&moved, SHIBEI, row("GB/T 1-2020"));
    city.withdraw(&withdrawn);
    city.if_match(&restored.etag)
        .put(&restored.path, &body(CHENGYANG, row("GB/T 3-2020")))
        .expect(200);
    let word =
        |query: &str, entry: &Entry| changes(&diff(&city, &format!("from={from}&{query}"))).remove(&entry.id);
    let in_chengyang = |entry: &Entry| word("owner=370214", entry);
    assert_eq!(in_chengyang(&created).as_deref(), Some("created"));
    assert_eq!(in_chengyang(&restored).as_deref(), Some("restored"));
    assert_eq!(in_chengyang(&withdrawn).as_deref(), Some("withdrawn"));
    assert_eq!(in_chengyang(&moved).as_deref(), Some("left"));
    assert_eq!(word("owner=370203", &moved).as_deref(), Some("entered"));
    assert_eq!(word("", &moved).as_deref(), Some("updated"));
    let told = diff(&city, &format!("from={from}"));
    let change = &told["changed"][0]["changes"];
    assert_eq!(
        *change,
        json!([{"path": "/owner", "before": CHENGYANG, "after": SHIBEI}])
    );
}

#[rstest]
fn pages_and_lines_tell_the_same_as_one_answer(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let stops = busy_days(&registry);
    let anyone = registry.anonymous();
    let whole = changes(&diff(&anyone, &format!("from={}&limit=1000", stops[1])));
    assert!(whole.len() > 8);

    let first = format!("/v1/diff?from={}&limit=3", stops[1]);
    let mut page = anyone.get(&first).expect(200);
    let mut told = BTreeMap::new();
    loop {
        told.extend(changes(&page.json()));
        // Others write meanwhile: what is told stays pinned.
        registry
            .as_city()
            .create("370200", row(&format!("GB/T 6{:04}-2020", told.len())));
        let Value::String(next) = page.at("/next") else {
            break;
        };
        page = anyone.get(&format!("{first}&cursor={next}")).expect(200);
        let other = anyone
            .get(&format!("{first}&owner=370214&cursor={next}"))
            .expect(400);
        assert_eq!(faults(&other)[0].1, "cursor_of_another_question");
    }
    assert_eq!(told, whole);

    let everything = format!("/v1/diff?from={}&to={}", stops[1], stops[3]);
    let mut lines = anyone
        .with("Accept", "application/x-ndjson")
        .get(&everything)
        .expect(200)
        .lines();
    let closing = lines.pop().unwrap();
    assert_eq!(
        closing,
        json!({"end": true, "next": null, "position": stops[3], "count": whole.len(), "valid_at": closing["valid_at"]})
    );
    let words = lines.iter().map(|line| {
        (
            line["id"].as_str().unwrap().to_owned(),
            line["change"].as_str().unwrap().to_owned(),
        )
    });
    assert_eq!(words.collect::<BTreeMap<_, _>>(), whole);

    let csv = anyone.with("Accept", "text/csv").get(&everything).expect(200);
    let text = csv.text();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(&reader.headers().unwrap()[0], "change");
    assert_eq!(reader.records().map(Result::unwrap).count(), whole.len());
}

#[rstest]
fn ends_may_be_days_and_instants(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let first = city.create(CHENGYANG, row("GB/T 1-2020"));
    let at = city.get(&first.path).expect(200).at("/recorded_at");
    let second = city.create(CHENGYANG, row("GB/T 2-2020"));
    let told = diff(&city, &format!("from={}", at.as_str().unwrap()));
    assert_eq!(ids(&told, "added"), std::slice::from_ref(&second.id));
    assert_eq!(
        (&told["from"], &told["to"]),
        (&json!(first.position), &json!(second.position))
    );
    // Before the registry began there was nothing, so everything was added since.
    let told = diff(&city, "from=1999-01-01");
    assert_eq!(ids(&told, "added"), [first.id, second.id]);
    assert_eq!(told["from"], 0);
    for (query, pointer) in [
        ("to=0", "?from"),
        ("from=5&to=0&limit=0", "?limit"),
        ("from=3&to=1", "?from"),
    ] {
        let refused = city.get(&format!("/v1/diff?{query}")).expect(400);
        assert_eq!(faults(&refused)[0].0, pointer, "{query}");
    }
    for query in ["from=99", "from=0&to=99", "from=2999-01-01"] {
        assert_eq!(
            problem(&city.get(&format!("/v1/diff?{query}")).expect(400)),
            "beyond-head"
        );
    }
    city.get("/v1/diff?from=0&withdrawn=include").expect(400);
}

#[rstest]
fn validity_is_judged_on_one_day_at_both_ends(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let old = city.create(
        CHENGYANG,
        row_with("GB/T 1-2000", json!({"implemented_on": "2001-01-01"})),
    );
    let from = city.log_head();
    let relation = json!([{"type": "replaces", "target": {"id": old.id}}]);
    let new = row_with(
        "GB/T 1-2020",
        json!({"implemented_on": "2021-01-01", "relations": relation}),
    );
    let answer = city.post("/v1/standards", &body(CHENGYANG, new));
    let new = Entry::of(&answer.expect(201));
    // Nobody wrote to the old row, and yet it is in force no longer.
    let told = diff(&city, &format!("from={from}&validity=in_force"));
    let told = changes(&told);
    assert_eq!(told.get(&new.id).map(String::as_str), Some("created"));
    assert_eq!(told.get(&old.id).map(String::as_str), Some("left"));
    let told = changes(&diff(
        &city,
        &format!("from={from}&validity=in_force&valid_at=2010-01-01"),
    ));
    assert!(told.is_empty(), "{told:?}");
}

#[rstest]
fn a_push_and_the_difference_it_makes_agree(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    city.bulk(&[1, 2, 3].map(|n| creation(CHENGYANG, row(&format!("GB/T {n}-2020")))))
        .expect(200);
    let from = city.log_head();
    let rows = [
        row_with("GB/T 1-2020", json!({"title": "新名称"})),
        row("GB/T 2-2020"),
        row("GB/T 4-2020"),
    ];
    let plan = city.push(CHENGYANG, &rows).expect(200).json();
    assert_eq!(actions(&plan), ["update", "unchanged", "create", "withdraw"]);
    let told = diff(&city, &format!("from={from}&count=true"));
    assert_eq!(told["counts"], json!({"added": 1, "changed": 1, "withdrawn": 1}));
}
