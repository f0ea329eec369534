//! Divisions, one a row.

use crate::domain::division::Division;
use crate::domain::sheet::Words;
use crate::http::export::{Cell, Column, Table};

const TITLE: Words = Words::fixed("divisions", "行政区划", "Divisions");

pub fn table() -> Table<&'static Division> {
    Table::of(TITLE, COLUMNS)
}

const COLUMNS: &[Column<&'static Division>] = &[
    Column::new("代码", "Code", "code", 14, |row| Cell::text(&row.code)),
    Column::new("名称", "Name", "name", 24, |row| Cell::text(&row.name)),
    Column::new("英文名称", "English name", "name_en", 24, |row| {
        Cell::optional(row.name_en.as_ref())
    }),
    Column::new("上级代码", "Parent's code", "parent", 14, |row| {
        Cell::optional(row.parent.as_ref())
    }),
    Column::new("设立日", "Valid from", "valid_from", 12, |row| {
        Cell::day(row.valid_from)
    }),
    Column::new("撤销日", "Valid to", "valid_to", 12, |row| {
        Cell::day(row.valid_to)
    }),
    Column::new("承继者", "Successors", "successors", 20, |row| {
        Cell::text(row.successors.join("; "))
    }),
];
