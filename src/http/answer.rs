//! Reading: every public read is a function of the log's head, the request line, language, format and day. So a
//! finished answer is kept under exactly these and given again without touching the database.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;

use crate::domain::problem::Problem;
use crate::domain::text::Language;
use crate::domain::time::Instant;
use crate::http::document::{Document, Tag, opaque_tag};
use crate::http::negotiate::{self, Encoding, Format};
use crate::http::state::State;
use crate::http::{conditional, encode, problem};
use crate::registry::head_watch::HeadInfo;
use crate::registry::moment::{self, Moment, ReadAt};
use crate::store::pool::Snapshot;

pub const LOG_POSITION: HeaderName = HeaderName::from_static("log-position");
pub const AS_OF: HeaderName = HeaderName::from_static("as-of");
pub const VALID_AT: HeaderName = HeaderName::from_static("valid-at");

/// The only format most resources have.
pub const JSON: &[Format] = &[Format::Json];

/// How long a read waits for the position it asked for.
pub const PATIENCE: Duration = Duration::from_secs(3);

/// What a read may depend on besides its own parameters.
#[derive(Clone, Copy, Debug)]
pub struct View {
    pub at: Moment,
    pub format: Format,
    pub language: Language,
}

/// Everything an answer is a function of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    head: (i64, i64),
    request: Box<str>,
    language: Language,
    format: Format,
    encoding: Encoding,
    today: NaiveDate,
}

/// A finished answer in one encoding.
#[derive(Debug)]
struct Finished {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// What stands between the quotes of the ETag, encoding included.
    tag: String,
    body: Bytes,
}

/// Finished answers, the least recently used of which go when there are too many bytes.
pub struct Cache(moka::sync::Cache<Key, Arc<Finished>>);

impl Cache {
    pub fn new(bytes: u64) -> Self {
        const OVERHEAD: usize = 1024;
        let weigh = |key: &Key, finished: &Arc<Finished>| {
            u32::try_from(key.request.len() + finished.body.len() + OVERHEAD).unwrap_or(u32::MAX)
        };
        let cache = moka::sync::Cache::builder()
            .max_capacity(bytes)
            .weigher(weigh)
            .eviction_policy(moka::policy::EvictionPolicy::lru())
            .build();
        Self(cache)
    }
}

/// Answers a public read. `work` runs on one snapshot, only when the answer is not at hand.
pub async fn read(
    request: &HttpRequest,
    state: &State,
    offered: &[Format],
    read_at: ReadAt,
    work: impl FnOnce(&mut Snapshot, &View) -> Result<Document, Problem> + Send + 'static,
) -> Result<HttpResponse, Problem> {
    let head = match read_at.min_position {
        Some(position) => state.registry.wait_for(position, PATIENCE).await?,
        None => state.registry.head().await?,
    };
    let key = key(request, offered, head)?;
    let finished = match state.answers.0.get(&key) {
        Some(finished) => finished,
        None => prepare(state, key, read_at, work).await?,
    };
    respond(request, &finished)
}

/// Answers a read that only its caller may see: nothing is kept, here or on the way.
pub async fn read_private(
    request: &HttpRequest,
    state: &State,
    offered: &[Format],
    read_at: ReadAt,
    work: impl FnOnce(&mut Snapshot, &View) -> Result<Document, Problem> + Send + 'static,
) -> Result<HttpResponse, Problem> {
    if let Some(position) = read_at.min_position {
        state.registry.wait_for(position, PATIENCE).await?;
    }
    let language = negotiate::spoken(request);
    let format = negotiate::wanted(request, offered)?;
    let (document, view, _) = compute(state, read_at, format, language, work).await?;
    let mut finished = finish(document, Some(&view));
    finished.headers.retain(|(name, _)| name != header::CACHE_CONTROL);
    let private = HeaderValue::from_static("private, no-cache");
    finished.headers.push((header::CACHE_CONTROL, private));
    let finished = in_encoding(&finished, negotiate::encoding(request.headers())).await?;
    respond(request, &finished)
}

/// Answers with a document that depends on nothing in the log.
pub async fn fixed(request: &HttpRequest, document: Document) -> Result<HttpResponse, Problem> {
    if document.media_type == Format::Json.media_type() {
        negotiate::format(request.headers(), JSON)?;
    }
    let finished = finish(
        Document {
            tag: Some(Tag::Bytes),
            ..document
        },
        None,
    );
    let finished = in_encoding(&finished, negotiate::encoding(request.headers())).await?;
    respond(request, &finished)
}

/// Answers a write with the document it led to: never kept, never packed.
pub fn written(document: Document, position: i64) -> HttpResponse {
    let tag = opaque_tag(document.tag.unwrap_or(Tag::Position(position)), &document.body);
    let mut response = HttpResponse::build(document.status);
    for (name, value) in document.headers {
        response.append_header((name, value));
    }
    response
        .insert_header((header::CONTENT_TYPE, document.media_type))
        .insert_header((header::ETAG, format!("\"{tag}\"")))
        .insert_header((LOG_POSITION, position))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(document.body)
}

fn key(request: &HttpRequest, offered: &[Format], head: HeadInfo) -> Result<Key, Problem> {
    let line = request.uri().path_and_query();
    Ok(Key {
        head: (head.epoch, head.position),
        request: line.map_or("/", |line| line.as_str()).into(),
        language: negotiate::spoken(request),
        format: negotiate::wanted(request, offered)?,
        encoding: negotiate::encoding(request.headers()),
        today: Instant::now().shanghai_day(),
    })
}

/// Makes an answer in the encoding asked for, from the plain one if that is at hand, and keeps both.
async fn prepare(
    state: &State,
    key: Key,
    read_at: ReadAt,
    work: impl FnOnce(&mut Snapshot, &View) -> Result<Document, Problem> + Send + 'static,
) -> Result<Arc<Finished>, Problem> {
    let cache = &state.answers.0;
    let mut plain_key = Key {
        encoding: Encoding::Identity,
        ..key.clone()
    };
    let plain = match cache.get(&plain_key) {
        Some(plain) => plain,
        None => {
            let (document, view, head) = compute(state, read_at, key.format, key.language, work).await?;
            let plain = Arc::new(finish(document, Some(&view)));
            // The snapshot may be newer than the head looked at before: it is kept under what it shows.
            plain_key.head = head;
            cache.insert(plain_key.clone(), Arc::clone(&plain));
            plain
        }
    };
    if key.encoding == Encoding::Identity {
        return Ok(plain);
    }
    let packed = Arc::new(in_encoding(&plain, key.encoding).await?);
    let packed_key = Key {
        encoding: key.encoding,
        ..plain_key
    };
    cache.insert(packed_key, Arc::clone(&packed));
    Ok(packed)
}

async fn compute(
    state: &State,
    read_at: ReadAt,
    format: Format,
    language: Language,
    work: impl FnOnce(&mut Snapshot, &View) -> Result<Document, Problem> + Send + 'static,
) -> Result<(Document, View, (i64, i64)), Problem> {
    let compute = move |snapshot: &mut Snapshot| {
        let head = (snapshot.head.epoch, snapshot.head.position());
        let at = moment::resolve(snapshot, &read_at)?;
        let view = View { at, format, language };
        let document = work(snapshot, &view)?;
        Ok((document, view, head))
    };
    state.registry.read(compute).await
}

/// A document with all its headers, not yet packed.
fn finish(document: Document, view: Option<&View>) -> Finished {
    let position = view.map(|view| Tag::Position(view.at.position));
    let tag = document.tag.or(position).unwrap_or(Tag::Bytes);
    let mut headers = document.headers;
    headers.push((
        header::CONTENT_TYPE,
        HeaderValue::from_static(document.media_type),
    ));
    headers.push((
        header::VARY,
        HeaderValue::from_static("Accept, Accept-Encoding, Accept-Language"),
    ));
    headers.push((
        header::CACHE_CONTROL,
        HeaderValue::from_static(if document.immutable {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        }),
    ));
    if let Some(View { at, language, .. }) = view {
        let language = HeaderValue::from_static(problem::language_tag(*language));
        headers.push((header::CONTENT_LANGUAGE, language));
        headers.push((LOG_POSITION, HeaderValue::from(at.position)));
        let times = [
            (AS_OF, at.as_of.to_rfc3339()),
            (VALID_AT, at.valid_at.to_string()),
        ];
        headers.extend(
            times
                .into_iter()
                .filter_map(|(name, time)| Some((name, HeaderValue::try_from(time).ok()?))),
        );
    }
    Finished {
        status: document.status,
        tag: opaque_tag(tag, &document.body),
        headers,
        body: document.body,
    }
}

async fn in_encoding(plain: &Finished, encoding: Encoding) -> Result<Finished, Problem> {
    let mut headers = plain.headers.clone();
    let mut tag = plain.tag.clone();
    let mut body = plain.body.clone();
    if encoding != Encoding::Identity && body.len() > encode::WORTHWHILE {
        body = encode::pack(body, encoding).await?;
        tag = format!("{tag}-{}", encoding.name());
        let name = HeaderValue::from_static(encoding.name());
        headers.push((header::CONTENT_ENCODING, name));
    }
    Ok(Finished {
        status: plain.status,
        headers,
        tag,
        body,
    })
}

/// Dresses a finished answer for one client: 304 when it has exactly these bytes already.
fn respond(request: &HttpRequest, finished: &Finished) -> Result<HttpResponse, Problem> {
    let unchanged =
        finished.status.is_success() && conditional::client_has(request.headers(), &finished.tag)?;
    let mut response = HttpResponse::build(if unchanged {
        StatusCode::NOT_MODIFIED
    } else {
        finished.status
    });
    for (name, value) in &finished.headers {
        // What describes a body is left out where there is none: some clients unpack even nothing.
        if !(unchanged && [header::CONTENT_ENCODING, header::CONTENT_TYPE].contains(name)) {
            response.append_header((name, value));
        }
    }
    response.insert_header((header::ETAG, format!("\"{}\"", finished.tag)));
    Ok(if unchanged {
        response.finish()
    } else {
        response.body(finished.body.clone())
    })
}
