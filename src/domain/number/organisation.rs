//! Prefixes that name who issued the standard: associations (`T/CSGF`) and enterprises (`Q/CSG-GPG`).

use super::cursor::{Cursor, is_han};
use super::head::Head;
use super::prefix::Shape;
use super::refusal::{self, NumberProblem};
use crate::domain::vocabulary::{Level, Mandate};

/// Reads what follows `T/` or `Q/`.
pub(super) fn head(
    cursor: &mut Cursor,
    letter: &str,
    level: Level,
    shape: Shape,
) -> Result<Head, NumberProblem> {
    cursor.skip_blanks();
    let found = cursor.rest;
    let code = code(cursor, level);
    if code.is_empty() {
        return Err(refusal::organisation_expected(letter, found));
    }
    Ok(Head {
        prefix: format!("{letter}/{code}"),
        level,
        mandate: Some(Mandate::Voluntary),
        region: None,
        organisation: Some(code.to_owned()),
        shape,
    })
}

/// A code ends at a blank, or at its first digit where the serial follows without one: `T/CSGF023`.
fn code<'a>(cursor: &mut Cursor<'a>, level: Level) -> &'a str {
    let is_letter = |c: char| c.is_ascii_uppercase() || (level == Level::Enterprise && is_han(c));
    let word = leading_word(cursor.rest, is_letter);
    let may_hold_digits = is_followed_by_serial(cursor.rest, word)
        && (level == Level::Enterprise || word.starts_with(is_letter));
    let first_digit = word.find(|c: char| c.is_ascii_digit());
    let end = first_digit.filter(|_| !may_hold_digits).unwrap_or(word.len());
    let (code, rest) = cursor.rest.split_at_checked(end).unwrap_or_default();
    cursor.rest = rest;
    code.trim_end_matches('-')
}

/// Letters and digits, with dashes only before a letter: one before a digit belongs to the serial.
fn leading_word(written: &str, is_letter: impl Fn(char) -> bool + Copy) -> &str {
    let mut ahead = Cursor::new(written);
    loop {
        ahead.take_while(|c| is_letter(c) || c.is_ascii_digit());
        let goes_on = ahead.peek_second().is_some_and(is_letter);
        if !(goes_on && ahead.eat("-")) {
            break;
        }
    }
    written.strip_suffix(ahead.rest).unwrap_or(written)
}

fn is_followed_by_serial(written: &str, word: &str) -> bool {
    let behind = written.strip_prefix(word).and_then(|rest| rest.strip_prefix(' '));
    behind.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
}
