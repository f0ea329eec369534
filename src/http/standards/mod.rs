//! Standards over HTTP.

pub mod list;
pub mod lookup;
pub mod placements;
pub mod query;
pub mod read;
pub mod sheet;
pub mod suggest;
pub mod write;
