//! Which seconds are over: before them nothing can be recorded any more.
//!
//! A revision bears the time it was written at but is seen only once its transaction has committed. So the clock alone
//! does not tell that a second is complete, and who reads by whole seconds would miss what commits late.

mod copied;
mod written;

use std::sync::Arc;

use crate::domain::problem::Problem;
use crate::domain::time::Instant;
use crate::registry::head_watch::HeadWatch;
use crate::registry::settled::copied::Copied;
use crate::registry::settled::written::Written;
use crate::store::conn::Location;

/// Tells how far the seconds of a log are over.
#[derive(Clone)]
pub enum Settled {
    /// Of a log that is written here.
    Written(Written),
    /// Of a copy of another.
    Copied(Arc<Copied>),
}

impl Settled {
    pub fn written(location: Location) -> Self {
        Self::Written(Written::new(location))
    }

    pub fn copied() -> Self {
        Self::Copied(Arc::default())
    }

    /// The start of a second before which the log is complete. Snapshots begun after this see all of it.
    pub async fn before(&self, head: &HeadWatch) -> Result<Instant, Problem> {
        match self {
            Self::Written(written) => written.before(head).await,
            Self::Copied(copied) => Ok(copied.before(&head.head().await?)),
        }
    }

    /// Hears that a copy, with its head at a position, is all that its source has.
    pub fn equal(&self, position: i64) {
        if let Self::Copied(copied) = self {
            copied.equal(position, std::time::Instant::now());
        }
    }
}
