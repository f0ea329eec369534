//! One connection to whichever database the registry runs on, and the pool's way to make more.

use diesel::connection::SimpleConnection;
use diesel::r2d2::ManageConnection;
use diesel::{Connection, PgConnection, SqliteConnection};

use crate::store::error::StoreError;

/// A connection to PostgreSQL or to the embedded SQLite. Differences beyond this enum live in `dialect`.
pub enum Conn {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

/// Runs one expression on whichever connection it is, once compiled for each.
#[macro_export]
macro_rules! on {
    ($conn:expr, $inner:ident => $body:expr) => {
        match $conn {
            $crate::store::conn::Conn::Postgres($inner) => $body,
            $crate::store::conn::Conn::Sqlite($inner) => $body,
        }
    };
}

/// Where the data is. The scheme decides, so a mistyped PostgreSQL address never becomes a new SQLite file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    Postgres(String),
    Sqlite(std::path::PathBuf),
}

impl Location {
    /// Reads `DATABASE_URL`; unset means the embedded file under the data folder.
    pub fn from_url(url: Option<&str>, data: &std::path::Path) -> Result<Self, String> {
        match url {
            None => Ok(Self::Sqlite(data.join("registry.sqlite"))),
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                Ok(Self::Postgres(url.to_owned()))
            }
            Some(url) => match url.strip_prefix("sqlite://") {
                Some(path) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
                _ => Err("DATABASE_URL must start with postgres:// or sqlite://; leave it unset for the embedded database".to_owned()),
            },
        }
    }

    pub fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }
}

/// What a connection is for: the pool's readers cannot write even by mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Read,
    Write,
}

impl Conn {
    pub fn establish(location: &Location, purpose: Purpose) -> Result<Self, StoreError> {
        match location {
            Location::Postgres(url) => {
                let mut conn = PgConnection::establish(url).map_err(connection_error)?;
                conn.batch_execute(match purpose {
                    Purpose::Read => "SET default_transaction_read_only = on; SET statement_timeout = '30s'",
                    // A writer that stalls must not keep the head locked for the other instances.
                    Purpose::Write => {
                        "SET synchronous_commit = on; SET lock_timeout = '5s'; \
                         SET idle_in_transaction_session_timeout = '30s'"
                    }
                })?;
                Ok(Self::Postgres(conn))
            }
            Location::Sqlite(path) => {
                let mut conn =
                    SqliteConnection::establish(&path.to_string_lossy()).map_err(connection_error)?;
                conn.batch_execute(
                    "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                     PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536; \
                     PRAGMA mmap_size = 268435456",
                )?;
                conn.batch_execute(match purpose {
                    Purpose::Read => "PRAGMA query_only = ON",
                    // What is erased for a legal reason is overwritten, not just let go of.
                    Purpose::Write => "PRAGMA secure_delete = ON",
                })?;
                Ok(Self::Sqlite(conn))
            }
        }
    }

    pub fn batch_execute(&mut self, sql: &str) -> Result<(), StoreError> {
        on!(self, c => c.batch_execute(sql)).map_err(StoreError::from)
    }
}

fn connection_error(error: diesel::ConnectionError) -> StoreError {
    StoreError::Connection(error.to_string())
}

/// Makes the pool's connections.
pub struct Manager {
    pub location: Location,
}

impl ManageConnection for Manager {
    type Connection = Conn;
    type Error = StoreError;

    fn connect(&self) -> Result<Conn, StoreError> {
        Conn::establish(&self.location, Purpose::Read)
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<(), StoreError> {
        conn.batch_execute("SELECT 1")
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        use diesel::r2d2::R2D2Connection;
        std::thread::panicking() || on!(conn, c => c.is_broken())
    }
}
