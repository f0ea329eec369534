//! How long answers are kept for retries, and how those past it go while the service runs.

use std::time::Duration;

use crate::domain::problem::Problem;
use crate::domain::time::Instant;
use crate::store::conn::{Conn, Location, Purpose};
use crate::store::idempotency;

const KEPT_MICROS: i64 = 30 * 24 * 3600 * 1_000_000;

/// Between two rounds. Every instance makes its own: what one has deleted the others do not find.
const PAUSE: Duration = Duration::from_secs(3600);

/// How many go at once, so that writers hardly wait.
const AT_ONCE: usize = 1000;

/// The instant from which on answers count; older ones are as good as gone.
pub fn kept_since() -> i64 {
    Instant::now().0 - KEPT_MICROS
}

/// Deletes answers past their time, from the start on and then every hour. It ends with the task that runs it.
pub async fn keep_forgetting(location: Location) {
    loop {
        let location = location.clone();
        let forgotten = tokio::task::spawn_blocking(move || forget_old_answers(&location)).await;
        match forgotten.map_err(Problem::internal).flatten() {
            Ok(count) => tracing::debug!(count, "answers past their time were deleted"),
            // The next round tries again.
            Err(problem) => tracing::warn!(cause = problem.cause, "{}", problem.detail.en),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn forget_old_answers(location: &Location) -> Result<usize, Problem> {
    let mut conn = Conn::establish(location, Purpose::Write)?;
    let mut all = 0;
    loop {
        let count = idempotency::forget_before(&mut conn, kept_since(), AT_ONCE)?;
        all += count;
        if count < AT_ONCE {
            return Ok(all);
        }
    }
}
