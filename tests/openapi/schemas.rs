//! Whether a schema still takes what was sent under its earlier form, or still promises what was received.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::operations::resolved;

/// Who reads the values of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// The registry: it may take more than before, not less.
    Sent,
    /// The client: it may be given less than before, not more.
    Received,
}

/// The two specifications.
pub struct Sides<'d> {
    pub before: &'d Value,
    pub after: &'d Value,
}

const SCHEMAS: &str = "#/components/schemas/";

impl Sides<'_> {
    /// Breaks of the schemas that have a name, each compared once however many operations use it.
    pub fn of_named_schemas(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut waiting = self.named_in_operations();
        let mut seen = BTreeSet::new();
        while let Some((name, direction)) = waiting.pop_first() {
            if !seen.insert((name.clone(), direction)) {
                continue;
            }
            let old = &self.before["components"]["schemas"][&name];
            gather(old, direction, &mut waiting);
            let new = &self.after["components"]["schemas"][&name];
            if !new.is_null() {
                schema_breaks(self, direction, &name, (old, new), &mut found);
            }
        }
        found
    }

    fn named_in_operations(&self) -> BTreeSet<(String, Direction)> {
        let mut named = BTreeSet::new();
        let paths = self.before["paths"].as_object().into_iter().flatten();
        for operation in paths.flat_map(|(_, item)| item.as_object().into_iter().flatten().map(|(_, o)| o)) {
            gather(&operation["requestBody"], Direction::Sent, &mut named);
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                gather(resolved(self.before, parameter), Direction::Sent, &mut named);
            }
            for (_, response) in operation["responses"].as_object().into_iter().flatten() {
                gather(resolved(self.before, response), Direction::Received, &mut named);
            }
        }
        named
    }
}

fn gather(value: &Value, direction: Direction, named: &mut BTreeSet<(String, Direction)>) {
    match value {
        Value::Object(members) => {
            if let Some(name) = name_of(value) {
                named.insert((name.to_owned(), direction));
            }
            members
                .values()
                .for_each(|member| gather(member, direction, named));
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, direction, named)),
        _ => {}
    }
}

fn name_of(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix(SCHEMAS)
}

/// Compares two schemas of one place.
pub fn schema_breaks(
    sides: &Sides,
    direction: Direction,
    place: &str,
    (old, new): (&Value, &Value),
    found: &mut Vec<String>,
) {
    if old == new {
        // The same name: what stands under it is compared under it.
        return;
    }
    let old = resolved(sides.before, old);
    let new = resolved(sides.after, new);
    let how = match direction {
        Direction::Sent => "sent",
        Direction::Received => "received",
    };
    let mut say = |what: String| found.push(format!("{place} ({how}): {what}"));
    types(direction, old, new, &mut say);
    words(direction, old, new, &mut say);
    bounds(direction, old, new, &mut say);
    alternatives(direction, old, new, &mut say);
    members(direction, old, new, &mut say);
    for (name, member) in old["properties"].as_object().into_iter().flatten() {
        if let Some(later) = new["properties"].get(name) {
            schema_breaks(
                sides,
                direction,
                &format!("{place}.{name}"),
                (member, later),
                found,
            );
        }
    }
    for (part, mark) in [("items", "[]"), ("additionalProperties", ".*")] {
        if old[part].is_object() && new[part].is_object() {
            let place = format!("{place}{mark}");
            schema_breaks(sides, direction, &place, (&old[part], &new[part]), found);
        }
    }
    for (old, new) in pairs(&old["allOf"], &new["allOf"]) {
        schema_breaks(sides, direction, place, (old, new), found);
    }
}

fn pairs<'v>(old: &'v Value, new: &'v Value) -> impl Iterator<Item = (&'v Value, &'v Value)> {
    let (old, new) = (
        old.as_array().into_iter().flatten(),
        new.as_array().into_iter().flatten(),
    );
    old.zip(new)
}

fn types(direction: Direction, old: &Value, new: &Value, say: &mut impl FnMut(String)) {
    let (earlier, later) = (kinds(old), kinds(new));
    let (may, must) = match direction {
        Direction::Sent => (&later, &earlier),
        Direction::Received => (&earlier, &later),
    };
    // An integer is a number.
    let fits = |kind: &String| may.contains(kind) || (kind == "integer" && may.contains("number"));
    if !may.is_empty() && (must.is_empty() || !must.iter().all(fits)) {
        say(format!("is {} now", json!(later)));
    }
}

fn kinds(schema: &Value) -> BTreeSet<String> {
    match &schema["type"] {
        Value::String(one) => BTreeSet::from([one.clone()]),
        Value::Array(several) => several
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => BTreeSet::new(),
    }
}

/// A vocabulary that is received may grow: clients are told to expect it.
fn words(direction: Direction, old: &Value, new: &Value, say: &mut impl FnMut(String)) {
    if direction == Direction::Received {
        return;
    }
    match (old["enum"].as_array(), new["enum"].as_array()) {
        (None, Some(_)) => say("takes only some values now".to_owned()),
        (Some(old), Some(new)) => {
            for value in old.iter().filter(|value| !new.contains(value)) {
                say(format!("does not take {value} any more"));
            }
        }
        _ => {}
    }
}

fn bounds(direction: Direction, old: &Value, new: &Value, say: &mut impl FnMut(String)) {
    if old["format"] != new["format"] {
        say(format!("has the format {} now", new["format"]));
    }
    if direction == Direction::Received {
        return;
    }
    if old["pattern"] != new["pattern"] && !new["pattern"].is_null() {
        say("has another pattern now".to_owned());
    }
    for (name, lower) in [
        ("minLength", true),
        ("minimum", true),
        ("minItems", true),
        ("maxLength", false),
        ("maximum", false),
        ("maxItems", false),
    ] {
        let narrower = match (old[name].as_f64(), new[name].as_f64()) {
            (_, None) => false,
            (None, Some(new)) => !lower || new > 0.0,
            (Some(old), Some(new)) => {
                if lower {
                    new > old
                } else {
                    new < old
                }
            }
        };
        if narrower {
            say(format!("has {name} {} now", new[name]));
        }
    }
}

fn alternatives(direction: Direction, old: &Value, new: &Value, say: &mut impl FnMut(String)) {
    for word in ["oneOf", "anyOf"] {
        let (Some(earlier), Some(later)) = (old[word].as_array(), new[word].as_array()) else {
            if old[word] != new[word] {
                say(format!("has another {word} now"));
            }
            continue;
        };
        let (must, may) = match direction {
            Direction::Sent => (earlier, later),
            Direction::Received => (later, earlier),
        };
        for choice in must.iter().filter(|choice| !may.contains(choice)) {
            let shown = name_of(choice).map_or_else(|| choice.to_string(), str::to_owned);
            say(match direction {
                Direction::Sent => format!("does not take {shown} any more"),
                Direction::Received => format!("can be {shown} now"),
            });
        }
    }
}

fn members(direction: Direction, old: &Value, new: &Value, say: &mut impl FnMut(String)) {
    let required = |schema: &Value| -> BTreeSet<String> {
        let names = schema["required"].as_array().into_iter().flatten();
        names.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    for (name, _) in old["properties"].as_object().into_iter().flatten() {
        if new["properties"].get(name).is_none() {
            say(format!("`{name}` is gone"));
        }
    }
    match direction {
        Direction::Sent => {
            for name in required(new).difference(&required(old)) {
                say(format!("`{name}` is required now"));
            }
            if new["additionalProperties"] == json!(false) && old["additionalProperties"] != json!(false) {
                say("takes no other members now".to_owned());
            }
        }
        Direction::Received => {
            for name in required(old).difference(&required(new)) {
                say(format!("`{name}` may be absent now"));
            }
        }
    }
}
