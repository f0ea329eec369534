//! A table's flat row as content of ours: labels become terms, separated texts lists, and places cells.

use serde_json::{Map, Value, json};

use crate::domain::mapping;
use crate::domain::term::Term;
use crate::domain::vocabulary::{
    Audience, Element, Extent, Level, Mandate, Origin, RelationType, Supply, Validity,
};

/// Columns of a table the registry gives out that are no part of the content.
const NOT_CONTENT: &[&str] = &["owner", "validity", "revision", "position", "recorded_at"];

const LISTS: &[&str] = &["issued_by", "lead_department", "ics", "ccs", "keywords"];

const DATES: &[&str] = &["published_on", "implemented_on", "abolished_on"];

/// The columns that hold places: `qingdao subsystem=老有颐养 dimension=process`, several between semicolons.
const PLACES: &[&str] = &["placement", "placements"];

/// The framework of a place that names none.
const DEFAULT_FRAMEWORK: &str = "qingdao";

/// Turns a flat row into content. What is not understood stays as it is written: the registry says what is wrong.
pub fn content(row: &Value) -> Value {
    let mut content = Map::new();
    for (name, cell) in row.as_object().into_iter().flatten() {
        let name = name.as_str();
        if NOT_CONTENT.contains(&name) {
            continue;
        }
        let texts = pieces(cell);
        match (name, cell.as_str()) {
            (name, _) if PLACES.contains(&name) => {
                extend(
                    &mut content,
                    "placements",
                    texts.iter().map(|text| placement(text)),
                );
            }
            (name, _) if LISTS.contains(&name) => {
                extend(&mut content, name, texts.into_iter().map(Value::from));
            }
            ("elements", _) => extend(&mut content, name, texts.iter().map(|text| term::<Element>(text))),
            (name, _) if RelationType::from_id(name).is_some() => {
                extend(
                    &mut content,
                    "relations",
                    texts.iter().map(|text| relation(name, text)),
                );
            }
            (name, Some(text)) => {
                content.insert(name.to_owned(), single(name, text));
            }
            // Two columns of a name that takes one value: the registry refuses the list.
            (name, None) => {
                content.insert(name.to_owned(), cell.clone());
            }
        }
    }
    Value::Object(content)
}

fn single(name: &str, text: &str) -> Value {
    match name {
        "origin" => term::<Origin>(text),
        "level" => term::<Level>(text),
        "mandate" => term::<Mandate>(text),
        "supply" => term::<Supply>(text),
        "audience" => term::<Audience>(text),
        "claimed_status" => json!({ "value": term::<Validity>(text) }),
        name if DATES.contains(&name) => match mapping::date(text) {
            Some(day) => day.format("%Y-%m-%d").to_string().into(),
            None => text.into(),
        },
        _ => text.into(),
    }
}

fn term<T: Term>(text: &str) -> Value {
    match T::from_words(text) {
        Some(term) => term.id().into(),
        None => text.into(),
    }
}

/// The texts of a cell, or of several cells in columns of one name.
fn pieces(cell: &Value) -> Vec<String> {
    let cells = match cell {
        Value::Array(cells) => cells.as_slice(),
        single => std::slice::from_ref(single),
    };
    let texts = cells
        .iter()
        .filter_map(Value::as_str)
        .flat_map(|text| text.split([';', '；']));
    texts
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
        .collect()
}

fn extend(content: &mut Map<String, Value>, name: &str, values: impl Iterator<Item = Value>) {
    let list = content.entry(name).or_insert_with(|| json!([]));
    if let Value::Array(list) = list {
        list.extend(values);
    }
}

fn relation(name: &str, number: &str) -> Value {
    let target = json!({ "number": number });
    if name == RelationType::Replaces.id() {
        return json!({ "type": name, "extent": Extent::Whole.id(), "target": target });
    }
    json!({ "type": name, "target": target })
}

/// Words before the first `=` name the framework; a word without `=` after it goes on with the value before.
fn placement(text: &str) -> Value {
    let mut framework = String::new();
    let mut members: Vec<(&str, String)> = Vec::new();
    for word in text.split_whitespace() {
        match (word.split_once('='), members.last_mut()) {
            (Some((name, value)), _) => members.push((name, value.to_owned())),
            (None, Some((_, value))) => {
                value.push(' ');
                value.push_str(word);
            }
            (None, None) => framework = word.to_owned(),
        }
    }
    if framework.is_empty() {
        framework = DEFAULT_FRAMEWORK.to_owned();
    }
    let mut place = Map::from_iter([("framework".to_owned(), framework.into())]);
    let mut cell = Map::new();
    for (name, value) in members {
        match name {
            "framework" | "node" | "code" => place.insert(name.to_owned(), value.into()),
            "order" => {
                let order = value.parse::<i64>().map_or_else(|_| value.into(), Value::from);
                place.insert(name.to_owned(), order)
            }
            axis => cell.insert(axis.to_owned(), value.into()),
        };
    }
    place.insert("cell".to_owned(), cell.into());
    Value::Object(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_as_people_write_it_becomes_content() {
        let row = json!({
            "number": "DB3702/T 12-2021", "title": "社区食堂", "origin": "自建", "level": "地方",
            "supply": "existing", "published_on": "2021/5/4", "issued_by": "市场监管局；民政局", "elements": "设施建设; process",
            "claimed_status": "现行", "replaces": "DB3702/T 3-2010", "owner": "370200", "revision": "3",
            "placements": "qingdao dimension=过程均等 subsystem=老有颐养; other axis=two words order=3 code=A-1",
        });
        assert_eq!(
            content(&row),
            json!({
                "number": "DB3702/T 12-2021", "title": "社区食堂", "origin": "self_built", "level": "local",
                "supply": "existing", "published_on": "2021-05-04", "issued_by": ["市场监管局", "民政局"],
                "elements": ["facilities", "process"], "claimed_status": {"value": "in_force"},
                "relations": [{"type": "replaces", "extent": "whole", "target": {"number": "DB3702/T 3-2010"}}],
                "placements": [
                    {"framework": "qingdao", "cell": {"dimension": "过程均等", "subsystem": "老有颐养"}},
                    {"framework": "other", "cell": {"axis": "two words"}, "order": 3, "code": "A-1"},
                ],
            })
        );
    }

    #[test]
    fn a_place_may_stand_in_columns_of_its_own_and_name_no_framework() {
        let row = json!({"placement": ["subsystem=弱有所扶 dimension=outcome", "framework=cy pillar=2"]});
        assert_eq!(
            content(&row)["placements"],
            json!([
                {"framework": "qingdao", "cell": {"subsystem": "弱有所扶", "dimension": "outcome"}},
                {"framework": "cy", "cell": {"pillar": "2"}},
            ])
        );
    }

    #[test]
    fn what_is_not_understood_stays_for_the_registry_to_refuse() {
        let row = json!({"level": "县级", "published_on": "去年", "colour": "red"});
        assert_eq!(content(&row), row);
    }
}
