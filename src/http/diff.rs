//! What changed in the whole catalogue between two moments.

use actix_web::http::Uri;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::diff::FieldChange;
use crate::domain::problem::Problem;
use crate::domain::sheet::{Words, change};
use crate::domain::standard::StandardContent;
use crate::domain::time::AsOf;
use crate::domain::vocabulary::{Action, Kind};
use crate::http::answer;
use crate::http::audit::point;
use crate::http::context;
use crate::http::document::Document;
use crate::http::export::{self, Cell, Closing, Column, Layout, Source};
use crate::http::negotiate::{self, Format};
use crate::http::params::Params;
use crate::http::standards::query;
use crate::http::state::{Shared, State};
use crate::registry::moment::{self, Moment, ReadAt};
use crate::registry::read::catalogue_diff::{CatalogueDiff, DiffCounts, Difference, Differs, Side};
use crate::registry::read::cursor::{self, Cursor};
use crate::registry::read::filter::{Filters, Withdrawn};
use crate::registry::read::{places, span};
use crate::registry::stored::ContentCache;
use crate::store::pool::Snapshot;
use crate::text;

/// How many entries one page holds unless asked otherwise.
const PER_PAGE: i64 = 100;

/// How many are read at a time for an answer that holds them all.
const PER_STEP: i64 = 250;

const FORMATS: &[Format] = &[Format::Json, Format::Ndjson, Format::Csv, Format::Xlsx];

/// An entry that differs, as its newest revision by then says. Serialised from stored bytes; this type documents the
/// shape.
#[derive(Serialize, ToSchema)]
pub struct DiffItem {
    pub change: Differs,
    #[schema(format = Uuid, example = "01938f5e-7b1a-7000-8000-000000000001")]
    pub id: String,
    #[schema(example = "standard")]
    pub kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "GB 38600-2019")]
    pub number: Option<String>,
    #[schema(example = "养老机构服务安全基本规范")]
    pub title: String,
    /// The revision that held at `from`; absent when there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 1)]
    pub from_revision: Option<i64>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "青市监发〔2026〕12 号")]
    pub basis: Option<String>,
    pub content_sha256: String,
    /// Of what changed, each field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<FieldChange>>,
    /// Of what was added, the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<StandardContent>,
}

/// Documents one page of a difference.
#[derive(Serialize, ToSchema)]
pub struct DiffPage {
    /// The earlier position.
    #[schema(example = 412)]
    pub from: i64,
    /// The later position.
    #[schema(example = 812)]
    pub to: i64,
    /// Created, restored, or come into the filter.
    pub added: Vec<DiffItem>,
    pub changed: Vec<DiffItem>,
    /// Withdrawn, or gone out of the filter.
    pub withdrawn: Vec<DiffItem>,
    /// Of all pages, when asked for by `count=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counts: Option<DiffCounts>,
    /// The cursor of the next page; null at the end.
    #[schema(required)]
    pub next: Option<String>,
    /// The log position all pages are read at: `to`.
    #[schema(example = 812)]
    pub position: i64,
}

#[derive(Serialize)]
struct Page<'p> {
    from: i64,
    to: i64,
    added: Vec<&'p Difference>,
    changed: Vec<&'p Difference>,
    withdrawn: Vec<&'p Difference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counts: Option<DiffCounts>,
    next: &'p Option<String>,
    position: i64,
}

/// A question, before the log says what its ends are.
struct Question {
    filters: Filters,
    from: Option<AsOf>,
    /// `to` with the rest of what a read may ask of time.
    read_at: ReadAt,
    limit: Option<i64>,
    count: bool,
    layout: Layout,
    fingerprint: String,
    /// Where the page before ended.
    cursor: Option<Cursor>,
}

/// Compare the catalogue at two moments
///
/// Which standards were added, changed (with each field) or withdrawn between two positions, days or instants. The
/// filters of the list of standards apply to both ends: what was restored or came into the filter counts as added, what
/// went out of it as withdrawn, and `change` says which. Equal ends differ in nothing. NDJSON, CSV and XLSX hold
/// everything in one answer unless `limit` is given; NDJSON ends in a closing line.
#[utoipa::path(
    get, path = "/v1/diff", operation_id = "diff_catalogue", tag = "history",
    params(
        ("from" = String, Query, description = "The earlier moment: a log position, a day (its end in Shanghai) or an RFC 3339 instant", example = "2026-10-31"),
        ("to" = Option<String>, Query, description = "The later moment, likewise; the newest state when absent", example = "2026-11-21"),
        ("valid_at" = Option<String>, Query, format = Date, description = "The day on which a filter on `validity` is judged at both ends; the day of `to` when absent", example = "2026-11-21"),
        ("cursor" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<i64>, Query, description = "Entries a page, 1 to 1,000", example = 100),
        ("count" = Option<bool>, Query, description = "Whether to count all differences"),
    ),
    responses((status = 200, description = "What differs", body = DiffPage))
)]
pub async fn diff(request: HttpRequest, state: Shared) -> Result<HttpResponse, Problem> {
    let question = Question::of(&request)?;
    let cache = state.registry.cache().clone();
    let paged = question.limit.is_some() || question.cursor.is_some();
    if question.layout.format != Format::Json && !paged {
        return whole(&request, &state, question, cache).await;
    }
    let line = request.uri().clone();
    let read_at = question.read_at;
    let answered = answer::read(&request, &state, FORMATS, read_at, move |snapshot, view| {
        let diff = question.resolve(snapshot, &cache, view.at)?;
        page(snapshot, &cache, &question, &diff, &line)
    });
    answered.await.map_err(|problem| span::speaking_of("to", problem))
}

/// Every difference in one answer.
async fn whole(
    request: &HttpRequest,
    state: &State,
    question: Question,
    cache: ContentCache,
) -> Result<HttpResponse, Problem> {
    if let Some(position) = question.read_at.min_position {
        state.registry.wait_for(position, answer::PATIENCE).await?;
    }
    let layout = question.layout.clone();
    let begin = move |snapshot: &mut Snapshot| {
        let to = moment::resolve(snapshot, &question.read_at);
        let to = to.map_err(|problem| span::speaking_of("to", problem))?;
        let diff = question.resolve(snapshot, &cache, to)?;
        Ok(Differences {
            after: diff.begin(),
            diff,
            cache,
        })
    };
    let differences = state.registry.read(begin).await?;
    export::whole(state, differences, layout, negotiate::encoding(request.headers())).await
}

impl Question {
    fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let mut params = Params::of(request);
        let filters = query::filters(&mut params);
        if filters.withdrawn != Withdrawn::Exclude {
            params.fault(
                "withdrawn",
                "contradiction",
                text!(
                    "差异本身列出移出目录的条目",
                    "a difference lists what was withdrawn by itself"
                ),
            );
        }
        let (from, from_words) = point(&mut params, "from");
        if from.is_none() && params.faults.is_empty() {
            params.fault(
                "from",
                "required",
                text!("须给出较早的时点", "name the earlier moment"),
            );
        }
        let (to, to_words) = point(&mut params, "to");
        let valid_at = params.date("valid_at");
        let limit = params.integer("limit", 1..=1000);
        let cursor = params.single("cursor");
        let count = params.boolean("count").unwrap_or(false);
        let layout = Layout::read(request, &mut params, FORMATS)?;
        let min_position = context::min_position(request, &mut params);
        params.finish()?;
        let fingerprint = cursor::fingerprint(&(&filters, from_words, to_words, valid_at))?;
        let cursor = cursor
            .map(|words| Cursor::decode(&words, &fingerprint))
            .transpose()?;
        let pinned = cursor.as_ref().map(|cursor| AsOf::Position(cursor.to));
        Ok(Self {
            filters,
            from: cursor.as_ref().map(|cursor| AsOf::Position(cursor.from)).or(from),
            read_at: ReadAt {
                as_of: pinned.or(to),
                valid_at,
                min_position,
            },
            limit,
            count,
            layout,
            fingerprint,
            cursor,
        })
    }

    /// Finds the earlier end and what the filters mean at the later one.
    fn resolve(
        &self,
        snapshot: &mut Snapshot,
        cache: &ContentCache,
        to: Moment,
    ) -> Result<CatalogueDiff, Problem> {
        let from = span::until(snapshot, "from", self.from)?;
        if from.position > to.position {
            return Err(Problem::parameter(
                "from",
                "after_to",
                text!("from 不得晚于 to", "from must not be later than to"),
            ));
        }
        let mut filters = self.filters.clone();
        places::settle(&mut filters, snapshot, cache, &to)?;
        Ok(CatalogueDiff::new(filters, from, to))
    }
}

/// One page in the form asked for; the difference beyond it tells that there is another.
fn page(
    snapshot: &mut Snapshot,
    cache: &ContentCache,
    question: &Question,
    diff: &CatalogueDiff,
    line: &Uri,
) -> Result<Document, Problem> {
    let limit = question.limit.unwrap_or(PER_PAGE);
    let after = question
        .cursor
        .as_ref()
        .map_or(diff.begin(), |cursor| cursor.after);
    let mut found = diff.page(snapshot, cache, after, limit + 1)?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    let (from, to) = (diff.from.position, diff.to.position);
    let next = found
        .last()
        .filter(|_| more)
        .map(|last| Cursor::new(from, to, last.position, &question.fingerprint).encode())
        .transpose()?;
    let counts = if question.count {
        Some(diff.count(snapshot)?)
    } else {
        None
    };
    let document = if question.layout.format == Format::Json {
        let side = |side| {
            found
                .iter()
                .filter(move |one| one.change.side() == side)
                .collect()
        };
        Document::json(&Page {
            from,
            to,
            added: side(Side::Added),
            changed: side(Side::Changed),
            withdrawn: side(Side::Withdrawn),
            counts,
            next: &next,
            position: to,
        })?
    } else {
        let closing = Closing {
            end: next.is_none(),
            next: next.clone(),
            position: to,
            count: found.len() as u64,
            valid_at: None,
        };
        export::page::<Differences>(&question.layout, &found, &closing)?
    };
    Ok(document.leading_on(line, next.as_deref()))
}

/// What is still to be told of a difference.
struct Differences {
    diff: CatalogueDiff,
    cache: ContentCache,
    after: i64,
}

impl Source for Differences {
    type Row = Difference;

    const TITLE: Words = Words::fixed("diff", "目录差异", "Changes of the catalogue");

    fn columns() -> &'static [Column<Difference>] {
        COLUMNS
    }

    fn next(&mut self, snapshot: &mut Snapshot) -> Result<Vec<Difference>, Problem> {
        let found = self.diff.page(snapshot, &self.cache, self.after, PER_STEP)?;
        if let Some(last) = found.last() {
            self.after = last.position;
        }
        Ok(found)
    }

    fn position(&self) -> i64 {
        self.diff.to.position
    }

    fn moment(&self) -> Option<Moment> {
        Some(self.diff.to)
    }
}

const COLUMNS: &[Column<Difference>] = &[
    Column::new("差异", "Change", "change", 10, |row| Cell::term(row.change)),
    Column::new("编号", "Number", "number", 20, |row| {
        Cell::optional(row.number.as_ref())
    }),
    Column::new("名称", "Title", "title", 40, |row| Cell::text(&row.title)),
    Column::new("行政区划代码", "Division code", "owner", 12, |row| {
        Cell::text(&row.owner)
    }),
    Column::new("行政区划", "Division", "owner_name", 14, |row| {
        Cell::division(&row.owner)
    }),
    Column::new("原版次", "Revision before", "from_revision", 8, |row| {
        row.from_revision.map_or(Cell::Empty, Cell::Integer)
    }),
    Column::new("现版次", "Revision", "revision", 8, |row| {
        Cell::Integer(row.revision)
    }),
    Column::new("改动", "Changes", "changes", 60, |row| {
        change::lines(row.changes.as_deref().unwrap_or_default())
    }),
    Column::new("日志位置", "Log position", "position", 10, |row| {
        Cell::Integer(row.position)
    }),
    Column::new(
        "记录时间（北京时间）",
        "Recorded at (Beijing time)",
        "recorded_at",
        24,
        |row| Cell::Instant(row.instant),
    ),
    Column::new("动作", "Action", "action", 10, |row| {
        Cell::term_id::<Action>(&row.action)
    }),
    Column::new("操作者", "Actor", "actor", 22, |row| Cell::text(&row.actor)),
    Column::new("理由", "Reason", "reason", 30, |row| {
        Cell::optional(row.reason.as_ref())
    }),
    Column::new("依据文件", "Basis", "basis", 26, |row| {
        Cell::optional(row.basis.as_ref())
    }),
    Column::new("条目标识", "Entry id", "id", 38, |row| Cell::text(&row.id)),
    Column::new("内容摘要", "Content digest", "content_sha256", 66, |row| {
        Cell::text(&row.content_sha256)
    }),
];
