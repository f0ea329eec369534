//! The append: staged revisions become leaves, contents and versions, in one go and in order.

use std::collections::HashSet;

use crate::domain::problem::Problem;
use crate::domain::term::Term;
use crate::domain::time::Instant;
use crate::log::envelope::{Circumstances, Envelope, Event, MAX_ENVELOPE_BYTES, Note, RevisionFacts};
use crate::log::frontier::Frontier;
use crate::log::hash::{Hash, leaf_hash, sha256};
use crate::registry::projection::{self, Recorded};
use crate::registry::sealed::{Matter, media_type};
use crate::registry::state::{Since, Staged};
use crate::store::conn::Conn;
use crate::store::content::{self, StoredBytes};
use crate::store::error::StoreError;
use crate::store::head::{self, Head};
use crate::store::leaf::{self, Leaf, Node};
use crate::store::version::{self, Projected};

/// What an append wrote.
pub struct Appended {
    pub head: Head,
    /// The position of each staged revision, in the order they were staged.
    pub positions: Vec<i64>,
    /// The hash of the last leaf, by which a commit can be recognised later.
    pub last_leaf: Option<Vec<u8>>,
}

/// Rows in the making: everything is computed before the first of them is sent.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) leaves: Vec<Leaf>,
    nodes: Vec<Node>,
    contents: Vec<StoredBytes>,
    known_contents: HashSet<Hash>,
    pub(super) versions: Vec<Projected>,
    pub(super) closings: Vec<(i64, i64)>,
}

/// Appends `staged` after `head`, which the caller has locked. Nothing is appended for nothing.
pub fn append(conn: &mut Conn, head: &Head, staged: &[Staged]) -> Result<Appended, Problem> {
    if staged.is_empty() {
        return Ok(Appended {
            head: head.clone(),
            positions: Vec::new(),
            last_leaf: None,
        });
    }
    let mut frontier = head.frontier()?;
    let mut rows = Rows::default();
    let mut last_recorded_at = head.last_recorded_at;
    let clock = Instant::now().0;
    for (index, revision) in (0i64..).zip(staged) {
        let position = head.size + index;
        // Strictly increasing, whatever the clock does: position and time tell the same story.
        let recorded_at = clock.max(last_recorded_at + 1);
        last_recorded_at = recorded_at;
        let leaf = rows.add(revision, position, Instant(recorded_at))?;
        rows.grow(&mut frontier, leaf);
    }
    let count = i64::try_from(staged.len()).map_err(Problem::internal)?;
    let new_head = Head {
        size: head.size + count,
        root: frontier.root().to_vec(),
        frontier: frontier.to_bytes(),
        last_recorded_at,
        ..head.clone()
    };
    let last_leaf = rows.leaves.last().map(|leaf| leaf.leaf_hash.clone());
    rows.write(conn)?;
    head::advance(conn, &new_head)?;
    Ok(Appended {
        positions: (head.size..new_head.size).collect(),
        last_leaf,
        head: new_head,
    })
}

/// Something that happened to the log itself, by whom and why.
pub struct Occurrence {
    pub actor: String,
    pub request: String,
    pub note: Note,
    pub event: Event,
}

/// Appends one event after `head`, which the caller has locked. A new epoch takes effect with its own leaf.
pub fn append_event(conn: &mut Conn, head: &Head, occurrence: &Occurrence) -> Result<Appended, Problem> {
    let position = head.size;
    let recorded_at = Instant(Instant::now().0.max(head.last_recorded_at + 1));
    let note = occurrence.note.to_bytes().map_err(Problem::internal)?;
    let note_sha256 = sha256(&note);
    let circumstances = Circumstances {
        actor: &occurrence.actor,
        note_sha256,
        position,
        recorded_at,
        request: &occurrence.request,
    };
    let mut rows = Rows::default();
    let leaf = rows.add_leaf(
        &Envelope::event(occurrence.event.clone(), &circumstances),
        recorded_at,
    )?;
    rows.keep_bytes(note_sha256, &note);
    let mut frontier = head.frontier()?;
    rows.grow(&mut frontier, leaf);
    let new_head = Head {
        epoch: match occurrence.event {
            Event::Epoch { epoch, .. } => epoch,
            _ => head.epoch,
        },
        size: head.size + 1,
        root: frontier.root().to_vec(),
        frontier: frontier.to_bytes(),
        last_recorded_at: recorded_at.0,
        ..head.clone()
    };
    rows.write(conn)?;
    head::advance(conn, &new_head)?;
    Ok(Appended {
        positions: vec![position],
        last_leaf: Some(leaf.to_vec()),
        head: new_head,
    })
}

impl Rows {
    /// Adds everything one revision needs and answers its leaf hash.
    fn add(&mut self, revision: &Staged, position: i64, recorded_at: Instant) -> Result<Hash, Problem> {
        let note = revision.note.to_bytes().map_err(Problem::internal)?;
        let note_sha256 = sha256(&note);
        let previous = self.supersede(revision.supersedes, position)?;
        let envelope = Envelope::revision(&RevisionFacts {
            action: revision.action.id(),
            actor: &revision.actor,
            content_sha256: revision.content.sha256(),
            content_size: revision.content.size(),
            content_type: media_type(revision.kind),
            entry_id: &revision.id.to_string(),
            kind: revision.kind.id(),
            previous,
            revision: revision.revision,
            note_sha256,
            owner: &revision.owner,
            position,
            recorded_at,
            request: &revision.request,
        });
        let leaf = self.add_leaf(&envelope, recorded_at)?;
        if let Matter::Whole(sealed) = &revision.content {
            self.keep_bytes(sealed.sha256(), sealed.bytes());
        }
        self.keep_bytes(note_sha256, &note);
        self.versions.push(projection::project(&Recorded {
            position,
            recorded_at,
            id: revision.id,
            kind: revision.kind,
            revision: revision.revision,
            owner: &revision.owner,
            action: revision.action,
            actor: &revision.actor,
            withdrawn: revision.withdrawn,
            content_sha256: revision.content.sha256(),
            content: revision.content.sealed().map(AsRef::as_ref),
            note_sha256,
        })?);
        Ok(leaf)
    }

    /// Adds a leaf and answers its hash.
    fn add_leaf(&mut self, envelope: &Envelope, recorded_at: Instant) -> Result<Hash, Problem> {
        let bytes = envelope.to_bytes().map_err(Problem::internal)?;
        if bytes.len() > MAX_ENVELOPE_BYTES {
            return Err(Problem::internal("an envelope beyond its limit"));
        }
        let leaf = leaf_hash(&bytes);
        self.leaves.push(Leaf {
            position: envelope.position(),
            recorded_at: recorded_at.0,
            leaf_hash: leaf.to_vec(),
            envelope: bytes,
        });
        Ok(leaf)
    }

    /// Takes a leaf into the tree, and the nodes it completes among the rows.
    pub(super) fn grow(&mut self, frontier: &mut Frontier, leaf: Hash) {
        frontier.append(leaf, |node| {
            self.nodes.push(Node {
                level: i32::try_from(node.level).unwrap_or(i32::MAX),
                node_index: i64::try_from(node.index).unwrap_or(i64::MAX),
                hash: node.hash.to_vec(),
            });
        });
    }

    /// Ends the version that a revision supersedes, stored or a few rows above, and answers its leaf hash.
    fn supersede(&mut self, since: Option<Since>, ended: i64) -> Result<Option<Hash>, Problem> {
        match since {
            None => Ok(None),
            Some(Since::Stored { position, leaf_hash }) => {
                self.closings.push((position, ended));
                Ok(Some(leaf_hash))
            }
            Some(Since::Staged(index)) => {
                let (Some(leaf), Some(projected)) = (self.leaves.get(index), self.versions.get_mut(index))
                else {
                    return Err(Problem::internal("a revision supersedes one that comes after it"));
                };
                projected.version.to_position = Some(ended);
                Hash::try_from(leaf.leaf_hash.as_slice())
                    .map(Some)
                    .map_err(Problem::internal)
            }
        }
    }

    pub(super) fn keep_bytes(&mut self, sha256: Hash, bytes: &[u8]) {
        if self.known_contents.insert(sha256) {
            self.contents.push(StoredBytes::new(sha256, bytes.to_vec()));
        }
    }

    /// Keeps bytes, or that they were erased.
    pub(super) fn keep(&mut self, sha256: Hash, bytes: Option<&[u8]>) {
        match bytes {
            Some(bytes) => self.keep_bytes(sha256, bytes),
            None => self.withhold(sha256),
        }
    }

    /// Notes that bytes are not to be had any more.
    fn withhold(&mut self, sha256: Hash) {
        if self.known_contents.insert(sha256) {
            self.contents.push(StoredBytes::withheld(sha256));
        }
    }

    pub(super) fn write(self, conn: &mut Conn) -> Result<(), StoreError> {
        leaf::insert(conn, &self.leaves, &self.nodes)?;
        content::insert(conn, &self.contents)?;
        // Superseded rows end first, so that the keys they bear are free for those that follow.
        version::close(conn, &self.closings)?;
        version::insert(conn, self.versions)?;
        Ok(())
    }
}
