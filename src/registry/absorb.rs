//! Taking over what another registry recorded: its leaves at their positions, and the rows they call for.

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

use crate::domain::problem::Problem;
use crate::domain::term::Term;
use crate::domain::time::Instant;
use crate::domain::vocabulary::{Action, Kind};
use crate::log::envelope::{EntryRef, Envelope, Erased};
use crate::log::frontier::Frontier;
use crate::log::hash::{Hash, from_hex, to_hex};
use crate::log::state_digest::StateDigest;
use crate::registry::append::Rows;
use crate::registry::check::{Finding, at};
use crate::registry::projection::{self, Recorded};
use crate::registry::redaction;
use crate::registry::sealed::Sealed;
use crate::registry::stored::as_hash;
use crate::store::conn::Conn;
use crate::store::dialect;
use crate::store::error::StoreError;
use crate::store::head::{self, Head};
use crate::store::leaf::{self, Leaf};
use crate::store::loading;
use crate::store::version;

/// One leaf with what it names. Whoever hands it in has checked that the parts have the hashes the leaf names.
#[derive(Clone, Debug)]
pub struct Incoming {
    pub envelope: Envelope,
    /// The envelope's bytes, as they were hashed.
    pub bytes: Vec<u8>,
    pub leaf_hash: Hash,
    /// Nothing once it was erased, and for leaves that are no revision.
    pub content: Option<Vec<u8>>,
    /// Nothing once it was erased.
    pub note: Option<Vec<u8>>,
}

impl Incoming {
    pub fn is_revision(&self) -> bool {
        matches!(self.envelope, Envelope::Revision { .. })
    }
}

/// Why leaves are not taken over. Nothing was written.
#[derive(Debug)]
pub enum Refused {
    /// They do not continue this log.
    Wrong(Finding),
    /// A key changes hands across the last of them: together with those that follow they will fit.
    Unfinished,
    Failed(Problem),
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem)
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

/// What the log has become.
#[derive(Clone, Debug)]
pub struct Absorbed {
    pub head: Head,
    pub digest: StateDigest,
    /// The hashes of what was erased.
    pub erased: Vec<Vec<u8>>,
}

/// Takes `incoming` over in one transaction. `digest` is that of the state they come to.
pub fn absorb(conn: &mut Conn, digest: StateDigest, incoming: &[Incoming]) -> Result<Absorbed, Refused> {
    dialect::begin_write(conn)?;
    let absorbed = absorb_locked(conn, digest, incoming);
    match absorbed {
        Ok(absorbed) => {
            dialect::commit(conn)?;
            if !absorbed.erased.is_empty() {
                dialect::scrub(conn)?;
            }
            Ok(absorbed)
        }
        Err(refused) => {
            dialect::rollback(conn);
            Err(refused)
        }
    }
}

fn absorb_locked(conn: &mut Conn, digest: StateDigest, incoming: &[Incoming]) -> Result<Absorbed, Refused> {
    let head = dialect::lock_head(conn)?.ok_or_else(|| Problem::internal("the log has no head row"))?;
    let mut absorbing = Absorbing {
        newest: newest(conn, incoming)?,
        rows: Rows::default(),
        erasures: Vec::new(),
        frontier: head.frontier()?,
        digest,
        lacks_history: loading::from(conn)?.is_some(),
        head,
    };
    for leaf in incoming {
        absorbing.take(leaf)?;
    }
    absorbing.write(conn)
}

/// The newest revision of an entry.
struct Newest {
    position: i64,
    revision: i64,
    leaf_hash: Hash,
    withdrawn: bool,
    content_sha256: Hash,
    /// Its place among the rows in the making, unless it is stored already.
    row: Option<usize>,
}

/// Where the log has come to with the leaves taken so far.
struct Absorbing {
    head: Head,
    frontier: Frontier,
    digest: StateDigest,
    /// Whether entries may have earlier revisions that are not held: the history comes later, and is checked then.
    lacks_history: bool,
    newest: HashMap<String, Newest>,
    rows: Rows,
    /// What redactions name, and when.
    erasures: Vec<(i64, Instant, Vec<Erased>)>,
}

impl Absorbing {
    fn take(&mut self, incoming: &Incoming) -> Result<(), Refused> {
        let position = self.head.size;
        let wrong = |cause: &str| Refused::Wrong(at(position, cause));
        let said = incoming.envelope.position();
        if said != position {
            return Err(wrong(&format!("the envelope says position {said}")));
        }
        let recorded_at = Instant::parse(incoming.envelope.recorded_at())
            .filter(|instant| instant.0 > self.head.last_recorded_at)
            .ok_or_else(|| wrong("recorded no later than the entry before it"))?;
        match &incoming.envelope {
            Envelope::Genesis { .. } => return Err(wrong("a second beginning")),
            Envelope::Revision { .. } => self.take_revision(incoming, recorded_at)?,
            Envelope::Epoch { epoch, .. } if *epoch <= self.head.epoch => {
                return Err(wrong("the epoch does not follow the one before"));
            }
            Envelope::Epoch { epoch, .. } => self.head.epoch = *epoch,
            Envelope::Redact { erased, .. } => {
                self.erasures.push((position, recorded_at, erased.clone()));
            }
            Envelope::Key { .. } => {}
        }
        if let Some(hash) = incoming.envelope.note().and_then(from_hex) {
            self.rows.keep(hash, incoming.note.as_deref());
        }
        self.rows.leaves.push(Leaf {
            position,
            recorded_at: recorded_at.0,
            leaf_hash: incoming.leaf_hash.to_vec(),
            envelope: incoming.bytes.clone(),
        });
        self.rows.grow(&mut self.frontier, incoming.leaf_hash);
        self.head.size += 1;
        self.head.last_recorded_at = recorded_at.0;
        Ok(())
    }
}

impl Absorbing {
    fn take_revision(&mut self, incoming: &Incoming, recorded_at: Instant) -> Result<(), Refused> {
        let position = self.head.size;
        let wrong = |cause: &str| Refused::Wrong(at(position, cause));
        let Envelope::Revision {
            action,
            actor,
            content,
            entry,
            note,
            owner,
            ..
        } = &incoming.envelope
        else {
            return Ok(());
        };
        let (Ok(id), Some(kind), Some(action), Some(note_sha256), Some(content_sha256)) = (
            Uuid::parse_str(&entry.id),
            Kind::from_id(&entry.kind),
            Action::from_id(action),
            from_hex(&note.sha256),
            from_hex(&content.sha256),
        ) else {
            return Err(wrong("the envelope names something unknown"));
        };
        let sealed = incoming
            .content
            .as_ref()
            .map(|bytes| Sealed::open(kind, bytes.clone()))
            .transpose()
            .map_err(|_| wrong("the content does not read"))?;
        self.supersede(entry)?;
        let withdrawn = action == Action::Withdraw;
        self.rows.versions.push(projection::project(&Recorded {
            position,
            recorded_at,
            id,
            kind,
            revision: entry.revision,
            owner,
            action,
            actor,
            withdrawn,
            content_sha256,
            content: sealed.as_ref(),
            note_sha256,
        })?);
        self.rows.keep(content_sha256, incoming.content.as_deref());
        if !withdrawn {
            self.digest.add(&entry.id, entry.revision, &content_sha256);
        }
        let newest = Newest {
            position,
            revision: entry.revision,
            leaf_hash: incoming.leaf_hash,
            withdrawn,
            content_sha256,
            row: Some(self.rows.versions.len() - 1),
        };
        self.newest.insert(entry.id.clone(), newest);
        Ok(())
    }

    /// Ends the revision before this one, which it must name.
    fn supersede(&mut self, entry: &EntryRef) -> Result<(), Refused> {
        let position = self.head.size;
        let wrong = |cause: &str| Refused::Wrong(at(position, cause));
        let before = self.newest.get(&entry.id);
        let (due, previous) = match before {
            // Withdrawn before the copy began.
            None if self.lacks_history && entry.revision > 1 && entry.previous.is_some() => {
                return Ok(());
            }
            None => (1, None),
            Some(before) => (before.revision + 1, Some(to_hex(&before.leaf_hash))),
        };
        if entry.revision != due {
            let found = entry.revision;
            return Err(wrong(&format!("revision {found} where {due} is due")));
        }
        if entry.previous != previous {
            return Err(wrong("the link to the previous revision does not hold"));
        }
        let Some(before) = before else {
            return Ok(());
        };
        if !before.withdrawn {
            self.digest
                .remove(&entry.id, before.revision, &before.content_sha256);
        }
        match before.row.and_then(|row| self.rows.versions.get_mut(row)) {
            Some(staged) => staged.version.to_position = Some(position),
            None => self.rows.closings.push((before.position, position)),
        }
        Ok(())
    }

    fn write(self, conn: &mut Conn) -> Result<Absorbed, Refused> {
        let head = Head {
            root: self.frontier.root().to_vec(),
            frontier: self.frontier.to_bytes(),
            ..self.head
        };
        self.rows.write(conn).map_err(|error| {
            if error.is_duplicate() {
                Refused::Unfinished
            } else {
                error.into()
            }
        })?;
        for (position, recorded_at, erased) in &self.erasures {
            redaction::erase(conn, erased, *position, *recorded_at)?;
        }
        head::advance(conn, &head)?;
        Ok(Absorbed {
            head,
            digest: self.digest,
            erased: self
                .erasures
                .iter()
                .flat_map(|(_, _, erased)| erased)
                .filter_map(|erased| from_hex(&erased.sha256))
                .map(|hash| hash.to_vec())
                .collect(),
        })
    }
}

/// The newest revisions of the entries that `incoming` speaks of, as far as they are stored.
fn newest(conn: &mut Conn, incoming: &[Incoming]) -> Result<HashMap<String, Newest>, Problem> {
    let ids: BTreeSet<String> = incoming
        .iter()
        .filter_map(|incoming| match &incoming.envelope {
            Envelope::Revision { entry, .. } => Some(entry.id.clone()),
            _ => None,
        })
        .collect();
    let ids: Vec<String> = ids.into_iter().collect();
    let versions = version::current(conn, &ids)?;
    let positions: Vec<i64> = versions.iter().map(|version| version.from_position).collect();
    let leaf_hashes: HashMap<i64, Vec<u8>> = leaf::hashes_at(conn, &positions)?.into_iter().collect();
    versions
        .into_iter()
        .map(|version| {
            let position = version.from_position;
            let leaf_hash = leaf_hashes
                .get(&position)
                .ok_or_else(|| StoreError::Corrupt(format!("no leaf at position {position}")))?;
            let newest = Newest {
                position,
                revision: version.revision,
                leaf_hash: as_hash(leaf_hash)?,
                withdrawn: version.withdrawn,
                content_sha256: as_hash(&version.content_sha256)?,
                row: None,
            };
            Ok((version.entry_id, newest))
        })
        .collect()
}
