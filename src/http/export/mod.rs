//! Answers of any size in constant memory: rows are read page by page at a pinned position, written in the form asked
//! for, and sent piece by piece. Between two pieces no connection to the database is held, however slow the client.

mod archive;
mod cell;
mod forms;
mod stream;
mod xlsx;

pub use archive::Archive;
pub use cell::{Cell, Column, harmless};
pub use forms::{Closing, Layout};
pub use stream::{Pieces, send};

use forms::Form;

use actix_web::HttpResponse;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use serde::Serialize;

use crate::domain::problem::Problem;
use crate::http::answer::LOG_POSITION;
use crate::http::document::Document;
use crate::http::negotiate::{Encoding, Format};
use crate::http::state::State;
use crate::store::pool::Snapshot;

/// Where the rows of an export come from.
pub trait Source: Send + 'static {
    type Row: Serialize + 'static;

    /// The columns of a row in forms that are tables.
    fn columns() -> &'static [Column<Self::Row>];

    /// What a sheet of such rows is called.
    fn title() -> &'static str;

    /// The next rows; none when there are no more.
    fn next(&mut self, snapshot: &mut Snapshot) -> Result<Vec<Self::Row>, Problem>;

    /// The position all rows are read at.
    fn position(&self) -> i64;
}

/// All rows of a source in one answer.
pub async fn whole<S: Source>(
    state: &State,
    source: S,
    layout: Layout,
    encoding: Encoding,
) -> Result<HttpResponse, Problem> {
    // A workbook is packed already.
    let encoding = if layout.format == Format::Xlsx {
        Encoding::Identity
    } else {
        encoding
    };
    let headers: Vec<(HeaderName, HeaderValue)> = vec![
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::VARY, HeaderValue::from_static("Accept, Accept-Encoding")),
        (LOG_POSITION, HeaderValue::from(source.position())),
    ];
    let export = Export {
        form: Some(Form::new(&layout, S::columns(), S::title())?),
        count: 0,
        begun: false,
        source,
    };
    send(state, layout.format.media_type(), headers, encoding, export).await
}

/// Some rows of a source as one page.
pub fn page<S: Source>(layout: &Layout, rows: &[S::Row], closing: &Closing) -> Result<Document, Problem> {
    let mut form = Form::new(layout, S::columns(), S::title())?;
    let mut body = Vec::new();
    form.begin(&mut body)?;
    form.rows(rows, &mut body)?;
    while form.end(closing, &mut body)? {}
    Ok(Document::of(layout.format.media_type(), body))
}

/// A source on its way into a form.
struct Export<S: Source> {
    source: S,
    /// Gone once its end is written.
    form: Option<Form<S::Row>>,
    count: u64,
    begun: bool,
}

impl<S: Source> Pieces for Export<S> {
    fn next(&mut self, snapshot: &mut Snapshot) -> Result<Option<Vec<u8>>, Problem> {
        let Some(form) = &mut self.form else {
            return Ok(None);
        };
        let mut piece = Vec::new();
        if !self.begun {
            self.begun = true;
            form.begin(&mut piece)?;
        }
        let rows = self.source.next(snapshot)?;
        self.count += rows.len() as u64;
        form.rows(&rows, &mut piece)?;
        if rows.is_empty() {
            let closing = Closing::end(self.source.position(), self.count);
            let more = form.end(&closing, &mut piece)?;
            if !more {
                self.form = None;
            }
        }
        Ok(Some(piece))
    }
}
