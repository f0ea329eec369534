//! What may follow a dated number: an edition, an amendment, a second number.

use super::cursor::Cursor;
use super::refusal::{self, NumberProblem};
use super::{StandardNumber, head, serial};

/// Bodies whose numbers stand behind a Chinese one that adopts them.
const INTERNATIONAL: [&str; 14] = [
    "ISO", "IEC", "IEEE", "ITU", "CISPR", "OIML", "EN", "CAC", "CODEX", "ASTM", "OECD", "BIPM", "UIC", "IDF",
];

pub(super) fn is_international_body(letters: &str) -> bool {
    INTERNATIONAL.contains(&letters)
}

/// Reads every suffix, each at most once, in whatever order they were written.
pub(super) fn read(cursor: &mut Cursor, number: &mut StandardNumber) -> Result<(), NumberProblem> {
    loop {
        let mut ahead = *cursor;
        ahead.skip_blanks();
        if number.year.is_some()
            && let Some(edition) = edition(&mut ahead)
        {
            if number.edition.is_some() {
                return Ok(());
            }
            number.edition = Some(edition);
        } else if number.year.is_some()
            && let Some(amendment) = amendment(&mut ahead)
        {
            match &number.amendment {
                None => number.amendment = Some(amendment),
                // 含第1号修改单 repeats what /XG1-2012 already said.
                Some(known) if known.split('-').next() == Some(&amendment) => {}
                Some(_) => return Ok(()),
            }
        } else if number.dual.is_none()
            && let Some(dual) = dual(&mut ahead)?
        {
            number.dual = Some(dual);
        } else {
            return Ok(());
        }
        *cursor = ahead;
    }
}

/// `(2018年版)`: a partial revision that kept number and year.
fn edition(cursor: &mut Cursor) -> Option<String> {
    let mut ahead = *cursor;
    let bracket = ahead.eat("(");
    ahead.skip_blanks();
    let digits = ahead.take_digits();
    serial::year(digits).filter(|_| digits.len() == 4)?;
    ahead.skip_blanks();
    ahead.eat("年");
    ahead.skip_blanks();
    let closed = ahead.eat("版") && (!bracket || ahead.eat(")"));
    closed.then(|| {
        *cursor = ahead;
        digits.to_owned()
    })
}

/// `/XG1-2006`, `+ 第 1 号修改单`, `(含第1号修改单)`.
fn amendment(cursor: &mut Cursor) -> Option<String> {
    let mut ahead = *cursor;
    let bracket = ahead.eat("(");
    if !bracket {
        let _ = ahead.eat("/") || ahead.eat("+");
    }
    ahead.eat("含");
    ahead.skip_blanks();
    let amendment = coded_amendment(&mut ahead).or_else(|| worded_amendment(&mut ahead))?;
    let closed = !bracket || ahead.eat(")");
    closed.then(|| {
        *cursor = ahead;
        amendment
    })
}

fn coded_amendment(cursor: &mut Cursor) -> Option<String> {
    let mut ahead = *cursor;
    if !ahead.eat("XG") {
        return None;
    }
    ahead.skip_blanks();
    let order = order(ahead.take_digits())?;
    let mut amendment = format!("XG{order}");
    if ahead.eat("-") {
        let year = serial::year(ahead.take_digits())?;
        amendment.push_str(&format!("-{year}"));
    }
    *cursor = ahead;
    Some(amendment)
}

fn worded_amendment(cursor: &mut Cursor) -> Option<String> {
    let mut ahead = *cursor;
    if !ahead.eat("第") {
        return None;
    }
    ahead.skip_blanks();
    let order = match ahead.take_digits() {
        "" => spelt_order(&mut ahead)?,
        digits => order(digits)?,
    };
    ahead.skip_blanks();
    if !ahead.eat("号") {
        return None;
    }
    ahead.skip_blanks();
    if !ahead.eat("修改单") {
        return None;
    }
    *cursor = ahead;
    Some(format!("XG{order}"))
}

fn order(digits: &str) -> Option<u8> {
    digits.parse().ok().filter(|order| *order > 0)
}

fn spelt_order(cursor: &mut Cursor) -> Option<u8> {
    let spelt = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];
    let (order, _) = (1..).zip(spelt).find(|(_, word)| cursor.eat(word))?;
    Some(order)
}

/// `/ISO 13485:2016`, or the number a second Chinese issuer gave the same text.
fn dual(cursor: &mut Cursor) -> Result<Option<String>, NumberProblem> {
    if !cursor.eat("/") {
        return Ok(None);
    }
    let written = cursor.rest;
    if let Some(international) = international(cursor) {
        return Ok(Some(international));
    }
    let refused = |_| refusal::unknown_dual(written);
    let head = head::read(cursor).map_err(refused)?;
    let serial = serial::read(cursor, &head).map_err(refused)?;
    Ok(Some(StandardNumber::new(head, serial).canonical))
}

fn international(cursor: &mut Cursor) -> Option<String> {
    let mut ahead = *cursor;
    if !is_international_body(ahead.take_letters()) {
        return None;
    }
    let belongs = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || " /:.-".contains(c);
    let mut whole = *cursor;
    let taken = whole.take_while(belongs);
    let before_amendment = taken.split("/XG").next().unwrap_or(taken);
    let length = before_amendment
        .trim_end_matches(|c: char| !c.is_ascii_alphanumeric())
        .len();
    let (number, rest) = cursor.rest.split_at_checked(length)?;
    let first_digit = number.find(|c: char| c.is_ascii_digit())?;
    let (body, digits) = number.split_at_checked(first_digit)?;
    cursor.rest = rest;
    let runs_on = body.ends_with(|c: char| c.is_ascii_uppercase());
    Some(format!("{body}{}{digits}", if runs_on { " " } else { "" }))
}
