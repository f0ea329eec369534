//! CSV as spreadsheets save it: UTF-8 or GB 18030, between commas, semicolons or tabs.

use csv::{ByteRecord, ReaderBuilder};
use encoding_rs::{Encoding, GB18030, UTF_8};

use super::{MAX_COLUMNS, MAX_ROWS, Refusal, too_many_columns, too_many_rows};
use crate::domain::sheet::{Grid, GridRow, Header, Raw, unguarded};
use crate::text;

const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// Reads a file; `charset` is what its sender calls its encoding, if anything.
pub fn read(bytes: &[u8], charset: Option<&str>) -> Result<Grid, Refusal> {
    let words = decoded(bytes, charset)?;
    let mut best: Option<(usize, Grid)> = None;
    for delimiter in DELIMITERS {
        let grid = split(&words, delimiter)?;
        let known = Header::find(&grid).map_or(0, |header| header.known());
        // Where nothing is known either way, commas are meant.
        if best.as_ref().is_none_or(|(most, _)| known > *most) {
            best = Some((known, grid));
        }
    }
    Ok(best.map(|(_, grid)| grid).unwrap_or_default())
}

/// A mark at the beginning decides, then what the sender says. Else UTF-8, and what is no UTF-8 is GB 18030, which
/// Chinese spreadsheets write.
fn decoded(bytes: &[u8], charset: Option<&str>) -> Result<String, Refusal> {
    let named = charset.map(|charset| Encoding::for_label(charset.as_bytes()));
    let tried: Vec<&Encoding> = match (Encoding::for_bom(bytes), named) {
        (Some((marked, _)), _) => vec![marked],
        (None, Some(Some(named))) => vec![named],
        (None, Some(None)) => {
            let charset = charset.unwrap_or_default();
            let detail = text!("未知的字符编码「{charset}」", "unknown encoding \"{charset}\"");
            return Err(Refusal::new("unknown_encoding", detail));
        }
        (None, None) => vec![UTF_8, GB18030],
    };
    for encoding in tried {
        let (words, had_errors) = encoding.decode_with_bom_removal(bytes);
        if !had_errors {
            return Ok(words.into_owned());
        }
    }
    Err(Refusal::new(
        "not_text",
        text!(
            "文件既不是 UTF-8 也不是 GB 18030 编码的文本",
            "the file is text neither in UTF-8 nor in GB 18030"
        ),
    ))
}

fn split(words: &str, delimiter: u8) -> Result<Grid, Refusal> {
    let bytes = words.as_bytes();
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(bytes);
    let mut rows = Vec::new();
    let mut record = ByteRecord::new();
    let mut number = 0;
    loop {
        let start = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
        let more = reader.read_byte_record(&mut record).map_err(|error| {
            let detail = text!("CSV 有误：{error}", "the CSV is broken: {error}");
            Refusal::new("malformed_csv", detail)
        })?;
        if !more {
            break;
        }
        number += 1 + blank_lines(bytes, start);
        if record.len() > MAX_COLUMNS {
            return Err(too_many_columns(record.len()));
        }
        let cells = record.iter().map(cell);
        let row = GridRow {
            number,
            cells: cells.collect(),
        };
        if !row.is_blank() {
            rows.push(row);
        }
        if rows.len() > MAX_ROWS + 1 {
            return Err(too_many_rows());
        }
    }
    Ok(Grid {
        sheet: String::new(),
        rows,
    })
}

fn cell(bytes: &[u8]) -> Raw {
    // The whole was decoded before.
    let words = String::from_utf8_lossy(bytes);
    if words.is_empty() {
        return Raw::Empty;
    }
    Raw::Text(unguarded(&words).to_owned())
}

/// Lines without anything, which the reader passes over and a spreadsheet counts.
fn blank_lines(bytes: &[u8], start: usize) -> u32 {
    let is_break = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let (before, after) = bytes.split_at(start.min(bytes.len()));
    let before = before.iter().rev().take_while(|byte| is_break(byte)).count();
    let begin = start.saturating_sub(before);
    let end = start + after.iter().take_while(|byte| is_break(byte)).count();
    let stretch = bytes.get(begin..end).unwrap_or_default();
    let feeds = stretch.iter().filter(|byte| **byte == b'\n').count();
    let breaks = if feeds > 0 { feeds } else { stretch.len() };
    // The first break ends the row before.
    let own = usize::from(begin > 0);
    u32::try_from(breaks.saturating_sub(own)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn rows(grid: &Grid) -> Vec<(u32, Vec<String>)> {
        let rows = grid.rows.iter();
        rows.map(|row| (row.number, row.cells.iter().map(Raw::words).collect()))
            .collect()
    }

    #[rstest]
    fn every_encoding_and_separator_of_a_spreadsheet_is_read(
        #[values("UTF-8", "UTF-8 mark", "GB 18030", "UTF-16")] encoding: &str,
        #[values(",", ";", "\t")] separator: &str,
    ) {
        let words = ["编号,名称", "GB 1-2020,\"养老,;\t机构\""]
            .map(|line| line.replacen(',', separator, 1))
            .join("\r\n");
        let bytes = match encoding {
            "UTF-8" => words.into_bytes(),
            "UTF-8 mark" => format!("\u{feff}{words}").into_bytes(),
            "GB 18030" => GB18030.encode(&words).0.into_owned(),
            _ => [0xFEFF]
                .into_iter()
                .chain(words.encode_utf16())
                .flat_map(u16::to_le_bytes)
                .collect(),
        };
        let grid = read(&bytes, None).unwrap();
        assert_eq!(
            rows(&grid),
            [
                (1, vec!["编号".to_owned(), "名称".to_owned()]),
                (2, vec!["GB 1-2020".to_owned(), "养老,;\t机构".to_owned()]),
            ]
        );
    }

    #[rstest]
    fn rows_are_counted_as_a_spreadsheet_does(#[values("\n", "\r\n")] end: &str) {
        let words = ["", "编号,名称", "", "1,\"两行", "标题\"", ",,", "", "", "2,b", ""].join(end);
        let numbers: Vec<u32> = rows(&read(words.as_bytes(), None).unwrap())
            .into_iter()
            .map(|(number, _)| number)
            .collect();
        assert_eq!(numbers, [2, 4, 8]);
    }

    #[test]
    fn what_is_no_text_is_refused() {
        assert_eq!(read(b"\xff\xff\xff", None).unwrap_err().code, "not_text");
        assert_eq!(read(b"a", Some("klingon")).unwrap_err().code, "unknown_encoding");
        let latin = read(b"number,title\nGB 1-2020,caf\xe9", Some("windows-1252")).unwrap();
        assert_eq!(rows(&latin)[1].1[1], "café");
    }
}
