//! The tree as this process has verified it: its root follows from the leaf hashes, whatever the head says.

use crate::domain::problem::Problem;
use crate::domain::text::Text;
use crate::log::checkpoint::{self, Checkpoint};
use crate::log::frontier::Frontier;
use crate::registry::signing::named_key::{self, NamedKey};
use crate::registry::stored::as_hash;
use crate::store::head::Head;
use crate::store::leaf;
use crate::store::pool::Snapshot;
use crate::text;

/// How many leaf hashes are read at a time.
const HASHES_PER_STEP: i64 = 10_000;

pub struct Verified {
    epoch: i64,
    frontier: Frontier,
    /// The newest key the log names.
    pub key: Option<NamedKey>,
}

impl Verified {
    /// A log that has just been checked whole.
    pub fn whole(snapshot: &mut Snapshot) -> Result<Self, Problem> {
        Ok(Self {
            epoch: snapshot.head.epoch,
            frontier: snapshot.head.frontier()?,
            key: named_key::all(snapshot.conn, snapshot.head.position())?.pop(),
        })
    }

    fn nothing(epoch: i64) -> Self {
        Self {
            epoch,
            frontier: Frontier::default(),
            key: None,
        }
    }

    pub fn checkpoint(&self, head: &Head) -> Checkpoint {
        Checkpoint {
            origin: checkpoint::origin(&head.origin, head.epoch),
            size: self.frontier.size(),
            root: self.frontier.root(),
        }
    }

    /// Whether what was verified is a part of the log as its head now is, going by size and epoch.
    fn is_before(&self, head: &Head) -> bool {
        self.epoch == head.epoch && self.size() <= head.size
    }

    fn size(&self) -> i64 {
        i64::try_from(self.frontier.size()).unwrap_or(i64::MAX)
    }

    /// Follows the log to its head, leaf by leaf; from its beginning where there is nothing to follow from. The answer
    /// says what is wrong, if anything is.
    pub fn follow(known: Option<Self>, snapshot: &mut Snapshot) -> Result<Result<Self, Text>, Problem> {
        let head = snapshot.head.clone();
        let mut tree = known
            .filter(|known| known.is_before(&head))
            .unwrap_or_else(|| Self::nothing(head.epoch));
        let begun_at = tree.size();
        while tree.size() < head.size {
            let position = tree.size();
            let step = HASHES_PER_STEP.min(head.size - position);
            let hashes = leaf::nodes(snapshot.conn, 0, position, step)?;
            if i64::try_from(hashes.len()) != Ok(step) {
                return Ok(Err(text!(
                    "位置 {position} 之后缺少日志条目",
                    "a leaf is missing at or after position {position}"
                )));
            }
            for hash in hashes {
                tree.frontier.append(as_hash(&hash)?, |_| {});
            }
        }
        if tree.frontier.root().as_slice() != head.root {
            let size = head.size;
            return Ok(Err(text!(
                "日志头所称 {size} 条的根与条目摘要不符",
                "the head's root for {size} leaves is not that of the leaf hashes"
            )));
        }
        let named = named_key::between(snapshot.conn, begun_at - 1, head.position())?;
        tree.key = named.into_iter().next_back().or(tree.key);
        Ok(Ok(tree))
    }
}
