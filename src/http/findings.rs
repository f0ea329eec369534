//! Lists of findings: worked out whole at one moment, and given page by page, or all at once as lines or a table.

use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::domain::problem::Problem;
use crate::domain::sheet::Words;
use crate::domain::time::{AsOf, parse_date};
use crate::http::answer::{self, PATIENCE};
use crate::http::context;
use crate::http::document::Document;
use crate::http::export::{self, Closing, Column, Layout, Source};
use crate::http::negotiate::{self, Format};
use crate::http::params::Params;
use crate::http::state::State;
use crate::registry::moment::{self, Moment, ReadAt};
use crate::registry::read::cursor::fingerprint;
use crate::registry::stored::ContentCache;
use crate::store::pool::Snapshot;
use crate::text;

/// How many findings one JSON page holds unless asked otherwise.
const PER_PAGE: i64 = 100;

/// How many rows of a table are written at a time.
const PER_STEP: usize = 500;

const FORMATS: &[Format] = &[Format::Json, Format::Ndjson, Format::Csv, Format::Xlsx];

/// One finding, which tables know, too.
pub trait Finding: Serialize + Clone + Send + 'static {
    fn columns() -> &'static [Column<Self>];

    /// What a sheet of such findings is called.
    const TITLE: Words;
}

/// Everything that was found.
pub struct Found<F, S> {
    pub items: Vec<F>,
    /// What a page says besides its items.
    pub summary: S,
    /// The position of another moment the findings rest on, so that later pages rest on the same.
    pub other_position: Option<i64>,
}

/// How a list of findings is asked for.
pub struct Asked {
    pub read_at: ReadAt,
    limit: Option<i64>,
    cursor: Option<String>,
    count: bool,
    layout: Layout,
}

/// A place to go on from. Opaque outside; it carries the moment, so that later pages show the same state.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Cursor {
    #[serde(rename = "p")]
    position: i64,
    #[serde(rename = "d")]
    valid_at: String,
    #[serde(rename = "o", skip_serializing_if = "Option::is_none")]
    other_position: Option<i64>,
    #[serde(rename = "q")]
    question: String,
    /// How many findings were told.
    #[serde(rename = "n")]
    told: usize,
}

#[derive(Serialize)]
struct Page<'f, F, S> {
    items: &'f [F],
    next: Option<String>,
    position: i64,
    valid_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<usize>,
    #[serde(flatten)]
    summary: &'f S,
}

impl Asked {
    /// Reads `cursor`, `limit`, `count`, the time and how the answer shall look; faults are gathered in `params`, which
    /// must know all other names by then.
    pub fn of(request: &HttpRequest, params: &mut Params) -> Result<Self, Problem> {
        Ok(Self {
            limit: params.integer("limit", 1..=1000),
            cursor: params.single("cursor"),
            count: params.boolean("count").unwrap_or(false),
            read_at: context::read_at(request, params),
            layout: Layout::read(request, params, FORMATS)?,
        })
    }

    /// Answers with what `find` finds. `question` is all that it depends on besides the moment; `find` also gets the
    /// other position it rested on for earlier pages.
    pub async fn answer<F: Finding, S: Serialize + 'static>(
        self,
        request: &HttpRequest,
        state: &State,
        question: &impl Serialize,
        find: impl FnOnce(&mut Snapshot, &ContentCache, &Moment, Option<i64>) -> Result<Found<F, S>, Problem>
        + Send
        + 'static,
    ) -> Result<HttpResponse, Problem> {
        let question = fingerprint(question)?;
        let cursor = self
            .cursor
            .as_deref()
            .map(|words| Cursor::decode(words, &question))
            .transpose()?;
        let layout = self.layout.clone();
        let cache = state.registry.cache().clone();
        if layout.format != Format::Json && self.limit.is_none() && cursor.is_none() {
            return self.whole(request, state, layout, cache, find).await;
        }
        // The cursor carries the moment of the first page; an `as_of` repeated beside it changes nothing.
        let read_at = cursor.as_ref().map_or(self.read_at, Cursor::read_at);
        let limit = usize::try_from(self.limit.unwrap_or(PER_PAGE)).unwrap_or(usize::MAX);
        let line = request.uri().clone();
        answer::read(request, state, FORMATS, read_at, move |snapshot, view| {
            let other = cursor.as_ref().and_then(|cursor| cursor.other_position);
            let found = find(snapshot, &cache, &view.at, other)?;
            let begin = cursor.map_or(0, |cursor| cursor.told).min(found.items.len());
            let end = begin.saturating_add(limit).min(found.items.len());
            let next = Cursor {
                position: view.at.position,
                valid_at: view.at.valid_at.to_string(),
                other_position: found.other_position,
                question,
                told: end,
            };
            let next = (end < found.items.len()).then(|| next.encode()).transpose()?;
            let items = found.items.get(begin..end).unwrap_or_default();
            let document = if layout.format == Format::Json {
                Document::json(&Page {
                    items,
                    next: next.clone(),
                    position: view.at.position,
                    valid_at: view.at.valid_at.to_string(),
                    total: self.count.then_some(found.items.len()),
                    summary: &found.summary,
                })?
            } else {
                let closing = Closing {
                    end: next.is_none(),
                    next: next.clone(),
                    position: view.at.position,
                    count: items.len() as u64,
                    valid_at: None,
                };
                export::page::<Rows<F>>(&layout, items, &closing)?
            };
            Ok(document.leading_on(&line, next.as_deref()))
        })
        .await
    }

    /// Every finding in one answer.
    async fn whole<F: Finding, S: 'static>(
        self,
        request: &HttpRequest,
        state: &State,
        layout: Layout,
        cache: ContentCache,
        find: impl FnOnce(&mut Snapshot, &ContentCache, &Moment, Option<i64>) -> Result<Found<F, S>, Problem>
        + Send
        + 'static,
    ) -> Result<HttpResponse, Problem> {
        if let Some(position) = self.read_at.min_position {
            state.registry.wait_for(position, PATIENCE).await?;
        }
        let begin = move |snapshot: &mut Snapshot| {
            let moment = moment::resolve(snapshot, &self.read_at)?;
            let found = find(snapshot, &cache, &moment, None)?;
            Ok(Rows {
                rows: found.items.into_iter(),
                moment,
            })
        };
        let rows = state.registry.read(begin).await?;
        export::whole(state, rows, layout, negotiate::encoding(request.headers())).await
    }
}

impl Cursor {
    fn decode(words: &str, question: &str) -> Result<Self, Problem> {
        let decoded = URL_SAFE_NO_PAD.decode(words).ok();
        let cursor = decoded.and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok());
        // What we never issue is refused here, before it reaches the log.
        let issued = |cursor: &Self| {
            cursor.position >= 0
                && cursor.other_position.is_none_or(|position| position >= 0)
                && parse_date(&cursor.valid_at).is_some()
        };
        let Some(cursor) = cursor.filter(issued) else {
            let detail = text!(
                "cursor 须原样使用上一页的 next",
                "use the `next` of the page before as it is"
            );
            return Err(Problem::parameter("cursor", "malformed_cursor", detail));
        };
        if cursor.question != question {
            let detail = text!(
                "cursor 属于条件不同的查询",
                "the cursor belongs to a list with other filters"
            );
            return Err(Problem::parameter("cursor", "cursor_of_another_question", detail));
        }
        Ok(cursor)
    }

    fn encode(&self) -> Result<String, Problem> {
        let bytes = serde_json::to_vec(self).map_err(Problem::internal)?;
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    fn read_at(&self) -> ReadAt {
        ReadAt {
            as_of: Some(AsOf::Position(self.position)),
            valid_at: parse_date(&self.valid_at),
            min_position: Some(self.position),
        }
    }
}

/// Findings on their way into a table.
struct Rows<F> {
    rows: std::vec::IntoIter<F>,
    moment: Moment,
}

impl<F: Finding> Source for Rows<F> {
    type Row = F;

    const TITLE: Words = F::TITLE;

    fn columns() -> &'static [Column<F>] {
        F::columns()
    }

    fn next(&mut self, _snapshot: &mut Snapshot) -> Result<Vec<F>, Problem> {
        Ok(self.rows.by_ref().take(PER_STEP).collect())
    }

    fn position(&self) -> i64 {
        self.moment.position
    }

    fn moment(&self) -> Option<Moment> {
        Some(self.moment)
    }
}
