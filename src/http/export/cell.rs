//! Tables: what a column is called and what stands in it.

use chrono::NaiveDate;

use crate::domain::division::Divisions;
use crate::domain::time::Instant;

/// One column of rows `R`.
pub struct Column<R> {
    /// For readers of a spreadsheet.
    pub zh: &'static str,
    /// As the API names it.
    pub name: &'static str,
    /// In characters.
    pub width: u8,
    pub cell: fn(&R) -> Cell,
}

impl<R> Column<R> {
    pub const fn new(zh: &'static str, name: &'static str, width: u8, cell: fn(&R) -> Cell) -> Self {
        Self {
            zh,
            name,
            width,
            cell,
        }
    }
}

/// What stands in one place of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Empty,
    Text(String),
    Integer(i64),
    Day(NaiveDate),
    Instant(Instant),
}

impl Cell {
    pub fn text(words: impl Into<String>) -> Self {
        Self::Text(words.into())
    }

    /// What is absent leaves its place empty.
    pub fn optional(words: Option<&String>) -> Self {
        words.map_or(Self::Empty, Self::text)
    }

    /// The name of a division.
    pub fn division(code: &str) -> Self {
        Self::optional(Divisions::built_in().get(code).map(|division| &division.name))
    }

    /// As a table without types writes it.
    pub fn plain(self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(words) => harmless(words),
            Self::Integer(number) => number.to_string(),
            Self::Day(day) => day.to_string(),
            Self::Instant(instant) => instant.to_rfc3339(),
        }
    }
}

/// A spreadsheet runs what begins like a formula; a leading apostrophe keeps it text.
pub fn harmless(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        return format!("'{cell}");
    }
    cell
}
