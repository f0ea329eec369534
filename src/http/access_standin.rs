//! Stands in for permissions and the token verifier until they are here; its names and shapes are theirs.

use crate::domain::problem::{Problem, ProblemType};
use crate::{terms, text};

terms! {
    /// What a token allows.
    pub enum Scope = "scope" {
        StandardsWrite "standards:write" "登记标准" "Write standards",
        FrameworksWrite "frameworks:write" "登记框架" "Write frameworks",
        AuditRead "audit:read" "审计" "Read the audit trail",
        Admin "admin" "管理" "Administer",
    }
}

#[derive(Clone, Debug)]
pub struct Grant {
    pub subject: String,
    pub scopes: Vec<Scope>,
    pub districts: Vec<String>,
}

pub struct Verifier;

impl Verifier {
    pub async fn verify(&self, _token: &str) -> Result<Grant, Problem> {
        Err(Problem::new(
            ProblemType::Unauthorized,
            text!("令牌无效", "the token is not valid"),
        )
        .with("error", "invalid_token"))
    }
}

impl Grant {
    pub fn require_scope(&self, scope: Scope) -> Result<(), Problem> {
        use crate::domain::term::Term;
        if self.scopes.contains(&scope) {
            return Ok(());
        }
        let id = scope.id();
        Err(Problem::new(
            ProblemType::InsufficientScope,
            text!("需要 scope：{id}", "the scope {id} is needed"),
        )
        .with("scope", id))
    }
}
