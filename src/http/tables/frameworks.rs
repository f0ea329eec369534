//! Frameworks, one a row.

use crate::domain::framework::FrameworkContent;
use crate::domain::sheet::Words;
use crate::http::export::{Cell, Head, Table};
use crate::registry::read::view::{Computed, EntryView};

const TITLE: Words = Words::fixed("frameworks", "标准体系框架", "Frameworks");

const HEADS: [(Words, u8); 12] = [
    (Words::fixed("slug", "简称", "Slug"), 16),
    (Words::fixed("title", "名称", "Title"), 40),
    (Words::fixed("edition", "版本", "Edition"), 14),
    (Words::fixed("owner", "行政区划代码", "Division code"), 12),
    (Words::fixed("owner_name", "行政区划", "Division"), 14),
    (Words::fixed("status", "状态", "Status"), 10),
    (Words::fixed("trial_from", "试行起", "Trial from"), 12),
    (Words::fixed("trial_to", "试行止", "Trial to"), 12),
    (Words::fixed("issuers", "发布机构", "Issuers"), 30),
    (Words::fixed("axes", "维度与取值数", "Axes and their values"), 30),
    (Words::fixed("nodes", "节点数", "Nodes"), 8),
    (Words::fixed("id", "条目标识", "Entry id"), 38),
];

pub fn table() -> Table<EntryView> {
    let heads = HEADS.map(|(words, width)| Head { words, width });
    Table::new(TITLE, heads.into(), cells)
}

fn cells(entry: &EntryView) -> Vec<Cell> {
    let content = entry.content.as_ref().map_or("null", |content| content.get());
    // An erased framework shows no more than where it stood.
    let content: Option<FrameworkContent> = serde_json::from_str(content).ok();
    let of = |cell: fn(&FrameworkContent) -> Cell| content.as_ref().map_or(Cell::Empty, cell);
    vec![
        of(|content| Cell::text(&content.slug)),
        of(|content| Cell::text(&content.title)),
        of(|content| Cell::optional(content.edition.as_ref())),
        Cell::text(&entry.owner),
        Cell::division(&entry.owner),
        match &entry.computed {
            Some(Computed::Framework(computed)) => Cell::term(computed.status),
            _ => Cell::Empty,
        },
        of(|content| Cell::day(content.trial_from)),
        of(|content| Cell::day(content.trial_to)),
        of(|content| Cell::text(content.issuers.join("; "))),
        of(axes),
        of(|content| Cell::count(content.nodes.len() as u64)),
        Cell::text(&entry.id),
    ]
}

fn axes(content: &FrameworkContent) -> Cell {
    let axes = content.axes.iter();
    let axes = axes.map(|axis| format!("{} {}", axis.title, axis.values.len()));
    Cell::text(axes.collect::<Vec<_>>().join(" × "))
}
