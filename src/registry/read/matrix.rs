//! The matrix of a framework: which cells have how many standards, and which have none.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Text};

use crate::domain::framework::FrameworkContent;
use crate::domain::framework::matrix::{Breakdown, Counted, Matrix};
use crate::domain::problem::Problem;
use crate::registry::moment::Moment;
use crate::registry::read::filter::Filters;
use crate::registry::read::validity_sql;
use crate::store::pool::Snapshot;
use crate::store::sql::Sql;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    from_position: i64,
    #[diesel(sql_type = Nullable<Text>)]
    number: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    origin: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    level: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    supply: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    validity: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    cell: Option<String>,
}

/// Counts the standards that meet the filters in every cell of a framework.
pub fn count(
    snapshot: &mut Snapshot,
    framework: &FrameworkContent,
    filters: &Filters,
    by: &[Breakdown],
    moment: &Moment,
) -> Result<Matrix, Problem> {
    let mut sql = Sql::new("SELECT v.from_position, v.number, v.origin, v.level, v.supply, ");
    if by.contains(&Breakdown::Validity) {
        validity_sql::push_for_all(&mut sql, moment.at, moment.valid_at);
    } else {
        sql.push("NULL");
    }
    sql.bind(
        " AS validity, p.cell FROM entry_version v \
         LEFT JOIN version_placement p ON p.from_position = v.from_position AND p.framework = ?",
        [framework.slug.as_str()],
    );
    filters.push(&mut sql, moment, |_| false)?;
    let rows: Vec<Row> = sql.load(snapshot.conn)?;
    let mut cells: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for row in &rows {
        if let Some(cell) = &row.cell
            && !cells.contains_key(cell)
        {
            cells.insert(
                cell.clone(),
                serde_json::from_str(cell).map_err(Problem::internal)?,
            );
        }
    }
    let counted = rows.iter().map(|row| Counted {
        entry: row.from_position,
        number: row.number.as_deref(),
        cell: row.cell.as_ref().and_then(|cell| cells.get(cell)),
        origin: row.origin.as_deref(),
        level: row.level.as_deref(),
        supply: row.supply.as_deref(),
        validity: row.validity.as_deref(),
    });
    Ok(Matrix::count(framework, counted, by))
}

/// The matrix's own echo of what it was counted at.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct MatrixAnswer {
    #[schema(example = "qingdao")]
    pub framework: String,
    pub position: i64,
    pub valid_at: NaiveDate,
    #[serde(flatten)]
    pub matrix: Matrix,
}
