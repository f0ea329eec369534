//! The difference of two revisions, a field a row.

use crate::domain::diff::FieldChange;
use crate::domain::sheet::{Words, change};
use crate::http::export::{Column, Table};

const TITLE: Words = Words::fixed("revision-diff", "版本差异", "Difference of revisions");

pub fn table() -> Table<FieldChange> {
    Table::of(TITLE, COLUMNS)
}

const COLUMNS: &[Column<FieldChange>] = &[
    Column::new("字段", "Field", "path", 24, |row| change::field(&row.path)),
    Column::new("原值", "Before", "before", 60, |row| {
        change::value(&row.path, row.before.as_ref())
    }),
    Column::new("现值", "After", "after", 60, |row| {
        change::value(&row.path, row.after.as_ref())
    }),
];
