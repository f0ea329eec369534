//! Which revisions cause or settle drift for somebody's rows, in the first order: those of a standard that one of the
//! rows stands for or names, of another edition of it, or of what replaces it.
//!
//! Whether a revision is told depends on nothing but the log up to it: on the revision, the one it ended, and the rows
//! that were live there. So every instance tells the same, and a cursor holds wherever it is shown.

use std::collections::{BTreeSet, HashMap, HashSet};

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Text};

use crate::domain::problem::Problem;
use crate::domain::term::Term;
use crate::registry::read::drift::{RESTING, by_keys, family};
use crate::registry::read::push_reach;
use crate::store::conn::Conn;
use crate::store::sql::Sql;

/// How much of the log one page looks through. Pages may be empty and still lead on.
pub const LOOKED_THROUGH: i64 = 5_000;

/// How many families of numbers one statement asks for.
const FAMILIES_PER_QUERY: usize = 200;

/// A revision of the stretch, or the one that it ended.
#[derive(QueryableByName)]
struct Touched {
    /// Where it happened.
    #[diesel(sql_type = BigInt)]
    position: i64,
    /// Where the revision looked at began.
    #[diesel(sql_type = BigInt)]
    from_position: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    to_position: Option<i64>,
    #[diesel(sql_type = Text)]
    entry_id: String,
    #[diesel(sql_type = Nullable<Text>)]
    number: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    number_undated: Option<String>,
}

/// Something that is said from one revision on until another.
#[derive(QueryableByName)]
struct Stands {
    #[diesel(sql_type = BigInt)]
    from_position: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    to_position: Option<i64>,
    #[diesel(sql_type = Text)]
    entry_id: String,
    #[diesel(sql_type = Nullable<Text>)]
    said: Option<String>,
}

#[derive(QueryableByName)]
struct Replaced {
    #[diesel(sql_type = BigInt)]
    from_position: i64,
    #[diesel(sql_type = Text)]
    target: String,
}

/// What revisions are about: entry ids, and what all editions of a number have in common; with the positions.
#[derive(Default)]
struct About(HashMap<String, BTreeSet<i64>>);

impl About {
    fn note(&mut self, key: impl Into<String>, position: i64) {
        self.0.entry(key.into()).or_default().insert(position);
    }

    fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.0.keys().cloned().collect();
        keys.sort_unstable();
        keys
    }

    /// The positions about a key while something stood, the ones at which it began and ended included.
    fn while_stood<'a>(&'a self, key: &str, stands: &Stands) -> impl Iterator<Item = i64> + use<'a> {
        let until = stands.to_position.unwrap_or(i64::MAX);
        let positions = self
            .0
            .get(key)
            .map(|positions| positions.range(stands.from_position..=until));
        positions.into_iter().flatten().copied()
    }

    /// Adds that what is about one key is also about another, from when on that was so.
    fn extend(&mut self, key: &str, since: i64, other: &str) {
        let positions = self
            .0
            .get(key)
            .map(|positions| positions.range(since..).copied().collect::<Vec<_>>());
        for position in positions.into_iter().flatten() {
            self.note(other, position);
        }
    }
}

/// The positions after one and up to another whose revisions concern the rows of some divisions and all below them.
pub fn concerning(
    conn: &mut Conn,
    owners: &[String],
    (after, until): (i64, i64),
    only_current: bool,
) -> Result<Vec<i64>, Problem> {
    let touched = touched(conn, after, until)?;
    let mut about = about(conn, &touched)?;
    widen(conn, &mut about)?;
    let mut concerned: BTreeSet<i64> = BTreeSet::new();
    for row in standing_for(conn, owners, &about)? {
        if let Some(key) = row.said.as_deref() {
            concerned.extend(about.while_stood(key, &row));
        }
    }
    let mut changed = About::default();
    for one in &touched {
        changed.note(one.entry_id.as_str(), one.position);
    }
    for row in resting(conn, owners, &about, &changed)? {
        if let Some(target) = row.said.as_deref() {
            concerned.extend(about.while_stood(&key_of(target), &row));
        }
        // What is about an entry in other ways is told only where its row is named or stands for a number.
        concerned.extend(changed.while_stood(&row.entry_id, &row));
    }
    if only_current {
        let begun = touched.iter().filter(|one| one.position == one.from_position);
        let current = begun.filter(|one| one.to_position.is_none());
        let current: HashSet<i64> = current.map(|one| one.position).collect();
        concerned.retain(|position| current.contains(position));
    }
    Ok(concerned.into_iter().collect())
}

/// The revisions that began in the stretch, and those that ended in it.
fn touched(conn: &mut Conn, after: i64, until: i64) -> Result<Vec<Touched>, Problem> {
    let mut all = Vec::new();
    for at in ["from_position", "to_position"] {
        let mut sql = Sql::new(&format!(
            "SELECT v.{at} AS position, v.from_position, v.to_position, v.entry_id, v.number, v.number_undated \
             FROM entry_version v WHERE v.kind = 'standard' AND "
        ));
        sql.bind(&format!("v.{at} > ? AND v.{at} <= ?"), [after, until]);
        all.extend(sql.load::<Touched>(conn)?);
    }
    Ok(all)
}

/// What the revisions are about by themselves: their entry, their number, what they replace.
fn about(conn: &mut Conn, touched: &[Touched]) -> Result<About, Problem> {
    let mut about = About::default();
    let mut happened_at: HashMap<i64, Vec<i64>> = HashMap::new();
    for one in touched {
        about.note(one.entry_id.as_str(), one.position);
        if let Some(number) = one.number_undated.as_deref().or(one.number.as_deref()) {
            about.note(number, one.position);
        }
        happened_at
            .entry(one.from_position)
            .or_default()
            .push(one.position);
    }
    let mut looked_at: Vec<i64> = happened_at.keys().copied().collect();
    looked_at.sort_unstable();
    for chunk in looked_at.chunks(1_000) {
        let mut sql = Sql::new(
            "SELECT r.from_position, r.target FROM version_relation r \
             WHERE r.relation_type = 'replaces' AND r.extent = 'whole' AND r.from_position IN ",
        );
        sql.bind_list(chunk.iter().copied());
        for replaced in sql.load::<Replaced>(conn)? {
            for position in happened_at.get(&replaced.from_position).into_iter().flatten() {
                about.note(key_of(&replaced.target), *position);
            }
        }
    }
    Ok(about)
}

/// Entries are known by the numbers they bore, and numbers by the entries that bore them.
fn widen(conn: &mut Conn, about: &mut About) -> Result<(), Problem> {
    const BORE: &str = "SELECT v.from_position, v.to_position, v.entry_id, \
        COALESCE(v.number_undated, v.number) AS said FROM entry_version v WHERE v.kind = 'standard'";
    let bore = || Sql::new(BORE);
    for row in by_keys::<Stands>(conn, "v.entry_id", about.keys(), bore)? {
        if let Some(number) = row.said.as_deref() {
            about.extend(&row.entry_id, row.from_position, number);
        }
    }
    for column in ["v.number_undated", "v.number"] {
        for row in by_keys::<Stands>(conn, column, about.keys(), bore)? {
            if let Some(number) = row.said.as_deref() {
                about.extend(number, row.from_position, &row.entry_id);
            }
        }
    }
    Ok(())
}

/// Rows of the owners that stand for one of the numbers.
fn standing_for(conn: &mut Conn, owners: &[String], about: &About) -> Result<Vec<Stands>, Problem> {
    let statement = || {
        let mut sql = Sql::new(
            "SELECT v.from_position, v.to_position, v.entry_id, COALESCE(v.number_undated, v.number) AS said \
             FROM entry_version v WHERE v.kind = 'standard' AND v.origin = 'referenced' AND NOT v.withdrawn AND ",
        );
        push_owners(&mut sql, owners);
        sql
    };
    let mut rows = Vec::new();
    for column in ["v.number_undated", "v.number"] {
        rows.extend(by_keys::<Stands>(conn, column, about.keys(), statement)?);
    }
    Ok(rows)
}

/// Rows of the owners that rest on one of the entries or numbers, or are one of the changed entries and rest on anything.
fn resting(
    conn: &mut Conn,
    owners: &[String],
    about: &About,
    changed: &About,
) -> Result<Vec<Stands>, Problem> {
    let statement = || {
        let mut sql = Sql::new(
            "SELECT v.from_position, v.to_position, v.entry_id, r.target AS said FROM version_relation r \
             JOIN entry_version v ON v.from_position = r.from_position \
             WHERE v.kind = 'standard' AND NOT v.withdrawn AND r.relation_type IN ",
        );
        sql.bind_list(RESTING.iter().map(|kind| kind.id())).push(" AND ");
        push_owners(&mut sql, owners);
        sql
    };
    let keys = about.keys();
    let mut rows = by_keys::<Stands>(conn, "v.entry_id", changed.keys(), statement)?;
    rows.extend(by_keys::<Stands>(
        conn,
        "r.target",
        keys.iter().cloned(),
        statement,
    )?);
    // Relations name numbers with their year.
    let numbers: Vec<String> = keys.into_iter().filter(|key| family(key).is_some()).collect();
    for families in numbers.chunks(FAMILIES_PER_QUERY) {
        let mut sql = statement();
        sql.push(" AND (");
        for (index, family) in families.iter().enumerate() {
            let (first, beyond) = if family.starts_with("CECS") {
                (':', ';')
            } else {
                ('-', '.')
            };
            sql.push(if index > 0 { " OR " } else { "" });
            sql.bind(
                "(r.target >= ? AND r.target < ?)",
                [format!("{family}{first}"), format!("{family}{beyond}")],
            );
        }
        sql.push(")");
        rows.extend(sql.load::<Stands>(conn)?);
    }
    Ok(rows)
}

fn push_owners(sql: &mut Sql, owners: &[String]) {
    push_reach(sql, "v.owner", owners.iter().map(String::as_str));
}

/// What all editions of a number have in common; ids and numbers of other grammars stand for themselves.
fn key_of(target: &str) -> String {
    family(target).unwrap_or_else(|| target.to_owned())
}
