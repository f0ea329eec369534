//! The log's head: the one row whose lock orders all writes.

use diesel::prelude::*;

use crate::log::frontier::Frontier;
use crate::on;
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::schema::log_head;

/// How far the log has come.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = log_head)]
pub struct Head {
    pub id: i32,
    pub origin: String,
    pub epoch: i64,
    pub size: i64,
    pub root: Vec<u8>,
    pub frontier: Vec<u8>,
    pub last_recorded_at: i64,
}

impl Head {
    /// The position of the newest entry; the genesis leaf is 0.
    pub fn position(&self) -> i64 {
        self.size - 1
    }

    pub fn frontier(&self) -> Result<Frontier, StoreError> {
        let size = u64::try_from(self.size).unwrap_or_default();
        Frontier::from_bytes(size, &self.frontier)
            .ok_or_else(|| StoreError::Corrupt("log_head: the frontier does not fit the size".to_owned()))
    }
}

/// Reads the head without locking it.
pub fn read(conn: &mut Conn) -> Result<Option<Head>, StoreError> {
    on!(conn, c => log_head::table.first(c).optional()).map_err(StoreError::from)
}

pub fn create(conn: &mut Conn, head: &Head) -> Result<(), StoreError> {
    on!(conn, c => diesel::insert_into(log_head::table).values(head).execute(c))?;
    Ok(())
}

/// Moves the head on; the caller holds its lock.
pub fn advance(conn: &mut Conn, head: &Head) -> Result<(), StoreError> {
    let update = (
        log_head::epoch.eq(head.epoch),
        log_head::size.eq(head.size),
        log_head::root.eq(&head.root),
        log_head::frontier.eq(&head.frontier),
        log_head::last_recorded_at.eq(head.last_recorded_at),
    );
    on!(conn, c => diesel::update(log_head::table.find(head.id)).set(update).execute(c))?;
    Ok(())
}
