//! Lists of what changed between two seconds, in pages, at a fixed horizon.
//!
//! An entry's date is that of its current revision, or of the erasure of that revision's content. An entry that was
//! once in the set asked for and is not any more is listed too, as deleted: nobody else would tell those who have it.

use std::sync::Arc;

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool};

use crate::domain::problem::Problem;
use crate::domain::time::Instant;
use crate::registry::read::At;
use crate::registry::read::harvest::Horizon;
use crate::registry::read::harvest::set::{Set, memberships};
use crate::registry::read::view::{self, EntryView};
use crate::registry::sealed::Sealed;
use crate::registry::stored::{ContentCache, as_hash, open_contents};
use crate::store::content;
use crate::store::leaf;
use crate::store::pool::Snapshot;
use crate::store::sql::{Bind, Sql};
use crate::store::version::Version;

/// What a harvest is narrowed by. Both instants are inclusive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    pub from: Option<Instant>,
    pub until: Option<Instant>,
    pub set: Option<Set>,
}

/// One entry as it is harvested.
pub struct Item {
    pub entry: EntryView,
    /// Its content, unless that is erased.
    pub content: Option<Arc<Sealed>>,
    pub changed_at: Instant,
    /// Withdrawn, erased, or no longer in the set that was asked for.
    pub deleted: bool,
    /// The names of its sets; of one that left the set asked for, this one.
    pub sets: Vec<String>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(embed)]
    version: Version,
    #[diesel(sql_type = BigInt)]
    changed_at: i64,
    #[diesel(sql_type = Bool)]
    erased: bool,
    #[diesel(sql_type = Bool)]
    in_set: bool,
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

impl Selection {
    /// The items after a position, in the order of positions.
    pub fn page(
        &self,
        snapshot: &mut Snapshot,
        cache: &ContentCache,
        horizon: &Horizon,
        after: i64,
        limit: i64,
    ) -> Result<Vec<Item>, Problem> {
        let mut sql = Sql::new("SELECT * FROM (");
        self.push_rows(&mut sql, horizon)?;
        sql.bind(" AND v.from_position > ?", [after]);
        self.push_bounds(&mut sql, snapshot)?;
        sql.bind(" ORDER BY from_position LIMIT ?", [limit]);
        let rows: Vec<Row> = sql.load(snapshot.conn)?;
        self.items(snapshot, cache, rows)
    }

    /// How many items there are on all pages.
    pub fn count(&self, snapshot: &mut Snapshot, horizon: &Horizon) -> Result<i64, Problem> {
        let mut sql = Sql::new("SELECT COUNT(*) AS count FROM (");
        self.push_rows(&mut sql, horizon)?;
        self.push_bounds(&mut sql, snapshot)?;
        let counted: Vec<Counted> = sql.load(snapshot.conn)?;
        Ok(counted.first().map_or(0, |counted| counted.count))
    }

    /// Adds the entries that are or once were in the set, as they stand at the horizon.
    fn push_rows(&self, sql: &mut Sql, horizon: &Horizon) -> Result<(), Problem> {
        // An erasure beyond the horizon is not news yet, though the bytes are gone already.
        sql.bind(
            "SELECT v.*, CASE WHEN c.erased_at > v.recorded_at AND c.erased_at < ? \
             THEN c.erased_at ELSE v.recorded_at END AS changed_at, c.erased_at IS NOT NULL AS erased, ",
            [horizon.before.0],
        );
        match &self.set {
            Some(set) => set.push_condition(sql, "v")?,
            None => Set::Divisions.push_condition(sql, "v")?,
        }
        sql.push(
            " AS in_set FROM entry_version v \
             LEFT JOIN content c ON c.sha256 = v.content_sha256 AND c.erased_at IS NOT NULL \
             WHERE v.kind = 'standard' AND ",
        );
        At::Position(horizon.position).holds(sql, "v");
        if let Some(set) = &self.set {
            sql.push(
                " AND EXISTS (SELECT 1 FROM entry_version w WHERE w.entry_id = v.entry_id \
                 AND w.from_position <= v.from_position AND (",
            );
            set.push_condition(sql, "w")?;
            if set.rests_on_content() {
                sql.push(
                    " OR EXISTS (SELECT 1 FROM content d \
                     WHERE d.sha256 = w.content_sha256 AND d.erased_at IS NOT NULL)",
                );
            }
            sql.push("))");
        }
        Ok(())
    }

    /// Ends the rows and keeps those of the time asked for.
    fn push_bounds(&self, sql: &mut Sql, snapshot: &mut Snapshot) -> Result<(), Problem> {
        // Without erasures an entry's date follows its position, and positions are found at once.
        if let Some(from) = self.from
            && !content::any_erased_since(snapshot.conn, from.0)?
            && let Some(earlier) = leaf::position_at(snapshot.conn, from.0 - 1)?
        {
            sql.bind(" AND v.from_position > ?", [earlier]);
        }
        sql.push(") item WHERE 1 = 1");
        if let Some(from) = self.from {
            sql.bind(" AND changed_at >= ?", [from.0]);
        }
        if let Some(until) = self.until {
            sql.bind(" AND changed_at <= ?", [until.0]);
        }
        Ok(())
    }

    fn items(
        &self,
        snapshot: &mut Snapshot,
        cache: &ContentCache,
        rows: Vec<Row>,
    ) -> Result<Vec<Item>, Problem> {
        let facts: Vec<(i64, bool, bool)> = rows
            .iter()
            .map(|row| (row.changed_at, row.erased, row.in_set))
            .collect();
        let versions: Vec<Version> = rows.into_iter().map(|row| row.version).collect();
        let contents = open_contents(snapshot.conn, cache, &versions)?;
        let entries = view::show_plain(snapshot, cache, &versions)?;
        let mut items = Vec::with_capacity(versions.len());
        for ((version, entry), (changed_at, erased, in_set)) in versions.iter().zip(entries).zip(facts) {
            let content = contents.get(&as_hash(&version.content_sha256)?).cloned();
            let standard = content.as_deref().and_then(Sealed::standard);
            let sets = match &self.set {
                Some(set) if !in_set => vec![set.to_string()],
                _ => memberships(&version.owner, standard),
            };
            items.push(Item {
                entry,
                changed_at: Instant(changed_at),
                deleted: version.withdrawn || erased || content.is_none() || !in_set,
                sets,
                content,
            });
        }
        Ok(items)
    }
}

/// One standard as it stands at the horizon.
pub fn one(
    snapshot: &mut Snapshot,
    cache: &ContentCache,
    horizon: &Horizon,
    id: uuid::Uuid,
) -> Result<Option<Item>, Problem> {
    let everything = Selection::default();
    let mut sql = Sql::new("SELECT * FROM (");
    everything.push_rows(&mut sql, horizon)?;
    sql.bind(" AND v.entry_id = ?) item", [Bind::from(id.to_string())]);
    let rows: Vec<Row> = sql.load(snapshot.conn)?;
    Ok(everything.items(snapshot, cache, rows)?.into_iter().next())
}
