//! What every resource has in common: refusals, languages, caching, request names.

use crate::support::Backend::Sqlite;
use crate::support::Registry;

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
    anyone.get("/v1/divisions/999999").expect(404);
}
