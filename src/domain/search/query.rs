//! What a person typed, read: words, quoted phrases and numbers, all of which must be found.

use serde::{Deserialize, Serialize};

use super::fold::{Folded, Marks, Script, fold, script};
use super::segment;
use super::token::{self, TokenQuery};
use crate::domain::fault::Fault;
use crate::domain::number::{self, Reference, StandardNumber};
use crate::text;

/// The longest query.
pub const MAX_CHARACTERS: usize = 200;

/// How many words, parted by blanks, a query may have.
pub const MAX_WORDS: usize = 16;

/// A query.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SearchQuery {
    /// As it was typed.
    pub text: String,
    /// All of them must be found.
    pub terms: Vec<Term>,
    /// The whole query folded, in each spelling a number may be kept in; with a blank on either side.
    pub spellings: Vec<String>,
    /// The number it is, where it is one.
    pub number: Option<Wanted>,
}

/// A number asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Wanted {
    pub canonical: String,
    pub undated: String,
    pub is_dated: bool,
}

/// One thing to find.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Term {
    /// Folded texts of which one must occur.
    pub needles: Vec<String>,
    /// The same as whole words.
    pub words: Vec<String>,
}

/// Words that say nothing by themselves; dropped beside others.
pub(super) const EMPTY_WORDS: &[&str] = &[
    "的", "和", "与", "及", "之", "等", "或", "在", "是", "了", "吗", "呢", "有", "对", "为", "怎么", "如何",
    "什么", "哪些", "关于", "有关", "the", "of", "for", "and", "in", "on", "to", "a", "an",
];

/// What is between blanks or quotes.
enum Piece {
    Word(String),
    Phrase(String),
}

impl SearchQuery {
    /// Reads a query; the fault names no place, which only the caller knows.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let length = text.chars().count();
        if length > MAX_CHARACTERS {
            return Err(fault(
                "too_long",
                text!(
                    "最多 {MAX_CHARACTERS} 字，现有 {length} 字",
                    "at most {MAX_CHARACTERS} characters, found {length}"
                ),
            ));
        }
        let pieces = pieces(text);
        let count = pieces.len();
        if count > MAX_WORDS {
            return Err(fault(
                "too_many_words",
                text!(
                    "最多 {MAX_WORDS} 个词，现有 {count} 个",
                    "at most {MAX_WORDS} words, found {count}"
                ),
            ));
        }
        let number = read_number(text);
        let terms = match &number {
            Some(number) => vec![number_term(text, Some(number))],
            None => without_empty_words(terms(&pieces)),
        };
        if terms.is_empty() {
            return Err(fault(
                "nothing_to_find",
                text!(
                    "没有可供检索的字词或编号",
                    "there is no word or number to search for"
                ),
            ));
        }
        Ok(Self {
            text: text.to_owned(),
            terms,
            spellings: spellings(text, number.as_ref()),
            number: number.map(|number| Wanted {
                undated: number.undated(),
                is_dated: number.year.is_some(),
                canonical: number.canonical,
            }),
        })
    }

    /// What the index looks up: no row that is meant is missing, some that are not may be there.
    pub fn tokens(&self) -> TokenQuery {
        let alternatives = |term: &Term| {
            let needles = term.needles.iter();
            needles.map(|needle| token::tokens_of_needle(needle)).collect()
        };
        TokenQuery(self.terms.iter().map(alternatives).collect())
    }

    /// The query as one stretch of text, for titles that hold it so.
    pub fn stretches(&self) -> Vec<String> {
        self.spellings
            .iter()
            .map(|spelling| needle_of(spelling))
            .collect()
    }
}

fn fault(code: &'static str, detail: crate::domain::text::Text) -> Fault {
    Fault {
        pointer: String::new(),
        code,
        detail,
    }
}

/// Parts a text at blanks and quotes; a quote that is never closed reaches to the end.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (index, part) in text.split(['"', '“', '”', '＂']).enumerate() {
        if index % 2 == 1 {
            pieces.push(Piece::Phrase(part.to_owned()));
        } else {
            let words = part.split(|c: char| c.is_whitespace() || c.is_control());
            pieces.extend(words.map(|word| Piece::Word(word.to_owned())));
        }
    }
    pieces.retain(|piece| {
        let (Piece::Word(text) | Piece::Phrase(text)) = piece;
        !fold(text).trim().is_empty()
    });
    pieces
}

fn terms(pieces: &[Piece]) -> Vec<Term> {
    let mut terms = Vec::new();
    let mut rest = pieces;
    while let Some((first, after)) = rest.split_first() {
        if let Some((number, length)) = number_ahead(rest) {
            terms.push(number);
            rest = rest.get(length..).unwrap_or_default();
            continue;
        }
        match first {
            Piece::Phrase(text) => terms.push(phrase(text)),
            Piece::Word(text) => terms.extend(words(text)),
        }
        rest = after;
    }
    let mut distinct: Vec<Term> = Vec::with_capacity(terms.len());
    for term in terms {
        if !distinct.contains(&term) {
            distinct.push(term);
        }
    }
    distinct
}

/// A number has blanks within: up to three words may be one, as in `GB/T 35796 -2017`.
fn number_ahead(pieces: &[Piece]) -> Option<(Term, usize)> {
    let written: Vec<&str> = pieces
        .iter()
        .map_while(|piece| match piece {
            Piece::Word(text) => Some(text.as_str()),
            Piece::Phrase(_) => None,
        })
        .take(3)
        .collect();
    (1..=written.len()).rev().find_map(|length| {
        let text = written.get(..length)?.join(" ");
        let number = read_number(&text)?;
        Some((number_term(&text, Some(&number)), length))
    })
}

fn read_number(text: &str) -> Option<StandardNumber> {
    match number::parse_reference(text).ok()? {
        Reference::Number(number) | Reference::Undated(number) => Some(number),
        Reference::Series { of } => Some(*of),
        Reference::Range { .. } => None,
    }
}

/// A text folded in each way a number may be kept.
fn spellings(text: &str, number: Option<&StandardNumber>) -> Vec<String> {
    let mut spellings: Vec<String> = Vec::new();
    let canonical = number.map(|number| fold(&number.canonical));
    let typed = [Marks::Part, Marks::Join].map(|marks| Folded::of(text, marks).text());
    for spelling in canonical.into_iter().chain(typed) {
        if !spellings.contains(&spelling) {
            spellings.push(spelling);
        }
    }
    spellings
}

fn number_term(text: &str, number: Option<&StandardNumber>) -> Term {
    let spellings = spellings(text, number);
    Term {
        needles: spellings.iter().map(|spelling| needle_of(spelling)).collect(),
        words: spellings,
    }
}

/// Words of Latin letters in quotes are meant as they stand; Chinese ones have no ends to be seen.
fn phrase(text: &str) -> Term {
    let needle = closed_needle_of(&fold(text));
    Term {
        needles: vec![needle.clone()],
        words: vec![needle],
    }
}

/// The words of what has no blanks within: Chinese is cut by the dictionary, what stands between is kept together.
fn words(text: &str) -> Vec<Term> {
    let folded = fold(text);
    let mut terms = Vec::new();
    let mut together: Vec<&str> = Vec::new();
    for word in folded.split_whitespace() {
        if !word.starts_with(|c| script(c) == Script::Han) {
            together.push(word);
            continue;
        }
        terms.extend(latin(text, &std::mem::take(&mut together)));
        terms.extend(segment::words(word).into_iter().map(|word| Term {
            needles: vec![word.to_owned()],
            words: vec![format!(" {word} ")],
        }));
    }
    terms.extend(latin(text, &together));
    terms
}

fn latin(text: &str, words: &[&str]) -> Option<Term> {
    if words.is_empty() {
        return None;
    }
    let folded = format!(" {} ", words.join(" "));
    if fold(text) == folded {
        return Some(number_term(text, None));
    }
    Some(Term {
        needles: vec![needle_of(&folded)],
        words: vec![folded],
    })
}

/// What to look for: the beginning of a word, unless so short that half of everything would begin so. The plural is
/// taken for the singular.
fn needle_of(spelling: &str) -> String {
    let closed = closed_needle_of(spelling);
    let Some(open) = closed.strip_suffix(' ') else {
        return closed;
    };
    let last = open.rsplit(' ').next().unwrap_or_default();
    if last.chars().nth(2).is_none() {
        return closed;
    }
    singular(open, last).to_owned()
}

fn singular<'a>(needle: &'a str, last: &str) -> &'a str {
    let is_plural = last.len() > 3 && last.ends_with('s') && !last.ends_with("ss");
    let cut = match needle.strip_suffix("ies") {
        Some(cut) if last.len() > 5 => Some(cut),
        _ => needle.strip_suffix('s'),
    };
    cut.filter(|_| is_plural).unwrap_or(needle)
}

/// A folded text without the blanks beside Chinese characters, which have no ends to be seen.
fn closed_needle_of(spelling: &str) -> String {
    let mut needle = spelling;
    if let Some(open) = needle.strip_prefix(' ')
        && open.starts_with(|c| script(c) == Script::Han)
    {
        needle = open;
    }
    if let Some(open) = needle.strip_suffix(' ')
        && open.ends_with(|c| script(c) == Script::Han)
    {
        needle = open;
    }
    needle.to_owned()
}

fn without_empty_words(terms: Vec<Term>) -> Vec<Term> {
    let is_empty = |term: &Term| {
        let mut needles = term.needles.iter();
        needles.all(|needle| EMPTY_WORDS.contains(&needle.trim()))
    };
    if terms.iter().all(is_empty) {
        return terms;
    }
    terms.into_iter().filter(|term| !is_empty(term)).collect()
}
