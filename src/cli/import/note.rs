//! What there is to say about a row: on standard output, and whole in a table.

use std::path::Path;

use serde_json::Value;

use crate::cli::Failure;
use crate::cli::words::{language, say};
use crate::domain::fault::Fault;
use crate::domain::sheet::guarded;
use crate::domain::text::Text;
use crate::text;

/// How many warnings standard output shows; errors are all shown.
const WARNINGS_SHOWN: usize = 20;

/// The longest value shown on a line.
const LONGEST: usize = 80;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The row is registered, but not all it says.
    Warning,
    /// The row is not registered.
    Error,
}

/// One finding about one row.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    pub row: usize,
    pub severity: Severity,
    pub pointer: String,
    pub code: String,
    pub detail: String,
    /// What stands there.
    pub value: Option<Value>,
}

impl Note {
    pub fn warning(row: usize, pointer: &str, code: &str, detail: &Text, value: Option<Value>) -> Self {
        Self {
            row,
            severity: Severity::Warning,
            pointer: pointer.to_owned(),
            code: code.to_owned(),
            detail: detail.in_language(language()).to_owned(),
            value,
        }
    }

    pub fn error(row: usize, pointer: &str, code: &str, detail: &Text, value: Option<Value>) -> Self {
        Self {
            severity: Severity::Error,
            ..Self::warning(row, pointer, code, detail, value)
        }
    }

    /// What a mapping could not take from a record.
    pub fn unmapped(row: usize, fault: &Fault, record: &Value) -> Self {
        let value = record.pointer(&fault.pointer).cloned();
        Self::warning(row, &fault.pointer, fault.code, &fault.detail, value)
    }

    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    fn label(&self) -> &'static str {
        match self.severity {
            Severity::Warning => "警告 warning",
            Severity::Error => "错误 error",
        }
    }

    fn written(&self) -> String {
        match &self.value {
            None => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        }
    }
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let Self {
            row,
            pointer,
            detail,
            code,
            ..
        } = self;
        write!(
            f,
            "行 row {row} · {} · {pointer}: {detail} ({code})",
            self.label()
        )?;
        let written = self.written();
        if written.is_empty() || detail.contains(&written) {
            return Ok(());
        }
        let head: String = written.chars().take(LONGEST).collect();
        let more = if head.len() < written.len() { "…" } else { "" };
        write!(f, " ← {head}{more}")
    }
}

/// Errors, all of them, then the first warnings.
pub fn tell(notes: &[Note]) {
    let (errors, warnings): (Vec<&Note>, Vec<&Note>) = notes.iter().partition(|note| note.is_error());
    for note in errors.iter().chain(warnings.iter().take(WARNINGS_SHOWN)) {
        say(note.to_string());
    }
    if let Some(more) = warnings
        .len()
        .checked_sub(WARNINGS_SHOWN)
        .filter(|more| *more > 0)
    {
        let left = text!(
            "… 另有 {more} 条警告，--report FILE.csv 可得全部",
            "{more} more warnings, --report FILE.csv lists them all"
        );
        say(left.in_both());
    }
}

/// Every note as a row of a table that spreadsheets open as UTF-8.
pub fn write_report(path: &Path, notes: &[Note]) -> Result<(), Failure> {
    let failed = |error: String| Failure::failed(format!("{}: {error}", path.display()));
    std::fs::write(path, table(notes).map_err(failed)?).map_err(|error| failed(error.to_string()))
}

fn table(notes: &[Note]) -> Result<Vec<u8>, String> {
    let mut table = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    let written = |error: csv::Error| error.to_string();
    table
        .write_record(["row", "severity", "pointer", "code", "detail", "value"])
        .map_err(written)?;
    for note in notes {
        let severity = if note.is_error() { "error" } else { "warning" };
        let row = note.row.to_string();
        let (detail, value) = (guarded(note.detail.clone()), guarded(note.written().to_string()));
        table
            .write_record([&row, severity, &note.pointer, &note.code, &detail, &value])
            .map_err(written)?;
    }
    table.into_inner().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn note(value: &str) -> Note {
        Note::error(
            7,
            "/level",
            "unknown_value",
            &text!("不可识别", "not known"),
            Some(json!(value)),
        )
    }

    #[test]
    fn a_note_names_row_place_and_value() {
        let shown = note("县级").to_string();
        assert!(shown.starts_with("行 row 7 · 错误 error · /level: "), "{shown}");
        assert!(shown.ends_with(" (unknown_value) ← 县级"), "{shown}");
    }

    #[test]
    fn a_report_runs_nothing_in_a_spreadsheet() {
        let table = String::from_utf8(table(&[note("=1+1")]).unwrap()).unwrap();
        let mut lines = table.lines();
        assert_eq!(
            lines.next(),
            Some("\u{feff}row,severity,pointer,code,detail,value")
        );
        assert!(lines.next().unwrap().ends_with(",'=1+1"), "{table}");
    }
}
