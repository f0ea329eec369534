//! Clients that were made of the released specification go on working, unless `openapi/CHANGES.md` says otherwise.

use std::collections::BTreeSet;

use rstest::rstest;
use serde_json::{Value, json};
use standards_registry::http::openapi;

use crate::operations::breaks;

const RELEASED: &str = include_str!("../../openapi/released.json");
const CHANGES: &str = include_str!("../../openapi/CHANGES.md");

/// What is recorded: `* finding` in code marks, then the reason.
fn recorded() -> BTreeSet<String> {
    let lines = CHANGES.lines().filter_map(|line| line.strip_prefix("* ``"));
    lines
        .map(|line| {
            let (finding, reason) = line.split_once("``").expect("a finding ends in ``");
            let reason = reason.trim_start_matches([' ', '—', ':']);
            assert!(!reason.is_empty(), "{finding}: say why");
            finding.to_owned()
        })
        .collect()
}

#[test]
fn what_was_released_still_holds() {
    let released: Value = serde_json::from_str(RELEASED).unwrap();
    let broken: BTreeSet<String> = breaks(&released, &openapi::document()).into_iter().collect();
    let unrecorded: Vec<_> = broken.difference(&recorded()).cloned().collect();
    assert!(
        unrecorded.is_empty(),
        "clients of openapi/released.json would break; mend it, or record it in openapi/CHANGES.md as\n{}",
        unrecorded
            .iter()
            .map(|finding| format!("* ``{finding}`` — why\n"))
            .collect::<String>()
    );
}

#[test]
fn what_is_recorded_did_happen() {
    let released: Value = serde_json::from_str(RELEASED).unwrap();
    let broken: BTreeSet<String> = breaks(&released, &openapi::document()).into_iter().collect();
    let idle: Vec<_> = recorded().difference(&broken).cloned().collect();
    assert!(
        idle.is_empty(),
        "openapi/CHANGES.md records what is not so: {idle:#?}"
    );
}

/// The released specification with one place changed.
fn changed(pointer: &str, change: impl FnOnce(&mut Value)) -> Vec<String> {
    let released: Value = serde_json::from_str(RELEASED).unwrap();
    let mut later = released.clone();
    change(
        later
            .pointer_mut(pointer)
            .unwrap_or_else(|| panic!("{pointer} is not there")),
    );
    breaks(&released, &later)
}

const LIST: &str = "/paths/~1v1~1standards/get";
const CREATE: &str = "/paths/~1v1~1standards/post";
const CONTENT: &str = "/components/schemas/StandardContent";
const ENTRY: &str = "/components/schemas/StandardEntry";

#[rstest]
#[case("/paths", |paths: &mut Value| { paths.as_object_mut().unwrap().remove("/v1/diff"); }, "GET /v1/diff: is gone")]
#[case(LIST, |list: &mut Value| list["operationId"] = json!("all_standards"), "GET /v1/standards: is called \"all_standards\" now")]
#[case(LIST, |list: &mut Value| list["security"] = json!([{"bearerAuth": []}]), "GET /v1/standards: asks for another right")]
#[case("/components/parameters/Origin/name", |name: &mut Value| *name = json!("source"), "GET /v1/standards: query `origin` is not taken any more")]
#[case("/components/parameters/Origin/required", |required: &mut Value| *required = json!(true), "GET /v1/standards: query `origin` is required now")]
#[case("/components/schemas/Origin/enum", |words: &mut Value| { words.as_array_mut().unwrap().pop(); }, "Origin (sent): does not take \"self_built\" any more")]
#[case(LIST, |list: &mut Value| { list["responses"]["200"]["content"].as_object_mut().unwrap().remove("text/csv"); }, "GET /v1/standards: 200 is not given in text/csv any more")]
#[case(LIST, |list: &mut Value| { list["responses"]["200"]["headers"].as_object_mut().unwrap().remove("Link"); }, "GET /v1/standards: 200 has no header `Link` any more")]
#[case(CREATE, |create: &mut Value| { let answer = create["responses"]["201"].take(); create["responses"] = json!({"202": answer}); }, "POST /v1/standards: does not answer 201 any more")]
#[case(CONTENT, |content: &mut Value| content["required"] = json!(["title", "origin", "number"]), "StandardContent (sent): `number` is required now")]
#[case(CONTENT, |content: &mut Value| content["properties"]["title"]["maxLength"] = json!(100), "StandardContent.title (sent): has maxLength 100 now")]
#[case(CONTENT, |content: &mut Value| { content["properties"].as_object_mut().unwrap().remove("scope"); }, "StandardContent (received): `scope` is gone")]
#[case(ENTRY, |entry: &mut Value| entry["properties"]["revision"]["type"] = json!("string"), "StandardEntry.revision (received): is [\"string\"] now")]
#[case(ENTRY, |entry: &mut Value| { entry["required"].as_array_mut().unwrap().retain(|name| name != "actor"); }, "StandardEntry (received): `actor` may be absent now")]
#[case("/components/schemas/Change/oneOf", |forms: &mut Value| forms.as_array_mut().unwrap().push(json!({"$ref": "#/components/schemas/Fault"})), "Change (received): can be Fault now")]
fn a_break_is_found(#[case] pointer: &str, #[case] change: fn(&mut Value), #[case] expected: &str) {
    let found = changed(pointer, change);
    assert!(
        found.iter().any(|finding| finding == expected),
        "{expected:?} in {found:#?}"
    );
}

#[rstest]
#[case("/paths", |paths: &mut Value| paths["/v1/new"] = json!({"get": {"operationId": "get_new", "responses": {}}}))]
#[case("/components/schemas/Level/enum", |words: &mut Value| words.as_array_mut().unwrap().push(json!("regional")))]
#[case(CONTENT, |content: &mut Value| content["properties"]["remark"] = json!({"type": ["string", "null"]}))]
#[case(CONTENT, |content: &mut Value| content["properties"]["title"]["maxLength"] = json!(1000))]
#[case(ENTRY, |entry: &mut Value| entry["properties"]["hint"] = json!({"type": "string"}))]
#[case(LIST, |list: &mut Value| list["responses"]["200"]["content"]["text/html"] = json!({"schema": {"type": "string"}}))]
#[case(LIST, |list: &mut Value| { list["responses"].as_object_mut().unwrap().remove("429"); })]
#[case(CREATE, |create: &mut Value| create["summary"] = json!("Add a standard"))]
fn what_only_adds_breaks_nothing(#[case] pointer: &str, #[case] change: fn(&mut Value)) {
    assert_eq!(changed(pointer, change), Vec::<String>::new());
}
