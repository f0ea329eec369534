//! Webhooks: who is told that there are changes, and what became of each hint. They are no part of the log, so their
//! answers are private and never kept.

pub mod schema;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

use crate::domain::problem::Problem;
use crate::http::answer;
use crate::http::auth::Caller;
use crate::http::body::JsonBody;
use crate::http::document::Document;
use crate::http::params::Params;
use crate::http::state::Shared;
use crate::http::webhooks::schema::{
    Delivery, DeliveryList, Webhook, WebhookCreated, WebhookList, WebhookPatch, WebhookWrite,
};
use crate::registry::moment::ReadAt;
use crate::registry::webhooks::{KEPT, manage};

const USUAL_DELIVERIES: i64 = 50;

/// Create a webhook
///
/// From now on the URL is sent a signed hint (Standard Webhooks: `webhook-id`, `webhook-timestamp`,
/// `webhook-signature`) soon after commits, one for many: `{"type": "changes.available", "timestamp": …, "data":
/// {"position": 812, "changes": "/v1/changes?after=…"}}`. The secret is in this answer and nowhere else, ever.
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
    let webhooks = state.registry.webhooks()?;
    let created = webhooks.create(caller.0.subject, body.value).await?;
    let place = format!("/v1/webhooks/{}", created.webhook.id);
    let shown = WebhookCreated {
        webhook: Webhook::try_from(created.webhook)?,
        secret: created.secret,
    };
    let mut response = HttpResponse::Created();
    response.insert_header((header::LOCATION, place));
    Ok(unkept(response, &shown))
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
        |snapshot, _| {
            let rows = manage::all(snapshot.conn)?;
            let items = rows
                .into_iter()
                .map(Webhook::try_from)
                .collect::<Result<_, _>>()?;
            Document::json(&WebhookList { items })
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
        move |snapshot, _| Document::json(&Webhook::try_from(manage::find(snapshot.conn, &id)?)?),
    )
    .await
}

/// Change a webhook
///
/// A merge patch: another URL, another description, disabled or enabled again. One that is enabled again is sent a hint
/// of what it missed.
#[utoipa::path(
    patch, path = "/v1/webhooks/{id}", operation_id = "patch_webhook", tag = "webhooks",
    params(("id" = Uuid, Path, description = "The webhook", example = "0193a5c0-7a3e-7b52-9d40-2f6f1a1c9e11")),
    request_body(content = WebhookPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The webhook as it is now", body = Webhook))
)]
pub async fn patch(
    request: HttpRequest,
    state: Shared,
    id: web::Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, Problem> {
    Params::of(&request).finish()?;
    let changed = state
        .registry
        .webhooks()?
        .change(id.into_inner(), body.value)
        .await?;
    Ok(unkept(HttpResponse::Ok(), &Webhook::try_from(changed)?))
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
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    Params::of(&request).finish()?;
    state.registry.webhooks()?.delete(id.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// List a webhook's deliveries
///
/// Its newest hints, the newest first, with what became of them. The last 500 are kept.
#[utoipa::path(
    get, path = "/v1/webhooks/{id}/deliveries", operation_id = "list_webhook_deliveries", tag = "webhooks",
    params(
        ("id" = Uuid, Path, description = "The webhook", example = "0193a5c0-7a3e-7b52-9d40-2f6f1a1c9e11"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 500, description = "How many at most; 50 when absent", example = 50),
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
    params.finish()?;
    answer::read_private(
        &request,
        &state,
        answer::JSON,
        ReadAt::default(),
        move |snapshot, _| {
            let rows = manage::deliveries(snapshot.conn, &id, limit)?;
            let items = rows
                .into_iter()
                .map(Delivery::try_from)
                .collect::<Result<_, _>>()?;
            Document::json(&DeliveryList { items })
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
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    Params::of(&request).finish()?;
    let (id, delivery) = path.into_inner();
    let pending = state.registry.webhooks()?.redeliver(id, delivery).await?;
    Ok(unkept(HttpResponse::Accepted(), &Delivery::try_from(pending)?))
}

/// An answer to a change, which nobody may keep.
fn unkept(mut response: actix_web::HttpResponseBuilder, shown: &impl Serialize) -> HttpResponse {
    response
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(shown)
}
