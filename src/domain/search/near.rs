//! Numbers near one that is not registered: a digit wrong, the wrong year, GB for GB/T, O for 0.

use std::collections::BTreeSet;

use super::query::SearchQuery;
use super::token::{Token, TokenQuery};
use crate::domain::number::{self, Reference, StandardNumber};

/// How many near numbers are worth a look.
pub const MAX_NEAR: usize = 10;

/// Shorter serials are near to far too many others.
const SHORTEST_SERIAL: usize = 3;

/// A number as it was meant, as far as it can be told.
struct Meant {
    /// Letters and digits before the serial, without marks: `gbt`, `db3702t`. Empty where none was written.
    prefix: String,
    serial: String,
    part: Option<String>,
    year: Option<u16>,
}

/// What the index looks up to find rows whose serial is at most one slip away; nothing for what is no number.
pub fn variants(query: &SearchQuery) -> Option<TokenQuery> {
    let meant = meant(query)?;
    let serials = slips(&meant.serial).into_iter();
    let alternatives = serials.map(|serial| vec![Token::exact(&serial)]).collect();
    Some(TokenQuery(vec![alternatives]))
}

/// Of these canonical numbers those near the one asked for, the nearest first.
pub fn closest(query: &SearchQuery, candidates: impl IntoIterator<Item = String>) -> Vec<String> {
    let Some(meant) = meant(query) else {
        return Vec::new();
    };
    let mut near: Vec<(u8, String, String)> = candidates
        .into_iter()
        .filter_map(|candidate| {
            let number = number::parse(&candidate).ok()?;
            let slips = distance(&meant, &number)?;
            Some((slips, number::sort_key_of(&candidate), candidate))
        })
        .collect();
    near.sort();
    near.dedup();
    let numbers = near.into_iter().map(|(_, _, number)| number);
    numbers.take(MAX_NEAR).collect()
}

fn meant(query: &SearchQuery) -> Option<Meant> {
    let written = digits_meant(&query.text);
    let meant = match number::parse_reference(&written) {
        Ok(Reference::Number(number) | Reference::Undated(number)) => of_number(&number),
        _ => of_digits(&written)?,
    };
    (meant.serial.len() >= SHORTEST_SERIAL).then_some(meant)
}

/// O, I and l behind the first digit are mistaken for digits.
fn digits_meant(text: &str) -> String {
    let mut behind_a_digit = false;
    text.chars()
        .map(|c| {
            behind_a_digit |= c.is_ascii_digit();
            match c {
                'O' | 'o' if behind_a_digit => '0',
                'I' | 'l' if behind_a_digit => '1',
                _ => c,
            }
        })
        .collect()
}

fn of_number(number: &StandardNumber) -> Meant {
    Meant {
        prefix: bare(&number.prefix),
        serial: number.serial.to_ascii_lowercase(),
        part: number.part.clone(),
        year: number.year,
    }
}

/// `35796-2017`, `19851.10`: a number without its letters.
fn of_digits(written: &str) -> Option<Meant> {
    let tidied = number::tidy_house_number(written);
    let (serial, year) = match tidied.rsplit_once('-') {
        Some((serial, year)) => (serial, Some(year.parse().ok()?)),
        None => (tidied.as_str(), None),
    };
    let (serial, part) = match serial.split_once('.') {
        Some((serial, part)) => (serial, Some(part.to_owned())),
        None => (serial, None),
    };
    let is_digits = serial.bytes().all(|b| b.is_ascii_digit());
    (is_digits && !serial.is_empty()).then(|| Meant {
        prefix: String::new(),
        serial: serial.to_owned(),
        part,
        year,
    })
}

fn bare(prefix: &str) -> String {
    let kept = prefix.chars().filter(|c| c.is_alphanumeric());
    kept.flat_map(char::to_lowercase).collect()
}

/// How far a number is from the one meant; nothing when it is more than one slip away.
fn distance(meant: &Meant, number: &StandardNumber) -> Option<u8> {
    let other = of_number(number);
    let prefix = if meant.prefix.is_empty() || meant.prefix == other.prefix {
        0
    } else if is_other_kind(&meant.prefix, &other.prefix) {
        1
    } else {
        return None;
    };
    let year = match meant.year {
        Some(year) if other.year != Some(year) => 2,
        _ => 0,
    };
    let serial = match meant.serial == other.serial {
        true => 0,
        false if slips(&meant.serial).contains(&other.serial) => 3,
        false => return None,
    };
    let part = u8::from(meant.part.is_some() && meant.part != other.part) * 4;
    let slips = [prefix, year, serial, part];
    let count = slips.iter().filter(|slip| **slip > 0).count();
    (count <= 1).then(|| slips.iter().sum())
}

/// GB for GB/T, DB37 for DB37/T: the same body, another kind.
fn is_other_kind(a: &str, b: &str) -> bool {
    let kind = |prefix: &'_ str| prefix.trim_end_matches(['t', 'z', 'j']).to_owned();
    kind(a) == kind(b)
}

/// The serial itself and all that come of it by one slip: a digit wrong, two swapped, one left out, one too many.
fn slips(serial: &str) -> BTreeSet<String> {
    const DIGITS: std::ops::RangeInclusive<char> = '0'..='9';
    let characters: Vec<char> = serial.chars().collect();
    let mut slips = BTreeSet::from([serial.to_owned()]);
    for at in 0..=characters.len() {
        let (before, after) = characters.split_at(at);
        let spelt = |middle: &[char], rest: &[char]| [before, middle, rest].concat().iter().collect();
        for digit in DIGITS {
            slips.insert(spelt(&[digit], after));
        }
        if let [first, rest @ ..] = after {
            slips.insert(spelt(&[], rest));
            for digit in DIGITS.filter(|_| first.is_ascii_digit()) {
                slips.insert(spelt(&[digit], rest));
            }
            if let [second, rest @ ..] = rest {
                slips.insert(spelt(&[*second, *first], rest));
            }
        }
    }
    slips.remove("");
    slips
}
