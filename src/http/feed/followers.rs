//! Those who wait or are being streamed to: they cost little, but not nothing, so there is an end to how many.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::domain::problem::{Problem, ProblemType};
use crate::text;

/// Seconds after which one who found no place may try again.
const COME_BACK: u32 = 5;

/// A bounded number of places.
pub struct Followers {
    places: Arc<Semaphore>,
    most: usize,
}

/// One place, given back when dropped.
pub struct Place(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

impl Followers {
    pub fn at_most(count: usize) -> Self {
        let most = count.min(Semaphore::MAX_PERMITS);
        Self {
            places: Arc::new(Semaphore::new(most)),
            most,
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
}
