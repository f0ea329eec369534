//! Tables: CSV and workbooks, read as the service reads them.

use serde_json::{Map, Value, json};

use super::{List, Record};
use crate::domain::sheet::{CellFault, Grid, Raw};
use crate::domain::text::Text;
use crate::registry::intake::sheet::{self, Kind};

/// The rows of a table, and the headings of columns that were passed over.
pub fn read(bytes: &[u8], kind: &Kind, list: &List) -> Result<(Vec<Record>, Vec<String>), Text> {
    let sheet = sheet::open(bytes, kind).map_err(|refusal| refusal.detail)?;
    match list {
        List::Ours => contents(sheet),
        List::At(_) => Ok((foreign(&sheet.grid), Vec::new())),
    }
}

/// Rows under headings of ours, as contents with the entry's id.
fn contents(sheet: sheet::Sheet) -> Result<(Vec<Record>, Vec<String>), Text> {
    let grid = sheet.grid.clone();
    let rows = sheet.rows(None).map_err(|refusal| refusal.detail)?;
    let raw = |row: u32, place: usize| {
        let row = grid.rows.iter().find(|found| found.number == row);
        row.and_then(|row| row.cells.get(place)).unwrap_or(&Raw::Empty)
    };
    let records = rows.edits.iter().map(|edit| {
        let mut content = edit.onto(None);
        if let Value::Object(members) = &mut content {
            members.extend(edit.id.map(|id| ("id".to_owned(), json!(id))));
            for fault in &edit.faults {
                leave(members, fault, raw(edit.row, fault.place));
            }
        }
        Record {
            row: usize::try_from(edit.row).unwrap_or_default(),
            value: content,
        }
    });
    let headings = rows.header.headings.iter();
    let passed_over = headings.filter(|heading| heading.column.is_none());
    Ok((
        records.collect(),
        passed_over.map(|heading| heading.words.clone()).collect(),
    ))
}

/// What is not understood stays as it is written: the registry says what is wrong with it.
fn leave(members: &mut Map<String, Value>, fault: &CellFault, raw: &Raw) {
    let words = Value::from(raw.words());
    match fault.pointer.trim_start_matches('/').split_once('/') {
        Some((outer, inner)) => {
            let outer = members.entry(outer).or_insert_with(|| json!({}));
            if let Value::Object(outer) = outer {
                outer.insert(inner.to_owned(), words);
            }
        }
        None if fault.pointer == "/elements" => {
            members.insert("elements".to_owned(), json!([words]));
        }
        None => {
            members.insert(fault.pointer.trim_start_matches('/').to_owned(), words);
        }
    }
}

/// Rows under headings of others, as objects of texts; empty cells are left out, columns of one name become a list.
fn foreign(grid: &Grid) -> Vec<Record> {
    let Some((header, rows)) = grid.rows.split_first() else {
        return Vec::new();
    };
    let names: Vec<String> = header.cells.iter().map(Raw::words).collect();
    let records = rows.iter().map(|row| {
        let mut members = Map::new();
        let cells = names.iter().zip(&row.cells);
        for (name, cell) in cells.filter(|(name, cell)| !name.is_empty() && !cell.is_blank()) {
            add(&mut members, name, cell.words());
        }
        Record {
            row: usize::try_from(row.number).unwrap_or_default(),
            value: Value::Object(members),
        }
    });
    records.collect()
}

fn add(members: &mut Map<String, Value>, name: &str, cell: String) {
    match members.get_mut(name) {
        None => {
            members.insert(name.to_owned(), cell.into());
        }
        Some(Value::Array(cells)) => cells.push(cell.into()),
        Some(first) => *first = vec![first.take(), cell.into()].into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: Kind = Kind::Csv { charset: None };

    fn rows(records: Vec<Record>) -> Vec<(usize, Value)> {
        records
            .into_iter()
            .map(|record| (record.row, record.value))
            .collect()
    }

    #[test]
    fn a_row_as_people_write_it_becomes_content() {
        let csv = "number,title,origin,level,published_on,issued_by,elements,claimed_status,replaces,validity,placement,备注\n\
                   DB3702/T 12-2021,社区食堂,自建,地方,2021/5/4,市场监管局；民政局,设施建设; process,现行,DB3702/T 3-2010,x,subsystem=老有颐养 dimension=process,y\n";
        let (records, passed_over) = read(csv.as_bytes(), &CSV, &List::Ours).unwrap();
        assert_eq!(passed_over, ["备注"]);
        assert_eq!(
            rows(records),
            [(
                2,
                json!({
                    "number": "DB3702/T 12-2021", "title": "社区食堂", "origin": "self_built", "level": "local",
                    "published_on": "2021-05-04", "issued_by": ["市场监管局", "民政局"],
                    "elements": ["facilities", "process"], "claimed_status": {"value": "in_force"},
                    "relations": [{"type": "replaces", "target": {"number": "DB3702/T 3-2010"}}],
                    "placements": [{"framework": "qingdao", "cell": {"subsystem": "老有颐养", "dimension": "process"}}],
                })
            )]
        );
    }

    #[test]
    fn what_is_not_understood_stays_for_the_registry_to_refuse() {
        let csv = "title,level,published_on,claimed_status\n一,县级,去年,也许\n";
        let (records, _) = read(csv.as_bytes(), &CSV, &List::Ours).unwrap();
        assert_eq!(
            rows(records)[0].1,
            json!({"title": "一", "level": "县级", "published_on": "去年", "claimed_status": {"value": "也许"}})
        );
    }

    #[test]
    fn a_foreign_table_keeps_its_own_headings() {
        let csv = "标题,甲,甲\n一,a,b\n,,\n二,,c\n";
        let (records, _) = read(csv.as_bytes(), &CSV, &List::At("")).unwrap();
        assert_eq!(
            rows(records),
            [
                (2, json!({"标题": "一", "甲": ["a", "b"]})),
                (4, json!({"标题": "二", "甲": "c"})),
            ]
        );
    }
}
