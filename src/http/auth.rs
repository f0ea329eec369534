//! Who asks. The route table says what each operation needs; the door checks it before the handler runs.

use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest};
use futures_util::future::{Ready, ready};

use crate::access::challenge::bearer_token;
use crate::access::denial::{Denial, DenialKind};
use crate::domain::permission::{Grant, Scope};
use crate::domain::problem::Problem;
use crate::domain::time::Instant;
use crate::http::mirror;
use crate::http::route::Traits;
use crate::http::state::Shared;

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
    traits: Traits,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if let Err(problem) = mirror::gate(traits, &request) {
        return Ok(request.error_response(problem));
    }
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
    let grant = verified(state, bearer(request.headers())?).await?;
    if let Access::Scope(scope) = access {
        grant.require_scope(scope)?;
    }
    Ok(Some(Caller(Arc::unwrap_or_clone(grant))))
}

/// What a token grants. The network is asked, off the async worker, only where nothing else could tell.
async fn verified(state: &Shared, token: &str) -> Result<Arc<Grant>, Problem> {
    match state.verifier.verify(token, Instant::now()) {
        Err(denial) if denial.worth_refetching => {
            let (state, token) = (state.clone(), token.to_owned());
            let verify = move || state.verifier.verify_after_refetch(&token, Instant::now());
            let verified = tokio::task::spawn_blocking(verify).await;
            Ok(verified.map_err(Problem::internal)??)
        }
        outcome => Ok(outcome?),
    }
}

/// The token of the one `Authorization` header.
fn bearer(headers: &HeaderMap) -> Result<&str, Denial> {
    let mut sent = headers.get_all(header::AUTHORIZATION);
    let first = sent.next().ok_or_else(Denial::missing)?;
    if sent.next().is_some() {
        return Err(Denial::new(DenialKind::Malformed, "Authorization was sent twice"));
    }
    bearer_token(first.as_bytes())
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
    fn there_is_one_token_or_none() {
        assert_eq!(bearer(&sent("Bearer a.b.c")).unwrap(), "a.b.c");
        assert_eq!(bearer(&HeaderMap::new()).unwrap_err(), Denial::missing());
        assert!(bearer(&sent("Basic abc")).is_err());
        let mut twice = sent("Bearer a");
        twice.append(header::AUTHORIZATION, HeaderValue::from_static("Bearer b"));
        assert!(bearer(&twice).is_err());
    }
}
