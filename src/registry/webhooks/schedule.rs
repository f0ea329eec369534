//! When a hint is sent again: about as the Standard Webhooks specification advises, over some three days.

use std::time::Duration;

/// Waits before each further attempt, in multiples of the base: with its usual 5 s these are 5 s, 5 min, 30 min, 2 h,
/// 5 h, 10 h, 14 h, 20 h, 24 h.
const WAITS: [u32; 9] = [1, 60, 360, 1_440, 3_600, 7_200, 10_080, 14_400, 17_280];

/// Waits are lengthened by up to this many hundredths, so that receivers that fail together do not retry together.
const JITTER: u32 = 20;

/// How long to wait after so many failed attempts, by a random number; nothing when the schedule is at its end.
pub fn wait_after(attempts: i32, base: Duration, random: u32) -> Option<Duration> {
    let index = usize::try_from(attempts).ok()?.checked_sub(1)?;
    let wait = base.saturating_mul(*WAITS.get(index)?);
    Some(wait + wait / 100 * (random % (JITTER + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: Duration = Duration::from_secs(5);

    #[test]
    fn it_lasts_about_three_days_and_then_ends() {
        let waits: Vec<_> = (1..).map_while(|n| wait_after(n, BASE, 0)).collect();
        assert_eq!(waits.len(), WAITS.len());
        let total: Duration = waits.iter().sum();
        assert!((70..80).contains(&(total.as_secs() / 3600)), "{total:?}");
        assert!(waits.is_sorted());
        assert_eq!(wait_after(10, BASE, 0), None);
        assert_eq!(wait_after(0, BASE, 0), None);
    }

    #[test]
    fn chance_lengthens_a_wait_by_a_fifth_at_most() {
        for random in [0, 1, 20, 21, u32::MAX] {
            let wait = wait_after(2, BASE, random).unwrap();
            assert!((300..=360).contains(&wait.as_secs()), "{wait:?}");
        }
    }
}
