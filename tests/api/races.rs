//! Several people wanting the same thing at the same moment, at one instance and at two.

use std::sync::Barrier;
use std::thread;

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{Postgres, Sqlite};
use crate::support::census::census;
use crate::support::entry::{body, row, row_with};
use crate::support::{Answer, Client, Registry};

const OWNER: &str = "370214";
const RIVALS: usize = 8;

/// One registry on SQLite, or two instances on one PostgreSQL database.
fn instances(count: usize) -> Vec<Registry> {
    if count == 1 {
        return vec![Registry::start(Sqlite)];
    }
    let first = Registry::start(Postgres);
    let second = first.second_instance();
    vec![first, second]
}

/// Lets the district's many hands go at once, spread over the instances. Answers the statuses in order.
fn race(instances: &[Registry], attempt: impl Fn(usize, &Client) -> Answer + Sync) -> Vec<u16> {
    let hands: Vec<_> = instances
        .iter()
        .map(|instance| instance.as_district(OWNER))
        .collect();
    let start = Barrier::new(RIVALS);
    let mut statuses: Vec<u16> = thread::scope(|scope| {
        let rivals: Vec<_> = (0..RIVALS)
            .map(|rival| {
                let (start, attempt) = (&start, &attempt);
                let district = &hands[rival % hands.len()];
                scope.spawn(move || {
                    start.wait();
                    attempt(rival, district).status.as_u16()
                })
            })
            .collect();
        rivals.into_iter().map(|rival| rival.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    statuses
}

fn one_of_all(winner: u16, others: u16) -> Vec<u16> {
    let mut expected = vec![others; RIVALS - 1];
    expected.push(winner);
    expected.sort_unstable();
    expected
}

#[rstest]
fn a_number_is_registered_once(#[values(1, 2)] count: usize) {
    let instances = instances(count);
    let statuses = race(&instances, |rival, district| {
        let content = row_with("GB 38600-2019", json!({"keywords": [format!("{rival}")]}));
        district.post("/v1/standards", &body(OWNER, content))
    });
    assert_eq!(statuses, one_of_all(201, 409));
    assert_eq!(census(&instances[0].anonymous()).len(), 2);
}

#[rstest]
fn of_many_who_change_one_revision_one_does(#[values(1, 2)] count: usize) {
    let instances = instances(count);
    let entry = instances[0]
        .as_district(OWNER)
        .create(OWNER, row("GB 38600-2019"));
    let statuses = race(&instances, |rival, district| {
        let patch = json!({"reason": "更新", "content": {"keywords": [format!("{rival}")]}});
        district.if_match(&entry.etag).patch(&entry.path, &patch)
    });
    assert_eq!(statuses, one_of_all(200, 412));
    let revisions = instances[0]
        .anonymous()
        .every(&format!("{}/revisions", entry.path));
    assert_eq!(revisions.len(), 2);
}

#[rstest]
fn one_request_sent_many_times_is_done_once(#[values(1, 2)] count: usize) {
    let instances = instances(count);
    let statuses = race(&instances, |_, district| {
        let retried = district.with("Idempotency-Key", "once");
        retried.post("/v1/standards", &body(OWNER, row("GB 38600-2019")))
    });
    // Done or replayed; or, where the first is still on its way, asked to come again.
    assert!(statuses.contains(&201), "{statuses:?}");
    assert!(
        statuses.iter().all(|status| matches!(status, 201 | 409)),
        "{statuses:?}"
    );
    assert_eq!(census(&instances[0].anonymous()).len(), 2);
}

#[rstest]
fn a_catalogue_pushed_from_many_sides_is_pushed_once(#[values(1, 2)] count: usize) {
    let instances = instances(count);
    let rows: Vec<Value> = (1..=50)
        .map(|serial| row(&format!("T/QDAS {serial}-2024")))
        .collect();
    let statuses = race(&instances, |_, district| district.push(OWNER, &rows));
    assert_eq!(statuses, [200; RIVALS]);
    assert_eq!(census(&instances[0].anonymous()).len(), 51);
}

#[rstest]
fn a_value_is_not_removed_while_a_row_is_placed_under_it(#[values(1, 2)] count: usize) {
    let instances = instances(count);
    let district = instances[0].as_district(OWNER);
    let framework = |values: &[&str]| {
        let values: Vec<_> = values.iter().map(|id| json!({"id": id, "title": id})).collect();
        let axes = json!([{"id": "part", "title": "部分", "values": values}]);
        json!({"slug": "trial", "title": "试验", "axes": axes})
    };
    let mut tag = district
        .post("/v1/frameworks", &body(OWNER, framework(&["a", "b"])))
        .expect(201)
        .etag();
    // Whoever comes first, the other is refused; both together would leave a row under nothing.
    for round in 0..5 {
        let statuses = race(&instances, |rival, district| {
            if rival == 0 {
                return district
                    .if_match(&tag)
                    .put("/v1/frameworks/trial", &body(OWNER, framework(&["a"])));
            }
            let placements = json!([{"framework": "trial", "cell": {"part": "b"}}]);
            let number = format!("T/QDAS {}-2024", round * RIVALS + rival);
            let content = row_with(&number, json!({ "placements": placements }));
            district.post("/v1/standards", &body(OWNER, content))
        });
        let removed = statuses.contains(&200);
        let refused = statuses.contains(&409);
        assert!(removed != refused, "{statuses:?}");
        let placed = district.every("/v1/standards?framework=trial");
        assert_eq!(placed.is_empty(), removed, "{statuses:?}");
        // For the next round the value is there again and nothing stands under it.
        for entry in placed {
            let path = format!("/v1/standards/{}", entry["id"].as_str().unwrap());
            let etag = district.get(&path).expect(200).etag();
            district
                .if_match(&etag)
                .delete(&format!("{path}?reason=x"))
                .expect(200);
        }
        let current = district.get("/v1/frameworks/trial").expect(200);
        let whole = district
            .if_match(&current.etag())
            .put("/v1/frameworks/trial", &body(OWNER, framework(&["a", "b"])))
            .expect(200);
        tag = whole.etag();
    }
    let (code, told) = instances[0].fsck();
    assert_eq!(code, Some(0), "{told}");
}
