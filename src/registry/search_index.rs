//! Keeping what standards are found by complete: filled where it is missing, made again where it was made otherwise.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::domain::problem::Problem;
use crate::domain::search::{SearchText, VERSION};
use crate::domain::vocabulary::Kind;
use crate::registry::sealed::Sealed;
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::search::{self, SearchRow};
use crate::store::version;
use crate::store::{content, dialect, setting};

/// The name of the setting that holds how the texts were made.
const VERSION_SETTING: &str = "search_version";

/// How many versions one transaction fills: others write in between.
const VERSIONS_PER_STEP: i64 = 2_000;

/// How often progress is told.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// Brings texts and index up to what this software makes of the contents. Broken off, it goes on at the next start.
/// Also finds what an older release, still running beside this one, has written without. One instance at a time does
/// it, the others find it done.
pub fn bring_up(conn: &mut Conn) -> Result<(), Problem> {
    dialect::alone(conn, complete)
}

fn complete(conn: &mut Conn) -> Result<(), Problem> {
    if setting::read(conn, VERSION_SETTING)?.as_deref() != Some(VERSION) {
        dialect::in_write(conn, |conn| {
            dialect::lock_head(conn)?;
            search::clear(conn)?;
            Ok(remember_version(conn)?)
        })?;
    }
    let (mut filled, mut after, mut told) = (0, -1, Instant::now());
    while let Some(last) = dialect::in_write(conn, |conn| fill(conn, after, &mut filled))? {
        after = last;
        if told.elapsed() > TELL_EVERY {
            tracing::info!(filled, position = after, "filling the search index");
            told = Instant::now();
        }
    }
    if filled > 0 {
        tracing::info!(filled, "the search index is complete");
    }
    Ok(())
}

/// Notes that texts are made as this software makes them.
pub fn remember_version(conn: &mut Conn) -> Result<(), StoreError> {
    setting::write(conn, VERSION_SETTING, VERSION)
}

/// Fills in the next versions that lack their texts; answers the last one's position, or that there are none. With the
/// head locked nothing is erased meanwhile.
fn fill(conn: &mut Conn, after: i64, filled: &mut usize) -> Result<Option<i64>, Problem> {
    dialect::lock_head(conn)?;
    let positions = search::missing(conn, after, VERSIONS_PER_STEP)?;
    let versions = version::beginning_at(conn, &positions)?;
    let hashes: Vec<Vec<u8>> = versions.iter().map(|row| row.content_sha256.clone()).collect();
    let contents = content::by_hashes(conn, &hashes)?;
    let mut texts: HashMap<Vec<u8>, SearchText> = HashMap::with_capacity(contents.len());
    for row in contents {
        if let Some(bytes) = row.bytes {
            let sealed = Sealed::open(Kind::Standard, bytes)?;
            texts.extend(
                sealed
                    .standard()
                    .map(|standard| (row.sha256, SearchText::of(standard))),
            );
        }
    }
    let rows: Vec<SearchRow> = versions
        .into_iter()
        .filter_map(|row| {
            let text = texts.get(&row.content_sha256)?.clone();
            Some(SearchRow::new(row.from_position, text))
        })
        .collect();
    search::insert(conn, &rows)?;
    *filled += rows.len();
    Ok(positions.last().copied())
}
