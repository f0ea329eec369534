//! Who wants to be told of changes. Every statement stands for itself or runs in a transaction of the caller's.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::on;
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::schema::webhook;

/// One webhook as it is stored. Where it is kept as an answer it goes without its secret.
#[derive(Clone, Queryable, Insertable, Serialize, Deserialize)]
#[diesel(table_name = webhook)]
pub struct WebhookRow {
    pub id: String,
    pub url: String,
    pub description: Option<String>,
    #[serde(skip)]
    pub secret: Vec<u8>,
    pub disabled: bool,
    pub disabled_why: Option<String>,
    pub created_at: i64,
    pub created_by: String,
    pub announced: i64,
    pub failing_since: Option<i64>,
    /// Grows with every change of its terms.
    pub revision: i64,
    /// The only kind it wants to hear of.
    pub kind: Option<String>,
    /// The only division, with all below it, that it wants to hear of.
    pub owner: Option<String>,
}

/// What an administrator can change of one.
#[derive(Clone, Debug, AsChangeset)]
#[diesel(table_name = webhook, treat_none_as_null = true)]
pub struct WebhookTerms {
    pub url: String,
    pub description: Option<String>,
    pub disabled: bool,
    pub disabled_why: Option<String>,
    pub failing_since: Option<i64>,
    pub revision: i64,
    pub kind: Option<String>,
    pub owner: Option<String>,
}

/// All of them, the oldest first.
pub fn all(conn: &mut Conn) -> Result<Vec<WebhookRow>, StoreError> {
    on!(conn, c => webhook::table.order(webhook::id).load(c)).map_err(StoreError::from)
}

pub fn find(conn: &mut Conn, id: &str) -> Result<Option<WebhookRow>, StoreError> {
    on!(conn, c => webhook::table.find(id).first(c).optional()).map_err(StoreError::from)
}

pub fn count(conn: &mut Conn) -> Result<i64, StoreError> {
    on!(conn, c => webhook::table.count().get_result(c)).map_err(StoreError::from)
}

pub fn insert(conn: &mut Conn, row: &WebhookRow) -> Result<(), StoreError> {
    on!(conn, c => diesel::insert_into(webhook::table).values(row).execute(c))?;
    Ok(())
}

pub fn update(conn: &mut Conn, id: &str, terms: &WebhookTerms) -> Result<(), StoreError> {
    on!(conn, c => diesel::update(webhook::table.find(id)).set(terms).execute(c))?;
    Ok(())
}

/// Removes one with its deliveries; whether it was there.
pub fn delete(conn: &mut Conn, id: &str) -> Result<bool, StoreError> {
    let gone = on!(conn, c => diesel::delete(webhook::table.find(id)).execute(c))?;
    Ok(gone > 0)
}

/// Those that are enabled and have not heard of everything up to `head`.
pub fn behind(conn: &mut Conn, head: i64) -> Result<Vec<WebhookRow>, StoreError> {
    let rows = webhook::table
        .filter(webhook::disabled.eq(false))
        .filter(webhook::announced.lt(head))
        .order(webhook::id);
    on!(conn, c => rows.load(c)).map_err(StoreError::from)
}

/// Moves on what is announced; false when somebody else was faster.
pub fn announce(conn: &mut Conn, id: &str, (from, to): (i64, i64)) -> Result<bool, StoreError> {
    let unmoved = webhook::table
        .find(id)
        .filter(webhook::announced.eq(from))
        .filter(webhook::disabled.eq(false));
    let moved = on!(conn, c => diesel::update(unmoved).set(webhook::announced.eq(to)).execute(c))?;
    Ok(moved > 0)
}

/// Notes that an attempt succeeded.
pub fn works(conn: &mut Conn, id: &str) -> Result<(), StoreError> {
    let failing = webhook::table
        .find(id)
        .filter(webhook::failing_since.is_not_null());
    on!(conn, c => diesel::update(failing).set(webhook::failing_since.eq(None::<i64>)).execute(c))?;
    Ok(())
}

/// Notes that an attempt failed, unless that is known.
pub fn fails(conn: &mut Conn, id: &str, now: i64) -> Result<(), StoreError> {
    let working = webhook::table.find(id).filter(webhook::failing_since.is_null());
    on!(conn, c => diesel::update(working).set(webhook::failing_since.eq(now)).execute(c))?;
    Ok(())
}

/// Stops hints to one that is enabled; false when it was not.
pub fn disable(conn: &mut Conn, id: &str, why: &str) -> Result<bool, StoreError> {
    let enabled = webhook::table.find(id).filter(webhook::disabled.eq(false));
    let stopped = on!(conn, c => diesel::update(enabled)
        .set((
            webhook::disabled.eq(true),
            webhook::disabled_why.eq(why),
            webhook::revision.eq(webhook::revision + 1),
        ))
        .execute(c))?;
    Ok(stopped > 0)
}
