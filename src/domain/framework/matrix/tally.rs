//! Counting rows in cells. Rows, standards and cells become small integers first: sorting pairs of those is what
//! makes counting a hundred thousand rows a matter of milliseconds.

use std::collections::HashMap;

use crate::domain::framework::content::Axis;
use crate::domain::framework::matrix::grid::Grid;
use crate::domain::framework::matrix::share::Values;
use crate::domain::framework::matrix::{Breakdown, Counted, MatrixCell, MatrixCount, MatrixShares};
use crate::domain::term::Term;

pub(super) struct Tally<'r, 'f> {
    grid: Grid<'f>,
    /// Rows by their id, numbered as they come.
    rows: HashMap<i64, usize>,
    standards: HashMap<Standard<'r>, usize>,
    /// By row: its standard.
    standard_of_row: Vec<usize>,
    /// By row: whether it stands in any cell.
    is_placed: Vec<bool>,
    values: Vec<(Breakdown, Values<'r>)>,
    /// Cell and row.
    places: Vec<(usize, usize)>,
}

/// What counts once: all rows of one number, or a row that has none.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Standard<'r> {
    Numbered(&'r str),
    Numberless(i64),
}

impl<'r, 'f> Tally<'r, 'f> {
    pub fn new(axes: &'f [Axis], by: &[Breakdown]) -> Self {
        let fields = Breakdown::ALL.iter().filter(|field| by.contains(field));
        Self {
            grid: Grid::new(axes),
            rows: HashMap::new(),
            standards: HashMap::new(),
            standard_of_row: Vec::new(),
            is_placed: Vec::new(),
            values: fields.map(|field| (*field, Values::new(*field))).collect(),
            places: Vec::new(),
        }
    }

    pub fn add(&mut self, counted: &Counted<'r>) {
        let row = self.row(counted);
        let Some(cell) = counted.cell.and_then(|cell| self.grid.locate(cell)) else {
            return;
        };
        self.places.push((cell, row));
        if let Some(is_placed) = self.is_placed.get_mut(row) {
            *is_placed = true;
        }
    }

    /// The number of a row, which is noted when it comes for the first time.
    fn row(&mut self, counted: &Counted<'r>) -> usize {
        let next = self.rows.len();
        let row = *self.rows.entry(counted.entry).or_insert(next);
        if row == next {
            let standard = counted
                .number
                .map_or(Standard::Numberless(counted.entry), Standard::Numbered);
            let next = self.standards.len();
            self.standard_of_row
                .push(*self.standards.entry(standard).or_insert(next));
            self.is_placed.push(false);
            for (field, values) in &mut self.values {
                values.push(counted.value(*field));
            }
        }
        row
    }

    /// The rows of every cell along some axes, in order; cells of retired values only where rows stand.
    pub fn group_by(&self, axes: &[usize]) -> Vec<MatrixCell> {
        let grid = self.grid.along(axes);
        let mut placed: Vec<_> = self
            .places
            .iter()
            .map(|(cell, row)| (grid.project(*cell), *row))
            .collect();
        placed.sort_unstable();
        placed.dedup();
        let mut groups = placed.chunk_by(|a, b| a.0 == b.0).peekable();
        let cells = (0..grid.len()).filter_map(|number| {
            let here = |group: &&[(usize, usize)]| group.first().is_some_and(|(cell, _)| *cell == number);
            let group = groups.next_if(here).unwrap_or_default();
            let values = grid.values(number);
            let retired = values.iter().any(|(_, value)| value.retired);
            (!retired || !group.is_empty()).then(|| MatrixCell {
                cell: values
                    .into_iter()
                    .map(|(axis, value)| (axis.id.clone(), value.id.clone()))
                    .collect(),
                count: self.count(group.iter().map(|(_, row)| *row)),
            })
        });
        cells.collect()
    }

    /// The rows that stand in any cell.
    pub fn placed(&self) -> MatrixCount {
        self.count(self.rows_that_are(true))
    }

    /// The rows that stand in none.
    pub fn unplaced(&self) -> MatrixCount {
        self.count(self.rows_that_are(false))
    }

    fn rows_that_are(&self, placed: bool) -> impl Iterator<Item = usize> + Clone {
        let rows = self.is_placed.iter().enumerate();
        rows.filter(move |(_, is_placed)| **is_placed == placed)
            .map(|(row, _)| row)
    }

    /// Counts rows, each of which is given once.
    fn count(&self, rows: impl Iterator<Item = usize> + Clone) -> MatrixCount {
        let mut standards: Vec<usize> = rows
            .clone()
            .filter_map(|row| self.standard_of_row.get(row).copied())
            .collect();
        let row_count = standards.len();
        standards.sort_unstable();
        standards.dedup();
        let mut by = MatrixShares::default();
        for (field, values) in &self.values {
            let shares = Some(values.shares(rows.clone()));
            match field {
                Breakdown::Origin => by.origin = shares,
                Breakdown::Level => by.level = shares,
                Breakdown::Supply => by.supply = shares,
                Breakdown::Validity => by.validity = shares,
            }
        }
        MatrixCount {
            rows: row_count as u64,
            distinct: standards.len() as u64,
            by,
        }
    }
}
