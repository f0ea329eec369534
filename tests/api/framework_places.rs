//! Rows and the frameworks they stand in: how a place is named, and what the rows keep from being taken away.

use rstest::rstest;
use serde_json::{Value, json};

use crate::frameworks::{framework, revise};
use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::entry::{body, faults, problem, row_with};
use crate::support::{Client, Registry};

const DISTRICT: &str = "370214";

fn placed(number: &str, framework: &str, cell: Value, node: Option<&str>) -> Value {
    let mut placement = json!({"framework": framework, "cell": cell});
    if let Some(node) = node {
        placement["node"] = json!(node);
    }
    row_with(number, json!({ "placements": [placement] }))
}

#[rstest]
fn titles_are_accepted_and_ids_answered(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    district
        .post("/v1/frameworks", &body(DISTRICT, framework("trial")))
        .expect(201);
    let place = |content: Value| {
        district
            .post("/v1/standards", &body(DISTRICT, content))
            .expect(201)
    };

    let by_titles = place(placed(
        "GB 38600-2019",
        "trial",
        json!({"部分": "第一部分", "阶段": "事前"}),
        Some("体检"),
    ));
    assert_eq!(
        by_titles.at("/content/placements/0"),
        json!({"framework": "trial", "cell": {"part": "one", "stage": "before"}, "node": "check-up"})
    );
    let in_english = place(placed(
        "GB/T 42195-2022",
        "trial",
        json!({"part": "part ONE", "stage": "after"}),
        None,
    ));
    assert_eq!(in_english.at("/content/placements/0/cell/part"), "one");
    // A node tells the value it hangs under.
    let by_node = place(placed(
        "WS/T 423-2022",
        "trial",
        json!({"stage": "before"}),
        Some("照护服务"),
    ));
    assert_eq!(by_node.at("/content/placements/0/cell/part"), "two");
    assert_eq!(
        district.numbers("framework=trial&node=check-up"),
        ["GB 38600-2019"]
    );
}

#[rstest]
fn a_place_that_is_none_is_refused_where_it_was_written(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    district
        .post("/v1/frameworks", &body(DISTRICT, framework("trial")))
        .expect(201);
    let refused = |cell: Value, node: Option<&str>| {
        let content = placed("GB 38600-2019", "trial", cell, node);
        faults(
            &district
                .post("/v1/standards", &body(DISTRICT, content))
                .expect(422),
        )
    };
    let at = |pointer: &str, code: &str| (format!("/content/placements/0/{pointer}"), code.to_owned());

    assert_eq!(
        refused(json!({"part": "four", "colour": "red"}), Some("nowhere")),
        [
            at("cell", "missing_axis"),
            at("cell/colour", "unknown_axis"),
            at("cell/part", "unknown_value"),
            at("node", "unknown_node")
        ]
    );
    assert_eq!(
        refused(json!({"part": "one", "stage": "before"}), Some("care")),
        [at("node", "contradictory")]
    );
    assert_eq!(
        refused(json!({"part": "one", "部分": "two", "stage": "before"}), None),
        [at("cell/部分", "axis_twice")]
    );
    let unknown = placed("GB 38600-2019", "nowhere", json!({"part": "one"}), None);
    let unknown = district
        .post("/v1/standards", &body(DISTRICT, unknown))
        .expect(422);
    assert_eq!(faults(&unknown), [at("framework", "unknown_framework")]);
}

#[rstest]
fn only_divisions_below_a_frameworks_owner_stand_in_it(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    city.post("/v1/frameworks", &body(DISTRICT, framework("trial")))
        .expect(201);
    let content = || {
        placed(
            "GB 38600-2019",
            "trial",
            json!({"part": "one", "stage": "before"}),
            None,
        )
    };
    city.post("/v1/standards", &body(DISTRICT, content())).expect(201);
    for owner in ["370213", "370200"] {
        let refused = city.post("/v1/standards", &body(owner, content())).expect(422);
        assert_eq!(
            faults(&refused),
            [(
                "/content/placements/0/framework".to_owned(),
                "framework_out_of_reach".to_owned()
            )]
        );
    }
    let jinan = registry.as_district("370102");
    let in_qingdao = placed(
        "GB 38600-2019",
        "qingdao",
        json!({"subsystem": "老有颐养", "dimension": "process"}),
        None,
    );
    jinan
        .post("/v1/standards", &body("370102", in_qingdao))
        .expect(422);
}

#[rstest]
fn what_rows_stand_in_cannot_be_taken_away(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let path = "/v1/frameworks/trial";
    district
        .post("/v1/frameworks", &body(DISTRICT, framework("trial")))
        .expect(201);
    let cell = json!({"part": "one", "stage": "before"});
    let first = district.create(
        DISTRICT,
        placed("GB 38600-2019", "trial", cell.clone(), Some("check-up")),
    );
    let second = district.create(DISTRICT, placed("GB/T 42195-2022", "trial", cell, None));

    let without_part = |content: &mut Value, id: &str| {
        content["axes"][0]["values"]
            .as_array_mut()
            .unwrap()
            .retain(|value| value["id"] != id);
    };
    let without_node = |content: &mut Value, id: &str| {
        content["nodes"]
            .as_array_mut()
            .unwrap()
            .retain(|node| node["id"] != id);
    };
    let refused = revise(&district, path, |content| {
        without_part(content, "one");
        without_node(content, "check-up");
        without_node(content, "health");
    })
    .expect(409);
    assert_eq!(problem(&refused), "in-use");
    assert_eq!(
        refused.at("/usage"),
        json!([
            {"change": "removed", "axis": "part", "value": "one", "rows": 2},
            {"change": "removed", "node": "check-up", "rows": 1}
        ])
    );
    // What nothing stands in may go.
    revise(&district, path, |content| {
        without_part(content, "three");
        without_node(content, "care");
    })
    .expect(200);
    let whole = district.get(path).expect(200);
    let refused = district
        .if_match(&whole.etag())
        .delete(&format!("{path}?reason=x"))
        .expect(409);
    assert_eq!(refused.at("/usage/rows"), 2);

    // A withdrawn row stands nowhere.
    district.withdraw(&first);
    district.withdraw(&second);
    revise(&district, path, |content| {
        without_node(content, "check-up");
        without_node(content, "health");
        without_part(content, "one");
    })
    .expect(200);
    district
        .if_match(&withdrawn_etag(&district, &first.path))
        .put(
            &first.path,
            &body(
                DISTRICT,
                placed(
                    "GB 38600-2019",
                    "trial",
                    json!({"part": "one", "stage": "before"}),
                    None,
                ),
            ),
        )
        .expect(422);
}

/// The tag of a withdrawn entry.
fn withdrawn_etag(client: &Client, path: &str) -> String {
    client.get(path).expect(410).etag()
}

#[rstest]
fn what_is_retired_takes_no_new_rows_and_keeps_the_old(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let path = "/v1/frameworks/trial";
    district
        .post("/v1/frameworks", &body(DISTRICT, framework("trial")))
        .expect(201);
    let cell = || json!({"part": "one", "stage": "before"});
    let old = district.create(DISTRICT, placed("GB 38600-2019", "trial", cell(), None));
    revise(&district, path, |content| {
        content["axes"][0]["values"][0]["retired"] = json!(true);
    })
    .expect(200);

    let refused = district
        .post(
            "/v1/standards",
            &body(DISTRICT, placed("GB/T 42195-2022", "trial", cell(), None)),
        )
        .expect(422);
    assert_eq!(
        faults(&refused),
        [("/content/placements/0/cell/part".to_owned(), "retired".to_owned())]
    );
    district.change(&old, json!({"keywords": ["养老"]}));
    // The matrix keeps the cell as long as a row stands there.
    let cells = district.get(&format!("{path}/matrix")).expect(200).at("/cells");
    let parts: Vec<_> = cells
        .as_array()
        .unwrap()
        .iter()
        .map(|cell| cell["cell"]["part"].clone())
        .collect();
    assert_eq!(parts.iter().filter(|part| *part == "one").count(), 1);
}
