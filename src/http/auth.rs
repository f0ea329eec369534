//! Who asks. The route table says what each operation needs; the door checks it before the handler runs.

use actix_web::body::BoxBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest};
use futures_util::future::{Ready, ready};

use crate::domain::permission::{Grant, Scope};
use crate::domain::problem::{Problem, ProblemType};
use crate::domain::time::Instant;
use crate::http::state::Shared;
use crate::text;

/// What an operation asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing; a token that is sent all the same is not looked at.
    Public,
    /// Any valid token.
    Token,
    /// A token with this scope.
    Scope(Scope),
}

/// The caller of an operation that needs a token.
#[derive(Clone, Debug)]
pub struct Caller(pub Grant);

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = request.extensions().get::<Self>().cloned();
        ready(caller.ok_or_else(|| Problem::internal("a public operation asks for its caller")))
    }
}

/// Lets a request through to its handler if its token suffices.
pub async fn door(
    access: Access,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match admit(access, &request).await {
        Ok(caller) => {
            if let Some(caller) = caller {
                tracing::Span::current().record("subject", caller.0.subject.as_str());
                request.extensions_mut().insert(caller);
            }
            next.call(request).await
        }
        Err(problem) => Ok(request.error_response(problem)),
    }
}

async fn admit(access: Access, request: &ServiceRequest) -> Result<Option<Caller>, Problem> {
    if access == Access::Public {
        return Ok(None);
    }
    let state = request
        .app_data::<Shared>()
        .ok_or_else(|| Problem::internal("the application has no state"))?;
    let grant = verify(state, bearer(request.headers())?).await?;
    if let Access::Scope(scope) = access {
        grant.require_scope(scope)?;
    }
    Ok(Some(Caller(grant)))
}

/// What the token grants. Where only newly published keys could tell, they are fetched off the async workers.
async fn verify(state: &Shared, token: &str) -> Result<Grant, Problem> {
    let now = Instant::now();
    let verified = match state.verifier.verify(token, now) {
        Err(denial) if denial.worth_refetching => {
            let (state, token) = (state.clone(), token.to_owned());
            tokio::task::spawn_blocking(move || state.verifier.verify_after_refetch(&token, now))
                .await
                .map_err(Problem::internal)?
        }
        verified => verified,
    };
    Ok(verified?.as_ref().clone())
}

/// The token of `Authorization: Bearer <token>`.
fn bearer(headers: &HeaderMap) -> Result<&str, Problem> {
    let missing = || {
        Problem::new(
            ProblemType::Unauthorized,
            text!(
                "需要 Authorization: Bearer <令牌>",
                "Authorization: Bearer <token> is needed"
            ),
        )
    };
    let mut sent = headers.get_all(header::AUTHORIZATION);
    let (Some(value), None) = (sent.next(), sent.next()) else {
        return Err(missing());
    };
    let words = value.to_str().map_err(|_| missing())?;
    let (scheme, token) = words.split_once(' ').ok_or_else(missing)?;
    let token = token.trim();
    if scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() {
        Ok(token)
    } else {
        Err(missing())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn sent(value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static(value));
        headers
    }

    #[test]
    fn the_token_follows_the_scheme() {
        assert_eq!(bearer(&sent("Bearer a.b.c")).unwrap(), "a.b.c");
        assert_eq!(bearer(&sent("bearer  a.b.c ")).unwrap(), "a.b.c");
        for refused in ["a.b.c", "Basic abc", "Bearer ", ""] {
            assert_eq!(
                bearer(&sent(refused)).unwrap_err().kind.status(),
                401,
                "{refused}"
            );
        }
        let mut twice = sent("Bearer a");
        twice.append(header::AUTHORIZATION, HeaderValue::from_static("Bearer b"));
        assert!(bearer(&twice).is_err());
    }
}
