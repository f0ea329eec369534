//! How many different standards there are: rows of one number are one, rows without a number one each.

use diesel::QueryableByName;
use diesel::sql_types::BigInt;

use crate::domain::problem::Problem;
use crate::registry::moment::Moment;
use crate::registry::read::filter::Filters;
use crate::store::pool::Snapshot;
use crate::store::sql::Sql;

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Counts the standards among the rows that meet the filters.
pub fn count(snapshot: &mut Snapshot, filters: &Filters, moment: &Moment) -> Result<i64, Problem> {
    let mut sql =
        Sql::new("SELECT COUNT(DISTINCT COALESCE(v.number, v.entry_id)) AS count FROM entry_version v");
    filters.push(&mut sql, moment, |_| false)?;
    let counted: Vec<Count> = sql.load(snapshot.conn)?;
    Ok(counted.first().map_or(0, |counted| counted.count))
}
