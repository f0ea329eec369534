//! A relation as a phrase: `GB/T 35796-2017 范围=部分`, `文件=养老机构管理办法 文号=民政部令第66号`.

use serde_json::{Map, Value, json};

use crate::domain::sheet::cell::{Style, Words};
use crate::domain::sheet::phrase::Phrase;
use crate::domain::term::Term;
use crate::domain::text::Language;
use crate::domain::vocabulary::{Adoption, Aspect, Extent, RelationType};

/// What follows the number, with its Chinese name.
const MEMBERS: [(&str, &str); 8] = [
    ("id", "条目"),
    ("document", "文件"),
    ("doc_number", "文号"),
    ("url", "网址"),
    ("extent", "范围"),
    ("aspects", "方面"),
    ("degree", "程度"),
    ("note", "说明"),
];

/// Reads a relation of one type. What is not understood is left for the content's own reader to refuse.
pub fn read(relation_type: RelationType, phrase: Phrase) -> Value {
    let mut relation = Map::from_iter([("type".to_owned(), relation_type.id().into())]);
    let mut target = Map::new();
    let mut document = Map::new();
    target.extend(phrase.head.map(|number| ("number".to_owned(), number.into())));
    for (name, value) in phrase.members {
        let member = MEMBERS.iter().find(|(id, zh)| name == *id || name == *zh);
        let id = member.map_or(name.as_str(), |(id, _)| id);
        match id {
            "id" => target.insert("id".to_owned(), value.into()),
            "document" => document.insert("title".to_owned(), value.into()),
            "doc_number" | "url" => document.insert(id.to_owned(), value.into()),
            "extent" => relation.insert(id.to_owned(), term::<Extent>(&value)),
            "degree" => relation.insert(id.to_owned(), term::<Adoption>(&value)),
            "aspects" => {
                let aspects = value.split([',', '，', '、', '/']).map(str::trim);
                relation.insert(id.to_owned(), aspects.map(term::<Aspect>).collect())
            }
            _ => relation.insert(id.to_owned(), value.into()),
        };
    }
    if !document.is_empty() {
        target.insert("document".to_owned(), document.into());
    }
    relation.insert("target".to_owned(), target.into());
    Value::Object(relation)
}

/// Writes a relation; its type is the column's.
pub fn write(relation: &Value, style: Style) -> String {
    let target = relation.get("target").unwrap_or(&Value::Null);
    let document = target.get("document").unwrap_or(&Value::Null);
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let members = MEMBERS.iter().filter_map(|(id, zh)| {
        let value = match *id {
            "id" => text(target, "id"),
            "document" => text(document, "title"),
            "doc_number" | "url" => text(document, id),
            // The whole is what a replacement means unless it says otherwise.
            "extent" => text(relation, id)
                .filter(|extent| extent != Extent::Whole.id())
                .map(|extent| label::<Extent>(&extent, style)),
            "degree" => text(relation, id).map(|degree| label::<Adoption>(&degree, style)),
            "aspects" => relation.get("aspects").and_then(Value::as_array).map(|aspects| {
                let aspects = aspects.iter().filter_map(Value::as_str);
                let labels: Vec<String> = aspects.map(|aspect| label::<Aspect>(aspect, style)).collect();
                labels.join(",")
            }),
            _ => text(relation, id),
        };
        let name = if style == Style::Labels(Language::Chinese) {
            zh
        } else {
            id
        };
        Some(((*name).to_owned(), value?))
    });
    let phrase = Phrase {
        head: text(target, "number"),
        members: members.collect(),
    };
    phrase.to_string()
}

fn term<T: Term>(words: &str) -> Value {
    T::from_words(words).map_or_else(|| json!(words), |term| term.id().into())
}

fn label<T: Term>(id: &str, style: Style) -> String {
    T::from_id(id).map_or_else(
        || id.to_owned(),
        |term| Words::of(term).in_style(style).to_owned(),
    )
}
