//! The declarative push: an owner says what its catalogue shall be.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::catalogue::{actions, creation, log_position};
use crate::support::entry::{faults, problem, row, row_with};
use crate::support::{Entry, Registry};

const DISTRICT: &str = "370214";

fn keyed(external_id: &str, number: &str) -> Value {
    row_with(number, json!({"external_id": external_id}))
}

#[rstest]
fn a_plan_says_what_becomes_of_every_row(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let gone = district.create(DISTRICT, row("GB/T 1.1-2020"));
    district.withdraw(&gone);
    let first = [
        keyed("a", "GB 38600-2019"),
        keyed("b", "GB/T 42195-2022"),
        row("WS/T 423-2022"),
    ];
    let created = district.push(DISTRICT, &first).expect(200);
    assert_eq!(created.at("/applied"), true);
    assert_eq!(actions(&created.json()), ["create"; 3]);
    assert_eq!(log_position(&created), created.at("/items/2/position"));

    let next = [
        keyed("a", "GB 38600-2019"),
        row_with(
            "GB/T 42195-2022",
            json!({"external_id": "b", "title": "老年人能力评估规范"}),
        ),
        row("GB/T 1.1-2020"),
        keyed("c", "GB/T 35796-2017"),
    ];
    let before = district.log_head();
    let applied = district.push(DISTRICT, &next).expect(200);
    assert_eq!(
        actions(&applied.json()),
        ["unchanged", "update", "restore", "create", "withdraw"]
    );
    assert_eq!(
        applied.at("/counts"),
        json!({"create": 1, "update": 1, "restore": 1, "withdraw": 1, "unchanged": 1, "conflict": 0, "refused": 0})
    );
    let items = applied.at("/items");
    let item = |action: &str| {
        let mut items = items.as_array().unwrap().iter();
        items.find(|item| item["action"] == action).unwrap().clone()
    };
    assert_eq!(item("withdraw")["number"], "WS/T 423-2022");
    assert_eq!(item("restore")["id"], gone.id);
    assert_eq!(item("update")["external_id"], "b");
    assert_eq!(item("update")["changes"][0]["path"], "/title");
    assert_eq!(item("update")["changes"][0]["after"], "老年人能力评估规范");
    assert_eq!(item("unchanged")["position"], Value::Null);
    assert_eq!(district.log_head(), before + 4);
    let restored = district.get(&gone.path).expect(200);
    assert_eq!(restored.at("/action"), "restore");
    assert_eq!(restored.at("/reason"), "季度目录");
    let mut numbers = district.numbers("owner=370214");
    numbers.sort();
    assert_eq!(
        numbers,
        [
            "GB 38600-2019",
            "GB/T 1.1-2020",
            "GB/T 35796-2017",
            "GB/T 42195-2022"
        ]
    );
}

#[rstest]
fn pushing_the_same_again_appends_nothing(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let rows = [
        keyed("a", "GB38600—2019"),
        row_with("GB/T 42195-2022", json!({"keywords": ["评估", "老年人", "评估"]})),
        json!({"external_id": "c", "title": "尚无编号", "origin": "self_built", "level": "local", "supply": "planned",
               "placements": [{"framework": "qingdao", "cell": {"subsystem": "老有颐养", "dimension": "机会均等"}}]}),
    ];
    let first = district.push(DISTRICT, &rows).expect(200);

    let again = district.push(DISTRICT, &rows).expect(200);
    assert_eq!(actions(&again.json()), ["unchanged"; 3]);
    assert_eq!(again.at("/applied"), true);
    assert_eq!(log_position(&again), log_position(&first));
    assert_eq!(
        district.log_head(),
        first.at("/items/2/position").as_u64().unwrap()
    );
}

#[rstest]
fn a_dry_run_writes_nothing_and_its_tag_applies_that_plan_only(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let before = district.log_head();
    let body = json!({"reason": "季度目录", "standards": [keyed("a", "GB 38600-2019")]});
    let plan = district.push_with(DISTRICT, "&dry_run=true", &body).expect(200);
    assert_eq!(plan.at("/applied"), false);
    assert_eq!(actions(&plan.json()), ["create"]);
    assert_eq!(plan.at("/items/0/position"), Value::Null);
    assert_eq!(district.log_head(), before);
    let seen = plan.at("/plan_etag").as_str().unwrap().to_owned();

    // Meanwhile somebody else adds a row, which the plan would now withdraw.
    let city = registry.as_city();
    city.create(DISTRICT, row("GB/T 42195-2022"));
    let stale = district
        .if_match(&seen)
        .push_with(DISTRICT, "", &body)
        .expect(412);
    assert_eq!(problem(&stale), "precondition-failed");
    assert_eq!(actions(&stale.at("/plan")), ["create", "withdraw"]);
    assert_eq!(district.numbers("owner=370214"), ["GB/T 42195-2022"]);

    let now = stale.at("/plan_etag").as_str().unwrap().to_owned();
    // Other rows are another plan, too.
    let other = json!({"reason": "季度目录", "standards": [keyed("a", "GB 38600-2022")]});
    district
        .if_match(&now)
        .push_with(DISTRICT, "", &other)
        .expect(412);
    let applied = district.if_match(&now).push_with(DISTRICT, "", &body).expect(200);
    assert_eq!(applied.at("/plan_etag"), now);
    assert_eq!(district.numbers("owner=370214"), ["GB 38600-2019"]);
}

#[rstest]
fn rows_are_matched_by_id_then_external_id_then_number(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let by_id = district.create(DISTRICT, keyed("a", "GB 38600-2019"));
    let by_external_id = district.create(DISTRICT, keyed("b", "GB/T 42195-2022"));
    let by_number = district.create(DISTRICT, row("WS/T 423-2022"));
    let withdrawn = district.create(DISTRICT, keyed("w", "GB/T 1.1-2020"));
    district.withdraw(&withdrawn);

    let plan = district
        .push(
            DISTRICT,
            &[
                json!({"id": by_id.id, "external_id": "new-a", "number": "GB/T 35796-2017", "title": "甲", "origin": "referenced"}),
                keyed("b", "GB/T 20647.1-2006"),
                row("WS/T423-2022"),
                json!({"external_id": "w", "title": "编号待定", "origin": "self_built", "level": "local"}),
            ],
        )
        .expect(200);

    assert_eq!(actions(&plan.json()), ["update", "update", "update", "restore"]);
    let mut items = plan.at("/items").as_array().unwrap().clone();
    items.sort_by_key(|item| item["index"].as_u64());
    let ids: Vec<_> = items.iter().map(|item| item["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [by_id.id, by_external_id.id, by_number.id, withdrawn.id]);
}

#[rstest]
fn rows_that_cannot_be_told_apart_or_matched_are_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let kept = district.create(DISTRICT, keyed("a", "GB 38600-2019"));
    let before = district.log_head();

    let answer = district
        .push(
            DISTRICT,
            &[
                keyed("a", "GB 38600-2019"),
                json!({"id": kept.id, "number": "GB/T 42195-2022", "title": "同一条目", "origin": "referenced"}),
                json!({"title": "没有键", "origin": "self_built", "level": "local"}),
                json!({"id": "01938f5e-7b1a-7000-8000-0000000000aa", "number": "GB/T 1.1-2020", "title": "他人的条目", "origin": "referenced"}),
                json!({"number": "GB/T 1-20x", "title": "编号有误", "origin": "referenced"}),
                row("WS/T 423-2022"),
            ],
        )
        .expect(422);

    assert_eq!(problem(&answer), "plan-refused");
    let plan = answer.at("/plan");
    assert_eq!(
        actions(&plan),
        ["refused", "refused", "refused", "refused", "refused", "create"]
    );
    assert_eq!(plan["applied"], false);
    assert_eq!(plan["counts"]["refused"], 5);
    let mut items = plan["items"].as_array().unwrap().clone();
    items.sort_by_key(|item| item["index"].as_u64());
    let kinds: Vec<_> = items[..5]
        .iter()
        .map(|item| item["problem"]["type"].clone())
        .collect();
    assert_eq!(
        kinds,
        [
            "/problems/duplicate",
            "/problems/duplicate",
            "/problems/invalid-content",
            "/problems/not-found",
            "/problems/invalid-content"
        ]
    );
    assert_eq!(items[4]["problem"]["errors"][0]["pointer"], "/standards/4/number");
    // Nothing was written, not even the row that was in order.
    assert_eq!(district.log_head(), before);
}

#[rstest]
fn what_others_changed_since_the_base_is_a_conflict(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let city = registry.as_city();
    let rows = [keyed("a", "GB 38600-2019"), keyed("b", "GB/T 42195-2022")];
    let base = log_position(&district.push(DISTRICT, &rows).expect(200));
    let entry = district
        .get("/v1/standards?owner_exact=370214&external_id=a")
        .expect(200)
        .at("/items/0/id");
    let path = format!("/v1/standards/{}", entry.as_str().unwrap());

    // The district's own later change is none of a conflict.
    let own = district.get(&path).expect(200);
    district
        .if_match(&own.etag())
        .patch(
            &path,
            &json!({"reason": "补充", "content": {"keywords": ["养老"]}}),
        )
        .expect(200);
    let mine = json!({"reason": "同步", "base": base, "standards": rows});
    let plan = district.push_with(DISTRICT, "&dry_run=true", &mine).expect(200);
    assert_eq!(actions(&plan.json()), ["update", "unchanged"]);

    let current = Entry::of(&city.get(&path).expect(200));
    let by_city = city.change(&current, json!({"lead_department": ["市民政局"]}));
    let refused = district.push_with(DISTRICT, "", &mine).expect(422);
    assert_eq!(actions(&refused.at("/plan")), ["conflict", "unchanged"]);
    let conflict = refused.at("/plan/items/0/problem");
    assert_eq!(conflict["type"], "/problems/conflict");
    assert_eq!(conflict["position"], by_city.position);
    // Leaving the row out would undo the city's change as well.
    let without = json!({"reason": "同步", "base": base, "standards": [rows[1]]});
    let refused = district.push_with(DISTRICT, "", &without).expect(422);
    assert_eq!(refused.at("/plan/counts/conflict"), 1);

    // With the city's change seen, the push is good.
    let seen = json!({"reason": "同步", "base": by_city.position, "standards": rows});
    district.push_with(DISTRICT, "", &seen).expect(200);
    let beyond = json!({"reason": "同步", "base": 1_000_000, "standards": rows});
    let refused = district.push_with(DISTRICT, "", &beyond).expect(400);
    assert_eq!(problem(&refused), "beyond-head");
}

#[rstest]
fn a_slip_does_not_empty_a_catalogue(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let rows: Vec<_> = (1..=130)
        .map(|serial| row(&format!("T/QDAS {serial}-2024")))
        .collect();
    district.push(DISTRICT, &rows).expect(200);
    let before = district.log_head();

    // A tenth of 130 may leave.
    let refused = district.push(DISTRICT, &rows[14..]).expect(409);
    assert_eq!(problem(&refused), "too-many-withdrawals");
    assert_eq!(refused.at("/withdrawals"), 14);
    assert_eq!(refused.at("/max_withdrawals"), 13);
    assert_eq!(district.log_head(), before);
    district.push(DISTRICT, &rows[13..]).expect(200);

    let rest = json!({"reason": "清空", "standards": []});
    let refused = district
        .push_with(DISTRICT, "&max_withdrawals=116", &rest)
        .expect(409);
    assert_eq!(refused.at("/withdrawals"), 117);
    let emptied = district
        .push_with(DISTRICT, "&max_withdrawals=117", &rest)
        .expect(200);
    assert_eq!(emptied.at("/counts/withdraw"), 117);
    assert_eq!(district.numbers("owner=370214"), [""; 0]);
    // All of them come back as the entries they were.
    let again = district.push(DISTRICT, &rows).expect(200);
    assert_eq!(again.at("/counts/restore"), 130);
}

#[rstest]
fn ten_rows_may_leave_a_small_catalogue(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let rows: Vec<_> = (1..=12)
        .map(|serial| row(&format!("T/QDAS {serial}-2024")))
        .collect();
    district.push(DISTRICT, &rows).expect(200);

    let refused = district.push(DISTRICT, &rows[11..]).expect(409);
    assert_eq!(refused.at("/max_withdrawals"), 10);
    district.push(DISTRICT, &rows[10..]).expect(200);
}

#[rstest]
fn rows_may_trade_their_numbers(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    district
        .push(
            DISTRICT,
            &[
                keyed("a", "GB 38600-2019"),
                keyed("b", "GB/T 42195-2022"),
                keyed("c", "GB/T 1.1-2020"),
            ],
        )
        .expect(200);

    // Two trade; a new row takes the number of the third, which loses its own.
    let traded = district
        .push(
            DISTRICT,
            &[
                keyed("a", "GB/T 42195-2022"),
                keyed("b", "GB 38600-2019"),
                keyed("d", "GB/T 1.1-2020"),
                json!({"external_id": "c", "title": "编号待定", "origin": "self_built", "level": "local"}),
            ],
        )
        .expect(200);

    assert_eq!(actions(&traded.json()), ["update", "update", "create", "update"]);
    let number_of = |external_id: &str| {
        let path = format!("/v1/standards?owner_exact=370214&external_id={external_id}");
        district.get(&path).expect(200).at("/items/0/content/number")
    };
    assert_eq!(number_of("a"), "GB/T 42195-2022");
    assert_eq!(number_of("b"), "GB 38600-2019");
    assert_eq!(number_of("c"), Value::Null);
    assert_eq!(number_of("d"), "GB/T 1.1-2020");
}

#[rstest]
fn a_push_is_about_exactly_one_owner(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let district = registry.as_district(DISTRICT);
    district.push(DISTRICT, &[row("GB 38600-2019")]).expect(200);

    // The city's own catalogue: the district's rows are not in it and do not leave.
    let own = city.push("370200", &[row("GB 38600-2019")]).expect(200);
    assert_eq!(own.at("/counts/withdraw"), 0);
    assert_eq!(own.at("/counts/create"), 1);
    // The city may push for a district, a district for no other.
    let for_district = city.push(DISTRICT, &[row("GB 38600-2019")]).expect(200);
    assert_eq!(actions(&for_district.json()), ["unchanged"]);
    for owner in ["370213", "370200"] {
        let refused = district.push(owner, &[row("GB 38600-2019")]).expect(403);
        assert_eq!(problem(&refused), "out-of-reach");
    }
    let unscoped = registry.as_subject("reader", &[DISTRICT], "audit:read");
    let refused = unscoped.push(DISTRICT, &[]).expect(403);
    assert_eq!(problem(&refused), "insufficient-scope");
    registry.anonymous().push(DISTRICT, &[]).expect(401);
    assert_eq!(city.numbers("owner=370200"), ["GB 38600-2019"; 2]);
}

#[rstest]
fn a_push_needs_an_owner_a_reason_and_rows(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let refused = district
        .put("/v1/catalogue", &json!({"reason": "x", "standards": []}))
        .expect(400);
    assert_eq!(problem(&refused), "invalid-parameter");
    let faulty = json!({"base": "1", "colour": "red"});
    let refused = district.push_with(DISTRICT, "", &faulty).expect(422);
    let pointers: Vec<_> = faults(&refused).into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(pointers, ["/base", "/colour", "/reason", "/standards"]);
}

#[rstest]
fn a_repeated_push_is_answered_from_memory(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let retried = district.with("Idempotency-Key", "quarter-4");
    let first = retried.push(DISTRICT, &[row("GB 38600-2019")]).expect(200);
    district
        .bulk(&[creation(DISTRICT, row("GB/T 42195-2022"))])
        .expect(200);

    let replayed = retried.push(DISTRICT, &[row("GB 38600-2019")]).expect(200);
    assert_eq!(replayed.header("Idempotency-Replayed").as_deref(), Some("true"));
    assert_eq!(replayed.json(), first.json());
    // The row that came in between is still there.
    assert_eq!(district.numbers("owner=370214").len(), 2);
}
