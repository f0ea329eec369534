//! The matrix of a framework: how many rows stand in each cell, and in none.
//!
//! Every cell is listed, empty ones too, since an empty cell is a finding; only cells of retired values are left out
//! once nothing stands in them. A row counts once in every cell it stands in, and once in each margin and in the
//! total, so these may be below the sum of their cells.

mod grid;
mod share;
mod tally;

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::framework::content::{Axis, FrameworkContent};
use crate::terms;
use tally::Tally;

terms! {
    /// What the rows of a cell can be broken down by.
    pub enum Breakdown = "by" {
        Origin "origin" "来源" "Origin",
        Level "level" "级别" "Level",
        Supply "supply" "供给" "Supply",
        Validity "validity" "时效" "Validity",
    }
}

/// One placement of one row, or a row that has none; a row with several placements comes several times.
#[derive(Clone, Copy, Debug)]
pub struct Counted<'r> {
    /// What tells one row from another.
    pub entry: i64,
    /// Its canonical number.
    pub number: Option<&'r str>,
    /// Axis → value. What is not a cell of the framework counts as unplaced.
    pub cell: Option<&'r BTreeMap<String, String>>,
    pub origin: Option<&'r str>,
    pub level: Option<&'r str>,
    pub supply: Option<&'r str>,
    pub validity: Option<&'r str>,
}

/// How many rows stand where in a framework.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Matrix)]
pub struct Matrix {
    /// The axes in order, without retired values that hold no rows.
    pub axes: Vec<Axis>,
    /// Every cell, in the order of the axes and their values.
    pub cells: Vec<MatrixCell>,
    /// Every single value, and with three axes every pair of values, in the same order. One axis has none.
    pub margins: Vec<MatrixCell>,
    /// The rows that stand in any cell.
    pub total: MatrixCount,
    /// The rows that stand in none.
    pub unplaced: MatrixCount,
}

/// The rows in one cell, or in all cells that share some values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MatrixCell)]
pub struct MatrixCell {
    #[schema(example = json!({"subsystem": "幼有善育", "dimension": "opportunity"}))]
    pub cell: BTreeMap<String, String>,
    #[serde(flatten)]
    pub count: MatrixCount,
}

/// A number of rows, and what they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MatrixCount)]
pub struct MatrixCount {
    pub rows: u64,
    /// Rows of one canonical number count once, rows without a number each.
    pub distinct: u64,
    pub by: MatrixShares,
}

/// The breakdowns asked for; each adds up to `rows`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MatrixShares)]
pub struct MatrixShares {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Vec<MatrixShare>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<Vec<MatrixShare>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supply: Option<Vec<MatrixShare>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validity: Option<Vec<MatrixShare>>,
}

/// How many rows have one value; values that no row has are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MatrixShare)]
pub struct MatrixShare {
    /// `null` for rows that have none: a planned standard has no validity.
    #[schema(required)]
    pub value: Option<String>,
    pub count: u64,
}

impl Matrix {
    /// Counts rows in every cell of a framework.
    pub fn count<'r>(
        framework: &FrameworkContent,
        rows: impl IntoIterator<Item = Counted<'r>>,
        by: &[Breakdown],
    ) -> Self {
        let mut tally = Tally::new(&framework.axes, by);
        for row in rows {
            tally.add(&row);
        }
        let every_axis: Vec<usize> = (0..framework.axes.len()).collect();
        let cells = tally.group_by(&every_axis);
        let margins = margins(framework.axes.len());
        let margins: Vec<_> = margins.iter().flat_map(|axes| tally.group_by(axes)).collect();
        let axes = framework.axes.iter().map(|axis| listed(axis, &cells)).collect();
        Self {
            axes,
            cells,
            margins,
            total: tally.placed(),
            unplaced: tally.unplaced(),
        }
    }
}

/// The sets of axes that margins are drawn along: each by itself, with three axes each pair as well.
/// Pairs of more axes than three are so many that nobody reads them.
fn margins(axes: usize) -> Vec<Vec<usize>> {
    let singles = (0..axes).map(|axis| vec![axis]);
    match axes {
        0 | 1 => Vec::new(),
        3 => singles.chain([vec![0, 1], vec![0, 2], vec![1, 2]]).collect(),
        _ => singles.collect(),
    }
}

/// An axis with the values that any listed cell has.
fn listed(axis: &Axis, cells: &[MatrixCell]) -> Axis {
    let holds_rows = |value: &str| {
        cells
            .iter()
            .any(|cell| cell.cell.get(&axis.id).is_some_and(|v| v == value))
    };
    let mut axis = axis.clone();
    let values = std::mem::take(&mut axis.values);
    axis.values = values
        .into_iter()
        .filter(|value| !value.retired || holds_rows(&value.id))
        .collect();
    axis
}
