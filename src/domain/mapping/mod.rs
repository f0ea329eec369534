//! Turning a foreign catalogue's record into content of ours, by a table instead of code.
//!
//! Nothing is dropped in silence: what a rule cannot read, and every member no rule asks for, is reported with its
//! place in the record.

mod convert;
mod rule;

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value};

pub use convert::date;
pub use rule::Rule;

use crate::domain::fault::{Fault, Faults};
use crate::domain::shape::escape;
use crate::domain::text::Text;
use crate::text;

/// Rules for one kind of foreign record; `data/mapping-sports-catalogue.toml` documents the format.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Whose catalogue it is, in words.
    pub title: String,
    /// Where the list of records stands in the document (RFC 6901); empty for the document itself.
    #[serde(default)]
    pub records: String,
    /// Members of a record that are meant to be left out.
    #[serde(default)]
    pub ignored: BTreeSet<String>,
    /// Content members every record has unless a rule sets them.
    #[serde(default)]
    pub defaults: Map<String, Value>,
    #[serde(rename = "rule")]
    pub rules: Vec<Rule>,
}

/// What became of one record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mapped {
    /// The content, an object; reading it as a standard is the next step.
    pub content: Value,
    /// Numbers of the standards said to replace this one. Our content states a replacement on the newer row, so the
    /// importer adds it there.
    pub superseded_by: Vec<String>,
    /// What was left out and why; pointers are into the source record.
    pub warnings: Vec<Fault>,
}

impl Mapping {
    /// Reads a mapping file; a refusal says where it goes wrong.
    pub fn parse(toml: &str) -> Result<Self, Text> {
        toml::from_str(toml).map_err(|error| {
            let place = error.to_string();
            text!("字段映射文件有误：{place}", "the mapping file is faulty: {place}")
        })
    }

    /// The records of a document, or none where it has no list in the named place.
    pub fn records<'d>(&self, document: &'d Value) -> Option<&'d Vec<Value>> {
        document.pointer(&self.records)?.as_array()
    }

    /// Maps one record; `is_number` tells a standard's number from anything else.
    pub fn apply(&self, record: &Value, is_number: &dyn Fn(&str) -> bool) -> Mapped {
        let mut mapped = Mapped::default();
        let mut faults = Faults::default();
        let mut content = self.defaults.clone();
        match record {
            Value::Object(members) => {
                for rule in &self.rules {
                    let mut reading = rule::Reading {
                        members,
                        is_number,
                        content: &mut content,
                        superseded_by: &mut mapped.superseded_by,
                        faults: &mut faults,
                    };
                    rule.apply(&mut reading);
                }
                self.report_unmapped(members, &mut faults);
            }
            other => crate::domain::shape::wrong_type(&mut faults, "", "object", other),
        }
        mapped.content = Value::Object(content);
        mapped.warnings = faults.0;
        mapped
    }

    fn report_unmapped(&self, members: &Map<String, Value>, faults: &mut Faults) {
        for (name, value) in members {
            let known = self.ignored.contains(name) || self.rules.iter().any(|rule| rule.reads(name));
            if !known && !convert::is_blank(value) {
                faults.push(
                    format!("/{}", escape(name)),
                    "unmapped_member",
                    text!("映射未涉及此项，已略去", "no rule reads this member; left out"),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests;
