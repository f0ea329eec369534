//! Workbooks of any length in constant memory: rows go to a temporary file, then the finished workbook is given out.

use std::fs::{self, File};
use std::io::{BufWriter, Read, Seek};
use std::path::PathBuf;

use chrono::NaiveDate;
use rust_xlsxwriter::{ColNum, Format, FormatAlign, RowNum, Workbook, Worksheet, XlsxError};

use crate::domain::problem::Problem;
use crate::domain::sheet::{Cell, Style, Words, is_like_formula};
use crate::domain::time::Instant;
use crate::http::export::cell::Head;

/// Rows of one sheet below its header; a sheet ends at row 1,048,576.
const ROWS_PER_SHEET: RowNum = 1_048_575;

/// Characters one cell takes.
const CELL_LENGTH: usize = 32_767;

/// Bytes of the finished workbook given at a time.
const PIECE: u64 = 256 * 1024;

/// Days from the spreadsheet's epoch to 1970-01-01.
const UNIX_EPOCH_DAYS: f64 = 25_569.0;
const MICROS_PER_DAY: f64 = 86_400_000_000.0;

/// Spreadsheets count a day too many before this one: they hold 1900 for a leap year.
const FIRST_SAFE_DAY: NaiveDate = match NaiveDate::from_ymd_opt(1900, 3, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// What a sheet tells of the others.
const ABOUT: Words = Words::fixed("about", "说明", "About");

/// A workbook being written, one sheet after the other.
pub struct Sheets {
    workbook: Workbook,
    style: Style,
    formats: Formats,
    title: String,
    heads: Vec<Head>,
    /// Sheets of the table being written.
    parts: usize,
    next_row: RowNum,
    rows_per_sheet: RowNum,
}

/// How cells look.
struct Formats {
    head: Format,
    day: Format,
    instant: Format,
    /// Text that would turn into a formula once somebody edits it.
    quoted: Format,
}

impl Sheets {
    pub fn new(style: Style) -> Self {
        Self {
            workbook: Workbook::new(),
            style,
            formats: Formats {
                head: Format::new()
                    .set_bold()
                    .set_text_wrap()
                    .set_align(FormatAlign::Top),
                day: Format::new().set_num_format("yyyy-mm-dd"),
                instant: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss.000"),
                quoted: Format::new().set_quote_prefix(),
            },
            title: String::new(),
            heads: Vec::new(),
            parts: 0,
            next_row: 0,
            rows_per_sheet: ROWS_PER_SHEET,
        }
    }

    /// Begins a table on a sheet of its own.
    pub fn begin(&mut self, title: &Words, heads: &[Head]) -> Result<(), Problem> {
        self.end_sheet().map_err(Problem::internal)?;
        self.title = title.in_style(self.style).to_owned();
        self.heads = heads.to_vec();
        self.parts = 0;
        self.begin_sheet().map_err(Problem::internal)
    }

    /// Adds a row; a full sheet is followed by another with the same header.
    pub fn row(&mut self, cells: Vec<Cell>) -> Result<(), Problem> {
        if self.next_row > self.rows_per_sheet {
            self.end_sheet().map_err(Problem::internal)?;
            self.begin_sheet().map_err(Problem::internal)?;
        }
        self.write_row(cells).map_err(Problem::internal)
    }

    /// Adds what the workbook says of itself, line by line.
    pub fn about(&mut self, lines: Vec<[Cell; 2]>) -> Result<(), Problem> {
        let heads = [
            (Words::fixed("item", "项目", "Item"), 24),
            (Words::fixed("value", "内容", "Value"), 80),
        ];
        self.begin(&ABOUT, &heads.map(|(words, width)| Head { words, width }))?;
        lines.into_iter().try_for_each(|line| self.row(line.into()))
    }

    fn begin_sheet(&mut self) -> Result<(), XlsxError> {
        self.parts += 1;
        let name = match self.parts {
            1 => self.title.clone(),
            number => format!("{} {number}", self.title),
        };
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?.set_freeze_panes(1, 0)?;
        for (column, head) in (0..).zip(&self.heads) {
            sheet.set_column_width(column, f64::from(head.width))?;
            sheet.write_string_with_format(0, column, head.words.in_style(self.style), &self.formats.head)?;
        }
        self.next_row = 1;
        Ok(())
    }

    /// What can be said of a sheet only once its length is known.
    fn end_sheet(&mut self) -> Result<(), XlsxError> {
        let columns = ColNum::try_from(self.heads.len()).unwrap_or(ColNum::MAX);
        if let (Some(last), Some(column)) = (self.next_row.checked_sub(1), columns.checked_sub(1)) {
            let sheets = self.workbook.worksheets_mut();
            if let Some(sheet) = sheets.last_mut() {
                sheet.autofilter(0, 0, last, column)?;
            }
        }
        Ok(())
    }

    fn write_row(&mut self, cells: Vec<Cell>) -> Result<(), XlsxError> {
        let row = self.next_row;
        if let Some(sheet) = self.workbook.worksheets_mut().last_mut() {
            for (column, cell) in (0..).zip(cells) {
                write_cell(sheet, (row, column), cell, &self.formats, self.style)?;
            }
        }
        self.next_row += 1;
        Ok(())
    }

    /// Closes the workbook.
    pub fn finish(mut self) -> Result<Finished, Problem> {
        self.end_sheet().map_err(Problem::internal)?;
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
    formats: &Formats,
    style: Style,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => {}
        Cell::Text(words) => {
            let words = shortened(words);
            if is_like_formula(&words) {
                sheet.write_string_with_format(row, column, words, &formats.quoted)?;
            } else {
                sheet.write_string(row, column, words)?;
            }
        }
        Cell::Words(words) => {
            sheet.write_string(row, column, words.in_style(style))?;
        }
        Cell::Integer(number) => {
            // Positions and counts stay far below 2^53, from where on a spreadsheet rounds.
            sheet.write_number(row, column, number as f64)?;
        }
        Cell::Day(date) if date < FIRST_SAFE_DAY => {
            sheet.write_string(row, column, date.to_string())?;
        }
        Cell::Day(date) => {
            let serial = serial(Instant::end_of_day(date)).floor();
            sheet.write_number_with_format(row, column, serial, &formats.day)?;
        }
        Cell::Instant(at) => {
            sheet.write_number_with_format(row, column, serial(at), &formats.instant)?;
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

    use super::*;
    use crate::domain::text::Language;

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
        let head = |id, zh, width| Head {
            words: Words::fixed(id, zh, id),
            width,
        };
        let mut sheets = Sheets::new(Style::Labels(Language::Chinese));
        let heads = [head("position", "位置", 10), head("title", "名称", 40)];
        sheets
            .begin(&Words::fixed("audit", "审计记录", "Audit"), &heads)
            .unwrap();
        sheets
    }

    #[test]
    fn a_full_sheet_is_followed_by_another() {
        let mut sheets = sheets();
        sheets.rows_per_sheet = 2;
        for number in 1..=5 {
            let cells = vec![Cell::Integer(number), Cell::text(format!("第 {number} 行"))];
            sheets.row(cells).unwrap();
        }
        sheets
            .about(vec![[Cell::text("行数"), Cell::Integer(5)]])
            .unwrap();
        let workbook = bytes(sheets);
        let names = part(&workbook, "xl/workbook.xml");
        for name in ["审计记录", "审计记录 2", "审计记录 3", "说明"] {
            assert!(names.contains(&format!("name=\"{name}\"")), "{names}");
        }
        let last = part(&workbook, "xl/worksheets/sheet3.xml");
        for found in [
            "第 5 行",
            "名称",
            "state=\"frozen\"",
            "<autoFilter ref=\"A1:B2\"/>",
        ] {
            assert!(last.contains(found), "{found} in {last}");
        }
    }

    #[test]
    fn text_is_never_a_formula_and_days_are_days() {
        let mut sheets = sheets();
        let day = NaiveDate::from_ymd_opt(2022, 1, 1).unwrap();
        let cells = vec![Cell::Day(day), Cell::text("=HYPERLINK(\"http://example.org\")")];
        sheets.row(cells).unwrap();
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
