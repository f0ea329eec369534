//! What a genuine token says, and whether that suffices here and now.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

use crate::access::denial::{Denial, DenialKind};
use crate::domain::permission::{Grant, Scope};
use crate::domain::time::Instant;

/// The subject is recorded as the actor of every write, for ever.
const LONGEST_SUBJECT: usize = 255;

/// The claims read here; all others are passed over.
#[derive(Debug, Deserialize)]
pub struct Claims {
    pub iss: Option<String>,
    pub aud: Option<Audience>,
    pub sub: Option<String>,
    pub exp: Option<NumericDate>,
    pub nbf: Option<NumericDate>,
    pub jti: Option<String>,
    pub scope: Option<String>,
    pub districts: Option<Vec<String>>,
}

/// One name or several (RFC 7519 §4.1.3).
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn names(&self, wanted: &str) -> bool {
        match self {
            Self::One(name) => name == wanted,
            Self::Several(names) => names.iter().any(|name| name == wanted),
        }
    }
}

/// Seconds since 1970, perhaps with a fraction (RFC 7519 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumericDate(pub Instant);

impl<'de> Deserialize<'de> for NumericDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        let since = Duration::try_from_secs_f64(seconds).map_err(serde::de::Error::custom)?;
        Ok(Self(Instant(micros(since))))
    }
}

/// The `iss` and `aud` a key's tokens must carry; where none is set, any will do.
#[derive(Clone, Debug, Default)]
pub struct Expectation {
    pub issuer: Option<String>,
    pub audience: Option<String>,
}

impl Claims {
    /// Times, issuer and audience.
    pub fn check(&self, expected: &Expectation, leeway: Duration, now: Instant) -> Result<(), Denial> {
        let leeway = micros(leeway);
        let expires = self.expires_at()?;
        if now.0.saturating_sub(leeway) >= expires.0 {
            let cause = format!("expired at {}", expires.to_rfc3339());
            return Err(Denial::new(DenialKind::Expired, cause));
        }
        if let Some(NumericDate(begins)) = self.nbf
            && now.0.saturating_add(leeway) < begins.0
        {
            let cause = format!("valid from {}", begins.to_rfc3339());
            return Err(Denial::new(DenialKind::NotYetValid, cause));
        }
        if expected.issuer.is_some() && self.iss != expected.issuer {
            let cause = format!("iss is {:?}", self.iss);
            return Err(Denial::new(DenialKind::WrongIssuer, cause));
        }
        if let Some(wanted) = &expected.audience
            && !self.aud.as_ref().is_some_and(|audience| audience.names(wanted))
        {
            let cause = format!("aud is {:?}", self.aud);
            return Err(Denial::new(DenialKind::WrongAudience, cause));
        }
        Ok(())
    }

    /// What the bearer may do.
    pub fn into_grant(self) -> Result<Grant, Denial> {
        let expires_at = self.expires_at()?;
        let subject = self.sub.unwrap_or_default();
        if subject.is_empty() || subject.len() > LONGEST_SUBJECT || subject.chars().any(char::is_control) {
            let cause = format!("sub must hold 1 to {LONGEST_SUBJECT} bytes without control characters");
            return Err(Denial::new(DenialKind::Malformed, cause));
        }
        Ok(Grant {
            subject,
            scopes: Scope::known_in(self.scope.as_deref().unwrap_or_default()),
            districts: self.districts.unwrap_or_default(),
            token_id: self.jti,
            expires_at: Some(expires_at),
        })
    }

    fn expires_at(&self) -> Result<Instant, Denial> {
        let missing = || Denial::new(DenialKind::Malformed, "exp is missing");
        self.exp.map(|NumericDate(at)| at).ok_or_else(missing)
    }
}

pub(super) fn micros(duration: Duration) -> i64 {
    duration.as_micros().try_into().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const NOW: Instant = Instant(1_800_000_000_000_000);
    const LEEWAY: Duration = Duration::from_secs(30);

    fn claims(claims: Value) -> Claims {
        serde_json::from_value(claims).unwrap()
    }

    fn refusal(said: Value) -> Option<DenialKind> {
        let expected = Expectation {
            issuer: Some("city".to_owned()),
            audience: Some("registry".to_owned()),
        };
        let checked = claims(said).check(&expected, LEEWAY, NOW);
        checked.err().map(|denial| denial.kind)
    }

    fn good_but(change: Value) -> Value {
        let mut claims = json!({"iss": "city", "aud": "registry", "sub": "a", "exp": 1_800_000_100});
        json_patch::merge(&mut claims, &change);
        claims
    }

    #[test]
    fn times_hold_within_the_leeway() {
        assert_eq!(refusal(good_but(json!({}))), None);
        assert_eq!(refusal(good_but(json!({"exp": 1_799_999_971}))), None);
        assert_eq!(
            refusal(good_but(json!({"exp": 1_799_999_970}))),
            Some(DenialKind::Expired)
        );
        assert_eq!(
            refusal(good_but(json!({"exp": null}))),
            Some(DenialKind::Malformed)
        );
        assert_eq!(refusal(good_but(json!({"nbf": 1_800_000_030.0}))), None);
        assert_eq!(
            refusal(good_but(json!({"nbf": 1_800_000_030.5}))),
            Some(DenialKind::NotYetValid)
        );
    }

    #[test]
    fn issuer_and_audience_must_be_the_expected_ones() {
        assert_eq!(
            refusal(good_but(json!({"iss": "other"}))),
            Some(DenialKind::WrongIssuer)
        );
        assert_eq!(
            refusal(good_but(json!({"iss": null}))),
            Some(DenialKind::WrongIssuer)
        );
        assert_eq!(refusal(good_but(json!({"aud": ["mail", "registry"]}))), None);
        assert_eq!(
            refusal(good_but(json!({"aud": ["mail"]}))),
            Some(DenialKind::WrongAudience)
        );
        assert_eq!(
            refusal(good_but(json!({"aud": null}))),
            Some(DenialKind::WrongAudience)
        );
    }

    #[test]
    fn nothing_expected_accepts_any_issuer_and_audience() {
        let anyone = claims(json!({"iss": "x", "aud": "y", "exp": 1_900_000_000}));
        assert!(anyone.check(&Expectation::default(), LEEWAY, NOW).is_ok());
    }

    #[test]
    fn a_date_beyond_all_calendars_is_refused_not_wrapped() {
        for exp in [json!(-1), json!(1e300), json!("1800000100")] {
            assert!(
                serde_json::from_value::<Claims>(json!({ "exp": exp })).is_err(),
                "{exp}"
            );
        }
    }

    #[test]
    fn a_grant_needs_a_subject_that_can_be_recorded() {
        for sub in [json!(null), json!(""), json!("a\nb"), json!("x".repeat(256))] {
            let denial = claims(good_but(json!({ "sub": sub }))).into_grant().unwrap_err();
            assert_eq!(denial.kind, DenialKind::Malformed);
        }
        let grant = claims(good_but(json!({"scope": "audit:read profile"})))
            .into_grant()
            .unwrap();
        assert_eq!(grant.scopes, [Scope::AuditRead]);
        assert_eq!(grant.districts, Vec::<String>::new());
    }
}
