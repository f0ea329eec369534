//! Search that finds Chinese and English words and numbers in any spelling: what is kept of a standard to be found by,
//! what a query asks for, and where it meets a text. Databases only compare; every rule is here, so both answer alike.
//!
//! A text is *folded* (`fold`): width, case and punctuation go, words of Latin letters and of digits stand between blanks,
//! runs of Chinese characters stay whole. A query is read into *terms* (`query`), each a few folded *needles* of which
//! one must occur. *Tokens* (`token`) are what an index can look up: they find a superset, the needles decide.

mod beginning;
mod fold;
mod highlight;
mod index;
mod near;
mod query;
mod reason;
mod segment;
mod token;

pub use self::beginning::{Beginning, begins_a_word};
pub use self::highlight::{Highlight, highlights};
pub use self::index::{SearchText, VERSION, tokens};
pub use self::near::{MAX_NEAR, closest, variants};
pub use self::query::{MAX_CHARACTERS, MAX_WORDS, SearchQuery, Term};
pub use self::reason::MatchReason;
pub use self::segment::warm_up;
pub use self::token::{Token, TokenQuery};

#[cfg(test)]
mod tests;
