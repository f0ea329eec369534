//! The copy itself: a database with the source's leaves, and the one connection that writes it.

use crate::log::cursor::Cursor;
use crate::log::hash::{Hash, to_hex};
use crate::log::state_digest::StateDigest;
use crate::mirror::trouble::Trouble;
use crate::registry::absorb::{self, Incoming, Refused};
use crate::registry::search_index;
use crate::registry::setup;
use crate::registry::stored::as_hash;
use crate::registry::tree;
use crate::store::conn::{Conn, Location, Purpose};
use crate::store::head::{self, Head};
use crate::store::migrate::migrate;
use crate::store::{content, leaf, version};

pub struct LocalCopy {
    pub conn: Conn,
    pub head: Head,
    digest: StateDigest,
    /// Leaves that fit only together with those that follow them.
    held: Vec<Incoming>,
    /// What was erased since last asked.
    erased: Vec<Hash>,
    /// Whether something came without its bytes that no redaction has explained so far.
    unexplained: bool,
}

/// Far more than one push can hold: beyond it nothing that follows will make the leaves fit.
const MOST_HELD: usize = 200_000;

impl LocalCopy {
    /// Opens the copy, or begins it with the log's first leaf.
    pub fn open(
        location: &Location,
        source: &str,
        genesis: impl FnOnce() -> Result<Vec<u8>, Trouble>,
    ) -> Result<Self, Trouble> {
        let mut conn = Conn::establish(location, Purpose::Write)?;
        migrate(&mut conn)?;
        match head::read(&mut conn)? {
            None => setup::set_up_copy(&mut conn, source, &genesis()?)?,
            Some(_) if setup::source_of(&mut conn)?.is_none() => {
                return Err(Trouble::Lasting(
                    "the data folder holds a registry of its own, not a copy: name another with --data"
                        .to_owned(),
                ));
            }
            Some(_) => setup::set_up_copy(&mut conn, source, &[])?,
        }
        search_index::bring_up(&mut conn)?;
        let head = head::read(&mut conn)?;
        let head = head.ok_or_else(|| Trouble::passing("the log has no head row"))?;
        let mut digest = StateDigest::default();
        for (id, revision, sha256) in version::live(&mut conn)? {
            digest.add(&id, revision, &as_hash(&sha256)?);
        }
        let unexplained = content::unexplained(&mut conn)?.is_some();
        Ok(Self {
            conn,
            head,
            digest,
            held: Vec::new(),
            erased: Vec::new(),
            unexplained,
        })
    }

    /// The place after which the next leaf is due.
    pub fn place(&mut self) -> Result<Cursor, Trouble> {
        let (position, hash) = match self.held.last() {
            Some(last) => (self.due() - 1, last.leaf_hash),
            None => (self.head.position(), self.leaf_hash(self.head.position())?),
        };
        Ok(Cursor::new(position, self.head.epoch, &hash))
    }

    /// The position of the next leaf.
    pub fn due(&self) -> i64 {
        self.head.size + i64::try_from(self.held.len()).unwrap_or(i64::MAX)
    }

    /// Takes leaves over, durably, once they fit. Answers whether the copy has grown.
    pub fn take(&mut self, leaves: Vec<Incoming>) -> Result<bool, Trouble> {
        self.held.extend(leaves);
        if self.held.is_empty() {
            return Ok(false);
        }
        let is_bare = |leaf: &Incoming| leaf.note.is_none() || (leaf.is_revision() && leaf.content.is_none());
        self.unexplained |= self.held.iter().any(is_bare);
        match absorb::absorb(&mut self.conn, self.digest, &self.held) {
            Ok(absorbed) => {
                self.held.clear();
                self.head = absorbed.head;
                self.digest = absorbed.digest;
                for hash in absorbed.erased {
                    self.erased.push(as_hash(&hash)?);
                }
                Ok(true)
            }
            Err(Refused::Unfinished) if self.held.len() < MOST_HELD => Ok(false),
            Err(Refused::Wrong(finding)) => {
                self.keep_before(finding.position)?;
                Err(Trouble::Refused(finding))
            }
            Err(refused) => {
                self.held.clear();
                Err(refused.into())
            }
        }
    }

    /// What comes before a leaf that does not fit is as good as any other.
    fn keep_before(&mut self, position: Option<i64>) -> Result<(), Trouble> {
        let good = position.and_then(|position| usize::try_from(position - self.head.size).ok());
        self.held.truncate(good.unwrap_or(0));
        self.take(Vec::new()).map(|_| ())
    }

    /// Whether there are leaves that fit only together with some that have not come.
    pub fn holds_back(&self) -> bool {
        !self.held.is_empty()
    }

    /// What was erased since last asked.
    pub fn take_erased(&mut self) -> Vec<Hash> {
        std::mem::take(&mut self.erased)
    }

    /// Bytes may be missing only where a redaction says so.
    pub fn all_explained(&mut self) -> Result<(), Trouble> {
        if !self.unexplained {
            return Ok(());
        }
        if let Some(sha256) = content::unexplained(&mut self.conn)? {
            let named = to_hex(&sha256);
            return Err(Trouble::refused(
                Some(self.head.position()),
                format!("the bytes of {named} were not sent, and no redaction names them"),
            ));
        }
        self.unexplained = false;
        Ok(())
    }

    pub fn digest(&self) -> StateDigest {
        self.digest
    }

    /// The root of the first `size` leaves held here.
    pub fn root_at(&mut self, size: i64) -> Result<Hash, Trouble> {
        let size = u64::try_from(size).map_err(Trouble::passing)?;
        Ok(tree::root_at(&mut self.conn, size)?)
    }

    pub fn root(&self) -> String {
        to_hex(&self.head.root)
    }

    fn leaf_hash(&mut self, position: i64) -> Result<Hash, Trouble> {
        let hash = leaf::hash_at(&mut self.conn, position)?;
        let hash = hash.ok_or_else(|| Trouble::passing(format!("the copy has no leaf {position}")))?;
        Ok(as_hash(&hash)?)
    }
}
