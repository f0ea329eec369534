//! Many changes in one request.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::Registry;
use crate::support::catalogue::{creation, log_position};
use crate::support::entry::{faults, problem, row, row_with};

const DISTRICT: &str = "370214";

fn statuses(results: &Value) -> Vec<u64> {
    let results = results.as_array().expect("results");
    for (index, result) in results.iter().enumerate() {
        assert_eq!(
            result["index"], index,
            "results come in the order of the operations"
        );
    }
    results
        .iter()
        .map(|result| result["status"].as_u64().unwrap())
        .collect()
}

#[rstest]
fn a_batch_is_applied_in_order_at_consecutive_positions(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let before = district.log_head();

    let answer = district
        .bulk(&[
            creation(DISTRICT, row("GB 38600-2019")),
            creation(DISTRICT, row("GB/T 42195-2022")),
            creation(DISTRICT, row("WS/T 423-2022")),
        ])
        .expect(200);

    assert_eq!(statuses(&answer.at("/results")), [201, 201, 201]);
    let results = answer.at("/results");
    for (index, result) in (1..).zip(results.as_array().unwrap()) {
        assert_eq!(result["position"], before + index);
        let entry = district
            .get(&format!("/v1/standards/{}", result["id"].as_str().unwrap()))
            .expect(200);
        assert_eq!(entry.at("/position"), before + index);
    }
    assert_eq!(log_position(&answer), i64::try_from(before + 3).unwrap());
    assert_eq!(district.log_head(), before + 3);
}

#[rstest]
fn one_failure_undoes_an_atomic_batch(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let before = district.log_head();

    let answer = district
        .bulk(&[
            creation(DISTRICT, row("GB 38600-2019")),
            creation("370213", row("GB/T 42195-2022")),
            creation(DISTRICT, json!({"number": "GB/T 1-20", "origin": "referenced"})),
            creation(DISTRICT, row("GB38600—2019")),
        ])
        .expect(422);

    assert_eq!(problem(&answer), "batch-refused");
    assert_eq!(statuses(&answer.at("/results")), [424, 403, 422, 409]);
    let kind = |index: usize| answer.at(&format!("/results/{index}/problem/type"));
    assert_eq!(kind(0), "/problems/failed-dependency");
    assert_eq!(kind(1), "/problems/out-of-reach");
    assert_eq!(kind(2), "/problems/invalid-content");
    assert_eq!(kind(3), "/problems/duplicate");
    assert_eq!(answer.at("/results/0/id"), Value::Null);
    assert_eq!(district.log_head(), before);
}

#[rstest]
fn a_batch_that_is_not_atomic_applies_what_it_can(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let before = district.log_head();

    let operations = json!([
        creation(DISTRICT, row("GB 38600-2019")),
        creation(DISTRICT, row("GB 38600-2019")),
        creation(DISTRICT, json!({"title": "没有级别", "origin": "referenced"})),
        creation(DISTRICT, row("GB/T 42195-2022")),
    ]);
    let answer = district
        .post("/v1/bulk", &json!({"atomic": false, "operations": operations}))
        .expect(200);

    assert_eq!(statuses(&answer.at("/results")), [201, 409, 422, 201]);
    // What was refused took no position.
    assert_eq!(answer.at("/results/0/position"), before + 1);
    assert_eq!(answer.at("/results/3/position"), before + 2);
    assert_eq!(
        answer.at("/results/1/problem/existing/id"),
        answer.at("/results/0/id")
    );
    assert_eq!(district.log_head(), before + 2);
}

#[rstest]
fn a_dry_run_answers_the_same_and_writes_nothing(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let before = district.log_head();
    let operations = json!([
        {"op": "create", "kind": "standard", "owner": DISTRICT, "content": row("GB 38600-2019"), "ref": "care"},
        creation(DISTRICT, row("GB 38600-2019")),
    ]);

    let tried = district
        .post(
            "/v1/bulk?dry_run=true",
            &json!({"atomic": false, "operations": operations}),
        )
        .expect(200);
    assert_eq!(tried.at("/dry_run"), true);
    assert_eq!(statuses(&tried.at("/results")), [201, 409]);
    assert_eq!(tried.at("/results/0/id"), Value::Null);
    assert_eq!(tried.at("/results/0/position"), Value::Null);
    assert_eq!(district.log_head(), before);
    assert_eq!(district.numbers("owner=370214"), [""; 0]);

    let refused = district
        .post("/v1/bulk?dry_run=true", &json!({ "operations": operations }))
        .expect(422);
    assert_eq!(statuses(&refused.at("/results")), [424, 409]);
    assert_eq!(refused.at("/results/0/ref"), "care");
}

#[rstest]
fn later_operations_refer_to_earlier_creations(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let relations = json!([
        {"type": "cites", "target": {"ref": "care"}},
        {"type": "replaces", "extent": "whole", "target": {"ref": "old"}},
    ]);

    let answer = district
        .bulk(&[
            json!({"op": "create", "kind": "standard", "ref": "care", "owner": DISTRICT, "content": row("GB 38600-2019")}),
            json!({"op": "create", "kind": "standard", "ref": "old", "owner": DISTRICT, "content": row("GB/T 35796-2007")}),
            creation(DISTRICT, row_with("GB/T 35796-2017", json!({"relations": relations}))),
            json!({"op": "patch", "kind": "standard", "id": {"ref": "care"}, "reason": "补充", "content": {"keywords": ["养老"]}}),
        ])
        .expect(200);

    assert_eq!(statuses(&answer.at("/results")), [201, 201, 201, 200]);
    assert_eq!(answer.at("/results/0/ref"), "care");
    assert_eq!(answer.at("/results/3/id"), answer.at("/results/0/id"));
    assert_eq!(answer.at("/results/3/revision"), 2);
    let newest = answer.at("/results/2/id");
    let stored = district
        .get(&format!("/v1/standards/{}", newest.as_str().unwrap()))
        .expect(200);
    let targets: Vec<_> = stored
        .at("/content/relations")
        .as_array()
        .unwrap()
        .iter()
        .map(|relation| relation["target"]["id"].clone())
        .collect();
    assert!(targets.contains(&answer.at("/results/0/id")) && targets.contains(&answer.at("/results/1/id")));
}

#[rstest]
fn a_reference_to_nothing_is_named(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let relations = json!([{"type": "cites", "target": {"ref": "later"}}]);

    let answer = district
        .bulk(&[
            creation(DISTRICT, row_with("GB/T 35796-2017", json!({"relations": relations}))),
            json!({"op": "create", "kind": "standard", "ref": "later", "owner": DISTRICT, "content": row("GB 38600-2019")}),
        ])
        .expect(422);

    assert_eq!(statuses(&answer.at("/results")), [422, 424]);
    assert_eq!(
        answer.at("/results/0/problem/errors/0/pointer"),
        "/content/relations/0/target"
    );
    assert_eq!(answer.at("/results/0/problem/errors/0/code"), "unknown_ref");
}

#[rstest]
fn operations_on_one_entry_see_one_another(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let id = "01938f5e-7b1a-7000-8000-0000000000aa";
    let path = format!("/v1/standards/{id}");
    let mut renamed = row("GB 38600-2019");
    renamed["title"] = json!("养老机构服务安全基本规范");

    let answer = district
        .bulk(&[
            json!({"op": "create", "kind": "standard", "id": id, "owner": DISTRICT, "content": row("GB 38600-2019")}),
            json!({"op": "put", "kind": "standard", "id": id, "if_revision": 1, "owner": DISTRICT, "reason": "更名", "content": renamed}),
            json!({"op": "patch", "kind": "standard", "id": id, "if_revision": 2, "reason": "补充", "content": {"keywords": ["养老"]}}),
            json!({"op": "withdraw", "kind": "standard", "id": id, "if_revision": 3, "reason": "移出"}),
            // The number is free again.
            creation(DISTRICT, row("GB 38600-2019")),
        ])
        .expect(200);

    assert_eq!(statuses(&answer.at("/results")), [201, 200, 200, 200, 201]);
    let revisions = district.every(&format!("{path}/revisions"));
    let actions: Vec<_> = revisions.iter().map(|r| r["action"].clone()).collect();
    assert_eq!(actions, ["create", "update", "update", "withdraw"]);
    assert_eq!(revisions[2]["content"]["title"], "养老机构服务安全基本规范");
    assert_eq!(revisions[2]["content"]["keywords"], json!(["养老"]));
    district.get(&path).expect(410);

    let stale = district
        .bulk(&[json!({"op": "put", "kind": "standard", "id": id, "if_revision": 3, "owner": DISTRICT, "reason": "恢复", "content": row("GB/T 42195-2022")})])
        .expect(422);
    assert_eq!(statuses(&stale.at("/results")), [412]);
    assert_eq!(stale.at("/results/0/problem/current_revision"), 4);
}

#[rstest]
fn what_changes_nothing_takes_no_position(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let entry = district.create(DISTRICT, row("GB 38600-2019"));

    let same = json!({"op": "put", "kind": "standard", "id": entry.id, "owner": DISTRICT, "reason": "同步", "content": row("GB 38600-2019")});
    let answer = district.bulk(&[same]).expect(200);

    assert_eq!(answer.at("/results/0/status"), 200);
    assert_eq!(answer.at("/results/0/revision"), 1);
    assert_eq!(answer.at("/results/0/position"), Value::Null);
    assert_eq!(district.log_head(), entry.position);
}

#[rstest]
fn standards_and_frameworks_go_together(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let framework = json!({"slug": "two-parts", "title": "两部分", "axes": [
        {"id": "part", "title": "部分", "values": [{"id": "one", "title": "第一"}, {"id": "two", "title": "第二"}]}]});
    let placements = json!([{"framework": "two-parts", "cell": {"part": "第二"}}]);

    let answer = district
        .bulk(&[
            json!({"op": "create", "kind": "framework", "owner": DISTRICT, "content": framework}),
            creation(
                DISTRICT,
                row_with("GB 38600-2019", json!({"placements": placements})),
            ),
        ])
        .expect(200);

    assert_eq!(statuses(&answer.at("/results")), [201, 201]);
    let placed = district.numbers("framework=two-parts&cell=part:two");
    assert_eq!(placed, ["GB 38600-2019"]);
    // Each kind needs its own scope.
    let clerk = registry.as_subject("clerk", &[DISTRICT], "standards:write");
    let withdrawal =
        json!({"op": "withdraw", "kind": "framework", "id": answer.at("/results/0/id"), "reason": "撤销"});
    let refused = clerk.bulk(std::slice::from_ref(&withdrawal)).expect(422);
    assert_eq!(
        refused.at("/results/0/problem/type"),
        "/problems/insufficient-scope"
    );
    let in_use = district.bulk(std::slice::from_ref(&withdrawal)).expect(422);
    assert_eq!(in_use.at("/results/0/problem/type"), "/problems/in-use");
    // Once the row has left within the batch, nothing stands in the framework any more.
    let leaving =
        json!({"op": "withdraw", "kind": "standard", "id": answer.at("/results/1/id"), "reason": "移出"});
    district.bulk(&[leaving, withdrawal]).expect(200);
}

#[rstest]
fn a_batch_may_come_one_operation_a_line(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let good = creation(DISTRICT, row("GB 38600-2019")).to_string();
    let send = |parameters: &str, lines: &str| {
        district.raw(
            "POST",
            &format!("/v1/bulk{parameters}"),
            "application/x-ndjson",
            lines,
        )
    };

    let refused = send("", &format!("{good}\n\n{{\"op\": \n")).expect(422);
    assert_eq!(statuses(&refused.at("/results")), [424, 400]);
    let partly = send("?atomic=false", &format!("{good}\r\n\n{{\"op\": \n")).expect(200);
    assert_eq!(statuses(&partly.at("/results")), [201, 400]);
    assert_eq!(partly.at("/results/1/problem/type"), "/problems/malformed-json");
    assert_eq!(district.numbers("owner=370214"), ["GB 38600-2019"]);
}

#[rstest]
fn ten_thousand_creations_fit_one_request_and_no_more(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let before = district.log_head();
    let mut operations: Vec<_> = (1..=10_001)
        .map(|serial| creation(DISTRICT, row(&format!("T/QDAS {serial}-2024"))))
        .collect();

    let refused = district.bulk(&operations).expect(422);
    assert_eq!(
        faults(&refused),
        [("/operations".to_owned(), "too_many_items".to_owned())]
    );
    let empty = district.bulk(&[]).expect(422);
    assert_eq!(
        faults(&empty),
        [("/operations".to_owned(), "too_few_items".to_owned())]
    );

    operations.pop();
    let answer = district.bulk(&operations).expect(200);
    assert_eq!(statuses(&answer.at("/results")), [201; 10_000]);
    assert_eq!(district.log_head(), before + 10_000);
    let counted = district
        .get("/v1/standards?owner=370214&count=true&limit=1")
        .expect(200);
    assert_eq!(counted.at("/total"), 10_000);
}

#[rstest]
fn a_repeated_batch_is_answered_from_memory(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry
        .as_district(DISTRICT)
        .with("Idempotency-Key", "nightly-2026-11-21");
    let operations = [creation(DISTRICT, row("GB 38600-2019"))];

    let first = district.bulk(&operations).expect(200);
    let again = district.bulk(&operations).expect(200);
    assert_eq!(again.header("Idempotency-Replayed").as_deref(), Some("true"));
    assert_eq!(again.at("/results"), first.at("/results"));
    assert_eq!(log_position(&again), log_position(&first));
    assert_eq!(
        registry.anonymous().log_head(),
        first.at("/results/0/position").as_u64().unwrap()
    );

    let other = district
        .bulk(&[creation(DISTRICT, row("GB/T 42195-2022"))])
        .expect(422);
    assert_eq!(problem(&other), "idempotency-mismatch");
}

#[rstest]
fn every_fault_of_an_operation_is_named_where_it_is(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let answer = district
        .bulk(&[
            json!({"op": "create", "kind": "standard", "if_revision": 1, "colour": "red", "owner": "999999",
                   "content": {"title": "", "origin": "borrowed", "level": "national"}}),
            json!({"op": "upsert", "kind": "standard"}),
            json!({"op": "withdraw", "kind": "standard", "id": "7"}),
            json!("create"),
        ])
        .expect(422);

    assert_eq!(statuses(&answer.at("/results")), [422, 422, 422, 422]);
    let pointers = |index: usize| -> Vec<String> {
        let errors = answer.at(&format!("/results/{index}/problem/errors"));
        let mut pointers: Vec<_> = errors
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["pointer"].as_str().unwrap().to_owned())
            .collect();
        pointers.sort();
        pointers.dedup();
        pointers
    };
    assert_eq!(
        pointers(0),
        [
            "/colour",
            "/content/origin",
            "/content/title",
            "/if_revision",
            "/owner"
        ]
    );
    assert!(pointers(1).contains(&"/op".to_owned()));
    assert_eq!(pointers(2), ["/id", "/reason"]);
    assert_eq!(pointers(3), [""]);
}
