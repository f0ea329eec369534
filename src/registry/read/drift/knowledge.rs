//! What the registry knows at one position about the standards that some rows rest on: loaded in a few statements for
//! each step away from the rows, whatever their number.

use std::collections::{HashMap, HashSet};

use diesel::QueryableByName;
use diesel::pg::Pg;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use diesel::sqlite::Sqlite;

use crate::domain::division::Divisions;
use crate::domain::number::{Reference, parse_reference};
use crate::domain::problem::Problem;
use crate::domain::term::Term;
use crate::domain::vocabulary::RelationType;
use crate::registry::moment::Moment;
use crate::registry::read::At;
use crate::registry::read::filter::Filters;
use crate::store::conn::Conn;
use crate::store::pool::Snapshot;
use crate::store::sql::{Bind, Sql};

/// The relations by which a standard rests on another.
pub const RESTING: [RelationType; 4] = [
    RelationType::DerivesFrom,
    RelationType::Adopts,
    RelationType::Cites,
    RelationType::Implements,
];

/// How many keys one statement asks for.
const KEYS_PER_QUERY: usize = 1_000;

/// With more keys than this, going through all rows once is cheaper than asking for each.
const MANY_KEYS: usize = 20_000;

/// A row as far as its standing depends on it.
#[derive(Clone, Debug, QueryableByName)]
pub struct Entry {
    #[diesel(sql_type = BigInt)]
    pub from_position: i64,
    #[diesel(sql_type = BigInt)]
    pub revision: i64,
    #[diesel(sql_type = Text)]
    pub entry_id: String,
    #[diesel(sql_type = Text)]
    pub owner: String,
    #[diesel(sql_type = Bool)]
    pub withdrawn: bool,
    #[diesel(sql_type = Nullable<Text>)]
    pub number: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub number_undated: Option<String>,
    #[diesel(sql_type = Text)]
    pub sort_number: String,
    #[diesel(sql_type = Text)]
    pub title: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub origin: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub level: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub supply: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub published_on: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub implemented_on: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub abolished_on: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub claimed: Option<String>,
}

/// Every standard states its origin and nothing else has one. Its kind is not asked for: some databases would go through
/// all standards by it, whatever else is asked.
const ENTRY: &str = "SELECT v.from_position, v.revision, v.entry_id, v.owner, v.withdrawn, v.number, v.number_undated, \
    v.sort_number, v.title, v.origin, v.level, v.supply, v.published_on, v.implemented_on, v.abolished_on, v.claimed \
    FROM entry_version v WHERE v.origin IS NOT NULL AND ";

/// That one entry names another, by its id or a number.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Rest {
    #[diesel(sql_type = Text)]
    pub entry_id: String,
    #[diesel(sql_type = Text)]
    pub relation_type: String,
    #[diesel(sql_type = Text)]
    pub target: String,
}

/// That a live row replaces something as a whole.
#[derive(Clone, Debug, QueryableByName)]
pub struct Replacement {
    #[diesel(sql_type = Text)]
    pub target: String,
    #[diesel(embed)]
    pub by: Entry,
}

/// That an entry bore a number once and bears another now.
#[derive(Clone, Debug, QueryableByName)]
pub struct Renumbering {
    #[diesel(sql_type = Text)]
    pub former: String,
    /// Where the number was changed.
    #[diesel(sql_type = BigInt)]
    pub position: i64,
    #[diesel(embed)]
    pub now: Entry,
}

/// Everything known, by what it is asked for.
#[derive(Default)]
pub struct Knowledge {
    entries: Vec<Entry>,
    by_id: HashMap<String, usize>,
    by_number: HashMap<String, Vec<usize>>,
    by_undated: HashMap<String, Vec<usize>>,
    /// Rows that bore a number when they left their catalogue.
    left: HashMap<String, Vec<usize>>,
    rests: HashMap<String, Vec<Rest>>,
    replaced: HashMap<String, Vec<Replacement>>,
    renumbered: HashMap<String, Vec<Renumbering>>,
    /// Ids and numbers that have been asked for.
    asked: HashSet<String>,
}

impl Knowledge {
    /// Loads what the rows that meet the filters rest on, up to `depth` steps away; also those rows themselves, in the
    /// order of numbers.
    pub fn load(
        snapshot: &mut Snapshot,
        filters: &Filters,
        moment: &Moment,
        depth: usize,
    ) -> Result<(Self, Vec<String>), Problem> {
        let mut knowledge = Self::default();
        let conn = &mut *snapshot.conn;
        let rows = own_rows(conn, filters, moment)?;
        let ids: Vec<String> = rows.iter().map(|row| row.entry_id.clone()).collect();
        knowledge.take_rests(own_rests(conn, filters, moment)?);
        let mut keys: Vec<String> = rows
            .iter()
            .filter(|row| row.stands_for_a_number())
            .filter_map(|row| row.number.clone())
            .collect();
        knowledge.take(rows);
        let mut reached: HashSet<String> = ids.iter().cloned().collect();
        let mut frontier = ids.clone();
        for _ in 0..=depth {
            keys.extend(knowledge.targets_of(&frontier));
            knowledge.ask(conn, moment.at, std::mem::take(&mut keys))?;
            // The entries named come next; those already reached have been looked at.
            frontier = knowledge
                .resolved(&frontier)
                .into_iter()
                .filter(|id| reached.insert(id.clone()))
                .collect();
            if frontier.is_empty() {
                break;
            }
            let rests = by_keys(conn, "v.entry_id", frontier.iter().cloned(), || {
                resting(moment.at)
            })?;
            knowledge.take_rests(rests);
        }
        knowledge.learn_what_happened(conn, moment.at)?;
        Ok((knowledge, ids))
    }

    pub fn entry(&self, id: &str) -> Option<&Entry> {
        self.entries.get(*self.by_id.get(id)?)
    }

    pub fn rests(&self, id: &str) -> &[Rest] {
        self.rests.get(id).map_or(&[], Vec::as_slice)
    }

    /// Live rows that bear a number, in any catalogue.
    pub fn bearing(&self, number: &str) -> impl Iterator<Item = &Entry> {
        self.listed(&self.by_number, number)
    }

    /// Live rows of all editions of a number without its year.
    pub fn editions(&self, undated: &str) -> impl Iterator<Item = &Entry> {
        self.listed(&self.by_undated, undated)
    }

    /// Live rows that replace what bears this id or number, as a whole.
    pub fn replacing(&self, key: &str) -> &[Replacement] {
        self.replaced.get(key).map_or(&[], Vec::as_slice)
    }

    pub fn renumbered(&self, number: &str) -> &[Renumbering] {
        self.renumbered.get(number).map_or(&[], Vec::as_slice)
    }

    /// Rows that bore a number when they left their catalogue.
    pub fn withdrawn(&self, number: &str) -> impl Iterator<Item = &Entry> {
        self.listed(&self.left, number)
    }

    /// What all editions of a number have in common, told by a row that bears it rather than worked out again.
    pub fn family(&self, number: &str) -> Option<String> {
        match self.bearing(number).next() {
            Some(row) => row.number_undated.clone(),
            None => family(number),
        }
    }

    /// What a relation of somebody's row leads to: the entry of an id; for a number the row in its own catalogue, then in
    /// those above it, the newest edition if undated.
    pub fn resolve(&self, key: &str, owner: &str) -> Option<&Entry> {
        if let Some(named) = self.entry(key) {
            return Some(named);
        }
        let candidates: Vec<&Entry> = self.bearing(key).chain(self.editions(key)).collect();
        if candidates.is_empty() {
            return None;
        }
        let ancestors = Divisions::built_in().ancestors(owner);
        let mut line = std::iter::once(owner).chain(ancestors.iter().map(|division| division.code.as_str()));
        line.find_map(|code| {
            let here = candidates.iter().filter(|entry| entry.owner == code);
            here.max_by(|a, b| a.sort_number.cmp(&b.sort_number)).copied()
        })
    }

    fn listed<'k>(
        &'k self,
        index: &'k HashMap<String, Vec<usize>>,
        key: &str,
    ) -> impl Iterator<Item = &'k Entry> {
        let places = index.get(key).into_iter().flatten();
        places.filter_map(|place| self.entries.get(*place))
    }

    fn take(&mut self, entries: Vec<Entry>) {
        for entry in entries {
            if self.by_id.contains_key(&entry.entry_id) {
                continue;
            }
            let place = self.entries.len();
            self.by_id.insert(entry.entry_id.clone(), place);
            let undated = entry.number_undated.as_ref().filter(|_| !entry.withdrawn);
            let bearing = if entry.withdrawn {
                &mut self.left
            } else {
                &mut self.by_number
            };
            for (index, key) in [(bearing, entry.number.as_ref()), (&mut self.by_undated, undated)] {
                if let Some(key) = key {
                    index.entry(key.clone()).or_default().push(place);
                }
            }
            self.entries.push(entry);
        }
    }

    fn take_rests(&mut self, rests: Vec<Rest>) {
        for rest in rests {
            let known = self.rests.entry(rest.entry_id.clone()).or_default();
            if !known.contains(&rest) {
                known.push(rest);
            }
        }
    }

    fn targets_of(&self, ids: &[String]) -> Vec<String> {
        let rests = ids.iter().flat_map(|id| self.rests(id));
        rests.map(|rest| rest.target.clone()).collect()
    }

    /// The entries that the relations of some entries lead to.
    fn resolved(&self, ids: &[String]) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for id in ids {
            let Some(entry) = self.entry(id) else {
                continue;
            };
            let targets = self
                .rests(id)
                .iter()
                .filter_map(|rest| self.resolve(&rest.target, &entry.owner));
            found.extend(targets.map(|target| target.entry_id.clone()));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Loads the rows that ids and numbers may lead to, with all editions of the numbers; and, of rows named by id, what
    /// others say of their numbers.
    fn ask(&mut self, conn: &mut Conn, at: At, mut keys: Vec<String>) -> Result<(), Problem> {
        loop {
            keys.retain(|key| self.asked.insert(key.clone()));
            if keys.is_empty() {
                return Ok(());
            }
            let (mut families, mut others) = (Vec::new(), Vec::new());
            for key in &keys {
                match self.family(key) {
                    Some(undated) => families.push(undated),
                    None => others.push(key.clone()),
                }
            }
            families.sort_unstable();
            families.dedup();
            for (column, keys) in [
                ("v.number_undated", families),
                ("v.number", others.clone()),
                ("v.entry_id", others),
            ] {
                self.take(by_keys(conn, column, keys, || holding(at))?);
            }
            let named = keys.iter().filter_map(|key| self.entry(key));
            keys = named.filter_map(|entry| entry.number.clone()).collect();
        }
    }

    /// Loads replacements and new numbers of all that was asked for.
    fn learn_what_happened(&mut self, conn: &mut Conn, at: At) -> Result<(), Problem> {
        let mut keys: HashSet<String> = self.asked.clone();
        for key in &self.asked {
            let undated = self.family(key);
            let editions = undated.iter().flat_map(|undated| self.editions(undated));
            for entry in self.bearing(key).chain(editions) {
                keys.insert(entry.entry_id.clone());
                keys.extend(entry.number.clone());
            }
        }
        let mut keys: Vec<String> = keys.into_iter().collect();
        keys.sort_unstable();
        let replacements: Vec<Replacement> =
            by_keys(conn, "r.target", keys.iter().cloned(), || replacing(at))?;
        for replacement in replacements {
            self.replaced
                .entry(replacement.target.clone())
                .or_default()
                .push(replacement);
        }
        let numbers = keys.into_iter().filter(|key| !self.by_id.contains_key(key));
        let renumberings: Vec<Renumbering> = by_keys(conn, "o.number", numbers, || renumbering(at))?;
        for renumbering in renumberings {
            self.renumbered
                .entry(renumbering.former.clone())
                .or_default()
                .push(renumbering);
        }
        Ok(())
    }
}

impl Entry {
    /// Whether the row stands for a standard that others issued under a number.
    pub fn stands_for_a_number(&self) -> bool {
        self.origin.as_deref() == Some("referenced")
            && self.supply.as_deref() == Some("existing")
            && self.number.is_some()
    }

    /// A number of the house is known inside the house only.
    pub fn is_internal(&self) -> bool {
        self.level.as_deref() == Some("internal")
    }
}

/// What all editions of a number have in common; nothing for what is outside the grammar.
pub fn family(number: &str) -> Option<String> {
    match parse_reference(number) {
        Ok(Reference::Number(number) | Reference::Undated(number)) => Some(number.undated()),
        Ok(Reference::Range { .. } | Reference::Series { .. }) | Err(_) => None,
    }
}

fn own_rows(conn: &mut Conn, filters: &Filters, moment: &Moment) -> Result<Vec<Entry>, Problem> {
    let mut sql = Sql::new(ENTRY);
    push_filters(&mut sql, filters, moment)?;
    let mut rows: Vec<Entry> = sql.load(conn)?;
    rows.sort_by(|a, b| (&a.sort_number, &a.entry_id).cmp(&(&b.sort_number, &b.entry_id)));
    Ok(rows)
}

fn own_rests(conn: &mut Conn, filters: &Filters, moment: &Moment) -> Result<Vec<Rest>, Problem> {
    let mut sql = resting(moment.at);
    sql.push(" AND ");
    push_filters(&mut sql, filters, moment)?;
    sql.push(" ORDER BY r.from_position, r.ordinal");
    Ok(sql.load(conn)?)
}

/// The filters' conditions on live rows, to stand behind an `AND`.
fn push_filters(sql: &mut Sql, filters: &Filters, moment: &Moment) -> Result<(), Problem> {
    moment.at.holds(sql, "v");
    sql.push(" AND NOT v.withdrawn");
    for filter in &filters.all {
        sql.push(" AND ");
        filter.push(sql, moment)?;
    }
    Ok(())
}

/// Rows at a moment, withdrawn ones included.
fn holding(at: At) -> Sql {
    let mut sql = Sql::new(ENTRY);
    at.holds(&mut sql, "v");
    sql
}

/// What live rows rest on.
fn resting(at: At) -> Sql {
    let mut sql = Sql::new(
        "SELECT v.entry_id, r.relation_type, r.target FROM entry_version v \
         JOIN version_relation r ON r.from_position = v.from_position WHERE r.relation_type IN ",
    );
    sql.bind_list(RESTING.iter().map(|kind| kind.id()));
    sql.push(" AND NOT v.withdrawn AND ");
    at.holds(&mut sql, "v");
    sql
}

/// What live rows replace as a whole.
fn replacing(at: At) -> Sql {
    let mut sql = Sql::new(
        "SELECT r.target, v.from_position, v.revision, v.entry_id, v.owner, v.withdrawn, v.number, v.number_undated, \
         v.sort_number, v.title, v.origin, v.level, v.supply, v.published_on, v.implemented_on, v.abolished_on, v.claimed \
         FROM version_relation r JOIN entry_version v ON v.from_position = r.from_position \
         WHERE r.relation_type = 'replaces' AND r.extent = 'whole' AND NOT v.withdrawn AND ",
    );
    at.holds(&mut sql, "v");
    sql
}

/// Changes of a number that were no correction of it, with the row as it is now.
fn renumbering(at: At) -> Sql {
    let mut sql = Sql::new(
        "SELECT o.number AS former, n.from_position AS position, v.from_position, v.revision, v.entry_id, v.owner, \
         v.withdrawn, v.number, v.number_undated, v.sort_number, v.title, v.origin, v.level, v.supply, v.published_on, \
         v.implemented_on, v.abolished_on, v.claimed \
         FROM entry_version o JOIN entry_version n ON n.from_position = o.to_position AND n.entry_id = o.entry_id \
         JOIN entry_version v ON v.entry_id = o.entry_id \
         WHERE n.number <> o.number AND n.action <> 'correct' AND v.number <> o.number \
         AND n.from_position <= v.from_position AND NOT v.withdrawn AND ",
    );
    at.holds(&mut sql, "v");
    sql
}

/// Rows of a statement in which a column has one of the keys.
pub fn by_keys<T>(
    conn: &mut Conn,
    column: &str,
    keys: impl IntoIterator<Item = String>,
    statement: impl Fn() -> Sql,
) -> Result<Vec<T>, Problem>
where
    T: QueryableByName<Pg> + QueryableByName<Sqlite> + 'static,
{
    let keys: Vec<String> = keys.into_iter().collect();
    if keys.len() > MANY_KEYS {
        let mut sql = statement();
        sql.push(&format!(" AND {column} IS NOT NULL"));
        return Ok(sql.load(conn)?);
    }
    let mut rows = Vec::new();
    for chunk in keys.chunks(KEYS_PER_QUERY) {
        let mut sql = statement();
        sql.push(&format!(" AND {column} IN "));
        sql.bind_list(chunk.iter().map(|key| Bind::from(key.as_str())));
        rows.extend(sql.load::<T>(conn)?);
    }
    Ok(rows)
}
