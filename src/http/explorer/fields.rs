//! What members of content are called, and how their values read.

use serde_json::{Map, Value};

use crate::domain::term::Term;
use crate::domain::text::Language;
use crate::domain::vocabulary::{
    Adoption, Aspect, Audience, Element, Extent, Level, Mandate, Origin, RelationType, Supply, Validity,
};

/// Members of a standard and of a framework in the order people read them.
const LABELS: &[(&str, &str, &str)] = &[
    ("withdrawn", "移出目录", "Withdrawn"),
    ("owner", "所属目录", "Catalogue of"),
    ("number", "标准编号", "Number"),
    ("number_as_written", "来源所书编号", "Number as written"),
    ("former_number", "曾用编号", "Former number"),
    ("plan_number", "计划号", "Plan number"),
    ("external_id", "所有者内部编码", "Owner's own key"),
    ("title", "名称", "Title"),
    ("title_en", "英文名称", "Title in English"),
    ("origin", "来源", "Origin"),
    ("level", "级别", "Level"),
    ("mandate", "约束力", "Mandate"),
    ("supply", "供给状态", "Supply"),
    ("published_on", "发布日期", "Published on"),
    ("implemented_on", "实施日期", "Implemented on"),
    ("abolished_on", "废止日期", "Abolished on"),
    ("claimed_status", "来源所称状态", "Claimed status"),
    ("issued_by", "发布机构", "Issued by"),
    ("lead_department", "牵头单位", "Lead department"),
    ("ics", "国际标准分类（ICS）", "ICS"),
    ("ccs", "中国标准分类（CCS）", "CCS"),
    ("scope", "适用范围", "Scope"),
    ("keywords", "关键词", "Keywords"),
    ("audience", "适用对象", "Audience"),
    ("elements", "要素", "Elements"),
    ("source_url", "出处", "Source"),
    ("placements", "体系位置", "Placements"),
    ("relations", "关系", "Relations"),
    ("slug", "地址名", "Slug"),
    ("edition", "版本", "Edition"),
    ("description", "说明", "Description"),
    ("issuers", "发布单位", "Issuers"),
    ("trial_from", "试行起", "Trial from"),
    ("trial_to", "试行止", "Trial to"),
    ("axes", "维度", "Axes"),
    ("nodes", "节点", "Nodes"),
    ("replaces", "代替", "Replaces"),
    ("values", "取值", "Values"),
    ("order", "次序", "Order"),
    ("retired", "停用", "Retired"),
    ("parent", "上级", "Parent"),
    ("cell", "格", "Cell"),
    ("value", "状态", "Status"),
    ("source", "来源", "Source"),
    ("on", "日期", "Day"),
];

/// What a member is called; its own name where nobody gave it another.
pub fn label(language: Language, member: &str) -> String {
    match LABELS.iter().find(|(name, _, _)| *name == member) {
        Some((_, zh, en)) => pick(language, zh, en).to_owned(),
        None => member.to_owned(),
    }
}

/// Members in the order people read them; those nobody gave a place come last.
pub fn in_order(content: &Map<String, Value>) -> impl Iterator<Item = (&str, &Value)> {
    let known = LABELS
        .iter()
        .filter_map(|(name, _, _)| content.get_key_value(*name));
    let others = content
        .iter()
        .filter(|(name, _)| LABELS.iter().all(|(known, _, _)| known != name));
    known.chain(others).map(|(name, value)| (name.as_str(), value))
}

/// A place in content as a way of labels: `/axes/0/title` is 维度 1 › 名称.
pub fn path_label(language: Language, path: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for step in path.split('/').skip(1) {
        match (step.parse::<usize>(), words.last_mut()) {
            (Ok(index), Some(last)) => last.push_str(&format!(" {}", index + 1)),
            _ => words.push(label(language, step)),
        }
    }
    words.join(" › ")
}

/// Where people expect a change of this place among others.
pub fn place_of(path: &str) -> usize {
    let member = path.split('/').nth(1).unwrap_or_default();
    let found = LABELS.iter().position(|(name, _, _)| *name == member);
    found.unwrap_or(LABELS.len())
}

/// The member a place in content belongs to.
pub fn member_of(path: &str) -> &str {
    let steps = path
        .split('/')
        .skip(1)
        .filter(|step| step.parse::<usize>().is_err());
    steps.last().unwrap_or_default()
}

/// A value as people read it.
pub fn value(language: Language, member: &str, value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => pick(language, "是", "yes").to_owned(),
        Value::Bool(false) => pick(language, "否", "no").to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(words) => term(language, member, words),
        Value::Array(items) => {
            let items = items.iter().map(|item| self::value(language, member, item));
            let items: Vec<String> = items.collect();
            let joint = if items.iter().any(|item| item.chars().count() > 12) {
                "\n"
            } else {
                pick(language, "、", ", ")
            };
            items.join(joint)
        }
        Value::Object(members) => {
            if let Some(title) = members.get("title").and_then(Value::as_str) {
                return titled(language, title, members);
            }
            let said = members
                .iter()
                .map(|(name, inner)| member_and_value(language, name, inner));
            said.collect::<Vec<_>>().join(pick(language, "，", ", "))
        }
    }
}

fn member_and_value(language: Language, name: &str, inner: &Value) -> String {
    let said = value(language, name, inner);
    match name {
        "type" | "target" | "number" | "id" | "document" | "extent" | "degree" | "aspects" | "cell"
        | "framework" => said,
        _ => format!("{}{}{said}", label(language, name), pick(language, "：", ": ")),
    }
}

/// An element that has a title is called by it.
fn titled(language: Language, title: &str, members: &Map<String, Value>) -> String {
    let english = members.get("title_en").and_then(Value::as_str);
    let title = match (language, english) {
        (Language::English, Some(english)) => english,
        _ => title,
    };
    match members.get("doc_number").and_then(Value::as_str) {
        Some(number) => format!("{title}（{number}）"),
        None => title.to_owned(),
    }
}

fn term(language: Language, member: &str, words: &str) -> String {
    fn of<T: Term>(language: Language, words: &str) -> Option<&'static str> {
        T::from_id(words).map(|term| pick(language, term.zh(), term.en()))
    }
    let label = match member {
        "origin" => of::<Origin>(language, words),
        "level" => of::<Level>(language, words),
        "mandate" => of::<Mandate>(language, words),
        "supply" => of::<Supply>(language, words),
        "validity" | "value" => of::<Validity>(language, words),
        "audience" => of::<Audience>(language, words),
        "elements" => of::<Element>(language, words),
        "type" => of::<RelationType>(language, words),
        "extent" => of::<Extent>(language, words),
        "aspects" => of::<Aspect>(language, words),
        "degree" => of::<Adoption>(language, words),
        "owner" => return super::frame::division_name(language, words),
        _ => None,
    };
    label.unwrap_or(words).to_owned()
}

fn pick<'w>(language: Language, zh: &'w str, en: &'w str) -> &'w str {
    match language {
        Language::Chinese => zh,
        Language::English => en,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_read_as_people_say_them() {
        let zh = |member, said| value(Language::Chinese, member, &said);
        assert_eq!(zh("level", json!("national")), "国家");
        assert_eq!(zh("keywords", json!(["养老", "安全"])), "养老、安全");
        assert_eq!(zh("owner", json!("370214")), "城阳区");
        assert_eq!(
            zh(
                "relations",
                json!({"type": "cites", "target": {"number": "GB 38600-2019"}})
            ),
            "GB 38600-2019，引用文件"
        );
        assert_eq!(path_label(Language::English, "/axes/0/title"), "Axes 1 › Title");
        assert_eq!(member_of("/axes/0/title"), "title");
    }
}
