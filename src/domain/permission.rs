//! What the bearer of a token may do (scopes) and where (divisions).

use crate::domain::problem::{Problem, ProblemType};
use crate::domain::term::Term;
use crate::domain::time::Instant;
use crate::{terms, text};

terms! {
    /// What a token allows. Where it allows it is the matter of its divisions.
    pub enum Scope = "scope" {
        /// Entries, bulk and catalogue.
        StandardsWrite "standards:write" "维护标准" "Maintain standards",
        FrameworksWrite "frameworks:write" "维护标准体系框架" "Maintain frameworks",
        AuditRead "audit:read" "查阅审计记录" "Read the audit trail",
        /// Redaction, webhooks and keys. It reaches no division by itself.
        Admin "admin" "管理登记簿" "Administer the registry",
    }
}

impl Scope {
    /// Reads a token's space-separated `scope`. What other services named there is none of our business.
    pub fn known_in(words: &str) -> Vec<Self> {
        let mut scopes: Vec<_> = words.split_ascii_whitespace().filter_map(Self::from_id).collect();
        scopes.sort_unstable();
        scopes.dedup();
        scopes
    }
}

/// Who asks, and what a verified token grants them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The token's `sub`, recorded as the actor of what is written.
    pub subject: String,
    pub scopes: Vec<Scope>,
    /// Division codes; each reaches its subtree.
    pub districts: Vec<String>,
    pub token_id: Option<String>,
    pub expires_at: Option<Instant>,
}

impl Grant {
    pub fn has_scope(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }

    /// Refuses unless the token carries this scope. Says what is needed, not what the token has.
    pub fn require_scope(&self, scope: Scope) -> Result<(), Problem> {
        if self.has_scope(scope) {
            return Ok(());
        }
        let id = scope.id();
        let detail = text!("此操作需要 scope {id}", "this operation needs the scope {id}");
        Err(Problem::new(ProblemType::InsufficientScope, detail).with("scope", id))
    }

    /// Refuses unless one of the token's divisions reaches this one; `reaches(granted, code)` knows the tree.
    pub fn require_reach(&self, code: &str, reaches: &dyn Fn(&str, &str) -> bool) -> Result<(), Problem> {
        if self.districts.iter().any(|granted| reaches(granted, code)) {
            return Ok(());
        }
        let detail = text!(
            "令牌不及行政区划 {code}",
            "the token does not reach division {code}"
        );
        Err(Problem::new(ProblemType::OutOfReach, detail).with("division", code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(scopes: &[Scope], districts: &[&str]) -> Grant {
        Grant {
            subject: "qingdao".to_owned(),
            scopes: scopes.to_vec(),
            districts: districts.iter().map(|code| (*code).to_owned()).collect(),
            token_id: None,
            expires_at: None,
        }
    }

    /// Qingdao (370200) above Chengyang (370214) and Licang (370213).
    fn reaches(granted: &str, code: &str) -> bool {
        granted == code || (granted == "370200" && ["370213", "370214"].contains(&code))
    }

    #[test]
    fn a_scope_string_keeps_what_is_known_once() {
        let scopes = Scope::known_in("openid standards:write  audit:read standards:write STANDARDS:WRITE");
        assert_eq!(scopes, [Scope::StandardsWrite, Scope::AuditRead]);
        assert_eq!(Scope::known_in(""), []);
    }

    #[test]
    fn a_missing_scope_is_named_and_nothing_else_is() {
        let auditor = grant(&[Scope::AuditRead], &["370200"]);
        assert!(auditor.require_scope(Scope::AuditRead).is_ok());
        let refusal = auditor.require_scope(Scope::StandardsWrite).unwrap_err();
        assert_eq!(refusal.kind, ProblemType::InsufficientScope);
        assert_eq!(refusal.extra["scope"], "standards:write");
        assert!(!refusal.detail.en.contains("audit:read"));
    }

    #[test]
    fn admin_implies_no_other_scope() {
        let admin = grant(&[Scope::Admin], &["370200"]);
        assert!(admin.require_scope(Scope::StandardsWrite).is_err());
    }

    #[test]
    fn reach_goes_down_the_tree_only() {
        let city = grant(&[Scope::StandardsWrite], &["370200"]);
        assert!(city.require_reach("370200", &reaches).is_ok());
        assert!(city.require_reach("370214", &reaches).is_ok());

        let district = grant(&[Scope::StandardsWrite], &["370214"]);
        assert!(district.require_reach("370214", &reaches).is_ok());
        for beyond in ["370200", "370213"] {
            let refusal = district.require_reach(beyond, &reaches).unwrap_err();
            assert_eq!(refusal.kind, ProblemType::OutOfReach);
            assert_eq!(refusal.extra["division"], beyond);
            assert!(!refusal.detail.en.contains("370214"));
        }
    }

    #[test]
    fn admin_reaches_nothing_by_itself() {
        let admin = grant(&[Scope::Admin], &[]);
        assert!(admin.require_reach("370214", &reaches).is_err());
    }
}
