//! `Idempotency-Key`: by which a write may be sent again without happening again.

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;

use crate::domain::fault::Faults;
use crate::domain::problem::Problem;
use crate::http::auth::Caller;
use crate::log::hash::{Hash, sha256};
use crate::registry::work::Retry;
use crate::text;

pub const IDEMPOTENCY_KEY: &str = "Idempotency-Key";
pub const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

const LONGEST: usize = 255;

/// What the writer needs to recognise this request when it comes again; nothing when it may not.
/// The query counts with the body: another query under the same key is another request, and is refused.
pub fn retry(request: &HttpRequest, caller: &Caller, body_sha256: Hash) -> Result<Option<Retry>, Problem> {
    let Some(sent) = request.headers().get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    let fit = |words: &&str| {
        !words.is_empty() && words.len() <= LONGEST && words.bytes().all(|b| b.is_ascii_graphic())
    };
    let key = sent.to_str().ok().filter(fit).ok_or_else(malformed)?;
    Ok(Some(Retry {
        key: [
            caller.0.subject.clone(),
            request.method().to_string(),
            request.path().to_owned(),
            key.to_owned(),
        ],
        body_sha256: match request.query_string() {
            "" => body_sha256,
            query => sha256(&[query.as_bytes(), &body_sha256].concat()),
        },
    }))
}

fn malformed() -> Problem {
    let mut faults = Faults::default();
    faults.push(
        IDEMPOTENCY_KEY,
        "not_a_key",
        text!(
            "应为 1 到 {LONGEST} 个可见 ASCII 字符",
            "must be 1 to {LONGEST} visible ASCII characters"
        ),
    );
    Problem::parameters(faults)
}
