//! Workbooks of any length in constant memory: rows go to a temporary file, then the finished workbook is given out.

use std::fs::{self, File};
use std::io::{BufWriter, Read, Seek};
use std::path::PathBuf;

use rust_xlsxwriter::{ColNum, Format, FormatAlign, RowNum, Workbook, Worksheet, XlsxError};

use crate::domain::problem::Problem;
use crate::domain::time::Instant;
use crate::http::export::cell::Cell;

/// Rows of one sheet below its header; a sheet ends at row 1,048,576.
const ROWS_PER_SHEET: RowNum = 1_048_575;

/// Characters one cell takes.
const CELL_LENGTH: usize = 32_767;

/// Bytes of the finished workbook given at a time.
const PIECE: u64 = 256 * 1024;

/// Days from the spreadsheet's epoch to 1970-01-01.
const UNIX_EPOCH_DAYS: f64 = 25_569.0;
const MICROS_PER_DAY: f64 = 86_400_000_000.0;

/// A workbook being written, one sheet after the other.
pub struct Sheets {
    workbook: Workbook,
    title: &'static str,
    /// Chinese, API name, width in characters.
    heads: Vec<(&'static str, &'static str, u8)>,
    sheets: usize,
    next_row: RowNum,
    rows_per_sheet: RowNum,
    day: Format,
    instant: Format,
}

impl Sheets {
    pub fn new(title: &'static str, heads: Vec<(&'static str, &'static str, u8)>) -> Result<Self, Problem> {
        let mut sheets = Self {
            workbook: Workbook::new(),
            title,
            heads,
            sheets: 0,
            next_row: 0,
            rows_per_sheet: ROWS_PER_SHEET,
            day: Format::new().set_num_format("yyyy-mm-dd"),
            instant: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss.000"),
        };
        sheets.begin_sheet().map_err(Problem::internal)?;
        Ok(sheets)
    }

    /// Adds a row; a full sheet is followed by another with the same header.
    pub fn row(&mut self, cells: impl Iterator<Item = Cell>) -> Result<(), Problem> {
        if self.next_row > self.rows_per_sheet {
            self.begin_sheet().map_err(Problem::internal)?;
        }
        self.write_row(cells).map_err(Problem::internal)
    }

    fn begin_sheet(&mut self) -> Result<(), XlsxError> {
        let head = Format::new()
            .set_bold()
            .set_text_wrap()
            .set_align(FormatAlign::Top);
        self.sheets += 1;
        let name = match self.sheets {
            1 => self.title.to_owned(),
            number => format!("{} {number}", self.title),
        };
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?.set_freeze_panes(1, 0)?;
        for (column, (zh, api, width)) in (0..).zip(&self.heads) {
            sheet.set_column_width(column, f64::from(*width))?;
            sheet.write_string_with_format(0, column, format!("{zh}\n{api}"), &head)?;
        }
        self.next_row = 1;
        Ok(())
    }

    fn write_row(&mut self, cells: impl Iterator<Item = Cell>) -> Result<(), XlsxError> {
        let row = self.next_row;
        let sheet = self.workbook.worksheet_from_index(self.sheets - 1)?;
        for (column, cell) in (0..).zip(cells) {
            write_cell(sheet, (row, column), cell, (&self.day, &self.instant))?;
        }
        self.next_row += 1;
        Ok(())
    }

    /// Closes the workbook.
    pub fn finish(mut self) -> Result<Finished, Problem> {
        let mut finished = Finished::create()?;
        let file = BufWriter::new(&mut finished.file);
        self.workbook.save_to_writer(file).map_err(Problem::internal)?;
        finished.file.rewind().map_err(Problem::internal)?;
        Ok(finished)
    }
}

/// Text is written as text, never as a formula, whatever it begins with.
fn write_cell(
    sheet: &mut Worksheet,
    (row, column): (RowNum, ColNum),
    cell: Cell,
    (day, instant): (&Format, &Format),
) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => {}
        Cell::Text(words) => {
            sheet.write_string(row, column, shortened(words))?;
        }
        Cell::Integer(number) => {
            // Positions and counts stay far below 2^53, from where on a spreadsheet rounds.
            sheet.write_number(row, column, number as f64)?;
        }
        Cell::Day(date) => {
            let serial = serial(Instant::end_of_day(date)).floor();
            sheet.write_number_with_format(row, column, serial, day)?;
        }
        Cell::Instant(at) => {
            sheet.write_number_with_format(row, column, serial(at), instant)?;
        }
    }
    Ok(())
}

/// A spreadsheet knows no zones: instants are shown as the clock in Shanghai shows them.
fn serial(instant: Instant) -> f64 {
    const SHANGHAI_MICROS: i64 = 8 * 3600 * 1_000_000;
    (instant.0 + SHANGHAI_MICROS) as f64 / MICROS_PER_DAY + UNIX_EPOCH_DAYS
}

/// What a cell cannot hold is cut, and says so.
fn shortened(words: String) -> String {
    if words.len() <= CELL_LENGTH {
        return words;
    }
    let mut units = 0;
    let kept = words.chars().take_while(|c| {
        units += c.len_utf16();
        units < CELL_LENGTH
    });
    let kept: String = kept.collect();
    if kept.len() == words.len() {
        words
    } else {
        format!("{kept}…")
    }
}

/// A finished workbook in a temporary file, which goes with it.
pub struct Finished {
    file: File,
    path: PathBuf,
}

impl Finished {
    fn create() -> Result<Self, Problem> {
        let name = format!("standards-registry-{}.xlsx", uuid::Uuid::now_v7());
        let path = std::env::temp_dir().join(name);
        let mut options = File::options();
        options.read(true).write(true).create_new(true);
        // What not everybody may read stays so on its way through the folder everybody shares.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(Problem::internal)?;
        Ok(Self { file, path })
    }

    /// Gives the next piece; false when it was the last.
    pub fn give(&mut self, out: &mut Vec<u8>) -> Result<bool, Problem> {
        let given = (&mut self.file).take(PIECE).read_to_end(out);
        Ok(given.map_err(Problem::internal)? > 0)
    }
}

impl Drop for Finished {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "a temporary file stays behind");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use chrono::NaiveDate;

    use super::*;

    fn part(workbook: &[u8], name: &str) -> String {
        let mut archive = zip::ZipArchive::new(Cursor::new(workbook)).unwrap();
        let mut text = String::new();
        archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    fn bytes(sheets: Sheets) -> Vec<u8> {
        let mut finished = sheets.finish().unwrap();
        let mut bytes = Vec::new();
        while finished.give(&mut bytes).unwrap() {}
        let path = finished.path.clone();
        drop(finished);
        assert!(!path.exists());
        bytes
    }

    fn sheets() -> Sheets {
        Sheets::new("审计记录", vec![("位置", "position", 10), ("名称", "title", 40)]).unwrap()
    }

    #[test]
    fn a_full_sheet_is_followed_by_another() {
        let mut sheets = sheets();
        sheets.rows_per_sheet = 2;
        for number in 1..=5 {
            let cells = [Cell::Integer(number), Cell::text(format!("第 {number} 行"))];
            sheets.row(cells.into_iter()).unwrap();
        }
        let workbook = bytes(sheets);
        let names = part(&workbook, "xl/workbook.xml");
        for name in ["审计记录", "审计记录 2", "审计记录 3"] {
            assert!(names.contains(&format!("name=\"{name}\"")), "{names}");
        }
        let last = part(&workbook, "xl/worksheets/sheet3.xml");
        assert!(
            last.contains("第 5 行") && last.contains("position") && last.contains("state=\"frozen\""),
            "{last}"
        );
    }

    #[test]
    fn text_is_never_a_formula_and_days_are_days() {
        let mut sheets = sheets();
        let day = NaiveDate::from_ymd_opt(2022, 1, 1).unwrap();
        let cells = [Cell::Day(day), Cell::text("=HYPERLINK(\"http://example.org\")")];
        sheets.row(cells.into_iter()).unwrap();
        let sheet = part(&bytes(sheets), "xl/worksheets/sheet1.xml");
        assert!(!sheet.contains("<f>"), "{sheet}");
        assert!(sheet.contains("<v>44562</v>"), "{sheet}");
    }

    #[test]
    fn what_a_cell_cannot_hold_is_cut() {
        assert_eq!(shortened("养".repeat(20_000)), "养".repeat(20_000));
        let cut = shortened("养".repeat(40_000));
        assert_eq!(cut.chars().count(), CELL_LENGTH);
        assert!(cut.ends_with('…'));
    }
}
