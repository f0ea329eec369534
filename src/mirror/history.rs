//! The history of a copy that began with the present: filled into a database beside it, which takes its place once it
//! holds all that the copy holds.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::mirror::copy::LocalCopy;
use crate::mirror::files;
use crate::mirror::follow;
use crate::mirror::source::Source;
use crate::mirror::status::Status;
use crate::mirror::trouble::{Fork, Trouble};
use crate::store::conn::Location;
use crate::store::hand_over;
use crate::store::witnessed::{self, Witnessed};

/// The database in the making.
pub struct History {
    copy: LocalCopy,
    path: PathBuf,
    /// Readers are told of it once it is whole.
    unseen: Status,
}

impl History {
    /// Opens what an earlier run has come to, or begins it.
    pub fn open(source: &Source, database: &Path) -> Result<Self, Trouble> {
        let path = files::in_the_making(database);
        let location = Location::Sqlite(path.clone());
        Ok(Self {
            copy: LocalCopy::open(&location, source.base(), || source.entry(0))?,
            path,
            unseen: Status::new(source.base(), 0),
        })
    }

    /// How many entries it holds.
    pub fn loaded(&self) -> i64 {
        self.copy.head.size
    }

    /// Takes over one more page. Answers whether it holds all that `present` holds.
    pub fn fill(&mut self, source: &Source, present: &mut LocalCopy) -> Result<bool, Trouble> {
        // What is held back fits only together with the entries that follow it.
        if self.copy.due() < present.head.size || self.copy.holds_back() {
            follow::page(source, &mut self.copy, Duration::ZERO, &self.unseen, &())?;
        }
        let shared = self.copy.head.size.min(present.head.size);
        // Below the edge the present knows the roots of whole tiles only.
        for size in [shared, shared - shared % 256] {
            if let Some(signed) = present.root_if_held(size)? {
                self.must_have(size, &signed)?;
                break;
            }
        }
        let is_whole = self.copy.head.size >= present.head.size && !self.copy.holds_back();
        if is_whole && self.copy.head.size == present.head.size && self.copy.digest() != present.digest() {
            return Err(Trouble::refused(
                Some(present.head.position()),
                "the history leads to another state than the one that is served",
            ));
        }
        Ok(is_whole)
    }

    fn must_have(&mut self, size: i64, root: &[u8]) -> Result<(), Trouble> {
        if self.copy.root_at(size)? == root {
            return Ok(());
        }
        let cause = format!("the first {size} entries are not those of the tree that was signed");
        Err(Trouble::refused(Some(size - 1), cause))
    }

    /// Throws away what cannot become the history.
    pub fn discard(self) -> Result<(), Trouble> {
        drop(self.copy);
        files::remove(&self.path).map_err(Trouble::passing)
    }

    /// Puts the whole in the place of the present, with everything that was witnessed. A checkpoint that could not be
    /// held against the present is held against the history now.
    pub fn take_place(mut self, present: &mut LocalCopy, database: &Path) -> Result<(), Trouble> {
        let mut seen = witnessed::all(&mut present.conn)?;
        let held: Vec<String> = seen
            .iter()
            .filter(|seen| seen.covered)
            .map(|seen| seen.note.clone())
            .collect();
        for seen in &mut seen {
            seen.covered = self.covers(seen)?;
            if !seen.covered && seen.size <= self.copy.head.size && self.is_of_epoch(seen) {
                return Err(Trouble::Forked(Fork {
                    cause: format!("it has signed another root for its first {} entries", seen.size),
                    ours: held.last().cloned(),
                    theirs: seen.note.clone(),
                }));
            }
        }
        witnessed::keep(&mut self.copy.conn, &seen)?;
        let known = hand_over::all(&mut self.copy.conn)?;
        for hand_over in hand_over::all(&mut present.conn)? {
            if !known.contains(&hand_over) {
                hand_over::keep(&mut self.copy.conn, &hand_over)?;
            }
        }
        drop(self.copy);
        let earlier = files::swap(database, &self.path).map_err(Trouble::passing)?;
        if let Err(error) = files::remove(&earlier) {
            tracing::warn!(path = %earlier.display(), %error, "what was only the present is left behind");
        }
        Ok(())
    }

    fn covers(&mut self, seen: &Witnessed) -> Result<bool, Trouble> {
        Ok(seen.size <= self.copy.head.size && self.copy.root_at(seen.size)?.as_slice() == seen.root)
    }

    fn is_of_epoch(&self, seen: &Witnessed) -> bool {
        let log = crate::log::checkpoint::parts_of(&seen.origin);
        log.is_some_and(|(_, epoch)| epoch == self.copy.head.epoch)
    }
}
