//! Two catalogues cell by cell, as a picture: how many each has, and which has more.

use crate::domain::framework::FrameworkContent;
use crate::http::explorer::frame::Frame;
use crate::http::explorer::review::cells::{Cells, both};
use crate::registry::read::coverage::Cell;
use crate::registry::read::coverage::compare::ComparedCell;

/// Both counts of every cell.
pub struct Table {
    pub down: String,
    pub columns: Vec<String>,
    pub is_long: bool,
    pub lines: Vec<(String, Vec<Pair>)>,
}

pub struct Pair {
    /// `more`, `fewer`, `alike` or `none`: on this side, seen from the other.
    pub class: &'static str,
    pub this: u64,
    pub with: u64,
}

impl Table {
    pub fn of(frame: &Frame, framework: &FrameworkContent, compared: &[ComparedCell]) -> Option<Self> {
        let cells = Cells::of(frame, framework)?;
        let pairs = |line: &Cell| {
            let columns = cells.columns.iter();
            let pairs = columns.map(|(_, column)| {
                let cell = both(line, column);
                let found = compared.iter().find(|one| one.cell == cell);
                Pair::of(found.map_or((0, 0), |one| (one.this.distinct, one.with.distinct)))
            });
            pairs.collect()
        };
        let lines = cells.lines.iter();
        Some(Self {
            lines: lines.map(|(title, line)| (title.clone(), pairs(line))).collect(),
            columns: cells.heads(),
            is_long: cells.is_long(),
            down: cells.down,
        })
    }
}

impl Pair {
    fn of((this, with): (u64, u64)) -> Self {
        let class = match (this, with) {
            (0, 0) => "none",
            _ if this > with => "more",
            _ if this < with => "fewer",
            _ => "alike",
        };
        Self { class, this, with }
    }
}
