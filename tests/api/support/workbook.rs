//! Workbooks as a spreadsheet by others reads them.

use std::io::{Cursor, Read};

use calamine::{Data, Reader, Xlsx};

use super::Answer;

pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// One sheet, cell by cell.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub name: String,
    pub heads: Vec<String>,
    pub rows: Vec<Vec<Data>>,
}

impl Sheet {
    /// The cell under a heading, in the row with these words in some other cell.
    #[track_caller]
    pub fn cell(&self, row: usize, head: &str) -> &Data {
        let column = self.heads.iter().position(|name| name == head);
        let column = column.unwrap_or_else(|| panic!("no {head} in {:?}", self.heads));
        &self.rows[row][column]
    }

    /// A cell as words.
    #[track_caller]
    pub fn words(&self, row: usize, head: &str) -> String {
        self.cell(row, head).to_string()
    }
}

/// The sheets of a workbook, in order.
#[track_caller]
pub fn sheets(answer: &Answer) -> Vec<Sheet> {
    assert_eq!(answer.header("Content-Type").as_deref(), Some(XLSX));
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(answer.body.clone())).unwrap();
    let names = workbook.sheet_names();
    let sheets = names.into_iter().map(|name| {
        let formulas = workbook.worksheet_formula(&name).unwrap();
        assert!(
            formulas.used_cells().all(|(_, _, formula)| formula.is_empty()),
            "{name}"
        );
        let range = workbook.worksheet_range(&name).unwrap();
        let mut rows: Vec<Vec<Data>> = range.rows().map(<[Data]>::to_vec).collect();
        let heads = rows.remove(0).iter().map(ToString::to_string).collect();
        Sheet { name, heads, rows }
    });
    sheets.collect()
}

/// A part of a workbook as it is stored.
#[track_caller]
pub fn part(answer: &Answer, name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(&answer.body)).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

/// A workbook of one sheet, as somebody saves it who edited these cells.
pub fn saved(sheet: &Sheet) -> Vec<u8> {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let written = workbook.add_worksheet();
    written.set_name(&sheet.name).unwrap();
    let day = rust_xlsxwriter::Format::new().set_num_format("yyyy/m/d");
    for (column, head) in (0..).zip(&sheet.heads) {
        written.write_string(0, column, head).unwrap();
    }
    for (row, cells) in (1..).zip(&sheet.rows) {
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Data::Empty => {}
                Data::Float(number) => {
                    written.write_number(row, column, *number).unwrap();
                }
                Data::DateTime(moment) => {
                    written
                        .write_number_with_format(row, column, moment.as_f64(), &day)
                        .unwrap();
                }
                other => {
                    written.write_string(row, column, other.to_string()).unwrap();
                }
            }
        }
    }
    workbook.save_to_buffer().unwrap()
}
