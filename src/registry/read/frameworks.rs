//! Frameworks at a moment.

use std::sync::Arc;

use crate::domain::framework::FrameworkContent;
use crate::domain::problem::Problem;
use crate::registry::moment::Moment;
use crate::registry::read::redactions;
use crate::registry::read::view::{self, EntryView};
use crate::registry::sealed::Sealed;
use crate::registry::stored::{ContentCache, as_hash, open_contents};
use crate::store::pool::Snapshot;
use crate::store::sql::Sql;
use crate::store::version::Version;

/// Every framework that has not been withdrawn, in the order of slugs.
pub fn all(
    snapshot: &mut Snapshot,
    cache: &ContentCache,
    moment: &Moment,
) -> Result<Vec<EntryView>, Problem> {
    let versions = versions(snapshot, moment)?;
    view::show(snapshot, cache, &versions, moment)
}

/// What all frameworks say that have not been withdrawn; one that was erased says nothing.
pub fn contents(
    snapshot: &mut Snapshot,
    cache: &ContentCache,
    moment: &Moment,
) -> Result<Vec<FrameworkContent>, Problem> {
    let versions = versions(snapshot, moment)?;
    let contents = open_contents(snapshot.conn, cache, &versions)?;
    let mut opened = Vec::with_capacity(versions.len());
    for version in &versions {
        let sealed = contents.get(&as_hash(&version.content_sha256)?);
        opened.extend(sealed.and_then(|sealed| sealed.framework()).cloned());
    }
    Ok(opened)
}

/// The versions of the same.
pub fn versions(snapshot: &mut Snapshot, moment: &Moment) -> Result<Vec<Version>, Problem> {
    let mut sql =
        Sql::kept("SELECT v.* FROM entry_version v WHERE v.kind = 'framework' AND NOT v.withdrawn AND ");
    moment.at.holds(&mut sql, "v");
    sql.push(" ORDER BY v.slug");
    Ok(sql.load(snapshot.conn)?)
}

/// The content of a framework's version.
pub fn open(
    snapshot: &mut Snapshot,
    cache: &ContentCache,
    version: &Version,
) -> Result<FrameworkContent, Problem> {
    redactions::refuse_erased(snapshot, version)?;
    let contents = open_contents(snapshot.conn, cache, std::slice::from_ref(version))?;
    let sealed: Option<&Arc<Sealed>> = contents.get(&as_hash(&version.content_sha256)?);
    sealed
        .and_then(|sealed| sealed.framework())
        .cloned()
        .ok_or_else(|| Problem::internal("a framework's content is not to be had"))
}
