//! What every resource has in common: refusals, languages, caching, request names.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::support::Backend::Sqlite;
use crate::support::entry::{body, row};
use crate::support::{Client, Registry};

#[test]
fn refusals_are_problem_documents_whoever_refuses() {
    let registry = Registry::start(Sqlite);
    let reader = registry.anonymous().with("Accept-Language", "en");

    let missing = reader.get("/no/such/path").expect(404);
    assert_eq!(missing.at("/type"), "/problems/not-found");
    assert_eq!(
        missing.header("content-type").as_deref(),
        Some("application/problem+json")
    );
    assert_eq!(missing.header("content-language").as_deref(), Some("en"));

    let refused = reader.delete("/v1/divisions").expect(405);
    assert_eq!(refused.header("allow").as_deref(), Some("GET, HEAD"));

    let faulty = reader
        .get("/v1/divisions?valid_at=today&parnet=370200&q=%FF")
        .expect(400);
    assert_eq!(faulty.at("/errors").as_array().map(Vec::len), Some(3));

    let unacceptable = reader.with("Accept", "image/png").get("/problems").expect(406);
    assert_eq!(unacceptable.at("/available/0"), "application/json");
}

#[test]
fn words_are_chinese_unless_english_is_asked_for() {
    let registry = Registry::start(Sqlite);
    let anyone = registry.anonymous();

    assert_eq!(anyone.get("/nowhere").expect(404).at("/title"), "没有找到");
    let english = anyone.with("Accept-Language", "en-GB,en;q=0.8");
    assert_eq!(english.get("/nowhere").expect(404).at("/title"), "Not found");
}

/// Vocabularies others keep: the operations of RFC 6902 and the types at `/problems`; and words of the log and of mirrors.
const OF_OTHERS: [&str; 5] = ["PatchOperation", "Problem", "ErasedPart", "EventLine", "Phase"];

#[test]
fn every_enumeration_of_the_specification_is_in_the_vocabulary() {
    let registry = Registry::start(Sqlite);
    let anyone = registry.anonymous();
    let vocabulary = anyone.get("/v1/vocabulary").expect(200).json();
    let vocabulary = vocabulary["items"].as_array().unwrap();
    let names: HashSet<_> = vocabulary.iter().map(|terms| &terms["name"]).collect();
    assert_eq!(names.len(), vocabulary.len());
    let known: Vec<Vec<&Value>> = vocabulary
        .iter()
        .map(|terms| {
            terms["terms"]
                .as_array()
                .unwrap()
                .iter()
                .map(|term| &term["id"])
                .collect()
        })
        .collect();

    let specification = anyone.get("/openapi.json").expect(200).json();
    let mut asked = 0;
    for (name, schema) in specification["components"]["schemas"].as_object().unwrap() {
        let Some(values) = schema["enum"].as_array() else {
            continue;
        };
        if OF_OTHERS.contains(&name.as_str()) {
            continue;
        }
        asked += 1;
        assert!(
            known
                .iter()
                .any(|ids| ids.len() == values.len() && values.iter().all(|value| ids.contains(&value))),
            "{name}"
        );
    }
    assert!(asked > 30);
}

#[test]
fn every_refusal_says_what_to_do_next() {
    let registry = Registry::start(Sqlite);
    let district = registry.as_district("370214");
    let entry = district.create("370214", row("GB 38600-2019"));
    let gone = district.create("370214", row("GB/T 35796-2017"));
    let gone = district.withdraw(&gone);
    let anyone = registry.anonymous();
    let again = body("370214", row("GB 38600-2019"));
    let elsewhere = body("370213", row("GB 38600-2019"));
    for (language, steps) in [
        (
            "zh",
            [
                "请以 Authorization",
                "请换用有此权限",
                "请换用 districts",
                "请核对路径",
                "Allow 所列",
                "作为 Accept",
                "existing 所指",
                "以 PUT 提交",
                "合并后以其 ETag",
            ],
        ),
        (
            "en",
            [
                "send a valid token",
                "use a token that has it",
                "use a token whose",
                "check the path",
                "methods in `Allow`",
                "as `Accept`",
                "the entry in `existing`",
                "to restore it",
                "merge, and send again",
            ],
        ),
    ] {
        let speaking = |client: &Client| client.with("Accept-Language", language);
        let stale = speaking(&district).if_match("\"9.x\"");
        let refusals = [
            speaking(&anyone).post("/v1/standards", &again).expect(401),
            speaking(&registry.as_auditor())
                .post("/v1/standards", &again)
                .expect(403),
            speaking(&district).post("/v1/standards", &elsewhere).expect(403),
            speaking(&anyone).get("/v1/standard").expect(404),
            speaking(&anyone).delete("/v1/divisions").expect(405),
            speaking(&anyone)
                .with("Accept", "image/png")
                .get(&entry.path)
                .expect(406),
            speaking(&district).post("/v1/standards", &again).expect(409),
            speaking(&anyone).get(&gone.path).expect(410),
            stale.delete(&format!("{}?reason=x", entry.path)).expect(412),
        ];
        for (refused, step) in refusals.iter().zip(steps) {
            let detail = refused.at("/detail");
            assert!(detail.as_str().unwrap().contains(step), "{step}: {detail}");
        }
    }
}

#[test]
fn every_problem_type_is_explained_where_it_points() {
    let registry = Registry::start(Sqlite);
    let anyone = registry.anonymous();

    for kind in anyone
        .get("/problems")
        .expect(200)
        .at("/items")
        .as_array()
        .unwrap()
    {
        let explained = anyone.get(kind["type"].as_str().unwrap()).expect(200);
        assert_eq!(&explained.json(), kind);
    }
}

#[test]
fn a_copy_at_hand_is_confirmed_and_head_tells_the_same() {
    let registry = Registry::start(Sqlite);
    let anyone = registry.anonymous();
    let whole = anyone.get("/v1/vocabulary").expect(200);

    let confirmed = anyone
        .with("If-None-Match", &whole.etag())
        .get("/v1/vocabulary")
        .expect(304);
    assert_eq!(confirmed.etag(), whole.etag());
    assert_eq!(confirmed.text(), "");

    let head = anyone.head("/v1/vocabulary").expect(200);
    assert_eq!(head.etag(), whole.etag());
    assert_eq!(head.text(), "");
}

#[test]
fn a_request_keeps_its_name() {
    let registry = Registry::start(Sqlite);
    let anyone = registry.anonymous();

    let named = anyone.with("X-Request-Id", "sync-7").get("/healthz").expect(200);
    assert_eq!(named.header("x-request-id").as_deref(), Some("sync-7"));
    let unnamed = anyone.get("/nowhere").expect(404);
    assert!(unnamed.header("x-request-id").is_some());
}

#[test]
fn a_token_is_needed_where_the_specification_says_so() {
    let registry = Registry::start(Sqlite);
    let anyone = registry.anonymous();

    let refused = anyone.get("/v1/whoami").expect(401);
    assert!(
        refused
            .header("www-authenticate")
            .unwrap()
            .starts_with("Bearer realm=")
    );
    let forged = anyone
        .with("Authorization", "Bearer a.b.c")
        .get("/v1/whoami")
        .expect(401);
    assert!(
        forged
            .header("www-authenticate")
            .unwrap()
            .contains("error=\"invalid_token\"")
    );
}

#[test]
fn divisions_know_their_place_and_their_past() {
    let registry = Registry::start(Sqlite);
    let anyone = registry.anonymous();

    let jimo = anyone.get("/v1/divisions/370282").expect(200);
    assert_eq!(jimo.at("/successors/0"), "370215");
    assert_eq!(jimo.at("/ancestors/0/code"), "370200");
    let today = anyone
        .get("/v1/divisions?parent=370200&valid_at=2026-11-21")
        .expect(200);
    let codes: Vec<_> = today
        .at("/items")
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d["code"].clone())
        .collect();
    assert!(codes.contains(&"370215".into()) && !codes.contains(&"370282".into()));
    // All at once, or page by page.
    let whole = anyone.get("/v1/divisions?parent=370200").expect(200);
    assert_eq!(whole.at("/next"), Value::Null);
    let first = anyone.get("/v1/divisions?parent=370200&limit=5").expect(200);
    assert!(
        first
            .header("Link")
            .is_some_and(|link| link.contains("rel=\"next\""))
    );
    assert_eq!(
        json!(anyone.every("/v1/divisions?parent=370200&limit=5")),
        whole.at("/items")
    );
    anyone.get("/v1/divisions?cursor=nowhere").expect(400);
    anyone.get("/v1/divisions?parent=nowhere").expect(400);
    anyone.get("/v1/divisions/999999").expect(404);
}
