//! What a read answers, before it is dressed for one client.

use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{StatusCode, Uri};
use actix_web::web::Bytes;
use serde::Serialize;

use crate::domain::problem::Problem;
use crate::http::negotiate::Format;
use crate::log::hash::{sha256, to_hex};

/// What the first half of a document's tag says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// The revision of the entry it shows: this tag can be sent as `If-Match`.
    Revision(i64),
    /// The log position it was read at.
    Position(i64),
    /// Nothing but its bytes.
    Bytes,
}

/// A finished representation.
#[derive(Clone, Debug)]
pub struct Document {
    pub status: StatusCode,
    pub media_type: &'static str,
    pub body: Bytes,
    pub tag: Option<Tag>,
    pub headers: Vec<(HeaderName, HeaderValue)>,
    pub immutable: bool,
}

impl Document {
    pub fn json(value: &impl Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_vec(value).map_err(Problem::internal)?;
        Ok(Self::of(Format::Json.media_type(), body))
    }

    /// Bytes that are finished already.
    pub fn of(media_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self {
            status: StatusCode::OK,
            media_type,
            body: body.into(),
            tag: None,
            headers: Vec::new(),
            immutable: false,
        }
    }

    pub fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// It shows one revision of an entry.
    pub fn revision(self, revision: i64) -> Self {
        Self {
            tag: Some(Tag::Revision(revision)),
            ..self
        }
    }

    /// It will never be otherwise: it depends on a position the request named, and nothing in it can be erased.
    pub fn immutable(self) -> Self {
        Self {
            immutable: true,
            ..self
        }
    }

    /// Links to the next page of the list asked for, if there is one.
    pub fn leading_on(self, line: &Uri, cursor: Option<&str>) -> Self {
        let Some(cursor) = cursor else {
            return self;
        };
        let query = line.query().unwrap_or_default().split('&');
        let kept = query.filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
        let cursor = format!("cursor={cursor}");
        let query: Vec<&str> = kept.chain([cursor.as_str()]).collect();
        let next = format!("<{}?{}>; rel=\"next\"", line.path(), query.join("&"));
        self.header(header::LINK, &next)
    }

    /// Adds a header; a value that no header can carry is left out.
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }
}

/// What stands between the quotes of an ETag, without an encoding: `3.0123456789ab`.
pub fn opaque_tag(tag: Tag, body: &[u8]) -> String {
    let mut variant = to_hex(&sha256(body));
    variant.truncate(VARIANT_DIGITS);
    match tag {
        Tag::Revision(number) | Tag::Position(number) => format!("{number}.{variant}"),
        Tag::Bytes => variant,
    }
}

const VARIANT_DIGITS: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_names_what_is_shown_and_its_bytes() {
        assert_eq!(opaque_tag(Tag::Revision(3), b"{}"), "3.44136fa355b3");
        assert_eq!(opaque_tag(Tag::Bytes, b"{}"), "44136fa355b3");
    }
}
