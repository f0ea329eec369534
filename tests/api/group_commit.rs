//! Writes that share one transaction: each is judged as if it had come alone.

use std::thread;

use rstest::rstest;
use serde_json::json;

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::Registry;
use crate::support::entry::{body, row, row_with};

#[rstest]
fn a_push_that_changes_nothing_keeps_its_numbers_from_those_behind_it(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    // Titles for ids: other words, the same content.
    let same = row_with(
        "GB 38600-2019",
        json!({"placements": [{"framework": "qingdao", "cell": {"subsystem": "老有颐养", "dimension": "过程均等"}}]}),
    );
    district.push("370214", std::slice::from_ref(&same)).expect(200);

    let held = registry.hold_writes();
    thread::scope(|scope| {
        // Alone in its transaction, so that the next two queue up behind it.
        let first = scope.spawn(|| district.post("/v1/standards", &body("370214", row("GB 5749-2022"))));
        registry.wait_for_writes(1);
        let pushed = scope.spawn(|| {
            let rows = [same.clone(), row("GB 5749-2022")];
            district.push("370214", &rows)
        });
        registry.wait_for_writes(2);
        let twin = scope.spawn(|| district.post("/v1/standards", &body("370214", row("GB 38600-2019"))));
        registry.wait_for_writes(3);
        drop(held);
        first.join().unwrap().expect(201);
        pushed.join().unwrap().expect(200);
        twin.join().unwrap().expect(409);
    });
}
