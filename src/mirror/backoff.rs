//! How long to leave a source alone that could not answer.

use std::time::Duration;

const SHORTEST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(60);

/// A source may ask for more patience, within reason.
const LONGEST_ASKED: Duration = Duration::from_secs(600);

/// Pauses that double with every failure, up to a minute, and are never quite the same for two mirrors.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Something went right.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// The pause after one more failure; not shorter than the source asked for.
    pub fn pause(&mut self, asked: Option<Duration>) -> Duration {
        let doubled = SHORTEST.saturating_mul(1 << self.failures.min(10)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        let mut chance = [0];
        // Without chance all come back together, which is worse but not wrong.
        let _ = getrandom::fill(&mut chance);
        let [chance] = chance;
        let own = doubled.mul_f64(0.5 + f64::from(chance) / 512.0);
        asked.map_or(own, |asked| {
            asked.min(LONGEST_ASKED) + doubled.min(SHORTEST).mul_f64(f64::from(chance) / 255.0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_minute_and_begin_anew_after_a_success() {
        let mut backoff = Backoff::default();
        assert!(backoff.pause(None) <= SHORTEST);
        for _ in 0..40 {
            assert!(backoff.pause(None) <= LONGEST);
        }
        assert!(backoff.pause(None) >= LONGEST / 2);
        backoff.reset();
        assert!(backoff.pause(None) <= SHORTEST);
    }

    #[test]
    fn a_source_is_left_alone_for_as_long_as_it_asks() {
        let asked = Duration::from_secs(7);
        let pause = Backoff::default().pause(Some(asked));
        assert!(pause >= asked && pause <= asked + SHORTEST);
        assert!(Backoff::default().pause(Some(Duration::MAX)) <= LONGEST_ASKED + SHORTEST);
    }
}
