//! Why a token was not accepted: all of it for the log, little of it for the bearer.

use crate::domain::problem::{Problem, ProblemType};
use crate::domain::text::Text;
use crate::text;

/// What was wrong with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DenialKind {
    /// None was sent.
    Missing,
    /// Not a token, or one without what every token here must carry.
    Malformed,
    /// `none`, or anything else that is not on the list.
    UnsupportedAlgorithm,
    UnknownKey,
    BadSignature,
    Expired,
    NotYetValid,
    WrongIssuer,
    WrongAudience,
    Revoked,
}

/// A refused token. The cause is for the log only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    pub kind: DenialKind,
    pub cause: String,
    /// The key may be a new one: fetching the published keys may change the answer.
    pub worth_refetching: bool,
}

impl Denial {
    pub fn new(kind: DenialKind, cause: impl Into<String>) -> Self {
        Self {
            kind,
            cause: cause.into(),
            worth_refetching: false,
        }
    }

    pub fn missing() -> Self {
        Self::new(DenialKind::Missing, "no token was sent")
    }

    /// RFC 6750 `error`; a request without any token gets none (§3.1).
    fn error_code(&self) -> Option<&'static str> {
        (self.kind != DenialKind::Missing).then_some("invalid_token")
    }

    /// Times are told, for they are in the token and only a genuine one gets that far. Which other check failed
    /// would only help whoever tries to forge one.
    fn told(&self) -> Text {
        match self.kind {
            DenialKind::Missing => text!("请求未携带令牌", "the request carries no token"),
            DenialKind::Malformed => text!("令牌格式有误", "the token is malformed"),
            DenialKind::Expired => text!("令牌已过期", "the token has expired"),
            DenialKind::NotYetValid => text!("令牌尚未生效", "the token is not valid yet"),
            DenialKind::UnsupportedAlgorithm
            | DenialKind::UnknownKey
            | DenialKind::BadSignature
            | DenialKind::WrongIssuer
            | DenialKind::WrongAudience
            | DenialKind::Revoked => text!("令牌不被接受", "the token is not accepted"),
        }
    }
}

impl From<Denial> for Problem {
    fn from(denial: Denial) -> Self {
        let told = denial.told();
        let mut problem = Problem::new(ProblemType::Unauthorized, told.clone());
        if let Some(error) = denial.error_code() {
            problem = problem.with("error", error).with("error_description", told.en);
        }
        problem.because(format_args!("{:?}: {}", denial.kind, denial.cause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_learns_the_cause_and_the_bearer_does_not() {
        let denial = Denial::new(DenialKind::Revoked, "sub mallory is revoked");
        let problem = Problem::from(denial);
        assert_eq!(problem.detail.en, "the token is not accepted");
        assert_eq!(problem.cause.as_deref(), Some("Revoked: sub mallory is revoked"));
    }
}
