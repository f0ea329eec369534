//! Where to go on in a question that is read along the log, pinned to the stretch its first page saw.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::domain::problem::Problem;
use crate::log::hash::{sha256, to_hex};
use crate::text;

/// A place to go on from. Opaque outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    #[serde(rename = "f")]
    pub from: i64,
    #[serde(rename = "t")]
    pub to: i64,
    /// The last position that was told.
    #[serde(rename = "a")]
    pub after: i64,
    #[serde(rename = "q")]
    question: String,
}

/// What makes two questions the same: a cursor belongs to one question only.
pub fn fingerprint(question: &impl Serialize) -> Result<String, Problem> {
    let bytes = serde_json::to_vec(question).map_err(Problem::internal)?;
    Ok(to_hex(&sha256(&bytes)).chars().take(16).collect())
}

impl Cursor {
    pub fn new(from: i64, to: i64, after: i64, question: &str) -> Self {
        Self {
            from,
            to,
            after,
            question: question.to_owned(),
        }
    }

    /// Reads a cursor of ours that belongs to this question.
    pub fn decode(words: &str, question: &str) -> Result<Self, Problem> {
        let decoded = URL_SAFE_NO_PAD.decode(words).ok();
        let cursor = decoded.and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok());
        // What we never issue is refused here, before it reaches the database.
        let issued = |cursor: &Self| cursor.from >= 0 && cursor.to >= 0 && cursor.after >= 0;
        let cursor = cursor.filter(issued).ok_or_else(|| {
            refused(
                "malformed_cursor",
                text!(
                    "cursor 须原样使用上一页的 next",
                    "use the `next` of the page before as it is"
                ),
            )
        })?;
        if cursor.question != question {
            return Err(refused(
                "cursor_of_another_question",
                text!(
                    "cursor 属于条件不同的查询",
                    "the cursor belongs to a list with other filters"
                ),
            ));
        }
        Ok(cursor)
    }

    pub fn encode(&self) -> Result<String, Problem> {
        let bytes = serde_json::to_vec(self).map_err(Problem::internal)?;
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }
}

fn refused(code: &'static str, detail: crate::domain::text::Text) -> Problem {
    Problem::parameter("cursor", code, detail)
}
