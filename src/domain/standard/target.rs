//! What a relation points at.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::identity::Identity;
use super::limits;
use super::read::url;
use crate::domain::fault::Faults;
use crate::domain::number::{Reference, parse_reference, tidy_house_number};
use crate::domain::shape::Fields;
use crate::domain::text::Text;
use crate::domain::vocabulary::Level;
use crate::text;

/// Exactly one of a registered entry, a standard's number, or a document that is no standard.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// An entry by its id.
    #[schema(value_type = String, format = "uuid", example = json!({"id": "01935b5c-7a3e-7000-8000-6f2d1c9be0a4"}))]
    Id(Uuid),
    /// A number in canonical spelling; without a year it means the latest edition. It need not be registered yet.
    #[schema(example = json!({"number": "GB/T 35796-2017"}))]
    Number(String),
    /// A law, a policy, a notice: these have a 文号 and no number.
    Document(Document),
}

/// A document that is no standard.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct Document {
    #[schema(example = "养老机构管理办法", min_length = 1, max_length = 500)]
    pub title: String,
    /// 文号
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "民政部令第66号", max_length = 200)]
    pub doc_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        format = "uri",
        example = "https://www.gov.cn/gongbao/content/2020/content_5570043.htm",
        max_length = 2000
    )]
    pub url: Option<String>,
}

impl Target {
    pub(super) fn read(value: &Value, pointer: &str, faults: &mut Faults, own: &Identity) -> Option<Self> {
        let mut fields = Fields::open(value, pointer, faults)?;
        let given = ["id", "number", "document"]
            .into_iter()
            .filter(|name| fields.has(name))
            .count();
        let id = read_id(&mut fields).map(Self::Id);
        let number = read_number(&mut fields, own).map(Self::Number);
        let document = read_document(&mut fields).map(Self::Document);
        if given != 1 {
            let detail = text!(
                "id、number、document 三者必居其一，且只能有一个",
                "give exactly one of id, number and document"
            );
            fields.faults.push(pointer, "exactly_one", detail);
        }
        fields.finish();
        id.or(number).or(document)
    }

    /// What finds the entry: an id or a number. Documents are not registered.
    pub(super) fn key(&self) -> Option<String> {
        match self {
            Self::Id(id) => Some(id.to_string()),
            Self::Number(number) => Some(number.clone()),
            Self::Document(_) => None,
        }
    }
}

fn read_id(fields: &mut Fields) -> Option<Uuid> {
    let written = fields.text("id", 64)?;
    let id = Uuid::try_parse(&written).ok();
    if id.is_none() {
        let detail = text!(
            "「{written}」不是条目 id（UUID）",
            "\"{written}\" is not the id of an entry (a UUID)"
        );
        fields.fault("id", "not_an_id", detail);
    }
    id
}

fn read_number(fields: &mut Fields, own: &Identity) -> Option<String> {
    let written = fields.text("number", limits::NUMBER)?;
    let number = match canonical(&written, own.level) {
        Ok(number) => number,
        Err((code, detail)) => {
            fields.fault("number", code, detail);
            return None;
        }
    };
    if own.number.as_ref() == Some(&number) {
        let detail = text!(
            "{number} 是本条目自己的编号；指其他目录中的同号条目请用 id",
            "{number} is this entry's own number; to name another catalogue's row of that number, use its id"
        );
        fields.fault("number", "self_reference", detail);
        return None;
    }
    Some(number)
}

/// The canonical spelling of what a relation may name by number.
///
/// International and foreign standards have numbers of other grammars and are adopted and cited all the time; house
/// numbers have none and are known only inside the house. Both are tidied.
fn canonical(written: &str, own_level: Option<Level>) -> Result<String, (&'static str, Text)> {
    match parse_reference(written) {
        Ok(Reference::Number(number) | Reference::Undated(number)) => Ok(number.canonical),
        Ok(Reference::Range { first, last }) => {
            let (first, last) = (first.canonical, last.canonical);
            let detail = text!(
                "{first} 至 {last} 是一个范围；请为其中每个标准各写一条关系",
                "{first} to {last} is a range; write one relation for each standard in it"
            );
            Err(("a_range", detail))
        }
        Ok(Reference::Series { of }) => {
            let of = of.canonical;
            let detail = text!(
                "{of} 指一个系列；请为其中每个标准各写一条关系",
                "{of} stands for a series; write one relation for each standard in it"
            );
            Err(("a_series", detail))
        }
        Err(problem) => {
            let tidied = tidy_house_number(written);
            let has_other_grammar = problem.code == "foreign_number" || own_level == Some(Level::Internal);
            if has_other_grammar && !tidied.is_empty() {
                Ok(tidied)
            } else {
                Err((problem.code, problem.detail))
            }
        }
    }
}

fn read_document(fields: &mut Fields) -> Option<Document> {
    let value = fields.value("document")?;
    let pointer = fields.pointer_to("document");
    let mut fields = Fields::open(value, pointer, fields.faults)?;
    let title = fields.text("title", limits::TITLE);
    let title = fields.required("title", title);
    let doc_number = fields.text("doc_number", limits::NAME);
    let url = url(&mut fields, "url");
    fields.finish();
    Some(Document {
        title: title?,
        doc_number,
        url,
    })
}
