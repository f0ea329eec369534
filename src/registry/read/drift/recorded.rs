//! Since when the log has said what rows say now: a later revision that says the same makes it no news.

use std::collections::{HashMap, HashSet};

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};

use crate::domain::problem::Problem;
use crate::registry::read::drift::judge::Fact;
use crate::registry::read::drift::knowledge::{Entry, by_keys};
use crate::store::conn::Conn;
use crate::store::sql::Sql;

/// One revision, as far as facts rest on it.
#[derive(Clone, Debug, QueryableByName)]
struct Revision {
    #[diesel(sql_type = BigInt)]
    from_position: i64,
    #[diesel(sql_type = Text)]
    entry_id: String,
    #[diesel(sql_type = Bool)]
    withdrawn: bool,
    #[diesel(sql_type = Nullable<Text>)]
    number: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    supply: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    abolished_on: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    claimed: Option<String>,
}

#[derive(QueryableByName)]
struct Replaces {
    #[diesel(sql_type = BigInt)]
    from_position: i64,
    #[diesel(sql_type = Text)]
    target: String,
}

/// The revisions of rows that say something, and what each replaced.
#[derive(Default)]
pub struct History {
    /// Newest first.
    revisions: HashMap<String, Vec<Revision>>,
    replaces: HashSet<(i64, String)>,
}

impl History {
    /// Loads the earlier revisions of the rows that facts rest on, up to the ones seen.
    pub fn load<'k>(conn: &mut Conn, facts: impl Iterator<Item = Fact<'k>>) -> Result<Self, Problem> {
        let revised = facts.map(Fact::entry).filter(|entry| entry.revision > 1);
        let mut ids: Vec<String> = revised.map(|entry| entry.entry_id.clone()).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut history = Self::default();
        let revisions = || {
            Sql::new(
                "SELECT v.from_position, v.entry_id, v.withdrawn, v.number, v.supply, v.abolished_on, v.claimed \
                 FROM entry_version v WHERE v.kind = 'standard'",
            )
        };
        for revision in by_keys::<Revision>(conn, "v.entry_id", ids.iter().cloned(), revisions)? {
            history
                .revisions
                .entry(revision.entry_id.clone())
                .or_default()
                .push(revision);
        }
        for revisions in history.revisions.values_mut() {
            revisions.sort_by_key(|revision| std::cmp::Reverse(revision.from_position));
        }
        let replaces = || {
            Sql::new(
                "SELECT r.from_position, r.target FROM entry_version v \
                 JOIN version_relation r ON r.from_position = v.from_position \
                 WHERE r.relation_type = 'replaces' AND r.extent = 'whole'",
            )
        };
        let replaces = by_keys::<Replaces>(conn, "v.entry_id", ids, replaces)?;
        history.replaces = replaces
            .into_iter()
            .map(|one| (one.from_position, one.target))
            .collect();
        Ok(history)
    }

    /// The first position from which on a fact has been said without a break.
    pub fn since(&self, fact: Fact) -> i64 {
        match fact {
            Fact::Renumbered(_, position) => position,
            Fact::AbolishedOn(entry) => self.run(entry, |one| {
                one.abolished_on == entry.abolished_on && one.number == entry.number && !one.withdrawn
            }),
            Fact::Claim(entry) => self.run(entry, |one| {
                one.claimed == entry.claimed && one.number == entry.number && !one.withdrawn
            }),
            Fact::Bears(entry) => self.run(entry, |one| {
                one.number == entry.number && one.supply == entry.supply && !one.withdrawn
            }),
            Fact::Left(entry) => self.run(entry, |one| one.withdrawn),
            Fact::Replaces(entry, target) => self.run(entry, |one| {
                !one.withdrawn && self.replaces.contains(&(one.from_position, target.to_owned()))
            }),
        }
    }

    fn run(&self, entry: &Entry, says: impl Fn(&Revision) -> bool) -> i64 {
        let revisions = self.revisions.get(&entry.entry_id).into_iter().flatten();
        let seen = revisions.skip_while(|one| one.from_position > entry.from_position);
        let saying = seen.take_while(|one| says(one)).last();
        saying.map_or(entry.from_position, |first| first.from_position)
    }
}
