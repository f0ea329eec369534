//! Standards as rows of a table: which columns there are, how a value is written in a cell and read from one.
//!
//! One vocabulary for both ways, so that what was written out, edited and read in again says what it said.

mod cell;
mod column;
mod phrase;
mod place;
mod relation;
mod titles;
mod write;

pub use cell::{Cell, Style, Words, is_like_formula, unguarded};
pub use column::{COLUMNS, Column, Holds};
pub use titles::Titles;
pub use write::{Row, cells};
