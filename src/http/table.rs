//! Lists of entries as lines and as tables.

use serde_json::Value;

use crate::domain::problem::Problem;
use crate::http::document::Document;
use crate::http::export::harmless;
use crate::http::negotiate::Format;
use crate::registry::read::view::validity_id;
use crate::registry::read::view::{Computed, EntryView};

/// The columns of a table of standards: what people filter and sort by, in the order they read it.
const COLUMNS: &[(&str, Cell)] = &[
    ("id", |entry, _| entry.id.clone()),
    ("owner", |entry, _| entry.owner.clone()),
    ("number", |_, content| text(content, "number")),
    ("number_as_written", |_, content| {
        text(content, "number_as_written")
    }),
    ("title", |_, content| text(content, "title")),
    ("title_en", |_, content| text(content, "title_en")),
    ("origin", |_, content| text(content, "origin")),
    ("level", |_, content| text(content, "level")),
    ("mandate", |_, content| text(content, "mandate")),
    ("supply", |_, content| text(content, "supply")),
    ("validity", |entry, _| validity(entry)),
    ("published_on", |_, content| text(content, "published_on")),
    ("implemented_on", |_, content| text(content, "implemented_on")),
    ("abolished_on", |_, content| text(content, "abolished_on")),
    ("issued_by", |_, content| joined(content, "issued_by")),
    ("lead_department", |_, content| joined(content, "lead_department")),
    ("audience", |_, content| text(content, "audience")),
    ("elements", |_, content| joined(content, "elements")),
    ("ics", |_, content| joined(content, "ics")),
    ("ccs", |_, content| joined(content, "ccs")),
    ("keywords", |_, content| joined(content, "keywords")),
    ("external_id", |_, content| text(content, "external_id")),
    ("plan_number", |_, content| text(content, "plan_number")),
    ("placements", |_, content| placements(content)),
    ("revision", |entry, _| entry.revision.to_string()),
    ("position", |entry, _| entry.position.to_string()),
    ("recorded_at", |entry, _| entry.recorded_at.clone()),
];

type Cell = fn(&EntryView, &Value) -> String;

/// One entry a line.
pub fn ndjson(entries: &[EntryView]) -> Result<Document, Problem> {
    let mut lines = Vec::new();
    for entry in entries {
        serde_json::to_writer(&mut lines, entry).map_err(Problem::internal)?;
        lines.push(b'\n');
    }
    Ok(Document::of(Format::Ndjson.media_type(), lines))
}

/// One entry a row, RFC 4180.
pub fn csv(entries: &[EntryView]) -> Result<Document, Problem> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table
        .write_record(COLUMNS.iter().map(|(name, _)| name))
        .map_err(Problem::internal)?;
    for entry in entries {
        let content = entry.content.as_ref().map_or("null", |content| content.get());
        let content: Value = serde_json::from_str(content).map_err(Problem::internal)?;
        let cells = COLUMNS.iter().map(|(_, cell)| harmless(cell(entry, &content)));
        table.write_record(cells).map_err(Problem::internal)?;
    }
    let bytes = table
        .into_inner()
        .map_err(|error| Problem::internal(error.error()))?;
    Ok(Document::of(Format::Csv.media_type(), bytes))
}

fn text(content: &Value, member: &str) -> String {
    content
        .get(member)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn joined(content: &Value, member: &str) -> String {
    let items = content.get(member).and_then(Value::as_array);
    let words: Vec<&str> = items.into_iter().flatten().filter_map(Value::as_str).collect();
    words.join("; ")
}

fn placements(content: &Value) -> String {
    let placements = content.get("placements").and_then(Value::as_array);
    let places: Vec<String> = placements
        .into_iter()
        .flatten()
        .map(|placement| {
            let cell = placement.get("cell").and_then(Value::as_object);
            let cell: Vec<String> = cell
                .into_iter()
                .flatten()
                .map(|(axis, value)| format!("{axis}={}", value.as_str().unwrap_or_default()))
                .collect();
            format!("{} {}", text(placement, "framework"), cell.join(" "))
        })
        .collect();
    places.join("; ")
}

fn validity(entry: &EntryView) -> String {
    match &entry.computed {
        Some(Computed::Standard(computed)) => validity_id(computed.validity).unwrap_or_default().to_owned(),
        _ => String::new(),
    }
}
