//! What changed between two specifications that a client of the earlier one would stumble over, operation by operation.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::schemas::{Direction, Sides, schema_breaks};

/// Every break, in words that stay the same from run to run.
pub fn breaks(before: &Value, after: &Value) -> Vec<String> {
    let sides = Sides { before, after };
    let (earlier, later) = (operations(before), operations(after));
    let mut found = Vec::new();
    for (name, old) in earlier {
        match later.get(&name) {
            None => found.push(format!("{name}: is gone")),
            Some(new) => {
                let own = operation_breaks(&sides, old, new);
                found.extend(own.into_iter().map(|what| format!("{name}: {what}")));
            }
        }
    }
    found.extend(sides.of_named_schemas());
    found.sort();
    found.dedup();
    found
}

fn operations(document: &Value) -> BTreeMap<String, &Value> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths
        .flat_map(|(path, item)| {
            let methods = item.as_object().into_iter().flatten();
            methods.map(move |(method, operation)| (format!("{} {path}", method.to_uppercase()), operation))
        })
        .collect()
}

fn operation_breaks(sides: &Sides, old: &Value, new: &Value) -> Vec<String> {
    let mut found = Vec::new();
    if old["operationId"] != new["operationId"] {
        found.push(format!("is called {} now", new["operationId"]));
    }
    if old["security"] != new["security"] {
        found.push("asks for another right".to_owned());
    }
    parameters(sides, old, new, &mut found);
    request_body(sides, old, new, &mut found);
    responses(sides, old, new, &mut found);
    found
}

fn parameters(sides: &Sides, old: &Value, new: &Value, found: &mut Vec<String>) {
    let earlier = parameters_of(sides.before, old);
    let later = parameters_of(sides.after, new);
    for (name, old) in &earlier {
        match later.get(name) {
            None => found.push(format!("{name} is not taken any more")),
            Some(new) => {
                if is_required(new) && !is_required(old) {
                    found.push(format!("{name} is required now"));
                }
                let place = name.clone();
                schema_breaks(
                    sides,
                    Direction::Sent,
                    &place,
                    (&old["schema"], &new["schema"]),
                    found,
                );
            }
        }
    }
    for (name, new) in &later {
        if is_required(new) && !earlier.contains_key(name) {
            found.push(format!("{name} is required now"));
        }
    }
}

fn parameters_of<'d>(document: &'d Value, operation: &'d Value) -> BTreeMap<String, &'d Value> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    parameters
        .map(|parameter| {
            let parameter = resolved(document, parameter);
            let (place, name) = (parameter["in"].as_str(), parameter["name"].as_str());
            let name = format!("{} `{}`", place.unwrap_or_default(), name.unwrap_or_default());
            (name, parameter)
        })
        .collect()
}

fn is_required(part: &Value) -> bool {
    part["required"].as_bool().unwrap_or(false)
}

fn request_body(sides: &Sides, old: &Value, new: &Value, found: &mut Vec<String>) {
    let (old, new) = (&old["requestBody"], &new["requestBody"]);
    if is_required(new) && !is_required(old) {
        found.push("a body is required now".to_owned());
    }
    for (media_type, content) in members(&old["content"]) {
        match new["content"].get(media_type) {
            None => found.push(format!("a body in {media_type} is not taken any more")),
            Some(later) => {
                let place = format!("body in {media_type}");
                let schemas = (&content["schema"], &later["schema"]);
                schema_breaks(sides, Direction::Sent, &place, schemas, found);
            }
        }
    }
}

fn responses(sides: &Sides, old: &Value, new: &Value, found: &mut Vec<String>) {
    for (status, old) in members(&old["responses"]) {
        let Some(new) = new["responses"].get(status) else {
            // A refusal that comes no more hurts nobody.
            if status.starts_with('2') {
                found.push(format!("does not answer {status} any more"));
            }
            continue;
        };
        let (old, new) = (resolved(sides.before, old), resolved(sides.after, new));
        for (name, _) in members(&old["headers"]) {
            if new["headers"].get(name).is_none() {
                found.push(format!("{status} has no header `{name}` any more"));
            }
        }
        for (media_type, content) in members(&old["content"]) {
            match new["content"].get(media_type) {
                None => found.push(format!("{status} is not given in {media_type} any more")),
                Some(later) => {
                    let place = format!("{status} in {media_type}");
                    let schemas = (&content["schema"], &later["schema"]);
                    schema_breaks(sides, Direction::Received, &place, schemas, found);
                }
            }
        }
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

/// What a reference stands for.
pub fn resolved<'d>(document: &'d Value, part: &'d Value) -> &'d Value {
    let pointer = part["$ref"].as_str().and_then(|target| target.strip_prefix('#'));
    pointer
        .and_then(|pointer| document.pointer(pointer))
        .unwrap_or(part)
}
