//! Files of rows: JSON, NDJSON, CSV and workbooks, each row with the place where people find it again.

mod table;

use std::path::Path;

use serde_json::Value;

use crate::cli::Failure;
use crate::domain::json;
use crate::domain::text::Text;
use crate::registry::intake::sheet::Kind;
use crate::text;

/// One row of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// As an editor or a spreadsheet counts: the header of a table is row 1; a JSON list begins with 1.
    pub row: usize,
    pub value: Value,
}

/// A file, read.
#[derive(Debug)]
pub struct Source {
    pub records: Vec<Record>,
    /// Whether it is a table.
    pub is_table: bool,
    /// Headings of columns that are none of ours.
    pub passed_over: Vec<String>,
}

impl Source {
    /// Names what was not read, in case a heading is misspelt.
    pub fn tell_passed_over(&self) {
        if self.passed_over.is_empty() {
            return;
        }
        let names = self.passed_over.join("、");
        let told = text!("未读取的列：{names}", "columns not read: {names}");
        eprintln!("{}", told.in_both());
    }
}

/// Where a JSON document keeps its list.
pub enum List<'l> {
    /// The document itself, or its member `standards`.
    Ours,
    /// A foreign document's list, named by a pointer.
    At(&'l str),
}

/// Reads a file by its extension.
pub fn read(path: &Path, list: &List) -> Result<Source, Failure> {
    let shown = path.display();
    let misuse = |told: Text| Failure::misuse(format!("{shown}: {}", told.in_both()));
    let bytes = std::fs::read(path).map_err(|error| Failure::misuse(format!("{shown}: {error}")))?;
    let extension = path
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default();
    let extension = extension.to_ascii_lowercase();
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let csv = Kind::Csv { charset: None };
    let alone = |records| (records, Vec::new());
    let read = match extension.as_str() {
        "csv" => table::read(&bytes, &csv, list),
        "xlsx" => table::read(&bytes, &Kind::Xlsx, list),
        "json" => read_json(text, list).map(alone),
        "ndjson" | "jsonl" => read_lines(text, list).map(alone),
        _ => Err(text!(
            "只读取 .json、.ndjson、.jsonl、.csv 与 .xlsx 文件",
            "only .json, .ndjson, .jsonl, .csv and .xlsx files are read"
        )),
    };
    let (records, passed_over) = read.map_err(misuse)?;
    if records.is_empty() {
        return Err(misuse(text!("没有任何行", "there are no rows in it")));
    }
    Ok(Source {
        records,
        is_table: matches!(extension.as_str(), "csv" | "xlsx"),
        passed_over,
    })
}

fn read_json(bytes: &[u8], list: &List) -> Result<Vec<Record>, Text> {
    let mut document = parse(bytes, list)?;
    let found = match list {
        List::Ours if document.is_array() => Some(&mut document),
        List::Ours => document.get_mut("standards"),
        List::At(pointer) => document.pointer_mut(pointer),
    };
    let Some(Value::Array(values)) = found.map(Value::take) else {
        return Err(match list {
            List::Ours => text!(
                "应为数组，或含数组 standards 的对象",
                "should be an array, or an object with an array `standards`"
            ),
            List::At(pointer) => text!(
                "映射所指的 {pointer} 处没有数组",
                "there is no array at {pointer}, where the mapping looks for it"
            ),
        });
    };
    let numbered = values.into_iter().zip(1..);
    Ok(numbered.map(|(value, row)| Record { row, value }).collect())
}

fn read_lines(bytes: &[u8], list: &List) -> Result<Vec<Record>, Text> {
    let lines = bytes.split(|byte| *byte == b'\n').zip(1..);
    lines
        .filter(|(line, _)| !line.iter().all(u8::is_ascii_whitespace))
        .map(|(line, row)| match parse(line, list) {
            Ok(value) => Ok(Record { row, value }),
            Err(Text { zh, en }) => Err(text!("第 {row} 行：{zh}", "line {row}: {en}")),
        })
        .collect()
}

/// Our own rows go through the same strict door as a request; of foreign ones only what a mapping takes matters.
fn parse(bytes: &[u8], list: &List) -> Result<Value, Text> {
    match list {
        List::Ours => json::parse(bytes).map_err(|problem| match problem.errors.0.into_iter().next() {
            Some(first) => {
                let place = first.pointer;
                let Text { zh, en } = first.detail;
                text!("{place} {zh}", "{place} {en}")
            }
            None => problem.detail,
        }),
        List::At(_) => serde_json::from_slice(bytes).map_err(|error| text!("{error}", "{error}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read_as(name: &str, bytes: &[u8], list: &List) -> Result<Source, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        read(&file, list)
    }

    fn rows(source: Source) -> Vec<(usize, Value)> {
        source.records.into_iter().map(|r| (r.row, r.value)).collect()
    }

    #[test]
    fn a_list_is_found_where_it_stands() {
        let expected = vec![(1, json!({"title": "一"})), (2, json!({"title": "二"}))];
        let list = r#"[{"title":"一"},{"title":"二"}]"#;
        let ours = format!("\u{feff}{{\"standards\":{list}}}");
        let theirs = format!(r#"{{"data":{{"rows":{list}}}}}"#);
        assert_eq!(
            rows(read_as("a.json", list.as_bytes(), &List::Ours).unwrap()),
            expected
        );
        assert_eq!(
            rows(read_as("a.JSON", ours.as_bytes(), &List::Ours).unwrap()),
            expected
        );
        let there = List::At("/data/rows");
        assert_eq!(
            rows(read_as("a.json", theirs.as_bytes(), &there).unwrap()),
            expected
        );
    }

    #[test]
    fn lines_keep_their_numbers() {
        let source = read_as(
            "a.ndjson",
            b"{\"title\":\"a\"}\n\n{\"title\":\"b\"}\n",
            &List::Ours,
        )
        .unwrap();
        assert_eq!(
            rows(source),
            [(1, json!({"title": "a"})), (3, json!({"title": "b"}))]
        );
    }

    #[test]
    fn what_cannot_be_read_is_misuse_and_says_where() {
        for (name, bytes, reason) in [
            ("a.xls", &b"[]"[..], "only .json"),
            ("a.json", b"[]", "no rows"),
            ("a.json", b"{\"rows\":[]}", "`standards`"),
            ("a.json", b"[{\"a\":1,\"a\":2}]", "/0/a"),
            ("a.ndjson", b"{}\n{\n", "line 2"),
            ("a.csv", b"title\n\xff\xff\n", "UTF-8"),
            ("a.xlsx", b"PK", "XLSX"),
        ] {
            let failure = read_as(name, bytes, &List::Ours).unwrap_err();
            assert_eq!(failure.code, 2);
            assert!(failure.message.contains(reason), "{name}: {}", failure.message);
        }
    }
}
