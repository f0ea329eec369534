//! How pages are put on the wire: one JSON document, lines, or events.

use serde::Serialize;

use crate::domain::problem::Problem;
use crate::http::document::Document;
use crate::http::negotiate::Format;
use crate::registry::feed::line::Line;
use crate::registry::feed::{Closing, Page};

/// One page as an answer of its own.
pub fn document<N: Serialize>(page: &Page<N>, format: Format) -> Result<Document, Problem> {
    let body = match format {
        Format::Ndjson => ndjson(page, true)?,
        _ => json(page)?,
    };
    Ok(Document::of(format.media_type(), body))
}

/// `{"items": […], …closing}`.
fn json<N: Serialize>(page: &Page<N>) -> Result<Vec<u8>, Problem> {
    let mut body = Vec::with_capacity(size_of_lines(&page.lines));
    body.extend_from_slice(b"{\"items\":[");
    for (index, line) in page.lines.iter().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        body.extend_from_slice(&line.json);
    }
    body.extend_from_slice(b"],");
    // The closing's own members follow the items.
    body.extend(closing(&page.closing)?.into_iter().skip(1));
    Ok(body)
}

/// One item a line and, where the answer ends here, a line that says so.
pub fn ndjson<N: Serialize>(page: &Page<N>, closes: bool) -> Result<Vec<u8>, Problem> {
    let mut body = Vec::with_capacity(size_of_lines(&page.lines));
    for line in &page.lines {
        body.extend_from_slice(&line.json);
        body.push(b'\n');
    }
    if closes {
        body.extend(closing(&page.closing)?);
        body.push(b'\n');
    }
    Ok(body)
}

/// `event: change` for each item; `event: end` when the reader has caught up.
pub fn events<N: Serialize + std::fmt::Display>(page: &Page<N>) -> Result<Vec<u8>, Problem> {
    const AROUND: usize = 64;
    let mut body = Vec::with_capacity(size_of_lines(&page.lines) + page.lines.len() * AROUND);
    for line in &page.lines {
        event(&mut body, line.cursor.as_ref(), "change", &line.json);
    }
    if page.closing.end {
        let closing = closing(&page.closing)?;
        event(&mut body, page.closing.next.as_ref(), "end", &closing);
    }
    Ok(body)
}

fn event(body: &mut Vec<u8>, id: Option<&impl std::fmt::Display>, name: &str, data: &[u8]) {
    if let Some(id) = id {
        body.extend_from_slice(format!("id: {id}\n").as_bytes());
    }
    body.extend_from_slice(format!("event: {name}\ndata: ").as_bytes());
    // JSON holds no bare line ends, so its data is one line.
    body.extend_from_slice(data);
    body.extend_from_slice(b"\n\n");
}

fn closing<N: Serialize>(closing: &Closing<N>) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(closing).map_err(Problem::internal)
}

fn size_of_lines(lines: &[Line]) -> usize {
    const CLOSING: usize = 512;
    CLOSING + lines.iter().map(|line| line.json.len() + 1).sum::<usize>()
}
