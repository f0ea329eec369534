//! Words for what most tests do: rows of real standards, entries that were made from them, where the log stands.

use serde_json::{Value, json};

use super::{Answer, Client};

/// An entry as its last write left it.
#[derive(Clone, Debug)]
pub struct Entry {
    pub id: String,
    pub path: String,
    pub etag: String,
    pub revision: u64,
    pub position: u64,
}

impl Entry {
    #[track_caller]
    pub fn of(answer: &Answer) -> Self {
        let id = answer.at("/id").as_str().expect("an entry has an id").to_owned();
        Self {
            path: format!("/v1/standards/{id}"),
            id,
            etag: answer.etag(),
            revision: answer.at("/revision").as_u64().expect("an entry has a revision"),
            position: answer.at("/position").as_u64().expect("an entry has a position"),
        }
    }
}

impl Client {
    /// Registers a standard.
    #[track_caller]
    pub fn create(&self, owner: &str, content: Value) -> Entry {
        Entry::of(&self.post("/v1/standards", &body(owner, content)).expect(201))
    }

    /// Replaces an entry's content.
    #[track_caller]
    pub fn replace(&self, entry: &Entry, owner: &str, content: Value) -> Entry {
        let answer = self.if_match(&entry.etag).put(&entry.path, &body(owner, content));
        Entry::of(&answer.expect(200))
    }

    /// Changes some members of an entry's content.
    #[track_caller]
    pub fn change(&self, entry: &Entry, content: Value) -> Entry {
        let patch = json!({"reason": "按来源更新", "content": content});
        Entry::of(&self.if_match(&entry.etag).patch(&entry.path, &patch).expect(200))
    }

    /// Takes an entry out of its catalogue.
    #[track_caller]
    pub fn withdraw(&self, entry: &Entry) -> Entry {
        let path = format!("{}?reason=%E9%87%8D%E5%A4%8D%E7%99%BB%E8%AE%B0", entry.path);
        Entry::of(&self.if_match(&entry.etag).delete(&path).expect(200))
    }

    /// The position the log stands at.
    #[track_caller]
    pub fn log_head(&self) -> u64 {
        let answer = self.get("/v1/standards?limit=1").expect(200);
        let position = answer
            .header("Log-Position")
            .expect("a list says where it was read");
        position.parse().expect("a position is a number")
    }

    /// The canonical numbers of a list, in its order.
    #[track_caller]
    pub fn numbers(&self, query: &str) -> Vec<String> {
        numbers_of(&self.get(&format!("/v1/standards?{query}")).expect(200))
    }
}

/// A whole write body.
pub fn body(owner: &str, content: Value) -> Value {
    json!({"owner": owner, "reason": "列入目录", "content": content})
}

/// A row that says as little as a row may.
pub fn row(number: &str) -> Value {
    json!({"number": number, "title": format!("{number} 的名称"), "origin": "referenced"})
}

/// A row with more members, or other values.
pub fn row_with(number: &str, members: Value) -> Value {
    let mut row = row(number);
    for (name, value) in members.as_object().expect("members") {
        row[name.as_str()] = value.clone();
    }
    row
}

/// GB 38600-2019, as its sources state it.
pub fn care_home_safety() -> Value {
    json!({
        "number": "GB 38600-2019",
        "title": "养老机构服务安全基本规范",
        "title_en": "Basic specification of service safety for senior care organization",
        "origin": "referenced",
        "published_on": "2019-12-27",
        "implemented_on": "2022-01-01",
        "issued_by": ["国家市场监督管理总局", "国家标准化管理委员会"],
        "lead_department": ["市民政局"],
        "ics": ["03.080.30"],
        "ccs": ["A12"],
        "keywords": ["养老机构", "安全"],
    })
}

/// The canonical numbers of a list's items.
#[track_caller]
pub fn numbers_of(list: &Answer) -> Vec<String> {
    let items = list.at("/items");
    let items = items
        .as_array()
        .unwrap_or_else(|| panic!("no items in\n{list:?}"));
    items
        .iter()
        .map(|item| item["content"]["number"].as_str().unwrap_or_default().to_owned())
        .collect()
}

/// The pointers and codes a refusal names, sorted.
#[track_caller]
pub fn faults(answer: &Answer) -> Vec<(String, String)> {
    let media_type = answer.header("Content-Type").unwrap_or_default();
    assert!(media_type.starts_with("application/problem+json"), "\n{answer:?}");
    let errors = answer.at("/errors");
    let word = |error: &Value, name: &str| error[name].as_str().unwrap_or_default().to_owned();
    let mut faults: Vec<_> = errors
        .as_array()
        .into_iter()
        .flatten()
        .map(|error| (word(error, "pointer"), word(error, "code")))
        .collect();
    faults.sort();
    faults
}

/// The slug a refusal's type ends in.
#[track_caller]
pub fn problem(answer: &Answer) -> String {
    let kind = answer.at("/type");
    let kind = kind
        .as_str()
        .unwrap_or_else(|| panic!("no problem type in\n{answer:?}"));
    kind.trim_start_matches("/problems/").to_owned()
}
