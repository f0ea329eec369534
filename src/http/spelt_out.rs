//! What the specification says the same way everywhere, whoever described the operation: bodies of bytes, bodies that
//! take no unknown member, patches, and parameters that many operations have.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// Makes the document say what generators of clients and of tests need to hear.
pub fn spell_out(document: &mut Value) {
    add_patches(document);
    close_what_is_sent(document);
    if let Some(paths) = document.get_mut("paths") {
        for operation in operations(paths) {
            describe_parameters(operation);
            describe_bytes(operation);
        }
    }
}

fn operations(paths: &mut Value) -> impl Iterator<Item = &mut Value> {
    let items = paths.as_object_mut().into_iter().flat_map(Map::values_mut);
    items.filter_map(Value::as_object_mut).flat_map(Map::values_mut)
}

fn schemas(document: &mut Value) -> Option<&mut Map<String, Value>> {
    document.pointer_mut("/components/schemas")?.as_object_mut()
}

// ── patches ─────────────────────────────────────────────────────────────────────────────────────

/// Contents that can be patched, with the parts of them that a patch merges into.
const PATCHED: &[&str] = &["StandardContent", "FrameworkContent", "ClaimedStatus"];

/// Adds for each content its merge patch (RFC 7396): every member may be absent, and null takes it away.
fn add_patches(document: &mut Value) {
    let Some(schemas) = schemas(document) else {
        return;
    };
    for name in PATCHED {
        let Some(mut patch) = schemas.get(*name).cloned() else {
            continue;
        };
        if let Value::Object(patch) = &mut patch {
            patch.remove("required");
            patch.remove("example");
            let about = format!("A merge patch of `{name}`: what is absent stays, null takes away.");
            patch.insert("description".to_owned(), about.into());
        }
        let members = patch.get_mut("properties").and_then(Value::as_object_mut);
        for member in members.into_iter().flat_map(Map::values_mut) {
            *member = nullable(member.take());
        }
        schemas.insert(format!("{name}Patch"), patch);
    }
}

fn nullable(mut schema: Value) -> Value {
    if let Some(kind) = schema.get_mut("type") {
        if let Value::String(one) = kind {
            *kind = json!([one, "null"]);
        }
        return schema;
    }
    let choices = schema.get("oneOf").and_then(Value::as_array).cloned();
    let choices = choices.unwrap_or_else(|| vec![schema]);
    let mut choices: Vec<Value> = choices.into_iter().map(patch_of_part).collect();
    let null = json!({ "type": "null" });
    if !choices.contains(&null) {
        choices.push(null);
    }
    json!({ "oneOf": choices })
}

fn patch_of_part(schema: Value) -> Value {
    let part = schema.get("$ref").and_then(Value::as_str).and_then(schema_name);
    match part.filter(|part| PATCHED.contains(part)) {
        Some(part) => json!({ "$ref": format!("{SCHEMAS}{part}Patch") }),
        None => schema,
    }
}

const SCHEMAS: &str = "#/components/schemas/";

fn schema_name(reference: &str) -> Option<&str> {
    reference.strip_prefix(SCHEMAS)
}

// ── what is sent ────────────────────────────────────────────────────────────────────────────────

/// Unknown members of a body are refused, so every object that is sent is closed.
fn close_what_is_sent(document: &mut Value) {
    let mut sent = BTreeSet::new();
    if let Some(paths) = document.get_mut("paths") {
        for operation in operations(paths) {
            let body = operation.get("requestBody").cloned().unwrap_or_default();
            gather_references(&body, &mut sent);
        }
    }
    let Some(schemas) = schemas(document) else {
        return;
    };
    let mut closed = BTreeSet::new();
    while let Some(name) = sent.pop_first() {
        if !closed.insert(name.clone()) {
            continue;
        }
        if let Some(schema) = schemas.get_mut(&name) {
            close(schema);
            gather_references(schema, &mut sent);
        }
    }
}

fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.contains_key("properties") {
                members
                    .entry("additionalProperties")
                    .or_insert(Value::Bool(false));
            }
            for (name, member) in members {
                if !matches!(name.as_str(), "example" | "examples") {
                    close(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

fn gather_references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            let reference = members.get("$ref").and_then(Value::as_str);
            found.extend(reference.and_then(schema_name).map(str::to_owned));
            members
                .values()
                .for_each(|member| gather_references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| gather_references(item, found)),
        _ => {}
    }
}

// ── bytes and parameters ────────────────────────────────────────────────────────────────────────

/// Bytes are no list of numbers; lines and sheets that are sent are streams of them.
fn describe_bytes(operation: &mut Value) {
    const SENT: [&str; 3] = [
        "/requestBody/content/application~1x-ndjson/schema",
        "/requestBody/content/text~1csv/schema",
        "/requestBody/content/application~1vnd.openxmlformats-officedocument.spreadsheetml.sheet/schema",
    ];
    for place in SENT {
        if let Some(schema) = operation.pointer_mut(place) {
            *schema = json!({ "type": "string", "format": "binary" });
        }
    }
    let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
    for response in responses.into_iter().flat_map(Map::values_mut) {
        let contents = response.get_mut("content").and_then(Value::as_object_mut);
        for (media_type, content) in contents.into_iter().flatten() {
            if is_binary(media_type)
                && let Value::Object(content) = content
            {
                content.insert(
                    "schema".to_owned(),
                    json!({ "type": "string", "format": "binary" }),
                );
            }
        }
    }
}

fn is_binary(media_type: &str) -> bool {
    media_type.starts_with("application/") && !media_type.contains("json")
}

/// What holds of a parameter wherever it is taken, unless its operation says otherwise. A query has no null.
fn describe_parameters(operation: &mut Value) {
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
        let usual = usual(name);
        let Some(Value::Object(schema)) = parameter.get_mut("schema") else {
            continue;
        };
        if let Some(Value::Array(kinds)) = schema.get_mut("type") {
            kinds.retain(|kind| kind != "null");
            if let [only] = kinds.as_slice() {
                let only = only.clone();
                schema.insert("type".to_owned(), only);
            }
        }
        let described = match schema.get_mut("items") {
            Some(Value::Object(items)) => items,
            _ => schema,
        };
        for (member, value) in usual.as_object().into_iter().flatten() {
            described.entry(member.as_str()).or_insert_with(|| value.clone());
        }
    }
}

fn usual(name: &str) -> Value {
    match name {
        "limit" => json!({ "minimum": 1, "maximum": 1000 }),
        "owner" | "owner_exact" | "with" | "with_exact" | "code" | "parent" => {
            json!({ "pattern": "^[0-9]{6}$" })
        }
        "reason" | "basis" => json!({ "minLength": 1, "maxLength": 2000, "pattern": "\\S" }),
        "revision" => json!({ "minimum": 1 }),
        "position" | "max_withdrawals" => json!({ "minimum": 0 }),
        "Min-Position" => json!({ "pattern": "^[0-9]{1,18}$" }),
        "id" => json!({ "format": "uuid" }),
        "cursor" | "after" => json!({ "minLength": 1 }),
        _ => json!({}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Value {
        json!({
            "paths": { "/a": { "patch": {
                "parameters": [
                    { "name": "limit", "schema": { "type": ["integer", "null"], "maximum": 500 } },
                    { "name": "owner", "schema": { "type": "array", "items": { "type": "string" } } },
                ],
                "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Write" } } } },
                "responses": { "200": { "content": {
                    "application/zip": { "schema": { "type": "array", "items": { "type": "integer" } } },
                    "application/x-ndjson": { "schema": { "type": "string" } },
                } } },
            } } },
            "components": { "schemas": {
                "Write": { "type": "object", "properties": { "content": { "$ref": "#/components/schemas/StandardContent" } } },
                "StandardContent": {
                    "type": "object", "required": ["title"],
                    "properties": { "title": { "type": "string" }, "origin": { "$ref": "#/components/schemas/Origin" } },
                },
                "Page": { "type": "object", "properties": {} },
            } },
        })
    }

    #[test]
    fn everything_sent_is_closed_and_nothing_else() {
        let mut document = document();
        spell_out(&mut document);
        let closed = |name: &str| {
            document["components"]["schemas"][name]
                .get("additionalProperties")
                .cloned()
        };
        assert_eq!(closed("Write"), Some(json!(false)));
        assert_eq!(closed("StandardContent"), Some(json!(false)));
        assert_eq!(closed("Page"), None);
    }

    #[test]
    fn a_patch_needs_nothing_and_takes_null() {
        let mut document = document();
        spell_out(&mut document);
        let patch = &document["components"]["schemas"]["StandardContentPatch"];
        assert_eq!(patch.get("required"), None);
        assert_eq!(
            patch["properties"],
            json!({
                "title": { "type": ["string", "null"] },
                "origin": { "oneOf": [{ "$ref": "#/components/schemas/Origin" }, { "type": "null" }] },
            })
        );
    }

    #[test]
    fn bytes_are_bytes_and_parameters_are_bounded() {
        let mut document = document();
        spell_out(&mut document);
        let operation = &document["paths"]["/a"]["patch"];
        let content = &operation["responses"]["200"]["content"];
        assert_eq!(content["application/zip"]["schema"]["format"], "binary");
        assert_eq!(
            content["application/x-ndjson"]["schema"],
            json!({ "type": "string" })
        );
        assert_eq!(
            operation["parameters"][0]["schema"],
            json!({ "type": "integer", "minimum": 1, "maximum": 500 })
        );
        assert_eq!(
            operation["parameters"][1]["schema"]["items"],
            json!({ "type": "string", "pattern": "^[0-9]{6}$" })
        );
    }
}
