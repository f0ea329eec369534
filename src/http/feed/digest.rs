//! The state digest, by which two copies find that they are equal, or where they are not.

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::problem::Problem;
use crate::domain::time::AsOf;
use crate::http::answer::{self, JSON};
use crate::http::context;
use crate::http::document::Document;
use crate::http::feed::query;
use crate::http::params::Params;
use crate::http::state::Shared;
use crate::log::state_digest::StateDigest;
use crate::registry::feed::digests::Counted;
use crate::registry::moment::ReadAt;
use crate::text;

/// The digest of what is live: SHA-256 over the sum, modulo 2^256, of SHA-256(`id:revision:content_sha256`) over the
/// live entries, in 32 bytes, and their number, in 8; both big-endian.
#[derive(Serialize, ToSchema)]
pub struct DigestAnswer {
    /// The position it is the digest of.
    #[schema(example = 812)]
    position: i64,
    #[schema(example = 641)]
    count: u64,
    #[schema(example = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881")]
    digest: String,
    /// The 256 parts, when asked for by `buckets=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    buckets: Option<Vec<BucketDigest>>,
    /// The entries of one part, when asked for by `bucket`.
    #[serde(skip_serializing_if = "Option::is_none")]
    entries: Option<Vec<Counted>>,
}

/// The digest of the entries whose id's SHA-256 begins with one byte.
#[derive(Serialize, ToSchema)]
pub struct BucketDigest {
    #[schema(example = "3f")]
    bucket: String,
    count: u64,
    digest: String,
}

impl BucketDigest {
    fn of((number, digest): (u8, StateDigest)) -> Self {
        Self {
            bucket: format!("{number:02x}"),
            count: digest.count(),
            digest: digest.hex(),
        }
    }
}

/// Compare a copy
///
/// The digest of everything live, or of what meets the filters. When it differs from a copy's own, `buckets=true`
/// tells which of 256 parts differ, and `bucket=3f` what one of them holds.
#[utoipa::path(
    get, path = "/v1/digest", operation_id = "get_digest", tag = "sync",
    params(
        ("at" = Option<String>, Query, description = "A log position, a day (its end in Shanghai) or an RFC 3339 instant; the newest state when absent", example = "812"),
        ("buckets" = Option<bool>, Query, description = "Whether to add the 256 parts; their number, `256`, says so too"),
        ("bucket" = Option<String>, Query, description = "The part whose entries to list: two hexadecimal digits", example = "3f"),
        ("Min-Position" = Option<String>, Header, description = "Answer with at least this much of the log; waits briefly, then 503", example = "3"),
    ),
    responses((status = 200, description = "The digest", body = DigestAnswer,
        headers(("Log-Position" = i64, description = "The position it is the digest of"))))
)]
pub async fn digest(request: HttpRequest, state: Shared) -> Result<HttpResponse, Problem> {
    let mut params = Params::of(&request);
    let read_at = ReadAt {
        as_of: params.as_of("at"),
        min_position: context::min_position(&request, &mut params),
        ..ReadAt::default()
    };
    let with_buckets = buckets(&mut params);
    let bucket = bucket(&mut params);
    let selection = query::selection(&mut params);
    params.finish()?;
    // Hashes outlive what is erased, so this answer will never be another. What filters mean can change with their tables.
    let is_settled = matches!(read_at.as_of, Some(AsOf::Position(_))) && selection.is_everything();
    let feed = state.registry.feed().clone();
    answer::read(&request, &state, JSON, read_at, move |snapshot, view| {
        let digest = feed.digest(snapshot, &selection, &view.at)?;
        let entries = bucket.map(|bucket| feed.bucket(snapshot, &selection, &view.at, bucket));
        let document = Document::json(&DigestAnswer {
            position: view.at.position,
            count: digest.whole().count(),
            digest: digest.whole().hex(),
            buckets: with_buckets.then(|| digest.buckets().map(BucketDigest::of).collect()),
            entries: entries.transpose()?,
        })?;
        Ok(if is_settled {
            document.immutable()
        } else {
            document
        })
    })
    .await
}

/// Whether the parts are wanted: yes, no, or how many there are.
fn buckets(params: &mut Params) -> bool {
    match params.single("buckets").as_deref() {
        None | Some("false") => false,
        Some("true" | "256") => true,
        Some(_) => {
            let detail = text!("应为 true、false 或 256", "must be true, false or 256");
            params.fault("buckets", "not_a_boolean", detail);
            false
        }
    }
}

/// Two hexadecimal digits.
fn bucket(params: &mut Params) -> Option<u8> {
    let words = params.single("bucket")?;
    let shaped = words.len() == 2 && words.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = u8::from_str_radix(&words, 16).ok().filter(|_| shaped);
    if number.is_none() {
        params.fault(
            "bucket",
            "not_a_bucket",
            text!(
                "应为两位十六进制数字，如 3f",
                "must be two hexadecimal digits, as in 3f"
            ),
        );
    }
    number
}
