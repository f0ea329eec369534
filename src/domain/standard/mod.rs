//! Standards: what an entry says of one, how it is read into normal form, and where it stands on a day.
//!
//! Content has one form. Absent means unset, defaults are written, numbers are canonical, sets are sorted; so equal
//! content has equal bytes, and a write that changes nothing is seen to change nothing.

mod content;
mod identity;
mod limits;
mod place;
mod read;
mod relation;
mod renumber;
mod target;
pub mod validity;

pub use self::content::{ClaimedStatus, StandardContent};
pub use self::place::Placement;
pub use self::read::read;
pub use self::relation::{Relation, RelationTarget};
pub use self::renumber::merge;
pub use self::target::{Document, Target};

#[cfg(test)]
mod tests;
