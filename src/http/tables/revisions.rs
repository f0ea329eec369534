//! An entry's revisions, one a row.

use serde::Deserialize;

use crate::domain::sheet::Words;
use crate::domain::time::Instant;
use crate::domain::vocabulary::Action;
use crate::http::export::{Cell, Column, Table};
use crate::registry::read::view::EntryView;

const TITLE: Words = Words::fixed("revisions", "版本", "Revisions");

pub fn table() -> Table<EntryView> {
    Table::of(TITLE, COLUMNS)
}

/// By what people know a standard or a framework.
#[derive(Default, Deserialize)]
struct Known {
    number: Option<String>,
    title: Option<String>,
}

fn known(entry: &EntryView) -> Known {
    let content = entry.content.as_ref().map(|content| content.get());
    content
        .and_then(|content| serde_json::from_str(content).ok())
        .unwrap_or_default()
}

const COLUMNS: &[Column<EntryView>] = &[
    Column::new("版次", "Revision", "revision", 8, |row| {
        Cell::Integer(row.revision)
    }),
    Column::new("日志位置", "Log position", "position", 10, |row| {
        Cell::Integer(row.position)
    }),
    Column::new(
        "记录时间（北京时间）",
        "Recorded at (Beijing time)",
        "recorded_at",
        24,
        |row| Instant::parse(&row.recorded_at).map_or(Cell::Empty, Cell::Instant),
    ),
    Column::new("动作", "Action", "action", 10, |row| {
        Cell::term_id::<Action>(&row.action)
    }),
    Column::new("操作者", "Actor", "actor", 22, |row| Cell::text(&row.actor)),
    Column::new("理由", "Reason", "reason", 40, |row| {
        Cell::optional(row.reason.as_ref())
    }),
    Column::new("依据文件", "Basis", "basis", 26, |row| {
        Cell::optional(row.basis.as_ref())
    }),
    Column::new("行政区划代码", "Division code", "owner", 12, |row| {
        Cell::text(&row.owner)
    }),
    Column::new("编号", "Number", "number", 20, |row| {
        Cell::optional(known(row).number.as_ref())
    }),
    Column::new("名称", "Title", "title", 40, |row| {
        Cell::optional(known(row).title.as_ref())
    }),
    Column::new("条目标识", "Entry id", "id", 38, |row| Cell::text(&row.id)),
    Column::new("内容摘要", "Content digest", "content_sha256", 66, |row| {
        Cell::text(&row.content_sha256)
    }),
];
