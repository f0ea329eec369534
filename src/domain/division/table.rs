//! The embedded table of divisions. A row that cannot be read is left out; a test proves there is none.

use chrono::NaiveDate;
use csv::StringRecord;

use super::Division;
use crate::domain::time::parse_date;

/// Reads `code,name,name_en,parent,valid_from,valid_to,successors,kind`.
pub(super) fn read(table: &str) -> Vec<Division> {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let records = reader.records().filter_map(Result::ok);
    records.filter_map(|record| read_row(&record)).collect()
}

fn read_row(record: &StringRecord) -> Option<Division> {
    let text = |column: usize| {
        record
            .get(column)
            .filter(|words| !words.is_empty())
            .map(str::to_owned)
    };
    Some(Division {
        code: text(0)?,
        name: text(1)?,
        name_en: text(2),
        parent: text(3),
        valid_from: date(record.get(4)?)?,
        valid_to: date(record.get(5)?)?,
        successors: record.get(6)?.split_terminator(';').map(str::to_owned).collect(),
        zone: zone(record.get(7)?)?,
    })
}

/// Nothing for a malformed cell, `Some(None)` for an empty one.
fn date(cell: &str) -> Option<Option<NaiveDate>> {
    if cell.is_empty() {
        return Some(None);
    }
    parse_date(cell).map(Some)
}

fn zone(cell: &str) -> Option<bool> {
    match cell {
        "" => Some(false),
        "zone" => Some(true),
        _ => None,
    }
}
