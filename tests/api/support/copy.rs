//! A copy of the registry, kept as its readers keep one: by applying what the feed says, line by line.

use std::collections::BTreeMap;

use serde_json::Value;
use standards_registry::log::hash::{Hash, from_hex};
use standards_registry::log::state_digest::StateDigest;

use super::{Answer, Client};

/// What a follower holds.
#[derive(Clone, Debug, Default)]
pub struct Copy {
    /// Revision and content hash of each live entry.
    pub live: BTreeMap<String, (i64, Hash)>,
    /// The digest of these.
    digest: StateDigest,
    /// Positions in the order in which lines came.
    pub positions: Vec<i64>,
    /// Where to go on from; empty before the first line.
    pub cursor: String,
}

impl Copy {
    /// Takes in one item.
    #[track_caller]
    pub fn apply(&mut self, item: &Value) {
        let position = item["position"].as_i64().expect("an item has a position");
        assert!(
            self.positions.last().is_none_or(|last| *last < position),
            "{position} came after {:?}",
            self.positions.last()
        );
        self.positions.push(position);
        if let Some(cursor) = item["cursor"].as_str() {
            self.cursor = cursor.to_owned();
        }
        let Some(id) = item["id"].as_str() else {
            return;
        };
        let gone = item["type"] == "leave" || item["withdrawn"] == true;
        let before = if gone {
            self.live.remove(id)
        } else {
            let revision = item["revision"].as_i64().expect("a revision");
            let sha256 = item["content_sha256"].as_str().and_then(from_hex);
            let state = (revision, sha256.expect("a hash"));
            self.digest.add(id, state.0, &state.1);
            self.live.insert(id.to_owned(), state)
        };
        if let Some((revision, sha256)) = before {
            self.digest.remove(id, revision, &sha256);
        }
    }

    /// Takes in a page.
    #[track_caller]
    pub fn apply_page(&mut self, page: &Value) {
        for item in page["items"].as_array().expect("items") {
            self.apply(item);
        }
        self.cursor = page["next"].as_str().expect("a cursor").to_owned();
    }

    /// Takes in lines as they came, up to the last whole one; answers what closes the body, if anything does.
    pub fn apply_lines(&mut self, body: &[u8]) -> Option<Value> {
        for line in body.split_inclusive(|byte| *byte == b'\n') {
            // What has no end of line was cut off.
            let line = line.strip_suffix(b"\n")?;
            let item: Value = serde_json::from_slice(line).expect("a line is JSON");
            if item.get("end").is_some() {
                self.cursor = item["next"].as_str().expect("a cursor").to_owned();
                return Some(item);
            }
            self.apply(&item);
        }
        None
    }

    /// Follows by pages to the end and checks itself there. `parameters` begin with `&` or are empty.
    #[track_caller]
    pub fn catch_up(&mut self, reader: &Client, parameters: &str) -> Answer {
        loop {
            let answer = reader
                .get(&format!("/v1/changes?after={}{parameters}", self.cursor_or_0()))
                .expect(200);
            let page = answer.json();
            self.apply_page(&page);
            if page["end"] == true {
                self.assert_equal(&page);
                return answer;
            }
        }
    }

    pub fn cursor_or_0(&self) -> &str {
        if self.cursor.is_empty() { "0" } else { &self.cursor }
    }

    /// Fails where this copy is not what a closing says the registry is.
    #[track_caller]
    pub fn assert_equal(&self, closing: &Value) {
        assert_eq!(closing["count"], self.digest.count(), "{closing:#}");
        assert_eq!(closing["digest"], self.digest.hex(), "{closing:#}");
    }
}
