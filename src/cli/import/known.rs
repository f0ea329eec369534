//! Rows without number or external id, which nothing but their words can recognise.

use std::collections::HashMap;

use serde_json::Value;

use crate::cli::Failure;
use crate::cli::client::{Call, Client};
use crate::text;

/// What tells one such row from another.
type Words = (String, Option<String>);

/// The keyless rows a catalogue has, by their words.
#[derive(Default)]
pub struct Known(HashMap<Words, String>);

impl Known {
    /// Reads the catalogue of one owner, page by page.
    pub fn read(client: &Client, owner: &str) -> Result<Self, Failure> {
        let mut known = HashMap::new();
        let first = format!("/v1/standards?owner_exact={owner}&limit=1000");
        let mut next = Some(first.clone());
        while let Some(path) = next {
            let answer = client.send(&Call {
                method: "GET",
                path,
                body: &Value::Null,
                headers: Vec::new(),
            })?;
            if !answer.is_success() {
                return Err(answer.refusal());
            }
            let items = answer
                .body
                .get("items")
                .and_then(Value::as_array)
                .ok_or_else(strange)?;
            for item in items {
                let id = item.get("id").and_then(Value::as_str);
                let words = item.get("content").and_then(words);
                known.extend(words.zip(id.map(str::to_owned)));
            }
            let cursor = answer.body.get("next").and_then(Value::as_str);
            next = cursor.map(|cursor| format!("{first}&cursor={cursor}"));
        }
        Ok(Self(known))
    }

    /// The entry that says the same, if the content has no key of its own.
    pub fn find(&self, content: &Value) -> Option<&str> {
        self.0.get(&words(content)?).map(String::as_str)
    }
}

/// Whether nothing but its words can recognise a row.
pub fn is_keyless(content: &Value) -> bool {
    words(content).is_some()
}

fn words(content: &Value) -> Option<Words> {
    let text = |name: &str| content.get(name).and_then(Value::as_str);
    if text("number").is_some() || text("external_id").is_some() {
        return None;
    }
    Some((
        text("title")?.trim().to_owned(),
        text("number_as_written").map(|n| n.trim().to_owned()),
    ))
}

fn strange() -> Failure {
    let told = text!("服务的回答不是列表", "the server's answer is no list");
    Failure::failed(told.in_both())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_rows_without_a_key_are_known_by_their_words() {
        let there = json!({"title": "社区食堂", "number_as_written": "待定"});
        let known = Known(HashMap::from_iter(
            words(&there).map(|words| (words, "0193".to_owned())),
        ));
        assert_eq!(known.find(&there), Some("0193"));
        assert_eq!(known.find(&json!({"title": "社区食堂"})), None);
        assert!(!is_keyless(&json!({"title": "社区食堂", "external_id": "k"})));
    }
}
