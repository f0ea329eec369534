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
use crate::text;

/// How long a request waits for a free connection before it is told to come back.
const PATIENCE: Duration = Duration::from_secs(5);

/// The readers' side of the database.
#[derive(Clone)]
pub struct Store {
    pool: Arc<ArcSwap<Pool<Manager>>>,
    permits: Arc<Semaphore>,
    location: Arc<Location>,
}

/// A state of the registry that does not change while it is read.
pub struct Snapshot<'c> {
    pub conn: &'c mut Conn,
    pub head: Head,
}

impl Store {
    pub fn open(location: Location, connections: u32) -> Result<Self, StoreError> {
        let pool = connect(&location, connections)?;
        Ok(Self {
            pool: Arc::new(ArcSwap::from_pointee(pool)),
            permits: Arc::new(Semaphore::new(connections as usize)),
            location: Arc::new(location),
        })
    }

    /// Reads from whatever stands at the location now. Reads under way end on what they began with.
    pub fn reopen(&self) -> Result<(), StoreError> {
        let pool = connect(&self.location, self.pool.load().max_size())?;
        self.pool.store(Arc::new(pool));
        Ok(())
    }

    pub fn location(&self) -> &Location {
        &self.location
    }

    /// How many connections are busy and how many there may be.
    pub fn load(&self) -> (usize, usize) {
        let most = self.pool.load().max_size() as usize;
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
        let mut conn = self
            .pool
            .load_full()
            .get()
            .map_err(|error| Problem::from(StoreError::Connection(error.to_string())))?;
        self.begin(&mut conn)?;
        on_begun_snapshot(&mut conn, work)
    }

    /// Begins a snapshot; a connection that was lost while it lay idle, as when the database restarts, is made anew.
    fn begin(&self, conn: &mut Conn) -> Result<(), StoreError> {
        match dialect::begin_snapshot(conn) {
            Err(error) if error.is_passing() => {
                tracing::info!(%error, "connecting to the database again");
                *conn = Conn::establish(&self.location, Purpose::Read)?;
                dialect::begin_snapshot(conn)
            }
            begun => begun,
        }
    }
}

fn connect(location: &Location, connections: u32) -> Result<Pool<Manager>, StoreError> {
    Pool::builder()
        .max_size(connections)
        .min_idle(Some(1))
        // Beginning the snapshot is the test.
        .test_on_check_out(false)
        .connection_timeout(PATIENCE)
        .build(Manager {
            location: location.clone(),
        })
        .map_err(|error| StoreError::Connection(error.to_string()))
}

/// Runs `work` on one state of the registry, whatever others write meanwhile.
pub fn on_snapshot<T>(
    conn: &mut Conn,
    work: impl FnOnce(&mut Snapshot) -> Result<T, Problem>,
) -> Result<T, Problem> {
    dialect::begin_snapshot(conn)?;
    on_begun_snapshot(conn, work)
}

fn on_begun_snapshot<T>(
    conn: &mut Conn,
    work: impl FnOnce(&mut Snapshot) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let outcome = head::read(conn)
        .map_err(Problem::from)
        .and_then(|head| head.ok_or_else(|| Problem::internal("the log has no head row")))
        .and_then(|head| work(&mut Snapshot { conn, head }));
    // A snapshot writes nothing: ending it either way loses nothing.
    dialect::rollback(conn);
    outcome
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
