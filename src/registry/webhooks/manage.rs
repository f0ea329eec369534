//! What administrators do with webhooks.

use serde_json::Value;
use uuid::Uuid;

use crate::domain::problem::{Problem, ProblemType};
use crate::domain::term::Term;
use crate::domain::text::Text;
use crate::domain::time::Instant;
use crate::domain::webhook::{DeliveryStatus, DisabledBecause};
use crate::registry::decide::is_revised;
use crate::registry::operation::Expected;
use crate::registry::webhooks::signature::Secret;
use crate::registry::webhooks::writing::Done;
use crate::registry::webhooks::{KEPT, Webhooks, input};
use crate::registry::work::Retry;
use crate::store::conn::{Conn, Purpose};
use crate::store::delivery::{self, DeliveryRow};
use crate::store::error::StoreError;
use crate::store::webhook::{self, WebhookRow, WebhookTerms};
use crate::text;

/// How many webhooks there may be: enough for every district of a province.
pub const MOST: i64 = 200;

impl Webhooks {
    /// A new webhook, and this once its secret.
    pub async fn create(
        &self,
        actor: String,
        body: Value,
        retry: Option<Retry>,
    ) -> Result<(Done<WebhookRow>, String), Problem> {
        let given = input::read(&body, true, &self.allowed)?;
        let secret = Secret::generate().map_err(Problem::internal)?;
        let disabled = given.disabled.unwrap_or(false);
        let mut row = WebhookRow {
            kind: given.kind_id().flatten(),
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
            revision: 1,
            owner: given.owner.flatten(),
        };
        let done = self
            .write(retry, move |conn, head| {
                if webhook::count(conn)? >= MOST {
                    return Err(too_many());
                }
                row.announced = head.position();
                webhook::insert(conn, &row)?;
                Ok(row)
            })
            .await?;
        let secret = match done.replayed {
            true => self.secret_of(done.answer.id.clone()).await?,
            false => secret.shown(),
        };
        Ok((done, secret))
    }

    /// The secret of a webhook whose creation is asked for again. It is kept nowhere but with the webhook.
    async fn secret_of(&self, id: String) -> Result<String, Problem> {
        let location = std::sync::Arc::clone(&self.location);
        let read = move || {
            let mut conn = Conn::establish(&location, Purpose::Read)?;
            let row = webhook::find(&mut conn, &id)?.ok_or_else(was_deleted)?;
            Ok(Secret::from_bytes(row.secret).shown())
        };
        tokio::task::spawn_blocking(read)
            .await
            .map_err(Problem::internal)?
    }

    /// Changes what the merge patch names. Enabling one again sends it what it missed.
    pub async fn change(
        &self,
        id: String,
        expected: Expected,
        patch: Value,
        retry: Option<Retry>,
    ) -> Result<Done<WebhookRow>, Problem> {
        let given = input::read(&patch, false, &self.allowed)?;
        self.write(retry, move |conn, _| {
            let row = find_as(conn, &id, &expected)?;
            let disabled = given.disabled.unwrap_or(row.disabled);
            let stays = disabled == row.disabled;
            let terms = WebhookTerms {
                kind: given.kind_id().unwrap_or(row.kind),
                owner: given.owner.unwrap_or(row.owner),
                url: given.url.unwrap_or(row.url),
                description: given.description.unwrap_or(row.description),
                disabled,
                disabled_why: if stays {
                    row.disabled_why
                } else {
                    disabled.then(requested)
                },
                failing_since: row.failing_since.filter(|_| stays),
                revision: row.revision + 1,
            };
            webhook::update(conn, &id, &terms)?;
            webhook::find(conn, &id)?.ok_or_else(unknown)
        })
        .await
    }

    pub async fn delete(
        &self,
        id: String,
        expected: Expected,
        retry: Option<Retry>,
    ) -> Result<Done<()>, Problem> {
        self.write(retry, move |conn, _| {
            find_as(conn, &id, &expected)?;
            webhook::delete(conn, &id)?;
            Ok(())
        })
        .await
    }

    /// Sends a hint again now, under the id it had, so that receivers recognise it.
    pub async fn redeliver(
        &self,
        id: String,
        delivery_id: String,
        retry: Option<Retry>,
    ) -> Result<Done<DeliveryRow>, Problem> {
        self.write(retry, move |conn, _| {
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
}

/// One webhook that still is what the sender believes it to be.
fn find_as(conn: &mut Conn, id: &str, expected: &Expected) -> Result<WebhookRow, Problem> {
    let row = find(conn, id)?;
    match expected.holds_for(row.revision) {
        true => Ok(row),
        false => Err(is_revised(id, row.revision)),
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

/// The newest hints to a webhook made before another, the newest first, and from which on there are more.
pub fn deliveries(
    conn: &mut Conn,
    id: &str,
    before: Option<&str>,
    limit: i64,
) -> Result<(Vec<DeliveryRow>, Option<String>), Problem> {
    find(conn, id)?;
    if let Some(before) = before
        && delivery::find(conn, id, before)?.is_none()
    {
        return Err(Problem::parameter(
            "cursor",
            "malformed_cursor",
            text!(
                "cursor 须原样使用上一页的 next；较早的投递只保留 {KEPT} 条",
                "use the `next` of the page before as it is; only the last {KEPT} deliveries are kept"
            ),
        ));
    }
    let mut rows = delivery::newest(conn, id, before, limit + 1)?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|row| row.id.clone());
    Ok((rows, next))
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

fn was_deleted() -> Problem {
    let detail = text!(
        "以此 Idempotency-Key 建立的 webhook 已被删除",
        "the webhook created under this Idempotency-Key has been deleted"
    );
    Problem::new(ProblemType::Conflict, detail)
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
