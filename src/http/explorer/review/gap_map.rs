//! Where a framework has no standard in force, as a picture: one square for each cell.

use crate::domain::coverage::Gap;
use crate::domain::framework::FrameworkContent;
use crate::domain::framework::matrix::{Matrix, MatrixCount};
use crate::domain::term::Term;
use crate::domain::vocabulary::Validity;
use crate::http::explorer::address::Address;
use crate::http::explorer::frame::Frame;
use crate::http::explorer::grid::Drawing;
use crate::http::explorer::review::cells::{Cells, both};
use crate::http::explorer::review::scope::place;
use crate::registry::read::coverage::Cell;
use crate::registry::read::coverage::gaps::GapFinding;

/// The class of a cell in which something is in force.
const SOUND: &str = "sound";

/// The picture, with how many cells there are and how many lack something.
pub struct GapMap {
    pub down: String,
    pub columns: Vec<String>,
    pub is_long: bool,
    pub lines: Vec<Line>,
    pub cells: usize,
    pub lacking: usize,
}

pub struct Line {
    pub title: String,
    pub squares: Vec<Square>,
}

pub struct Square {
    pub class: &'static str,
    /// How many standards are in force; of a gap, how many rows stand there at all.
    pub rows: u64,
    /// What the square says to those who cannot see it.
    pub spoken: String,
    pub href: Address,
}

impl GapMap {
    pub fn draw(
        drawing: &Drawing,
        framework: &FrameworkContent,
        gaps: &[GapFinding],
        matrix: &Matrix,
    ) -> Option<Self> {
        let cells = Cells::of(drawing.frame, framework)?;
        let of_line = |line: &Cell| {
            let columns = cells.columns.iter();
            let squares = columns.map(|(_, column)| {
                let cell = both(line, column);
                square(drawing, framework, gaps, matrix, &cell)
            });
            squares.collect::<Vec<_>>()
        };
        let lines: Vec<Line> = cells
            .lines
            .iter()
            .map(|(title, line)| Line {
                title: title.clone(),
                squares: of_line(line),
            })
            .collect();
        let squares = lines.iter().flat_map(|line| &line.squares);
        Some(Self {
            columns: cells.heads(),
            is_long: cells.is_long(),
            down: cells.down,
            cells: squares.clone().count(),
            lacking: squares.filter(|square| square.class != SOUND).count(),
            lines,
        })
    }
}

fn square(
    drawing: &Drawing,
    framework: &FrameworkContent,
    gaps: &[GapFinding],
    matrix: &Matrix,
    cell: &Cell,
) -> Square {
    let frame = drawing.frame;
    let counted = matrix.cells.iter().find(|counted| counted.cell == *cell);
    let count = counted.map(|counted| &counted.count);
    let (class, word, rows) = match gaps.iter().find(|finding| finding.cell == *cell) {
        Some(finding) => (
            finding.gap.id(),
            frame.term(finding.gap),
            count.map_or(0, |count| count.rows),
        ),
        None => (SOUND, frame.term(Validity::InForce), count.map_or(0, in_force)),
    };
    Square {
        class,
        rows,
        spoken: format!("{}{}{word}", place(frame, framework, cell), frame.t("：", ": ")),
        href: drawing.rows_in(cell),
    }
}

fn in_force(count: &MatrixCount) -> u64 {
    let shares = count.by.validity.iter().flatten();
    let in_force = shares.filter(|share| share.value.as_deref() == Some(Validity::InForce.id()));
    in_force.map(|share| share.count).sum()
}

/// What the colours mean, the emptiest last.
pub fn legend(frame: &Frame) -> Vec<(&'static str, &'static str)> {
    let sound = (SOUND, frame.t("有现行标准", "Something in force"));
    let gaps = Gap::ALL.iter().rev().map(|gap| (gap.id(), frame.term(*gap)));
    [sound].into_iter().chain(gaps).collect()
}
