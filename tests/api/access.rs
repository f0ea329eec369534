//! Who may write what, and how a refusal says so (RFC 6750).

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::entry::{body, problem, row};
use crate::support::{Client, Registry};

const SECRET: &str = "a secret of the tests, long enough for HS256";

fn new_row() -> Value {
    body("370214", row("GB 38600-2019"))
}

#[rstest]
fn without_a_token_writes_are_401_and_reads_are_not(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let anyone = registry.anonymous();
    for (method, path) in [
        ("POST", "/v1/standards"),
        ("PUT", "/v1/standards/01938f5e-7b1a-7000-8000-000000000001"),
        ("DELETE", "/v1/standards/01938f5e-7b1a-7000-8000-000000000001"),
        ("POST", "/v1/frameworks"),
        ("POST", "/v1/bulk"),
        ("PUT", "/v1/catalogue"),
        ("GET", "/v1/whoami"),
    ] {
        let refused = anyone
            .raw(method, path, "application/json", new_row().to_string())
            .expect(401);
        assert_eq!(problem(&refused), "unauthorized", "{method} {path}");
        // A request without any token is told of no error (RFC 6750 §3.1).
        let challenge = refused.header("WWW-Authenticate").unwrap();
        assert!(
            challenge.starts_with("Bearer realm=") && !challenge.contains("error"),
            "{challenge}"
        );
    }
    for path in [
        "/v1/standards",
        "/v1/frameworks",
        "/v1/divisions",
        "/v1/vocabulary",
        "/problems",
    ] {
        anyone.get(path).expect(200);
    }
}

#[rstest]
fn a_token_that_is_none_is_invalid(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let good = registry.token("district", &["370214"], "standards:write");
    let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIiwiZXhwIjo5OTk5OTk5OTk5fQ.";
    let tampered = {
        let (claims, _) = good.rsplit_once('.').unwrap();
        format!("{claims}.{}", "A".repeat(86))
    };
    let swapped = {
        let parts: Vec<_> = good.split('.').collect();
        let other = registry.token("district", &["370200"], "standards:write");
        format!("{}.{}.{}", parts[0], other.split('.').nth(1).unwrap(), parts[2])
    };
    for token in [unsigned, tampered.as_str(), swapped.as_str(), "nonsense", "a.b.c"] {
        let refused = registry
            .anonymous()
            .with("Authorization", &format!("Bearer {token}"))
            .post("/v1/standards", &new_row());
        let challenge = refused.expect(401).header("WWW-Authenticate").unwrap();
        assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
    }
    for header in ["Basic YTpi", "Bearer", good.as_str()] {
        registry
            .anonymous()
            .with("Authorization", header)
            .post("/v1/standards", &new_row())
            .expect(401);
    }
    registry
        .anonymous()
        .with("Authorization", &format!("bearer {good}"))
        .post("/v1/standards", &new_row())
        .expect(201);
}

#[rstest]
fn a_missing_scope_is_403_and_named(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    for scopes in ["frameworks:write", "audit:read", "admin"] {
        let client = registry.as_subject("someone", &["370214"], scopes);
        let refused = client.post("/v1/standards", &new_row()).expect(403);
        assert_eq!(problem(&refused), "insufficient-scope");
        let challenge = refused.header("WWW-Authenticate").unwrap();
        assert!(
            challenge.contains("error=\"insufficient_scope\"")
                && challenge.contains("scope=\"standards:write\""),
            "{challenge}"
        );
    }
    let standards_only = registry.as_subject("someone", &["370200"], "standards:write");
    let refused = standards_only
        .post("/v1/frameworks", &body("370200", json!({})))
        .expect(403);
    assert!(
        refused
            .header("WWW-Authenticate")
            .unwrap()
            .contains("frameworks:write")
    );
}

#[rstest]
fn reach_follows_the_tree_down_and_nowhere_else(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let entry = city.create("370214", row("GB 38600-2019"));
    let owned_by = |owner: &str| body(owner, row("GB/T 35796-2017"));

    for (granted, owner) in [
        ("370214", "370200"),
        ("370214", "370213"),
        ("370200", "370000"),
        ("370200", "370100"),
        // A common prefix is no kinship, and a predecessor reaches no successor.
        ("370211", "370214"),
        ("370282", "370215"),
    ] {
        let refused = registry
            .as_district(granted)
            .post("/v1/standards", &owned_by(owner))
            .expect(403);
        assert_eq!(problem(&refused), "out-of-reach", "{granted} → {owner}");
        assert_eq!(refused.at("/division"), owner);
    }
    for (granted, owner) in [
        ("370215", "370282"),
        ("370211", "370284"),
        ("510100", "510100-gaoxin"),
        ("000000", "370213"),
    ] {
        registry
            .as_district(granted)
            .post("/v1/standards", &owned_by(owner))
            .expect(201);
    }
    // Nothing of a neighbour's can be touched, whatever the body says.
    let neighbour = registry.as_district("370213").if_match(&entry.etag);
    neighbour
        .put(&entry.path, &body("370213", row("GB 38600-2019")))
        .expect(403);
    neighbour
        .patch(&entry.path, &json!({"reason": "x", "content": {"title": "甲"}}))
        .expect(403);
    neighbour.delete(&format!("{}?reason=x", entry.path)).expect(403);
    neighbour
        .put(
            &format!("{}/placements/qingdao", entry.path),
            &json!({"reason": "x", "placements": []}),
        )
        .expect(403);
    assert_eq!(city.get(&entry.path).expect(200).at("/revision"), 1);
}

#[rstest]
fn admin_reaches_no_catalogue(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    registry.as_admin().post("/v1/standards", &new_row()).expect(403);
    let both = registry.as_subject("admin", &[], "admin standards:write");
    assert_eq!(
        problem(&both.post("/v1/standards", &new_row()).expect(403)),
        "out-of-reach"
    );
}

#[rstest]
fn an_unknown_owner_is_a_fault_of_the_body(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let refused = registry
        .as_city()
        .post("/v1/standards", &body("999999", row("GB 38600-2019")))
        .expect(422);
    assert_eq!(refused.at("/errors/0/pointer"), "/owner");
}

#[rstest]
fn whoami_tells_what_a_token_allows(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let who = registry.as_city().get("/v1/whoami").expect(200);
    assert_eq!(who.at("/subject"), "city");
    assert_eq!(who.at("/scopes"), json!(["standards:write", "frameworks:write"]));
    assert_eq!(who.at("/districts/0/code"), "370200");
    assert_eq!(who.at("/districts/0/name"), "青岛市");
    assert!(who.at("/districts/0/reach").as_u64() > Some(7));
    assert_eq!(who.header("Cache-Control").as_deref(), Some("no-store"));
}

/// What every token of these tests says.
fn claims() -> Value {
    json!({"sub": "district", "scope": "standards:write", "districts": ["370214"], "exp": in_seconds(600)})
}

/// Someone whose token says this, signed with the shared secret.
fn bearing(registry: &Registry, algorithm: Algorithm, claims: Value) -> Client {
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    let token = jsonwebtoken::encode(&Header::new(algorithm), &claims, &key).unwrap();
    registry
        .anonymous()
        .with("Authorization", &format!("Bearer {token}"))
}

fn in_seconds(seconds: i64) -> i64 {
    chrono::Utc::now().timestamp() + seconds
}

#[rstest]
fn times_issuer_and_audience_of_a_token_must_hold(#[values(Sqlite, Postgres)] backend: Backend) {
    let settings = [
        ("REGISTRY_HS256_SECRET", SECRET),
        ("REGISTRY_ISSUER", "https://id.example.org"),
        ("REGISTRY_AUDIENCE", "registry"),
    ];
    let registry = Registry::start_with(backend, &settings);
    let but = |change: Value| {
        let mut whole = claims();
        json_patch::merge(
            &mut whole,
            &json!({"iss": "https://id.example.org", "aud": ["registry", "mail"]}),
        );
        json_patch::merge(&mut whole, &change);
        whole
    };
    let bearer = |change: Value| bearing(&registry, Algorithm::HS256, but(change));
    for refused in [
        json!({"exp": in_seconds(-600)}),
        json!({"exp": null}),
        json!({"nbf": in_seconds(600)}),
        json!({"iss": "https://other.example.org"}),
        json!({"aud": "mail"}),
        json!({"sub": null}),
    ] {
        let answer = bearer(refused.clone())
            .post("/v1/standards", &new_row())
            .expect(401);
        assert!(
            answer
                .header("WWW-Authenticate")
                .unwrap()
                .contains("invalid_token"),
            "{refused}"
        );
    }
    // Clocks may differ a little.
    bearer(json!({"exp": in_seconds(-5), "nbf": in_seconds(5)}))
        .get("/v1/whoami")
        .expect(200);
    bearer(json!({})).post("/v1/standards", &new_row()).expect(201);
    bearing(&registry, Algorithm::HS512, but(json!({})))
        .get("/v1/whoami")
        .expect(401);
}

#[rstest]
fn a_shared_secret_counts_only_where_it_is_configured(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let client = bearing(&registry, Algorithm::HS256, claims());
    client.post("/v1/standards", &new_row()).expect(401);
}
