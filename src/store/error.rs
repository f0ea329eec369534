//! What can go wrong below the use cases, and how it looks from outside.

use diesel::result::Error as DieselError;

use crate::domain::problem::{Problem, ProblemType};
use crate::text;

/// A failure of the database or of what it holds.
#[derive(Debug)]
pub enum StoreError {
    Database(DieselError),
    /// No connection could be had: refused, gone, or none free in time.
    Connection(String),
    /// Something stored is not what was once written: only tampering or a broken disk can do that.
    Corrupt(String),
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Self::Database(error) => write!(f, "database: {error}"),
            Self::Connection(cause) => write!(f, "connection: {cause}"),
            Self::Corrupt(what) => write!(f, "corrupt: {what}"),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        Self::Database(error)
    }
}

impl StoreError {
    /// Whether a row stands in the way of another that must be the only one.
    pub fn is_duplicate(&self) -> bool {
        use diesel::result::DatabaseErrorKind::UniqueViolation;
        matches!(
            self,
            Self::Database(DieselError::DatabaseError(UniqueViolation, _))
        )
    }

    /// Whether trying again in a moment may help: a lock not gained, a server restarting, a full pool.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Connection(_) => true,
            Self::Corrupt(_) => false,
            Self::Database(DieselError::BrokenTransactionManager) => true,
            Self::Database(DieselError::DatabaseError(kind, details)) => {
                use diesel::result::DatabaseErrorKind::{ClosedConnection, SerializationFailure};
                // Both databases report a busy lock with a kind of their own only as words.
                let words = details.message();
                matches!(kind, ClosedConnection | SerializationFailure)
                    || words.contains("lock timeout")
                    || words.contains("statement timeout")
                    || words.contains("database is locked")
                    || words.contains("deadlock detected")
                    || words.contains("terminating connection")
                    || words.contains("server closed the connection")
                    || words.contains("no connection to the server")
                    || words.contains("the database system is")
            }
            Self::Database(_) => false,
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if error.is_passing() {
            let detail = text!(
                "数据库暂时不可用，请稍后重试",
                "the database is not available just now, try again shortly"
            );
            return Problem::new(ProblemType::Unavailable, detail).because(error);
        }
        Problem::internal(error)
    }
}
