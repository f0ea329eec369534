//! A place in the log that can be handed out, and known again: whoever comes back with one that this log does not hold
//! has followed another history.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::log::hash::Hash;

/// How cursors begin; a bare position has no such letter.
const MARK: char = 'c';

const BYTES: usize = 24;

/// The first bytes of a leaf's hash: enough to tell two histories apart.
pub type LeafMark = [u8; 8];

/// A position, the epoch it was handed out in, and a mark of the leaf that stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cursor {
    pub position: i64,
    pub epoch: i64,
    pub mark: LeafMark,
}

/// Where a reader wants to go on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum After {
    /// From the first entry on.
    #[default]
    Beginning,
    /// After a position that nobody vouches for.
    Position(i64),
    /// After a place this registry handed out.
    Cursor(Cursor),
}

impl After {
    /// Reads a cursor or bare digits; nothing when it is neither.
    pub fn parse(words: &str) -> Option<Self> {
        if let Some(cursor) = Cursor::parse(words) {
            return Some(Self::Cursor(cursor));
        }
        let digits = !words.is_empty() && words.bytes().all(|byte| byte.is_ascii_digit());
        match words.parse().ok().filter(|_| digits)? {
            0 => Some(Self::Beginning),
            position => Some(Self::Position(position)),
        }
    }

    /// The last position the reader has seen.
    pub fn position(self) -> i64 {
        match self {
            Self::Beginning => 0,
            Self::Position(position) => position,
            Self::Cursor(cursor) => cursor.position,
        }
    }
}

impl Cursor {
    pub fn new(position: i64, epoch: i64, leaf_hash: &Hash) -> Self {
        Self {
            position,
            epoch,
            mark: mark_of(leaf_hash),
        }
    }

    /// Whether this is the leaf it was made for.
    pub fn is_of(&self, leaf_hash: &Hash) -> bool {
        self.mark == mark_of(leaf_hash)
    }

    fn parse(words: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(words.strip_prefix(MARK)?).ok()?;
        let bytes: [u8; BYTES] = bytes.try_into().ok()?;
        let (position, rest) = bytes.split_first_chunk()?;
        let (epoch, mark) = rest.split_first_chunk()?;
        let cursor = Self {
            position: i64::from_be_bytes(*position),
            epoch: i64::from_be_bytes(*epoch),
            mark: mark.try_into().ok()?,
        };
        Some(cursor).filter(|cursor| cursor.position >= 0 && cursor.epoch >= 0)
    }
}

fn mark_of(leaf_hash: &Hash) -> LeafMark {
    let [a, b, c, d, e, f, g, h, ..] = *leaf_hash;
    [a, b, c, d, e, f, g, h]
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let mut bytes = Vec::with_capacity(BYTES);
        bytes.extend(self.position.to_be_bytes());
        bytes.extend(self.epoch.to_be_bytes());
        bytes.extend(self.mark);
        write!(f, "{MARK}{}", URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl serde::Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_form_of_a_cursor_never_changes() {
        let cursor = Cursor::new(812, 1, &[0xab; 32]);
        assert_eq!(cursor.to_string(), "cAAAAAAAAAywAAAAAAAAAAaurq6urq6ur");
        assert!(cursor.is_of(&[0xab; 32]));
        assert!(!cursor.is_of(&[0xac; 32]));
    }

    #[test]
    fn digits_are_a_position_and_zero_is_the_beginning() {
        assert_eq!(After::parse("0"), Some(After::Beginning));
        assert_eq!(After::parse("000"), Some(After::Beginning));
        assert_eq!(After::parse("812"), Some(After::Position(812)));
    }

    #[test]
    fn what_was_never_handed_out_is_not_read() {
        for words in [
            "",
            "c",
            "-1",
            "+1",
            "1.0",
            "latest",
            "99999999999999999999",
            "cAAAAAAAAAywAAAAAAAAAAaurq6urq6u",
            "cAAAAAAAAAywAAAAAAAAAAaurq6urq6urAA",
            "c/////////ywAAAAAAAAAAaurq6urq6ur",
            "c__________ywAAAAAAAAAAaurq6urq6u",
            "CAAAAAAAAAywAAAAAAAAAAaurq6urq6ur",
        ] {
            assert_eq!(After::parse(words), None, "{words}");
        }
    }

    proptest! {
        #[test]
        fn a_cursor_reads_as_what_was_written(position in 0..i64::MAX, epoch in 0..i64::MAX, hash: Hash) {
            let cursor = Cursor::new(position, epoch, &hash);
            prop_assert_eq!(After::parse(&cursor.to_string()), Some(After::Cursor(cursor)));
        }

        #[test]
        fn no_words_do_any_harm(words in "\\PC{0,40}") {
            if let Some(After::Cursor(cursor)) = After::parse(&words) {
                prop_assert_eq!(cursor.to_string(), words);
            }
        }
    }
}
