//! Webhooks: who is told that there are changes, and what became of each hint. They are no part of the log, so their
//! answers are private and never kept.

pub mod schema;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};

use crate::domain::problem::Problem;
use crate::http::answer::{self, LOG_POSITION};
use crate::http::auth::Caller;
use crate::http::body::JsonBody;
use crate::http::conditional;
use crate::http::document::Document;
use crate::http::idempotency::{self, IDEMPOTENCY_REPLAYED};
use crate::http::params::Params;
use crate::http::state::Shared;
use crate::http::webhooks::schema::{
    Delivery, DeliveryList, Webhook, WebhookCreated, WebhookList, WebhookPatch, WebhookWrite,
};
use crate::http::writing::durable;
use crate::log::hash::sha256;
use crate::registry::moment::ReadAt;
use crate::registry::webhooks::{KEPT, manage};

const USUAL_DELIVERIES: i64 = 50;

/// Create a webhook
///
/// From now on the URL is sent a signed hint (Standard Webhooks: `webhook-id`, `webhook-timestamp`,
/// `webhook-signature`) soon after commits, one for many: `{"type": "changes.available", "timestamp": …, "data":
/// {"position": 812, "changes": "/v1/changes?after=…"}}`. With `kind` or `owner` it is sent only where the feed, under
/// the same conditions, has something to show. The secret is in this answer and nowhere else.
#[utoipa::path(
    post, path = "/v1/webhooks", operation_id = "create_webhook", tag = "webhooks",
    request_body = WebhookWrite,
    responses((status = 201, description = "The webhook, with its secret", body = WebhookCreated,
        headers(("Location" = String, description = "Where the webhook is"))))
)]
pub async fn create(
    request: HttpRequest,
    state: Shared,
    caller: Caller,
    body: JsonBody,
) -> Result<HttpResponse, Problem> {
    Params::of(&request).finish()?;
    let retry = idempotency::retry(&request, &caller, body.sha256)?;
    let webhooks = state.registry.webhooks()?;
    let (done, secret) = webhooks.create(caller.0.subject, body.value, retry).await?;
    let place = format!("/v1/webhooks/{}", done.answer.id);
    let revision = done.answer.revision;
    let shown = WebhookCreated {
        webhook: Webhook::try_from(done.answer)?,
        secret,
    };
    let document = Document::json(&shown)?
        .revision(revision)
        .status(StatusCode::CREATED)
        .header(header::LOCATION, &place);
    Ok(durable(document, done.position, done.replayed))
}

/// List webhooks
///
/// All of them, without their secrets.
#[utoipa::path(
    get, path = "/v1/webhooks", operation_id = "list_webhooks", tag = "webhooks",
    responses((status = 200, description = "The webhooks", body = WebhookList))
)]
pub async fn list(request: HttpRequest, state: Shared) -> Result<HttpResponse, Problem> {
    Params::of(&request).finish()?;
    answer::read_private(
        &request,
        &state,
        answer::JSON,
        ReadAt::default(),
        |snapshot, view| {
            let rows = manage::all(snapshot.conn)?;
            let items = rows
                .into_iter()
                .map(Webhook::try_from)
                .collect::<Result<_, _>>()?;
            Document::json(&WebhookList {
                items,
                next: None,
                position: view.at.position,
            })
        },
    )
    .await
}

/// Get a webhook
///
/// Where it points, whether it is enabled, and since when it fails. Its secret is not shown.
#[utoipa::path(
    get, path = "/v1/webhooks/{id}", operation_id = "get_webhook", tag = "webhooks",
    params(("id" = Uuid, Path, description = "The webhook", example = "0193a5c0-7a3e-7b52-9d40-2f6f1a1c9e11")),
    responses((status = 200, description = "The webhook", body = Webhook))
)]
pub async fn get(
    request: HttpRequest,
    state: Shared,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    Params::of(&request).finish()?;
    answer::read_private(
        &request,
        &state,
        answer::JSON,
        ReadAt::default(),
        move |snapshot, _| {
            let row = manage::find(snapshot.conn, &id)?;
            let revision = row.revision;
            Ok(Document::json(&Webhook::try_from(row)?)?.revision(revision))
        },
    )
    .await
}

/// Change a webhook
///
/// A merge patch: another URL, description, kind or owner, disabled or enabled again. One that is enabled again is sent a
/// hint of what it missed.
#[utoipa::path(
    patch, path = "/v1/webhooks/{id}", operation_id = "patch_webhook", tag = "webhooks",
    params(("id" = Uuid, Path, description = "The webhook", example = "0193a5c0-7a3e-7b52-9d40-2f6f1a1c9e11")),
    request_body(content = WebhookPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The webhook as it is now", body = Webhook))
)]
pub async fn patch(
    request: HttpRequest,
    state: Shared,
    caller: Caller,
    id: web::Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, Problem> {
    Params::of(&request).finish()?;
    let retry = idempotency::retry(&request, &caller, body.sha256)?;
    let expected = conditional::expected(request.headers())?;
    let webhooks = state.registry.webhooks()?;
    let done = webhooks
        .change(id.into_inner(), expected, body.value, retry)
        .await?;
    let revision = done.answer.revision;
    let document = Document::json(&Webhook::try_from(done.answer)?)?.revision(revision);
    Ok(durable(document, done.position, done.replayed))
}

/// Delete a webhook
///
/// It gets no more hints, and its deliveries are forgotten.
#[utoipa::path(
    delete, path = "/v1/webhooks/{id}", operation_id = "delete_webhook", tag = "webhooks",
    params(("id" = Uuid, Path, description = "The webhook", example = "0193a5c0-7a3e-7b52-9d40-2f6f1a1c9e11")),
    responses((status = 204, description = "It is gone"))
)]
pub async fn delete(
    request: HttpRequest,
    state: Shared,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    Params::of(&request).finish()?;
    let retry = idempotency::retry(&request, &caller, sha256(&[]))?;
    let expected = conditional::expected(request.headers())?;
    let webhooks = state.registry.webhooks()?;
    let done = webhooks.delete(id.into_inner(), expected, retry).await?;
    let mut response = HttpResponse::NoContent();
    response.insert_header((LOG_POSITION, done.position));
    if done.replayed {
        response.insert_header((IDEMPOTENCY_REPLAYED, "true"));
    }
    Ok(response.finish())
}

/// List a webhook's deliveries
///
/// Its newest hints, the newest first, with what became of them. The last 500 are kept.
#[utoipa::path(
    get, path = "/v1/webhooks/{id}/deliveries", operation_id = "list_webhook_deliveries", tag = "webhooks",
    params(
        ("id" = Uuid, Path, description = "The webhook", example = "0193a5c0-7a3e-7b52-9d40-2f6f1a1c9e11"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 500, description = "How many at most; 50 when absent", example = 50),
        ("cursor" = Option<String>, Query, description = "`next` of the page before", example = "msg_0193a5c07a3e7b529d402f6f1a1c9e12"),
    ),
    responses((status = 200, description = "The deliveries", body = DeliveryList))
)]
pub async fn deliveries(
    request: HttpRequest,
    state: Shared,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let mut params = Params::of(&request);
    let limit = params.integer("limit", 1..=KEPT).unwrap_or(USUAL_DELIVERIES);
    let before = params.single("cursor");
    params.finish()?;
    let line = request.uri().clone();
    answer::read_private(
        &request,
        &state,
        answer::JSON,
        ReadAt::default(),
        move |snapshot, view| {
            let (rows, next) = manage::deliveries(snapshot.conn, &id, before.as_deref(), limit)?;
            let items = rows.into_iter().map(Delivery::try_from);
            let page = DeliveryList {
                items: items.collect::<Result<_, _>>()?,
                next,
                position: view.at.position,
            };
            Ok(Document::json(&page)?.leading_on(&line, page.next.as_deref()))
        },
    )
    .await
}

/// Deliver again
///
/// Sends a hint once more, now, under the id it had, and again by the schedule if that fails. A webhook that is
/// disabled is to be enabled first: 409.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/deliveries/{delivery}/redeliver", operation_id = "redeliver_webhook", tag = "webhooks",
    params(
        ("id" = Uuid, Path, description = "The webhook", example = "0193a5c0-7a3e-7b52-9d40-2f6f1a1c9e11"),
        ("delivery" = String, Path, description = "The delivery", example = "msg_0193a5c07a3e7b529d402f6f1a1c9e12"),
    ),
    responses((status = 202, description = "It is about to be sent", body = Delivery))
)]
pub async fn redeliver(
    request: HttpRequest,
    state: Shared,
    caller: Caller,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    Params::of(&request).finish()?;
    let retry = idempotency::retry(&request, &caller, sha256(&[]))?;
    let (id, delivery) = path.into_inner();
    let webhooks = state.registry.webhooks()?;
    let done = webhooks.redeliver(id, delivery, retry).await?;
    let document = Document::json(&Delivery::try_from(done.answer)?)?.status(StatusCode::ACCEPTED);
    Ok(durable(document, done.position, done.replayed))
}
