//! An entry whole, in the registry's own XML: each member of its JSON is an element of the same name, members in the
//! order of their names, an array an element repeated. `registry.xsd` describes it.

use std::io::Result as Written;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::domain::problem::Problem;
use crate::http::oai::xml::{Xml, fit};
use crate::registry::read::view::EntryView;

pub const NAMESPACE: &str = "urn:standards-registry:entry:1";
pub const SCHEMA: &str = include_str!("registry.xsd");
pub const SCHEMA_PATH: &str = "/oai/registry.xsd";

/// An entry's members, read once so that writing cannot fail half-way.
pub struct Members {
    members: Map<String, Value>,
    /// The content's exact bytes, where XML cannot carry all of its characters.
    exact: Option<String>,
}

impl Members {
    pub fn of(entry: &EntryView) -> Result<Self, Problem> {
        let members = match serde_json::to_value(entry).map_err(Problem::internal)? {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        let content = entry.content.as_deref().map(serde_json::value::RawValue::get);
        let unfit = members.get("content").is_some_and(|content| !is_fit(content));
        Ok(Self {
            members,
            exact: content.filter(|_| unfit).map(|content| STANDARD.encode(content)),
        })
    }

    pub fn write(&self, xml: &mut Xml, schema: &str) -> Written<()> {
        let location = format!("{NAMESPACE} {schema}");
        let attributes = [
            ("xmlns", NAMESPACE),
            ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
            ("xsi:schemaLocation", location.as_str()),
        ];
        xml.element("entry", &attributes, |xml| {
            for (name, value) in sorted(&self.members) {
                write_member(xml, name, value)?;
                if name == "content"
                    && let Some(exact) = &self.exact
                {
                    xml.text("content_base64", exact)?;
                }
            }
            Ok(())
        })
    }
}

fn write_member(xml: &mut Xml, name: &str, value: &Value) -> Written<()> {
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| write_member(xml, name, item)),
        // The only object whose members are named by people.
        Value::Object(axes) if name == "cell" => xml.element(name, &[], |xml| write_cell(xml, axes)),
        Value::Object(members) => xml.element(name, &[], |xml| {
            let mut members = sorted(members).into_iter();
            members.try_for_each(|(name, value)| write_member(xml, name, value))
        }),
        Value::String(text) => xml.text(name, text),
        other => xml.text(name, &other.to_string()),
    }
}

fn write_cell(xml: &mut Xml, axes: &Map<String, Value>) -> Written<()> {
    for (axis, value) in sorted(axes) {
        xml.element("term", &[], |xml| {
            xml.text("axis", axis)?;
            write_member(xml, "value", value)
        })?;
    }
    Ok(())
}

fn sorted(members: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_by_key(|(name, _)| *name);
    sorted
}

fn is_fit(value: &Value) -> bool {
    let unchanged = |text: &str| fit(text).len() == text.len();
    match value {
        Value::String(text) => unchanged(text),
        Value::Array(items) => items.iter().all(is_fit),
        Value::Object(members) => members
            .iter()
            .all(|(name, value)| unchanged(name) && is_fit(value)),
        _ => true,
    }
}
