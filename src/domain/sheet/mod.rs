//! Standards as rows of a table: which columns there are, how a value is written in a cell and read from one.
//!
//! One vocabulary for both ways, so that what was written out, edited and read in again says what it said.

mod cell;
pub mod change;
mod column;
mod edit;
mod grid;
mod header;
mod locate;
mod phrase;
mod place;
pub mod read;
mod relation;
mod titles;
mod write;

pub use cell::{Cell, Style, Words, guarded, is_like_formula, unguarded};
pub use column::{COLUMNS, Column, Holds};
pub use edit::{CellFault, Edit};
pub use grid::{Grid, GridRow, Raw, letters};
pub use header::{Header, Heading};
pub use titles::Titles;
pub use write::{Row, cells};

#[cfg(test)]
mod tests;
