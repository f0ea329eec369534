//! Hints to webhooks, and what became of them.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::on;
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::schema::{webhook, webhook_delivery};
use crate::store::webhook::WebhookRow;

/// One hint as it is stored. Ids are made in the order of time.
#[derive(Clone, Debug, Queryable, Insertable, Serialize, Deserialize)]
#[diesel(table_name = webhook_delivery)]
pub struct DeliveryRow {
    pub id: String,
    pub webhook_id: String,
    pub position: i64,
    pub changes_after: String,
    pub created_at: i64,
    pub status: String,
    pub attempts: i32,
    pub attempted_at: Option<i64>,
    pub response_status: Option<i32>,
    pub error: Option<String>,
    /// NULL when nothing more is to be tried.
    pub next_attempt_at: Option<i64>,
    pub claimed_until: i64,
    /// What its webhook wanted to hear of when it was made, as parameters of the feed.
    pub filters: String,
}

/// What one attempt changes.
#[derive(Clone, Debug, AsChangeset)]
#[diesel(table_name = webhook_delivery, treat_none_as_null = true)]
pub struct Attempted {
    pub status: String,
    pub attempts: i32,
    pub attempted_at: Option<i64>,
    pub response_status: Option<i32>,
    pub error: Option<String>,
    pub next_attempt_at: Option<i64>,
    pub claimed_until: i64,
}

/// The newest hints to one webhook made before another, the newest first.
pub fn newest(
    conn: &mut Conn,
    webhook_id: &str,
    before: Option<&str>,
    limit: i64,
) -> Result<Vec<DeliveryRow>, StoreError> {
    // No id comes after this.
    let before = before.unwrap_or("msg_~");
    let rows = webhook_delivery::table
        .filter(webhook_delivery::webhook_id.eq(webhook_id))
        .filter(webhook_delivery::id.lt(before))
        .order(webhook_delivery::id.desc())
        .limit(limit);
    on!(conn, c => rows.load(c)).map_err(StoreError::from)
}

pub fn find(conn: &mut Conn, webhook_id: &str, id: &str) -> Result<Option<DeliveryRow>, StoreError> {
    let row = webhook_delivery::table
        .find(id)
        .filter(webhook_delivery::webhook_id.eq(webhook_id));
    on!(conn, c => row.first(c).optional()).map_err(StoreError::from)
}

pub fn insert(conn: &mut Conn, row: &DeliveryRow) -> Result<(), StoreError> {
    on!(conn, c => diesel::insert_into(webhook_delivery::table).values(row).execute(c))?;
    Ok(())
}

/// Forgets all but the newest `kept` of one webhook.
pub fn keep_newest(conn: &mut Conn, webhook_id: &str, kept: i64) -> Result<(), StoreError> {
    let of_webhook = webhook_delivery::table.filter(webhook_delivery::webhook_id.eq(webhook_id));
    let newest_to_go: Option<String> = on!(conn, c => of_webhook
        .order(webhook_delivery::id.desc())
        .offset(kept)
        .limit(1)
        .select(webhook_delivery::id)
        .first(c)
        .optional())?;
    if let Some(last) = newest_to_go {
        let old = of_webhook.filter(webhook_delivery::id.le(last));
        on!(conn, c => diesel::delete(old).execute(c))?;
    }
    Ok(())
}

/// Whether something is still to be sent to this webhook.
pub fn is_pending(conn: &mut Conn, webhook_id: &str) -> Result<bool, StoreError> {
    let pending = webhook_delivery::table
        .filter(webhook_delivery::webhook_id.eq(webhook_id))
        .filter(webhook_delivery::next_attempt_at.is_not_null());
    on!(conn, c => diesel::select(diesel::dsl::exists(pending)).get_result(c)).map_err(StoreError::from)
}

/// What is to be sent by `now` and nobody is sending, the longest due first.
pub fn due(conn: &mut Conn, now: i64, limit: i64) -> Result<Vec<(DeliveryRow, WebhookRow)>, StoreError> {
    let rows = webhook_delivery::table
        .inner_join(webhook::table)
        .filter(webhook::disabled.eq(false))
        .filter(webhook_delivery::next_attempt_at.le(now))
        .filter(webhook_delivery::claimed_until.lt(now))
        .order((webhook_delivery::next_attempt_at, webhook_delivery::id))
        .limit(limit);
    on!(conn, c => rows.load(c)).map_err(StoreError::from)
}

/// When something is next to be sent, or a claim on it ends.
pub fn next_due(conn: &mut Conn) -> Result<Option<i64>, StoreError> {
    let waiting = || {
        webhook_delivery::table
            .inner_join(webhook::table)
            .filter(webhook::disabled.eq(false))
            .filter(webhook_delivery::next_attempt_at.is_not_null())
    };
    let times = waiting()
        .order(webhook_delivery::next_attempt_at)
        .select((webhook_delivery::next_attempt_at, webhook_delivery::claimed_until));
    let rows: Vec<(Option<i64>, i64)> = on!(conn, c => times.load(c))?;
    Ok(rows
        .into_iter()
        .filter_map(|(next, claimed)| next.map(|next| next.max(claimed)))
        .min())
}

/// Takes one to send it, for as long as the claim lasts; false when another instance was faster.
pub fn claim(conn: &mut Conn, row: &DeliveryRow, now: i64, until: i64) -> Result<bool, StoreError> {
    let unclaimed = webhook_delivery::table
        .find(&row.id)
        .filter(webhook_delivery::next_attempt_at.le(now))
        .filter(webhook_delivery::claimed_until.eq(row.claimed_until));
    let taken = on!(conn, c => diesel::update(unclaimed)
        .set(webhook_delivery::claimed_until.eq(until))
        .execute(c))?;
    Ok(taken > 0)
}

/// Writes down an attempt made under the claim that ends `claimed_until`; false when the claim is no longer ours.
pub fn attempted(
    conn: &mut Conn,
    id: &str,
    claimed_until: i64,
    outcome: &Attempted,
) -> Result<bool, StoreError> {
    let ours = webhook_delivery::table
        .find(id)
        .filter(webhook_delivery::claimed_until.eq(claimed_until));
    let written = on!(conn, c => diesel::update(ours).set(outcome).execute(c))?;
    Ok(written > 0)
}

/// Sends one again from the start of the schedule. A claim under way is left to end by itself.
pub fn begin_again(conn: &mut Conn, id: &str, status: &str, now: i64) -> Result<(), StoreError> {
    on!(conn, c => diesel::update(webhook_delivery::table.find(id))
        .set((
            webhook_delivery::status.eq(status),
            webhook_delivery::attempts.eq(0),
            webhook_delivery::next_attempt_at.eq(now),
        ))
        .execute(c))?;
    Ok(())
}
