//! Changes in order: what was appended after a place, up to the head the page is read at.

use std::collections::HashMap;

use crate::domain::problem::{Problem, ProblemType};
use crate::log::cursor::{After, Cursor};
use crate::log::envelope::Envelope;
use crate::log::hash::{Hash, from_hex};
use crate::registry::feed::drift;
use crate::registry::feed::line::{self, Line};
use crate::registry::feed::rows::{self, LeafPart, Row};
use crate::registry::feed::selection::Selection;
use crate::registry::feed::{Closing, Feed, Page, Paged};
use crate::registry::moment::{self, Moment, ReadAt};
use crate::registry::stored::as_hash;
use crate::store::error::StoreError;
use crate::store::pool::Snapshot;
use crate::store::sql::Sql;
use crate::store::{content, leaf};
use crate::text;

/// How much of the log one page looks through for what is selected. Pages may be empty and still lead on.
const LOOKED_THROUGH: i64 = 50_000;

/// Within how many seconds those whose place is gone come back for a snapshot, spread so that not all come at once.
const SPREAD_SECONDS: u32 = 30;

/// A question for changes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Changes {
    pub after: After,
    pub limit: i64,
    /// Only revisions that are still current.
    pub latest: bool,
    pub with_leaf: bool,
    pub selection: Selection,
    /// Only what causes or settles drift for the rows of these divisions and all below them.
    pub drift: Vec<String>,
}

/// The stretch of the log a page is about: after one position, up to another.
#[derive(Clone, Copy)]
struct Stretch {
    after: i64,
    until: i64,
}

impl Paged for Changes {
    type Next = Cursor;

    /// As of the head of the snapshot.
    fn page(&self, feed: &Feed, snapshot: &mut Snapshot) -> Result<Page<Cursor>, Problem> {
        let moment = &moment::resolve(snapshot, &ReadAt::default())?;
        let head = snapshot.head.position();
        let begun_at = stand(snapshot, self.after)?;
        let selection = self.selection.settled(snapshot, &feed.cache, moment)?;
        let (lines, until) = if !self.drift.is_empty() {
            self.drifting(snapshot)?
        } else if selection.is_everything() && !self.latest {
            self.every(snapshot, &selection, moment)?
        } else {
            self.selected(snapshot, &selection, moment)?
        };
        let last = lines.last().filter(|line| line.position == until);
        let next = match last.and_then(|line| line.cursor) {
            Some(cursor) => cursor,
            None if until == begun_at.position => begun_at,
            None => cursor_at(snapshot, until)?,
        };
        let end = until == head;
        // What concerns somebody is no state that a copy could be equal to.
        let has_state = end && self.drift.is_empty();
        let digest = feed.digest_at_end(has_state, snapshot, &selection, moment)?;
        Ok(Page {
            lines,
            closing: Closing {
                next: Some(next),
                end,
                position: head,
                changes_after: None,
                count: digest.map(|digest| digest.count()),
                digest: digest.map(|digest| digest.hex()),
            },
        })
    }

    fn going_on(&self, next: Cursor) -> Self {
        Self {
            after: After::Cursor(next),
            ..self.clone()
        }
    }
}

impl Changes {
    /// Every position of the next stretch, and where that ends.
    fn every(
        &self,
        snapshot: &mut Snapshot,
        selection: &Selection,
        moment: &Moment,
    ) -> Result<(Vec<Line>, i64), Problem> {
        let stretch = self.stretch(snapshot, self.limit);
        let rows = self.rows(snapshot, selection, stretch, moment)?;
        let expected = stretch.until - stretch.after;
        // Where positions are missing among the revisions, something happened to the log itself.
        let events = if i64::try_from(rows.len()) == Ok(expected) {
            Vec::new()
        } else {
            self.events(snapshot, stretch, |_| true)?
        };
        let lines = in_order(&rows, events, snapshot.head.epoch)?;
        if i64::try_from(lines.len()) == Ok(expected) {
            return Ok((lines, stretch.until));
        }
        let (from, to) = (stretch.after + 1, stretch.until);
        Err(StoreError::Corrupt(format!("the log lacks entries from {from} to {to}")).into())
    }

    /// What is selected of a longer stretch, what left the selection, and redactions, of which everybody hears.
    fn selected(
        &self,
        snapshot: &mut Snapshot,
        selection: &Selection,
        moment: &Moment,
    ) -> Result<(Vec<Line>, i64), Problem> {
        let mut stretch = self.stretch(snapshot, LOOKED_THROUGH);
        let rows = self.rows(snapshot, selection, stretch, moment)?;
        if let Some(last) = rows.last()
            && i64::try_from(rows.len()) == Ok(self.limit)
        {
            // There may be more between this and the end of the stretch.
            stretch.until = last.position;
        }
        self.with_redactions(snapshot, &rows, stretch)
    }

    /// What causes or settles drift within a stretch, and redactions.
    fn drifting(&self, snapshot: &mut Snapshot) -> Result<(Vec<Line>, i64), Problem> {
        let mut stretch = self.stretch(snapshot, drift::LOOKED_THROUGH);
        let between = (stretch.after, stretch.until);
        let mut positions = drift::concerning(snapshot.conn, &self.drift, between, self.latest)?;
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        if positions.len() > limit {
            positions.truncate(limit);
            stretch.until = positions.last().copied().unwrap_or(stretch.after);
        }
        let mut named = Sql::new("SELECT 1 AS selected, v.* FROM entry_version v WHERE v.from_position IN ");
        named.bind_list(positions.iter().copied());
        let rows = if positions.is_empty() {
            Vec::new()
        } else {
            rows::load(snapshot.conn, named, self.leaf_part())?
        };
        self.with_redactions(snapshot, &rows, stretch)
    }

    /// Revisions of a stretch and the redactions in it, as many as fit a page, and where that ends.
    fn with_redactions(
        &self,
        snapshot: &mut Snapshot,
        rows: &[Row],
        mut stretch: Stretch,
    ) -> Result<(Vec<Line>, i64), Problem> {
        let events = self.events(snapshot, stretch, |event| {
            matches!(event, Envelope::Redact { .. })
        })?;
        let mut lines = in_order(rows, events, snapshot.head.epoch)?;
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        if lines.len() > limit {
            lines.truncate(limit);
            stretch.until = lines.last().map_or(stretch.after, |line| line.position);
        }
        Ok((lines, stretch.until))
    }

    fn stretch(&self, snapshot: &Snapshot, reach: i64) -> Stretch {
        let after = self.after.position();
        Stretch {
            after,
            until: snapshot.head.position().min(after.saturating_add(reach)),
        }
    }

    fn rows(
        &self,
        snapshot: &mut Snapshot,
        selection: &Selection,
        stretch: Stretch,
        moment: &Moment,
    ) -> Result<Vec<Row>, Problem> {
        let named = named(self, selection, stretch, moment)?;
        Ok(rows::load(snapshot.conn, named, self.leaf_part())?)
    }

    fn leaf_part(&self) -> LeafPart {
        match self.with_leaf {
            true => LeafPart::Whole,
            false => LeafPart::Hash,
        }
    }

    /// What happened to the log itself within a stretch, as lines.
    fn events(
        &self,
        snapshot: &mut Snapshot,
        stretch: Stretch,
        wanted: impl Fn(&Envelope) -> bool,
    ) -> Result<Vec<Line>, Problem> {
        let mut leaves = Vec::new();
        let mut hashes = Vec::new();
        for leaf in leaf::events(snapshot.conn, stretch.after, stretch.until)? {
            let envelope = line::event(&leaf)?;
            if wanted(&envelope) {
                let note = envelope.note().and_then(from_hex);
                hashes.extend(note.map(|hash| hash.to_vec()));
                leaves.push((leaf, note));
            }
        }
        let mut notes: HashMap<Hash, Vec<u8>> = HashMap::with_capacity(hashes.len());
        for row in content::by_hashes(snapshot.conn, &hashes)? {
            if let Some(bytes) = row.bytes {
                notes.insert(as_hash(&row.sha256)?, bytes);
            }
        }
        leaves
            .iter()
            .map(|(leaf, note)| {
                let note = note.and_then(|hash| notes.get(&hash)).map(Vec::as_slice);
                Line::of_event(leaf, snapshot.head.epoch, note, self.with_leaf)
            })
            .collect()
    }
}

/// Where a reader stands in this log; 410 for one who stands nowhere in it.
pub fn stand(snapshot: &mut Snapshot, after: After) -> Result<Cursor, Problem> {
    let position = after.position();
    if position > snapshot.head.position() {
        return Err(gone());
    }
    let found = cursor_at(snapshot, position)?;
    match after {
        After::Cursor(cursor) if cursor.mark != found.mark => Err(gone()),
        _ => Ok(found),
    }
}

/// The cursor of a position that is there.
pub fn cursor_at(snapshot: &mut Snapshot, position: i64) -> Result<Cursor, Problem> {
    let hash = leaf::hash_at(snapshot.conn, position)?
        .ok_or_else(|| StoreError::Corrupt(format!("the log has no leaf {position}")))?;
    Ok(Cursor::new(position, snapshot.head.epoch, &as_hash(&hash)?))
}

/// This log does not hold the leaf a cursor was made for.
pub fn gone() -> Problem {
    let mut chance = [0];
    // Without chance all come back at the same second, which is worse but not wrong.
    let _ = getrandom::fill(&mut chance);
    let [chance] = chance;
    Problem {
        retry_after: Some(1 + u32::from(chance) % SPREAD_SECONDS),
        ..Problem::new(
            ProblemType::CursorGone,
            text!(
                "此处不在本日志之中：日志曾由备份恢复，或游标来自另一登记簿",
                "this log does not hold that place: it was restored from a backup, or the cursor is another registry's"
            ),
        )
    }
    .with("snapshot", "/v1/snapshot")
}

/// The versions a page shows, and whether they are selected or left the selection.
fn named(
    changes: &Changes,
    selection: &Selection,
    stretch: Stretch,
    moment: &Moment,
) -> Result<Sql, Problem> {
    let Stretch { after, until } = stretch;
    let mut sql = Sql::new("FROM entry_version v WHERE ");
    sql.bind("v.from_position > ? AND v.from_position <= ?", [after, until]);
    if changes.latest {
        sql.push(" AND v.to_position IS NULL");
    }
    selection.push(&mut sql, moment)?;
    sql.bind(" ORDER BY v.from_position LIMIT ?", [changes.limit]);
    if selection.is_everything() {
        sql.wrap("SELECT 1 AS selected, v.* ", "");
        return Ok(sql);
    }
    sql.wrap("SELECT v.from_position AS position, 1 AS selected ", "");
    sql.wrap(
        "SELECT position, MAX(selected) AS selected FROM (SELECT * FROM (",
        ") come",
    );
    sql.push(" UNION ALL SELECT * FROM (");
    push_left(&mut sql, changes, selection, stretch, moment)?;
    sql.bind(
        ") gone) both_ways GROUP BY position ORDER BY position LIMIT ?",
        [changes.limit],
    );
    sql.wrap(
        "SELECT m.selected, v.* FROM (",
        ") m JOIN entry_version v ON v.from_position = m.position",
    );
    Ok(sql)
}

/// Revisions before which their entry was selected. What is selected still is told apart afterwards.
fn push_left(
    sql: &mut Sql,
    changes: &Changes,
    selection: &Selection,
    stretch: Stretch,
    moment: &Moment,
) -> Result<(), Problem> {
    let Stretch { after, until } = stretch;
    if changes.latest {
        // Revisions between are not shown, so whoever follows may hold any earlier one.
        sql.bind(
            "SELECT w.from_position AS position, 0 AS selected FROM entry_version w \
             WHERE w.from_position > ? AND w.from_position <= ? AND w.to_position IS NULL AND EXISTS \
             (SELECT 1 FROM entry_version v WHERE v.entry_id = w.entry_id AND v.from_position < w.from_position",
            [after, until],
        );
        selection.push(sql, moment)?;
        sql.bind(") ORDER BY w.from_position LIMIT ?", [changes.limit]);
        return Ok(());
    }
    sql.bind(
        "SELECT v.to_position AS position, 0 AS selected FROM entry_version v \
         WHERE v.to_position > ? AND v.to_position <= ?",
        [after, until],
    );
    selection.push(sql, moment)?;
    sql.bind(" ORDER BY v.to_position LIMIT ?", [changes.limit]);
    Ok(())
}

/// Revisions and events, by position.
fn in_order(rows: &[Row], events: Vec<Line>, epoch: i64) -> Result<Vec<Line>, Problem> {
    let mut lines = Vec::with_capacity(rows.len() + events.len());
    for row in rows {
        let leaf_hash = row.leaf_hash.as_deref().unwrap_or_default();
        let cursor = Cursor::new(row.position, epoch, &as_hash(leaf_hash)?);
        lines.push(Line::of_row(row, Some(cursor))?);
    }
    if !events.is_empty() {
        lines.extend(events);
        lines.sort_by_key(|line| line.position);
    }
    Ok(lines)
}
