//! The middle of a number: serial, part and year.

use super::cursor::Cursor;
use super::head::Head;
use super::prefix::Shape;
use super::refusal::{self, NumberProblem};

/// What identifies a standard under its prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Serial {
    pub serial: String,
    pub part: Option<String>,
    pub year: Option<u16>,
}

const LONGEST_DIGITS: usize = 8;
const LONGEST_OPEN: usize = 32;

pub(super) fn read(cursor: &mut Cursor, head: &Head) -> Result<Serial, NumberProblem> {
    let groups = read_groups(cursor, head)?;
    let (groups, year) = match head.shape {
        Shape::Single => dated_at(groups, 1)?,
        Shape::Double => {
            let groups = part_sign(groups, head)?;
            dated_at(groups, 2)?
        }
        Shape::Local => {
            let serials = groups.len().saturating_sub(1).max(1);
            dated_at(groups, serials.min(2))?
        }
        Shape::Open | Shape::Enterprise => dated_if_a_year(groups),
    };
    check_length(&groups, head)?;
    let (serial, part) = split_part(groups);
    Ok(Serial { serial, part, year })
}

impl Shape {
    fn takes_letters(self) -> bool {
        matches!(self, Self::Open | Self::Enterprise)
    }

    fn takes(self, c: char) -> bool {
        c.is_ascii_digit() || (self.takes_letters() && c.is_ascii_uppercase())
    }
}

/// Reads the groups between dashes; a colon before the year is a dash, as in CECS 21:2000.
fn read_groups(cursor: &mut Cursor, head: &Head) -> Result<Vec<String>, NumberProblem> {
    cursor.skip_blanks();
    let mut groups = vec![read_first_group(cursor, head)?];
    while matches!(cursor.peek(), Some('-' | ':'))
        && cursor.peek_second().is_some_and(|c| head.shape.takes(c))
    {
        let _ = cursor.eat("-") || cursor.eat(":");
        groups.push(read_group(cursor, head)?);
    }
    Ok(groups)
}

/// The first group may hold a slash (JTG F80/1) or, with organisations, blanks (Q/CSG 2 16 016).
fn read_first_group(cursor: &mut Cursor, head: &Head) -> Result<String, NumberProblem> {
    let mut group = read_group(cursor, head)?;
    loop {
        let next_is_taken = cursor.peek_second().is_some_and(|c| head.shape.takes(c));
        let next_is_digit = cursor.peek_second().is_some_and(|c| c.is_ascii_digit());
        let only_letters = group.bytes().all(|b| b.is_ascii_uppercase());
        let joins_over_blank = head.shape == Shape::Enterprise || (head.shape == Shape::Open && only_letters);
        if joins_over_blank && next_is_taken && cursor.eat(" ") {
            group.push_str(&read_group(cursor, head)?);
        } else if head.shape.takes_letters() && next_is_digit && cursor.eat("/") {
            group.push('/');
            group.push_str(&read_group(cursor, head)?);
        } else {
            return Ok(group);
        }
    }
}

/// `5009`, `15629.11`, `150.1A`.
fn read_group(cursor: &mut Cursor, head: &Head) -> Result<String, NumberProblem> {
    let written = cursor.rest;
    let mut group = cursor.take_while(|c| head.shape.takes(c)).to_owned();
    if group.is_empty() {
        return Err(refusal::serial_expected(&head.prefix, written));
    }
    while !stands_for_all_parts(cursor) && cursor.eat(".") {
        let part = cursor.take_while(|c| head.shape.takes(c));
        if part.is_empty() {
            return Err(refusal::part_expected(&group));
        }
        group.push('.');
        group.push_str(part);
    }
    Ok(group)
}

/// `GB/T 5009.X`: the dot belongs to the sign of a series, not to a part.
fn stands_for_all_parts(cursor: &Cursor) -> bool {
    let mut ahead = cursor.rest.chars();
    ahead.next() == Some('.')
        && matches!(ahead.next(), Some('X' | '×' | '*'))
        && !ahead.next().is_some_and(|c| c.is_ascii_alphanumeric())
}

/// Takes the last group for the year when there is one more than the serial needs.
fn dated_at(mut groups: Vec<String>, serials: usize) -> Result<(Vec<String>, Option<u16>), NumberProblem> {
    if groups.len() > serials + 1 {
        return Err(refusal::too_many_groups(&groups.join("-")));
    }
    if groups.len() <= serials {
        return Ok((groups, None));
    }
    let Some(last) = groups.pop() else {
        return Ok((groups, None));
    };
    match year(&last) {
        Some(year) => Ok((groups, Some(year))),
        None => Err(refusal::not_a_year(&last)),
    }
}

fn dated_if_a_year(mut groups: Vec<String>) -> (Vec<String>, Option<u16>) {
    let written = groups.last().and_then(|last| year(last));
    if groups.len() < 2 || written.is_none() {
        return (groups, None);
    }
    groups.pop();
    (groups, written)
}

/// Checks the two-digit sign; official lists also run it into the number: `DG/TJ 082077-2021`.
fn part_sign(mut groups: Vec<String>, head: &Head) -> Result<Vec<String>, NumberProblem> {
    let written = groups.join("-");
    let refused = || refusal::sign_expected(&head.prefix, &written);
    let is_sign = |sign: &str| sign.len() == 2 && sign.bytes().all(|b| b.is_ascii_digit());
    let first = groups.first_mut().ok_or_else(refused)?;
    if is_sign(first) {
        return if groups.len() > 1 {
            Ok(groups)
        } else {
            Err(refused())
        };
    }
    let shanghai = first.starts_with("08") && head.prefix.starts_with("DG");
    if !shanghai || first.len() <= 2 {
        return Err(refused());
    }
    let number = first.split_off(2);
    groups.insert(1, number);
    Ok(groups)
}

fn check_length(groups: &[String], head: &Head) -> Result<(), NumberProblem> {
    let serial = groups.join("-");
    if !serial.bytes().any(|b| b.is_ascii_digit()) {
        return Err(refusal::serial_expected(&head.prefix, &serial));
    }
    let too_long = if head.shape.takes_letters() {
        serial.len() > LONGEST_OPEN
    } else {
        serial
            .split(['-', '.'])
            .any(|digits| digits.len() > LONGEST_DIGITS)
    };
    if too_long {
        let limit = if head.shape.takes_letters() {
            LONGEST_OPEN
        } else {
            LONGEST_DIGITS
        };
        return Err(refusal::serial_too_long(&serial, limit));
    }
    Ok(())
}

/// A dot in the last group parts the serial from the part.
fn split_part(mut groups: Vec<String>) -> (String, Option<String>) {
    let mut part = None;
    if let Some(last) = groups.last_mut()
        && let Some(dot) = last.find('.')
    {
        let dotted = last.split_off(dot);
        part = dotted.strip_prefix('.').map(str::to_owned);
    }
    (groups.join("-"), part)
}

/// `2019`, or `88` as years were written until the nineties.
pub(super) fn year(digits: &str) -> Option<u16> {
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: u16 = digits.parse().ok()?;
    match (digits.len(), number) {
        (4, 1949..=2099) => Some(number),
        (2, 50..=99) => Some(1900 + number),
        _ => None,
    }
}
