//! Instants and days. Instants are UTC with microseconds; days are those of Asia/Shanghai.

use chrono::{
    DateTime, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeZone, Utc,
};

/// A point of transaction time: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub i64);

impl Instant {
    pub fn now() -> Self {
        Self(Utc::now().timestamp_micros())
    }

    /// `2026-11-21T03:04:05.000123Z`: always six decimals, always Z.
    pub fn to_rfc3339(self) -> String {
        self.as_utc().to_rfc3339_opts(SecondsFormat::Micros, true)
    }

    /// `2026-11-21T03:04:05Z`: what came after the whole second is cut off.
    pub fn to_rfc3339_seconds(self) -> String {
        self.as_utc().to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// The beginning of the second it lies in.
    pub fn start_of_second(self) -> Self {
        Self(self.0 - self.0.rem_euclid(MICROS_PER_SECOND))
    }

    /// The last microsecond of the second it lies in.
    pub fn end_of_second(self) -> Self {
        Self(self.start_of_second().0 + MICROS_PER_SECOND - 1)
    }

    /// So many seconds later, or earlier when negative.
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0 + seconds * MICROS_PER_SECOND)
    }

    /// Reads RFC 3339 with an offset; finer than a microsecond is cut off.
    pub fn parse(words: &str) -> Option<Self> {
        let instant = DateTime::parse_from_rfc3339(words).ok()?;
        Some(Self(instant.timestamp_micros()))
    }

    /// The calendar day in Shanghai.
    pub fn shanghai_day(self) -> NaiveDate {
        self.as_utc().with_timezone(&shanghai()).date_naive()
    }

    /// The last microsecond of a day in Shanghai.
    pub fn end_of_day(day: NaiveDate) -> Self {
        let next = day.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
        let midnight = NaiveDateTime::new(next, NaiveTime::MIN);
        let start_of_next = midnight.and_utc().timestamp_micros() - SHANGHAI_OFFSET_SECONDS * 1_000_000;
        Self(start_of_next - 1)
    }

    fn as_utc(self) -> DateTime<Utc> {
        Utc.timestamp_micros(self.0)
            .single()
            .unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

const MICROS_PER_SECOND: i64 = 1_000_000;

const SHANGHAI_OFFSET_SECONDS: i64 = 8 * 3600;

/// China has one zone and, since 1991, no summer time.
fn shanghai() -> FixedOffset {
    FixedOffset::east_opt(8 * 3600).unwrap_or_else(|| chrono::Offset::fix(&Utc))
}

/// Reads exactly `YYYY-MM-DD`.
pub fn parse_date(words: &str) -> Option<NaiveDate> {
    let digits = words.as_bytes();
    let shaped = digits.len() == 10
        && digits.iter().enumerate().all(|(i, b)| {
            if i == 4 || i == 7 {
                *b == b'-'
            } else {
                b.is_ascii_digit()
            }
        });
    if shaped {
        NaiveDate::parse_from_str(words, "%Y-%m-%d").ok()
    } else {
        None
    }
}

/// What a request's `as_of` names, before the log resolves it to a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    Position(i64),
    /// The end of a day in Shanghai.
    Day(NaiveDate),
    Instant(Instant),
}

impl AsOf {
    /// Digits only is a position, `YYYY-MM-DD` a day, RFC 3339 with offset an instant; anything else nothing.
    pub fn parse(words: &str) -> Option<Self> {
        if !words.is_empty() && words.bytes().all(|b| b.is_ascii_digit()) {
            return words.parse().ok().map(Self::Position);
        }
        if let Some(day) = parse_date(words) {
            return Some(Self::Day(day));
        }
        Instant::parse(words).map(Self::Instant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight_in_shanghai() {
        let day = NaiveDate::from_ymd_opt(2026, 8, 31).unwrap();
        let end = Instant::end_of_day(day);
        assert_eq!(end.to_rfc3339(), "2026-08-31T15:59:59.999999Z");
        assert_eq!(end.shanghai_day(), day);
        assert_eq!(Instant(end.0 + 1).shanghai_day(), day.succ_opt().unwrap());
    }

    #[test]
    fn as_of_takes_positions_days_and_instants_with_offset_only() {
        assert_eq!(AsOf::parse("812"), Some(AsOf::Position(812)));
        assert!(matches!(AsOf::parse("2026-08-31"), Some(AsOf::Day(_))));
        assert!(matches!(
            AsOf::parse("2026-08-31T00:00:00+08:00"),
            Some(AsOf::Instant(_))
        ));
        for refused in [
            "",
            "-1",
            "2026-8-31",
            "2026-08-31T00:00:00",
            "20260831T000000Z",
            "yesterday",
            "99999999999999999999",
        ] {
            assert_eq!(AsOf::parse(refused), None, "{refused}");
        }
    }
}
