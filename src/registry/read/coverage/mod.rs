//! What is wanting in a catalogue, what is there twice, how two catalogues differ, and what is about to happen.

pub mod compare;
pub mod duplicates;
pub mod gaps;
pub mod milestones;

use std::collections::BTreeMap;

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Text};
use serde::Serialize;

use crate::domain::canonical::canonical_bytes;
use crate::domain::framework::FrameworkContent;
use crate::domain::framework::content::Labelled;
use crate::domain::problem::Problem;
use crate::domain::term::Term;
use crate::domain::vocabulary::{Origin, Supply, Validity};
use crate::registry::moment::Moment;
use crate::registry::read::filter::Filters;
use crate::registry::read::validity_sql;
use crate::store::pool::Snapshot;
use crate::store::sql::Sql;

/// A place in a framework: axis → value.
pub type Cell = BTreeMap<String, String>;

/// A row of somebody's catalogue, as far as findings show it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
pub struct RowRef {
    #[schema(format = Uuid)]
    pub id: String,
    #[schema(example = "370200")]
    pub owner: String,
    #[schema(example = "GB/T 35796-2017")]
    pub number: Option<String>,
    #[schema(example = "养老机构服务质量基本规范")]
    pub title: String,
    pub origin: Option<Origin>,
    pub supply: Option<Supply>,
    /// On `valid_at`; null for what does not exist yet.
    pub validity: Option<Validity>,
}

/// A row with one of its places in a framework, or with none.
#[derive(Clone, Debug, QueryableByName)]
pub struct Row {
    #[diesel(sql_type = BigInt)]
    pub from_position: i64,
    #[diesel(sql_type = Text)]
    pub entry_id: String,
    #[diesel(sql_type = Text)]
    pub owner: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub number: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub number_undated: Option<String>,
    #[diesel(sql_type = Text)]
    pub title: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub origin: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub supply: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub published_on: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub implemented_on: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub abolished_on: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub validity: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub cell: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub node: Option<String>,
}

impl Row {
    pub fn as_ref(&self) -> RowRef {
        RowRef {
            id: self.entry_id.clone(),
            owner: self.owner.clone(),
            number: self.number.clone(),
            title: self.title.clone(),
            origin: self.origin.as_deref().and_then(Origin::from_id),
            supply: self.supply.as_deref().and_then(Supply::from_id),
            validity: self.validity.as_deref().and_then(Validity::from_id),
        }
    }

    /// What tells one standard from another: its number, or the row itself.
    pub fn standard(&self) -> &str {
        self.number.as_deref().unwrap_or(&self.entry_id)
    }
}

/// Which rows are loaded with which of their places.
pub enum Placed<'q> {
    /// Rows that stand in the framework where a condition on the placement `p` holds.
    Where(&'q dyn Fn(&mut Sql)),
    /// All rows, with their places in the framework if they have any.
    OrNot,
}

/// The rows that meet the filters, in the order of numbers, once for each place in a framework.
pub fn rows(
    snapshot: &mut Snapshot,
    filters: &Filters,
    framework: &str,
    placed: &Placed,
    moment: &Moment,
) -> Result<Vec<Row>, Problem> {
    let mut sql = Sql::new(
        "SELECT v.from_position, v.entry_id, v.owner, v.number, v.number_undated, v.title, v.origin, v.supply, \
         v.published_on, v.implemented_on, v.abolished_on, ",
    );
    validity_sql::push_for_all(&mut sql, moment.at, moment.valid_at);
    sql.push(" AS validity, p.cell, p.node FROM entry_version v ");
    sql.push(match placed {
        Placed::Where(_) => "JOIN",
        Placed::OrNot => "LEFT JOIN",
    });
    sql.bind(
        " version_placement p ON p.from_position = v.from_position AND p.framework = ?",
        [framework],
    );
    filters.push(&mut sql, moment, |_| false)?;
    if let Placed::Where(condition) = placed {
        sql.push(" AND ");
        condition(&mut sql);
    }
    sql.push(" ORDER BY v.sort_number, v.entry_id");
    Ok(sql.load(snapshot.conn)?)
}

/// A cell as rows hold it.
pub fn read_cell(words: &str) -> Result<Cell, Problem> {
    serde_json::from_str(words).map_err(Problem::internal)
}

/// A cell as rows hold it, from its values.
pub fn write_cell(cell: &Cell) -> Result<String, Problem> {
    String::from_utf8(canonical_bytes(cell)?).map_err(Problem::internal)
}

/// A cell in words: the titles of its values, in the order of the axes.
pub fn cell_label(framework: &FrameworkContent, cell: &Cell) -> String {
    let titles = framework.axes.iter().filter_map(|axis| {
        let value = cell.get(&axis.id)?;
        Some(axis.value(value).map_or(value.as_str(), Labelled::title))
    });
    titles.collect::<Vec<_>>().join(" · ")
}
