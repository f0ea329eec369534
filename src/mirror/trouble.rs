//! Why following does not go on, and whether it will by itself.

use std::time::Duration;

use crate::domain::problem::Problem;
use crate::domain::text::Text;
use crate::registry::absorb::Refused;
use crate::registry::check::Finding;
use crate::store::error::StoreError;
use crate::text;

#[derive(Debug)]
pub enum Trouble {
    /// Tried again after a while: the source is away or busy, the answer broke off.
    Passing { cause: String, wait: Option<Duration> },
    /// What came is not what its hashes say. It is not taken over; the source, or who stands between, may mend it.
    Refused(Finding),
    /// The source says that it does not hold the place we have come to.
    Gone,
    /// The source has signed two histories.
    Forked(Fork),
    /// Nothing that asking again could mend: a wrong address, a folder that cannot be written.
    Lasting(String),
    /// What was asked for makes no sense.
    Misused(String),
}

/// Two statements of one source that cannot both be true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fork {
    pub cause: String,
    /// What the source signed before, and we hold the leaves of.
    pub ours: Option<String>,
    /// What it has signed now.
    pub theirs: String,
}

impl Trouble {
    pub fn passing(cause: impl std::fmt::Display) -> Self {
        Self::Passing {
            cause: cause.to_string(),
            wait: None,
        }
    }

    pub fn refused(position: Option<i64>, cause: impl Into<String>) -> Self {
        Self::Refused(Finding {
            position,
            cause: cause.into(),
        })
    }
}

impl Trouble {
    /// For those who ask how the mirror stands.
    pub fn told(&self) -> Text {
        match self {
            Self::Passing { cause, .. } | Self::Lasting(cause) | Self::Misused(cause) => {
                text!("暂未跟上来源：{cause}", "not following just now: {cause}")
            }
            Self::Refused(finding) => text!(
                "来源所发内容未通过核验：{finding}",
                "refused what the source sent: {finding}"
            ),
            Self::Gone => text!(
                "来源不再含有本副本所至之处",
                "the source no longer holds the place this copy has come to"
            ),
            Self::Forked(Fork { cause, .. }) => {
                text!("来源历史出现分叉：{cause}", "the source has forked: {cause}")
            }
        }
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(&self.told().en)
    }
}

impl From<Problem> for Trouble {
    fn from(problem: Problem) -> Self {
        Self::passing(problem.cause.unwrap_or(problem.detail.en))
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::passing(error)
    }
}

impl From<Refused> for Trouble {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Wrong(finding) => Self::Refused(finding),
            Refused::Unfinished => Self::refused(None, "two live entries bear one key"),
            Refused::Failed(problem) => problem.into(),
        }
    }
}
