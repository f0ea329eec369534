//! What a whole text refers to: one number, the latest edition of it, a range or a series.

use super::cursor::Cursor;
use super::head::Head;
use super::refusal::{self, NumberProblem};
use super::serial::Serial;
use super::{StandardNumber, head, serial, sort_key_of, suffix, tidy};

/// What a citation may stand for. Only a [`Reference::Number`] is an identity.
#[derive(Clone, Debug, PartialEq)]
pub enum Reference {
    Number(StandardNumber),
    /// Without a year: the latest edition.
    Undated(StandardNumber),
    /// `GB 5009.1~GB 5009.300`, both ends included.
    Range {
        first: Box<StandardNumber>,
        last: Box<StandardNumber>,
    },
    /// `GB/T 19851(所有部分)`: every part, or every standard of that name.
    Series {
        of: Box<StandardNumber>,
    },
}

/// Longer than any number, short enough that nothing is spent on a page pasted by mistake.
const LONGEST: usize = 400;

/// Reads a citation as people write it: an identity, an undated number, a range or a series.
pub fn parse_reference(written: &str) -> Result<Reference, NumberProblem> {
    if written.len() > LONGEST {
        return Err(refusal::too_long(LONGEST));
    }
    let tidied = tidy::tidy_number(written);
    if tidied.is_empty() {
        return Err(refusal::blank());
    }
    let mut cursor = Cursor::new(&tidied);
    let (head, number) = read_number(&mut cursor).map_err(|problem| unless_a_document(&tidied, problem))?;
    cursor.skip_blanks();
    if cursor.is_at_end() {
        return Ok(match number.year {
            Some(_) => Reference::Number(number),
            None => Reference::Undated(number),
        });
    }
    if is_series_mark(cursor.rest) {
        return Ok(Reference::Series { of: Box::new(number) });
    }
    if eat_range_mark(&mut cursor) {
        return read_range(&head, number, cursor);
    }
    Err(leftover(&number, cursor.rest))
}

/// Reads one number with its suffixes and leaves what follows.
fn read_number(cursor: &mut Cursor) -> Result<(Head, StandardNumber), NumberProblem> {
    let head = head::read(cursor)?;
    let serial = serial::read(cursor, &head)?;
    let mut number = StandardNumber::new(head.clone(), serial);
    suffix::read(cursor, &mut number)?;
    number.canonical = number.spell('-');
    Ok((head, number))
}

/// 建标〔2010〕130号 fails as a number, but what it is can be said better.
fn unless_a_document(tidied: &str, problem: NumberProblem) -> NumberProblem {
    if tidied.ends_with('号') && tidied.contains(|c: char| c.is_ascii_digit()) {
        refusal::document_number(tidied)
    } else {
        problem
    }
}

fn is_series_mark(rest: &str) -> bool {
    let bare = rest.trim_start_matches(['(', ' ']).trim_end_matches([')', ' ']);
    matches!(
        bare,
        "系列" | "系列标准" | "所有部分" | "全部部分" | "各部分" | ".X" | ".×" | ".*"
    )
}

fn eat_range_mark(cursor: &mut Cursor) -> bool {
    let letter_follows = cursor.peek_second().is_some_and(|c| c.is_ascii_uppercase());
    let marked = cursor.eat("~") || cursor.eat("至") || (letter_follows && cursor.eat("-"));
    cursor.skip_blanks();
    marked
}

/// The upper end may leave out what it shares with the lower: `GB/T 19851.1~11-2005`, `GB 50254~50259-96`.
fn read_range(head: &Head, first: StandardNumber, mut cursor: Cursor) -> Result<Reference, NumberProblem> {
    let last = if cursor.peek().is_some_and(|c| c.is_ascii_digit()) {
        let written = serial::read(&mut cursor, head)?;
        StandardNumber::new(head.clone(), upper_end(&first, written))
    } else {
        read_number(&mut cursor)?.1
    };
    cursor.skip_blanks();
    if !cursor.is_at_end() {
        return Err(leftover(&last, cursor.rest));
    }
    let (first_year, last_year) = (first.year, last.year);
    let first = first.dated(first_year.or(last_year));
    let last = last.dated(last_year.or(first_year));
    if first.prefix != last.prefix {
        return Err(refusal::range_of_two_series(&first.canonical, &last.canonical));
    }
    if sort_key_of(&first.undated()) >= sort_key_of(&last.undated()) {
        return Err(refusal::range_backwards(&first.canonical, &last.canonical));
    }
    Ok(Reference::Range {
        first: Box::new(first),
        last: Box::new(last),
    })
}

/// Behind a part a single number is a part too.
fn upper_end(first: &StandardNumber, written: Serial) -> Serial {
    if first.part.is_none() || written.part.is_some() {
        return written;
    }
    Serial {
        serial: first.serial.clone(),
        part: Some(written.serial),
        year: written.year,
    }
}

fn leftover(number: &StandardNumber, rest: &str) -> NumberProblem {
    const SEPARATORS: [char; 8] = ['、', '。', ',', ';', '&', '和', '及', '或'];
    if rest.starts_with(SEPARATORS) || rest.starts_with("->") || rest.starts_with('→') {
        refusal::several_numbers(&number.canonical, rest)
    } else if rest.starts_with('-') && number.year.is_none() {
        refusal::year_expected(&number.canonical)
    } else {
        refusal::trailing_text(&number.canonical, rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(written: &str) -> (String, String) {
        match parse_reference(written) {
            Ok(Reference::Range { first, last }) => (first.canonical, last.canonical),
            other => panic!("{written}: {other:?}"),
        }
    }

    fn code(written: &str) -> &'static str {
        parse_reference(written).unwrap_err().code
    }

    #[test]
    fn the_upper_end_of_a_range_may_leave_out_what_it_shares() {
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(range("GB 5009.1～GB 5009.300"), pair("GB 5009.1", "GB 5009.300"));
        assert_eq!(
            range("GB/T 19851.1~11-2005"),
            pair("GB/T 19851.1-2005", "GB/T 19851.11-2005")
        );
        assert_eq!(range("GB 50254~50259-96"), pair("GB 50254-1996", "GB 50259-1996"));
        assert_eq!(
            range("GB/T 2423.1至GB/T 2423.5"),
            pair("GB/T 2423.1", "GB/T 2423.5")
        );
        assert_eq!(code("GB 5009.300~GB 5009.1"), "range_backwards");
        assert_eq!(code("GB 5009.1~GB/T 5009.3"), "range_of_two_series");
    }

    #[test]
    fn a_series_is_recognised_by_its_words() {
        for written in [
            "GB/T 19851（所有部分）",
            "GB 5009系列",
            "GB 5009 系列标准",
            "GB/T 5009.X",
            "GB/T 5009.×",
        ] {
            assert!(
                matches!(parse_reference(written), Ok(Reference::Series { .. })),
                "{written}"
            );
        }
    }

    #[test]
    fn a_number_without_a_year_refers_to_the_latest_edition() {
        let Ok(Reference::Undated(number)) = parse_reference("GB／T22239") else {
            panic!("undated");
        };
        assert_eq!(number.canonical, "GB/T 22239");
    }

    #[test]
    fn what_follows_a_number_is_named() {
        assert_eq!(code("GB/T 1-2020、GB/T 2-2020"), "several_numbers");
        assert_eq!(code("GB 50011-2010 -> GB/T 50011-2010"), "several_numbers");
        assert_eq!(code("GB/T 14833-2011（部分）"), "trailing_text");
        assert_eq!(code("GB/T 22239-"), "year_expected");
        assert_eq!(code("建标〔2010〕130号"), "document_number");
        assert_eq!(code(&"GB/T 1".repeat(1000)), "too_long");
    }
}
