//! Reading: every answer is a pure function of a log position, a day and the question.

pub mod audit;
pub mod catalogue_diff;
pub mod citations;
pub mod coverage;
pub mod cursor;
pub mod distinct;
pub mod drift;
pub mod evidence;
pub mod filter;
pub mod frameworks;
pub mod harvest;
pub mod history;
pub mod list;
pub mod lookup;
pub mod matrix;
pub mod paths;
pub mod places;
pub mod proofs;
pub mod redactions;
pub mod relations;
pub mod search;
pub mod span;
pub mod successors;
pub mod suggest;
pub mod validity_sql;
pub mod view;

use std::collections::BTreeSet;

use crate::domain::division::Divisions;
use crate::store::sql::Sql;

/// Adds the condition that a column names one of the divisions or anything below them. All codes are listed, because a
/// database that sees them knows how many rows they have; behind a subquery it guesses, and may sort all rows for a
/// page of fifty.
pub fn push_reach<'c>(sql: &mut Sql, column: &str, codes: impl IntoIterator<Item = &'c str>) {
    let divisions = Divisions::built_in();
    let reach: BTreeSet<&str> = codes.into_iter().flat_map(|code| divisions.reach(code)).collect();
    if reach.is_empty() {
        sql.push("1 = 0");
    } else if reach.len() == divisions.all().count() {
        sql.push("1 = 1");
    } else {
        sql.push(column).push(" IN ").bind_list(reach);
    }
}

/// The state that a read sees: the newest one, or the one at an earlier position. Both are the same SQL but for this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    Head,
    Position(i64),
}

impl At {
    /// Adds the condition that a version holds here.
    pub fn holds(self, sql: &mut Sql, alias: &str) {
        match self {
            Self::Head => {
                sql.push(&format!("{alias}.to_position IS NULL"));
            }
            Self::Position(position) => {
                sql.bind(
                    &format!("{alias}.from_position <= ? AND ({alias}.to_position IS NULL OR {alias}.to_position > ?)"),
                    [position, position],
                );
            }
        }
    }
}
