//! A framework's matrix as a table: one axis down, another across, margins beside and below.

use std::collections::BTreeMap;

use crate::domain::framework::content::{Axis, AxisValue};
use crate::domain::framework::matrix::{Matrix, MatrixCell, MatrixCount};
use crate::domain::text::Language;
use crate::http::explorer::address::Address;
use crate::http::explorer::facets::title;
use crate::http::explorer::frame::Frame;
use crate::http::explorer::heat::{Heat, Shown};
use crate::registry::read::list::{DEFAULT_AXES, DEFAULT_FRAMEWORK};

type Cell = BTreeMap<String, String>;

/// A cell or margin that leads to the rows it counts.
pub struct Tile {
    pub heat: Heat,
    pub href: Address,
    /// What follows the number for those who cannot see the picture.
    pub spoken: String,
}

pub struct Line {
    pub title: String,
    pub retired: bool,
    pub boxes: Vec<Tile>,
    pub margin: Option<Tile>,
}

pub struct Column {
    pub title: String,
    pub description: Option<String>,
    pub retired: bool,
}

/// The table.
pub struct Grid {
    pub down: String,
    pub across: Option<String>,
    pub columns: Vec<Column>,
    pub lines: Vec<Line>,
    /// Margins of the columns, then the total.
    pub feet: Vec<Tile>,
    pub empty: usize,
    pub cells: usize,
}

/// How a grid is drawn.
pub struct Drawing<'d> {
    pub frame: &'d Frame,
    pub slug: &'d str,
    pub shown: Shown,
    /// What narrows the rows counted, kept by every link.
    pub narrowed: &'d [(String, String)],
}

impl Grid {
    /// Draws two of the matrix's axes; with one axis, a single column.
    pub fn draw(drawing: &Drawing, matrix: &Matrix, down: &Axis, across: Option<&Axis>) -> Self {
        let counts = Counts::of(matrix);
        let across_values = across.map_or(&[][..], |axis| axis.values.as_slice());
        let mut lines = Vec::new();
        let most = counts.most(down, across);
        for value in &down.values {
            let at = |other: Option<&str>| {
                let mut cell = Cell::from([(down.id.clone(), value.id.clone())]);
                if let (Some(axis), Some(other)) = (across, other) {
                    cell.insert(axis.id.clone(), other.to_owned());
                }
                cell
            };
            let boxes: Vec<Tile> = match across {
                None => vec![drawing.one(counts.at(&at(None)), &at(None), most)],
                Some(_) => across_values
                    .iter()
                    .map(|other| at(Some(&other.id)))
                    .map(|cell| drawing.one(counts.at(&cell), &cell, most))
                    .collect(),
            };
            lines.push(Line {
                title: title(drawing.frame, value).to_owned(),
                retired: value.retired,
                boxes,
                margin: across.map(|_| drawing.one(counts.at(&at(None)), &at(None), 0)),
            });
        }
        let mut feet: Vec<Tile> = across_values
            .iter()
            .filter_map(|value| Some(Cell::from([(across?.id.clone(), value.id.clone())])))
            .map(|cell| drawing.one(counts.at(&cell), &cell, 0))
            .collect();
        feet.push(drawing.one(Some(&matrix.total), &Cell::new(), 0));
        let boxes = lines.iter().flat_map(|line| &line.boxes);
        Self {
            down: title(drawing.frame, down).to_owned(),
            across: across.map(|axis| title(drawing.frame, axis).to_owned()),
            columns: across_values
                .iter()
                .map(|value| Column {
                    title: title(drawing.frame, value).to_owned(),
                    description: described(drawing.frame, value),
                    retired: value.retired,
                })
                .collect(),
            empty: boxes.clone().filter(|one| one.heat.rows == 0).count(),
            cells: boxes.count(),
            lines,
            feet,
        }
    }
}

/// Descriptions are written in Chinese.
fn described(frame: &Frame, value: &AxisValue) -> Option<String> {
    let description = value.description.clone();
    description.filter(|_| frame.language == Language::Chinese)
}

impl Drawing<'_> {
    fn one(&self, count: Option<&MatrixCount>, cell: &Cell, most: u64) -> Tile {
        let none = MatrixCount::default();
        let heat = Heat::of(self.frame, self.shown, count.unwrap_or(&none), most);
        Tile {
            href: self.rows_in(cell),
            spoken: heat.spoken(self.frame),
            heat,
        }
    }

    /// The list of what stands in a cell.
    pub fn rows_in(&self, cell: &Cell) -> Address {
        let mut list = self.frame.to("/");
        for (name, value) in self.narrowed {
            list = list.plus(name, value.clone());
        }
        let named =
            self.slug == DEFAULT_FRAMEWORK && cell.keys().all(|axis| DEFAULT_AXES.contains(&axis.as_str()));
        if !named || cell.is_empty() {
            list = list.with("framework", self.slug);
        }
        for (axis, value) in cell {
            list = if named {
                list.plus(axis, value.clone())
            } else {
                list.plus("cell", format!("{axis}:{value}"))
            };
        }
        list
    }
}

/// Counts by cell, margins included.
struct Counts<'m>(BTreeMap<&'m Cell, &'m MatrixCount>);

impl<'m> Counts<'m> {
    fn of(matrix: &'m Matrix) -> Self {
        let all = matrix.margins.iter().chain(&matrix.cells);
        Self(all.map(|MatrixCell { cell, count }| (cell, count)).collect())
    }

    fn at(&self, cell: &Cell) -> Option<&'m MatrixCount> {
        self.0.get(cell).copied()
    }

    /// The rows of the fullest cell of two axes.
    fn most(&self, down: &Axis, across: Option<&Axis>) -> u64 {
        let wanted = 1 + usize::from(across.is_some());
        let of_these = |cell: &Cell| {
            cell.len() == wanted
                && cell.contains_key(&down.id)
                && across.is_none_or(|axis| cell.contains_key(&axis.id))
        };
        let fitting = self.0.iter().filter(|(cell, _)| of_these(cell));
        fitting.map(|(_, count)| count.rows).max().unwrap_or(0)
    }
}
