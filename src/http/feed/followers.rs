//! Those who wait or are being streamed to: they cost little, but not nothing, so there is an end to how many. A commit
//! wakes them all at once; then one reads, and the others have what it read.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use tokio::sync::{Mutex, MutexGuard, OwnedSemaphorePermit, Semaphore};

use crate::domain::problem::{Problem, ProblemType};
use crate::log::cursor::Cursor;
use crate::registry::feed::Page;
use crate::registry::feed::changes::Changes;
use crate::registry::head_watch::HeadInfo;
use crate::text;

/// Seconds after which one who found no place may try again.
const COME_BACK: u32 = 5;

/// How long somebody waits for its turn before it reads for itself: one slow read must not hold up everybody.
const LONGEST_TURN: Duration = Duration::from_secs(1);

/// How many bytes of pages are kept for those who come next.
const RECENT_BYTES: u64 = 16 * 1024 * 1024;

/// A bounded number of places, and what was read last.
pub struct Followers {
    places: Arc<Semaphore>,
    most: usize,
    turn: Mutex<()>,
    recent: Cache<Asked, Arc<Page<Cursor>>>,
}

/// What a page is a function of.
type Asked = (HeadInfo, Changes);

/// One place, given back when dropped.
pub struct Place(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

/// Held while reading what others wait for too.
pub type Turn<'f> = MutexGuard<'f, ()>;

impl Followers {
    pub fn at_most(count: usize) -> Self {
        let most = count.min(Semaphore::MAX_PERMITS);
        let weigh = |_: &Asked, page: &Arc<Page<Cursor>>| {
            const OVERHEAD: usize = 1024;
            let lines: usize = page.lines.iter().map(|line| line.json.len()).sum();
            u32::try_from(lines + OVERHEAD).unwrap_or(u32::MAX)
        };
        Self {
            places: Arc::new(Semaphore::new(most)),
            most,
            turn: Mutex::new(()),
            recent: Cache::builder().max_capacity(RECENT_BYTES).weigher(weigh).build(),
        }
    }

    /// How many places are taken.
    pub fn count(&self) -> usize {
        self.most.saturating_sub(self.places.available_permits())
    }

    pub fn enter(&self) -> Result<Place, Problem> {
        let permit = Arc::clone(&self.places).try_acquire_owned();
        permit.map(Place).map_err(|_| Problem {
            retry_after: Some(COME_BACK),
            ..Problem::new(
                ProblemType::Overloaded,
                text!(
                    "等待变更的连接已满，请稍后重试或改为定时查询",
                    "too many are waiting for changes; try again shortly, or ask without waiting"
                ),
            )
        })
    }

    /// One's turn to read; nothing when that takes too long.
    pub async fn turn(&self) -> Option<Turn<'_>> {
        tokio::time::timeout(LONGEST_TURN, self.turn.lock()).await.ok()
    }

    /// The page another follower has read at the same head.
    pub fn recent(&self, head: HeadInfo, changes: &Changes) -> Option<Arc<Page<Cursor>>> {
        self.recent.get(&(head, changes.clone()))
    }

    pub fn keep(&self, head: HeadInfo, changes: Changes, page: &Arc<Page<Cursor>>) {
        self.recent.insert((head, changes), Arc::clone(page));
    }
}
