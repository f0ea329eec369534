//! Why nothing is signed.

use crate::domain::problem::{Problem, ProblemType};
use crate::domain::text::Text;

/// How long it makes sense to wait for an operator.
const RETRY_AFTER_SECONDS: u32 = 60;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub why: Text,
    /// Whether the log itself is in question, and not only the key: then nothing must be added to it either.
    pub history_in_doubt: bool,
}

impl Refusal {
    pub fn of_key(why: Text) -> Self {
        Self {
            why,
            history_in_doubt: false,
        }
    }

    pub fn of_history(why: Text) -> Self {
        Self {
            why,
            history_in_doubt: true,
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self {
            retry_after: Some(RETRY_AFTER_SECONDS),
            ..Self::new(ProblemType::Unsigned, refusal.why)
        }
    }
}
