//! What changed in the whole catalogue between two positions.
//!
//! An entry differs only if a version of it began in between, so these versions are followed along the log. Whether an
//! entry stood in the list at either end is asked of the same filters that lists use.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::domain::diff::FieldChange;
use crate::domain::problem::Problem;
use crate::domain::time::Instant;
use crate::domain::vocabulary::Kind;
use crate::log::hash::Hash;
use crate::registry::moment::Moment;
use crate::registry::read::At;
use crate::registry::read::filter::{Filter, Filters};
use crate::registry::read::history;
use crate::registry::read::view::{self, EntryView};
use crate::registry::sealed::Sealed;
use crate::registry::stored::{ContentCache, open_contents};
use crate::store::pool::Snapshot;
use crate::store::sql::Sql;
use crate::store::version::Version;
use crate::terms;

/// How many versions are looked at together.
const PER_STEP: i64 = 500;

terms! {
    /// How an entry's place in a catalogue differs between two moments.
    pub enum Differs = "change" {
        Created "created" "新登记" "Created",
        Restored "restored" "恢复" "Restored",
        /// It stood outside the filter before.
        Entered "entered" "移入范围" "Came into the filter",
        Updated "updated" "有改动" "Updated",
        Withdrawn "withdrawn" "移出目录" "Withdrawn",
        /// It still stands, outside the filter.
        Left "left" "离开范围" "Left the filter",
    }
}

terms! {
    /// Which of the three lists of a difference a change belongs to.
    pub enum Side = "side" {
        Added "added" "新增" "Added",
        Changed "changed" "有改动" "Changed",
        Withdrawn "withdrawn" "移出目录" "Withdrawn",
    }
}

impl Differs {
    pub fn side(self) -> Side {
        match self {
            Self::Created | Self::Restored | Self::Entered => Side::Added,
            Self::Updated => Side::Changed,
            Self::Withdrawn | Self::Left => Side::Withdrawn,
        }
    }
}

/// The question: one catalogue at two moments.
#[derive(Clone, Debug)]
pub struct CatalogueDiff {
    filters: Filters,
    pub from: Moment,
    pub to: Moment,
    /// Pages of this list alone.
    only: Option<Side>,
}

/// One entry that differs, as its newest revision by then says.
#[derive(Debug, Serialize)]
pub struct Difference {
    pub change: Differs,
    pub id: String,
    pub kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    pub title: String,
    /// The revision that held at the earlier moment; absent when there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_revision: Option<i64>,
    pub revision: i64,
    pub position: i64,
    pub recorded_at: String,
    #[serde(skip)]
    pub instant: Instant,
    pub owner: String,
    pub action: String,
    pub actor: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    pub content_sha256: String,
    /// Of what changed, each field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<FieldChange>>,
    /// Of what was added, the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<Box<RawValue>>,
}

/// How many entries differ, by the list they stand in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct DiffCounts {
    #[schema(example = 12)]
    pub added: u64,
    #[schema(example = 30)]
    pub changed: u64,
    #[schema(example = 3)]
    pub withdrawn: u64,
}

/// An entry that differs, before its contents are looked at.
struct Differing {
    change: Differs,
    before: Option<Version>,
    after: Version,
}

#[derive(QueryableByName)]
struct Standing {
    #[diesel(sql_type = BigInt)]
    from_position: i64,
}

impl CatalogueDiff {
    /// Both ends pinned, whatever is written meanwhile.
    pub fn new(filters: Filters, mut from: Moment, mut to: Moment) -> Self {
        for moment in [&mut from, &mut to] {
            moment.at = At::Position(moment.position);
        }
        // One day for both ends: a catalogue does not change because time goes by.
        from.valid_at = to.valid_at;
        Self {
            filters,
            from,
            to,
            only: None,
        }
    }

    /// The same question with pages of one list alone; counts stay those of all three.
    pub fn only(self, side: Option<Side>) -> Self {
        Self { only: side, ..self }
    }

    /// The position after which the versions that can differ begin.
    pub fn begin(&self) -> i64 {
        if self.compares_days() {
            0
        } else {
            self.from.position
        }
    }

    /// Validity also changes by what others do: then every entry is compared, not only those written in between.
    fn compares_days(&self) -> bool {
        let on_validity = |filter: &Filter| matches!(filter, Filter::Validity(_));
        self.filters.all.iter().any(on_validity)
    }

    /// The next differences after a position, at most `limit`, in the order of the revisions they end in.
    pub fn page(
        &self,
        snapshot: &mut Snapshot,
        cache: &ContentCache,
        after: i64,
        limit: i64,
    ) -> Result<Vec<Difference>, Problem> {
        let mut found = Vec::new();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut after = after;
        while found.len() < limit {
            let Some((last, differing)) = self.step(snapshot, after)? else {
                break;
            };
            after = last;
            let wanted = |one: &Differing| self.only.is_none_or(|side| one.change.side() == side);
            found.extend(differing.into_iter().filter(wanted));
        }
        found.truncate(limit);
        show(snapshot, cache, found)
    }

    /// Counts all differences without looking at contents.
    pub fn count(&self, snapshot: &mut Snapshot) -> Result<DiffCounts, Problem> {
        let mut counts = DiffCounts::default();
        let mut after = self.begin();
        while let Some((last, differing)) = self.step(snapshot, after)? {
            after = last;
            for one in differing {
                match one.change.side() {
                    Side::Added => counts.added += 1,
                    Side::Changed => counts.changed += 1,
                    Side::Withdrawn => counts.withdrawn += 1,
                }
            }
        }
        Ok(counts)
    }

    /// Looks at the next versions that hold at the later moment; answers the last one's position.
    fn step(&self, snapshot: &mut Snapshot, after: i64) -> Result<Option<(i64, Vec<Differing>)>, Problem> {
        let later = self.later(snapshot, after)?;
        let Some(last) = later.last().map(|version| version.from_position) else {
            return Ok(None);
        };
        let mut earlier = self.earlier(snapshot, &later)?;
        let stood = self.standing(snapshot, earlier.values(), &self.from)?;
        let stands = self.standing(snapshot, later.iter(), &self.to)?;
        let differing = later.into_iter().filter_map(|after| {
            let before = earlier.remove(&after.entry_id);
            let stood = before
                .as_ref()
                .is_some_and(|before| stood.contains(&before.from_position));
            let stands = stands.contains(&after.from_position);
            let change = change(before.as_ref(), stood, &after, stands)?;
            Some(Differing {
                change,
                before,
                after,
            })
        });
        Ok(Some((last, differing.collect())))
    }

    fn later(&self, snapshot: &mut Snapshot, after: i64) -> Result<Vec<Version>, Problem> {
        let mut sql = Sql::new("SELECT v.* FROM entry_version v WHERE v.kind = 'standard' AND ");
        self.to.at.holds(&mut sql, "v");
        sql.bind(
            " AND v.from_position > ? ORDER BY v.from_position LIMIT ?",
            [after, PER_STEP],
        );
        Ok(sql.load(snapshot.conn)?)
    }

    /// The versions of the same entries that held at the earlier moment, by entry.
    fn earlier(
        &self,
        snapshot: &mut Snapshot,
        later: &[Version],
    ) -> Result<HashMap<String, Version>, Problem> {
        let mut sql = Sql::new("SELECT v.* FROM entry_version v WHERE v.entry_id IN ");
        sql.bind_list(later.iter().map(|version| version.entry_id.as_str()));
        sql.push(" AND ");
        self.from.at.holds(&mut sql, "v");
        let versions: Vec<Version> = sql.load(snapshot.conn)?;
        let by_entry = versions
            .into_iter()
            .map(|version| (version.entry_id.clone(), version));
        Ok(by_entry.collect())
    }

    /// Those of the versions that the list shows at a moment.
    fn standing<'v>(
        &self,
        snapshot: &mut Snapshot,
        versions: impl Iterator<Item = &'v Version>,
        moment: &Moment,
    ) -> Result<HashSet<i64>, Problem> {
        let positions: Vec<i64> = versions.map(|version| version.from_position).collect();
        if positions.is_empty() {
            return Ok(HashSet::new());
        }
        let mut sql = Sql::new("SELECT v.from_position FROM entry_version v");
        self.filters.push(&mut sql, moment, |_| false)?;
        sql.push(" AND v.from_position IN ").bind_list(positions);
        let standing: Vec<Standing> = sql.load(snapshot.conn)?;
        Ok(standing.into_iter().map(|row| row.from_position).collect())
    }
}

fn change(before: Option<&Version>, stood: bool, after: &Version, stands: bool) -> Option<Differs> {
    match (stood, stands) {
        (false, false) => None,
        (false, true) => Some(match before {
            None => Differs::Created,
            Some(before) if before.withdrawn => Differs::Restored,
            Some(_) => Differs::Entered,
        }),
        (true, false) if after.withdrawn => Some(Differs::Withdrawn),
        (true, false) => Some(Differs::Left),
        (true, true) => {
            let same = before.is_some_and(|before| {
                before.content_sha256 == after.content_sha256 && before.owner == after.owner
            });
            (!same).then_some(Differs::Updated)
        }
    }
}

fn show(
    snapshot: &mut Snapshot,
    cache: &ContentCache,
    differing: Vec<Differing>,
) -> Result<Vec<Difference>, Problem> {
    let later: Vec<Version> = differing.iter().map(|one| one.after.clone()).collect();
    let entries = view::show_plain(snapshot, cache, &later)?;
    let changed = differing
        .iter()
        .filter(|one| one.change.side() == Side::Changed)
        .flat_map(|one| one.before.iter().chain([&one.after]))
        .cloned();
    let compared: Vec<Version> = changed.collect();
    let contents = open_contents(snapshot.conn, cache, &compared)?;
    differing
        .into_iter()
        .zip(entries)
        .map(|(one, entry)| show_one(&contents, one, entry))
        .collect()
}

fn show_one(
    contents: &HashMap<Hash, Arc<Sealed>>,
    one: Differing,
    entry: EntryView,
) -> Result<Difference, Problem> {
    let side = one.change.side();
    let changes = match &one.before {
        Some(before) if side == Side::Changed => {
            let (earlier, later) = (
                history::content_of(contents, before)?,
                history::content_of(contents, &one.after)?,
            );
            Some(history::field_changes((before, &earlier), (&one.after, &later)))
        }
        _ => None,
    };
    Ok(Difference {
        change: one.change,
        id: entry.id,
        kind: entry.kind,
        number: one.after.number,
        title: one.after.title,
        from_revision: one.before.map(|before| before.revision),
        revision: entry.revision,
        position: entry.position,
        recorded_at: entry.recorded_at,
        instant: Instant(one.after.recorded_at),
        owner: entry.owner,
        action: entry.action,
        actor: entry.actor,
        reason: entry.reason,
        basis: entry.basis,
        content_sha256: entry.content_sha256,
        changes,
        content: entry.content.filter(|_| side == Side::Added),
    })
}
