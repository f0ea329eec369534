//! Turning the pages of findings, which are worked out whole: the moment of the first page, and how many were told.

use chrono::NaiveDate;

use crate::domain::time::{AsOf, parse_date};
use crate::http::explorer::address::Address;
use crate::http::explorer::frame::Frame;
use crate::http::params::Params;
use crate::registry::moment::{Moment, ReadAt};
use crate::text;

/// How many findings a page shows.
const PER_PAGE: usize = 40;

/// A place to go on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    position: i64,
    valid_at: NaiveDate,
    told: usize,
}

/// What one page shows of all findings.
pub struct Part<T> {
    pub items: Vec<T>,
    pub total: usize,
    pub first: Option<Address>,
    pub next: Option<Address>,
}

impl Turn {
    pub fn ask(params: &mut Params) -> Option<Self> {
        let words = params.single("cursor")?;
        let turn = Self::read(&words);
        if turn.is_none() {
            let detail = text!(
                "cursor 须原样使用上一页的链接",
                "use the link of the page before as it is"
            );
            params.fault("cursor", "malformed_cursor", detail);
        }
        turn
    }

    fn read(words: &str) -> Option<Self> {
        let mut parts = words.splitn(3, '.');
        let turn = Self {
            position: parts.next()?.parse().ok()?,
            valid_at: parse_date(parts.next()?)?,
            told: parts.next()?.parse().ok()?,
        };
        (turn.position >= 0).then_some(turn)
    }

    fn words(&self) -> String {
        format!("{}.{}.{}", self.position, self.valid_at, self.told)
    }

    /// The moment of the first page.
    pub fn read_at(&self) -> ReadAt {
        ReadAt {
            as_of: Some(AsOf::Position(self.position)),
            valid_at: Some(self.valid_at),
            min_position: None,
        }
    }
}

/// The findings of one page, with the ways to the first and to the next.
pub fn part<T>(frame: &Frame, at: Moment, turn: Option<Turn>, all: Vec<T>) -> Part<T> {
    let told = turn.map_or(0, |turn| turn.told);
    let total = all.len();
    let items: Vec<T> = all.into_iter().skip(told).take(PER_PAGE).collect();
    let next = Turn {
        position: at.position,
        valid_at: at.valid_at,
        told: told.saturating_add(items.len()),
    };
    Part {
        next: (next.told < total).then(|| frame.here.clone().with("cursor", next.words())),
        first: turn.map(|_| frame.here.clone().without(&["cursor"])),
        items,
        total,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_written_is_read() {
        let turn = Turn::read("812.2026-11-21.40").unwrap();
        assert_eq!(turn.words(), "812.2026-11-21.40");
        for words in [
            "",
            "812",
            "812.2026-11-21",
            "-1.2026-11-21.40",
            "812.2026-13-01.40",
            "812.2026-11-21.x",
        ] {
            assert_eq!(Turn::read(words), None, "{words}");
        }
    }
}
