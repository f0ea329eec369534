//! The body of a declarative push: `{reason, basis?, base?, max_withdrawals?, standards: [content…]}`.

use std::sync::Arc;

use serde_json::Value;
use uuid::Uuid;

use crate::domain::fault::Faults;
use crate::domain::problem::Problem;
use crate::domain::shape::{Fields, MAX_INTEGER, wrong_type};
use crate::domain::text::Language;
use crate::domain::vocabulary::Kind;
use crate::registry::catalogue::{Extent, Push, Row, Wanted};
use crate::registry::intake::body::words_from;
use crate::registry::sealed::{Content, Sealed};
use crate::text;

/// How many rows a catalogue may hold.
pub const MAX_ROWS: usize = 50_000;

/// What the request's parameters and headers say about a push.
pub struct PushTerms {
    pub owner: String,
    pub max_withdrawals: Option<usize>,
    pub dry_run: bool,
    pub expected_plan: Option<String>,
    pub language: Language,
}

/// Reads a push. Rows that do not read are refused in the plan, each with its faults.
pub fn read(value: &Value, terms: PushTerms) -> Result<Push, Problem> {
    let mut faults = Faults::default();
    let Some(mut fields) = Fields::open(value, "", &mut faults) else {
        return Err(Problem::invalid(faults));
    };
    let words = words_from(&mut fields, true);
    let base = fields.integer("base", 0, MAX_INTEGER);
    let max_withdrawals = fields.integer("max_withdrawals", 0, MAX_INTEGER);
    let rows = match fields.value("standards") {
        Some(Value::Array(rows)) if rows.len() <= MAX_ROWS => Some(rows),
        Some(Value::Array(rows)) => {
            let count = rows.len();
            fields.fault(
                "standards",
                "too_many_items",
                text!(
                    "最多 {MAX_ROWS} 行，现有 {count} 行",
                    "at most {MAX_ROWS} rows, found {count}"
                ),
            );
            None
        }
        Some(other) => {
            wrong_type(fields.faults, "/standards", "array", other);
            None
        }
        None => fields.required("standards", None),
    };
    fields.finish();
    let Some(rows) = rows.filter(|_| faults.is_empty()) else {
        return Err(Problem::invalid(faults));
    };
    let from_body = max_withdrawals.and_then(|most| usize::try_from(most).ok());
    Ok(Push {
        owner: terms.owner,
        base,
        max_withdrawals: terms.max_withdrawals.or(from_body),
        dry_run: terms.dry_run,
        expected_plan: terms.expected_plan,
        words,
        language: terms.language,
        extent: Extent::Whole,
        header: None,
        rows: rows
            .iter()
            .enumerate()
            .map(|(index, row)| read_row(index, row))
            .collect(),
    })
}

/// A row is a content, with the entry's `id` beside its members if the sender knows it.
fn read_row(index: usize, value: &Value) -> Row {
    let pointer = format!("/standards/{index}");
    let mut faults = Faults::default();
    let mut id = None;
    let mut content = value.clone();
    if let Value::Object(members) = &mut content
        && let Some(given) = members.remove("id").filter(|given| !given.is_null())
    {
        id = given.as_str().and_then(|words| Uuid::parse_str(words).ok());
        if id.is_none() {
            faults.push(
                format!("{pointer}/id"),
                "not_a_uuid",
                text!("id 须为 UUID", "an id is a UUID"),
            );
        }
    }
    let content = Content::read(Kind::Standard, &content, &pointer, &mut faults);
    Row {
        id,
        number: index,
        wanted: Wanted::Whole(match content {
            Some(content) if faults.is_empty() => Sealed::new(content).map(Arc::new),
            _ => Err(Problem::invalid(faults)),
        }),
    }
}
