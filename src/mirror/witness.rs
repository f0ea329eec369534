//! Holding the copy against what the source signs. Every checkpoint seen is kept: with it the source can be held to
//! what it once said.

use std::time::{Duration, Instant as Clock};

use crate::domain::time::Instant;
use crate::log::hash::{sha256, to_hex};
use crate::mirror::copy::LocalCopy;
use crate::mirror::signed::Signed;
use crate::mirror::trouble::{Fork, Trouble};
use crate::mirror::trust::Trust;
use crate::store::witnessed::{self, Witnessed};

/// A source that does not change is asked all the same: what it signs may.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

pub struct Witness {
    pub trust: Trust,
    /// Signed beyond what the copy holds so far.
    ahead: Option<Signed>,
    looked_at: Option<Clock>,
    /// The largest signed tree whose leaves the copy holds.
    covered: Option<i64>,
}

impl Witness {
    pub fn new(trust: Trust, copy: &mut LocalCopy) -> Result<Self, Trouble> {
        let newest = witnessed::newest_covered(&mut copy.conn, copy.head.size)?;
        Ok(Self {
            trust,
            ahead: None,
            looked_at: None,
            covered: newest.map(|newest| newest.size),
        })
    }

    pub fn covered(&self) -> Option<i64> {
        self.covered
    }

    /// Whether the newest checkpoint says nothing about the newest leaves, or is old.
    pub fn is_due(&self, copy: &LocalCopy) -> bool {
        self.covered.is_none_or(|size| size < copy.head.size)
            || self.looked_at.is_none_or(|then| then.elapsed() >= LOOK_AGAIN)
    }

    /// Takes note of a checkpoint: verified now, or as soon as the copy has come so far.
    pub fn hear(&mut self, note: &str, copy: &mut LocalCopy) -> Result<(), Trouble> {
        self.looked_at = Some(Clock::now());
        let checkpoint =
            Signed::read(note).map_err(|fault| Trouble::refused(None, format!("the checkpoint: {fault}")))?;
        if checkpoint.size > copy.head.size {
            self.ahead = Some(checkpoint);
            return Ok(());
        }
        self.verify(&checkpoint, copy)
    }

    /// Verifies what was heard of before the copy had come so far.
    pub fn catch_up(&mut self, copy: &mut LocalCopy) -> Result<(), Trouble> {
        match self.ahead.take_if(|ahead| ahead.size <= copy.head.size) {
            Some(checkpoint) => self.verify(&checkpoint, copy),
            None => Ok(()),
        }
    }

    /// Whether a trusted key signed it for this log. What is signed is kept, whatever it says.
    pub fn is_signed(&self, checkpoint: &Signed, copy: &mut LocalCopy) -> Result<(), Trouble> {
        let size = checkpoint.size;
        let keys = self.trust.keys(copy)?;
        checkpoint.check(&keys).map_err(|fault| {
            Trouble::refused(
                Some(size - 1),
                format!("the checkpoint of {size} entries: {fault}"),
            )
        })?;
        if checkpoint.log != copy.head.origin {
            let (ours, theirs) = (&copy.head.origin, &checkpoint.log);
            return Err(Trouble::Lasting(format!(
                "the source is {theirs}, this is a copy of {ours}"
            )));
        }
        let seen = Witnessed {
            sha256: sha256(checkpoint.note.as_bytes()).to_vec(),
            origin: checkpoint.origin().to_owned(),
            size,
            root: checkpoint.root.to_vec(),
            note: checkpoint.note.clone(),
            seen_at: Instant::now().0,
            covered: false,
        };
        witnessed::keep(&mut copy.conn, &[seen])?;
        Ok(())
    }

    fn verify(&mut self, checkpoint: &Signed, copy: &mut LocalCopy) -> Result<(), Trouble> {
        self.is_signed(checkpoint, copy)?;
        if checkpoint.epoch > copy.head.epoch {
            // A new epoch has begun before our newest leaf: the source was restored.
            return Err(Trouble::Gone);
        }
        let size = checkpoint.size;
        let Some(ours) = copy.root_if_held(size)? else {
            // Older than what is held. It is kept, and held against the history once that is here.
            return Ok(());
        };
        if ours != checkpoint.root {
            let (ours, theirs) = (to_hex(&ours), to_hex(&checkpoint.root));
            return Err(self.fork(
                copy,
                checkpoint,
                format!(
                    "it has signed the root {theirs} for its first {size} entries; here they have {ours}"
                ),
            ));
        }
        witnessed::cover(&mut copy.conn, &sha256(checkpoint.note.as_bytes()))?;
        self.trust.settle(copy)?;
        self.covered = self.covered.max(Some(size));
        Ok(())
    }

    /// A signed statement that contradicts what is held here.
    pub fn fork(&self, copy: &mut LocalCopy, theirs: &Signed, cause: String) -> Trouble {
        let size = copy.head.size;
        let ours = witnessed::newest_covered(&mut copy.conn, size).ok().flatten();
        Trouble::Forked(Fork {
            cause,
            ours: ours.map(|ours| ours.note),
            theirs: theirs.note.clone(),
        })
    }
}
