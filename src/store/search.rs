//! What standards are found by: folded texts, one row per version, and the tokens an index knows of each.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::domain::search::{self, SearchText};
use crate::on;
use crate::store::conn::Conn;
use crate::store::dialect;
use crate::store::error::StoreError;
use crate::store::schema::version_search;
use crate::store::sql::Sql;

/// How many values one `IN` list carries.
const KEYS_PER_QUERY: usize = 500;

/// The texts of one version.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = version_search)]
pub struct SearchRow {
    pub from_position: i64,
    pub numbers: String,
    pub title: String,
    pub rest: String,
}

impl SearchRow {
    pub fn new(from_position: i64, text: SearchText) -> Self {
        Self {
            from_position,
            numbers: text.numbers,
            title: text.title,
            rest: text.rest,
        }
    }

    /// What the index must know of it, parted by blanks.
    pub fn tokens(&self) -> String {
        search::tokens([&self.numbers, &self.title, &self.rest])
    }

    pub fn into_text(self) -> SearchText {
        SearchText {
            numbers: self.numbers,
            title: self.title,
            rest: self.rest,
        }
    }
}

/// What the index knows of one version, in three numbers that other tokens would hardly have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct TokenSum {
    #[diesel(sql_type = BigInt)]
    pub from_position: i64,
    #[diesel(sql_type = BigInt)]
    pub tokens: i64,
    #[diesel(sql_type = BigInt)]
    pub characters: i64,
    /// The sum of the tokens' first characters.
    #[diesel(sql_type = BigInt)]
    pub beginnings: i64,
}

impl TokenSum {
    /// What the index must know of a version with this text.
    pub fn of(from_position: i64, text: &SearchText) -> Self {
        let mut sum = Self {
            from_position,
            tokens: 0,
            characters: 0,
            beginnings: 0,
        };
        for token in text.tokens().split(' ').filter(|token| !token.is_empty()) {
            sum.tokens += 1;
            sum.characters += i64::try_from(token.chars().count()).unwrap_or_default();
            sum.beginnings += i64::from(token.chars().next().map_or(0, u32::from));
        }
        sum
    }
}

/// Adds the texts of versions and has them indexed.
pub fn insert(conn: &mut Conn, rows: &[SearchRow]) -> Result<(), StoreError> {
    dialect::insert_search(conn, rows)
}

/// The texts of the versions that begin at the given positions.
pub fn at(conn: &mut Conn, positions: &[i64]) -> Result<HashMap<i64, SearchRow>, StoreError> {
    let mut found = HashMap::with_capacity(positions.len());
    for chunk in positions.chunks(KEYS_PER_QUERY) {
        let rows: Vec<SearchRow> = on!(conn, c => version_search::table
            .filter(version_search::from_position.eq_any(chunk))
            .load(c))?;
        found.extend(rows.into_iter().map(|row| (row.from_position, row)));
    }
    Ok(found)
}

/// Takes texts away, and their tokens out of the index.
pub fn remove(conn: &mut Conn, positions: &[i64]) -> Result<(), StoreError> {
    let rows: Vec<SearchRow> = at(conn, positions)?.into_values().collect();
    dialect::unindex(conn, &rows)?;
    for chunk in positions.chunks(KEYS_PER_QUERY) {
        on!(conn, c => diesel::delete(version_search::table
            .filter(version_search::from_position.eq_any(chunk)))
            .execute(c))?;
    }
    Ok(())
}

/// Empties texts and index; the contents can fill them again.
pub fn clear(conn: &mut Conn) -> Result<(), StoreError> {
    dialect::clear_index(conn)?;
    on!(conn, c => diesel::delete(version_search::table).execute(c))?;
    Ok(())
}

/// What the index knows of every version, in the order of positions.
pub fn token_sums(conn: &mut Conn) -> Result<Vec<TokenSum>, StoreError> {
    Sql::new(dialect::token_sums(conn)).load(conn)
}

#[derive(QueryableByName)]
struct Position {
    #[diesel(sql_type = BigInt)]
    from_position: i64,
}

/// Versions of standards after a position that have a content and no texts yet, in order.
pub fn missing(conn: &mut Conn, after: i64, limit: i64) -> Result<Vec<i64>, StoreError> {
    let mut sql = Sql::new("SELECT v.from_position FROM entry_version v ");
    sql.bind(
        "WHERE v.from_position > ? AND v.kind = 'standard' AND v.title <> '' AND NOT EXISTS \
         (SELECT 1 FROM version_search s WHERE s.from_position = v.from_position) \
         ORDER BY v.from_position LIMIT ?",
        [after, limit],
    );
    let found: Vec<Position> = sql.load(conn)?;
    Ok(found.into_iter().map(|row| row.from_position).collect())
}
