//! A standard as cells.

use serde_json::Value;

use crate::domain::sheet::cell::{Cell, Style, Words};
use crate::domain::sheet::column::{COLUMNS, ClaimPart, Column, Fact, Holds, PlacePart, Vocabulary};
use crate::domain::sheet::phrase::join;
use crate::domain::sheet::titles::Titles;
use crate::domain::sheet::{place, relation};
use crate::domain::term::Term;
use crate::domain::time::{Instant, parse_date};
use crate::domain::vocabulary::{RelationType, Validity};

/// One entry as a table shows it.
#[derive(Clone, Copy, Debug)]
pub struct Row<'r> {
    pub id: &'r str,
    pub owner: &'r str,
    pub revision: i64,
    pub position: i64,
    pub recorded_at: Option<Instant>,
    pub withdrawn: bool,
    pub validity: Option<Validity>,
    /// Null once erased.
    pub content: &'r Value,
}

/// What is marked, and nothing where it is not.
const YES: Words = Words::fixed("true", "是", "Yes");

/// Writes a row in all columns, in their order.
pub fn cells(row: &Row, titles: &Titles, style: Style) -> Vec<Cell> {
    let places = row.content.get("placements").and_then(Value::as_array);
    let places = places.map_or(&[][..], Vec::as_slice);
    let own = places.iter().position(place::fits_columns);
    let writer = Writer {
        row,
        titles,
        style,
        own: own.and_then(|own| places.get(own)),
        others: places
            .iter()
            .enumerate()
            .filter(|(index, _)| Some(*index) != own)
            .map(|(_, place)| place)
            .collect(),
    };
    COLUMNS.iter().map(|column| writer.cell(column)).collect()
}

struct Writer<'w> {
    row: &'w Row<'w>,
    titles: &'w Titles,
    style: Style,
    /// The place that stands in columns of its own.
    own: Option<&'w Value>,
    others: Vec<&'w Value>,
}

impl Writer<'_> {
    fn cell(&self, column: &Column) -> Cell {
        let value = self.row.content.get(column.name);
        match column.holds {
            Holds::Id => Cell::text(self.row.id),
            Holds::Revision => Cell::Integer(self.row.revision),
            Holds::Owner => Cell::text(self.row.owner),
            Holds::Computed(fact) => self.fact(fact),
            Holds::Text => words(value),
            Holds::Day => day(value),
            Holds::Term(vocabulary) => term(vocabulary, value),
            Holds::Terms(vocabulary) => self.terms(vocabulary, value),
            Holds::List => list(value),
            Holds::Claim(part) => self.claim(part),
            Holds::Place(part) => self.own.map_or(Cell::Empty, |own| self.place(part, own)),
            Holds::Places => {
                let places = self.others.iter();
                phrases(places.map(|place| place::write(place, self.titles, self.style)))
            }
            Holds::Relations(relation_type) => self.relations(relation_type),
        }
    }

    fn fact(&self, fact: Fact) -> Cell {
        match fact {
            Fact::OwnerName => Cell::division(self.row.owner),
            Fact::Validity => self.row.validity.map_or(Cell::Empty, Cell::term),
            Fact::Withdrawn if self.row.withdrawn => Cell::Words(YES),
            Fact::Withdrawn => Cell::Empty,
            Fact::Position => Cell::Integer(self.row.position),
            Fact::RecordedAt => self.row.recorded_at.map_or(Cell::Empty, Cell::Instant),
        }
    }

    fn terms(&self, vocabulary: Vocabulary, value: Option<&Value>) -> Cell {
        let ids = texts(value);
        if ids.is_empty() {
            return Cell::Empty;
        }
        let labels: Vec<String> = ids
            .iter()
            .map(|id| match vocabulary.find(id) {
                Some(words) => words.in_style(self.style).to_owned(),
                None => (*id).to_owned(),
            })
            .collect();
        Cell::Text(join(labels.iter().map(String::as_str)))
    }

    fn claim(&self, part: ClaimPart) -> Cell {
        let claim = self.row.content.get("claimed_status").unwrap_or(&Value::Null);
        match part {
            ClaimPart::Value => term(Vocabulary::Validity, claim.get("value")),
            ClaimPart::Source => words(claim.get("source")),
            ClaimPart::On => day(claim.get("on")),
        }
    }

    fn place(&self, part: PlacePart, own: &Value) -> Cell {
        let framework = place::text(own, "framework");
        let cell = own.get("cell").unwrap_or(&Value::Null);
        let on_axis = |axis| {
            Cell::text(
                self.titles
                    .value(framework, axis, place::text(cell, axis), self.style),
            )
        };
        match part {
            PlacePart::Framework => Cell::text(framework),
            PlacePart::Subsystem => on_axis(place::SUBSYSTEM),
            PlacePart::Dimension => on_axis(place::DIMENSION),
            PlacePart::Node => match own.get("node").and_then(Value::as_str) {
                Some(node) => Cell::text(self.titles.node(framework, node, self.style)),
                None => Cell::Empty,
            },
            PlacePart::Code => words(own.get("code")),
            PlacePart::Order => own
                .get("order")
                .and_then(Value::as_i64)
                .map_or(Cell::Empty, Cell::Integer),
        }
    }

    fn relations(&self, relation_type: RelationType) -> Cell {
        let relations = self.row.content.get("relations").and_then(Value::as_array);
        let own = relations
            .into_iter()
            .flatten()
            .filter(|relation| place::text(relation, "type") == relation_type.id());
        phrases(own.map(|relation| relation::write(relation, self.style)))
    }
}

fn words(value: Option<&Value>) -> Cell {
    value.and_then(Value::as_str).map_or(Cell::Empty, Cell::text)
}

fn day(value: Option<&Value>) -> Cell {
    let written = value.and_then(Value::as_str).unwrap_or_default();
    parse_date(written).map_or_else(|| words(value), Cell::Day)
}

fn term(vocabulary: Vocabulary, value: Option<&Value>) -> Cell {
    let known = value.and_then(Value::as_str).and_then(|id| vocabulary.find(id));
    known.map_or_else(|| words(value), Cell::Words)
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    let items = value.and_then(Value::as_array);
    items.into_iter().flatten().filter_map(Value::as_str).collect()
}

fn list(value: Option<&Value>) -> Cell {
    let items = texts(value);
    if items.is_empty() {
        return Cell::Empty;
    }
    Cell::Text(join(items))
}

fn phrases(phrases: impl Iterator<Item = String>) -> Cell {
    let phrases: Vec<String> = phrases.collect();
    if phrases.is_empty() {
        return Cell::Empty;
    }
    Cell::Text(phrases.join("; "))
}
