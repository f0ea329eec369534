//! What a webhook is told: that there are changes, and where to read them. Nothing of the changes themselves, so that
//! losing or repeating a hint can do no harm.

use serde_json::json;
use uuid::Uuid;

use crate::domain::term::Term;
use crate::domain::time::Instant;
use crate::domain::webhook::DeliveryStatus;
use crate::log::cursor::Cursor;
use crate::log::hash::Hash;
use crate::registry::webhooks::interest;
use crate::store::conn::Conn;
use crate::store::delivery::{self, DeliveryRow};
use crate::store::dialect;
use crate::store::error::StoreError;
use crate::store::head::Head;
use crate::store::leaf;
use crate::store::webhook::{self, WebhookRow};

/// How many hints to one webhook can be looked up.
pub const KEPT: i64 = 500;

/// The body of a hint: the same bytes at every attempt.
pub fn body(row: &DeliveryRow) -> String {
    json!({
        "type": "changes.available",
        "timestamp": Instant(row.created_at).to_rfc3339(),
        "data": {
            "position": row.position,
            "changes": format!("/v1/changes?after={}{}", row.changes_after, row.filters),
        },
    })
    .to_string()
}

/// Makes a hint for each webhook that is behind and has none under way: what is committed meanwhile goes into its next
/// one. Of several instances only one makes it.
pub fn announce(conn: &mut Conn, head: &Head) -> Result<(), StoreError> {
    for webhook in webhook::behind(conn, head.position())? {
        if delivery::is_pending(conn, &webhook.id)? {
            continue;
        }
        if !interest::has_news(conn, &webhook, head.position())? {
            webhook::announce(conn, &webhook.id, (webhook.announced, head.position()))?;
            continue;
        }
        let row = new_row(conn, &webhook, head)?;
        dialect::begin_write(conn)?;
        if let Err(error) = record(conn, &webhook, &row) {
            dialect::rollback(conn);
            return Err(error);
        }
    }
    Ok(())
}

fn record(conn: &mut Conn, webhook: &WebhookRow, row: &DeliveryRow) -> Result<(), StoreError> {
    if webhook::announce(conn, &webhook.id, (webhook.announced, row.position))? {
        delivery::insert(conn, row)?;
        delivery::keep_newest(conn, &webhook.id, KEPT)?;
    }
    dialect::commit(conn)
}

fn new_row(conn: &mut Conn, webhook: &WebhookRow, head: &Head) -> Result<DeliveryRow, StoreError> {
    let now = Instant::now().0;
    Ok(DeliveryRow {
        id: format!("msg_{}", Uuid::now_v7().simple()),
        webhook_id: webhook.id.clone(),
        position: head.position(),
        changes_after: place(conn, webhook.announced, head.epoch)?,
        created_at: now,
        status: DeliveryStatus::Pending.id().to_owned(),
        attempts: 0,
        attempted_at: None,
        response_status: None,
        error: None,
        next_attempt_at: Some(now),
        claimed_until: 0,
        filters: interest::parameters(webhook),
    })
}

/// A cursor of what was announced before.
fn place(conn: &mut Conn, position: i64, epoch: i64) -> Result<String, StoreError> {
    let hash = leaf::hash_at(conn, position)?;
    let hash = hash.and_then(|bytes| Hash::try_from(bytes).ok());
    let hash = hash.ok_or_else(|| StoreError::Corrupt(format!("the log has no leaf {position}")))?;
    Ok(Cursor::new(position, epoch, &hash).to_string())
}
