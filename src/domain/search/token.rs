//! What an index looks up: words of Latin letters and of digits, and pairs of neighbouring Chinese characters.
//!
//! Pairs find a Chinese word wherever it stands, however a dictionary would cut the text around it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::fold::{Script, script};

/// Longer words are looked up by their beginning.
const LONGEST: usize = 40;

/// Rare tokens narrow enough; more of them would only cost.
const MOST_PER_NEEDLE: usize = 8;

/// One token to look up.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Token {
    /// Letters and digits only.
    pub text: String,
    /// Whether tokens that only begin like this will do.
    pub is_prefix: bool,
}

/// Which tokens a row must have: all of the outer list; of each, one alternative; of that, all tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenQuery(pub Vec<Vec<Vec<Token>>>);

impl Token {
    pub(super) fn exact(text: &str) -> Self {
        Self {
            text: text.chars().take(LONGEST).collect(),
            is_prefix: text.chars().nth(LONGEST).is_some(),
        }
    }

    fn prefix(text: &str) -> Self {
        Self {
            is_prefix: true,
            ..Self::exact(text)
        }
    }
}

/// The tokens of folded texts, each once.
pub(super) fn tokens<'a>(folded: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let mut tokens = BTreeSet::new();
    for word in folded.into_iter().flat_map(str::split_whitespace) {
        if is_han(word) {
            tokens.extend(pairs(word).map(str::to_owned));
            tokens.extend(word.chars().next_back().map(String::from));
        } else {
            tokens.insert(Token::exact(word).text);
        }
    }
    tokens
}

/// The tokens of every row in which a needle occurs.
pub(super) fn tokens_of_needle(needle: &str) -> Vec<Token> {
    let open = !needle.ends_with(' ');
    let mut words = needle.split_whitespace().peekable();
    let mut tokens: Vec<Token> = Vec::new();
    while let Some(word) = words.next() {
        let is_open = open && words.peek().is_none();
        if !is_han(word) {
            tokens.push(if is_open {
                Token::prefix(word)
            } else {
                Token::exact(word)
            });
        } else if word.chars().nth(1).is_some() {
            tokens.extend(pairs(word).map(Token::exact));
        } else {
            // Each character of a text begins a pair or is the last one.
            tokens.push(Token::prefix(word));
        }
    }
    // Beside the serial of a number its letters and a year's digits are noise.
    let tells = |token: &Token| token.text.chars().nth(2).is_some() || is_han(&token.text);
    if tokens.iter().any(tells) {
        tokens.retain(tells);
    }
    tokens.truncate(MOST_PER_NEEDLE);
    tokens
}

fn is_han(word: &str) -> bool {
    word.chars().next().is_some_and(|c| script(c) == Script::Han)
}

/// Every two neighbouring characters.
fn pairs(word: &str) -> impl Iterator<Item = &str> {
    let starts = word.char_indices().map(|(at, _)| at);
    let ends = word.char_indices().skip(1).map(|(at, c)| at + c.len_utf8());
    starts.zip(ends).filter_map(|(start, end)| word.get(start..end))
}
