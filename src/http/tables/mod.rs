//! Resources that are no lists of standards, as tables.

pub mod changes;
pub mod divisions;
pub mod frameworks;
pub mod matrix;
pub mod relations;
pub mod revisions;

use crate::http::negotiate::Format;

/// The formats of what can be shown as a table.
pub const FORMATS: &[Format] = &[Format::Json, Format::Ndjson, Format::Csv, Format::Xlsx];
