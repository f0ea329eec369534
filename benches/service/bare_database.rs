//! The database alone: the service's own statements on prepared rows, without HTTP, rules, or rendering.

use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use standards_registry::store::conn::{Conn, Location, Purpose};
use standards_registry::store::content::{self, StoredBytes};
use standards_registry::store::dialect;
use standards_registry::store::head::{self, Head};
use standards_registry::store::leaf::{self, Leaf};
use standards_registry::store::sql::Sql;
use standards_registry::store::version::{self, Projected, Version};
use uuid::Uuid;

use crate::Outcome;

/// Everything one revision stores.
#[derive(Clone)]
pub struct Row {
    pub leaf: Leaf,
    pub content: StoredBytes,
    pub note: StoredBytes,
    pub projected: Projected,
}

/// Rows like those the service stored, under ever new keys.
pub struct Rows {
    samples: Vec<Row>,
    made: usize,
}

impl Rows {
    pub fn like_those_in(location: &Location) -> Outcome<Self> {
        /// Past the log's own beginnings: its first leaf, the built-in framework, the signing key.
        const FIRST: i64 = 3;
        const COUNT: i64 = 200;
        let mut conn = Conn::establish(location, Purpose::Read)?;
        let leaves = leaf::range(&mut conn, FIRST, COUNT)?;
        let positions: Vec<i64> = leaves.iter().map(|leaf| leaf.position).collect();
        let samples = version::stored_at(&mut conn, &positions)?
            .into_iter()
            .zip(leaves)
            .map(|(projected, leaf)| {
                let mut stored = |hash: &Vec<u8>| -> Outcome<StoredBytes> {
                    let found = content::by_hashes(&mut conn, std::slice::from_ref(hash))?;
                    Ok(found.into_iter().next().ok_or("a content is missing")?)
                };
                Ok(Row {
                    content: stored(&projected.version.content_sha256)?,
                    note: stored(&projected.version.note_sha256)?,
                    leaf,
                    projected,
                })
            })
            .collect::<Outcome<Vec<_>>>()?;
        Ok(Self { samples, made: 0 })
    }

    /// A row of middling size.
    pub fn sample(&self) -> Outcome<&Row> {
        let mut samples: Vec<&Row> = self.samples.iter().collect();
        samples.sort_by_key(|row| row.content.bytes.as_ref().map_or(0, Vec::len));
        Ok(samples.get(samples.len() / 2).ok_or("nothing was registered")?)
    }

    /// Transactions a second of one row each, on one connection.
    pub fn singly(&mut self, location: &Location, time: Duration) -> Outcome<f64> {
        let mut conn = Conn::establish(location, Purpose::Write)?;
        let started = Instant::now();
        let mut written = 0;
        while started.elapsed() < time {
            self.append(&mut conn, 1)?;
            written += 1;
        }
        Ok(f64::from(written) / started.elapsed().as_secs_f64())
    }

    /// Rows a second in one transaction of `count`.
    pub fn together(&mut self, location: &Location, count: usize) -> Outcome<f64> {
        let mut conn = Conn::establish(location, Purpose::Write)?;
        let taken = self.append(&mut conn, count)?;
        Ok(count as f64 / taken.as_secs_f64())
    }

    /// Appends rows in one transaction and answers how long the database took.
    fn append(&mut self, conn: &mut Conn, count: usize) -> Outcome<Duration> {
        // Made before the clock starts: only their positions depend on the head.
        let rows = (0..count).map(|_| self.next_row()).collect::<Outcome<Vec<_>>>()?;
        let started = Instant::now();
        dialect::begin_write(conn)?;
        let head = dialect::lock_head(conn)?.ok_or("no head")?;
        let (mut leaves, mut bytes, mut versions) = (Vec::new(), Vec::new(), Vec::new());
        for (row, position) in rows.into_iter().zip(head.size..) {
            let mut row = row;
            row.leaf.position = position;
            row.leaf.recorded_at = head.last_recorded_at + 1 + position - head.size;
            place(&mut row.projected, position);
            leaves.push(row.leaf);
            bytes.extend([row.content, row.note]);
            versions.push(row.projected);
        }
        leaf::insert(conn, &leaves, &[])?;
        content::insert(conn, &bytes)?;
        version::insert(conn, versions)?;
        head::advance(
            conn,
            &Head {
                size: head.size + i64::try_from(count)?,
                last_recorded_at: head.last_recorded_at + i64::try_from(count)?,
                ..head
            },
        )?;
        dialect::commit(conn)?;
        Ok(started.elapsed())
    }

    /// A copy of a sample with keys of its own. Hashes need only be different here, not right.
    fn next_row(&mut self) -> Outcome<Row> {
        let sample = self
            .samples
            .get(self.made % self.samples.len())
            .ok_or("nothing was registered")?;
        let mut row = sample.clone();
        self.made += 1;
        let id = Uuid::now_v7();
        let hash =
            |which: u8| -> Vec<u8> { Sha256::digest([id.as_bytes().as_slice(), &[which]].concat()).to_vec() };
        (row.content.sha256, row.note.sha256) = (hash(0), hash(1));
        row.leaf.leaf_hash = hash(2);
        let version = &mut row.projected.version;
        version.entry_id = id.to_string();
        version.content_sha256.clone_from(&row.content.sha256);
        version.note_sha256.clone_from(&row.note.sha256);
        version.number = version
            .number
            .as_ref()
            .map(|_| format!("GB/T {}-2022", id.simple()));
        version.external_id = version.external_id.as_ref().map(|_| id.to_string());
        version.to_position = None;
        Ok(row)
    }
}

/// Moves what is projected to another position.
fn place(projected: &mut Projected, position: i64) {
    projected.version.from_position = position;
    for term in &mut projected.terms {
        term.from_position = position;
    }
    for placement in &mut projected.placements {
        placement.from_position = position;
    }
    for relation in &mut projected.relations {
        relation.from_position = position;
    }
}

/// Point reads a second: the current version by id, its content and its note, in one snapshot.
pub fn entries(location: &Location, ids: &[String], time: Duration) -> Outcome<f64> {
    on_every_core(location, time, |conn, turn| {
        let id = ids.get(turn % ids.len()).ok_or("no ids")?;
        let mut sql = Sql::new("SELECT v.* FROM entry_version v WHERE v.kind = 'standard' AND ");
        sql.bind("v.entry_id = ? AND v.to_position IS NULL", [id.as_str()]);
        load(conn, sql)
    })
}

/// Lists of 50 a second: the versions in order, their contents and notes, in one snapshot.
pub fn lists(location: &Location, time: Duration) -> Outcome<f64> {
    on_every_core(location, time, |conn, turn| {
        let mut sql = Sql::new("SELECT v.* FROM entry_version v WHERE v.kind = 'standard' AND ");
        sql.bind(
            "v.to_position IS NULL AND NOT v.withdrawn AND v.implemented_on >= ? \
             ORDER BY v.sort_number, v.entry_id LIMIT 51",
            [format!("{}-01-01", 1950 + turn % 40)],
        );
        load(conn, sql)
    })
}

fn load(conn: &mut Conn, sql: Sql) -> Outcome<()> {
    dialect::begin_snapshot(conn)?;
    head::read(conn)?;
    let versions: Vec<Version> = sql.load(conn)?;
    let hashes: Vec<Vec<u8>> = versions
        .into_iter()
        .flat_map(|version| [version.content_sha256, version.note_sha256])
        .collect();
    content::by_hashes(conn, &hashes)?;
    dialect::rollback(conn);
    Ok(())
}

pub fn on_every_core(
    location: &Location,
    time: Duration,
    read: impl Fn(&mut Conn, usize) -> Outcome<()> + Sync,
) -> Outcome<f64> {
    let cores = std::thread::available_parallelism()?.get();
    let started = Instant::now();
    let work = |first: usize| -> Outcome<usize> {
        let mut conn = Conn::establish(location, Purpose::Read)?;
        let mut turn = first;
        while started.elapsed() < time {
            read(&mut conn, turn)?;
            turn += 1;
        }
        Ok(turn - first)
    };
    let done = std::thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = (0..cores).map(|core| scope.spawn(move || work(core))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().map_err(|_| "a reader panicked")?)
            .sum::<Outcome<usize>>()
    })?;
    Ok(done as f64 / started.elapsed().as_secs_f64())
}
