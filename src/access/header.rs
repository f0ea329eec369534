//! The first part of a token: which algorithm and which key it claims.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::access::denial::{Denial, DenialKind};

/// Far above any honest token, far below what makes parsing costly.
const LONGEST_TOKEN: usize = 8 * 1024;

/// What a token says about itself before anything is verified.
#[derive(Debug)]
pub struct TokenHeader {
    pub algorithm: Algorithm,
    pub key_id: Option<String>,
}

#[derive(Deserialize)]
struct Members {
    alg: String,
    kid: Option<String>,
    crit: Option<IgnoredAny>,
}

impl TokenHeader {
    pub fn read(token: &str) -> Result<Self, Denial> {
        if token.len() > LONGEST_TOKEN {
            let cause = format!("{} bytes, the limit is {LONGEST_TOKEN}", token.len());
            return Err(malformed(cause));
        }
        let mut parts = token.split('.');
        let (Some(first), Some(_), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(malformed("not three parts separated by dots"));
        };
        let json = URL_SAFE_NO_PAD
            .decode(first)
            .map_err(|error| malformed(format!("header: {error}")))?;
        let members: Members =
            serde_json::from_slice(&json).map_err(|error| malformed(format!("header: {error}")))?;
        // RFC 7515 §4.1.11: whoever does not understand an extension marked critical must refuse it; we know none.
        if members.crit.is_some() {
            return Err(malformed("header: crit names extensions that are not supported"));
        }
        Ok(Self {
            algorithm: algorithm(&members.alg)?,
            key_id: members.kid,
        })
    }
}

/// The closed list. `none` is not on it and can never be.
fn algorithm(name: &str) -> Result<Algorithm, Denial> {
    match name {
        "EdDSA" => Ok(Algorithm::EdDSA),
        "ES256" => Ok(Algorithm::ES256),
        "RS256" => Ok(Algorithm::RS256),
        "PS256" => Ok(Algorithm::PS256),
        "HS256" => Ok(Algorithm::HS256),
        other => {
            let cause = format!("alg {other:?} is not accepted");
            Err(Denial::new(DenialKind::UnsupportedAlgorithm, cause))
        }
    }
}

fn malformed(cause: impl Into<String>) -> Denial {
    Denial::new(DenialKind::Malformed, cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> Result<TokenHeader, DenialKind> {
        let token = format!("{}.e30.c2ln", URL_SAFE_NO_PAD.encode(header));
        TokenHeader::read(&token).map_err(|denial| denial.kind)
    }

    #[test]
    fn only_listed_algorithms_pass() {
        assert_eq!(read(r#"{"alg":"ES256"}"#).unwrap().algorithm, Algorithm::ES256);
        for refused in ["none", "None", "", "HS512", "RS512", "es256"] {
            let kind = read(&format!(r#"{{"alg":"{refused}"}}"#)).unwrap_err();
            assert_eq!(kind, DenialKind::UnsupportedAlgorithm, "{refused}");
        }
    }

    #[test]
    fn what_is_no_token_is_malformed() {
        for refused in [r#"{"kid":"a"}"#, r#"{"alg":"EdDSA","crit":["b64"]}"#, "[]", ""] {
            assert_eq!(read(refused).unwrap_err(), DenialKind::Malformed, "{refused}");
        }
        for refused in [
            "",
            "a.b",
            "a.b.c.d",
            "😀.b.c",
            "..",
            &"a".repeat(LONGEST_TOKEN + 1),
        ] {
            assert_eq!(
                TokenHeader::read(refused).unwrap_err().kind,
                DenialKind::Malformed
            );
        }
    }
}
