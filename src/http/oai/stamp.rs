//! The protocol's dates: days, or whole seconds of UTC.

use crate::domain::time::{Instant, parse_date};

/// What `Identify` calls the finest date that can be asked for.
pub const GRANULARITY: &str = "YYYY-MM-DDThh:mm:ssZ";

/// A `from` or `until` as it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub first: Instant,
    /// Its last microsecond: both bounds of the protocol are inclusive.
    pub last: Instant,
    /// Whether it names a day, not a second.
    pub is_day: bool,
}

impl Stamp {
    /// Reads `YYYY-MM-DD` or `YYYY-MM-DDThh:mm:ssZ`, exactly.
    pub fn parse(words: &str) -> Option<Self> {
        if parse_date(words).is_some() {
            let first = Instant::parse(&format!("{words}T00:00:00Z"))?;
            let last = Instant::parse(&format!("{words}T23:59:59Z"))?.end_of_second();
            return Some(Self {
                first,
                last,
                is_day: true,
            });
        }
        let first = Instant::parse(words)?;
        // Only what is written back the same was written as the protocol wants it.
        (first.to_rfc3339_seconds() == words).then_some(Self {
            first,
            last: first.end_of_second(),
            is_day: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_whole_seconds_of_utc_are_read_and_nothing_else() {
        let day = Stamp::parse("2026-11-21").unwrap();
        assert_eq!(day.first.to_rfc3339(), "2026-11-21T00:00:00.000000Z");
        assert_eq!(day.last.to_rfc3339(), "2026-11-21T23:59:59.999999Z");
        let second = Stamp::parse("2026-11-21T03:04:05Z").unwrap();
        assert_eq!(second.last.to_rfc3339(), "2026-11-21T03:04:05.999999Z");
        for refused in [
            "",
            "2026",
            "2026-11",
            "2026-02-30",
            "2026-11-21T03:04:05",
            "2026-11-21T03:04:05.1Z",
            "2026-11-21T03:04Z",
            "2026-11-21T11:04:05+08:00",
            "2026-11-21 03:04:05Z",
            "2026-11-21t03:04:05z",
        ] {
            assert_eq!(Stamp::parse(refused), None, "{refused}");
        }
    }
}
