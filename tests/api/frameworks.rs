//! Frameworks: registered and revised like standards.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::census::census;
use crate::support::entry::{body, faults, problem};
use crate::support::{Answer, Client, Registry};

const DISTRICT: &str = "370214";

/// Two axes, a small tree.
pub fn framework(slug: &str) -> Value {
    json!({
        "slug": slug, "title": "试验框架",
        "axes": [
            {"id": "part", "title": "部分", "values": [
                {"id": "one", "title": "第一部分", "title_en": "Part one"},
                {"id": "two", "title": "第二部分"},
                {"id": "three", "title": "第三部分"}]},
            {"id": "stage", "title": "阶段", "values": [{"id": "before", "title": "事前"}, {"id": "after", "title": "事后"}]}],
        "nodes": [
            {"id": "health", "title": "健康服务", "cell": {"part": "one"}},
            {"id": "check-up", "title": "体检", "parent": "health"},
            {"id": "care", "title": "照护服务", "cell": {"part": "two"}}],
    })
}

/// Puts a changed content in the place of the current one.
pub fn revise(client: &Client, path: &str, change: impl FnOnce(&mut Value)) -> Answer {
    let current = client.get(path).expect(200);
    let mut content = current.at("/content");
    change(&mut content);
    let owner = current.at("/owner");
    client
        .if_match(&current.etag())
        .put(path, &body(owner.as_str().unwrap(), content))
}

#[rstest]
fn the_citys_framework_is_there_from_the_start(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    let first = registry.anonymous().get("/v1/frameworks/qingdao").expect(200);
    assert_eq!(first.at("/owner"), "370200");
    assert_eq!(first.at("/content/axes/0/values/0/id"), "幼有善育");
    assert_eq!(
        first.at("/content/axes/0/values").as_array().map(Vec::len),
        Some(10)
    );
    assert_eq!(
        first.at("/content/axes/1/values").as_array().map(Vec::len),
        Some(3)
    );
    registry.restart();
    let again = registry.anonymous().get("/v1/frameworks/qingdao").expect(200);
    assert_eq!(again.at("/id"), first.at("/id"));
    assert_eq!(census(&registry.anonymous()).len(), 1);
}

#[test]
fn two_instances_that_begin_together_begin_one_log() {
    let instances = Registry::start_together(2);
    let ids: Vec<_> = instances
        .iter()
        .map(|instance| {
            instance
                .anonymous()
                .get("/v1/frameworks/qingdao")
                .expect(200)
                .at("/id")
        })
        .collect();
    assert_eq!(ids[0], ids[1]);
    for instance in &instances {
        assert_eq!(census(&instance.anonymous()).len(), 1);
    }
    // A token of one is good at the other: they share a key.
    instances[1].anonymous().get("/v1/whoami").expect(401);
    let token = instances[0].token("city", &["370200"], "standards:write");
    let visitor = instances[1]
        .anonymous()
        .with("Authorization", &format!("Bearer {token}"));
    visitor.get("/v1/whoami").expect(200);
}

#[rstest]
fn a_framework_lives_like_any_entry(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let created = district
        .post("/v1/frameworks", &body(DISTRICT, framework("trial")))
        .expect(201);
    let id = created.at("/id").as_str().unwrap().to_owned();
    assert_eq!(created.header("Location"), Some(format!("/v1/frameworks/{id}")));
    let by_id = district.get(&format!("/v1/frameworks/{id}")).expect(200);
    let by_slug = district.get("/v1/frameworks/trial").expect(200);
    assert_eq!(by_id.json(), by_slug.json());
    // What is not said is written down: orders, from 1.
    assert_eq!(by_slug.at("/content/axes/1/order"), 2);
    assert_eq!(by_slug.at("/content/nodes/0/order"), 1);

    let path = "/v1/frameworks/trial";
    let final_from =
        json!({"reason": "转为正式", "content": {"trial_from": "2022-01-01", "trial_to": "2023-12-31"}});
    let trial = district
        .if_match(&by_slug.etag())
        .patch(path, &final_from)
        .expect(200);
    assert_eq!(trial.at("/revision"), 2);
    let status = |day: &str| {
        district
            .get(&format!("{path}?valid_at={day}"))
            .expect(200)
            .at("/computed/status")
    };
    assert_eq!(status("2023-12-31"), "trial");
    assert_eq!(status("2024-01-01"), "expired");
    let permanent = json!({"reason": "转为正式", "content": {"trial_from": null, "trial_to": null}});
    let permanent = district
        .if_match(&trial.etag())
        .patch(path, &permanent)
        .expect(200);
    assert_eq!(status("2024-01-01"), "final");
    district
        .if_match(&trial.etag())
        .patch(path, &json!({"reason": "x"}))
        .expect(412);
    district.patch(path, &json!({"reason": "x"})).expect(428);

    let revisions = district.every(&format!("{path}/revisions"));
    assert_eq!(revisions.len(), 3);
    assert_eq!(revisions[0]["content"], created.at("/content"));
    let diff = district.get(&format!("{path}/diff?from=1&to=2")).expect(200);
    let mut paths: Vec<_> = diff
        .at("/changes")
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["path"].clone())
        .collect();
    paths.sort_by_key(Value::to_string);
    assert_eq!(paths, ["/trial_from", "/trial_to"]);
    let second = district.get(&format!("{path}/revisions/2")).expect(200);
    assert_eq!(second.at("/content/trial_to"), "2023-12-31");

    let gone = district
        .if_match(&permanent.etag())
        .delete(&format!("{path}?reason=x"))
        .expect(200);
    assert_eq!(gone.at("/withdrawn"), true);
    district.get(path).expect(410);
    let listed = district.every("/v1/frameworks");
    assert_eq!(listed.len(), 1);
    let restored = district
        .if_match(&gone.etag())
        .put(
            &format!("/v1/frameworks/{id}"),
            &body(DISTRICT, framework("trial")),
        )
        .expect(200);
    assert_eq!(restored.at("/action"), "restore");
}

#[rstest]
fn a_slug_is_taken_once_and_never_changes(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    city.post("/v1/frameworks", &body(DISTRICT, framework("trial")))
        .expect(201);
    let taken = city
        .post("/v1/frameworks", &body("370213", framework("trial")))
        .expect(409);
    assert_eq!(problem(&taken), "duplicate");
    let renamed = revise(&city, "/v1/frameworks/trial", |content| {
        content["slug"] = json!("other");
    });
    assert_eq!(problem(&renamed.expect(409)), "conflict");
}

#[rstest]
fn writing_a_framework_takes_its_scope_and_reach(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let clerk = registry.as_subject("clerk", &[DISTRICT], "standards:write");
    let refused = clerk
        .post("/v1/frameworks", &body(DISTRICT, framework("trial")))
        .expect(403);
    assert_eq!(problem(&refused), "insufficient-scope");
    let neighbour = registry.as_district("370213");
    let refused = neighbour
        .post("/v1/frameworks", &body(DISTRICT, framework("trial")))
        .expect(403);
    assert_eq!(problem(&refused), "out-of-reach");
    let district = registry.as_district(DISTRICT);
    let refused = revise(&district, "/v1/frameworks/qingdao", |content| {
        content["title"] = json!("x");
    });
    assert_eq!(problem(&refused.expect(403)), "out-of-reach");
}

#[rstest]
fn another_set_of_axes_is_another_framework(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let path = "/v1/frameworks/trial";
    district
        .post("/v1/frameworks", &body(DISTRICT, framework("trial")))
        .expect(201);
    let third = json!({"id": "level", "title": "层级", "values": [{"id": "a", "title": "甲"}]});
    let refused = revise(&district, path, |content| {
        content["axes"].as_array_mut().unwrap().push(third.clone());
    })
    .expect(409);
    assert_eq!(problem(&refused), "conflict");
    assert_eq!(refused.at("/axes"), json!({"added": ["level"], "removed": []}));

    let mut next = framework("trial-2");
    next["axes"].as_array_mut().unwrap().push(third);
    next["replaces"] = json!("trial");
    let next = district.post("/v1/frameworks", &body(DISTRICT, next)).expect(201);
    assert_eq!(next.at("/content/replaces"), "trial");
    // Other titles and another order are a revision.
    revise(&district, path, |content| {
        content["axes"][0]["title"] = json!("分部");
        content["axes"][0]["order"] = json!(9);
    })
    .expect(200);
}

#[rstest]
fn a_tree_that_is_none_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let mut faulty = framework("trial");
    faulty["nodes"] = json!([
        {"id": "lost", "title": "L", "parent": "nobody"},
        {"id": "round", "title": "R", "parent": "about"},
        {"id": "about", "title": "A", "parent": "round"},
        {"id": "off", "title": "O", "cell": {"part": "nine"}},
    ]);
    let refused = district
        .post("/v1/frameworks", &body(DISTRICT, faulty))
        .expect(422);
    let node =
        |index: usize, rest: &str, code: &str| (format!("/content/nodes/{index}/{rest}"), code.to_owned());
    assert_eq!(
        faults(&refused),
        [
            node(0, "parent", "unknown_parent"),
            node(1, "parent", "cyclic"),
            node(2, "parent", "cyclic"),
            node(3, "cell/part", "unknown_value")
        ]
    );
    let refused = district
        .post(
            "/v1/frameworks",
            &body(DISTRICT, json!({"slug": "No Slug", "title": "x", "axes": []})),
        )
        .expect(422);
    assert!(
        faults(&refused)
            .iter()
            .any(|(pointer, _)| pointer == "/content/slug")
    );
}
