//! The checkpoints a mirror has seen of its source. None is ever forgotten.

use diesel::prelude::*;

use crate::insert_rows;
use crate::log::hash::Hash;
use crate::on;
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::schema::witnessed;

/// A signed checkpoint as it was received.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = witnessed)]
pub struct Witnessed {
    /// Of the signed note.
    pub sha256: Vec<u8>,
    pub origin: String,
    pub size: i64,
    pub root: Vec<u8>,
    pub note: String,
    pub seen_at: i64,
    /// Whether the leaves held here have this root.
    pub covered: bool,
}

/// Keeps what has not been seen before.
pub fn keep(conn: &mut Conn, seen: &[Witnessed]) -> Result<(), StoreError> {
    insert_rows!(conn, witnessed::table, seen, on_conflict_do_nothing: true);
    Ok(())
}

/// Notes that the leaves held here have a checkpoint's root.
pub fn cover(conn: &mut Conn, sha256: &Hash) -> Result<(), StoreError> {
    on!(conn, c => diesel::update(witnessed::table.find(sha256.as_slice()))
        .set(witnessed::covered.eq(true))
        .execute(c))?;
    Ok(())
}

/// The largest tree known to be signed and held here, of at most `size` leaves.
pub fn newest_covered(conn: &mut Conn, size: i64) -> Result<Option<Witnessed>, StoreError> {
    on!(conn, c => witnessed::table
        .filter(witnessed::covered.eq(true))
        .filter(witnessed::size.le(size))
        .order((witnessed::size.desc(), witnessed::seen_at.desc()))
        .first(c)
        .optional())
    .map_err(StoreError::from)
}

/// All of them, the oldest first.
pub fn all(conn: &mut Conn) -> Result<Vec<Witnessed>, StoreError> {
    on!(conn, c => witnessed::table.order(witnessed::seen_at).load(c)).map_err(StoreError::from)
}
