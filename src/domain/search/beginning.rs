//! What somebody is typing: the beginning of a number, or a part of a title that begins where a word may.

use super::fold::{Folded, Marks, Script, fold, script};
use super::segment;
use super::token::{self, TokenQuery};
use crate::domain::number::{self, Reference};

/// The longest serial or year that typed digits may still become.
const LONGEST_DIGITS: usize = 8;

/// An unfinished text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beginning {
    /// As it was typed, without blanks around it.
    pub text: String,
    /// Folded, as it is looked for in titles; open at its end.
    pub needle: String,
    /// The same in each way a number is kept.
    pub needles: Vec<String>,
}

impl Beginning {
    /// Reads what was typed so far; nothing where there is nothing to go by.
    pub fn parse(text: &str) -> Option<Self> {
        let mut needles: Vec<String> = Vec::new();
        for marks in [Marks::Part, Marks::Join] {
            let folded = Folded::of(text, marks).text();
            let open = folded.trim_end();
            let open = match open.strip_prefix(' ') {
                Some(words) if words.starts_with(|c| script(c) == Script::Han) => words,
                _ => open,
            };
            if !open.is_empty() && !needles.iter().any(|needle| needle == open) {
                needles.push(open.to_owned());
            }
        }
        Some(Self {
            text: text.trim().to_owned(),
            needle: needles.first()?.clone(),
            needles,
        })
    }

    /// What the index looks up for titles.
    pub fn title_tokens(&self) -> TokenQuery {
        TokenQuery(vec![vec![token::tokens_of_needle(&self.needle)]])
    }

    /// What the index looks up for numbers in which it stands somewhere; nothing unless it begins with a digit.
    pub fn number_tokens(&self) -> Option<TokenQuery> {
        let begins_with_digit = self.text.starts_with(|c| script(c) == Script::Digit);
        begins_with_digit.then(|| self.title_tokens())
    }

    /// Stretches of the natural order of numbers (from, inclusive; to, exclusive) in which lie all that begin so.
    pub fn number_stretches(&self) -> Vec<(String, String)> {
        let mut stretches: Vec<(String, String)> = Vec::new();
        for start in self.number_starts() {
            let stem = start.trim_end_matches(|c: char| c.is_ascii_digit());
            let digits = start.get(stem.len()..).unwrap_or_default();
            let key = number::sort_key_of(stem);
            if digits.is_empty() || digits.starts_with('0') {
                stretches.push((key.clone(), format!("{key}\u{10ffff}")));
                continue;
            }
            // In natural order digits are led by their count, which is not known yet.
            for count in digits.len()..=LONGEST_DIGITS {
                let from = format!("{key}{count}{digits}");
                stretches.push((from.clone(), format!("{from}\u{10ffff}")));
            }
        }
        stretches
    }

    /// The canonical beginnings that may be meant: `gbt357` is `GB/T 357`, `gb` also the `GB/T` to come.
    fn number_starts(&self) -> Vec<String> {
        let mut starts = Vec::new();
        let tidied = number::tidy_house_number(&self.text).to_uppercase();
        match number::parse_reference(&self.text) {
            Ok(Reference::Number(number) | Reference::Undated(number)) => starts.push(number.canonical),
            // A prefix alone is no number yet; with a digit behind it, it is.
            _ => {
                starts.extend(with_unfinished_year(&tidied));
                let number = number::parse_reference(&format!("{}1", self.text));
                if let Ok(Reference::Undated(number) | Reference::Number(number)) = number
                    && let Some(start) = number.canonical.strip_suffix('1')
                {
                    starts.push(start.to_owned());
                }
            }
        }
        if tidied.starts_with(|c: char| c.is_ascii_uppercase()) && !starts.contains(&tidied) {
            starts.push(tidied);
        }
        starts
    }
}

/// `gbt35796-2` is the beginning of `GB/T 35796-2017`.
fn with_unfinished_year(tidied: &str) -> Option<String> {
    let (number, year) = tidied.rsplit_once('-')?;
    match number::parse_reference(number).ok()? {
        Reference::Undated(number) => Some(format!("{}-{year}", number.canonical)),
        _ => None,
    }
}

/// Whether a text has a word that begins with the needle: at its beginning, behind a mark or a blank, or where the
/// dictionary sees one.
pub fn begins_a_word(text: &str, needle: &str) -> bool {
    let folded = fold(text);
    let needle = needle.trim_start();
    let begins = |word: &str| word.starts_with(needle);
    if folded
        .match_indices(' ')
        .any(|(at, _)| folded.get(at + 1..).is_some_and(begins))
    {
        return true;
    }
    let runs = folded.split_whitespace().filter(|run| run.contains(needle));
    runs.flat_map(segment::starts).any(begins)
}
