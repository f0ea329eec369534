//! Which rows say that they replace another, as a whole or in part.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::QueryableByName;
use diesel::sql_types::{Nullable, Text};

use crate::domain::division::Divisions;
use crate::domain::term::Term;
use crate::domain::time::parse_date;
use crate::domain::vocabulary::Extent;
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
    pub extent: Extent,
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
    #[diesel(sql_type = Nullable<Text>)]
    extent: Option<String>,
}

impl Successors {
    /// The rows that replace this one as a whole.
    pub fn of(&self, version: &Version) -> Vec<Successor> {
        let mut found = self.replacing(version);
        found.retain(|successor| successor.extent == Extent::Whole);
        found
    }

    /// The rows that replace this one or a part of it.
    pub fn replacing(&self, version: &Version) -> Vec<Successor> {
        let named = [Some(version.entry_id.as_str()), version.number.as_deref()];
        let mut found = self.naming(named.into_iter().flatten(), Some(&version.owner));
        found.retain(|successor| successor.id != version.entry_id);
        found
    }

    /// The rows that replace what bears this number, be it registered or not.
    pub fn replacing_number(&self, number: &str, owner: Option<&str>) -> Vec<Successor> {
        self.naming(std::iter::once(number), owner)
    }

    /// Only an owner's own catalogue and those above it may speak for it.
    fn naming<'t>(&self, targets: impl Iterator<Item = &'t str>, owner: Option<&str>) -> Vec<Successor> {
        let divisions = Divisions::built_in();
        let mut found: Vec<Successor> = targets
            .filter_map(|target| self.0.get(target))
            .flatten()
            .filter(|successor| owner.is_none_or(|owner| divisions.reaches(&successor.owner, owner)))
            .cloned()
            .collect();
        found.sort_by(|a, b| (&a.number, &a.id, a.extent).cmp(&(&b.number, &b.id, b.extent)));
        found.dedup();
        found
    }
}

/// Finds what replaces any of the versions.
pub fn find(conn: &mut Conn, at: At, versions: &[Version]) -> Result<Successors, StoreError> {
    find_with_numbers(conn, at, versions, &[])
}

/// Finds what replaces any of the versions, or anything that bears one of the numbers.
pub fn find_with_numbers(
    conn: &mut Conn,
    at: At,
    versions: &[Version],
    numbers: &[&str],
) -> Result<Successors, StoreError> {
    let mut targets: Vec<&str> = versions
        .iter()
        .filter(|version| version.kind == "standard")
        .flat_map(|version| [Some(version.entry_id.as_str()), version.number.as_deref()])
        .flatten()
        .chain(numbers.iter().copied())
        .collect();
    targets.sort_unstable();
    targets.dedup();
    let mut successors = Successors::default();
    for chunk in targets.chunks(TARGETS_PER_QUERY) {
        let mut sql = Sql::kept(
            "SELECT r.target, r.extent, s.entry_id, s.number, s.owner, s.implemented_on \
             FROM version_relation r JOIN entry_version s ON s.from_position = r.from_position \
             WHERE r.relation_type = 'replaces' AND NOT s.withdrawn AND r.target IN ",
        );
        sql.bind_list(chunk.iter().copied()).push(" AND ");
        at.holds(&mut sql, "s");
        for row in sql.load::<Row>(conn)? {
            successors.0.entry(row.target).or_default().push(Successor {
                id: row.entry_id,
                number: row.number,
                owner: row.owner,
                implemented_on: row.implemented_on.as_deref().and_then(parse_date),
                extent: row
                    .extent
                    .as_deref()
                    .and_then(Extent::from_id)
                    .unwrap_or(Extent::Whole),
            });
        }
    }
    Ok(successors)
}
