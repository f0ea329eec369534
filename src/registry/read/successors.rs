//! Which rows say that they replace another as a whole.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::QueryableByName;
use diesel::sql_types::{Nullable, Text};

use crate::domain::division::Divisions;
use crate::domain::time::parse_date;
use crate::registry::read::At;
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::sql::Sql;
use crate::store::version::Version;

/// How many targets one query asks for.
const TARGETS_PER_QUERY: usize = 400;

/// A row that replaces another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Successor {
    pub id: String,
    pub number: Option<String>,
    pub owner: String,
    pub implemented_on: Option<NaiveDate>,
}

/// Replacements by what they replace: an entry's id or a number.
#[derive(Debug, Default)]
pub struct Successors(HashMap<String, Vec<Successor>>);

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    target: String,
    #[diesel(sql_type = Text)]
    entry_id: String,
    #[diesel(sql_type = Nullable<Text>)]
    number: Option<String>,
    #[diesel(sql_type = Text)]
    owner: String,
    #[diesel(sql_type = Nullable<Text>)]
    implemented_on: Option<String>,
}

impl Successors {
    /// The rows that replace this one. Only its own owner's catalogue and those above may say so.
    pub fn of(&self, version: &Version) -> Vec<Successor> {
        let divisions = Divisions::built_in();
        let named = [Some(&version.entry_id), version.number.as_ref()];
        let mut found: Vec<Successor> = named
            .into_iter()
            .flatten()
            .filter_map(|target| self.0.get(target))
            .flatten()
            .filter(|successor| successor.id != version.entry_id)
            .filter(|successor| divisions.reaches(&successor.owner, &version.owner))
            .cloned()
            .collect();
        found.sort_by(|a, b| (&a.number, &a.id).cmp(&(&b.number, &b.id)));
        found.dedup();
        found
    }
}

/// Finds what replaces any of the versions.
pub fn find(conn: &mut Conn, at: At, versions: &[Version]) -> Result<Successors, StoreError> {
    let mut targets: Vec<&str> = versions
        .iter()
        .filter(|version| version.kind == "standard")
        .flat_map(|version| [Some(version.entry_id.as_str()), version.number.as_deref()])
        .flatten()
        .collect();
    targets.sort_unstable();
    targets.dedup();
    let mut successors = Successors::default();
    for chunk in targets.chunks(TARGETS_PER_QUERY) {
        let mut sql = Sql::new(
            "SELECT r.target, s.entry_id, s.number, s.owner, s.implemented_on \
             FROM version_relation r JOIN entry_version s ON s.from_position = r.from_position \
             WHERE r.relation_type = 'replaces' AND r.extent = 'whole' AND NOT s.withdrawn AND r.target IN ",
        );
        sql.bind_list(chunk.iter().copied()).push(" AND ");
        at.holds(&mut sql, "s");
        for row in sql.load::<Row>(conn)? {
            successors.0.entry(row.target).or_default().push(Successor {
                id: row.entry_id,
                number: row.number,
                owner: row.owner,
                implemented_on: row.implemented_on.as_deref().and_then(parse_date),
            });
        }
    }
    Ok(successors)
}
