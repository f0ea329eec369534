//! Those who wait or are being streamed to: they cost little, but not nothing, so there is an end to how many.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::domain::problem::{Problem, ProblemType};
use crate::text;

/// Seconds after which one who found no place may try again.
const COME_BACK: u32 = 5;

/// A bounded number of places.
pub struct Followers(Arc<Semaphore>);

/// One place, given back when dropped.
pub struct Place(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

impl Followers {
    pub fn at_most(count: usize) -> Self {
        Self(Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS))))
    }

    pub fn enter(&self) -> Result<Place, Problem> {
        let permit = Arc::clone(&self.0).try_acquire_owned();
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
}
