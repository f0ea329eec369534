//! The registry as one write transaction sees it: what is stored, overlaid with what the transaction has decided so far.
//!
//! Rules are checked against this and nothing is written until all of them have been. A refused operation is undone
//! here, in memory, so its neighbours go on without savepoints.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use uuid::Uuid;

use crate::domain::problem::Problem;
use crate::domain::standard::Target;
use crate::domain::term::Term;
use crate::domain::vocabulary::{Action, Kind};
use crate::log::envelope::{Envelope, Note};
use crate::log::hash::Hash;
use crate::registry::sealed::{Matter, Sealed};
use crate::registry::stored::{ContentCache, as_hash, open_versions};
use crate::store::conn::Conn;
use crate::store::version::{self, Version};
use crate::store::{leaf, redaction};

/// An entry as it stands now.
#[derive(Clone, Debug)]
pub struct Current {
    pub id: Uuid,
    pub kind: Kind,
    pub revision: i64,
    pub since: Since,
    pub owner: String,
    pub actor: String,
    pub withdrawn: bool,
    /// None when the bytes were erased for a legal reason.
    pub content: Option<Arc<Sealed>>,
    pub content_sha256: Hash,
    /// The keys it bears while it is live; a framework keeps its slug even when withdrawn.
    pub keys: Vec<Key>,
}

/// Where the current revision is: in the log, or among those about to be appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    Stored { position: i64, leaf_hash: Hash },
    Staged(usize),
}

/// A revision about to be appended.
#[derive(Clone, Debug)]
pub struct Staged {
    pub id: Uuid,
    pub kind: Kind,
    pub revision: i64,
    pub action: Action,
    pub owner: String,
    pub actor: String,
    pub request: String,
    pub withdrawn: bool,
    pub content: Matter,
    pub note: Note,
    /// The revision it supersedes.
    pub supersedes: Option<Since>,
}

/// A key that only one live entry of an owner may bear.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    Number(String, String),
    ExternalId(String, String),
    /// Slugs name a framework for ever, withdrawn or not.
    Slug(String),
}

/// Loaded rows plus decided changes.
pub struct State<'c> {
    conn: &'c mut Conn,
    cache: &'c ContentCache,
    position: i64,
    entries: HashMap<Uuid, Option<Current>>,
    keys: HashMap<Key, Option<Uuid>>,
    owners_loaded: HashSet<String>,
    staged: Vec<Staged>,
    undo: Vec<Undo>,
    /// Which redaction erased which content; looked up when a content is first written.
    erased: Option<HashMap<Hash, i64>>,
}

/// How to take one step back.
enum Undo {
    Entry(Uuid, Option<Current>),
    Key(Key, Option<Uuid>),
}

/// A point to go back to.
#[derive(Clone, Copy)]
pub struct Mark {
    staged: usize,
    undo: usize,
}

impl<'c> State<'c> {
    /// The state after `position`, whose head the caller has locked.
    pub fn new(conn: &'c mut Conn, cache: &'c ContentCache, position: i64) -> Self {
        Self {
            conn,
            cache,
            position,
            entries: HashMap::new(),
            keys: HashMap::new(),
            owners_loaded: HashSet::new(),
            staged: Vec::new(),
            undo: Vec::new(),
            erased: None,
        }
    }

    /// The log position before this transaction.
    pub fn position(&self) -> i64 {
        self.position
    }

    pub fn conn(&mut self) -> &mut Conn {
        self.conn
    }

    /// The position of the redaction that erased a content, if one did.
    pub fn erased_by(&mut self, sha256: &Hash) -> Result<Option<i64>, Problem> {
        let erased = match &mut self.erased {
            Some(erased) => erased,
            none => {
                let mut erased = HashMap::new();
                for row in redaction::all(self.conn)? {
                    erased.insert(as_hash(&row.sha256)?, row.position);
                }
                none.insert(erased)
            }
        };
        Ok(erased.get(sha256).copied())
    }

    /// What a revision that keeps the present content is to name.
    pub fn matter_of(&mut self, current: &Current) -> Result<Matter, Problem> {
        if let Some(content) = &current.content {
            return Ok(Matter::Whole(Arc::clone(content)));
        }
        let Since::Stored { position, .. } = current.since else {
            return Err(Problem::internal("a content was erased before it was written"));
        };
        let leaves = leaf::range(self.conn, position, 1)?;
        let envelope = leaves.first().map(|leaf| Envelope::from_bytes(&leaf.envelope));
        match envelope {
            Some(Ok(Envelope::Revision { content, .. })) => Ok(Matter::Erased {
                sha256: current.content_sha256,
                size: usize::try_from(content.size).map_err(Problem::internal)?,
            }),
            _ => Err(Problem::internal(format!(
                "the leaf at position {position} does not read"
            ))),
        }
    }

    pub fn mark(&self) -> Mark {
        Mark {
            staged: self.staged.len(),
            undo: self.undo.len(),
        }
    }

    /// Forgets everything decided since the mark.
    pub fn go_back(&mut self, mark: Mark) {
        while self.undo.len() > mark.undo {
            match self.undo.pop() {
                Some(Undo::Entry(id, before)) => {
                    self.entries.insert(id, before);
                }
                Some(Undo::Key(key, before)) => {
                    self.keys.insert(key, before);
                }
                None => break,
            }
        }
        self.staged.truncate(mark.staged);
    }

    /// The position of the last staged revision, once written; the head's where nothing is staged.
    pub fn staged_position(&self) -> i64 {
        self.position + i64::try_from(self.staged.len()).unwrap_or(i64::MAX)
    }

    pub fn staged(&self) -> &[Staged] {
        &self.staged
    }

    pub fn into_staged(self) -> Vec<Staged> {
        self.staged
    }

    /// Loads many entries and keys at once, so that the checks that follow ask the database nothing.
    pub fn prefetch(&mut self, needs: &Needs) -> Result<(), Problem> {
        let ids: Vec<String> = needs.ids.iter().map(Uuid::to_string).collect();
        let mut found = version::current(self.conn, &ids)?;
        let mut numbers: Vec<String> = Vec::new();
        let mut external_ids: HashMap<&str, Vec<String>> = HashMap::new();
        for key in &needs.keys {
            match key {
                Key::Number(_, number) => numbers.push(number.clone()),
                Key::ExternalId(owner, external_id) => {
                    external_ids.entry(owner).or_default().push(external_id.clone());
                }
                Key::Slug(_) => {}
            }
        }
        numbers.sort();
        numbers.dedup();
        found.extend(version::live_by_numbers(self.conn, &numbers)?);
        for (owner, external_ids) in external_ids {
            found.extend(version::live_by_external_ids(self.conn, owner, &external_ids)?);
        }
        self.take_in(found)?;
        for id in &needs.ids {
            self.entries.entry(*id).or_insert(None);
        }
        for key in &needs.keys {
            if !matches!(key, Key::Slug(_)) {
                self.keys.entry(key.clone()).or_insert(None);
            }
        }
        Ok(())
    }

    /// The entry as it stands, or none if it was never registered.
    pub fn entry(&mut self, id: Uuid) -> Result<Option<Current>, Problem> {
        if !self.entries.contains_key(&id) {
            let found = version::current(self.conn, &[id.to_string()])?;
            self.take_in(found)?;
        }
        Ok(self.entries.entry(id).or_insert(None).clone())
    }

    /// The live entry that bears a key.
    pub fn bearer(&mut self, key: &Key) -> Result<Option<Uuid>, Problem> {
        if !self.keys.contains_key(key) {
            let found = match key {
                Key::Number(_, number) => version::live_by_numbers(self.conn, std::slice::from_ref(number))?,
                Key::ExternalId(owner, external_id) => {
                    version::live_by_external_ids(self.conn, owner, std::slice::from_ref(external_id))?
                }
                Key::Slug(_) => version::frameworks(self.conn)?,
            };
            self.take_in(found)?;
        }
        Ok(*self.keys.entry(key.clone()).or_insert(None))
    }

    /// Every standard of exactly this owner, withdrawn ones included, in the order they were last written.
    pub fn owned_standards(&mut self, owner: &str) -> Result<Vec<Current>, Problem> {
        if self.owners_loaded.insert(owner.to_owned()) {
            let found = version::owned_by(self.conn, owner, Kind::Standard.id())?;
            self.take_in(found)?;
        }
        let mut owned: Vec<_> = self
            .entries
            .values()
            .flatten()
            .filter(|e| e.kind == Kind::Standard && e.owner == owner)
            .cloned()
            .collect();
        owned.sort_by_key(|entry| match entry.since {
            Since::Stored { position, .. } => (0, position),
            Since::Staged(index) => (1, i64::try_from(index).unwrap_or(i64::MAX)),
        });
        Ok(owned)
    }

    /// Entries that this transaction has changed, as they stand now.
    pub fn changed(&self) -> impl Iterator<Item = &Current> {
        let ids: HashSet<Uuid> = self.staged.iter().map(|staged| staged.id).collect();
        ids.into_iter().filter_map(|id| self.entries.get(&id)?.as_ref())
    }

    /// Decides on a revision. The rules have been checked; from here on everyone in this transaction sees it.
    pub fn stage(&mut self, staged: Staged) {
        let content = staged.content.sealed().cloned();
        let mut keys = content
            .as_ref()
            .map_or_else(Vec::new, |content| keys_under(&staged.owner, content));
        if staged.withdrawn {
            keys.retain(|key| matches!(key, Key::Slug(_)));
        }
        let current = Current {
            keys: keys.clone(),
            id: staged.id,
            kind: staged.kind,
            revision: staged.revision,
            since: Since::Staged(self.staged.len()),
            owner: staged.owner.clone(),
            actor: staged.actor.clone(),
            withdrawn: staged.withdrawn,
            content_sha256: staged.content.sha256(),
            content,
        };
        self.release_keys(staged.id);
        for key in keys {
            self.set_key(key, Some(staged.id));
        }
        let before = self.entries.insert(staged.id, Some(current)).flatten();
        self.undo.push(Undo::Entry(staged.id, before));
        self.staged.push(staged);
    }

    /// Frees the keys an entry bears, so that a set of entries may trade theirs.
    pub fn release_keys(&mut self, id: Uuid) {
        let Some(Some(current)) = self.entries.get(&id) else {
            return;
        };
        for key in current.keys.clone() {
            if self.keys.get(&key) == Some(&Some(id)) {
                self.set_key(key, None);
            }
        }
    }

    /// Gives an entry that stays as it is its keys back.
    pub fn retake_keys(&mut self, id: Uuid) {
        let Some(Some(current)) = self.entries.get(&id) else {
            return;
        };
        for key in current.keys.clone() {
            self.set_key(key, Some(id));
        }
    }

    fn set_key(&mut self, key: Key, bearer: Option<Uuid>) {
        let before = self.keys.insert(key.clone(), bearer).flatten();
        self.undo.push(Undo::Key(key, before));
    }

    /// Takes stored versions in, unless this transaction has already seen or changed their entries.
    fn take_in(&mut self, mut found: Vec<Version>) -> Result<(), Problem> {
        found.retain(|version| {
            Uuid::parse_str(&version.entry_id).is_ok_and(|id| !matches!(self.entries.get(&id), Some(Some(_))))
        });
        found.sort_by(|a, b| a.entry_id.cmp(&b.entry_id));
        found.dedup_by(|a, b| a.entry_id == b.entry_id);
        for current in open_versions(self.conn, self.cache, &found)? {
            for key in &current.keys {
                self.keys.entry(key.clone()).or_insert(Some(current.id));
            }
            self.entries.insert(current.id, Some(current));
        }
        Ok(())
    }
}

/// What a batch of operations is going to look at.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    pub ids: HashSet<Uuid>,
    pub keys: HashSet<Key>,
}

impl Needs {
    /// The keys a content would bear under an owner.
    pub fn keys_of(&mut self, owner: &str, content: &Sealed) {
        self.keys.extend(keys_under(owner, content));
    }

    /// The entries that a content names.
    pub fn targets_of(&mut self, content: &Sealed) {
        let relations = content
            .standard()
            .into_iter()
            .flat_map(|standard| &standard.relations);
        self.ids
            .extend(relations.filter_map(|relation| match relation.target {
                Target::Id(id) => Some(id),
                Target::Number(_) | Target::Document(_) => None,
            }));
    }
}

/// The keys that a content bears in an owner's catalogue.
pub fn keys_under(owner: &str, content: &Sealed) -> Vec<Key> {
    let mut keys = Vec::with_capacity(2);
    if let Some(standard) = content.standard() {
        keys.extend(
            standard
                .number
                .iter()
                .map(|n| Key::Number(owner.to_owned(), n.clone())),
        );
        keys.extend(
            standard
                .external_id
                .iter()
                .map(|id| Key::ExternalId(owner.to_owned(), id.clone())),
        );
    }
    if let Some(framework) = content.framework() {
        keys.push(Key::Slug(framework.slug.clone()));
    }
    keys
}
