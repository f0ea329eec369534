//! The cells of a framework in lines and columns, whatever the number of its axes: the last axis across, all others
//! down.

use crate::domain::framework::FrameworkContent;
use crate::domain::framework::content::{Axis, AxisValue};
use crate::http::explorer::facets::title;
use crate::http::explorer::frame::Frame;
use crate::registry::read::coverage::Cell;

/// More lines than this are drawn lower.
const MANY: usize = 12;

/// More cells than this are no picture any more.
const MOST: usize = 600;

/// Lines and columns, each with its title and the values it stands for.
pub struct Cells {
    /// Names of the axes that go down.
    pub down: String,
    pub lines: Vec<(String, Cell)>,
    /// Of one axis there is a single column without a title.
    pub columns: Vec<(String, Cell)>,
}

impl Cells {
    /// Nothing where there are too many to draw.
    pub fn of(frame: &Frame, framework: &FrameworkContent) -> Option<Self> {
        let (down, across) = match framework.axes.as_slice() {
            [only] => (std::slice::from_ref(only), None),
            [down @ .., last] => (down, Some(last)),
            [] => return None,
        };
        let names: Vec<&str> = down.iter().map(|axis| title(frame, axis)).collect();
        let lines = combined(frame, down);
        let columns = match across {
            Some(axis) => combined(frame, std::slice::from_ref(axis)),
            None => vec![(String::new(), Cell::new())],
        };
        let cells = Self {
            down: names.join(" · "),
            lines,
            columns,
        };
        (cells.lines.len() * cells.columns.len() <= MOST).then_some(cells)
    }

    pub fn is_long(&self) -> bool {
        self.lines.len() > MANY
    }

    /// Titles of the columns, if they have any.
    pub fn heads(&self) -> Vec<String> {
        let titles = self.columns.iter().map(|(title, _)| title.clone());
        titles.filter(|title| !title.is_empty()).collect()
    }
}

/// Every combination of current values, in the order of the axes.
fn combined(frame: &Frame, axes: &[Axis]) -> Vec<(String, Cell)> {
    let mut combined = vec![(String::new(), Cell::new())];
    for axis in axes {
        let with = |(name, cell): &(String, Cell), value: &AxisValue| {
            let mut cell = cell.clone();
            cell.insert(axis.id.clone(), value.id.clone());
            let joint = if name.is_empty() { "" } else { " · " };
            (format!("{name}{joint}{}", title(frame, value)), cell)
        };
        let values: Vec<&AxisValue> = axis.values.iter().filter(|value| !value.retired).collect();
        combined = combined
            .iter()
            .flat_map(|so_far| values.iter().map(move |value| with(so_far, value)))
            .collect();
    }
    combined
}

/// The values of a line and a column together.
pub fn both(line: &Cell, column: &Cell) -> Cell {
    line.iter()
        .chain(column)
        .map(|(axis, value)| (axis.clone(), value.clone()))
        .collect()
}
