//! Both ends of a standard's relations and what rests on it, in one table.

use serde::Serialize;

use crate::domain::sheet::Words;
use crate::domain::term::Term;
use crate::domain::vocabulary::{Extent, RelationType};
use crate::http::export::{Cell, Column, Table};
use crate::registry::read::relations::{RelatedEntry, Relations};
use crate::terms;

const TITLE: Words = Words::fixed("relations", "标准关系", "Relations");

terms! {
    /// Which end of a relation a row shows.
    pub enum Direction = "direction" {
        Outgoing "outgoing" "指向" "Points to",
        Incoming "incoming" "被指向" "Pointed to by",
        Impact "impact" "受影响" "Rests on it",
    }
}

/// One relation, or one entry that rests on the standard.
#[derive(Serialize)]
pub struct Row {
    direction: Direction,
    via: Vec<RelationType>,
    extent: Option<Extent>,
    depth: Option<u64>,
    /// What the relation names, where that is not registered.
    target: Option<String>,
    entry: Option<RelatedEntry>,
}

pub fn table() -> Table<Row> {
    Table::of(TITLE, COLUMNS)
}

pub fn rows(relations: &Relations) -> Vec<Row> {
    let types = |id: &str| RelationType::from_id(id).into_iter().collect();
    let outgoing = relations.outgoing.iter().map(|outgoing| {
        let member = |pointer| {
            outgoing
                .relation
                .pointer(pointer)
                .and_then(|value| value.as_str())
        };
        let target = ["/target/number", "/target/document/title", "/target/id"]
            .into_iter()
            .find_map(member);
        Row {
            direction: Direction::Outgoing,
            via: types(member("/type").unwrap_or_default()),
            extent: member("/extent").and_then(Extent::from_id),
            depth: None,
            target: target.map(str::to_owned),
            entry: outgoing.entry.clone(),
        }
    });
    let incoming = relations.incoming.iter().map(|incoming| Row {
        direction: Direction::Incoming,
        via: types(&incoming.relation_type),
        extent: incoming.extent.as_deref().and_then(Extent::from_id),
        depth: None,
        target: None,
        entry: Some(incoming.entry.clone()),
    });
    let impact = relations.impact.iter().map(|impact| Row {
        direction: Direction::Impact,
        via: impact
            .via
            .iter()
            .filter_map(|id| RelationType::from_id(id))
            .collect(),
        extent: None,
        depth: Some(impact.depth as u64),
        target: None,
        entry: Some(impact.entry.clone()),
    });
    outgoing.chain(incoming).chain(impact).collect()
}

const COLUMNS: &[Column<Row>] = &[
    Column::new("方向", "Direction", "direction", 12, |row| {
        Cell::term(row.direction)
    }),
    Column::new("关系", "Relation", "via", 20, via),
    Column::new("范围", "Extent", "extent", 8, |row| {
        row.extent.map_or(Cell::Empty, Cell::term)
    }),
    Column::new("层数", "Depth", "depth", 8, |row| {
        row.depth.map_or(Cell::Empty, Cell::count)
    }),
    Column::new("所指", "Named", "target", 24, |row| {
        Cell::optional(row.target.as_ref())
    }),
    Column::new("编号", "Number", "number", 22, |row| {
        entry(row, |entry| Cell::optional(entry.number.as_ref()))
    }),
    Column::new("名称", "Title", "title", 44, |row| {
        entry(row, |entry| Cell::text(&entry.title))
    }),
    Column::new("行政区划代码", "Division code", "owner", 12, |row| {
        entry(row, |entry| Cell::text(&entry.owner))
    }),
    Column::new("行政区划", "Division", "owner_name", 14, |row| {
        entry(row, |entry| Cell::division(&entry.owner))
    }),
    Column::new("条目标识", "Entry id", "id", 38, |row| {
        entry(row, |entry| Cell::text(&entry.id))
    }),
];

fn entry(row: &Row, cell: fn(&RelatedEntry) -> Cell) -> Cell {
    row.entry.as_ref().map_or(Cell::Empty, cell)
}

/// The relations along the way, one after the other.
fn via(row: &Row) -> Cell {
    let join = |name: fn(RelationType) -> &'static str| {
        let names: Vec<&str> = row.via.iter().map(|via| name(*via)).collect();
        names.join(" → ").into()
    };
    Cell::Words(Words {
        id: join(Term::id),
        zh: join(Term::zh),
        en: join(Term::en),
    })
}
