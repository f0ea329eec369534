//! A place in a framework as a phrase: `qingdao 子体系=老有颐养 维度=过程均等 体系编号=QDBPS 205.1-03`.

use serde_json::{Map, Value};

use crate::domain::sheet::cell::Style;
use crate::domain::sheet::phrase::Phrase;
use crate::domain::sheet::titles::Titles;
use crate::domain::text::Language;

/// The framework of a place that names none.
pub const DEFAULT_FRAMEWORK: &str = "qingdao";

/// The axes that have columns of their own.
pub const SUBSYSTEM: &str = "subsystem";
pub const DIMENSION: &str = "dimension";

/// Before the name of an axis that would read as something else.
const AXIS: &str = "cell:";

/// Members of a place beside its axes, with their Chinese names.
const MEMBERS: [(&str, &str); 4] = [
    ("framework", "框架"),
    ("node", "服务项目"),
    ("code", "体系编号"),
    ("order", "格内顺序"),
];

/// Reads a place. What is not understood is left for the content's own reader to refuse.
pub fn read(phrase: Phrase) -> Value {
    let framework = phrase.head.unwrap_or_else(|| DEFAULT_FRAMEWORK.to_owned());
    let mut place = Map::from_iter([("framework".to_owned(), framework.into())]);
    let mut cell = Map::new();
    for (name, value) in phrase.members {
        let member = MEMBERS.iter().find(|(id, zh)| name == *id || name == *zh);
        match member {
            Some((id, _)) => place.insert((*id).to_owned(), member_value(id, value)),
            None => {
                let axis = name.strip_prefix(AXIS).unwrap_or(&name);
                cell.insert(axis.to_owned(), value.into())
            }
        };
    }
    place.insert("cell".to_owned(), cell.into());
    Value::Object(place)
}

/// A member as content has it; an order that is no number stays a text, which is refused with its place.
pub fn member_value(name: &str, value: String) -> Value {
    match value.parse::<i64>() {
        Ok(number) if name == "order" => number.into(),
        _ => value.into(),
    }
}

/// Writes a place.
pub fn write(place: &Value, titles: &Titles, style: Style) -> String {
    let framework = text(place, "framework");
    let cell = place.get("cell").and_then(Value::as_object);
    let axes = cell.into_iter().flatten().map(|(axis, value)| {
        let name = titles.axis(framework, axis, style);
        let value = titles.value(framework, axis, value.as_str().unwrap_or_default(), style);
        let is_taken = name.starts_with(AXIS) || MEMBERS.iter().any(|(id, zh)| name == *id || name == *zh);
        let name = if is_taken {
            format!("{AXIS}{name}")
        } else {
            name.to_owned()
        };
        (name, value.to_owned())
    });
    let members = MEMBERS.iter().skip(1).filter_map(|(id, zh)| {
        let name = if style == Style::Labels(Language::Chinese) {
            zh
        } else {
            id
        };
        let value = match place.get(*id)? {
            Value::String(node) if *id == "node" => titles.node(framework, node, style).to_owned(),
            Value::String(words) => words.clone(),
            other => other.to_string(),
        };
        Some(((*name).to_owned(), value))
    });
    let phrase = Phrase {
        head: Some(framework.to_owned()),
        members: axes.chain(members).collect(),
    };
    phrase.to_string()
}

/// Whether it can stand in the columns for a subsystem and a dimension. Cells are read without the blanks around them,
/// so what begins or ends in one cannot.
pub fn fits_columns(place: &Value) -> bool {
    let is_tidy = |value: &Value| value.as_str().is_none_or(|words| words.trim() == words);
    let members = place
        .as_object()
        .is_some_and(|members| members.values().all(is_tidy));
    let cell = place.get("cell").and_then(Value::as_object);
    members
        && cell.is_some_and(|cell| {
            cell.len() == 2
                && cell.contains_key(SUBSYSTEM)
                && cell.contains_key(DIMENSION)
                && cell.values().all(is_tidy)
        })
}

pub fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value.get(member).and_then(Value::as_str).unwrap_or_default()
}
