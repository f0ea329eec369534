//! The digest is that of the state, whichever way the server came to it, and its parts lead to what differs.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::copy::Copy;
use crate::support::entry::{faults, row, row_with};
use crate::support::{Entry, Registry};

/// Rows that come, change, change hands, go and come back.
fn live_a_little(registry: &Registry) -> Vec<u64> {
    let city = registry.as_city();
    let mut positions = Vec::new();
    for serial in 1..=4 {
        let number = format!("T/QDAS {serial}-2024");
        let place = json!({"placements": [{"framework": "qingdao", "cell": {"subsystem": "老有颐养", "dimension": "process"}}]});
        let entry = city.create("370214", row_with(&number, place));
        positions.push(entry.position);
        let entry = city.change(&entry, json!({"title": format!("{number} 修订")}));
        positions.push(entry.position);
        let handed_over = city
            .if_match(&entry.etag)
            .patch(&entry.path, &json!({"reason": "移交", "owner": "370213"}))
            .expect(200);
        let entry = Entry::of(&handed_over);
        positions.push(entry.position);
        let entry = city.change(&entry, json!({"placements": []}));
        if serial % 2 == 0 {
            positions.push(city.withdraw(&entry).position);
        }
    }
    positions
}

const FILTERS: [&str; 6] = [
    "",
    "&kind=standard",
    "&kind=framework",
    "&owner=370200",
    "&owner_exact=370214",
    "&subsystem=%E8%80%81%E6%9C%89%E9%A2%90%E5%85%BB",
];

#[rstest]
fn a_digest_of_a_position_is_good_for_ever(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let position = live_a_little(&registry).pop().unwrap();
    let reader = registry.anonymous();
    let kept = |path: &str| {
        let answer = reader.get(path).expect(200);
        answer.header("Cache-Control").unwrap().contains("immutable")
    };
    assert!(kept(&format!("/v1/digest?at={position}")));
    assert!(kept(&format!("/v1/digest?at={position}&buckets=256")));
    // Now moves on, a day of today does, and what a filter means may.
    let today = chrono::Utc::now().with_timezone(&chrono::FixedOffset::east_opt(8 * 3600).unwrap());
    for moving in [
        "/v1/digest".to_owned(),
        format!("/v1/digest?at={}", today.date_naive()),
        format!("/v1/digest?at={position}&owner=370200"),
    ] {
        assert!(!kept(&moving), "{moving}");
    }
}

#[rstest]
fn a_digest_that_followed_the_writes_is_one_computed_afresh(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    let reader = registry.anonymous();
    let ask = |filter: &str, at: &str| {
        let path = format!("/v1/digest?buckets=true{at}{filter}");
        reader.get(&path).expect(200).json()
    };
    let mut followed = Vec::new();
    // Asked for in the beginning, the server keeps each at hand and moves it on.
    FILTERS.iter().for_each(|filter| {
        ask(filter, "");
    });
    let positions = live_a_little(&registry);
    for filter in FILTERS {
        followed.push(ask(filter, ""));
        for position in &positions {
            followed.push(ask(filter, &format!("&at={position}")));
        }
    }
    registry.restart();
    let mut afresh = Vec::new();
    for filter in FILTERS {
        // In the other order, so that each way is a different one.
        let mut earlier: Vec<_> = positions
            .iter()
            .rev()
            .map(|position| ask(filter, &format!("&at={position}")))
            .collect();
        earlier.push(ask(filter, ""));
        earlier.reverse();
        afresh.extend(earlier);
    }
    assert_eq!(followed, afresh);
}

#[rstest]
fn a_copy_has_the_digest_of_every_position(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    live_a_little(&registry);
    let reader = registry.anonymous();
    for filter in FILTERS {
        let mut copy = Copy::default();
        let items = reader
            .get(&format!("/v1/changes?limit=1000{filter}"))
            .expect(200)
            .json();
        for item in items["items"].as_array().unwrap() {
            copy.apply(item);
            let at = &item["position"];
            let digest = reader
                .get(&format!("/v1/digest?at={at}{filter}"))
                .expect(200)
                .json();
            assert_eq!(&digest["position"], at);
            copy.assert_equal(&digest);
        }
    }
}

#[rstest]
fn the_parts_lead_to_what_differs(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    live_a_little(&registry);
    let reader = registry.anonymous();
    let before = reader.get("/v1/digest?buckets=true").expect(200).json();
    let new = registry.as_city().create("370214", row("GB 50016-2014"));
    let after = reader.get("/v1/digest?buckets=true").expect(200).json();

    let (before, after) = (
        before["buckets"].as_array().unwrap(),
        after["buckets"].as_array().unwrap(),
    );
    assert_eq!((before.len(), after.len()), (256, 256));
    let differing: Vec<&Value> = (0..256)
        .filter(|bucket| before[*bucket] != after[*bucket])
        .map(|bucket| &after[bucket]["bucket"])
        .collect();
    assert_eq!(differing.len(), 1);
    let bucket = differing[0].as_str().unwrap();
    let entries = reader
        .get(&format!("/v1/digest?bucket={bucket}"))
        .expect(200)
        .at("/entries");
    let found = entries
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["id"] == new.id);
    assert_eq!(found.expect("the new entry")["revision"], 1);
}

#[rstest]
fn a_bucket_is_two_hexadecimal_digits(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    for bucket in ["3", "3g", "+3", "003", "%20f"] {
        let refused = registry
            .anonymous()
            .get(&format!("/v1/digest?bucket={bucket}"))
            .expect(400);
        assert_eq!(
            faults(&refused),
            [("?bucket".to_owned(), "not_a_bucket".to_owned())],
            "{bucket}"
        );
    }
}
