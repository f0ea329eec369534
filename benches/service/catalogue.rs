//! What is registered: the sample catalogue of real standards, repeated under other numbers until there is enough.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use crate::Outcome;

/// As many rows as a published catalogue of one field has.
pub const ROWS: usize = 1_339;

/// Whose catalogue it is.
pub const OWNER: &str = "370214";

const SAMPLE: &str = include_str!("../../data/sample-catalogue.json");

/// Makes as many different rows as one likes.
pub struct Catalogue {
    samples: Vec<Value>,
    made: AtomicU64,
}

impl Catalogue {
    pub fn new() -> Outcome<Self> {
        Ok(Self {
            samples: serde_json::from_str(SAMPLE)?,
            made: AtomicU64::new(0),
        })
    }

    /// The body of a creation: first the real standards, then copies that differ in the number alone.
    pub fn next_creation(&self) -> Outcome<Value> {
        let made = self.made.fetch_add(1, Ordering::Relaxed);
        let (samples, count) = (&self.samples, u64::try_from(self.samples.len())?);
        let sample = samples.get(usize::try_from(made % count)?).ok_or("no samples")?;
        let mut content = sample.clone();
        if let (true, Some(members)) = (made >= count, content.as_object_mut()) {
            // What follows from a number must not contradict the new one, nor may another key be shared.
            for name in ["level", "mandate", "published_on", "external_id"] {
                members.remove(name);
            }
            // Each replaces an edition of its own, as in life, not all the same one.
            let targets = members.get_mut("relations").and_then(Value::as_array_mut);
            for target in targets
                .into_iter()
                .flatten()
                .filter_map(|one| one.pointer_mut("/target/number"))
            {
                *target = format!("GB/T {}-1999", 100_000 + made).into();
            }
            let number = format!("GB/T {}-2022", 100_000 + made);
            members.insert("number".to_owned(), number.into());
        }
        Ok(json!({"owner": OWNER, "reason": "列入城阳区基本公共服务标准体系", "content": content}))
    }

    /// How many rows were made so far.
    pub fn made(&self) -> Outcome<usize> {
        Ok(usize::try_from(self.made.load(Ordering::Relaxed))?)
    }

    /// The body of a bulk request of `count` creations.
    pub fn bulk(&self, count: usize) -> Outcome<Vec<u8>> {
        let operations = (0..count)
            .map(|_| {
                let mut operation = self.next_creation()?;
                if let Some(members) = operation.as_object_mut() {
                    members.insert("op".to_owned(), "create".into());
                    members.insert("kind".to_owned(), "standard".into());
                }
                Ok(operation)
            })
            .collect::<Outcome<Vec<_>>>()?;
        Ok(serde_json::to_vec(&json!({"operations": operations}))?)
    }
}
