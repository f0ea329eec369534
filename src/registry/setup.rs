//! Making a database ready: its shape, the log's first leaf, the divisions, the built-in framework.

use std::sync::Arc;

use crate::domain::division::Divisions;
use crate::domain::framework::builtin;
use crate::domain::permission::{Grant, Scope};
use crate::domain::problem::Problem;
use crate::domain::time::Instant;
use crate::domain::vocabulary::Kind;
use crate::log::envelope::Envelope;
use crate::log::frontier::Frontier;
use crate::log::hash::{leaf_hash, sha256, to_hex};
use crate::registry::bulk;
use crate::registry::decide::Author;
use crate::registry::operation::{Change, Expected, Operation, Target, Words};
use crate::registry::sealed::{Content, Sealed};
use crate::registry::search_index;
use crate::registry::stored::ContentCache;
use crate::registry::transaction;
use crate::registry::work::{Request, Work};
use crate::store::conn::{Conn, Location, Purpose};
use crate::store::dialect;
use crate::store::error::StoreError;
use crate::store::head::{self, Head};
use crate::store::leaf::{self, Leaf};
use crate::store::migrate::migrate;
use crate::store::setting;

/// The subject under which the registry itself writes.
const SETUP_SUBJECT: &str = "registry";

/// The division that owns the built-in framework: 青岛市.
const BUILT_IN_OWNER: &str = "370200";

/// The name of the setting that holds which divisions the database knows.
const DIVISIONS_SETTING: &str = "divisions_sha256";

/// The name of the setting that holds which registry the database is a copy of.
const SOURCE_SETTING: &str = "mirror_of";

/// Brings the database up; safe to run by several instances at once, and again at every start.
pub fn set_up(location: &Location, origin: Option<&str>) -> Result<(), Problem> {
    let mut conn = Conn::establish(location, Purpose::Write)?;
    migrate(&mut conn)?;
    if let Some(source) = source_of(&mut conn)? {
        // Whatever were written here, its source would not know, and the two would never be one again.
        return Err(Problem::internal(format!(
            "this database is a copy of {source}: serve it with --mirror-of {source}"
        )));
    }
    dialect::alone(&mut conn, |conn| {
        dialect::begin_write(conn)?;
        let done = begin_log(conn, origin).and_then(|()| fill_divisions(conn));
        match done {
            Ok(()) => dialect::commit(conn),
            Err(error) => {
                dialect::rollback(conn);
                Err(error)
            }
        }
    })?;
    search_index::bring_up(&mut conn)?;
    load_built_in(&mut conn, location)
}

/// Makes the database of a mirror ready: the tables, the divisions, and the beginning of the log it follows.
pub fn set_up_copy(conn: &mut Conn, source: &str, genesis: &[u8]) -> Result<(), StoreError> {
    migrate(conn)?;
    dialect::begin_write(conn)?;
    let done = begin_copy(conn, source, genesis).and_then(|()| fill_divisions(conn));
    match done {
        Ok(()) => dialect::commit(conn),
        Err(error) => {
            dialect::rollback(conn);
            Err(error)
        }
    }
}

fn begin_copy(conn: &mut Conn, source: &str, genesis: &[u8]) -> Result<(), StoreError> {
    setting::write(conn, SOURCE_SETTING, source)?;
    if head::read(conn)?.is_some() {
        return Ok(());
    }
    let unreadable = || StoreError::Corrupt("the first leaf is no beginning".to_owned());
    let Ok(Envelope::Genesis {
        origin, recorded_at, ..
    }) = Envelope::from_bytes(genesis)
    else {
        return Err(unreadable());
    };
    let recorded_at = Instant::parse(&recorded_at).ok_or_else(unreadable)?;
    write_genesis(conn, origin, recorded_at, genesis.to_vec())
}

/// Marks a database as the copy of a registry, and fills what no log holds.
pub fn mark_copy(conn: &mut Conn, source: &str) -> Result<(), StoreError> {
    setting::write(conn, SOURCE_SETTING, source)?;
    fill_divisions(conn)
}

/// The registry this database is a copy of, if it is one.
pub fn source_of(conn: &mut Conn) -> Result<Option<String>, StoreError> {
    setting::read(conn, SOURCE_SETTING)
}

/// Writes leaf 0, unless the log has begun.
fn begin_log(conn: &mut Conn, origin: Option<&str>) -> Result<(), StoreError> {
    if head::read(conn)?.is_some() {
        return Ok(());
    }
    let origin = match origin {
        Some(origin) => origin.to_owned(),
        None => random_origin()?,
    };
    let recorded_at = Instant::now();
    let envelope = Envelope::genesis(&origin, recorded_at)
        .to_bytes()
        .map_err(|error| StoreError::Corrupt(format!("genesis: {error}")))?;
    write_genesis(conn, origin, recorded_at, envelope)
}

fn write_genesis(
    conn: &mut Conn,
    origin: String,
    recorded_at: Instant,
    envelope: Vec<u8>,
) -> Result<(), StoreError> {
    let hash = leaf_hash(&envelope);
    let mut frontier = Frontier::default();
    frontier.append(hash, |_| {});
    let genesis = Leaf {
        position: 0,
        recorded_at: recorded_at.0,
        leaf_hash: hash.to_vec(),
        envelope,
    };
    leaf::insert(conn, &[genesis], &[])?;
    head::create(
        conn,
        &Head {
            id: 1,
            origin,
            epoch: 1,
            size: 1,
            root: frontier.root().to_vec(),
            frontier: frontier.to_bytes(),
            last_recorded_at: recorded_at.0,
        },
    )
}

/// A name no other log has.
fn random_origin() -> Result<String, StoreError> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|error| StoreError::Corrupt(format!("no randomness: {error}")))?;
    Ok(format!("standards-registry/{}", to_hex(&random)))
}

/// Copies the tree of divisions into the database, where it has another one or none.
fn fill_divisions(conn: &mut Conn) -> Result<(), StoreError> {
    let pairs: Vec<(&str, &str)> = Divisions::built_in().reach_pairs().collect();
    let text: String = pairs
        .iter()
        .flat_map(|(ancestor, code)| [ancestor, " ", code, "\n"])
        .collect();
    let fingerprint = to_hex(&sha256(text.as_bytes()));
    if setting::read(conn, DIVISIONS_SETTING)?.as_ref() == Some(&fingerprint) {
        return Ok(());
    }
    dialect::replace_reach(conn, &pairs)?;
    setting::write(conn, DIVISIONS_SETTING, &fingerprint)
}

/// Registers the Qingdao framework in a log that holds nothing yet, like any other write.
fn load_built_in(conn: &mut Conn, location: &Location) -> Result<(), Problem> {
    if head::read(conn)?.is_none_or(|head| head.size > 1) {
        return Ok(());
    }
    let content = Sealed::new(Content::Framework(Box::new(builtin::qingdao()?)))?;
    let request = Request {
        author: Author {
            grant: Grant {
                subject: SETUP_SUBJECT.to_owned(),
                scopes: vec![Scope::FrameworksWrite],
                districts: vec![BUILT_IN_OWNER.to_owned()],
                token_id: None,
                expires_at: None,
            },
            request: "setup".to_owned(),
        },
        retry: None,
        work: Work::One(Box::new(Operation {
            kind: Kind::Framework,
            target: Target::Id(bulk::new_id()),
            expected: Expected::Absent,
            change: Change::Create {
                owner: BUILT_IN_OWNER.to_owned(),
                content: Arc::new(content),
            },
            words: Words {
                reason: Some("内置标准体系框架".to_owned()),
                basis: None,
            },
        })),
    };
    let committed = transaction::run(
        conn,
        location,
        &ContentCache::new(0),
        std::slice::from_ref(&request),
    )?;
    match committed.answers.into_iter().next() {
        // Another instance that started at the same moment was first.
        Some(Err(problem)) if problem.kind == crate::domain::problem::ProblemType::Duplicate => Ok(()),
        Some(Err(problem)) => Err(problem),
        Some(Ok(_)) | None => Ok(()),
    }
}
