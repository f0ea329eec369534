//! Lists of entries as lines.

use crate::domain::problem::Problem;
use crate::http::document::Document;
use crate::http::export::write_line;
use crate::http::negotiate::Format;
use crate::registry::read::view::EntryView;

/// One entry a line.
pub fn ndjson(entries: &[EntryView]) -> Result<Document, Problem> {
    let mut lines = Vec::new();
    for entry in entries {
        write_line(&mut lines, entry)?;
    }
    Ok(Document::of(Format::Ndjson.media_type(), lines))
}
