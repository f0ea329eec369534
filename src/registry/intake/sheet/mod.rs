//! Files of spreadsheets: bytes become a grid, a grid becomes rows that say what they want of entries.

mod csv;
pub mod push;
mod xlsx;

use crate::domain::problem::{Problem, ProblemType};
use crate::domain::sheet::{Edit, Grid, Header, Holds, read};
use crate::domain::text::{Language, Text};
use crate::text;

/// How many rows one sheet may hold.
pub const MAX_ROWS: usize = 10_000;

const MAX_COLUMNS: usize = 300;

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Csv {
        /// The encoding its sender names.
        charset: Option<String>,
    },
    Xlsx,
}

/// Why a file as a whole cannot be read.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub code: &'static str,
    pub detail: Text,
    is_too_large: bool,
}

/// A file, read.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub grid: Grid,
    /// Sheets that were not looked at.
    pub others: Vec<String>,
}

/// A sheet whose columns are known.
#[derive(Clone, Debug)]
pub struct Rows {
    pub name: String,
    pub others: Vec<String>,
    pub header: Header,
    pub edits: Vec<Edit>,
}

/// Reads a file into cells.
pub fn open(bytes: &[u8], kind: &Kind) -> Result<Sheet, Refusal> {
    let (grid, others) = match kind {
        Kind::Csv { charset } => (csv::read(bytes, charset.as_deref())?, Vec::new()),
        Kind::Xlsx => xlsx::read(bytes)?,
    };
    Ok(Sheet { grid, others })
}

impl Sheet {
    /// Reads every row under the header, for the catalogue of `owner`. Rows that show withdrawn entries ask for nothing.
    pub fn rows(self, owner: Option<&str>) -> Result<Rows, Refusal> {
        let header = Header::find(&self.grid).ok_or_else(no_header)?;
        refuse_repeated(&header)?;
        let below = self.grid.rows.iter().skip(header.index + 1);
        let edits = below.map(|row| read::row(row, &header, owner));
        Ok(Rows {
            edits: edits.filter(|edit| !edit.withdrawn).collect(),
            name: self.grid.sheet,
            others: self.others,
            header,
        })
    }
}

impl Refusal {
    fn new(code: &'static str, detail: Text) -> Self {
        Self {
            code,
            detail,
            is_too_large: false,
        }
    }

    fn too_large(code: &'static str, detail: Text) -> Self {
        Self {
            is_too_large: true,
            ..Self::new(code, detail)
        }
    }

    /// As the answer to a request.
    pub fn into_problem(self, language: Language) -> Problem {
        let kind = if self.is_too_large {
            ProblemType::PayloadTooLarge
        } else {
            ProblemType::InvalidContent
        };
        let error = serde_json::json!({
            "pointer": "", "code": self.code, "detail": self.detail.in_language(language),
        });
        Problem::new(kind, self.detail).with("errors", vec![error])
    }
}

fn no_header() -> Refusal {
    Refusal::new(
        "no_header",
        text!(
            "前 20 行中没有表头：须有「编号」「名称」「条目标识」「外部标识」之一（number、title、id、external_id）",
            "no header in the first 20 rows: it names at least one of number, title, id, external_id"
        ),
    )
}

/// Two columns of one field contradict each other; places may have as many columns as they like.
fn refuse_repeated(header: &Header) -> Result<(), Refusal> {
    let mut seen = Vec::new();
    for (_, column) in header.named() {
        if seen.contains(&column.name) && column.holds != Holds::Places {
            let (zh, name) = (column.zh, column.name);
            let detail = text!("有两列「{zh}」（{name}）", "two columns are both \"{name}\"");
            return Err(Refusal::new("repeated_column", detail));
        }
        seen.push(column.name);
    }
    Ok(())
}

fn too_many_rows() -> Refusal {
    Refusal::too_large(
        "too_many_rows",
        text!("一个工作表最多 {MAX_ROWS} 行", "a sheet may hold {MAX_ROWS} rows"),
    )
}

fn too_many_columns(found: usize) -> Refusal {
    Refusal::too_large(
        "too_many_columns",
        text!(
            "最多 {MAX_COLUMNS} 列，现有 {found} 列",
            "at most {MAX_COLUMNS} columns, found {found}"
        ),
    )
}
