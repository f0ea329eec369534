//! From JSON to changes: the one reading of write bodies, shared by every way in.

pub mod body;
pub mod bulk;
pub mod push;
pub mod redaction;
pub mod sheet;
