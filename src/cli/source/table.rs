//! CSV: the first row names the columns.

use serde_json::{Map, Value};

use super::Record;
use crate::domain::text::Text;
use crate::text;

/// Every row as an object of texts; empty cells are left out, columns of one name become a list.
pub fn read(bytes: &[u8]) -> Result<Vec<Record>, Text> {
    let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(bytes);
    let header = reader.headers().map_err(explain)?.clone();
    if let Some(index) = header.iter().position(|name| name.trim().is_empty()) {
        let column = index + 1;
        return Err(text!("第 {column} 列没有列名", "column {column} has no name"));
    }
    let mut records = Vec::new();
    // The header is row 1.
    for (row, cells) in (2..).zip(reader.records()) {
        let cells = cells.map_err(explain)?;
        let mut members = Map::new();
        for (name, cell) in header.iter().zip(&cells) {
            let cell = unguarded(cell.trim());
            if !cell.is_empty() {
                add(&mut members, name.trim(), cell);
            }
        }
        // Spreadsheets leave rows of nothing but separators at the end.
        if !members.is_empty() {
            records.push(Record {
                row,
                value: Value::Object(members),
            });
        }
    }
    Ok(records)
}

fn add(members: &mut Map<String, Value>, name: &str, cell: &str) {
    match members.get_mut(name) {
        None => {
            members.insert(name.to_owned(), cell.into());
        }
        Some(Value::Array(cells)) => cells.push(cell.into()),
        Some(first) => *first = vec![first.take(), cell.into()].into(),
    }
}

/// Our tables keep a spreadsheet from running a cell by an apostrophe before it; the value has none.
fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
        _ => cell,
    }
}

fn explain(error: csv::Error) -> Text {
    let line = error.position().map_or(0, csv::Position::line);
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => text!(
            "第 {line} 行不是 UTF-8；请在表格软件中另存为「CSV UTF-8」",
            "line {line} is not UTF-8; save it as \"CSV UTF-8\" in the spreadsheet"
        ),
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => text!(
            "第 {line} 行有 {len} 格，列名有 {expected_len} 个",
            "line {line} has {len} cells, the header {expected_len}"
        ),
        _ => text!("{error}", "{error}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_are_counted_as_a_spreadsheet_does() {
        let bytes = "title,keywords,placement,placement\r\n\
                     \"两行\n标题\",,a,\r\n\
                     ,,,\r\n\
                     二,'=x,a,b\r\n";
        let rows: Vec<_> = read(bytes.as_bytes())
            .unwrap()
            .into_iter()
            .map(|r| (r.row, r.value))
            .collect();
        assert_eq!(
            rows,
            [
                (2, json!({"title": "两行\n标题", "placement": "a"})),
                (
                    4,
                    json!({"title": "二", "keywords": "=x", "placement": ["a", "b"]})
                ),
            ]
        );
    }

    #[test]
    fn a_ragged_table_is_refused_with_its_line() {
        let refused = read(b"title,number\na,b\nc\n").unwrap_err();
        assert_eq!(refused.en, "line 3 has 1 cells, the header 2");
        assert_eq!(read(b"title,\na,b\n").unwrap_err().en, "column 2 has no name");
    }
}
