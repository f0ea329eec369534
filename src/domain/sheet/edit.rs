//! What one row of a sheet says, and what becomes of an entry when it is so.
//!
//! A row speaks only of the columns its sheet has. An empty cell unsets its field; a field without a column stays.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::domain::number;
use crate::domain::sheet::place;
use crate::domain::standard;
use crate::domain::text::Text;
use crate::domain::vocabulary::RelationType;

/// A row, read.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// As a spreadsheet counts.
    pub row: u32,
    pub id: Option<Uuid>,
    /// The revision it was taken from.
    pub revision: Option<i64>,
    /// A row that shows a withdrawn entry: it asks for nothing.
    pub withdrawn: bool,
    /// Fields by name; null unsets.
    pub members: Map<String, Value>,
    pub claim: Map<String, Value>,
    /// By type, for types that have a column.
    pub relations: BTreeMap<RelationType, Vec<Value>>,
    pub places: Places,
    pub faults: Vec<CellFault>,
}

/// What a row says of places.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// From the columns of their own.
    pub own: Option<Own>,
    /// From the column of all others.
    pub others: Option<Vec<Value>>,
}

/// The place in columns of its own: none when they are empty.
#[derive(Clone, Debug)]
pub struct Own {
    pub framework: String,
    pub place: Option<Value>,
}

/// What is wrong with one cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellFault {
    /// Its column's place, from 0.
    pub place: usize,
    /// The field it was meant for, as a pointer into the content.
    pub pointer: String,
    pub code: &'static str,
    pub detail: Text,
}

impl Edit {
    pub fn text(&self, name: &str) -> Option<&str> {
        self.members.get(name).and_then(Value::as_str)
    }

    /// The numbers it may be registered under: canonical, or as a house number is tidied.
    pub fn numbers(&self) -> Vec<String> {
        let Some(written) = self.text("number") else {
            return Vec::new();
        };
        let parsed = number::parse(written).ok().map(|number| number.canonical);
        let mut numbers: Vec<String> = parsed.into_iter().collect();
        let tidied = number::tidy_house_number(written);
        if !numbers.contains(&tidied) {
            numbers.push(tidied);
        }
        numbers
    }

    /// The content as the row wants it, on top of what there is.
    pub fn onto(&self, current: Option<&Value>) -> Value {
        let nothing = json!({});
        let base = current.unwrap_or(&nothing);
        let mut members = self.members.clone();
        members.retain(|name, value| !says_the_same(base.get(name), value));
        if self.is_same_number(base) {
            members.remove("number");
        }
        if members.get("number").is_some_and(Value::is_string) {
            // What the old number told is not held against the new one.
            for told in ["level", "mandate", "number_as_written"] {
                if self.members.get(told) == base.get(told) {
                    members.remove(told);
                }
            }
        }
        if !self.claim.is_empty() {
            members.insert("claimed_status".to_owned(), self.claim_onto(base));
        }
        if !self.relations.is_empty() {
            members.insert("relations".to_owned(), self.relations_onto(base));
        }
        if let Some(places) = self.places_onto(base) {
            members.insert("placements".to_owned(), places);
        }
        standard::merge(base, &Value::Object(members))
    }

    fn is_same_number(&self, base: &Value) -> bool {
        let current = base.get("number").and_then(Value::as_str);
        current.is_some_and(|current| self.numbers().iter().any(|number| number == current))
    }

    fn claim_onto(&self, base: &Value) -> Value {
        let current = base.get("claimed_status").unwrap_or(&Value::Null);
        let unset = |name: &str| match self.claim.get(name) {
            Some(value) => value.is_null(),
            None => current.get(name).is_none(),
        };
        if ["value", "source", "on"].into_iter().all(unset) {
            return Value::Null;
        }
        let mut claim = self.claim.clone();
        claim.retain(|name, value| !says_the_same(current.get(name), value));
        claim.into()
    }

    fn relations_onto(&self, base: &Value) -> Value {
        let is_kept = |relation: &&Value| {
            let written = place::text(relation, "type");
            !self.relations.keys().any(|told| json!(told) == *written)
        };
        let kept = items(base, "relations").filter(is_kept);
        self.relations.values().flatten().chain(kept).cloned().collect()
    }

    fn places_onto(&self, base: &Value) -> Option<Value> {
        let own = self.places.own.as_ref();
        let own_place = own.and_then(|own| own.place.as_ref());
        match (&self.places.others, own) {
            (None, None) => None,
            (Some(others), _) => Some(own_place.into_iter().chain(others).cloned().collect()),
            // Columns of one place speak for its framework only.
            (None, Some(own)) => {
                let elsewhere = items(base, "placements")
                    .filter(|placement| place::text(placement, "framework") != own.framework);
                Some(own_place.into_iter().chain(elsewhere).cloned().collect())
            }
        }
    }
}

fn items<'v>(value: &'v Value, member: &str) -> impl Iterator<Item = &'v Value> {
    let items = value.get(member).and_then(Value::as_array);
    items.into_iter().flatten()
}

/// Blanks around a text are lost in many a spreadsheet, so they say nothing.
fn says_the_same(current: Option<&Value>, told: &Value) -> bool {
    match (current, told) {
        (Some(Value::String(current)), Value::String(told)) => current.trim() == told.trim(),
        _ => false,
    }
}
