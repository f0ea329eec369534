//! Leaves and tile nodes: written once, read for ever.

use diesel::prelude::*;

use crate::insert_rows;
use crate::on;
use crate::store::conn::Conn;
use crate::store::dialect;
use crate::store::error::StoreError;
use crate::store::schema::{log_leaf, log_node};
use crate::store::sql::Sql;

/// How many positions one `IN` list carries.
const POSITIONS_PER_QUERY: usize = 500;

/// One entry of the log.
#[derive(Clone, Debug, Queryable, QueryableByName, Insertable)]
#[diesel(table_name = log_leaf)]
pub struct Leaf {
    pub position: i64,
    pub recorded_at: i64,
    pub leaf_hash: Vec<u8>,
    pub envelope: Vec<u8>,
}

/// The root of a full subtree of 256^level leaves.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = log_node)]
pub struct Node {
    pub level: i32,
    pub node_index: i64,
    pub hash: Vec<u8>,
}

pub fn insert(conn: &mut Conn, leaves: &[Leaf], nodes: &[Node]) -> Result<(), StoreError> {
    insert_rows!(conn, log_leaf::table, leaves);
    insert_rows!(conn, log_node::table, nodes);
    Ok(())
}

/// At most `limit` leaves from `from` on, in order.
pub fn range(conn: &mut Conn, from: i64, limit: i64) -> Result<Vec<Leaf>, StoreError> {
    on!(conn, c => log_leaf::table
        .filter(log_leaf::position.ge(from))
        .order(log_leaf::position)
        .limit(limit)
        .load(c))
    .map_err(StoreError::from)
}

/// The leaves after one position and up to another that are no revision, in order.
pub fn events(conn: &mut Conn, after: i64, until: i64) -> Result<Vec<Leaf>, StoreError> {
    let mut sql = Sql::new("SELECT position, recorded_at, leaf_hash, envelope FROM log_leaf WHERE ");
    sql.push(dialect::is_event(conn));
    sql.bind(
        " AND position > ? AND position <= ? ORDER BY position",
        [after, until],
    );
    sql.load(conn)
}

/// The hash of the leaf at a position.
pub fn hash_at(conn: &mut Conn, position: i64) -> Result<Option<Vec<u8>>, StoreError> {
    on!(conn, c => log_leaf::table
        .find(position)
        .select(log_leaf::leaf_hash)
        .first(c)
        .optional())
    .map_err(StoreError::from)
}

/// When the entry at a position was recorded.
pub fn recorded_at(conn: &mut Conn, position: i64) -> Result<Option<i64>, StoreError> {
    on!(conn, c => log_leaf::table
        .find(position)
        .select(log_leaf::recorded_at)
        .first(c)
        .optional())
    .map_err(StoreError::from)
}

/// When the entries at the given positions were recorded, by position, in no order.
pub fn times(conn: &mut Conn, positions: &[i64]) -> Result<Vec<(i64, i64)>, StoreError> {
    let mut found = Vec::with_capacity(positions.len());
    for chunk in positions.chunks(POSITIONS_PER_QUERY) {
        found.extend(on!(conn, c => log_leaf::table
            .filter(log_leaf::position.eq_any(chunk))
            .select((log_leaf::position, log_leaf::recorded_at))
            .load::<(i64, i64)>(c))?);
    }
    Ok(found)
}

/// The newest position recorded at or before an instant.
pub fn position_at(conn: &mut Conn, instant: i64) -> Result<Option<i64>, StoreError> {
    on!(conn, c => log_leaf::table
        .filter(log_leaf::recorded_at.le(instant))
        .order(log_leaf::recorded_at.desc())
        .select(log_leaf::position)
        .first(c)
        .optional())
    .map_err(StoreError::from)
}

/// Position, time and hash of at most `limit` leaves from `from` on, in order.
pub fn hashes_from(conn: &mut Conn, from: i64, limit: i64) -> Result<Vec<(i64, i64, Vec<u8>)>, StoreError> {
    on!(conn, c => log_leaf::table
        .filter(log_leaf::position.ge(from))
        .order(log_leaf::position)
        .limit(limit)
        .select((log_leaf::position, log_leaf::recorded_at, log_leaf::leaf_hash))
        .load(c))
    .map_err(StoreError::from)
}

/// The hashes of `count` neighbouring nodes of a level from `first` on, as many as there are; leaves are level 0.
pub fn nodes(conn: &mut Conn, level: u32, first: i64, count: i64) -> Result<Vec<Vec<u8>>, StoreError> {
    let end = first.saturating_add(count);
    if level == 0 {
        return on!(conn, c => log_leaf::table
            .filter(log_leaf::position.ge(first))
            .filter(log_leaf::position.lt(end))
            .order(log_leaf::position)
            .select(log_leaf::leaf_hash)
            .load(c))
        .map_err(StoreError::from);
    }
    let level = i32::try_from(level).unwrap_or(i32::MAX);
    on!(conn, c => log_node::table
        .filter(log_node::level.eq(level))
        .filter(log_node::node_index.ge(first))
        .filter(log_node::node_index.lt(end))
        .order(log_node::node_index)
        .select(log_node::hash)
        .load(c))
    .map_err(StoreError::from)
}

/// Every tile node, in order. There is one for each 256 leaves.
pub fn all_nodes(conn: &mut Conn) -> Result<Vec<Node>, StoreError> {
    on!(conn, c => log_node::table.order((log_node::level, log_node::node_index)).load(c))
        .map_err(StoreError::from)
}

/// The leaves at the given positions, in no order.
pub fn at(conn: &mut Conn, positions: &[i64]) -> Result<Vec<Leaf>, StoreError> {
    let mut found = Vec::with_capacity(positions.len());
    for chunk in positions.chunks(POSITIONS_PER_QUERY) {
        found.extend(on!(conn, c => log_leaf::table
            .filter(log_leaf::position.eq_any(chunk))
            .load::<Leaf>(c))?);
    }
    Ok(found)
}

/// The leaf hashes at the given positions, in no order.
pub fn hashes_at(conn: &mut Conn, positions: &[i64]) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
    let mut found = Vec::with_capacity(positions.len());
    for chunk in positions.chunks(POSITIONS_PER_QUERY) {
        found.extend(on!(conn, c => log_leaf::table
            .filter(log_leaf::position.eq_any(chunk))
            .select((log_leaf::position, log_leaf::leaf_hash))
            .load::<(i64, Vec<u8>)>(c))?);
    }
    Ok(found)
}
