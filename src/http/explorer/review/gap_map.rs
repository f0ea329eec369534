//! Where a framework has no standard in force, as a picture: one square for each cell.

use crate::domain::coverage::Gap;
use crate::domain::framework::FrameworkContent;
use crate::domain::framework::content::{Axis, AxisValue};
use crate::domain::framework::matrix::Matrix;
use crate::domain::term::Term;
use crate::domain::vocabulary::Validity;
use crate::http::explorer::address::Address;
use crate::http::explorer::facets::title;
use crate::http::explorer::frame::Frame;
use crate::http::explorer::grid::Drawing;
use crate::http::explorer::review::scope::place;
use crate::registry::read::coverage::Cell;
use crate::registry::read::coverage::gaps::GapFinding;

/// The class of a cell in which something is in force.
const SOUND: &str = "sound";

/// The picture: one axis down, all others across.
pub struct GapMap {
    pub down: String,
    /// Names of the columns, where each is one value.
    pub columns: Vec<String>,
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
        let (down, others) = framework.axes.split_first()?;
        let across = combined(others);
        let columns = match others {
            [axis] => current(axis)
                .map(|value| title(drawing.frame, value).to_owned())
                .collect(),
            _ => Vec::new(),
        };
        let square = |value: &AxisValue, beside: &Cell| {
            let mut cell = beside.clone();
            cell.insert(down.id.clone(), value.id.clone());
            let counted = matrix.cells.iter().find(|counted| counted.cell == cell);
            let gap = gaps.iter().find(|finding| finding.cell == cell);
            let (class, word, rows) = match gap {
                Some(finding) => (
                    finding.gap.id(),
                    drawing.frame.term(finding.gap),
                    counted.map_or(0, |counted| counted.count.rows),
                ),
                None => {
                    let shares = counted.and_then(|counted| counted.count.by.validity.as_deref());
                    let in_force = shares.into_iter().flatten();
                    let in_force = in_force.filter(|share| share.value.as_deref() == Some(Validity::InForce.id()));
                    (
                        SOUND,
                        drawing.frame.term(Validity::InForce),
                        in_force.map(|share| share.count).sum(),
                    )
                }
            };
            Square {
                class,
                rows,
                spoken: format!("{}{}{word}", place(drawing.frame, framework, &cell), drawing.frame.t("：", ": ")),
                href: drawing.rows_in(&cell),
            }
        };
        let lines: Vec<Line> = current(down)
            .map(|value| Line {
                title: title(drawing.frame, value).to_owned(),
                squares: across.iter().map(|beside| square(value, beside)).collect(),
            })
            .collect();
        let squares = lines.iter().flat_map(|line| &line.squares);
        Some(Self {
            down: title(drawing.frame, down).to_owned(),
            columns,
            cells: squares.clone().count(),
            lacking: squares.filter(|square| square.class != SOUND).count(),
            lines,
        })
    }
}

/// What the colours mean, the emptiest last.
pub fn legend(frame: &Frame) -> Vec<(&'static str, &'static str)> {
    let sound = (SOUND, frame.t("有现行标准", "Something in force"));
    let gaps = Gap::ALL.iter().rev().map(|gap| (gap.id(), frame.term(*gap)));
    [sound].into_iter().chain(gaps).collect()
}

fn current(axis: &Axis) -> impl Iterator<Item = &AxisValue> {
    axis.values.iter().filter(|value| !value.retired)
}

/// Every combination of current values of some axes, in their order.
fn combined(axes: &[Axis]) -> Vec<Cell> {
    let mut cells = vec![Cell::new()];
    for axis in axes {
        cells = cells
            .iter()
            .flat_map(|cell| {
                current(axis).map(|value| {
                    let mut cell = cell.clone();
                    cell.insert(axis.id.clone(), value.id.clone());
                    cell
                })
            })
            .collect();
    }
    cells
}
