//! Erasing for a legal reason, and the public record of it.

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::problem::Problem;
use crate::http::answer::{self, JSON};
use crate::http::body::JsonBody;
use crate::http::document::Document;
use crate::http::params::Params;
use crate::http::problem;
use crate::http::state::Shared;
use crate::http::writing::{Writing, durable};
use crate::log::envelope::ErasedPart;
use crate::registry::intake::redaction as intake;
use crate::registry::moment::ReadAt;
use crate::registry::read::redactions;
use crate::registry::redaction::Redacted;
use crate::registry::work::{Answer, Work};
use crate::text;

/// How many redactions one page holds unless asked otherwise.
const PER_PAGE: i64 = 100;

/// What is to be erased, and why.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({
    "entry": "01938f5e-7b1a-7000-8000-000000000001", "revisions": [2],
    "reason": "起草人信息栏误录个人身份证件号码，应当删除", "basis": "《中华人民共和国个人信息保护法》第四十七条"
}))]
pub struct RedactionRequest {
    /// The entry.
    #[schema(format = Uuid)]
    pub entry: String,
    /// Its revisions. Every other revision with the same content is concerned too, and listed in the answer.
    pub revisions: Vec<i64>,
    /// What of them: the content (alone, when absent), or the note with its reason and basis.
    pub parts: Option<Vec<ErasedPart>>,
    /// Whether other entries that hold exactly the same content lose it too; without it such a redaction is refused.
    pub include_copies: Option<bool>,
    /// The legal reason.
    pub reason: String,
    /// The law or order it rests on.
    pub basis: String,
}

/// A page of redactions, in the order of the log.
#[derive(Serialize, ToSchema)]
pub struct RedactionPage {
    pub items: Vec<Redacted>,
    /// The cursor of the next page; null at the end.
    #[schema(required)]
    pub next: Option<String>,
    /// The log position the page was read at.
    #[schema(example = 903)]
    pub position: i64,
    /// How many there are on all pages, when `count=true` asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 2)]
    pub total: Option<i64>,
}

/// Erase for a legal reason
///
/// Erases the bytes of contents or notes for good; the log keeps their hashes, so every proof still holds, and gains an
/// entry that says what was erased, by whom, why and under which law. Besides the scope `admin` the token must reach the
/// owner of every entry concerned.
#[utoipa::path(
    post, path = "/v1/redactions", operation_id = "create_redaction", tag = "history",
    request_body = RedactionRequest,
    responses((status = 201, description = "Erased", body = Redacted,
        headers(("Location" = String, description = "The path of its record"))))
)]
pub async fn create(request: HttpRequest, writing: Writing, body: JsonBody) -> Result<HttpResponse, Problem> {
    Params::of(&request).finish()?;
    let redaction = intake::read(&body.value)?;
    let work = Work::Redact(Box::new(redaction));
    let accepted = writing.submit(work, body.sha256).await?;
    let Answer::Redacted(redacted) = accepted.answer else {
        return Err(Problem::internal("a redaction was answered as something else"));
    };
    let location = format!("/v1/redactions/{}", redacted.position);
    let document = Document::json(&redacted)?
        .status(StatusCode::CREATED)
        .header(header::LOCATION, &location);
    Ok(durable(document, accepted.position, accepted.replayed))
}

/// List redactions
///
/// Everything that was ever erased, in the order of the log: what, by whom, why and under which law.
#[utoipa::path(
    get, path = "/v1/redactions", operation_id = "list_redactions", tag = "history",
    params(
        ("limit" = Option<i64>, Query, description = "1 to 1,000 in a page, 100 when absent", example = 100),
        ("cursor" = Option<String>, Query, description = "`next` of the page before", example = "812"),
        ("count" = Option<bool>, Query, description = "Whether to say how many there are on all pages", example = true),
    ),
    responses((status = 200, description = "Redactions, oldest first", body = RedactionPage))
)]
pub async fn list(request: HttpRequest, state: Shared) -> Result<HttpResponse, Problem> {
    let mut params = Params::of(&request);
    let limit = params.integer("limit", 1..=1000).unwrap_or(PER_PAGE);
    let after = params.integer("cursor", 0..=i64::MAX).unwrap_or(0);
    let with_total = params.boolean("count").unwrap_or(false);
    params.finish()?;
    let line = request.uri().clone();
    answer::read(
        &request,
        &state,
        JSON,
        ReadAt::default(),
        move |snapshot, view| {
            let mut items = redactions::page(snapshot, after, limit + 1)?;
            let more = i64::try_from(items.len()).is_ok_and(|found| found > limit);
            items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            let next = items.last().filter(|_| more);
            let next = next.map(|last| last.position.to_string());
            let total = with_total.then(|| redactions::count(snapshot)).transpose()?;
            let page = RedactionPage {
                items,
                next,
                position: view.at.position,
                total,
            };
            Ok(Document::json(&page)?.leading_on(&line, page.next.as_deref()))
        },
    )
    .await
}

/// Get a redaction
///
/// What the log entry at a position erased, by whom, why and under which law.
#[utoipa::path(
    get, path = "/v1/redactions/{position}", operation_id = "get_redaction", tag = "history",
    params(("position" = i64, Path, description = "Its log position", example = 903)),
    responses((status = 200, description = "The redaction", body = Redacted))
)]
pub async fn get(
    request: HttpRequest,
    state: Shared,
    position: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    Params::of(&request).finish()?;
    let nothing = || problem::nothing_at(&text!("删除记录", "redaction"));
    let position: i64 = position.parse().map_err(|_| nothing())?;
    answer::read(&request, &state, JSON, ReadAt::default(), move |snapshot, _| {
        let found = redactions::at(snapshot, position)?.ok_or_else(nothing)?;
        Document::json(&found)
    })
    .await
}
