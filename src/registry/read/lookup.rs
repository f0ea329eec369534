//! Finding entries by a number in any spelling: as it is, as it once was, in another edition, or without its year.

use std::collections::{BTreeMap, HashSet};

use diesel::prelude::QueryableByName;

use crate::domain::division::Divisions;
use crate::domain::number::{self, StandardNumber};
use crate::domain::problem::Problem;
use crate::registry::read::At;
use crate::store::conn::Conn;
use crate::store::sql::Sql;
use crate::store::version::Version;
use crate::terms;

terms! {
    /// How a number leads to an entry.
    pub enum Match = "match" {
        /// The entry bears exactly this number.
        Exact "exact" "现用编号" "Bears this number",
        /// The entry bore this number before it was renumbered.
        Former "former" "旧编号" "Bore this number before",
        /// The same number in another edition or with an amendment.
        Edition "edition" "同号另版" "Another edition of it",
        /// The newest dated number of an undated reference.
        UndatedLatest "undated_latest" "不注日期，最新版" "The newest edition",
    }
}

/// An entry found by a number.
#[derive(Clone, Debug)]
pub struct Found {
    pub version: Version,
    pub matched: Match,
}

/// How many keys one query asks for.
const KEYS_PER_QUERY: usize = 300;

/// Everything about a set of numbers that one lookup, or thousands, need: loaded in a few queries.
#[derive(Default)]
pub struct Index {
    exact: BTreeMap<String, Vec<Version>>,
    former: BTreeMap<String, Vec<Version>>,
    undated: BTreeMap<String, Vec<Version>>,
}

impl Index {
    /// Loads what the given numbers may lead to at a point of the log.
    pub fn load(conn: &mut Conn, at: At, numbers: &[&StandardNumber]) -> Result<Self, Problem> {
        let canonical: HashSet<&str> = numbers.iter().map(|number| number.canonical.as_str()).collect();
        let undated: HashSet<String> = numbers.iter().map(|number| number.undated()).collect();
        let canonical: Vec<&str> = canonical.into_iter().collect();
        let undated: Vec<&str> = undated.iter().map(String::as_str).collect();
        let mut index = Self::default();
        for chunk in canonical.chunks(KEYS_PER_QUERY) {
            let mut sql = Sql::kept("SELECT v.* FROM entry_version v WHERE NOT v.withdrawn AND v.number IN ");
            sql.bind_list(chunk.iter().copied()).push(" AND ");
            at.holds(&mut sql, "v");
            for version in sql.load::<Version>(conn)? {
                let number = version.number.clone().unwrap_or_default();
                index.exact.entry(number).or_default().push(version);
            }
            index.load_former(conn, at, chunk)?;
        }
        for chunk in undated.chunks(KEYS_PER_QUERY) {
            let mut sql =
                Sql::kept("SELECT v.* FROM entry_version v WHERE NOT v.withdrawn AND v.number_undated IN ");
            sql.bind_list(chunk.iter().copied()).push(" AND ");
            at.holds(&mut sql, "v");
            for version in sql.load::<Version>(conn)? {
                let number = version.number_undated.clone().unwrap_or_default();
                index.undated.entry(number).or_default().push(version);
            }
        }
        Ok(index)
    }

    /// Entries whose earlier revisions bore one of the numbers and whose present one does not.
    fn load_former(&mut self, conn: &mut Conn, at: At, numbers: &[&str]) -> Result<(), Problem> {
        #[derive(QueryableByName)]
        struct Former {
            #[diesel(embed)]
            version: Version,
            #[diesel(sql_type = diesel::sql_types::Text)]
            former_number: String,
        }
        let mut sql = Sql::kept(
            "SELECT DISTINCT v.*, o.number AS former_number FROM entry_version o \
             JOIN entry_version v ON v.entry_id = o.entry_id AND v.from_position > o.from_position \
             WHERE NOT v.withdrawn AND (v.number IS NULL OR v.number <> o.number) AND o.number IN ",
        );
        sql.bind_list(numbers.iter().copied()).push(" AND ");
        at.holds(&mut sql, "v");
        for former in sql.load::<Former>(conn)? {
            self.former
                .entry(former.former_number)
                .or_default()
                .push(former.version);
        }
        Ok(())
    }

    /// The entries a number leads to: the owner's own first, then those above it; without an owner, all.
    pub fn find(&self, number: &StandardNumber, owner: Option<&str>) -> Vec<Found> {
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        let mut add = |versions: Vec<&Version>, matched: Match| {
            for version in versions {
                if is_visible(owner, &version.owner) && seen.insert(version.entry_id.clone()) {
                    found.push(Found {
                        version: version.clone(),
                        matched,
                    });
                }
            }
        };
        let of =
            |map: &'_ BTreeMap<String, Vec<Version>>, key: &str| map.get(key).cloned().unwrap_or_default();
        let exact = of(&self.exact, &number.canonical);
        let former = of(&self.former, &number.canonical);
        let same_standard = of(&self.undated, &number.undated());
        if number.year.is_none() {
            add(latest_of_each_owner(&same_standard), Match::UndatedLatest);
        } else {
            add(exact.iter().collect(), Match::Exact);
            add(former.iter().collect(), Match::Former);
            let editions = same_standard.iter().filter(|version| {
                let written = version.number.as_deref();
                let parsed = written.and_then(|written| number::parse(written).ok());
                parsed.is_some_and(|parsed| parsed.year == number.year)
            });
            add(editions.collect(), Match::Edition);
        }
        found.sort_by(|a, b| {
            (
                distance(owner, &a.version.owner),
                a.matched,
                &a.version.sort_number,
                &a.version.entry_id,
            )
                .cmp(&(
                    distance(owner, &b.version.owner),
                    b.matched,
                    &b.version.sort_number,
                    &b.version.entry_id,
                ))
        });
        found
    }
}

/// The newest edition in each catalogue.
fn latest_of_each_owner(versions: &[Version]) -> Vec<&Version> {
    let mut latest: BTreeMap<&str, &Version> = BTreeMap::new();
    for version in versions {
        let best = latest.entry(&version.owner).or_insert(version);
        if version.sort_number > best.sort_number {
            *best = version;
        }
    }
    latest.into_values().collect()
}

/// A lookup for an owner sees its own catalogue and those of the divisions above it.
fn is_visible(owner: Option<&str>, of: &str) -> bool {
    owner.is_none_or(|owner| distance(Some(owner), of).is_some())
}

/// How many steps up the tree another catalogue is; without an owner all are alike.
fn distance(owner: Option<&str>, other: &str) -> Option<usize> {
    let Some(owner) = owner else {
        return Some(0);
    };
    if owner == other {
        return Some(0);
    }
    let ancestors = Divisions::built_in().ancestors(owner);
    ancestors
        .iter()
        .position(|division| division.code == other)
        .map(|steps| steps + 1)
}
