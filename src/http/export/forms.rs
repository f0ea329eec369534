//! The forms in which rows are written: JSON, lines of JSON, CSV, workbook.

use serde::Serialize;

use crate::domain::problem::Problem;
use crate::http::export::cell::Table;
use crate::http::export::layout::Layout;
use crate::http::export::xlsx::{Finished, Sheets};
use crate::http::negotiate::Format;
use crate::registry::moment::Moment;

/// Spreadsheets take UTF-8 for granted only after this mark.
pub const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// What stands after the rows. Lines of JSON end in it, so that one without it was cut off.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Closing {
    /// Whether these were the last rows.
    pub end: bool,
    /// The cursor of the next page; null at the end.
    #[schema(required)]
    pub next: Option<String>,
    /// The log position all rows were read at.
    #[schema(example = 812)]
    pub position: i64,
    /// How many rows this answer holds.
    #[schema(example = 50)]
    pub count: u64,
    /// The day on which validity was judged, where it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    pub valid_at: Option<String>,
}

impl Closing {
    pub fn end(position: i64, count: u64) -> Self {
        Self {
            end: true,
            next: None,
            position,
            count,
            valid_at: None,
        }
    }
}

/// A form being written.
pub struct Form<R> {
    layout: Layout,
    table: Table<R>,
    moment: Option<Moment>,
    progress: Progress,
}

/// How far it has come.
enum Progress {
    Json { any: bool },
    Ndjson,
    Csv,
    Gathering(Box<Sheets>),
    Giving(Finished),
    Done,
}

impl<R: Serialize + 'static> Form<R> {
    pub fn new(layout: Layout, table: Table<R>, moment: Option<Moment>) -> Self {
        let progress = match layout.format {
            Format::Ndjson => Progress::Ndjson,
            Format::Csv => Progress::Csv,
            Format::Xlsx => Progress::Gathering(Box::new(Sheets::new(layout.style))),
            _ => Progress::Json { any: false },
        };
        Self {
            layout,
            table,
            moment,
            progress,
        }
    }

    pub fn begin(&mut self, out: &mut Vec<u8>) -> Result<(), Problem> {
        let style = self.layout.style;
        match &mut self.progress {
            Progress::Json { .. } => out.extend_from_slice(b"{\"items\":["),
            Progress::Csv => {
                if self.layout.bom {
                    out.extend_from_slice(BYTE_ORDER_MARK);
                }
                write_record(out, self.table.headings(style))?;
            }
            Progress::Gathering(sheets) => sheets.begin(&self.table.title, &self.table.heads)?,
            Progress::Ndjson | Progress::Giving(_) | Progress::Done => {}
        }
        Ok(())
    }

    pub fn rows(&mut self, rows: &[R], out: &mut Vec<u8>) -> Result<(), Problem> {
        let style = self.layout.style;
        for row in rows {
            match &mut self.progress {
                Progress::Json { any } => {
                    if std::mem::replace(any, true) {
                        out.push(b',');
                    }
                    serde_json::to_writer(&mut *out, row).map_err(Problem::internal)?;
                }
                Progress::Ndjson => write_line(out, row)?,
                Progress::Csv => {
                    let cells = self.table.cells(row).into_iter();
                    write_record(out, cells.map(|cell| cell.plain(style)))?;
                }
                Progress::Gathering(sheets) => sheets.row(self.table.cells(row))?,
                Progress::Giving(_) | Progress::Done => {}
            }
        }
        Ok(())
    }

    /// Writes what comes after the last row; true while there is more of it.
    pub fn end(&mut self, closing: &Closing, out: &mut Vec<u8>) -> Result<bool, Problem> {
        match std::mem::replace(&mut self.progress, Progress::Done) {
            Progress::Json { .. } => {
                let members = serde_json::to_vec(closing).map_err(Problem::internal)?;
                out.extend_from_slice(b"],");
                out.extend_from_slice(members.strip_prefix(b"{").unwrap_or(&members));
                Ok(false)
            }
            Progress::Ndjson => {
                write_line(out, closing)?;
                Ok(false)
            }
            Progress::Csv | Progress::Done => Ok(false),
            Progress::Gathering(mut sheets) => {
                let title = &self.table.title;
                let (position, moment) = (closing.position, self.moment.as_ref());
                sheets.about(self.layout.about(title, position, moment, closing.count))?;
                self.give(sheets.finish()?, out)
            }
            Progress::Giving(finished) => self.give(finished, out),
        }
    }

    fn give(&mut self, mut finished: Finished, out: &mut Vec<u8>) -> Result<bool, Problem> {
        let more = finished.give(out)?;
        if more {
            self.progress = Progress::Giving(finished);
        }
        Ok(more)
    }
}

/// One value a line.
pub fn write_line(out: &mut Vec<u8>, value: &impl Serialize) -> Result<(), Problem> {
    serde_json::to_writer(&mut *out, value).map_err(Problem::internal)?;
    out.push(b'\n');
    Ok(())
}

/// One row, RFC 4180.
pub fn write_record(out: &mut Vec<u8>, cells: impl Iterator<Item = String>) -> Result<(), Problem> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(out);
    writer.write_record(cells).map_err(Problem::internal)?;
    writer.flush().map_err(Problem::internal)
}
