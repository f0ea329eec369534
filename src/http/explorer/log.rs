//! The log for people: what it says of itself today, how to keep that, and how to check it here and now.

use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::domain::problem::{Problem, ProblemType};
use crate::http::answer;
use crate::http::document::Document;
use crate::http::explorer::frame::{Frame, Section};
use crate::http::explorer::page::{self, rendered};
use crate::http::negotiate::Format;
use crate::http::state::Shared;
use crate::log::hash::to_hex;
use crate::registry::moment::{self, ReadAt};
use crate::registry::signing::guard::Signed;
use crate::registry::signing::named_key;

#[derive(Template)]
#[template(path = "log.html")]
struct LogPage {
    frame: Frame,
    /// Absent while the log cannot be signed.
    signed: Option<SignedTree>,
    key: Option<String>,
    /// Where this registry is reached, for commands to copy.
    base: String,
    /// The position to check, as asked for.
    position: Option<i64>,
    newest: i64,
}

struct SignedTree {
    note: String,
    size: u64,
    root: String,
}

impl SignedTree {
    fn of(signed: &Signed) -> Self {
        Self {
            note: signed.note.clone(),
            size: signed.size(),
            root: to_hex(&signed.checkpoint.root),
        }
    }
}

/// The page.
pub async fn log(request: HttpRequest, state: Shared) -> HttpResponse {
    let here = page::here(&request);
    let language = page::language(&request, &here);
    let frame = Frame::new(language, here, Section::Log);
    match answered(&request, &state, frame.clone()).await {
        Ok(response) => page::dressed(response, language),
        Err(problem) => page::refused(&problem, frame),
    }
}

async fn answered(request: &HttpRequest, state: &Shared, frame: Frame) -> Result<HttpResponse, Problem> {
    let mut params = page::params(request, &frame.here);
    let position = params.integer("position", 0..=i64::MAX);
    // The log is what it is now, whatever day the rest of the explorer looks at.
    params.as_of("as_of");
    params.date("valid_at");
    params.finish()?;
    let signed = match state.registry.checkpoint().await {
        Ok(signed) => Some(SignedTree::of(&signed)),
        Err(problem) if problem.kind == ProblemType::Unsigned => None,
        Err(problem) => return Err(problem),
    };
    let (key, at) = state
        .registry
        .read(|snapshot| {
            let at = moment::resolve(snapshot, &ReadAt::default())?;
            let keys = named_key::all(snapshot.conn, at.position)?;
            Ok((keys.last().map(|named| named.key.to_string()), at))
        })
        .await?;
    let page = LogPage {
        base: base(request, state),
        frame: Frame {
            at: Some(at),
            ..frame
        },
        signed,
        key,
        position,
        newest: at.position,
    };
    let document = Document::of(Format::Html.media_type(), rendered(&page)?);
    answer::fixed(request, document).await
}

/// How the registry is reached: as configured, else as this reader reached it.
fn base(request: &HttpRequest, state: &Shared) -> String {
    if let Some(url) = &state.public_url {
        return url.trim_end_matches('/').to_owned();
    }
    let reached = request.connection_info();
    format!("{}://{}", reached.scheme(), reached.host())
}
