//! The forms in which rows are written: JSON, lines of JSON, CSV, workbook.

use serde::Serialize;

use crate::domain::problem::Problem;
use crate::http::export::cell::Column;
use crate::http::export::xlsx::{Finished, Sheets};
use crate::http::negotiate::Format;

/// Spreadsheets take UTF-8 for granted only after this mark.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// How a client wants its rows.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    pub format: Format,
    /// Whether CSV begins with a byte order mark.
    pub bom: bool,
}

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
}

impl Closing {
    pub fn end(position: i64, count: u64) -> Self {
        Self {
            end: true,
            next: None,
            position,
            count,
        }
    }
}

/// A form being written.
pub enum Form<R: 'static> {
    Json {
        any: bool,
    },
    Ndjson,
    Csv {
        columns: &'static [Column<R>],
        bom: bool,
    },
    Xlsx {
        columns: &'static [Column<R>],
        workbook: Workbook,
    },
}

/// First it is gathered, then it is given out.
pub enum Workbook {
    Open(Box<Sheets>),
    Closed(Finished),
    Gone,
}

impl<R: Serialize> Form<R> {
    pub fn new(layout: &Layout, columns: &'static [Column<R>], title: &'static str) -> Result<Self, Problem> {
        Ok(match layout.format {
            Format::Ndjson => Self::Ndjson,
            Format::Csv => Self::Csv {
                columns,
                bom: layout.bom,
            },
            Format::Xlsx => {
                let heads = columns
                    .iter()
                    .map(|column| (column.zh, column.name, column.width));
                Self::Xlsx {
                    columns,
                    workbook: Workbook::Open(Box::new(Sheets::new(title, heads.collect())?)),
                }
            }
            _ => Self::Json { any: false },
        })
    }

    pub fn begin(&mut self, out: &mut Vec<u8>) -> Result<(), Problem> {
        match self {
            Self::Json { .. } => out.extend_from_slice(b"{\"items\":["),
            Self::Csv { columns, bom } => {
                if *bom {
                    out.extend_from_slice(BYTE_ORDER_MARK);
                }
                write_record(out, columns.iter().map(|column| column.name.to_owned()))?;
            }
            Self::Ndjson | Self::Xlsx { .. } => {}
        }
        Ok(())
    }

    pub fn rows(&mut self, rows: &[R], out: &mut Vec<u8>) -> Result<(), Problem> {
        for row in rows {
            match self {
                Self::Json { any } => {
                    if std::mem::replace(any, true) {
                        out.push(b',');
                    }
                    serde_json::to_writer(&mut *out, row).map_err(Problem::internal)?;
                }
                Self::Ndjson => write_line(out, row)?,
                Self::Csv { columns, .. } => {
                    write_record(out, columns.iter().map(|column| (column.cell)(row).plain()))?;
                }
                Self::Xlsx {
                    columns,
                    workbook: Workbook::Open(sheets),
                } => sheets.row(columns.iter().map(|column| (column.cell)(row)))?,
                Self::Xlsx { .. } => {}
            }
        }
        Ok(())
    }

    /// Writes what comes after the last row; true while there is more of it.
    pub fn end(&mut self, closing: &Closing, out: &mut Vec<u8>) -> Result<bool, Problem> {
        match self {
            Self::Json { .. } => {
                let members = serde_json::to_vec(closing).map_err(Problem::internal)?;
                out.extend_from_slice(b"],");
                out.extend_from_slice(members.strip_prefix(b"{").unwrap_or(&members));
            }
            Self::Ndjson => write_line(out, closing)?,
            Self::Csv { .. } => {}
            Self::Xlsx { workbook, .. } => return workbook.give(out),
        }
        Ok(false)
    }
}

impl Workbook {
    fn give(&mut self, out: &mut Vec<u8>) -> Result<bool, Problem> {
        let mut finished = match std::mem::replace(self, Self::Gone) {
            Self::Open(sheets) => sheets.finish()?,
            Self::Closed(finished) => finished,
            Self::Gone => return Ok(false),
        };
        let more = finished.give(out)?;
        if more {
            *self = Self::Closed(finished);
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
