//! The store: the only place that blocks on a database. Reads run on a small pool, writes on one connection.

pub mod conn;
pub mod content;
pub mod delivery;
pub mod dialect;
pub mod error;
pub mod hand_over;
pub mod head;
pub mod idempotency;
pub mod leaf;
pub mod migrate;
pub mod pool;
pub mod redaction;
pub mod schema;
pub mod search;
pub mod setting;
pub mod sole_use;
pub mod sql;
pub mod version;
pub mod webhook;
pub mod witnessed;
