//! `Authorization` in, `WWW-Authenticate` out (RFC 6750).

use serde_json::Value;

use crate::access::denial::{Denial, DenialKind};
use crate::access::settings::OWN_NAME;
use crate::domain::problem::{Problem, ProblemType};

/// The token of an `Authorization` header.
pub fn bearer_token(authorization: &[u8]) -> Result<&str, Denial> {
    let refuse = |cause: &str| Denial::new(DenialKind::Malformed, cause);
    let header = str::from_utf8(authorization).map_err(|_| refuse("Authorization is not UTF-8"))?;
    let (scheme, token) = header
        .split_once(' ')
        .ok_or_else(|| refuse("Authorization holds no credentials"))?;
    if !scheme.eq_ignore_ascii_case("Bearer") {
        return Err(refuse("Authorization is not of the Bearer scheme"));
    }
    Ok(token.trim_matches(' '))
}

/// The `WWW-Authenticate` value of a 401 or 403 answer; other answers have none.
pub fn challenge(problem: &Problem) -> Option<String> {
    let mut parts = vec![("realm", OWN_NAME)];
    match problem.kind {
        ProblemType::Unauthorized => {
            let told = ["error", "error_description"];
            parts.extend(
                told.into_iter()
                    .filter_map(|name| Some((name, member(problem, name)?))),
            );
        }
        ProblemType::InsufficientScope => {
            parts.push(("error", "insufficient_scope"));
            parts.extend(member(problem, "scope").map(|scope| ("scope", scope)));
        }
        // No scope would help here, but RFC 6750 has no better word.
        ProblemType::OutOfReach => parts.push(("error", "insufficient_scope")),
        _ => return None,
    }
    let parts: Vec<_> = parts
        .iter()
        .map(|(name, value)| format!("{name}=\"{value}\""))
        .collect();
    Some(format!("Bearer {}", parts.join(", ")))
}

fn member<'p>(problem: &'p Problem, name: &str) -> Option<&'p str> {
    problem.extra.get(name).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::permission::{Grant, Scope};

    #[test]
    fn a_bearer_token_is_taken_whatever_the_case_of_its_scheme() {
        assert_eq!(bearer_token(b"Bearer a.b.c"), Ok("a.b.c"));
        assert_eq!(bearer_token(b"bearer  a.b.c "), Ok("a.b.c"));
        for refused in [&b"a.b.c"[..], b"Basic YTpi", b"Bearer", b"Bearer\xFF a.b.c"] {
            assert_eq!(bearer_token(refused).unwrap_err().kind, DenialKind::Malformed);
        }
    }

    #[test]
    fn a_request_without_a_token_is_told_of_no_error() {
        let problem = Denial::missing().into();
        assert_eq!(
            challenge(&problem).unwrap(),
            r#"Bearer realm="standards-registry""#
        );
    }

    #[test]
    fn a_refused_token_is_told_in_the_words_of_rfc_6750() {
        let problem = Denial::new(DenialKind::Expired, "expired at …").into();
        assert_eq!(
            challenge(&problem).unwrap(),
            r#"Bearer realm="standards-registry", error="invalid_token", error_description="the token has expired""#
        );
    }

    #[test]
    fn a_missing_scope_is_named() {
        let grant = Grant {
            subject: "a".to_owned(),
            scopes: vec![],
            districts: vec![],
            token_id: None,
            expires_at: None,
        };
        let problem = grant.require_scope(Scope::AuditRead).unwrap_err();
        assert_eq!(
            challenge(&problem).unwrap(),
            r#"Bearer realm="standards-registry", error="insufficient_scope", scope="audit:read""#
        );
        let problem = grant.require_reach("370214", &|_, _| false).unwrap_err();
        assert_eq!(
            challenge(&problem).unwrap(),
            r#"Bearer realm="standards-registry", error="insufficient_scope""#
        );
        assert_eq!(challenge(&Problem::internal("no")), None);
    }
}
