//! Within one catalogue a number occurs once, however rows leave, come back and move.

use rstest::rstest;
use serde_json::json;

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::Registry;
use crate::support::entry::{body, problem, row, row_with};

#[rstest]
fn a_row_whose_number_was_taken_meanwhile_cannot_come_back(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let first = city.create("370214", row("GB 38600-2019"));
    let gone = city.withdraw(&first);
    let second = city.create("370214", row("GB 38600-2019"));
    let refused = city
        .if_match(&gone.etag)
        .put(&gone.path, &body("370214", row("GB 38600-2019")))
        .expect(409);
    assert_eq!(problem(&refused), "duplicate");
    assert_eq!(refused.at("/existing/id"), second.id);

    city.withdraw(&second);
    city.replace(&gone, "370214", row("GB 38600-2019"));
}

#[rstest]
fn a_row_cannot_move_where_its_number_or_key_is_taken(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let key = json!({"external_id": "a"});
    city.create("370213", row_with("GB 38600-2019", key.clone()));
    for mine in [row("GB 38600-2019"), row_with("GB/T 35796-2017", key)] {
        let entry = city.create("370214", mine);
        let moved = json!({"owner": "370213", "reason": "划转"});
        let refused = city.if_match(&entry.etag).patch(&entry.path, &moved).expect(409);
        assert_eq!(problem(&refused), "duplicate");
    }
}

#[rstest]
fn a_row_cannot_move_out_of_reach_of_the_framework_it_stands_in(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let registry = Registry::start(backend);
    let province = registry.as_subject("province", &["370000"], "standards:write");
    let placed = json!({"placements": [
        {"framework": "qingdao", "cell": {"subsystem": "老有颐养", "dimension": "process"}},
    ]});
    let entry = province.create("370200", row_with("GB 38600-2019", placed));
    let moved = json!({"owner": "370000", "reason": "上收"});
    province
        .if_match(&entry.etag)
        .patch(&entry.path, &moved)
        .expect(422);
}

#[rstest]
fn in_one_batch_a_number_can_pass_from_row_to_row_but_never_stand_twice(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let entry = city.create("370214", row("GB 38600-2019"));
    let create =
        json!({"op": "create", "kind": "standard", "owner": "370214", "content": row("GB 38600-2019")});
    let withdraw = json!({"op": "withdraw", "kind": "standard", "id": entry.id, "reason": "换录"});
    let put_back = json!({"op": "put", "kind": "standard", "id": entry.id, "owner": "370214",
        "reason": "恢复", "content": row("GB 38600-2019")});
    let batch = json!({"atomic": false, "operations": [create, withdraw, create, put_back, create]});
    let results = city.post("/v1/bulk", &batch).expect(200).at("/results");
    let statuses: Vec<_> = results
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["status"].clone())
        .collect();
    assert_eq!(statuses, [409, 200, 201, 409, 409]);
    assert_eq!(city.numbers("owner=370214"), ["GB 38600-2019"]);
}
