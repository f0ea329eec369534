//! Checking that what is stored is what was written: leaves, tree, contents, links, projection.

use std::collections::{BTreeMap, HashMap};

use crate::domain::problem::Problem;
use crate::log::envelope::Envelope;
use crate::log::frontier::Frontier;
use crate::log::hash::{Hash, from_hex, leaf_hash, sha256, to_hex};
use crate::registry::erasures::Erasures;
use crate::registry::rebuild::Fold;
use crate::store::conn::Conn;
use crate::store::leaf::{self, Leaf, Node};
use crate::store::pool::Snapshot;
use crate::store::search::{self, TokenSum};
use crate::store::{content, version};

/// How many leaves are read at a time.
const LEAVES_PER_STEP: i64 = 2_000;

/// Something found wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The log position concerned, where there is one.
    pub position: Option<i64>,
    pub cause: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self.position {
            Some(position) => write!(f, "position {position}: {}", self.cause),
            None => f.write_str(&self.cause),
        }
    }
}

/// How far a check has come: leaves looked at, of how many.
pub type Progress<'p> = &'p mut dyn FnMut(i64, i64);

/// The start-up check: the root made again from the leaf hashes is the head's, and no position is missing.
pub fn log_is_whole(snapshot: &mut Snapshot) -> Result<(), Problem> {
    let findings = check_tree(snapshot, &mut |_, _| {})?;
    match findings.first() {
        None => Ok(()),
        Some(first) => Err(Problem::internal(format!("the log is damaged: {first}"))),
    }
}

/// Checks everything there is to check.
pub fn everything(snapshot: &mut Snapshot, progress: Progress) -> Result<Vec<Finding>, Problem> {
    let mut findings = check_tree(snapshot, progress)?;
    findings.extend(check_entries(snapshot, progress)?);
    Ok(findings)
}

/// Leaf hashes against the tree's root, its edge and its stored nodes.
fn check_tree(snapshot: &mut Snapshot, progress: Progress) -> Result<Vec<Finding>, Problem> {
    let size = snapshot.head.size;
    let mut findings = Vec::new();
    let mut frontier = Frontier::default();
    let mut nodes: Vec<Node> = Vec::new();
    let mut expected = 0;
    let mut last_recorded_at = i64::MIN;
    while expected < size {
        let hashes = leaf::hashes_from(snapshot.conn, expected, LEAVES_PER_STEP)?;
        let Some(first) = hashes.first() else {
            findings.push(at(expected, "the leaf is missing"));
            return Ok(findings);
        };
        if first.0 != expected {
            findings.push(at(expected, "the leaf is missing"));
            return Ok(findings);
        }
        for (position, recorded_at, hash) in hashes {
            if position != expected {
                findings.push(at(expected, "the leaf is missing"));
                return Ok(findings);
            }
            if recorded_at <= last_recorded_at {
                findings.push(at(position, "recorded no later than the entry before it"));
            }
            last_recorded_at = recorded_at;
            let Ok(hash) = Hash::try_from(hash.as_slice()) else {
                findings.push(at(position, "the leaf hash is not 32 bytes long"));
                return Ok(findings);
            };
            frontier.append(hash, |node| {
                nodes.push(Node {
                    level: i32::try_from(node.level).unwrap_or(i32::MAX),
                    node_index: i64::try_from(node.index).unwrap_or(i64::MAX),
                    hash: node.hash.to_vec(),
                });
            });
            expected += 1;
        }
        progress(expected, size);
    }
    let beyond = leaf::hashes_from(snapshot.conn, size, 1)?;
    if let Some((position, _, _)) = beyond.first() {
        findings.push(at(*position, "a leaf beyond the head"));
    }
    if frontier.root().to_vec() != snapshot.head.root {
        findings.push(whole("the head's root is not that of the leaf hashes"));
    }
    if frontier.to_bytes() != snapshot.head.frontier {
        findings.push(whole("the head's edge is not that of the leaf hashes"));
    }
    findings.extend(check_nodes(snapshot.conn, nodes)?);
    Ok(findings)
}

fn check_nodes(conn: &mut Conn, mut expected: Vec<Node>) -> Result<Vec<Finding>, Problem> {
    expected.sort_by_key(|node| (node.level, node.node_index));
    let stored = leaf::all_nodes(conn)?;
    if stored == expected {
        return Ok(Vec::new());
    }
    let stored: HashMap<_, _> = stored
        .into_iter()
        .map(|node| ((node.level, node.node_index), node.hash))
        .collect();
    let mut findings: Vec<Finding> = Vec::new();
    for node in &expected {
        let (level, index) = (node.level, node.node_index);
        match stored.get(&(level, index)) {
            Some(hash) if *hash == node.hash => {}
            Some(_) => findings.push(whole(&format!(
                "node {level}/{index} is not that of the leaf hashes"
            ))),
            None => findings.push(whole(&format!("node {level}/{index} is missing"))),
        }
    }
    if findings.is_empty() {
        findings.push(whole("there are nodes the leaves do not call for"));
    }
    Ok(findings)
}

/// Envelopes, contents, links between revisions, and the projection against the fold of the log.
fn check_entries(snapshot: &mut Snapshot, progress: Progress) -> Result<Vec<Finding>, Problem> {
    let size = snapshot.head.size;
    let mut findings = Vec::new();
    let mut fold = Fold::default();
    let mut index = BTreeMap::new();
    let mut from = 0;
    while from < size {
        let leaves = leaf::range(snapshot.conn, from, LEAVES_PER_STEP)?;
        let Some(last) = leaves.last() else {
            break;
        };
        from = last.position + 1;
        check_bytes(snapshot.conn, &leaves, fold.erasures(), &mut findings)?;
        let folded = fold.add(snapshot.conn, &leaves, &mut findings)?;
        let positions: Vec<i64> = folded
            .iter()
            .map(|projected| projected.version.from_position)
            .collect();
        let stored = version::stored_at(snapshot.conn, &positions)?;
        let stored: HashMap<i64, _> = stored.into_iter().map(|p| (p.version.from_position, p)).collect();
        for mut expected in folded {
            let position = expected.version.from_position;
            match stored.get(&position) {
                None => findings.push(at(position, "the projection has no such version")),
                Some(found) => {
                    // When a version ends is told by a later leaf: compared once the fold is complete.
                    expected.version.to_position = found.version.to_position;
                    fold.claim_end(position, found.version.to_position);
                    if let Some(text) = &expected.search {
                        index.insert(position, TokenSum::of(position, text));
                    }
                    if *found != expected {
                        findings.push(at(position, "the projection differs from what the log says"));
                    }
                }
            }
        }
        progress(from, size);
    }
    findings.extend(fold.wrong_ends());
    findings.extend(check_index(snapshot.conn, index)?);
    findings.extend(fold.erasures().findings(snapshot.conn)?);
    let stored = version::count(snapshot.conn)?;
    let revisions = fold.revisions();
    if stored != revisions {
        findings.push(whole(&format!(
            "the projection has {stored} versions, the log {revisions} revisions"
        )));
    }
    Ok(findings)
}

/// The index of tokens against the texts it is made of.
fn check_index(conn: &mut Conn, mut expected: BTreeMap<i64, TokenSum>) -> Result<Vec<Finding>, Problem> {
    let mut findings = Vec::new();
    for found in search::token_sums(conn)? {
        if expected.remove(&found.from_position) != Some(found) {
            findings.push(at(
                found.from_position,
                "the search index differs from the texts it is made of",
            ));
        }
    }
    let missing = expected.into_keys();
    findings.extend(missing.map(|position| at(position, "the search index does not know this version")));
    Ok(findings)
}

/// Envelope bytes against their leaf hash, and contents against the hash the envelope names.
fn check_bytes(
    conn: &mut Conn,
    leaves: &[Leaf],
    erasures: &mut Erasures,
    findings: &mut Vec<Finding>,
) -> Result<(), Problem> {
    let mut wanted: HashMap<Vec<u8>, i64> = HashMap::new();
    for leaf in leaves {
        if leaf_hash(&leaf.envelope).to_vec() != leaf.leaf_hash {
            findings.push(at(
                leaf.position,
                "the envelope bytes do not have the leaf's hash",
            ));
        }
        if let Ok(envelope) = Envelope::from_bytes(&leaf.envelope) {
            let content = match &envelope {
                Envelope::Revision { content, .. } => Some(content.sha256.as_str()),
                _ => None,
            };
            let named = content.into_iter().chain(envelope.note());
            for hash in named.filter_map(from_hex) {
                wanted.insert(hash.to_vec(), leaf.position);
            }
        }
    }
    let hashes: Vec<Vec<u8>> = wanted.keys().cloned().collect();
    for row in content::by_hashes(conn, &hashes)? {
        let Some(position) = wanted.remove(&row.sha256) else {
            continue;
        };
        match row.bytes {
            None => erasures.miss(position, row.sha256),
            Some(bytes) if sha256(&bytes).to_vec() != row.sha256 => {
                let named = to_hex(&row.sha256);
                findings.push(at(position, &format!("content {named} does not have this hash")));
            }
            Some(_) => {}
        }
    }
    for (hash, position) in wanted {
        let named = to_hex(&hash);
        findings.push(at(position, &format!("content {named} is missing")));
    }
    Ok(())
}

pub fn at(position: i64, cause: &str) -> Finding {
    Finding {
        position: Some(position),
        cause: cause.to_owned(),
    }
}

pub fn whole(cause: &str) -> Finding {
    Finding {
        position: None,
        cause: cause.to_owned(),
    }
}
