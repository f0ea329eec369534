//! Field changes in words.

use serde_json::Value;

use crate::domain::diff::FieldChange;
use crate::domain::sheet::cell::{Cell, Style, Words};
use crate::domain::sheet::column::{COLUMNS, Holds};
use crate::domain::text::Language;

/// Fields that no single column shows.
const OTHERS: [Words; 2] = [
    Words::fixed("placements", "位置", "Places"),
    Words::fixed("relations", "关系", "Relations"),
];

/// The field a pointer leads to, and the way below it.
pub fn field(path: &str) -> Cell {
    let inside = path.strip_prefix('/').unwrap_or(path);
    let (field, below) = inside.split_at(inside.find('/').unwrap_or(inside.len()));
    let other = OTHERS.into_iter().find(|words| words.id == field);
    match other.or_else(|| heading(field)) {
        None => Cell::text(path),
        Some(words) => Cell::Words(Words {
            id: path.to_owned().into(),
            zh: format!("{}{below}", words.zh).into(),
            en: format!("{}{below}", words.en).into(),
        }),
    }
}

fn heading(field: &str) -> Option<Words> {
    let column = COLUMNS.iter().find(|column| column.name == field)?;
    Some(Words::fixed(column.name, column.zh, column.en))
}

/// A value of a field: a term as its label, text as it is, anything else as JSON.
pub fn value(path: &str, value: Option<&Value>) -> Cell {
    let field = path.trim_start_matches('/').split('/').next();
    let column = COLUMNS.iter().find(|column| Some(column.name) == field);
    match (value, column.map(|column| column.holds)) {
        (None, _) => Cell::Empty,
        (Some(Value::String(id)), Some(Holds::Term(vocabulary) | Holds::Terms(vocabulary))) => {
            vocabulary.find(id).map_or_else(|| Cell::text(id), Cell::Words)
        }
        (Some(Value::String(words)), _) => Cell::text(words),
        (Some(other), _) => Cell::text(other.to_string()),
    }
}

/// Changes as one line each: `path: before → after`.
pub fn lines(changes: &[FieldChange]) -> Cell {
    let in_style = |style| {
        let lines: Vec<String> = changes.iter().map(|change| line(change, style)).collect();
        lines.join("\n").into()
    };
    Cell::Words(Words {
        id: in_style(Style::Names),
        zh: in_style(Style::Labels(Language::Chinese)),
        en: in_style(Style::Labels(Language::English)),
    })
}

fn line(change: &FieldChange, style: Style) -> String {
    let shown = |cell: Cell| match cell {
        Cell::Words(words) => words.in_style(style).to_owned(),
        Cell::Text(words) => words,
        _ => String::new(),
    };
    let path = &change.path;
    let (before, after) = (change.before.as_ref(), change.after.as_ref());
    format!(
        "{}: {} → {}",
        shown(field(path)),
        shown(value(path, before)),
        shown(value(path, after))
    )
}
