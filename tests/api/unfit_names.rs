//! Names and cursors nobody was ever given: they name nothing, and never break the service.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::Registry;
use crate::support::entry::row;

#[rstest]
fn a_path_that_can_be_no_slug_names_no_framework(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let long = "x".repeat(4_000);
    for unfit in ["%00", "qingdao%00", "%F0%9F%90%89", "a%27b", "%5C", long.as_str()] {
        for rest in ["", "/revisions", "/revisions/1", "/diff", "/matrix"] {
            let path = format!("/v1/frameworks/{unfit}{rest}");
            registry.anonymous().get(&path).expect(404);
        }
    }
}

#[rstest]
fn a_revision_cursor_before_the_log_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let entry = registry.as_city().create("370214", row("GB 38600-2019"));
    for cursor in ["-1.1", "1.-1", "9999999999999999999.1", "1", "."] {
        let path = format!("{}/revisions?cursor={cursor}", entry.path);
        registry.anonymous().get(&path).expect(400);
    }
}

#[rstest]
fn a_list_cursor_that_was_tampered_with_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    city.create("370214", row("GB 38600-2019"));
    city.create("370214", row("GB/T 35796-2017"));
    let next = city.get("/v1/standards?limit=1").expect(200).at("/next");
    let issued = URL_SAFE_NO_PAD.decode(next.as_str().unwrap()).unwrap();
    let issued: Value = serde_json::from_slice(&issued).unwrap();
    for (member, value) in [
        ("p", json!(-1)),
        ("d", json!("someday")),
        ("k", json!("\0")),
        ("i", json!("\0")),
    ] {
        let mut forged = issued.clone();
        forged[member] = value;
        let forged = URL_SAFE_NO_PAD.encode(forged.to_string());
        let path = format!("/v1/standards?limit=1&cursor={forged}");
        registry.anonymous().get(&path).expect(400);
    }
}
