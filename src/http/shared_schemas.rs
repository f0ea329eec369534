//! Schemas that many operations share and no type of ours spells out: problems with all their members, and values
//! whose shape depends on what they are about.

use serde_json::{Value, json};

use crate::domain::problem::ProblemType;

/// Every shared schema by its name.
pub fn schemas() -> Value {
    json!({
        "Problem": problem(),
        "Fault": fault(),
        "EntryName": entry_name(),
        "HeldCopy": held_copy(),
        "Usage": usage(),
        "EntryContent": entry_content(),
        "EntryContentPatch": entry_content_patch(),
        "JsonValue": json_value(),
        "JsonItem": json_item(),
        "JsonObject": json_object(),
        "PatchOperation": patch_operation(),
    })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn problem() -> Value {
    let types: Vec<String> = ProblemType::ALL
        .iter()
        .map(|kind| format!("/problems/{}", kind.slug()))
        .collect();
    let about = |description: &str| json!({ "type": "string", "description": description });
    let position =
        |description: &str| json!({ "type": "integer", "format": "int64", "description": description });
    let words = |description: &str| json!({ "type": "array", "items": { "type": "string" }, "description": description });
    let some = |name: &str, description: &str| json!({ "type": "array", "items": reference(name), "description": description });
    json!({
        "type": "object",
        "description": "Why a request was refused (RFC 9457). Members beyond `errors` are there where the type of problem has them.",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": { "type": "string", "enum": types, "description": "Stable; the path documents it." },
            "title": { "type": "string", "description": "The type in words, in the language asked for.", "examples": ["参数有误"] },
            "status": { "type": "integer", "format": "int32", "minimum": 400, "maximum": 599 },
            "detail": about("What was wrong this time and what to do next, in the language asked for."),
            "errors": some("Fault", "Every fault of the input, all at once."),
            "id": { "type": "string", "format": "uuid", "description": "The entry it is about." },
            "entry": { "type": "string", "format": "uuid", "description": "The entry it is about." },
            "revision": position("The revision it is about."),
            "current_revision": position("Of `precondition-failed`: the revision that holds now."),
            "last_content_revision": position("Of `withdrawn`: the last revision with content."),
            "withdrawn_at": { "type": "string", "format": "date-time", "description": "Of `withdrawn`: since when." },
            "redacted_at": { "type": "string", "format": "date-time", "description": "Of `redacted`: since when." },
            "redacted_by": position("Of `redacted` and `erased-content`: the position of the redaction."),
            "reason": about("Of `withdrawn` and `redacted`: why."),
            "basis": about("Of `redacted`: the law or order it rests on."),
            "head": position("Of `beyond-head` and `behind`: the newest position."),
            "parameter": about("Of `beyond-head`: the parameter that names the moment."),
            "number": about("Of `unparsable-number`: the number as it was given."),
            "parsed": reference("StandardNumber"),
            "available": words("Of `not-acceptable`: the media types there are."),
            "expected": words("Of `unsupported-media-type`: the media types taken."),
            "limit": position("Of `payload-too-large`: how many bytes a body may have."),
            "error": about("Of `unauthorized` and `insufficient-scope`: the code of RFC 6750."),
            "error_description": about("Of `unauthorized` and `insufficient-scope`: what the token lacks."),
            "scope": about("Of `insufficient-scope`: the scope the operation needs."),
            "existing": reference("EntryName"),
            "copies": some("HeldCopy", "Of `shared-content`: the other entries that hold it."),
            "usage": reference("Usage"),
            "write_to": about("Of `read-only-mirror`: where to send the request."),
            "snapshot": about("Of `cursor-gone`: where a fresh copy is."),
            "results": some("BulkResult", "Of `batch-refused`: what became of each operation."),
            "plan": reference("Plan"),
            "plan_etag": about("Of a plan that has changed: its present tag."),
            "withdrawals": position("Of `too-many-withdrawals`: how many rows would leave."),
            "max_withdrawals": position("Of `too-many-withdrawals`: how many may."),
        },
    })
}

fn fault() -> Value {
    json!({
        "type": "object",
        "description": "One thing wrong with one place of an input.",
        "required": ["pointer", "code", "detail"],
        "properties": {
            "pointer": { "type": "string", "description": "RFC 6901 pointer into the body, `?name` for a query parameter, or the name of a header.", "examples": ["/content/title"] },
            "code": { "type": "string", "description": "Stable and machine-readable.", "examples": ["required"] },
            "detail": { "type": "string" },
        },
    })
}

fn entry_name() -> Value {
    json!({
        "type": "object",
        "description": "An entry and the catalogue it stands in.",
        "required": ["id", "owner"],
        "properties": {
            "id": { "type": "string", "format": "uuid" },
            "owner": { "type": "string", "examples": ["370214"] },
        },
    })
}

fn held_copy() -> Value {
    json!({
        "type": "object",
        "description": "An entry that holds a content too, and in which revisions.",
        "required": ["entry", "owner", "revisions"],
        "properties": {
            "entry": { "type": "string", "format": "uuid" },
            "owner": { "type": "string", "examples": ["370214"] },
            "revisions": { "type": "array", "items": { "type": "integer", "format": "int64" } },
        },
    })
}

fn usage() -> Value {
    json!({
        "type": "object",
        "description": "What still stands in the way.",
        "required": ["rows"],
        "properties": { "rows": { "type": "integer", "format": "int64", "description": "How many standards." } },
    })
}

fn entry_content() -> Value {
    json!({
        "description": "What an entry says, by its kind.",
        "oneOf": [reference("StandardContent"), reference("FrameworkContent")],
    })
}

fn entry_content_patch() -> Value {
    json!({
        "description": "What is to change, by the entry's kind; what is sent whole fits it too.",
        "anyOf": [reference("StandardContentPatch"), reference("FrameworkContentPatch")],
    })
}

/// Whatever a member of content may be. Contents hold neither null nor fractions, nor lists of lists.
fn json_value() -> Value {
    json!({
        "description": "A member of a content: a word, a number, yes or no, a list or an object.",
        "examples": ["2022-01-01"],
        "oneOf": [
            { "type": "string" },
            { "type": "integer", "format": "int64" },
            { "type": "boolean" },
            { "type": "array", "items": reference("JsonItem") },
            reference("JsonObject"),
        ],
    })
}

fn json_item() -> Value {
    json!({
        "description": "An element of a list in a content.",
        "oneOf": [{ "type": "string" }, { "type": "integer", "format": "int64" }, reference("JsonObject")],
    })
}

fn json_object() -> Value {
    json!({
        "type": "object",
        "description": "An object of a content.",
        "additionalProperties": reference("JsonValue"),
    })
}

fn patch_operation() -> Value {
    json!({
        "type": "object",
        "description": "One operation of an RFC 6902 patch.",
        "required": ["op", "path"],
        "properties": {
            "op": { "type": "string", "enum": ["add", "remove", "replace", "move", "copy", "test"] },
            "path": { "type": "string", "examples": ["/implemented_on"] },
            "from": { "type": "string", "description": "Of `move` and `copy`." },
            "value": reference("JsonValue"),
        },
    })
}
