//! Following the log: changes in pages, a snapshot to begin from, and the digest by which a copy knows itself equal.

pub mod changes;
pub mod digests;
mod drift;
pub mod line;
mod object;
mod rows;
pub mod selection;
pub mod snapshot;

use serde::Serialize;

use crate::domain::problem::Problem;
use crate::log::cursor::Cursor;
use crate::registry::feed::digests::Digests;
use crate::registry::feed::line::Line;
use crate::registry::stored::ContentCache;
use crate::store::pool::Snapshot;

/// What pages are made with besides the database.
#[derive(Clone)]
pub struct Feed {
    cache: ContentCache,
    digests: Digests,
}

/// Lines and what closes them; `Next` names where the next page begins.
#[derive(Clone, Debug)]
pub struct Page<Next> {
    pub lines: Vec<Line>,
    pub closing: Closing<Next>,
}

/// How a page ends: a body without this was cut off.
#[derive(Clone, Debug, Serialize)]
pub struct Closing<Next> {
    /// Where to go on from; null where nothing comes any more.
    pub next: Option<Next>,
    /// Whether there is nothing more at `position`.
    pub end: bool,
    pub position: i64,
    /// Of a snapshot: where its changes begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes_after: Option<Cursor>,
    /// How many entries are live, at the end.
    pub count: Option<u64>,
    /// The digest of the live entries, at the end.
    pub digest: Option<String>,
}

/// A question that is answered page by page.
pub trait Paged: Send + 'static {
    type Next: Serialize + Clone + Send + 'static;

    /// The page the question stands at.
    fn page(&self, feed: &Feed, snapshot: &mut Snapshot) -> Result<Page<Self::Next>, Problem>;

    /// The same question, for the page that begins there.
    fn going_on(&self, next: Self::Next) -> Self;
}

impl Feed {
    pub fn new(cache: ContentCache) -> Self {
        Self {
            cache,
            digests: Digests::default(),
        }
    }
}
