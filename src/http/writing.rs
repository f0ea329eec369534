//! A write over HTTP: who sends it, what it claims about the entry, and the answer when it is durable.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use serde_json::Value;

use crate::domain::problem::Problem;
use crate::domain::vocabulary::Kind;
use crate::http::answer;
use crate::http::auth::Caller;
use crate::http::body::JsonBody;
use crate::http::conditional;
use crate::http::document::Document;
use crate::http::entries::id_in_path;
use crate::http::idempotency::{self, IDEMPOTENCY_REPLAYED};
use crate::http::params::Params;
use crate::http::request_id::RequestId;
use crate::http::state::{Shared, State};
use crate::log::hash::{Hash, sha256};
use crate::registry::bulk::new_id;
use crate::registry::decide::Author;
use crate::registry::intake::body::{Body, MAX_WORDS, Whole, read_whole};
use crate::registry::moment::{self, ReadAt};
use crate::registry::operation::{Change, Effect, Expected, Operation, Target, Words, Written};
use crate::registry::read::history;
use crate::registry::work::{Accepted, Answer, Request, Work};
use crate::text;

/// Everything about a write but the change itself.
pub struct Writing {
    request: HttpRequest,
    state: Shared,
    caller: Caller,
    request_id: RequestId,
}

impl FromRequest for Writing {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let mut parts = || {
            let state = request.app_data::<Shared>().cloned();
            Ok(Self {
                request: request.clone(),
                state: state.ok_or_else(|| Problem::internal("a write without its registry"))?,
                caller: Caller::from_request(request, payload).into_inner()?,
                request_id: RequestId::from_request(request, payload).into_inner()?,
            })
        };
        ready(parts())
    }
}

impl Writing {
    /// Registers an entry under a new id.
    pub async fn create(self, kind: Kind, body: &JsonBody) -> Result<HttpResponse, Problem> {
        self.takes_no_parameters()?;
        let read = read_whole(&body.value, kind, Whole::Create)?;
        let target = Target::Id(new_id());
        self.one(kind, target, Expected::Absent, read, body.sha256).await
    }

    /// Puts a whole entry in the place of the current revision, of a withdrawn one or of none.
    pub async fn put(self, kind: Kind, target: Target, body: &JsonBody) -> Result<HttpResponse, Problem> {
        self.takes_no_parameters()?;
        let expected = self.expected()?;
        let whole = match expected {
            Expected::Absent => Whole::Create,
            _ => Whole::Put,
        };
        // Who registers chooses an id; a slug stands in the content.
        if let (Whole::Create, Target::Slug(words)) = (whole, &target) {
            id_in_path(words, kind)?;
        }
        let read = read_whole(&body.value, kind, whole)?;
        self.one(kind, target, expected, read, body.sha256).await
    }

    /// Changes the current revision as the body, so read, says.
    pub async fn revise(
        self,
        kind: Kind,
        target: Target,
        body: &JsonBody,
        read: impl FnOnce(&Value) -> Result<Body, Problem>,
    ) -> Result<HttpResponse, Problem> {
        self.takes_no_parameters()?;
        let expected = self.expected()?;
        let read = read(&body.value)?;
        self.one(kind, target, expected, read, body.sha256).await
    }

    /// Takes something away, for the reason in the query: such a request has no body.
    pub async fn remove(self, kind: Kind, target: Target, change: Change) -> Result<HttpResponse, Problem> {
        let words = words_in_query(&self.request)?;
        let expected = self.expected()?;
        self.one(kind, target, expected, Body { change, words }, sha256(&[]))
            .await
    }

    /// Hands work in and waits until it is durable.
    pub async fn submit(self, work: Work, body_sha256: Hash) -> Result<Accepted, Problem> {
        let retry = idempotency::retry(&self.request, &self.caller, body_sha256)?;
        let author = Author {
            grant: self.caller.0,
            request: self.request_id.0,
        };
        self.state.registry.submit(Request { author, retry, work }).await
    }

    /// Makes one change and answers with the entry as it then stands.
    async fn one(
        self,
        kind: Kind,
        target: Target,
        expected: Expected,
        read: Body,
        body_sha256: Hash,
    ) -> Result<HttpResponse, Problem> {
        let operation = Operation {
            kind,
            target,
            expected,
            change: read.change,
            words: read.words,
        };
        let state = self.state.clone();
        let accepted = self.submit(Work::One(Box::new(operation)), body_sha256).await?;
        let Answer::One(written) = accepted.answer else {
            return Err(Problem::internal("a single change was answered as many"));
        };
        let document = show_written(&state, &written, accepted.position).await?;
        Ok(durable(document, accepted.position, accepted.replayed))
    }

    fn takes_no_parameters(&self) -> Result<(), Problem> {
        Params::of(&self.request).finish()
    }

    /// What the sender claims about the entry; required of every change.
    fn expected(&self) -> Result<Expected, Problem> {
        conditional::expected(self.request.headers())
    }
}

/// The answer to a write that stands at `position`, whether it was made now or by an earlier request.
pub fn durable(document: Document, position: i64, replayed: bool) -> HttpResponse {
    let mut response = answer::written(document, position);
    if replayed {
        response
            .headers_mut()
            .insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

/// The entry as the log had it right after the write: the same now and whenever the answer is replayed.
async fn show_written(state: &State, written: &Written, position: i64) -> Result<Document, Problem> {
    let cache = state.registry.cache().clone();
    let (kind, id, revision) = (written.kind, written.id, written.revision);
    let document = state
        .registry
        .read(move |snapshot| {
            let moment = moment::resolve(snapshot, &ReadAt::position(position))?;
            let entry = history::entry_after_write(snapshot, &cache, kind, id, revision, &moment)?;
            Ok(Document::json(&entry)?.revision(entry.revision))
        })
        .await?;
    Ok(match written.effect {
        Effect::Created => document
            .status(StatusCode::CREATED)
            .header(header::LOCATION, &location(written)),
        _ => document,
    })
}

fn location(written: &Written) -> String {
    let collection = match written.kind {
        Kind::Standard => "standards",
        Kind::Framework => "frameworks",
    };
    format!("/v1/{collection}/{}", written.id)
}

/// The `reason` and `basis` of a removal.
fn words_in_query(request: &HttpRequest) -> Result<Words, Problem> {
    let mut params = Params::of(request);
    let reason = params.text("reason", MAX_WORDS);
    let basis = params.text("basis", MAX_WORDS);
    if reason.is_none() && params.faults.is_empty() {
        params.fault(
            "reason",
            "required",
            text!("须说明移出目录的理由", "say why the entry is withdrawn"),
        );
    }
    params.finish()?;
    Ok(Words { reason, basis })
}
