//! State digests that are at hand: what was computed for one position is moved on to another by the versions that
//! began and ended between the two.

use std::sync::{Arc, Mutex, PoisonError};

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Binary, Text};
use moka::sync::Cache;
use serde::Serialize;

use crate::domain::problem::Problem;
use crate::log::hash::{Hash, to_hex};
use crate::log::state_digest::{BucketedDigest, StateDigest, bucket_of};
use crate::registry::feed::Feed;
use crate::registry::feed::selection::Selection;
use crate::registry::moment::Moment;
use crate::registry::stored::as_hash;
use crate::store::error::StoreError;
use crate::store::leaf;
use crate::store::pool::Snapshot;
use crate::store::sql::Sql;

/// How many selections are kept at hand.
const SELECTIONS: u64 = 256;

/// How far behind the newest state the older one may fall.
const STEP: i64 = 512;

/// Versions that began after one position and hold at another.
const BEGUN: &str =
    "v.from_position > ? AND v.from_position <= ? AND (v.to_position IS NULL OR v.to_position > ?)";

/// Versions that held at a position and ended up to another.
const ENDED: &str = "v.to_position > ? AND v.to_position <= ? AND v.from_position <= ?";

/// Recent states by selection. Any of them can be lost: they are computed again.
#[derive(Clone)]
pub struct Digests(Cache<String, Arc<Mutex<Recent>>>);

/// Two states of one selection: readers on a snapshot a little older than the newest find the other one.
#[derive(Default)]
struct Recent {
    older: Option<Known>,
    newest: Option<Known>,
}

/// The state at a position, and the leaf that stood there when it was computed.
#[derive(Clone, Default)]
struct Known {
    position: i64,
    leaf_hash: Hash,
    digest: BucketedDigest,
}

/// A version that begins or ends.
#[derive(QueryableByName)]
struct Moved {
    #[diesel(sql_type = Text)]
    entry_id: String,
    #[diesel(sql_type = BigInt)]
    revision: i64,
    #[diesel(sql_type = Binary)]
    content_sha256: Vec<u8>,
}

impl Default for Digests {
    fn default() -> Self {
        Self(Cache::new(SELECTIONS))
    }
}

impl Digests {
    /// The digest of a settled selection's live entries at a moment.
    pub fn at(
        &self,
        snapshot: &mut Snapshot,
        selection: &Selection,
        moment: &Moment,
    ) -> Result<BucketedDigest, Problem> {
        let key = serde_json::to_string(selection).map_err(Problem::internal)?;
        let recent = self.0.get_with(key, Arc::default);
        // One computes, the others have it then.
        let mut recent = recent.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = recent.nearest(snapshot, selection, moment.position)?;
        if state.position != moment.position {
            state.move_to(snapshot, selection, moment)?;
            recent.keep(state.clone());
        }
        Ok(state.digest)
    }
}

/// A live entry as the digest counts it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Counted {
    #[schema(format = Uuid)]
    pub id: String,
    pub revision: i64,
    pub content_sha256: String,
}

impl Feed {
    /// The digest of what is selected, at a moment.
    pub fn digest(
        &self,
        snapshot: &mut Snapshot,
        selection: &Selection,
        moment: &Moment,
    ) -> Result<BucketedDigest, Problem> {
        let selection = selection.settled(snapshot, &self.cache, moment)?;
        self.digests.at(snapshot, &selection, moment)
    }

    /// The digest of a settled selection for a page that reaches the end.
    pub(super) fn digest_at_end(
        &self,
        end: bool,
        snapshot: &mut Snapshot,
        selection: &Selection,
        moment: &Moment,
    ) -> Result<Option<StateDigest>, Problem> {
        let digest = end.then(|| self.digests.at(snapshot, selection, moment));
        Ok(digest.transpose()?.map(|digest| digest.whole()))
    }

    /// The live entries of one bucket, by their ids.
    pub fn bucket(
        &self,
        snapshot: &mut Snapshot,
        selection: &Selection,
        moment: &Moment,
        bucket: u8,
    ) -> Result<Vec<Counted>, Problem> {
        let selection = selection.settled(snapshot, &self.cache, moment)?;
        let positions = [0, moment.position, moment.position];
        let live = moved(snapshot, &selection, moment, BEGUN, positions)?;
        let mut counted: Vec<Counted> = live
            .into_iter()
            .filter(|version| bucket_of(&version.entry_id) == bucket)
            .map(|version| Counted {
                id: version.entry_id,
                revision: version.revision,
                content_sha256: to_hex(&version.content_sha256),
            })
            .collect();
        counted.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(counted)
    }
}

impl Recent {
    /// The state from which the way to a position is the shortest; before the first entry nothing is live.
    fn nearest(
        &mut self,
        snapshot: &mut Snapshot,
        selection: &Selection,
        position: i64,
    ) -> Result<Known, StoreError> {
        let mut nearest = Known::default();
        let head = snapshot.head.position();
        for kept in [&mut self.older, &mut self.newest] {
            // What this snapshot does not see yet it can neither confirm nor undo.
            let Some(known) = kept.as_ref().filter(|known| known.position <= head) else {
                continue;
            };
            let stands = leaf::hash_at(snapshot.conn, known.position)?;
            let same_log = stands.as_deref() == Some(known.leaf_hash.as_slice());
            // An erased content stands in no framework any more, and did not in the past either.
            let may_be_erased =
                selection.is_by_place() && !leaf::events(snapshot.conn, known.position, head)?.is_empty();
            if !same_log || may_be_erased {
                *kept = None;
            } else if (known.position - position).abs() <= (nearest.position - position).abs() {
                nearest = known.clone();
            }
        }
        Ok(nearest)
    }

    /// Keeps a state that is newer than those at hand.
    fn keep(&mut self, state: Known) {
        let Some(newest) = &self.newest else {
            self.newest = Some(state);
            return;
        };
        if state.position <= newest.position {
            return;
        }
        let too_old = |older: &Known| state.position - older.position > STEP;
        if self.older.as_ref().is_none_or(too_old) {
            self.older = self.newest.take();
        }
        self.newest = Some(state);
    }
}

impl Known {
    fn move_to(
        &mut self,
        snapshot: &mut Snapshot,
        selection: &Selection,
        moment: &Moment,
    ) -> Result<(), Problem> {
        let forward = self.position < moment.position;
        let low = self.position.min(moment.position);
        let high = self.position.max(moment.position);
        let begun = moved(snapshot, selection, moment, BEGUN, [low, high, high])?;
        let ended = if low == 0 {
            Vec::new()
        } else {
            moved(snapshot, selection, moment, ENDED, [low, high, low])?
        };
        let (come, gone) = if forward { (begun, ended) } else { (ended, begun) };
        for version in gone {
            let sha256 = as_hash(&version.content_sha256)?;
            self.digest.remove(&version.entry_id, version.revision, &sha256);
        }
        for version in come {
            let sha256 = as_hash(&version.content_sha256)?;
            self.digest.add(&version.entry_id, version.revision, &sha256);
        }
        let stands = leaf::hash_at(snapshot.conn, moment.position)?;
        let stands =
            stands.ok_or_else(|| StoreError::Corrupt(format!("the log has no leaf {}", moment.position)))?;
        self.leaf_hash = as_hash(&stands)?;
        self.position = moment.position;
        Ok(())
    }
}

fn moved(
    snapshot: &mut Snapshot,
    selection: &Selection,
    moment: &Moment,
    condition: &str,
    positions: [i64; 3],
) -> Result<Vec<Moved>, Problem> {
    let mut sql = Sql::new(
        "SELECT v.entry_id, v.revision, v.content_sha256 FROM entry_version v WHERE NOT v.withdrawn AND ",
    );
    sql.bind(condition, positions);
    selection.push(&mut sql, moment)?;
    Ok(sql.load(snapshot.conn)?)
}
