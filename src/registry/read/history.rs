//! One entry through time: as it stands, as it stood, each of its revisions, and what changed between two.

use std::collections::HashMap;
use std::sync::Arc;

use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use serde::Serialize;
use serde_json::Value;

use crate::domain::diff::{self, FieldChange};
use crate::domain::framework::is_slug;
use crate::domain::problem::{Problem, ProblemType};
use crate::domain::term::Term;
use crate::domain::time::Instant;
use crate::domain::vocabulary::Kind;
use crate::log::hash::Hash;
use crate::registry::moment::Moment;
use crate::registry::read::view::{self, EntryView};
use crate::registry::read::{At, redactions};
use crate::registry::sealed::Sealed;
use crate::registry::stored::{ContentCache, as_hash, open_contents};
use crate::store::pool::Snapshot;
use crate::store::sql::Sql;
use crate::store::version::{self, Version};
use crate::text;

/// How an entry is named in a path: by its id or, for frameworks, by its slug.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    Id(uuid::Uuid),
    Slug(String),
}

/// The difference of two revisions.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RevisionDiff {
    pub from: i64,
    pub to: i64,
    pub changes: Vec<FieldChange>,
    /// The same as an RFC 6902 patch on the content.
    #[schema(schema_with = patch_operations)]
    pub patch: Value,
}

fn patch_operations() -> utoipa::openapi::Array {
    utoipa::openapi::Array::new(utoipa::openapi::Ref::from_schema_name("PatchOperation"))
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// The version of an entry that holds at a moment, withdrawn or not.
pub fn version_at(snapshot: &mut Snapshot, kind: Kind, name: &Name, at: At) -> Result<Version, Problem> {
    if let (Name::Id(id), At::Head) = (name, at) {
        let found = version::current(snapshot.conn, &[id.to_string()])?;
        return found
            .into_iter()
            .find(|version| version.kind == kind.id())
            .ok_or_else(|| missing(snapshot, kind));
    }
    if let Name::Slug(slug) = name
        && !is_slug(slug)
    {
        // Not worth a question, and some of it (NUL) not even fit for one.
        return Err(not_found(kind));
    }
    let mut sql = Sql::kept("SELECT v.* FROM entry_version v WHERE ");
    match name {
        Name::Id(id) => sql.bind("v.entry_id = ?", [id.to_string()]),
        Name::Slug(slug) => sql.bind("v.slug = ?", [slug.as_str()]),
    };
    sql.bind(" AND v.kind = ? AND ", [kind.id()]);
    at.holds(&mut sql, "v");
    let found: Vec<Version> = sql.load(snapshot.conn)?;
    let found = match (found.into_iter().next(), name) {
        (None, Name::Slug(slug)) => erased_framework(snapshot, slug, at)?,
        (found, _) => found,
    };
    found.ok_or_else(|| missing(snapshot, kind))
}

/// What is not among the live may have been withdrawn; a copy that lacks history does not know.
fn missing(snapshot: &Snapshot, kind: Kind) -> Problem {
    snapshot.must_be_whole().err().unwrap_or_else(|| not_found(kind))
}

/// An erased version of the framework that bears a slug now: it bears none itself, but slugs name a framework for ever.
fn erased_framework(snapshot: &mut Snapshot, slug: &str, at: At) -> Result<Option<Version>, Problem> {
    let mut sql = Sql::kept("SELECT v.* FROM entry_version v WHERE v.slug IS NULL AND ");
    sql.bind(
        "v.entry_id IN (SELECT f.entry_id FROM entry_version f \
         WHERE f.kind = 'framework' AND f.to_position IS NULL AND f.slug = ?) AND ",
        [slug],
    );
    at.holds(&mut sql, "v");
    let found: Vec<Version> = sql.load(snapshot.conn)?;
    Ok(found.into_iter().next())
}

/// The entry as it stands at a moment; a withdrawn or erased one is gone, and the answer says how to go on.
pub fn entry_at(
    snapshot: &mut Snapshot,
    cache: &ContentCache,
    kind: Kind,
    name: &Name,
    moment: &Moment,
) -> Result<EntryView, Problem> {
    let version = version_at(snapshot, kind, name, moment.at)?;
    if version.withdrawn {
        return Err(withdrawn(snapshot, cache, version)?);
    }
    redactions::refuse_erased(snapshot, &version).map_err(|mut problem| {
        // Good for replacing or withdrawing what is left.
        problem.etag = Some(format!("\"{}.redacted\"", version.revision));
        problem
    })?;
    show_one(snapshot, cache, version, moment)
}

/// One revision as it stood right after it was written, withdrawn or not.
pub fn entry_after_write(
    snapshot: &mut Snapshot,
    cache: &ContentCache,
    kind: Kind,
    id: uuid::Uuid,
    revision: i64,
    moment: &Moment,
) -> Result<EntryView, Problem> {
    let current = version_at(snapshot, kind, &Name::Id(id), At::Head)?;
    // Mostly nobody has written since, and what is there is what was written.
    let written = if current.revision == revision {
        current
    } else {
        self::revision(snapshot, &current, revision, moment)?
    };
    show_one(snapshot, cache, written, moment)
}

fn show_one(
    snapshot: &mut Snapshot,
    cache: &ContentCache,
    version: Version,
    moment: &Moment,
) -> Result<EntryView, Problem> {
    let shown = view::show(snapshot, cache, &[version], moment)?;
    shown
        .into_iter()
        .next()
        .ok_or_else(|| Problem::internal("a version was not shown"))
}

/// Revisions `after` … of an entry as they stood at a moment, oldest first, one more than `limit` if there is more.
pub fn revisions(
    snapshot: &mut Snapshot,
    cache: &ContentCache,
    version: &Version,
    moment: &Moment,
    after: i64,
    limit: i64,
) -> Result<Vec<EntryView>, Problem> {
    snapshot.must_be_whole()?;
    let mut sql = Sql::kept("SELECT v.* FROM entry_version v WHERE ");
    sql.bind("v.entry_id = ?", [version.entry_id.as_str()]);
    sql.bind(
        " AND v.from_position <= ? AND v.revision > ? ORDER BY v.revision LIMIT ?",
        [moment.position, after, limit + 1],
    );
    let versions: Vec<Version> = sql.load(snapshot.conn)?;
    view::show_plain(snapshot, cache, &versions)
}

/// How many revisions an entry had at a moment.
pub fn count_revisions(snapshot: &mut Snapshot, version: &Version, moment: &Moment) -> Result<i64, Problem> {
    snapshot.must_be_whole()?;
    let mut sql = Sql::kept("SELECT COUNT(*) AS count FROM entry_version v WHERE ");
    sql.bind("v.entry_id = ?", [version.entry_id.as_str()]);
    sql.bind(" AND v.from_position <= ?", [moment.position]);
    let counted: Vec<Count> = sql.load(snapshot.conn)?;
    Ok(counted.first().map_or(0, |counted| counted.count))
}

/// One revision of an entry that had come by a moment.
pub fn revision(
    snapshot: &mut Snapshot,
    version: &Version,
    revision: i64,
    moment: &Moment,
) -> Result<Version, Problem> {
    snapshot.must_be_whole()?;
    let mut sql = Sql::kept("SELECT v.* FROM entry_version v WHERE ");
    sql.bind("v.entry_id = ?", [version.entry_id.as_str()]);
    sql.bind(
        " AND v.revision = ? AND v.from_position <= ?",
        [revision, moment.position],
    );
    let found: Vec<Version> = sql.load(snapshot.conn)?;
    found.into_iter().next().ok_or_else(|| {
        let newest = version.revision;
        Problem::new(
            ProblemType::NotFound,
            text!(
                "没有第 {revision} 版；最新为第 {newest} 版",
                "there is no revision {revision}; the newest is {newest}"
            ),
        )
        .next(text!(
            "revisions 列出已有的各版",
            "`revisions` lists those there are"
        ))
    })
}

/// Shows one revision as history; an erased one is gone.
pub fn show_revision(
    snapshot: &mut Snapshot,
    cache: &ContentCache,
    version: Version,
) -> Result<EntryView, Problem> {
    redactions::refuse_erased(snapshot, &version)?;
    show_as_it_is(snapshot, cache, version)
}

fn show_as_it_is(
    snapshot: &mut Snapshot,
    cache: &ContentCache,
    version: Version,
) -> Result<EntryView, Problem> {
    let shown = view::show_plain(snapshot, cache, &[version])?;
    shown
        .into_iter()
        .next()
        .ok_or_else(|| Problem::internal("a version was not shown"))
}

/// What changed between two revisions, field by field and as a patch.
pub fn diff(
    snapshot: &mut Snapshot,
    cache: &ContentCache,
    from: &Version,
    to: &Version,
) -> Result<RevisionDiff, Problem> {
    for version in [from, to] {
        redactions::refuse_erased(snapshot, version)?;
    }
    let contents = open_contents(snapshot.conn, cache, &[from.clone(), to.clone()])?;
    let (before, after) = (content_of(&contents, from)?, content_of(&contents, to)?);
    Ok(RevisionDiff {
        from: from.revision,
        to: to.revision,
        changes: field_changes((from, &before), (to, &after)),
        patch: diff::patch(&before, &after)?,
    })
}

/// What a version says, among opened contents; null once erased.
pub fn content_of(contents: &HashMap<Hash, Arc<Sealed>>, version: &Version) -> Result<Value, Problem> {
    match contents.get(&as_hash(&version.content_sha256)?) {
        Some(sealed) => sealed.value(),
        None => Ok(Value::Null),
    }
}

/// What changed from one version to another. Withdrawing and restoring show as a change of `/withdrawn`, moving as
/// `/owner`. Where a content was erased, nothing is said of what differed in it.
pub fn field_changes(
    (from, before): (&Version, &Value),
    (to, after): (&Version, &Value),
) -> Vec<FieldChange> {
    let mut changes = if before.is_null() || after.is_null() {
        Vec::new()
    } else {
        diff::changes(before, after)
    };
    if from.owner != to.owner {
        changes.insert(
            0,
            FieldChange::new("/owner", from.owner.as_str(), to.owner.as_str()),
        );
    }
    if from.withdrawn != to.withdrawn {
        changes.insert(0, FieldChange::new("/withdrawn", from.withdrawn, to.withdrawn));
    }
    changes
}

pub fn not_found(kind: Kind) -> Problem {
    let (zh, en) = (kind.zh(), kind.en().to_lowercase());
    Problem::new(
        ProblemType::NotFound,
        text!(
            "没有此{zh}，或其时尚未登记",
            "no such {en}, or it was not registered by then"
        ),
    )
}

/// The 410 of a withdrawn entry: when and why it left, and how to go on.
fn withdrawn(snapshot: &mut Snapshot, cache: &ContentCache, version: Version) -> Result<Problem, Problem> {
    let revision = version.revision;
    let withdrawn_at = Instant(version.recorded_at).to_rfc3339();
    let shown = show_as_it_is(snapshot, cache, version)?;
    let mut problem = Problem::new(
        ProblemType::Withdrawn,
        text!(
            "条目已于 {withdrawn_at} 移出目录；历史、差异、关系及更早的 as_of 仍可读取",
            "the entry was withdrawn at {withdrawn_at}; its history, diff, relations and an earlier as_of still answer"
        ),
    )
    .with("id", shown.id)
    .with("revision", revision)
    .with("withdrawn_at", withdrawn_at)
    .with("reason", shown.reason)
    .with("last_content_revision", revision - 1);
    problem.etag = Some(format!("\"{revision}.withdrawn\""));
    Ok(problem)
}
