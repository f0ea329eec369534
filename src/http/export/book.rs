//! A workbook of several small tables.

use crate::domain::problem::Problem;
use crate::domain::sheet::{Cell, Words};
use crate::http::document::Document;
use crate::http::export::cell::Head;
use crate::http::export::file_name;
use crate::http::export::forms::{BYTE_ORDER_MARK, write_record};
use crate::http::export::layout::Layout;
use crate::http::export::xlsx::Sheets;
use crate::http::negotiate::Format;
use crate::registry::moment::Moment;

/// A table with its cells.
pub struct Sheet {
    pub title: Words,
    pub heads: Vec<Head>,
    pub rows: Vec<Vec<Cell>>,
}

/// All sheets as a workbook; of CSV, which has one table only, the last.
pub fn book(layout: &Layout, sheets: Vec<Sheet>, moment: &Moment) -> Result<Document, Problem> {
    let Some(last) = sheets.last() else {
        return Err(Problem::internal("a workbook without sheets"));
    };
    let name = file_name::header(layout, &last.title, moment.position);
    let body = if layout.format == Format::Xlsx {
        workbook(layout, sheets, moment)?
    } else {
        csv(layout, last)?
    };
    let mut document = Document::of(layout.format.media_type(), body);
    document.headers.extend(name);
    Ok(document)
}

fn workbook(layout: &Layout, sheets: Vec<Sheet>, moment: &Moment) -> Result<Vec<u8>, Problem> {
    let mut written = Sheets::new(layout.style);
    let mut about = Vec::new();
    for Sheet { title, heads, rows } in sheets {
        written.begin(&title, &heads)?;
        about = layout.about(&title, moment.position, Some(moment), rows.len() as u64);
        rows.into_iter().try_for_each(|row| written.row(row))?;
    }
    written.about(about)?;
    let mut finished = written.finish()?;
    let mut body = Vec::new();
    while finished.give(&mut body)? {}
    Ok(body)
}

fn csv(layout: &Layout, sheet: &Sheet) -> Result<Vec<u8>, Problem> {
    let mut body = Vec::new();
    if layout.bom {
        body.extend_from_slice(BYTE_ORDER_MARK);
    }
    let style = layout.style;
    let headings = sheet
        .heads
        .iter()
        .map(|head| head.words.in_style(style).to_owned());
    write_record(&mut body, headings)?;
    for row in &sheet.rows {
        write_record(&mut body, row.iter().cloned().map(|cell| cell.plain(style)))?;
    }
    Ok(body)
}
