//! Evidence from a running registry or mirror, over the interface that is open to everybody.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use ureq::Agent;

use super::trust::Announced;
use super::{Source, broken};
use crate::cli::Failure;
use crate::cli::progress;
use crate::evidence::layout::Scope;
use crate::evidence::verifier::{LeafEvidence, Verifier};
use crate::log::hash::from_hex;
use crate::log::note::VerifierKey;
use crate::text;

/// Leaves asked for at a time.
const PER_PAGE: u64 = 1000;

/// A page holds at most so many contents of at most a body's size; far fewer in practice.
const LARGEST_ANSWER: u64 = 1 << 30;

const KEYS: &str = "/v1/log/keys";

const PATIENCE: Duration = Duration::from_secs(120);

/// A registry at an address.
pub struct Registry {
    agent: Agent,
    base: String,
}

/// A page of the change feed, as far as evidence goes. Contents stay the bytes they came as.
#[derive(Deserialize)]
struct Page<'p> {
    #[serde(borrow)]
    items: Vec<Item<'p>>,
}

#[derive(Deserialize)]
struct Item<'p> {
    #[serde(borrow, default)]
    content: Option<&'p RawValue>,
    #[serde(borrow)]
    leaf: ItemLeaf<'p>,
}

#[derive(Deserialize)]
struct ItemLeaf<'p> {
    hash: String,
    envelope: String,
    #[serde(borrow, default)]
    note: Option<&'p RawValue>,
}

/// The log's own entries, as far as the first of them goes.
#[derive(Deserialize)]
struct Entries {
    items: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    envelope: String,
}

/// The log's keys, oldest first.
#[derive(Deserialize)]
struct Keys {
    items: Vec<Key>,
}

#[derive(Deserialize)]
struct Key {
    verifier_key: String,
    hand_over: Option<String>,
}

impl Registry {
    pub fn new(address: &str) -> Self {
        let config = Agent::config_builder()
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_global(Some(PATIENCE));
        Self {
            agent: config.build().new_agent(),
            base: address.trim_end_matches('/').to_owned(),
        }
    }

    fn get(&self, path: &str) -> Result<Vec<u8>, Failure> {
        let url = format!("{}{path}", self.base);
        let answer = self
            .agent
            .get(&url)
            .header("Accept", "application/json, text/plain")
            .call();
        let read = answer.and_then(|mut answer| {
            answer
                .body_mut()
                .with_config()
                .limit(LARGEST_ANSWER)
                .read_to_vec()
        });
        read.map_err(|error| broken(&format!("{url}: {error}")))
    }

    fn first_leaf(&self) -> Result<LeafEvidence, Failure> {
        const PATH: &str = "/v1/log/entries?from=0&to=1";
        let body = self.get(PATH)?;
        let entries: Entries = parse(PATH, &body)?;
        let first = entries.items.into_iter().next();
        let first = first.ok_or_else(|| broken(&format!("{PATH}: nothing")))?;
        Ok(LeafEvidence {
            envelope: decode(PATH, &first.envelope)?,
            ..LeafEvidence::default()
        })
    }
}

impl Source for Registry {
    fn checkpoint(&mut self) -> Result<String, Failure> {
        let note = self.get("/log/checkpoint")?;
        String::from_utf8(note).map_err(|_| broken("/log/checkpoint: not UTF-8"))
    }

    fn keys(&mut self) -> Result<Vec<VerifierKey>, Failure> {
        let body = self.get(KEYS)?;
        let answer: Value = parse(KEYS, &body)?;
        let mut keys = Vec::new();
        collect_keys(&answer, &mut keys);
        Ok(keys)
    }

    fn announced(&mut self) -> Result<Vec<Announced>, Failure> {
        let body = self.get(KEYS)?;
        let answer: Keys = parse(KEYS, &body)?;
        let announced = answer.items.into_iter().filter_map(|item| {
            Some(Announced {
                key: VerifierKey::parse(&item.verifier_key).ok()?,
                note: item.hand_over?,
            })
        });
        Ok(announced.collect())
    }

    fn scope(&self) -> Scope {
        Scope::All
    }

    fn hand_over(&mut self, size: u64, verifier: &mut Verifier) -> Result<(), Failure> {
        let bar = progress::bar("verify");
        bar.set_length(size);
        verifier.leaf(&self.first_leaf()?);
        let mut next = 1;
        while next < size {
            let limit = PER_PAGE.min(size - next);
            let path = format!("/v1/changes?after={}&limit={limit}&leaf=true", next - 1);
            let body = self.get(&path)?;
            let page: Page = parse(&path, &body)?;
            if page.items.is_empty() {
                break;
            }
            for item in page.items {
                verifier.leaf(&evidence(&path, &item)?);
                next += 1;
            }
            bar.set_position(next);
        }
        bar.finish_and_clear();
        Ok(())
    }
}

fn evidence(path: &str, item: &Item) -> Result<LeafEvidence, Failure> {
    let bytes = |raw: Option<&RawValue>| raw.map_or_else(Vec::new, |raw| raw.get().as_bytes().to_vec());
    let hash = from_hex(&item.leaf.hash);
    Ok(LeafEvidence {
        envelope: decode(path, &item.leaf.envelope)?,
        leaf_hash: Some(hash.ok_or_else(|| broken(&format!("{path}: no leaf hash")))?),
        content: bytes(item.content),
        note: bytes(item.leaf.note),
        proof: None,
    })
}

fn parse<'b, T: Deserialize<'b>>(path: &str, body: &'b [u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|error| broken(&format!("{path}: {error}")))
}

fn decode(path: &str, words: &str) -> Result<Vec<u8>, Failure> {
    let decoded = STANDARD.decode(words);
    decoded.map_err(|_| broken(&text!("{path}：不是 base64", "{path}: not base64").in_both()))
}

/// Every verifier key an answer holds, in its order.
fn collect_keys(answer: &Value, keys: &mut Vec<VerifierKey>) {
    match answer {
        Value::String(words) => keys.extend(VerifierKey::parse(words)),
        Value::Array(items) => items.iter().for_each(|item| collect_keys(item, keys)),
        Value::Object(members) => members.values().for_each(|member| collect_keys(member, keys)),
        _ => {}
    }
}
