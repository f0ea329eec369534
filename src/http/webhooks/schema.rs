//! Webhooks as they are sent and shown.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::problem::Problem;
use crate::domain::term::Term;
use crate::domain::time::Instant;
use crate::domain::vocabulary::Kind;
use crate::domain::webhook::{DeliveryStatus, DisabledBecause};
use crate::store::delivery::DeliveryRow;
use crate::store::webhook::WebhookRow;

/// Where hints are to go.
#[derive(Deserialize, ToSchema)]
pub struct WebhookWrite {
    /// http or https, without user name, password or fragment; not in a private address range unless the operator
    /// allows it.
    #[schema(format = Uri, max_length = 2048, example = "https://bzh.chengyang.example/hooks/registry")]
    pub url: String,
    #[schema(max_length = 500, example = "城阳区标准体系平台")]
    pub description: Option<String>,
    pub disabled: Option<bool>,
    /// Tell only of entries of this kind.
    #[schema(example = "standard")]
    pub kind: Option<Kind>,
    /// Tell only of entries of this division and all below it.
    #[schema(example = "370214")]
    pub owner: Option<String>,
}

/// What is to change; what is not named stays. `null` takes `description`, `kind` or `owner` away, `disabled: false`
/// enables again.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({"disabled": false}))]
pub struct WebhookPatch {
    #[schema(format = Uri, max_length = 2048)]
    pub url: Option<String>,
    #[schema(max_length = 500)]
    pub description: Option<String>,
    pub disabled: Option<bool>,
    pub kind: Option<Kind>,
    pub owner: Option<String>,
}

/// Who is told that there are changes.
#[derive(Serialize, ToSchema)]
pub struct Webhook {
    #[schema(format = Uuid, example = "0193a5c0-7a3e-7b52-9d40-2f6f1a1c9e11")]
    id: String,
    /// Grows with every change of its terms; `If-Match` names it.
    #[schema(example = 1)]
    revision: i64,
    #[schema(format = Uri, example = "https://bzh.chengyang.example/hooks/registry")]
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "城阳区标准体系平台")]
    description: Option<String>,
    /// The only kind it is told of.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<Kind>,
    /// The only division it is told of, with all below it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "370214")]
    owner: Option<String>,
    /// Whether it gets no hints.
    disabled: bool,
    /// Why it gets none.
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled_because: Option<DisabledBecause>,
    #[schema(format = DateTime, example = "2026-11-21T03:04:05.000123Z")]
    created_at: String,
    #[schema(example = "registry-admin")]
    created_by: String,
    /// The log position that hints have been made up to.
    #[schema(example = 812)]
    position: i64,
    /// Since when no attempt has succeeded; absent while they do.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    failing_since: Option<String>,
}

/// A new webhook with its secret, which is never shown again.
#[derive(Serialize, ToSchema)]
pub struct WebhookCreated {
    #[serde(flatten)]
    pub webhook: Webhook,
    /// What signatures are checked with: Base64 of the key after `whsec_`.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    pub secret: String,
}

#[derive(Serialize, ToSchema)]
pub struct WebhookList {
    /// The oldest first.
    pub items: Vec<Webhook>,
    /// Always null: there are never more than one page holds.
    #[schema(required)]
    pub next: Option<String>,
    /// The newest position of the log.
    #[schema(example = 812)]
    pub position: i64,
}

/// One hint and what became of it.
#[derive(Serialize, ToSchema)]
pub struct Delivery {
    /// What the target sees as `webhook-id`, the same at every attempt.
    #[schema(example = "msg_0193a5c07a3e7b529d402f6f1a1c9e12")]
    id: String,
    /// The log position it announces.
    #[schema(example = 812)]
    position: i64,
    #[schema(format = DateTime, example = "2026-11-21T03:04:05.000123Z")]
    created_at: String,
    status: DeliveryStatus,
    /// Attempts of the present schedule.
    #[schema(example = 2)]
    attempts: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    attempted_at: Option<String>,
    /// What the target answered last; absent when it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 500)]
    response_status: Option<i32>,
    /// Why the last attempt failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "the target answered 500")]
    error: Option<String>,
    /// When it is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    next_attempt_at: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct DeliveryList {
    /// The newest first.
    pub items: Vec<Delivery>,
    /// The cursor of the next page; null at the end.
    #[schema(required)]
    pub next: Option<String>,
    /// The newest position of the log.
    #[schema(example = 812)]
    pub position: i64,
}

impl TryFrom<WebhookRow> for Webhook {
    type Error = Problem;

    fn try_from(row: WebhookRow) -> Result<Self, Problem> {
        let because = row.disabled_why.as_deref();
        Ok(Self {
            id: row.id,
            revision: row.revision,
            url: row.url,
            kind: row.kind.as_deref().map(stored_term).transpose()?,
            owner: row.owner,
            description: row.description,
            disabled: row.disabled,
            disabled_because: because.map(stored_term).transpose()?,
            created_at: Instant(row.created_at).to_rfc3339(),
            created_by: row.created_by,
            position: row.announced,
            failing_since: row.failing_since.map(|at| Instant(at).to_rfc3339()),
        })
    }
}

impl TryFrom<DeliveryRow> for Delivery {
    type Error = Problem;

    fn try_from(row: DeliveryRow) -> Result<Self, Problem> {
        Ok(Self {
            id: row.id,
            position: row.position,
            created_at: Instant(row.created_at).to_rfc3339(),
            status: stored_term(&row.status)?,
            attempts: row.attempts,
            attempted_at: row.attempted_at.map(|at| Instant(at).to_rfc3339()),
            response_status: row.response_status,
            error: row.error,
            next_attempt_at: row.next_attempt_at.map(|at| Instant(at).to_rfc3339()),
        })
    }
}

fn stored_term<T: Term>(id: &str) -> Result<T, Problem> {
    T::from_id(id).ok_or_else(|| Problem::internal(format!("stored {}: \"{id}\"", T::NAME)))
}
