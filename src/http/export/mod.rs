//! Answers of any size in constant memory: rows are read page by page at a pinned position, written in the form asked
//! for, and sent piece by piece. Between two pieces no connection to the database is held, however slow the client.

mod archive;
mod book;
mod cell;
mod file_name;
mod forms;
mod layout;
mod stream;
mod xlsx;

pub use archive::Archive;
pub use book::{Sheet, book};
pub use cell::{Cell, Column, Head, Table};
pub use forms::Closing;
pub use layout::Layout;
pub use stream::{Pieces, send};

use forms::{Form, write_line};

use actix_web::HttpResponse;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use serde::Serialize;

use crate::domain::problem::Problem;
use crate::domain::sheet::Words;
use crate::http::answer::{AS_OF, LOG_POSITION, VALID_AT};
use crate::http::document::Document;
use crate::http::negotiate::{Encoding, Format};
use crate::http::state::State;
use crate::registry::moment::Moment;
use crate::store::pool::Snapshot;

/// Where the rows of an export come from.
pub trait Source: Send + 'static {
    type Row: Serialize + 'static;

    /// What a sheet of such rows is called, and in an identifier's words the file.
    const TITLE: Words;

    /// The columns of a row in forms that are tables.
    fn columns() -> &'static [Column<Self::Row>];

    /// The next rows; none when there are no more.
    fn next(&mut self, snapshot: &mut Snapshot) -> Result<Vec<Self::Row>, Problem>;

    /// The position all rows are read at.
    fn position(&self) -> i64;

    /// The moment they speak of, where that is one.
    fn moment(&self) -> Option<Moment> {
        None
    }
}

/// All rows of a source in one answer.
pub async fn whole<S: Source>(
    state: &State,
    source: S,
    layout: Layout,
    encoding: Encoding,
) -> Result<HttpResponse, Problem> {
    let table = Table::of(S::TITLE, S::columns());
    whole_table(state, source, table, layout, encoding).await
}

/// All rows of a source as another table than its own columns make.
pub async fn whole_table<S: Source>(
    state: &State,
    source: S,
    table: Table<S::Row>,
    layout: Layout,
    encoding: Encoding,
) -> Result<HttpResponse, Problem> {
    let format = layout.format;
    // A workbook is packed already.
    let encoding = if format == Format::Xlsx {
        Encoding::Identity
    } else {
        encoding
    };
    let mut headers: Vec<(HeaderName, HeaderValue)> = vec![
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::VARY,
            HeaderValue::from_static("Accept, Accept-Encoding, Accept-Language"),
        ),
        (LOG_POSITION, HeaderValue::from(source.position())),
    ];
    if let Some(moment) = source.moment() {
        let times = [
            (AS_OF, moment.as_of.to_rfc3339()),
            (VALID_AT, moment.valid_at.to_string()),
        ];
        for (name, time) in times {
            headers.extend(HeaderValue::try_from(time).ok().map(|time| (name, time)));
        }
    }
    headers.extend(file_name::header(&layout, &table.title, source.position()));
    let export = Export {
        form: Some(Form::new(layout, table, source.moment())),
        count: 0,
        begun: false,
        source,
    };
    send(state, format.media_type(), headers, encoding, export).await
}

/// Some rows of a source as one page.
pub fn page<S: Source>(layout: &Layout, rows: &[S::Row], closing: &Closing) -> Result<Document, Problem> {
    let table = Table::of(S::TITLE, S::columns());
    page_of(layout, table, None, rows, closing)
}

/// Some rows as one page.
pub fn page_of<R: Serialize + 'static>(
    layout: &Layout,
    table: Table<R>,
    moment: Option<Moment>,
    rows: &[R],
    closing: &Closing,
) -> Result<Document, Problem> {
    let name = file_name::header(layout, &table.title, closing.position);
    let mut form = Form::new(layout.clone(), table, moment);
    let mut body = Vec::new();
    form.begin(&mut body)?;
    form.rows(rows, &mut body)?;
    while form.end(closing, &mut body)? {}
    let mut document = Document::of(layout.format.media_type(), body);
    document.headers.extend(name);
    Ok(document)
}

/// Rows line by line.
pub fn lines(rows: &[impl Serialize]) -> Result<Document, Problem> {
    let mut lines = Vec::new();
    rows.iter().try_for_each(|row| write_line(&mut lines, row))?;
    Ok(Document::of(Format::Ndjson.media_type(), lines))
}

/// What a resource shows: its JSON, or its rows as a table.
pub fn document<R: Serialize + 'static>(
    layout: &Layout,
    shown: &impl Serialize,
    table: Table<R>,
    moment: &Moment,
    rows: &[R],
) -> Result<Document, Problem> {
    if layout.format == Format::Json {
        return Document::json(shown);
    }
    listing(layout, table, moment, rows)
}

/// Rows that are at hand, all of them, as a table or line by line.
pub fn listing<R: Serialize + 'static>(
    layout: &Layout,
    table: Table<R>,
    moment: &Moment,
    rows: &[R],
) -> Result<Document, Problem> {
    let closing = Closing::end(moment.position, rows.len() as u64);
    page_of(layout, table, Some(*moment), rows, &closing)
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
            let closing = Closing {
                valid_at: self.source.moment().map(|moment| moment.valid_at.to_string()),
                ..Closing::end(self.source.position(), self.count)
            };
            let more = form.end(&closing, &mut piece)?;
            if !more {
                self.form = None;
            }
        }
        Ok(Some(piece))
    }
}
