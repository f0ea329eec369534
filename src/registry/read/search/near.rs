//! When nobody has the number asked for: which numbers may have been meant.

use diesel::QueryableByName;
use diesel::sql_types::Text;

use crate::domain::problem::Problem;
use crate::domain::search::{self, SearchQuery};
use crate::registry::moment::Moment;
use crate::registry::read::filter::{Filter, Filters};
use crate::store::pool::Snapshot;
use crate::store::sql::Sql;

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = Text)]
    number: String,
}

/// Numbers near the one asked for that rows under the other conditions bear, the nearest first; none where it is no
/// number. Asked only when nothing has that one.
pub fn near_numbers(
    snapshot: &mut Snapshot,
    query: &SearchQuery,
    filters: &Filters,
    moment: &Moment,
) -> Result<Vec<String>, Problem> {
    let Some(variants) = search::variants(query) else {
        return Ok(Vec::new());
    };
    let mut sql = Sql::new("SELECT DISTINCT v.number FROM entry_version v");
    filters.push(&mut sql, moment, Filter::is_search)?;
    sql.push(
        " AND v.number IS NOT NULL AND v.from_position IN (SELECT s.from_position FROM version_search s WHERE ",
    );
    sql.has_tokens(&variants).push(")");
    let candidates: Vec<Number> = sql.load(snapshot.conn)?;
    let candidates = candidates.into_iter().map(|row| row.number);
    Ok(search::closest(query, candidates))
}
