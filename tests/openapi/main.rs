//! The specification says what the service does: no more, no less, and what is committed is current.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test reports by panicking"
)]

mod compatibility;
mod operations;
mod schemas;

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use standards_registry::http::auth::Access;
use standards_registry::http::{openapi, operations};

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/openapi.json");

const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Every operation of the specification with its method and path.
fn described() -> Vec<(String, String, Map<String, Value>)> {
    let document = openapi::document();
    let mut described = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in METHODS {
            if let Some(Value::Object(operation)) = item.get(method) {
                described.push((method.to_uppercase(), path.clone(), operation.clone()));
            }
        }
    }
    described
}

#[test]
fn the_committed_specification_is_current() {
    let committed = std::fs::read_to_string(COMMITTED).unwrap_or_default();
    assert!(
        committed == openapi::document_text(),
        "openapi/openapi.json is stale: run `cargo run -- openapi > openapi/openapi.json`"
    );
}

#[test]
fn it_describes_exactly_the_routes_there_are() {
    let routed: BTreeSet<_> = operations()
        .iter()
        .map(|operation| {
            (
                operation.method.to_string(),
                operation.path.to_owned(),
                operation.id.to_owned(),
            )
        })
        .collect();
    let described: BTreeSet<_> = described()
        .into_iter()
        .map(|(method, path, operation)| {
            (
                method,
                path,
                operation["operationId"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    assert_eq!(described, routed);
    let ids: BTreeSet<_> = routed.iter().map(|(_, _, id)| id).collect();
    assert_eq!(ids.len(), operations().len(), "operation ids are unique");
}

#[test]
fn every_operation_says_what_it_is_and_who_may_call_it() {
    for (method, path, operation) in described() {
        let name = format!("{method} {path}");
        for member in ["operationId", "summary", "description"] {
            let words = operation.get(member).and_then(Value::as_str).unwrap_or_default();
            assert!(!words.is_empty(), "{name} has no {member}");
        }
        assert_eq!(
            operation["tags"].as_array().map(Vec::len),
            Some(1),
            "{name} has one tag"
        );
        let declared = operation["security"]
            .as_array()
            .expect("security is said, if only to be none");
        let routed = operations();
        let row = routed
            .iter()
            .find(|row| row.method.as_str() == method && row.path == path)
            .unwrap();
        assert_eq!(declared.is_empty(), row.access == Access::Public, "{name}");
    }
}

#[test]
fn every_operation_names_all_its_refusals() {
    for (method, path, operation) in described() {
        let name = format!("{method} {path}");
        let responses = operation["responses"].as_object().unwrap();
        let secured = !operation["security"].as_array().unwrap().is_empty();
        let mut expected = vec!["500"];
        if secured {
            expected.push("401");
        }
        if path.contains('{') {
            expected.push("404");
        }
        if let Some(body) = operation.get("requestBody") {
            expected.extend(["400", "413", "415"]);
            // A form is read by rules of its own, whose faults are not problems.
            let kinds = body["content"].as_object().unwrap();
            if !kinds.contains_key("application/x-www-form-urlencoded") {
                expected.push("422");
            }
        }
        for status in expected {
            assert!(responses.contains_key(status), "{name} does not name {status}");
        }
        assert!(
            responses.keys().any(|status| status.starts_with('2')),
            "{name} never succeeds"
        );
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(value: &Value, document: &Value) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(target)) = members.get("$ref") {
                    let pointer = target
                        .strip_prefix('#')
                        .expect("references stay within the document");
                    assert!(document.pointer(pointer).is_some(), "{target} leads nowhere");
                }
                members.values().for_each(|member| walk(member, document));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, document)),
            _ => {}
        }
    }
    let document = openapi::document();
    walk(&document, &document);
}

#[test]
fn parameters_of_an_operation_differ_by_name() {
    let document = openapi::document();
    for (method, path, operation) in described() {
        let parameters = operation
            .get("parameters")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let mut seen = BTreeSet::new();
        for parameter in &parameters {
            let parameter = match parameter.get("$ref").and_then(Value::as_str) {
                Some(target) => document.pointer(target.trim_start_matches('#')).unwrap(),
                None => parameter,
            };
            let key = (parameter["in"].to_string(), parameter["name"].to_string());
            assert!(seen.insert(key.clone()), "{method} {path} has {key:?} twice");
        }
    }
}

#[test]
fn vocabularies_are_described_as_they_are_written() {
    let document = openapi::document();
    let kinds = &document["components"]["schemas"]["Kind"]["enum"];
    assert_eq!(*kinds, serde_json::json!(["standard", "framework"]));
}
