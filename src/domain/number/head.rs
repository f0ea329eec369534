//! The beginning of a number: who issued it and how far that binds.

use super::cursor::{Cursor, is_han};
use super::prefix::{self, Prefix, Shape};
use super::refusal::{self, NumberProblem};
use super::{organisation, region, suffix};
use crate::domain::vocabulary::{Level, Mandate};

/// Everything that the prefix of a number says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Head {
    pub prefix: String,
    pub level: Level,
    pub mandate: Option<Mandate>,
    pub region: Option<String>,
    pub organisation: Option<String>,
    pub shape: Shape,
}

/// Reads a prefix, once even where it was written twice: `T/CSGF T/CSGF023.3`.
pub(super) fn read(cursor: &mut Cursor) -> Result<Head, NumberProblem> {
    let head = read_once(cursor)?;
    let mut ahead = *cursor;
    while read_once(&mut ahead).is_ok_and(|again| again.prefix == head.prefix) {
        *cursor = ahead;
    }
    Ok(head)
}

fn read_once(cursor: &mut Cursor) -> Result<Head, NumberProblem> {
    cursor.skip_blanks();
    if cursor.eat("T/") {
        return organisation::head(cursor, "T", Level::Group, Shape::Open);
    }
    if cursor.eat("Q/") {
        return organisation::head(cursor, "Q", Level::Enterprise, Shape::Enterprise);
    }
    if cursor.eat("建标") {
        return tabled(cursor, "建标");
    }
    let whole = cursor.rest;
    let letters = cursor.take_letters();
    if letters.is_empty() {
        return Err(refusal::prefix_expected(whole));
    }
    if matches!(letters, "DB" | "DBS" | "DBJ" | "DGJ") {
        let mut local = *cursor;
        if let Some(head) = of_division(&mut local, letters) {
            *cursor = local;
            return head;
        }
    }
    tabled(cursor, letters)
}

/// A prefix with a division code in it: `DB37/T`, `DB3702/T`, `DBS51/`, `DBJ51/T`, `DB13(J)/T`.
///
/// Without a slash or a letter behind the digits these are no division: `DB 12-2000` is seismology.
fn of_division(cursor: &mut Cursor, letters: &str) -> Option<Result<Head, NumberProblem>> {
    cursor.skip_blanks();
    let digits = cursor.take_digits();
    if digits.is_empty() {
        return None;
    }
    let construction = if letters == "DB" && cursor.eat("(J)") {
        "(J)"
    } else {
        ""
    };
    let slash = cursor.eat("/");
    let suffix = local_suffix(cursor, letters);
    if !slash && construction.is_empty() && suffix.is_empty() {
        return None;
    }
    if letters == "DBJ" {
        // Chongqing writes DBJ50/T-123-2011.
        cursor.eat("-");
    }
    let Some(region) = region::division(digits) else {
        return Some(Err(refusal::unknown_region(digits)));
    };
    Some(Ok(Head {
        prefix: format!("{letters}{digits}{construction}/{suffix}"),
        level: Level::Local,
        mandate: Some(match suffix {
            "" | "J" => Mandate::Mandatory,
            "Z" => Mandate::Guidance,
            _ => Mandate::Recommended,
        }),
        region: Some(region),
        organisation: None,
        shape: Shape::Local,
    }))
}

/// What follows a division: T recommended, Z guidance, J construction. Food safety has none, it always binds.
fn local_suffix(cursor: &mut Cursor, letters: &str) -> &'static str {
    let mut ahead = *cursor;
    let written = ahead.take_letters();
    let known = ["T", "Z", "J", "TJ", "JT"];
    match known.into_iter().find(|suffix| *suffix == written) {
        Some(suffix) if letters != "DBS" => {
            *cursor = ahead;
            suffix
        }
        _ => "",
    }
}

/// A prefix of the table, with or without `/T` or `/Z`, whose slash may be missing.
fn tabled(cursor: &mut Cursor, letters: &str) -> Result<Head, NumberProblem> {
    if let Some(composite) = composite(cursor, letters) {
        return suffixed(cursor, composite);
    }
    if let Some(prefix) = prefix::find(letters) {
        return suffixed(cursor, prefix);
    }
    for suffix in [Suffix::T, Suffix::Z] {
        let base = letters.strip_suffix(suffix.letter()).and_then(prefix::find);
        if let Some((base, mandate)) = base.and_then(|base| Some((base, suffix.mandate(base)?))) {
            return Ok(head_of(base, suffix.letter(), Some(mandate)));
        }
    }
    Err(unknown(cursor, letters))
}

fn unknown(cursor: &Cursor, letters: &str) -> NumberProblem {
    let digits_follow = cursor.peek().is_some_and(|c| c.is_ascii_digit());
    if letters == "TC" && digits_follow {
        refusal::committee_code(&format!("{letters}{}", cursor.rest))
    } else if suffix::is_international_body(letters) {
        refusal::foreign_number(letters)
    } else {
        refusal::unknown_prefix(letters)
    }
}

/// `NB/SH`, `DG/TJ`: two codes that together are one.
fn composite(cursor: &mut Cursor, letters: &str) -> Option<&'static Prefix> {
    let mut ahead = *cursor;
    if !ahead.eat("/") {
        return None;
    }
    let second = ahead.take_letters();
    if second.is_empty() {
        return None;
    }
    let prefix = prefix::find(&format!("{letters}/{second}"))?;
    *cursor = ahead;
    Some(prefix)
}

#[derive(Clone, Copy)]
enum Suffix {
    T,
    Z,
}

impl Suffix {
    fn letter(self) -> &'static str {
        match self {
            Self::T => "T",
            Self::Z => "Z",
        }
    }

    fn mandate(self, prefix: &Prefix) -> Option<Mandate> {
        match self {
            Self::T => prefix.with_t,
            Self::Z => prefix.with_z,
        }
    }
}

fn suffixed(cursor: &mut Cursor, prefix: &'static Prefix) -> Result<Head, NumberProblem> {
    if let Some(head) = qualified(cursor, prefix) {
        return Ok(head);
    }
    let mut ahead = *cursor;
    if !ahead.eat("/") {
        return Ok(tianjin_construction(cursor, head_of(prefix, "", prefix.bare)));
    }
    let written = ahead.rest;
    for suffix in [Suffix::T, Suffix::Z] {
        let Some(mandate) = suffix.mandate(prefix) else {
            continue;
        };
        let mut behind = ahead;
        // Only where serials start with letters may one follow at once: JTG/TB02-01-2008.
        let ends =
            |next: Option<char>| prefix.shape == Shape::Open || !next.is_some_and(|c| c.is_ascii_uppercase());
        if behind.eat(suffix.letter()) && ends(behind.peek()) {
            *cursor = behind;
            let head = head_of(prefix, suffix.letter(), Some(mandate));
            return Ok(tianjin_construction(cursor, head));
        }
    }
    Err(refusal::unknown_suffix(prefix.code, &format!("/{written}")))
}

fn head_of(prefix: &'static Prefix, suffix: &str, mandate: Option<Mandate>) -> Head {
    let slash = if suffix.is_empty() { "" } else { "/" };
    Head {
        prefix: format!("{}{slash}{suffix}", prefix.code),
        level: prefix.level,
        mandate,
        region: prefix.region.map(str::to_owned),
        organisation: (prefix.level == Level::Group).then(|| prefix.code.to_owned()),
        shape: prefix.shape,
    }
}

/// `JJF(鲁)` is Shandong's, `JJG(交通)` that of a ministry.
fn qualified(cursor: &mut Cursor, prefix: &'static Prefix) -> Option<Head> {
    if !matches!(prefix.code, "JJF" | "JJG") {
        return None;
    }
    let mut ahead = *cursor;
    if !ahead.eat("(") {
        return None;
    }
    let name = ahead.take_while(is_han);
    if name.is_empty() || !ahead.eat(")") {
        return None;
    }
    *cursor = ahead;
    let region = region::by_short_name(name);
    Some(Head {
        prefix: format!("{}({name})", prefix.code),
        level: if region.is_some() {
            Level::Local
        } else {
            Level::Industry
        },
        region,
        ..head_of(prefix, "", prefix.bare)
    })
}

/// Tianjin numbers its construction standards `DB/T 29-6-2013`: a second group tells them from seismology.
fn tianjin_construction(cursor: &Cursor, head: Head) -> Head {
    let mut ahead = *cursor;
    ahead.skip_blanks();
    let is_tianjin = matches!(head.prefix.as_str(), "DB" | "DB/T")
        && ahead.eat("29-")
        && !ahead.take_digits().is_empty()
        && ahead.eat("-");
    if !is_tianjin {
        return head;
    }
    Head {
        level: Level::Local,
        region: region::division("12"),
        shape: Shape::Double,
        ..head
    }
}
