//! What reads and writes of one entry have in common, whatever its kind.

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::framework::FrameworkContent;
use crate::domain::problem::Problem;
use crate::domain::standard::StandardContent;
use crate::domain::term::Term;
use crate::domain::vocabulary::{Action, Kind};
use crate::http::answer::{self, JSON, View};
use crate::http::context;
use crate::http::document::Document;
use crate::http::export::{self, Layout};
use crate::http::params::Params;
use crate::http::state::State;
use crate::http::tables;
use crate::registry::moment::ReadAt;
use crate::registry::read::history::{self, Name, RevisionDiff};
use crate::registry::read::search::SearchMatch;
use crate::registry::read::view::{ComputedFramework, ComputedStandard, EntryView};
use crate::registry::stored::ContentCache;
use crate::store::pool::Snapshot;
use crate::text;

/// How many revisions one page holds unless asked otherwise.
const REVISIONS_PER_PAGE: i64 = 100;

/// A standard with its place in the log. Serialised from stored bytes; this type documents the shape.
#[derive(Serialize, ToSchema)]
pub struct StandardEntry {
    #[schema(format = Uuid, example = "01938f5e-7b1a-7000-8000-000000000001")]
    pub id: String,
    #[schema(example = "standard")]
    pub kind: Kind,
    /// 1, 2, 3 … without holes.
    #[schema(example = 3)]
    pub revision: i64,
    /// The log position of this revision.
    #[schema(example = 812)]
    pub position: i64,
    #[schema(format = DateTime, example = "2026-11-21T03:04:05.000123Z")]
    pub recorded_at: String,
    /// The division whose catalogue this row belongs to.
    #[schema(example = "370214")]
    pub owner: String,
    pub action: Action,
    #[schema(example = "district-chengyang")]
    pub actor: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "按 2026 年修订调整实施日期")]
    pub reason: Option<String>,
    /// The document (文号) the change rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "青市监发〔2026〕12 号")]
    pub basis: Option<String>,
    /// SHA-256 of the canonical content bytes, in hexadecimal.
    pub content_sha256: String,
    pub withdrawn: bool,
    /// Absent once erased for a legal reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<StandardContent>,
    /// The position of the redaction that erased the content, see `/v1/redactions/{position}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redacted_by: Option<i64>,
    /// The position of the redaction that erased reason and basis.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note_redacted_by: Option<i64>,
    /// Absent in histories, which judge nothing on any day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub computed: Option<ComputedStandard>,
    /// Why and where a search found it: in lists asked for with `q`.
    #[serde(rename = "match", skip_serializing_if = "Option::is_none")]
    pub found: Option<SearchMatch>,
}

/// A framework with its place in the log. Serialised from stored bytes; this type documents the shape.
#[derive(Serialize, ToSchema)]
pub struct FrameworkEntry {
    #[schema(format = Uuid, example = "01938f5e-7b1a-7000-8000-000000000002")]
    pub id: String,
    #[schema(example = "framework")]
    pub kind: Kind,
    #[schema(example = 1)]
    pub revision: i64,
    #[schema(example = 1)]
    pub position: i64,
    #[schema(format = DateTime, example = "2026-11-21T03:04:05.000123Z")]
    pub recorded_at: String,
    #[schema(example = "370200")]
    pub owner: String,
    pub action: Action,
    #[schema(example = "registry")]
    pub actor: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    pub content_sha256: String,
    pub withdrawn: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<FrameworkContent>,
    /// The position of the redaction that erased the content, see `/v1/redactions/{position}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redacted_by: Option<i64>,
    /// The position of the redaction that erased reason and basis.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note_redacted_by: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub computed: Option<ComputedFramework>,
}

/// One page of an entry's revisions, oldest first.
#[derive(Serialize)]
struct RevisionPage {
    items: Vec<EntryView>,
    next: Option<String>,
    position: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<i64>,
}

/// Documents one page of a standard's revisions.
#[derive(Serialize, ToSchema)]
pub struct StandardRevisions {
    pub items: Vec<StandardEntry>,
    /// The cursor of the next page; null at the end.
    #[schema(required)]
    pub next: Option<String>,
    pub position: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
}

/// Documents one page of a framework's revisions.
#[derive(Serialize, ToSchema)]
pub struct FrameworkRevisions {
    pub items: Vec<FrameworkEntry>,
    /// The cursor of the next page; null at the end.
    #[schema(required)]
    pub next: Option<String>,
    pub position: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
}

/// Shows an entry as it stands at the moment asked for.
pub async fn get(
    request: &HttpRequest,
    state: &State,
    kind: Kind,
    name: Name,
) -> Result<HttpResponse, Problem> {
    let mut params = Params::of(request);
    let read_at = context::read_at(request, &mut params);
    params.finish()?;
    let cache = state.registry.cache().clone();
    answer::read(request, state, JSON, read_at, move |snapshot, view| {
        let entry = history::entry_at(snapshot, &cache, kind, &name, &view.at)?;
        Ok(Document::json(&entry)?.revision(entry.revision))
    })
    .await
}

/// Lists an entry's revisions, oldest first.
pub async fn revisions(
    request: &HttpRequest,
    state: &State,
    kind: Kind,
    name: Name,
) -> Result<HttpResponse, Problem> {
    let mut params = Params::of(request);
    let limit = params.integer("limit", 1..=1000).unwrap_or(REVISIONS_PER_PAGE);
    let count = params.boolean("count").unwrap_or(false);
    let after = RevisionCursor::read(&mut params);
    let mut read_at = context::read_at(request, &mut params);
    let layout = Layout::read(request, &mut params, tables::FORMATS)?;
    params.finish()?;
    if let Some(after) = &after {
        read_at = ReadAt::position(after.position);
    }
    let cache = state.registry.cache().clone();
    answer::read(request, state, tables::FORMATS, read_at, move |snapshot, view| {
        let version = history::version_at(snapshot, kind, &name, view.at.at)?;
        let after = after.map_or(0, |after| after.revision);
        let mut items = history::revisions(snapshot, &cache, &version, &view.at, after, limit)?;
        let more = i64::try_from(items.len()).is_ok_and(|found| found > limit);
        items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let next = items.last().filter(|_| more).map(|last| RevisionCursor {
            position: view.at.position,
            revision: last.revision,
        });
        let total = if count {
            Some(history::count_revisions(snapshot, &version, &view.at)?)
        } else {
            None
        };
        let page = RevisionPage {
            items,
            next: next.map(|next| next.to_string()),
            position: view.at.position,
            total,
        };
        let table = tables::revisions::table();
        export::document(&layout, &page, table, &view.at, &page.items)
    })
    .await
}

/// Shows one revision whole.
pub async fn revision(
    request: &HttpRequest,
    state: &State,
    kind: Kind,
    name: Name,
    number: &str,
) -> Result<HttpResponse, Problem> {
    let mut params = Params::of(request);
    let read_at = context::read_at(request, &mut params);
    params.finish()?;
    let number: i64 = number.parse().map_err(|_| history::not_found(kind))?;
    let cache = state.registry.cache().clone();
    answer::read(request, state, JSON, read_at, move |snapshot, view| {
        let current = history::version_at(snapshot, kind, &name, view.at.at)?;
        let version = history::revision(snapshot, &current, number, &view.at)?;
        let entry = history::show_revision(snapshot, &cache, version)?;
        // Tagged by position: only the newest revision's own tag may be sent as `If-Match`.
        Document::json(&entry)
    })
    .await
}

/// Compares two revisions; without `from` and `to` the newest with the one before.
pub async fn diff(
    request: &HttpRequest,
    state: &State,
    kind: Kind,
    name: Name,
) -> Result<HttpResponse, Problem> {
    let mut params = Params::of(request);
    let from = params.integer("from", 1..=i64::MAX);
    let to = params.integer("to", 1..=i64::MAX);
    let read_at = context::read_at(request, &mut params);
    let layout = Layout::read(request, &mut params, tables::FORMATS)?;
    params.finish()?;
    let cache = state.registry.cache().clone();
    answer::read(request, state, tables::FORMATS, read_at, move |snapshot, view| {
        let diff = diff_at(snapshot, &cache, view, kind, &name, (from, to))?;
        let table = tables::changes::table();
        export::document(&layout, &diff, table, &view.at, &diff.changes)
    })
    .await
}

fn diff_at(
    snapshot: &mut Snapshot,
    cache: &ContentCache,
    view: &View,
    kind: Kind,
    name: &Name,
    (from, to): (Option<i64>, Option<i64>),
) -> Result<RevisionDiff, Problem> {
    let current = history::version_at(snapshot, kind, name, view.at.at)?;
    let to = to.unwrap_or(current.revision);
    let from = from.unwrap_or((to - 1).max(1));
    let from = history::revision(snapshot, &current, from, &view.at)?;
    let to = history::revision(snapshot, &current, to, &view.at)?;
    history::diff(snapshot, cache, &from, &to)
}

/// A place in a list of revisions.
struct RevisionCursor {
    position: i64,
    revision: i64,
}

impl RevisionCursor {
    fn read(params: &mut Params) -> Option<Self> {
        let words = params.single("cursor")?;
        let count = |digits: &str| digits.parse::<i64>().ok().filter(|count| *count >= 0);
        let parsed = words.split_once('.').and_then(|(position, revision)| {
            Some(Self {
                position: count(position)?,
                revision: count(revision)?,
            })
        });
        if parsed.is_none() {
            params.fault(
                "cursor",
                "malformed_cursor",
                text!(
                    "cursor 须原样使用上一页的 next",
                    "use the `next` of the page before as it is"
                ),
            );
        }
        parsed
    }
}

impl std::fmt::Display for RevisionCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{}.{}", self.position, self.revision)
    }
}

/// The id in a path. What is no UUID names nothing.
pub fn id_in_path(words: &str, kind: Kind) -> Result<Uuid, Problem> {
    Uuid::parse_str(words)
        .ok()
        .filter(|id| !id.is_nil())
        .ok_or_else(|| {
            let (zh, en) = (kind.zh(), kind.en().to_lowercase());
            Problem::new(
                crate::domain::problem::ProblemType::NotFound,
                text!("没有此{zh}：标识应为 UUID", "no such {en}: an id is a UUID"),
            )
        })
}

/// The example of a write body that the specification shows.
pub fn write_example() -> serde_json::Value {
    json!({
        "owner": "370214",
        "reason": "列入城阳区基本公共服务标准体系",
        "basis": "青城市监〔2026〕8 号",
        "content": {
            "number": "GB/T 35796-2017",
            "title": "养老机构服务质量基本规范",
            "origin": "referenced",
            "published_on": "2017-12-29",
            "implemented_on": "2017-12-29",
            "placements": [{"framework": "qingdao", "cell": {"subsystem": "老有颐养", "dimension": "process"}}]
        }
    })
}
