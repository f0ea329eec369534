//! Bringing a database to the newest shape, safely when several instances start at once.

use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::store::conn::Conn;
use crate::store::dialect;
use crate::store::error::StoreError;

const POSTGRESQL: EmbeddedMigrations = embed_migrations!("migrations/postgresql");
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// Applies what is missing and answers how many migrations that were.
pub fn migrate(conn: &mut Conn) -> Result<usize, StoreError> {
    dialect::alone(conn, |conn| {
        let applied = match conn {
            Conn::Postgres(c) => c.run_pending_migrations(POSTGRESQL).map(|done| done.len()),
            Conn::Sqlite(c) => c.run_pending_migrations(SQLITE).map(|done| done.len()),
        };
        applied.map_err(|error| StoreError::Connection(format!("migration: {error}")))
    })
}
