//! Words for changes that come many at a time: batches, declarative pushes, and lists read to their end.

use serde_json::{Value, json};

use super::entry::row_with;
use super::{Answer, Client};

impl Client {
    /// Sends operations as one atomic batch.
    #[track_caller]
    pub fn bulk(&self, operations: &[Value]) -> Answer {
        self.post("/v1/bulk", &json!({ "operations": operations }))
    }

    /// Says what an owner's catalogue shall be.
    #[track_caller]
    pub fn push(&self, owner: &str, standards: &[Value]) -> Answer {
        self.push_with(owner, "", &json!({"reason": "季度目录", "standards": standards}))
    }

    /// The same with further parameters and members.
    #[track_caller]
    pub fn push_with(&self, owner: &str, parameters: &str, body: &Value) -> Answer {
        self.put(&format!("/v1/catalogue?owner={owner}{parameters}"), body)
    }

    /// Every item of a list, page by page.
    #[track_caller]
    pub fn every(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let joint = if path.contains('?') { '&' } else { '?' };
        let mut page = self.get(path).expect(200);
        loop {
            items.extend(page.at("/items").as_array().expect("items").iter().cloned());
            match page.at("/next") {
                Value::String(next) => page = self.get(&format!("{path}{joint}cursor={next}")).expect(200),
                _ => return items,
            }
        }
    }
}

/// The creation of a standard as an operation of a batch.
pub fn creation(owner: &str, content: Value) -> Value {
    json!({"op": "create", "kind": "standard", "owner": owner, "content": content})
}

/// Registers so many standards of at least 6 KiB each. What makes them large is in no index, so that it costs little.
pub fn register_large(client: &Client, count: usize) {
    let cites = |document: &str| {
        let note = "适用范围".repeat(250);
        json!({"type": "cites", "target": {"document": {"title": document}}, "note": note})
    };
    let large = json!({"relations": [cites("养老机构管理办法"), cites("养老服务条例")]});
    let rows: Vec<Value> = (0..count)
        .map(|serial| {
            creation(
                "370200",
                row_with(&format!("DB37/T {serial}-2020"), large.clone()),
            )
        })
        .collect();
    for chunk in rows.chunks(1_000) {
        client.bulk(chunk).expect(200);
    }
}

/// The position an answer was written at.
#[track_caller]
pub fn log_position(answer: &Answer) -> i64 {
    let position = answer
        .header("Log-Position")
        .unwrap_or_else(|| panic!("no Log-Position in\n{answer:?}"));
    position.parse().expect("a position is a number")
}

/// The actions of a plan in the order of its rows; rows that are only in the registry come last, as they are listed.
#[track_caller]
pub fn actions(plan: &Value) -> Vec<String> {
    let mut items = plan["items"]
        .as_array()
        .unwrap_or_else(|| panic!("no plan: {plan:#}"))
        .clone();
    items.sort_by_key(|item| item["index"].as_u64().unwrap_or(u64::MAX));
    items
        .iter()
        .map(|item| item["action"].as_str().unwrap_or_default().to_owned())
        .collect()
}
