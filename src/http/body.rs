//! Request bodies: typed, bounded while they arrive, unpacked, and parsed strictly.

use actix_web::dev::{Decompress, Payload};
use actix_web::http::Method;
use actix_web::http::header::{self, ContentEncoding, HeaderMap};
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use serde_json::Value;

use crate::domain::json;
use crate::domain::problem::{Problem, ProblemType};
use crate::log::hash::{Hash, sha256};
use crate::text;

/// What a body may hold, unpacked.
pub const LIMIT: usize = 16 * 1024 * 1024;

/// Above this, parsing leaves the async worker.
const LONG: usize = 64 * 1024;

pub const JSON: &str = "application/json";
pub const MERGE_PATCH: &str = "application/merge-patch+json";

/// A JSON body, strictly parsed; for `PATCH` a merge patch.
#[derive(Clone, Debug)]
pub struct JsonBody {
    pub value: Value,
    /// Of the bytes as sent (unpacked): what a retry is compared by.
    pub sha256: Hash,
}

impl FromRequest for JsonBody {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let taken: &'static [&'static str] = if *request.method() == Method::PATCH {
            &[MERGE_PATCH]
        } else {
            &[JSON]
        };
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let raw = RawBody::read(request.headers(), payload, taken).await?;
            raw.json().await
        })
    }
}

/// A body as sent, unpacked.
#[derive(Clone, Debug)]
pub struct RawBody {
    pub bytes: Bytes,
    /// The one of the media types taken that it is.
    pub media_type: &'static str,
    pub sha256: Hash,
}

impl RawBody {
    /// Reads a body of one of the media types `taken`.
    pub async fn read(
        headers: &HeaderMap,
        payload: Payload,
        taken: &'static [&'static str],
    ) -> Result<Self, Problem> {
        let media_type = media_type(headers, taken)?;
        let mut chunks = Decompress::new(payload, content_encoding(headers)?);
        if announced_length(headers).is_some_and(|length| length > LIMIT) {
            return Err(too_large());
        }
        let mut bytes = BytesMut::new();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|error| {
                Problem::new(
                    ProblemType::MalformedJson,
                    text!("请求体未能读完", "the body could not be read to its end"),
                )
                .because(error)
            })?;
            if bytes.len() + chunk.len() > LIMIT {
                return Err(too_large());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Self {
            sha256: sha256(&bytes),
            bytes: bytes.freeze(),
            media_type,
        })
    }

    /// The body as one JSON value.
    pub async fn json(self) -> Result<JsonBody, Problem> {
        let Self { bytes, sha256, .. } = self;
        let value = if bytes.len() <= LONG {
            json::parse(&bytes)?
        } else {
            tokio::task::spawn_blocking(move || json::parse(&bytes))
                .await
                .map_err(Problem::internal)??
        };
        Ok(JsonBody { value, sha256 })
    }
}

pub fn too_large() -> Problem {
    Problem::new(
        ProblemType::PayloadTooLarge,
        text!("请求体超过 16 MiB", "the body is larger than 16 MiB"),
    )
    .with("limit", LIMIT)
}

fn announced_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Which of the types taken the body says it is. `application/<anything>+json` counts as JSON.
fn media_type(headers: &HeaderMap, taken: &'static [&'static str]) -> Result<&'static str, Problem> {
    let sent = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = sent
        .and_then(|sent| sent.split(';').next())
        .map(|essence| essence.trim().to_ascii_lowercase())
        .unwrap_or_default();
    let is = |candidate: &str| {
        let any_json = candidate == JSON && essence != MERGE_PATCH && essence.ends_with("+json");
        essence == candidate || any_json
    };
    taken
        .iter()
        .copied()
        .find(|candidate| is(candidate))
        .ok_or_else(|| unsupported("Content-Type", taken))
}

fn content_encoding(headers: &HeaderMap) -> Result<ContentEncoding, Problem> {
    let sent = headers
        .get(header::CONTENT_ENCODING)
        .map(|value| value.to_str().unwrap_or_default());
    match sent.map(|sent| sent.trim().to_ascii_lowercase()).as_deref() {
        None | Some("identity") => Ok(ContentEncoding::Identity),
        Some("gzip" | "x-gzip") => Ok(ContentEncoding::Gzip),
        Some(_) => Err(unsupported("Content-Encoding", &["identity", "gzip"])),
    }
}

fn unsupported(header: &str, expected: &[&str]) -> Problem {
    let names = expected.join(", ");
    Problem::new(
        ProblemType::UnsupportedMediaType,
        text!("{header} 应为：{names}", "{header} must be: {names}"),
    )
    .with("expected", expected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn typed(value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(value));
        headers
    }

    #[test]
    fn json_comes_under_its_names_only() {
        for name in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/ld+json",
        ] {
            assert_eq!(media_type(&typed(name), &[JSON]).unwrap(), JSON, "{name}");
        }
        for name in [
            "text/json",
            "application/merge-patch+json",
            "application/x-www-form-urlencoded",
        ] {
            assert_eq!(
                media_type(&typed(name), &[JSON]).unwrap_err().kind.status(),
                415,
                "{name}"
            );
        }
        assert_eq!(
            media_type(&HeaderMap::new(), &[JSON]).unwrap_err().kind.status(),
            415
        );
    }

    #[test]
    fn a_patch_must_say_that_it_is_a_merge_patch() {
        assert!(media_type(&typed("application/merge-patch+json"), &[MERGE_PATCH]).is_ok());
        let refused = media_type(&typed("application/json"), &[MERGE_PATCH]).unwrap_err();
        assert_eq!(refused.extra["expected"][0], MERGE_PATCH);
    }
}
