//! Following the registry: changes, a snapshot to begin from, and digests to compare by.

pub mod changes;
pub mod digest;
mod followers;
mod frame;
mod query;
pub mod schema;
pub mod snapshot;
mod stream;

pub use followers::Followers;
