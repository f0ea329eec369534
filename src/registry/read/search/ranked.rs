//! Rows with how well they meet a query, as one number to sort by.

use diesel::QueryableByName;
use diesel::sql_types::BigInt;

use crate::domain::problem::Problem;
use crate::domain::search::SearchQuery;
use crate::registry::moment::Moment;
use crate::registry::read::filter::{Filter, Filters};
use crate::registry::read::search::{hits, rank};
use crate::registry::read::validity_sql;
use crate::store::sql::Sql;
use crate::store::version::Version;

/// A row that was found.
#[derive(Clone, Debug, QueryableByName)]
pub struct Ranked {
    #[diesel(embed)]
    pub version: Version,
    #[diesel(sql_type = BigInt)]
    pub match_rank: i64,
    #[diesel(sql_type = BigInt)]
    pub relevance: i64,
}

/// Adds `SELECT` for the rows `v` that are found and meet every other condition, with their rank and their relevance:
/// by rank; what is in force before what will be, and that before what was; then, of titles, the shorter and the newer
/// one; of numbers, those of the very standard asked for, the newest edition first.
pub fn push_ranked(
    sql: &mut Sql,
    query: &SearchQuery,
    filters: &Filters,
    moment: &Moment,
) -> Result<(), Problem> {
    sql.push("SELECT v.*, CAST(hit.match_rank AS BIGINT) AS match_rank, CAST(hit.match_rank AS BIGINT) * 1000000000 + CASE ");
    validity_sql::push(sql, moment.at, moment.valid_at);
    let (first, last) = (rank::TITLE.start, rank::NEAR);
    sql.push(&format!(
        " WHEN 'upcoming' THEN 100000000 WHEN 'superseded' THEN 200000000 WHEN 'abolished' THEN 200000000 ELSE 0 END \
         + CASE WHEN hit.match_rank >= {first} AND hit.match_rank < {last} THEN length(v.title) * 10000 + {AGE} "
    ));
    if let Some(wanted) = &query.number {
        sql.bind(
            &format!("WHEN v.number_undated = ? THEN {AGE} "),
            [wanted.undated.as_str()],
        );
    }
    sql.push("ELSE 10000 END AS relevance FROM (");
    match filters.near_numbers() {
        Some(numbers) => hits::push_near_hits(sql, numbers),
        None => hits::push_hits(sql, query, moment.at),
    }
    // The join's order is said: what was found is less than what holds.
    sql.push(") hit CROSS JOIN entry_version v");
    filters.push(sql, moment, Filter::is_search)?;
    sql.push(" AND v.from_position = hit.from_position");
    Ok(())
}

/// The newer, the less; what has no date is oldest.
const AGE: &str = "9999 - CAST(substr(COALESCE(v.published_on, '0000'), 1, 4) AS INTEGER)";
