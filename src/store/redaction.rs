//! Which redaction erased which bytes: a projection of the log's `redact` entries.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::insert_rows;
use crate::on;
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::schema::redaction;

/// How many values one `IN` list carries.
const HASHES_PER_QUERY: usize = 500;

/// Erased bytes and the position of the entry that says so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Queryable, Insertable)]
#[diesel(table_name = redaction)]
pub struct ErasedBytes {
    pub sha256: Vec<u8>,
    pub position: i64,
}

/// Records what a redaction erased; what an earlier one erased stays its own.
pub fn insert(conn: &mut Conn, rows: &[ErasedBytes]) -> Result<(), StoreError> {
    insert_rows!(conn, redaction::table, rows, on_conflict_do_nothing: true);
    Ok(())
}

/// Those of the hashes whose bytes were erased, with the position of the redaction.
pub fn redacted_by(conn: &mut Conn, hashes: &[Vec<u8>]) -> Result<HashMap<Vec<u8>, i64>, StoreError> {
    let mut found = HashMap::new();
    for chunk in hashes.chunks(HASHES_PER_QUERY) {
        found.extend(on!(conn, c => redaction::table
            .filter(redaction::sha256.eq_any(chunk))
            .load::<(Vec<u8>, i64)>(c))?);
    }
    Ok(found)
}

/// Everything that was ever erased. Redactions are rare: this is short.
pub fn all(conn: &mut Conn) -> Result<Vec<ErasedBytes>, StoreError> {
    on!(conn, c => redaction::table.order(redaction::sha256).load(c)).map_err(StoreError::from)
}

/// The positions of at most `limit` redactions after a position, in order.
pub fn positions_after(conn: &mut Conn, after: i64, limit: i64) -> Result<Vec<i64>, StoreError> {
    on!(conn, c => redaction::table
        .filter(redaction::position.gt(after))
        .select(redaction::position)
        .distinct()
        .order(redaction::position)
        .limit(limit)
        .load(c))
    .map_err(StoreError::from)
}

/// How many redactions there are.
pub fn count(conn: &mut Conn) -> Result<i64, StoreError> {
    on!(conn, c => redaction::table
        .select(diesel::dsl::count(redaction::position).aggregate_distinct())
        .get_result(c))
    .map_err(StoreError::from)
}

/// Empties the table; the log can fill it again.
pub fn clear(conn: &mut Conn) -> Result<(), StoreError> {
    on!(conn, c => diesel::delete(redaction::table).execute(c))?;
    Ok(())
}
