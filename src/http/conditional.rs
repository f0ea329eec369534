//! Preconditions: which revision a change rests on, and whether the client's copy is still good (RFC 9110 §13).

use actix_web::http::header::{self, HeaderMap, HeaderName};

use crate::domain::problem::{Problem, ProblemType};
use crate::registry::operation::Expected;
use crate::text;

/// The value of `If-Match` or `If-None-Match`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// `*`
    Any,
    Tags(Vec<EntityTag>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityTag {
    pub weak: bool,
    /// What stands between the quotes.
    pub opaque: String,
}

/// What a change claims about the entry it is made to; 428 when it claims nothing.
pub fn expected(headers: &HeaderMap) -> Result<Expected, Problem> {
    if let Some(condition) = read(headers, &header::IF_MATCH)? {
        return Ok(match condition {
            Condition::Any => Expected::Present,
            Condition::Tags(tags) => Expected::Revisions(tags.iter().filter_map(revision_of).collect()),
        });
    }
    match read(headers, &header::IF_NONE_MATCH)? {
        Some(Condition::Any) => Ok(Expected::Absent),
        _ => Err(Problem::new(
            ProblemType::PreconditionRequired,
            text!(
                "修改须携带 If-Match；以自选标识新建须携带 If-None-Match: *",
                "a change needs If-Match; creating under a chosen id needs If-None-Match: *"
            ),
        )),
    }
}

/// Whether the client already has the representation with this tag. Compared whole: the variant counts.
pub fn client_has(headers: &HeaderMap, opaque: &str) -> Result<bool, Problem> {
    Ok(match read(headers, &header::IF_NONE_MATCH)? {
        None => false,
        Some(Condition::Any) => true,
        Some(Condition::Tags(tags)) => tags.iter().any(|tag| tag.opaque == opaque),
    })
}

/// The revision a tag of ours was issued for. A weak tag names no bytes and nothing of ours is weak.
fn revision_of(tag: &EntityTag) -> Option<i64> {
    let (revision, _variant) = tag.opaque.split_once('.')?;
    revision.parse().ok().filter(|_| !tag.weak)
}

pub fn read(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Condition>, Problem> {
    let mut tags = Vec::new();
    let mut lines = headers.get_all(name).peekable();
    if lines.peek().is_none() {
        return Ok(None);
    }
    for line in lines {
        let words = line.to_str().unwrap_or_default().trim();
        if words == "*" {
            return Ok(Some(Condition::Any));
        }
        tags.extend(parse(words).ok_or_else(|| malformed(name))?);
    }
    Ok(Some(Condition::Tags(tags)))
}

fn malformed(name: &HeaderName) -> Problem {
    let name = if *name == header::IF_MATCH {
        "If-Match"
    } else {
        "If-None-Match"
    };
    let mut errors = crate::domain::fault::Faults::default();
    errors.push(
        name,
        "not_an_etag",
        text!(
            "{name} 应为 * 或带引号的 ETag，逗号分隔",
            "{name} must be * or quoted entity tags, separated by commas"
        ),
    );
    Problem::parameters(errors)
}

/// A list of entity tags; a comma inside quotes belongs to its tag.
fn parse(words: &str) -> Option<Vec<EntityTag>> {
    let mut tags = Vec::new();
    let mut rest = words;
    while !rest.is_empty() {
        let (weak, quoted) = match rest.strip_prefix("W/") {
            Some(quoted) => (true, quoted),
            None => (false, rest),
        };
        let (opaque, after) = quoted.strip_prefix('"')?.split_once('"')?;
        tags.push(EntityTag {
            weak,
            opaque: opaque.to_owned(),
        });
        rest = after.trim_start();
        if !rest.is_empty() {
            rest = rest.strip_prefix(',')?.trim_start();
        }
    }
    Some(tags).filter(|tags| !tags.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.append(name, HeaderValue::from_str(value).unwrap());
        headers
    }

    fn expected_of(value: &str) -> Expected {
        expected(&headers(header::IF_MATCH, value)).unwrap()
    }

    #[test]
    fn any_tag_issued_for_a_revision_names_it() {
        assert_eq!(expected_of(r#""3.0123456789ab""#), Expected::Revisions(vec![3]));
        assert_eq!(
            expected_of(r#""3.0123456789ab-br", "4.x""#),
            Expected::Revisions(vec![3, 4])
        );
        assert_eq!(expected_of("*"), Expected::Present);
    }

    #[test]
    fn weak_and_foreign_tags_match_no_revision() {
        for foreign in [r#"W/"3.0123456789ab""#, r#""abc""#, r#""3""#, r#""a,b""#] {
            assert_eq!(expected_of(foreign), Expected::Revisions(vec![]), "{foreign}");
        }
    }

    #[test]
    fn a_change_must_claim_something_and_claim_it_properly() {
        let status = |headers: &HeaderMap| expected(headers).unwrap_err().kind.status();
        assert_eq!(status(&HeaderMap::new()), 428);
        assert_eq!(status(&headers(header::IF_NONE_MATCH, r#""3.ab""#)), 428);
        for malformed in ["3", r#""3"#, r#""3" "4""#, "", "3.ab"] {
            assert_eq!(status(&headers(header::IF_MATCH, malformed)), 400, "{malformed}");
        }
        assert_eq!(
            expected(&headers(header::IF_NONE_MATCH, "*")).unwrap(),
            Expected::Absent
        );
    }

    #[test]
    fn a_cached_copy_is_compared_whole() {
        let has = |value, tag| client_has(&headers(header::IF_NONE_MATCH, value), tag).unwrap();
        assert!(has(r#""1.aa", W/"3.bb-br""#, "3.bb-br"));
        assert!(!has(r#""3.bb""#, "3.bb-br"));
        assert!(has("*", "3.bb"));
        assert!(!client_has(&HeaderMap::new(), "3.bb").unwrap());
    }
}
