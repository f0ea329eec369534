//! The audit trail as people and programs read it.

use actix_web::http::Uri;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::problem::Problem;
use crate::domain::sheet::Words;
use crate::domain::term::Term;
use crate::domain::time::{AsOf, Instant};
use crate::domain::vocabulary::{Action, Kind};
use crate::http::answer;
use crate::http::document::Document;
use crate::http::export::{self, Cell, Closing, Column, Layout, Source};
use crate::http::negotiate::{self, Format};
use crate::http::params::Params;
use crate::http::standards::list::all_in_pages;
use crate::http::standards::query::divisions;
use crate::http::state::Shared;
use crate::registry::moment::ReadAt;
use crate::registry::read::audit::{self, AuditFilters, AuditRow};
use crate::registry::read::cursor::{self, Cursor};
use crate::registry::read::span;
use crate::store::pool::Snapshot;
use crate::text;

/// How many rows one page holds unless asked otherwise.
const PER_PAGE: i64 = 100;

/// How many rows are read at a time for an answer that holds them all.
const PER_STEP: i64 = 500;

const FORMATS: &[Format] = &[Format::Json, Format::Ndjson, Format::Csv, Format::Xlsx];

/// One revision with what proves it. Serialised from stored bytes; this type documents the shape.
#[derive(Serialize, ToSchema)]
pub struct AuditItem {
    #[schema(format = Uuid, example = "01938f5e-7b1a-7000-8000-000000000001")]
    pub id: String,
    #[schema(example = "standard")]
    pub kind: Kind,
    #[schema(example = 3)]
    pub revision: i64,
    #[schema(example = 812)]
    pub position: i64,
    #[schema(format = DateTime, example = "2026-11-21T03:04:05.000123Z")]
    pub recorded_at: String,
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
    pub content_sha256: String,
    pub withdrawn: bool,
    /// Absent once erased for a legal reason.
    #[schema(schema_with = content, required = false)]
    pub content: Option<()>,
    /// The position of the redaction that erased the content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redacted_by: Option<i64>,
    /// The position of the redaction that erased reason and basis.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note_redacted_by: Option<i64>,
    /// The request that wrote it, as `X-Request-Id` named it.
    #[schema(example = "01938f5e-7b1a-7000-8000-0000000000aa")]
    pub request: String,
    /// SHA-256(0x00 ‖ envelope), in hexadecimal.
    pub leaf_hash: String,
}

fn content() -> utoipa::openapi::Ref {
    utoipa::openapi::Ref::from_schema_name("EntryContent")
}

/// One page of the trail.
#[derive(Serialize, ToSchema)]
pub struct AuditPage {
    pub items: Vec<AuditItem>,
    #[serde(flatten)]
    pub closing: Closing,
}

/// A question for the trail.
#[derive(Serialize)]
struct Question {
    filters: AuditFilters,
    /// As sent: a cursor belongs to these words.
    from: Option<String>,
    to: Option<String>,
}

/// List every revision
///
/// Who changed what, when, why and under which document, in the order of the log, withdrawn entries included. Pages are
/// pinned to one position. `all=true` answers everything in one body of any size; NDJSON, CSV and XLSX do so unless
/// `limit` is given. NDJSON ends in a closing line, so that a body that was cut off shows.
#[utoipa::path(
    get, path = "/v1/audit/revisions", operation_id = "list_audit_revisions", tag = "history",
    params(
        ("actor" = Option<Vec<String>>, Query, explode = true, description = "Who wrote: the token's subject; several mean \"or\"", example = json!(["district-chengyang"])),
        ("owner" = Option<Vec<String>>, Query, explode = true, description = "Divisions, each with everything below it", example = json!(["370214"])),
        ("action" = Option<Vec<Action>>, Query, explode = true, description = "What was done", example = json!(["withdraw"])),
        ("kind" = Option<Vec<Kind>>, Query, explode = true, description = "Standards or frameworks", example = json!(["standard"])),
        ("entry" = Option<String>, Query, format = Uuid, description = "One entry's id", example = "01938f5e-7b1a-7000-8000-000000000001"),
        ("from" = Option<String>, Query, description = "The first: a log position, a day (its beginning in Shanghai) or an RFC 3339 instant", example = "2026-11-01"),
        ("to" = Option<String>, Query, description = "The last: a log position, a day (its end in Shanghai) or an RFC 3339 instant; a time to come means all there is so far", example = "2026-12-31"),
        ("cursor" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<i64>, Query, description = "Rows a page, 1 to 1,000", example = 100),
        ("all" = Option<bool>, Query, description = "Everything in one answer"),
    ),
    responses((status = 200, description = "Revisions in the order of the log", body = AuditPage))
)]
pub async fn revisions(request: HttpRequest, state: Shared) -> Result<HttpResponse, Problem> {
    let mut params = Params::of(&request);
    let filters = filters(&mut params);
    let (from, from_words) = point(&mut params, "from");
    let (to, to_words) = point(&mut params, "to");
    let limit = params.integer("limit", 1..=1000);
    let cursor = params.single("cursor");
    let all = params.boolean("all").unwrap_or(false);
    let layout = Layout::read(&request, &mut params, FORMATS)?;
    if all && (limit.is_some() || cursor.is_some()) {
        params.fault("all", "contradiction", all_in_pages());
    }
    params.finish()?;
    let question = Question {
        filters,
        from: from_words,
        to: to_words,
    };
    let fingerprint = cursor::fingerprint(&question)?;
    let cursor = cursor
        .map(|words| Cursor::decode(&words, &fingerprint))
        .transpose()?;
    let trail = Trail {
        filters: question.filters,
        from,
        to,
    };
    let paged = limit.is_some() || cursor.is_some() || (layout.format == Format::Json && !all);
    let mut stretch = match cursor {
        Some(cursor) => Stretch::goes_on(trail.filters, &cursor),
        None => {
            state
                .registry
                .read(move |snapshot| trail.resolve(snapshot))
                .await?
        }
    };
    if !paged {
        let encoding = negotiate::encoding(request.headers());
        return export::whole(&state, stretch, layout, encoding).await;
    }
    let limit = limit.unwrap_or(PER_PAGE);
    let line = request.uri().clone();
    let read_at = ReadAt::position(stretch.until);
    answer::read_private(&request, &state, FORMATS, read_at, move |snapshot, _| {
        let rows = stretch.take(snapshot, limit + 1)?;
        page(rows, &stretch, limit, &fingerprint, &layout, &line)
    })
    .await
}

/// The trail as asked for, before the log says which stretch of it that is.
struct Trail {
    filters: AuditFilters,
    from: Option<AsOf>,
    to: Option<AsOf>,
}

impl Trail {
    fn resolve(self, snapshot: &mut Snapshot) -> Result<Stretch, Problem> {
        let first = match self.from {
            Some(from) => span::since(snapshot, from)?,
            None => 0,
        };
        let to = self.to.filter(has_come);
        let until = span::until(snapshot, "to", to)?.position;
        if to.is_some() && first > until + 1 {
            return Err(Problem::parameter(
                "from",
                "after_to",
                text!("from 不得晚于 to", "from must not be later than to"),
            ));
        }
        Ok(Stretch {
            filters: self.filters,
            after: first - 1,
            until,
        })
    }
}

/// Whether a point in time bounds anything yet: who asks for a whole year does not wait for its end. A position beyond
/// the log is a mistake instead.
fn has_come(point: &AsOf) -> bool {
    match point {
        AsOf::Position(_) => true,
        AsOf::Day(day) => *day <= Instant::now().shanghai_day(),
        AsOf::Instant(instant) => *instant <= Instant::now(),
    }
}

/// What is still to be told of a pinned stretch of the log.
struct Stretch {
    filters: AuditFilters,
    after: i64,
    until: i64,
}

impl Stretch {
    fn goes_on(filters: AuditFilters, cursor: &Cursor) -> Self {
        Self {
            filters,
            after: cursor.after,
            until: cursor.to,
        }
    }

    fn take(&mut self, snapshot: &mut Snapshot, limit: i64) -> Result<Vec<AuditRow>, Problem> {
        audit::revisions(snapshot, &self.filters, (self.after, self.until), limit)
    }
}

impl Source for Stretch {
    type Row = AuditRow;

    const TITLE: Words = Words::fixed("audit", "审计记录", "Audit trail");

    fn columns() -> &'static [Column<AuditRow>] {
        COLUMNS
    }

    fn next(&mut self, snapshot: &mut Snapshot) -> Result<Vec<AuditRow>, Problem> {
        let rows = self.take(snapshot, PER_STEP)?;
        if let Some(last) = rows.last() {
            self.after = last.entry.position;
        }
        Ok(rows)
    }

    fn position(&self) -> i64 {
        self.until
    }
}

const COLUMNS: &[Column<AuditRow>] = &[
    Column::new("日志位置", "Log position", "position", 10, |row| {
        Cell::Integer(row.entry.position)
    }),
    Column::new(
        "记录时间（北京时间）",
        "Recorded at (Beijing time)",
        "recorded_at",
        24,
        |row| Cell::Instant(row.recorded_at),
    ),
    Column::new("动作", "Action", "action", 10, |row| {
        Cell::term_id::<Action>(&row.entry.action)
    }),
    Column::new("操作者", "Actor", "actor", 22, |row| {
        Cell::text(&row.entry.actor)
    }),
    Column::new("行政区划代码", "Division code", "owner", 12, |row| {
        Cell::text(&row.entry.owner)
    }),
    Column::new("行政区划", "Division", "owner_name", 14, |row| {
        Cell::division(&row.entry.owner)
    }),
    Column::new("种类", "Kind", "kind", 10, |row| Cell::term(row.entry.kind)),
    Column::new("编号", "Number", "number", 20, |row| {
        Cell::optional(row.number.as_ref())
    }),
    Column::new("名称", "Title", "title", 40, |row| Cell::text(&row.title)),
    Column::new("版次", "Revision", "revision", 8, |row| {
        Cell::Integer(row.entry.revision)
    }),
    Column::new("理由", "Reason", "reason", 30, |row| {
        Cell::optional(row.entry.reason.as_ref())
    }),
    Column::new("依据文件", "Basis", "basis", 26, |row| {
        Cell::optional(row.entry.basis.as_ref())
    }),
    Column::new("条目标识", "Entry id", "id", 38, |row| {
        Cell::text(&row.entry.id)
    }),
    Column::new("请求标识", "Request id", "request", 38, |row| {
        Cell::text(&row.request)
    }),
    Column::new("内容摘要", "Content digest", "content_sha256", 66, |row| {
        Cell::text(&row.entry.content_sha256)
    }),
    Column::new("日志叶摘要", "Leaf hash", "leaf_hash", 66, |row| {
        Cell::text(&row.leaf_hash)
    }),
];

/// One page in the form asked for; the row beyond it tells that there is another.
fn page(
    mut rows: Vec<AuditRow>,
    stretch: &Stretch,
    limit: i64,
    fingerprint: &str,
    layout: &Layout,
    line: &Uri,
) -> Result<Document, Problem> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| more).map(|row| row.entry.position);
    let next = last
        .map(|after| Cursor::new(0, stretch.until, after, fingerprint).encode())
        .transpose()?;
    let closing = Closing {
        end: next.is_none(),
        next,
        position: stretch.until,
        count: rows.len() as u64,
        valid_at: None,
    };
    let document = export::page::<Stretch>(layout, &rows, &closing)?;
    Ok(document.leading_on(line, closing.next.as_deref()))
}

fn filters(params: &mut Params) -> AuditFilters {
    let entry = params.single("entry");
    let id = entry
        .as_deref()
        .and_then(|words| uuid::Uuid::parse_str(words).ok());
    if entry.is_some() && id.is_none() {
        params.fault("entry", "not_a_uuid", text!("标识应为 UUID", "an id is a UUID"));
    }
    AuditFilters {
        actors: params.texts("actor", MAX_ACTOR),
        owners: divisions(params, "owner"),
        actions: params
            .terms::<Action>("action")
            .into_iter()
            .map(Term::id)
            .collect(),
        kinds: params.terms::<Kind>("kind").into_iter().map(Term::id).collect(),
        entry: id.map(|id| id.to_string()),
    }
}

/// The longest subject a token can have is shorter.
const MAX_ACTOR: usize = 500;

/// A point in time with the words that named it.
pub fn point(params: &mut Params, name: &str) -> (Option<AsOf>, Option<String>) {
    let point = params.as_of(name);
    let words = point.and_then(|_| params.single(name));
    (point, words)
}
