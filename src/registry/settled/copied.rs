//! Seconds of a copy. When its source writes is not known here, and its clock is another; what is known is which entries
//! came, and for how long no more did.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant as Clock};

use crate::domain::time::Instant;
use crate::registry::head_watch::HeadInfo;

/// Longer than any write is on its way: a stalled one loses its lock after ten seconds.
const NO_WRITE_TAKES: Duration = Duration::from_secs(30);

/// Remembers since when the copy is all that its source has.
#[derive(Default)]
pub struct Copied(Mutex<Option<Equal>>);

struct Equal {
    position: i64,
    first: Clock,
    last: Clock,
}

impl Copied {
    /// Hears that the copy is all that its source has.
    pub fn equal(&self, position: i64, now: Clock) {
        let mut equal = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match equal.as_mut().filter(|equal| equal.position == position) {
            Some(equal) => equal.last = now,
            None => {
                *equal = Some(Equal {
                    position,
                    first: now,
                    last: now,
                });
            }
        }
    }

    /// The second of the newest entry is over once a later one came, or none for a long time.
    pub fn before(&self, head: &HeadInfo) -> Instant {
        let equal = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let quiet = equal.as_ref().is_some_and(|equal| {
            equal.position == head.position && equal.last.duration_since(equal.first) >= NO_WRITE_TAKES
        });
        let newest = head.recorded_at.start_of_second();
        if quiet { newest.plus_seconds(1) } else { newest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(position: i64) -> HeadInfo {
        HeadInfo {
            position,
            recorded_at: Instant(1_500_000),
            epoch: 1,
        }
    }

    #[test]
    fn the_newest_second_is_over_when_nothing_came_for_long() {
        let copied = Copied::default();
        let begin = Clock::now();
        assert_eq!(copied.before(&head(7)), Instant(1_000_000));
        copied.equal(7, begin);
        copied.equal(7, begin + NO_WRITE_TAKES / 2);
        assert_eq!(copied.before(&head(7)), Instant(1_000_000));
        copied.equal(7, begin + NO_WRITE_TAKES);
        assert_eq!(copied.before(&head(7)), Instant(2_000_000));
        assert_eq!(copied.before(&head(8)), Instant(1_000_000), "more came since");
        copied.equal(8, begin + NO_WRITE_TAKES);
        assert_eq!(copied.before(&head(8)), Instant(1_000_000));
    }
}
