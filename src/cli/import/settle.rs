//! What rows of one file say about each other: who has a number, and who replaces whom.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::Note;
use super::prepare::{Prepared, Row};
use crate::domain::number;
use crate::domain::term::Term;
use crate::domain::text::Text;
use crate::domain::vocabulary::{Level, RelationType};
use crate::text;

/// Keeps numbers that cannot be read, and those an earlier row has, as they are written; says so.
pub fn numbers(prepared: &mut Prepared) {
    let mut bearers: HashMap<String, usize> = HashMap::new();
    for row in &mut prepared.rows {
        let Some((written, refusal)) = check_number(row, &mut bearers) else {
            continue;
        };
        let (code, detail) = refusal;
        let value = Some(Value::from(written.as_str()));
        prepared
            .notes
            .push(Note::warning(row.row, "/number", code, &detail, value));
        if let Value::Object(members) = &mut row.content {
            members.remove("number");
            members
                .entry("number_as_written")
                .or_insert_with(|| written.into());
        }
    }
}

type Refusal = (&'static str, Text);

fn check_number(row: &Row, bearers: &mut HashMap<String, usize>) -> Option<(String, Refusal)> {
    let written = row.content.get("number")?.as_str()?;
    let canonical = match canonical(&row.content, written) {
        Ok(canonical) => canonical,
        Err(refusal) => return Some((written.to_owned(), refusal)),
    };
    match bearers.get(&canonical) {
        Some(first) => {
            let detail = text!(
                "第 {first} 行已有编号 {canonical}；此行仅保留 number_as_written",
                "row {first} has the number {canonical} already; kept as number_as_written alone"
            );
            Some((written.to_owned(), ("number_taken", detail)))
        }
        None => {
            bearers.insert(canonical, row.row);
            None
        }
    }
}

/// A house number follows no grammar.
fn canonical(content: &Value, written: &str) -> Result<String, Refusal> {
    let level = content.get("level").and_then(Value::as_str);
    if level == Some(Level::Internal.id()) {
        return Ok(number::tidy_house_number(written));
    }
    match number::parse(written) {
        Ok(number) => Ok(number.canonical),
        Err(problem) => {
            let Text { zh, en } = problem.detail;
            let detail = text!(
                "{zh}；仅保留 number_as_written",
                "{en}; kept as number_as_written alone"
            );
            Err((problem.code, detail))
        }
    }
}

/// Finds rows whose external id an earlier row has: neither can be right by itself, so both stay out.
pub fn external_ids(prepared: &mut Prepared) -> Vec<usize> {
    let mut bearers: HashMap<&str, Vec<usize>> = HashMap::new();
    for row in &prepared.rows {
        if let Some(id) = row.content.get("external_id").and_then(Value::as_str) {
            bearers.entry(id.trim()).or_default().push(row.row);
        }
    }
    let mut doubled: Vec<(usize, String)> = bearers
        .into_iter()
        .filter(|(_, rows)| rows.len() > 1)
        .flat_map(|(id, rows)| rows.into_iter().map(move |row| (row, id.to_owned())))
        .collect();
    doubled.sort();
    for (row, id) in &doubled {
        let detail = text!(
            "文件中有多行使用 external_id「{id}」",
            "several rows of the file have the external_id \"{id}\""
        );
        let note = Note::error(
            *row,
            "/external_id",
            "duplicate",
            &detail,
            Some(id.as_str().into()),
        );
        prepared.notes.push(note);
    }
    doubled.into_iter().map(|(row, _)| row).collect()
}

/// States on the newer row that it replaces the older one, where both are in the file.
pub fn successions(prepared: &mut Prepared) {
    let mut places: HashMap<String, usize> = HashMap::new();
    for (place, row) in prepared.rows.iter().enumerate() {
        places.extend(own_number(row).map(|number| (number, place)));
    }
    let mut stated: Vec<(usize, String)> = Vec::new();
    for (place, row) in prepared.rows.iter().enumerate() {
        let older = own_number(row);
        for successor in &row.superseded_by {
            let newer = number::parse(successor)
                .ok()
                .and_then(|number| places.get(&number.canonical));
            match (newer, &older) {
                (Some(newer), Some(older)) if *newer != place => stated.push((*newer, older.clone())),
                (newer, _) => prepared
                    .notes
                    .push(untold(row, successor, newer.is_some(), older.is_some())),
            }
        }
    }
    for (place, older) in stated {
        if let Some(row) = prepared.rows.get_mut(place) {
            replace(&mut row.content, &older);
        }
    }
}

fn own_number(row: &Row) -> Option<String> {
    let written = row.content.get("number")?.as_str()?;
    number::parse(written).ok().map(|number| number.canonical)
}

/// Why a replacement the file tells of is not stated.
fn untold(row: &Row, successor: &str, is_here: bool, has_number: bool) -> Note {
    let (code, detail) = match (is_here, has_number) {
        (false, _) => (
            "successor_not_in_file",
            text!(
                "代替它的 {successor} 不在文件中，代替关系未登记",
                "{successor}, which replaces it, is not in the file; the replacement is not registered"
            ),
        ),
        (true, false) => (
            "replaced_without_number",
            text!(
                "此行没有可用的编号，{successor} 对它的代替未登记",
                "the row has no number of its own to say that {successor} replaces it"
            ),
        ),
        (true, true) => (
            "replaces_itself",
            text!("{successor} 就是此行自身", "{successor} is this very row"),
        ),
    };
    Note::warning(row.row, "", code, &detail, Some(successor.into()))
}

/// Adds `replaces`, unless the row says already in what extent it replaces that number.
fn replace(content: &mut Value, older: &str) {
    let Value::Object(members) = content else {
        return;
    };
    let relations = members.entry("relations").or_insert_with(|| json!([]));
    let Value::Array(relations) = relations else {
        return;
    };
    let replaces = RelationType::Replaces.id();
    let is_stated = |relation: &Map<String, Value>| {
        let target = relation
            .get("target")
            .and_then(|target| target.get("number")?.as_str());
        let canonical = target.and_then(|number| number::parse(number).ok());
        relation.get("type").and_then(Value::as_str) == Some(replaces)
            && canonical.is_some_and(|number| number.canonical == older)
    };
    if !relations.iter().filter_map(Value::as_object).any(is_stated) {
        relations.push(json!({ "type": replaces, "extent": "whole", "target": { "number": older } }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared(rows: &[(Value, &[&str])]) -> Prepared {
        let rows = rows.iter().zip(1..).map(|((content, superseded_by), row)| Row {
            row,
            content: content.clone(),
            superseded_by: superseded_by.iter().map(|number| (*number).to_owned()).collect(),
        });
        Prepared {
            rows: rows.collect(),
            notes: Vec::new(),
        }
    }

    fn codes(prepared: &Prepared) -> Vec<(usize, &str)> {
        let codes = prepared.notes.iter().map(|note| (note.row, note.code.as_str()));
        codes.collect()
    }

    #[test]
    fn a_number_that_is_taken_or_unreadable_stays_as_it_is_written() {
        let mut rows = prepared(&[
            (json!({"number": "GB/T 22239-2019", "title": "一"}), &[]),
            (json!({"number": "gb／t 22239－2019", "title": "二"}), &[]),
            (json!({"number": "待定", "title": "三"}), &[]),
            (
                json!({"number": "院标 7", "level": "internal", "title": "四"}),
                &[],
            ),
        ]);
        numbers(&mut rows);
        let kept: Vec<_> = rows.rows.iter().map(|row| row.content.clone()).collect();
        assert_eq!(kept[0]["number"], "GB/T 22239-2019");
        assert_eq!(
            kept[1],
            json!({"number_as_written": "gb／t 22239－2019", "title": "二"})
        );
        assert_eq!(kept[2], json!({"number_as_written": "待定", "title": "三"}));
        assert_eq!(kept[3]["number"], "院标 7");
        assert_eq!(codes(&rows)[0], (2, "number_taken"));
        assert_eq!(rows.notes.len(), 2);
    }

    #[test]
    fn rows_of_one_external_id_are_all_wrong() {
        let mut rows = prepared(&[
            (json!({"external_id": "a"}), &[]),
            (json!({"external_id": "b"}), &[]),
            (json!({"external_id": "a "}), &[]),
        ]);
        assert_eq!(external_ids(&mut rows), [1, 3]);
        assert!(rows.notes.iter().all(Note::is_error));
    }

    #[test]
    fn the_newer_row_says_what_it_replaces() {
        let mut rows = prepared(&[
            (json!({"number": "GB 1-2001"}), &["GB 1-2010", "GB 2-2010"]),
            (json!({"number": "GB 1-2010"}), &[]),
            (json!({"number_as_written": "旧"}), &["GB 1-2010"]),
        ]);
        successions(&mut rows);
        assert_eq!(
            rows.rows[1].content["relations"],
            json!([{"type": "replaces", "extent": "whole", "target": {"number": "GB 1-2001"}}])
        );
        assert_eq!(
            codes(&rows),
            [(1, "successor_not_in_file"), (3, "replaced_without_number")]
        );
    }

    #[test]
    fn what_the_newer_row_says_itself_is_not_said_again() {
        let partial = json!([{"type": "replaces", "extent": "partial", "target": {"number": "GB 1—2001"}}]);
        let mut rows = prepared(&[
            (json!({"number": "GB 1-2001"}), &["GB 1-2010"]),
            (json!({"number": "GB 1-2010", "relations": partial}), &[]),
        ]);
        successions(&mut rows);
        assert_eq!(rows.rows[1].content["relations"], partial);
    }
}
