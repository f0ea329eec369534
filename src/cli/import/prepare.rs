//! Rows of a file as contents of ours.

use serde_json::Value;

use super::Note;
use crate::cli::source::Source;
use crate::domain::mapping::Mapping;
use crate::domain::number;

/// A row on its way in.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub row: usize,
    pub content: Value,
    /// Numbers of the standards said to replace this one.
    pub superseded_by: Vec<String>,
}

/// All rows, and what was found about them so far.
#[derive(Debug, Default)]
pub struct Prepared {
    pub rows: Vec<Row>,
    pub notes: Vec<Note>,
}

/// Turns records into contents: by the mapping, or as they are.
pub fn rows(source: Source, mapping: Option<&Mapping>) -> Prepared {
    let mut prepared = Prepared::default();
    for record in source.records {
        let mut row = Row {
            row: record.row,
            content: Value::Null,
            superseded_by: Vec::new(),
        };
        match mapping {
            Some(mapping) => {
                let mapped = mapping.apply(&record.value, &|words| number::parse(words).is_ok());
                let notes = mapped.warnings.iter();
                prepared
                    .notes
                    .extend(notes.map(|fault| Note::unmapped(record.row, fault, &record.value)));
                row.content = mapped.content;
                row.superseded_by = mapped.superseded_by;
            }
            None if source.is_table => {
                row.content = record.value;
                // A table the registry gave out names its own entries; a registration makes new ones.
                if let Value::Object(members) = &mut row.content {
                    members.remove("id");
                }
            }
            None => row.content = record.value,
        }
        prepared.rows.push(row);
    }
    prepared
}
