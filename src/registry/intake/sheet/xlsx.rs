//! Workbooks of other people's making: cells are read one by one, and nothing is believed about how many there are.

use std::io::{Cursor, Read};

use calamine::{Data, DataRef, ExcelDateTime, Reader, SheetVisible, Xlsx};
use chrono::NaiveDate;
use zip::ZipArchive;

use super::{MAX_COLUMNS, MAX_ROWS, Refusal, too_many_columns, too_many_rows};
use crate::domain::sheet::{Grid, GridRow, Header, Raw};
use crate::text;

/// What all parts of a workbook may hold unpacked.
const MAX_UNPACKED: u64 = 128 * 1024 * 1024;

const MAX_PARTS: usize = 500;
const MAX_SHEETS: usize = 50;

/// The last row a cell may stand in, blank rows between the others included.
const LAST_ROW: u32 = 100_000;

/// The sheet with a table in it, and the names of all others.
pub fn read(bytes: &[u8]) -> Result<(Grid, Vec<String>), Refusal> {
    check_size(bytes)?;
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    let sheets = workbook.sheets_metadata().iter();
    let visible = sheets.filter(|sheet| sheet.visible == SheetVisible::Visible);
    let names: Vec<String> = visible.map(|sheet| sheet.name.clone()).collect();
    if names.len() > MAX_SHEETS {
        let detail = text!("最多 {MAX_SHEETS} 个工作表", "at most {MAX_SHEETS} sheets");
        return Err(Refusal::too_large("too_many_sheets", detail));
    }
    let mut first = None;
    for name in &names {
        let grid = read_sheet(&mut workbook, name)?;
        let others = || names.iter().filter(|other| *other != name).cloned().collect();
        if Header::find(&grid).is_some() {
            return Ok((grid, others()));
        }
        first.get_or_insert_with(|| (grid, others()));
    }
    Ok(first.unwrap_or_default())
}

/// Unpacks everything once to nowhere: what a part says of its own size need not be true.
fn check_size(bytes: &[u8]) -> Result<(), Refusal> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    if archive.len() > MAX_PARTS {
        return Err(bomb());
    }
    let mut left = MAX_UNPACKED;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|error| broken(&error))?;
        let unpacked = std::io::copy(&mut part.take(left + 1), &mut std::io::sink());
        left = unpacked
            .map_err(|error| broken(&error))
            .and_then(|unpacked| left.checked_sub(unpacked).ok_or_else(bomb))?;
    }
    Ok(())
}

fn bomb() -> Refusal {
    let most = MAX_UNPACKED / 1024 / 1024;
    Refusal::too_large(
        "too_large_unpacked",
        text!(
            "工作簿解压后超过 {most} MiB",
            "the workbook holds more than {most} MiB unpacked"
        ),
    )
}

fn broken(error: &dyn std::fmt::Display) -> Refusal {
    Refusal::new(
        "not_a_workbook",
        text!("不是 XLSX 工作簿：{error}", "not an XLSX workbook: {error}"),
    )
}

fn read_sheet(workbook: &mut Xlsx<Cursor<&[u8]>>, name: &str) -> Result<Grid, Refusal> {
    let mut cells = workbook
        .worksheet_cells_reader(name)
        .map_err(|error| broken(&error))?;
    let mut rows: Vec<GridRow> = Vec::new();
    while let Some(cell) = cells.next_cell().map_err(|error| broken(&error))? {
        let (row, column) = cell.get_position();
        let raw = raw(cell.get_value());
        if raw.is_blank() {
            continue;
        }
        let (number, column) = (row + 1, usize::try_from(column).unwrap_or(usize::MAX));
        if column >= MAX_COLUMNS {
            return Err(too_many_columns(column + 1));
        }
        if rows.last().is_none_or(|last| last.number != number) {
            rows.push(GridRow {
                number,
                cells: Vec::new(),
            });
        }
        if number > LAST_ROW || rows.len() > MAX_ROWS + 1 {
            return Err(too_many_rows());
        }
        if let Some(last) = rows.last_mut() {
            last.cells.resize(last.cells.len().max(column + 1), Raw::Empty);
            if let Some(place) = last.cells.get_mut(column) {
                *place = raw;
            }
        }
    }
    Ok(Grid {
        sheet: name.to_owned(),
        rows,
    })
}

fn raw(value: &DataRef) -> Raw {
    match Data::from(value.clone()) {
        Data::Empty => Raw::Empty,
        Data::String(words) | Data::DateTimeIso(words) | Data::DurationIso(words) => Raw::Text(words),
        Data::Int(number) => Raw::Number(number as f64),
        Data::Float(number) => Raw::Number(number),
        Data::Bool(flag) => Raw::Flag(flag),
        Data::DateTime(moment) => day(&moment).map_or(Raw::Number(moment.as_f64()), Raw::Day),
        Data::Error(error) => Raw::Failed(error.to_string()),
    }
}

/// The day of a moment; a length of time has none.
fn day(moment: &ExcelDateTime) -> Option<NaiveDate> {
    if !moment.is_datetime() {
        return None;
    }
    let (year, month, day, ..) = moment.to_ymd_hms_milli();
    NaiveDate::from_ymd_opt(year.into(), month.into(), day.into())
}
