//! Seconds of a log that is written here. One is over when the log has gone on to a later one, or when, after it, the
//! head's lock was free: whoever takes the lock from then on writes a later time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::domain::problem::Problem;
use crate::domain::time::Instant;
use crate::registry::head_watch::HeadWatch;
use crate::store::conn::{Conn, Location, Purpose};
use crate::store::dialect;
use crate::store::error::StoreError;

/// How far the clocks of instances may differ.
const CLOCKS_DIFFER_SECONDS: i64 = 1;

/// How long a reader waits for a write under way before it is content with an earlier second.
const PATIENCE: Duration = Duration::from_millis(500);

/// Remembers the newest second known to be over, so that at most one question a second is asked.
#[derive(Clone)]
pub struct Written {
    location: Location,
    before: Arc<AtomicI64>,
    asking: Arc<tokio::sync::Mutex<()>>,
}

impl Written {
    pub fn new(location: Location) -> Self {
        Self {
            location,
            before: Arc::default(),
            asking: Arc::default(),
        }
    }

    /// The start of a second before which the log is complete. Snapshots begun after this see all of it.
    pub async fn before(&self, head: &HeadWatch) -> Result<Instant, Problem> {
        let wanted = Instant::now()
            .start_of_second()
            .plus_seconds(-CLOCKS_DIFFER_SECONDS);
        if self.known() < wanted {
            self.learn(head.head().await?.recorded_at.start_of_second());
        }
        if self.known() < wanted {
            self.ask(wanted).await?;
        }
        Ok(self.known())
    }

    fn known(&self) -> Instant {
        Instant(self.before.load(Ordering::Acquire))
    }

    fn learn(&self, before: Instant) {
        self.before.fetch_max(before.0, Ordering::AcqRel);
    }

    /// Waits a little for the writes under way. Whoever finds others waiting already is content with what is known.
    async fn ask(&self, wanted: Instant) -> Result<(), Problem> {
        let Ok(asking) = Arc::clone(&self.asking).try_lock_owned() else {
            return Ok(());
        };
        let written = self.clone();
        let asked = tokio::task::spawn_blocking(move || {
            let _asking = asking;
            match wait_for_writers(&written.location) {
                Ok(()) => written.learn(wanted),
                Err(error) => tracing::warn!("the newest seconds cannot be harvested yet: {error}"),
            }
        });
        match tokio::time::timeout(PATIENCE, asked).await {
            Ok(ended) => ended.map_err(Problem::internal),
            // It goes on by itself, and later readers learn from it.
            Err(_) => Ok(()),
        }
    }
}

/// Takes the head's lock and lets go of it: every write begun earlier has ended by then.
fn wait_for_writers(location: &Location) -> Result<(), StoreError> {
    let mut conn = Conn::establish(location, Purpose::Write)?;
    dialect::begin_write(&mut conn)?;
    let locked = dialect::lock_head(&mut conn);
    dialect::rollback(&mut conn);
    locked.map(drop)
}
