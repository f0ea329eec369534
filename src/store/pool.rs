//! Reads: a small pool of connections, a bounded wait for one, and one consistent snapshot for each use.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use diesel::r2d2::Pool;
use tokio::sync::Semaphore;

use crate::domain::problem::{Problem, ProblemType};
use crate::store::conn::{Conn, Location, Manager, Purpose};
use crate::store::dialect;
use crate::store::error::StoreError;
use crate::store::head::{self, Head};
use crate::store::loading::Loading;
use crate::text;

/// How long a request waits for a free connection before it is told to come back.
const PATIENCE: Duration = Duration::from_secs(5);

/// The readers' side of the database.
#[derive(Clone)]
pub struct Store {
    opened: Arc<ArcSwap<Opened>>,
    permits: Arc<Semaphore>,
    location: Arc<Location>,
}

/// The database that stands at the location.
struct Opened {
    pool: Pool<Manager>,
    /// What it does not hold yet.
    loading: Option<Arc<Loading>>,
}

/// A state of the registry that does not change while it is read.
pub struct Snapshot<'c> {
    pub conn: &'c mut Conn,
    pub head: Head,
    /// What a copy does not hold yet; nothing in a database that is whole.
    pub loading: Option<Arc<Loading>>,
}

impl Snapshot<'_> {
    /// Refuses to speak of a state from before those a copy holds.
    pub fn must_hold(&self, position: i64) -> Result<(), Problem> {
        match &self.loading {
            Some(loading) if position < loading.from => Err(loading.refusal()),
            _ => Ok(()),
        }
    }

    /// Refuses to speak of what only the whole history can tell.
    pub fn must_be_whole(&self) -> Result<(), Problem> {
        self.must_hold(0)
    }
}

impl Store {
    pub fn open(location: Location, connections: u32) -> Result<Self, StoreError> {
        let opened = connect(&location, connections)?;
        Ok(Self {
            opened: Arc::new(ArcSwap::from_pointee(opened)),
            permits: Arc::new(Semaphore::new(connections as usize)),
            location: Arc::new(location),
        })
    }

    /// Reads from whatever stands at the location now. Reads under way end on what they began with.
    pub fn reopen(&self) -> Result<(), StoreError> {
        let opened = connect(&self.location, self.opened.load().pool.max_size())?;
        self.opened.store(Arc::new(opened));
        Ok(())
    }

    /// What is not held yet.
    pub fn loading(&self) -> Option<Arc<Loading>> {
        self.opened.load().loading.clone()
    }

    pub fn location(&self) -> &Location {
        &self.location
    }

    /// How many connections are busy and how many there may be.
    pub fn load(&self) -> (usize, usize) {
        let most = self.opened.load().pool.max_size() as usize;
        (most.saturating_sub(self.permits.available_permits()), most)
    }

    /// Runs `work` on a snapshot, off the async workers. Waiting happens before a thread is taken.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Snapshot) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let permit = tokio::time::timeout(PATIENCE, Arc::clone(&self.permits).acquire_owned())
            .await
            .map_err(|_| overloaded())?
            .map_err(Problem::internal)?;
        let store = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            store.read_blocking(work)
        });
        done.await.map_err(Problem::internal)?
    }

    /// Runs `work` on a snapshot, on the calling thread.
    pub fn read_blocking<T>(
        &self,
        work: impl FnOnce(&mut Snapshot) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let opened = self.opened.load_full();
        let mut conn = opened
            .pool
            .get()
            .map_err(|error| Problem::from(StoreError::Connection(error.to_string())))?;
        let loading = opened.loading.clone();
        on_snapshot(&mut conn, &self.location, |snapshot| {
            snapshot.loading = loading;
            work(snapshot)
        })
    }
}

fn connect(location: &Location, connections: u32) -> Result<Opened, StoreError> {
    let pool = Pool::builder()
        .max_size(connections)
        .min_idle(Some(1))
        // Beginning the snapshot is the test.
        .test_on_check_out(false)
        .connection_timeout(PATIENCE)
        .build(Manager {
            location: location.clone(),
        })
        .map_err(|error| StoreError::Connection(error.to_string()))?;
    // Copies are kept in embedded databases.
    let loading = if location.is_sqlite() {
        let conn = pool.get();
        let mut conn = conn.map_err(|error| StoreError::Connection(error.to_string()))?;
        Loading::read(&mut conn)?.map(Arc::new)
    } else {
        None
    };
    Ok(Opened { pool, loading })
}

/// Runs `work` on one state of the registry, whatever others write meanwhile.
pub fn on_snapshot<T>(
    conn: &mut Conn,
    location: &Location,
    work: impl FnOnce(&mut Snapshot) -> Result<T, Problem>,
) -> Result<T, Problem> {
    begin(conn, location)?;
    let outcome = head::read(conn)
        .map_err(Problem::from)
        .and_then(|head| head.ok_or_else(|| Problem::internal("the log has no head row")))
        .and_then(|head| {
            work(&mut Snapshot {
                conn,
                head,
                loading: None,
            })
        });
    // A snapshot writes nothing: ending it either way loses nothing.
    dialect::rollback(conn);
    outcome
}

/// Begins a snapshot; a connection that was lost while it lay idle, as when the database restarts, is made anew.
fn begin(conn: &mut Conn, location: &Location) -> Result<(), StoreError> {
    match dialect::begin_snapshot(conn) {
        Err(error) if error.is_passing() => {
            tracing::info!(%error, "connecting to the database again");
            *conn = Conn::establish(location, Purpose::Read)?;
            dialect::begin_snapshot(conn)
        }
        begun => begun,
    }
}

fn overloaded() -> Problem {
    Problem::new(
        ProblemType::Overloaded,
        text!(
            "等待数据库连接超时，请稍后重试",
            "no database connection came free in time, try again shortly"
        ),
    )
}
