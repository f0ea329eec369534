//! What administrators do with webhooks. Each change is one short transaction on a connection of its own, apart from
//! the writer's: webhooks are no part of the log.

use serde_json::Value;
use uuid::Uuid;

use crate::domain::problem::{Problem, ProblemType};
use crate::domain::term::Term;
use crate::domain::text::Text;
use crate::domain::time::Instant;
use crate::domain::webhook::{DeliveryStatus, DisabledBecause};
use crate::registry::webhooks::dispatcher::Event;
use crate::registry::webhooks::signature::Secret;
use crate::registry::webhooks::{Webhooks, input};
use crate::store::conn::{Conn, Purpose};
use crate::store::delivery::{self, DeliveryRow};
use crate::store::dialect;
use crate::store::error::StoreError;
use crate::store::head;
use crate::store::webhook::{self, WebhookRow, WebhookTerms};
use crate::text;

/// How many webhooks there may be: enough for every district of a province.
pub const MOST: i64 = 200;

/// A new webhook and, this once, its secret.
pub struct Created {
    pub webhook: WebhookRow,
    pub secret: String,
}

impl Webhooks {
    pub async fn create(&self, actor: String, body: Value) -> Result<Created, Problem> {
        let given = input::read(&body, true, self.allow_private)?;
        let secret = Secret::generate().map_err(Problem::internal)?;
        let disabled = given.disabled.unwrap_or(false);
        let mut row = WebhookRow {
            id: Uuid::now_v7().to_string(),
            url: given.url.unwrap_or_default(),
            description: given.description.flatten(),
            secret: secret.as_bytes().to_vec(),
            disabled,
            disabled_why: disabled.then(requested),
            created_at: Instant::now().0,
            created_by: actor,
            announced: 0,
            failing_since: None,
        };
        let webhook = self
            .write(move |conn| {
                if webhook::count(conn)? >= MOST {
                    return Err(too_many());
                }
                let head = head::read(conn)?.ok_or_else(|| Problem::internal("the log has no head row"))?;
                row.announced = head.position();
                webhook::insert(conn, &row)?;
                Ok(row)
            })
            .await?;
        Ok(Created {
            webhook,
            secret: secret.shown(),
        })
    }

    /// Changes what the merge patch names. Enabling one again sends it what it missed.
    pub async fn change(&self, id: String, patch: Value) -> Result<WebhookRow, Problem> {
        let given = input::read(&patch, false, self.allow_private)?;
        self.write(move |conn| {
            let row = webhook::find(conn, &id)?.ok_or_else(unknown)?;
            let disabled = given.disabled.unwrap_or(row.disabled);
            let stays = disabled == row.disabled;
            let terms = WebhookTerms {
                url: given.url.unwrap_or(row.url),
                description: given.description.unwrap_or(row.description),
                disabled,
                disabled_why: if stays {
                    row.disabled_why
                } else {
                    disabled.then(requested)
                },
                failing_since: row.failing_since.filter(|_| stays),
            };
            webhook::update(conn, &id, &terms)?;
            webhook::find(conn, &id)?.ok_or_else(unknown)
        })
        .await
    }

    pub async fn delete(&self, id: String) -> Result<(), Problem> {
        self.write(move |conn| match webhook::delete(conn, &id)? {
            true => Ok(()),
            false => Err(unknown()),
        })
        .await
    }

    /// Sends a hint again now, under the id it had, so that receivers recognise it.
    pub async fn redeliver(&self, id: String, delivery_id: String) -> Result<DeliveryRow, Problem> {
        self.write(move |conn| {
            let webhook = webhook::find(conn, &id)?.ok_or_else(unknown)?;
            delivery::find(conn, &id, &delivery_id)?.ok_or_else(unknown)?;
            if webhook.disabled {
                return Err(is_disabled());
            }
            let pending = DeliveryStatus::Pending.id();
            delivery::begin_again(conn, &delivery_id, pending, Instant::now().0)?;
            delivery::find(conn, &id, &delivery_id)?.ok_or_else(unknown)
        })
        .await
    }

    /// Runs `work` in one write transaction, off the async workers, and lets the thread know.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let location = std::sync::Arc::clone(&self.location);
        let transaction = move || {
            let mut conn = Conn::establish(&location, Purpose::Write)?;
            dialect::begin_write(&mut conn)?;
            let outcome = work(&mut conn).and_then(|done| {
                dialect::commit(&mut conn)?;
                Ok(done)
            });
            if outcome.is_err() {
                dialect::rollback(&mut conn);
            }
            outcome
        };
        let done = tokio::task::spawn_blocking(transaction).await;
        let done = done.map_err(Problem::internal)??;
        self.wake(Event::Changed);
        Ok(done)
    }
}

/// One webhook; refused as not found when there is none.
pub fn find(conn: &mut Conn, id: &str) -> Result<WebhookRow, Problem> {
    webhook::find(conn, id)?.ok_or_else(unknown)
}

/// All webhooks, the oldest first.
pub fn all(conn: &mut Conn) -> Result<Vec<WebhookRow>, StoreError> {
    webhook::all(conn)
}

/// The newest hints to a webhook, the newest first.
pub fn deliveries(conn: &mut Conn, id: &str, limit: i64) -> Result<Vec<DeliveryRow>, Problem> {
    find(conn, id)?;
    Ok(delivery::newest(conn, id, limit)?)
}

fn requested() -> String {
    DisabledBecause::Requested.id().to_owned()
}

fn unknown() -> Problem {
    not_found(text!(
        "没有此 webhook 或投递",
        "there is no such webhook or delivery"
    ))
}

fn not_found(detail: Text) -> Problem {
    Problem::new(ProblemType::NotFound, detail)
}

fn is_disabled() -> Problem {
    let detail = text!("此 webhook 已停用", "the webhook is disabled");
    Problem::new(ProblemType::Conflict, detail).next(text!(
        "请先以 PATCH 将 disabled 设为 false",
        "first `PATCH` `disabled` to false"
    ))
}

fn too_many() -> Problem {
    let detail = text!("webhook 最多 {MOST} 个", "there may be {MOST} webhooks at most");
    Problem::new(ProblemType::Conflict, detail).next(text!(
        "请先删除不再使用者",
        "delete one that is no longer used first"
    ))
}
