//! What stands in one place of a table.

use std::borrow::Cow;

use chrono::NaiveDate;

use crate::domain::division::Divisions;
use crate::domain::term::Term;
use crate::domain::text::Language;
use crate::domain::time::Instant;

/// For whom a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    /// For programs: names of fields and identifiers.
    Names,
    /// For people: headings and labels in their language.
    Labels(Language),
}

/// What is an identifier to programs and a label to people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    pub id: Cow<'static, str>,
    pub zh: Cow<'static, str>,
    pub en: Cow<'static, str>,
}

impl Words {
    pub fn of<T: Term>(term: T) -> Self {
        Self::fixed(term.id(), term.zh(), term.en())
    }

    pub const fn fixed(id: &'static str, zh: &'static str, en: &'static str) -> Self {
        Self {
            id: Cow::Borrowed(id),
            zh: Cow::Borrowed(zh),
            en: Cow::Borrowed(en),
        }
    }

    pub fn in_style(&self, style: Style) -> &str {
        match style {
            Style::Names => &self.id,
            Style::Labels(Language::Chinese) => &self.zh,
            Style::Labels(Language::English) => &self.en,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Empty,
    Text(String),
    Words(Words),
    Integer(i64),
    Day(NaiveDate),
    Instant(Instant),
}

impl Cell {
    pub fn text(words: impl Into<String>) -> Self {
        Self::Text(words.into())
    }

    pub fn term<T: Term>(term: T) -> Self {
        Self::Words(Words::of(term))
    }

    /// A term by its identifier; one the vocabulary does not know stays as it is.
    pub fn term_id<T: Term>(id: &str) -> Self {
        T::from_id(id).map_or_else(|| Self::text(id), Self::term)
    }

    /// What is absent leaves its place empty.
    pub fn optional(words: Option<&String>) -> Self {
        words.map_or(Self::Empty, Self::text)
    }

    pub fn day(day: Option<NaiveDate>) -> Self {
        day.map_or(Self::Empty, Self::Day)
    }

    pub fn count(number: u64) -> Self {
        i64::try_from(number).map_or(Self::Empty, Self::Integer)
    }

    /// The name of a division.
    pub fn division(code: &str) -> Self {
        Self::optional(Divisions::built_in().get(code).map(|division| &division.name))
    }

    /// As a table without types writes it.
    pub fn plain(self, style: Style) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(words) => guarded(words),
            Self::Words(words) => guarded(words.in_style(style).to_owned()),
            Self::Integer(number) => number.to_string(),
            Self::Day(day) => day.to_string(),
            Self::Instant(instant) => instant.to_rfc3339(),
        }
    }
}

const STARTS_FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Whether a spreadsheet that reads plain text could run it, apostrophes before it aside.
fn is_risky(words: &str) -> bool {
    words.trim_start_matches('\'').starts_with(STARTS_FORMULA)
}

/// Whether a spreadsheet would take it for a formula once somebody edits it.
pub fn is_like_formula(words: &str) -> bool {
    words.starts_with(STARTS_FORMULA)
}

/// A spreadsheet runs what begins like a formula; an apostrophe before it keeps it text.
pub fn guarded(words: String) -> String {
    if is_risky(&words) {
        return format!("'{words}");
    }
    words
}

/// What [`guarded`] guards: the exact text again.
pub fn unguarded(words: &str) -> &str {
    match words.strip_prefix('\'') {
        Some(rest) if is_risky(rest) => rest,
        _ => words,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    fn what_is_guarded_comes_back_as_it_was(
        #[values("=1+1", "+86", "-", "@a", "\tx", "'=1", "''=1", "'引号", "", "一")] words: &str,
    ) {
        let kept = guarded(words.to_owned());
        assert!(!kept.starts_with(STARTS_FORMULA), "{kept}");
        assert_eq!(unguarded(&kept), words);
    }
}
