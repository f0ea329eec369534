//! The whole log as reads show it: every revision of everything, at its position, and the keys it is signed with.

use std::collections::{BTreeMap, BTreeSet};

use super::Client;
use super::Registry;

/// One revision, as the history of its entry tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub id: String,
    pub revision: i64,
    pub recorded_at: String,
    pub external_id: Option<String>,
}

/// Every revision by its position. Fails where a position is missing or taken twice, where an entry's revisions are
/// not 1, 2, 3 …, and where time does not go forward along the log.
#[track_caller]
pub fn census(reader: &Client) -> BTreeMap<i64, Recorded> {
    let mut log: BTreeMap<i64, Recorded> = BTreeMap::new();
    let standards = reader.every("/v1/standards?withdrawn=include&limit=1000");
    let frameworks = reader.every("/v1/frameworks");
    let entries = standards.iter().map(|entry| ("standards", entry));
    let entries = entries.chain(frameworks.iter().map(|entry| ("frameworks", entry)));
    for (resource, entry) in entries {
        let id = entry["id"].as_str().unwrap();
        let revisions = match entry["revision"].as_i64() {
            // What a list shows of a first revision is all there is of its history.
            Some(1) => vec![entry.clone()],
            _ => reader.every(&format!("/v1/{resource}/{id}/revisions?limit=1000")),
        };
        for (expected, revision) in (1..).zip(&revisions) {
            assert_eq!(
                revision["revision"], expected,
                "the revisions of {id} count up from 1"
            );
            let position = revision["position"].as_i64().unwrap();
            let recorded = Recorded {
                id: id.to_owned(),
                revision: expected,
                recorded_at: revision["recorded_at"].as_str().unwrap().to_owned(),
                external_id: revision["content"]["external_id"].as_str().map(str::to_owned),
            };
            let other = log.insert(position, recorded);
            assert_eq!(other, None, "position {position} is taken twice");
        }
    }
    let head = i64::try_from(reader.log_head()).unwrap();
    let keys = reader.get("/v1/log/keys").expect(200).at("/items");
    let keys = keys.as_array().expect("keys").iter();
    let named = keys.map(|key| key["from"].as_i64().expect("a position"));
    let taken: BTreeSet<i64> = log.keys().copied().chain(named).collect();
    assert!(
        taken.into_iter().eq(1..=head),
        "positions 1 to {head} without a hole"
    );
    let instants: Vec<_> = log.values().map(|recorded| &recorded.recorded_at).collect();
    assert!(
        instants.windows(2).all(|pair| pair[0] < pair[1]),
        "time goes forward along the log"
    );
    log
}

impl Registry {
    /// Has the binary check everything that is stored, and answers its verdict and its words.
    pub fn fsck(&self) -> (Option<i32>, String) {
        let checked = self.command("fsck").output().expect("fsck runs");
        let told = [checked.stdout, checked.stderr].concat();
        (checked.status.code(), String::from_utf8_lossy(&told).into_owned())
    }
}
