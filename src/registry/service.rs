//! The running registry: a pool of readers, one writer, and the newest position they agree on.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::watch;

use crate::domain::problem::{Problem, ProblemType};
use crate::domain::text::Text;
use crate::domain::time::Instant;
use crate::registry::head_watch::HeadWatch;
use crate::registry::setup;
use crate::registry::stored::ContentCache;
use crate::registry::work::{Accepted, Request};
use crate::registry::writer::Writer;
use crate::store::conn::Location;
use crate::store::head::Head;
use crate::store::pool::{Snapshot, Store};
use crate::text;

/// What a registry is opened with.
#[derive(Clone, Debug)]
pub struct RegistrySettings {
    pub location: Location,
    pub read_connections: u32,
    /// The log's name, used only when it begins.
    pub origin: Option<String>,
    /// How much memory parsed contents may take.
    pub cache_bytes: u64,
}
