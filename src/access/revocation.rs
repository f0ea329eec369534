//! Tokens and subjects that are no longer accepted, from a file people edit.

use std::collections::HashSet;

use crate::access::claims::Claims;

/// What the file revokes. Each line names a token (`jti:…`), a subject (`sub:…`), or, without either word, whichever
/// bears that name: in a hurry a line does what it looks like. Blank lines and `#` comments are passed over.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Revocations {
    tokens: HashSet<String>,
    subjects: HashSet<String>,
}

impl Revocations {
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let text = str::from_utf8(bytes).map_err(|error| error.to_string())?;
        let mut revocations = Self::default();
        let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
        for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(token) = line.strip_prefix("jti:") {
                revocations.tokens.insert(token.trim().to_owned());
            } else if let Some(subject) = line.strip_prefix("sub:") {
                revocations.subjects.insert(subject.trim().to_owned());
            } else {
                revocations.tokens.insert(line.to_owned());
                revocations.subjects.insert(line.to_owned());
            }
        }
        Ok(revocations)
    }

    /// Which of a token's names is revoked.
    pub fn hit(&self, claims: &Claims) -> Option<String> {
        let token = claims.jti.as_ref().filter(|id| self.tokens.contains(*id));
        let subject = claims.sub.as_ref().filter(|name| self.subjects.contains(*name));
        token
            .map(|id| format!("jti {id:?} is revoked"))
            .or_else(|| subject.map(|name| format!("sub {name:?} is revoked")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn hit(file: &str, sub: &str, jti: &str) -> bool {
        let claims = serde_json::from_value(json!({"sub": sub, "jti": jti})).unwrap();
        Revocations::read(file.as_bytes()).unwrap().hit(&claims).is_some()
    }

    #[test]
    fn a_line_revokes_a_token_a_subject_or_either() {
        assert!(hit("jti:t1", "alice", "t1"));
        assert!(!hit("jti:alice", "alice", "t1"));
        assert!(hit("sub: alice", "alice", "t1"));
        assert!(!hit("sub:t1", "alice", "t1"));
        assert!(hit("alice", "alice", "t1"));
        assert!(hit("t1\r\n", "alice", "t1"));
        assert!(hit("urn:district:370214", "urn:district:370214", "t1"));
    }

    #[test]
    fn comments_and_blank_lines_revoke_nobody() {
        assert!(!hit("\u{feff}# alice\n\n   \n#t1", "alice", "t1"));
        assert!(!hit("ali\ncealice", "alice", "t1"));
    }
}
