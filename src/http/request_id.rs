//! The name of one request: in its answer, in every log line about it, and in the log's envelopes.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use uuid::Uuid;

use crate::domain::problem::Problem;

pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const LONGEST: usize = 128;

/// What the client called the request, if that is fit to be written down, else a name of our own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub String);

impl RequestId {
    pub fn of(headers: &HeaderMap) -> Self {
        let sent = headers.get(X_REQUEST_ID).and_then(|value| value.to_str().ok());
        let fit = |words: &&str| {
            !words.is_empty() && words.len() <= LONGEST && words.bytes().all(|b| b.is_ascii_graphic())
        };
        Self(
            sent.filter(fit)
                .map_or_else(|| Uuid::now_v7().to_string(), str::to_owned),
        )
    }

    pub fn header_value(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }
}

impl FromRequest for RequestId {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let known = request.extensions().get::<Self>().cloned();
        ready(Ok(known.unwrap_or_else(|| Self::of(request.headers()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sent: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(X_REQUEST_ID, HeaderValue::from_bytes(sent.as_bytes()).unwrap());
        RequestId::of(&headers).0
    }

    #[test]
    fn a_sane_name_is_kept_and_any_other_replaced() {
        assert_eq!(of("sync-2026-11-21/7"), "sync-2026-11-21/7");
        for refused in ["", "two words", "名字", &"x".repeat(129)] {
            assert!(Uuid::parse_str(&of(refused)).is_ok(), "{refused}");
        }
    }
}
