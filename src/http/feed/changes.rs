//! The change feed.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::problem::Problem;
use crate::http::answer::{self, PATIENCE};
use crate::http::context;
use crate::http::feed::followers::Turn;
use crate::http::feed::query::{self, MOST_PER_PAGE};
use crate::http::feed::schema::ChangePage;
use crate::http::feed::{frame, stream};
use crate::http::negotiate::{self, Format};
use crate::http::params::Params;
use crate::http::state::Shared;
use crate::log::cursor::After;
use crate::registry::feed::Paged;
use crate::registry::feed::changes::{Changes, stand};
use crate::registry::moment::ReadAt;
use crate::terms;

/// How many items one JSON page holds unless asked otherwise.
const PER_PAGE: i64 = 100;

/// The longest a request may wait, in seconds.
const LONGEST_WAIT: i64 = 60;

const FORMATS: &[Format] = &[Format::Json, Format::Ndjson, Format::EventStream];

terms! {
    /// Which revisions are shown.
    pub enum Mode = "changes_mode" {
        All "all" "全部版本" "Every revision",
        Latest "latest" "仅当前版本" "Only revisions that are still current",
    }
}

/// Follow changes
///
/// Everything that happened after a place in the log, in order: without filters and with `mode=all` every position
/// exactly once. Each line has its own `cursor`, so what arrived of a body that broke off counts; a body without its
/// closing part was cut. At the end, `count` and `digest` let a copy know itself equal.
///
/// NDJSON without `limit` goes on until it has caught up. An event stream never ends: `event: change` for each item,
/// `event: end` whenever it has caught up, and it resumes by `Last-Event-ID`.
///
/// With `drift=<division>` only those revisions, of anybody, that can cause or settle drift for the rows of that division
/// and all below it: revisions of a standard that such a row stands for or names by `derives_from`, `adopts`, `cites` or
/// `implements`, of other editions of it, of what replaces it as a whole, and of such rows themselves. It is the first
/// order only, of that all of it, and a function of the log up to each line; there is no `count` and no `digest`. What
/// the calendar brings is no change: `/v1/drift` tells it.
#[utoipa::path(
    get, path = "/v1/changes", operation_id = "list_changes", tag = "sync",
    params(
        ("after" = Option<String>, Query, description = "The `cursor` of a line or `next`, as it is; a bare position is taken unchecked. From the beginning when absent or 0", example = "cAAAAAAAAAywAAAAAAAAAAaurq6urq6ur"),
        ("limit" = Option<i64>, Query, description = "Items a page, 1 to 1,000; 100 in JSON when absent", example = 1000),
        ("wait" = Option<i64>, Query, description = "When there is nothing, how many seconds to wait for a commit, 0 to 60; not for event streams, which always wait", example = 30),
        ("mode" = inline(Option<Mode>), Query, description = "`latest` leaves out revisions that are no longer current", example = "latest"),
        ("drift" = Option<Vec<String>>, Query, description = "Only what can cause or settle drift for the rows of these divisions and all below them; without other filters", example = json!(["370214"])),
        ("leaf" = Option<bool>, Query, description = "Whether each line brings the bytes that prove it"),
        ("Min-Position" = Option<String>, Header, description = "Answer with at least this much of the log; waits briefly, then 503", example = "3"),
        ("Last-Event-ID" = Option<String>, Header, description = "Of an event stream: where it goes on; stronger than `after`", example = "cAAAAAAAAAywAAAAAAAAAAaurq6urq6ur"),
    ),
    responses((status = 200, description = "A page, lines with a closing line, or events",
        headers(("Log-Position" = i64, description = "The log position the answer was read at")),
        content((ChangePage = "application/json"), (String = "application/x-ndjson"), (String = "text/event-stream"))))
)]
pub async fn changes(request: HttpRequest, state: Shared) -> Result<HttpResponse, Problem> {
    let mut params = Params::of(&request);
    let mut after = query::after(&mut params);
    let limit = params.integer("limit", 1..=MOST_PER_PAGE);
    let wait = params.integer("wait", 0..=LONGEST_WAIT).unwrap_or(0);
    let latest = params.term::<Mode>("mode") == Some(Mode::Latest);
    let with_leaf = params.boolean("leaf").unwrap_or(false);
    let selection = query::selection(&mut params);
    let drift = query::drift(&mut params, &selection);
    let min_position = context::min_position(&request, &mut params);
    let last_event = query::last_event(&request, &mut params);
    params.finish()?;
    let format = negotiate::format(request.headers(), FORMATS)?;
    if let (Format::EventStream, Some(last)) = (format, last_event) {
        after = last;
    }
    let per_page = match format {
        Format::Json => PER_PAGE,
        _ => MOST_PER_PAGE,
    };
    let changes = Changes {
        after,
        limit: limit.unwrap_or(per_page),
        latest,
        with_leaf,
        selection,
        drift,
    };
    if let Some(position) = min_position.max(ahead(&state, after).await?) {
        state.registry.wait_for(position, PATIENCE).await?;
    }
    if format == Format::EventStream {
        return stream::events(state, changes).await;
    }
    let _turn = wait_for_change(&state, after, Duration::from_secs(wait.unsigned_abs())).await?;
    if format == Format::Ndjson && limit.is_none() {
        return stream::lines(state.clone(), changes, negotiate::encoding(request.headers())).await;
    }
    let feed = state.registry.feed().clone();
    answer::read(
        &request,
        &state,
        FORMATS,
        ReadAt::default(),
        move |snapshot, view| frame::document(&changes.page(&feed, snapshot)?, view.format),
    )
    .await
}

/// A place a copy may not have come to yet, though its source has. One of an earlier epoch it will never come to.
async fn ahead(state: &Shared, after: After) -> Result<Option<i64>, Problem> {
    let epoch = state.registry.head().await?.epoch;
    Ok(match after {
        After::Cursor(cursor) if state.registry.is_copy() && cursor.epoch >= epoch => Some(cursor.position),
        _ => None,
    })
}

/// Returns as soon as there is anything after a place, or when patience ends. Who waited has a turn, so that all who were
/// woken together are answered with what the first of them reads.
async fn wait_for_change(
    state: &Shared,
    after: After,
    patience: Duration,
) -> Result<Option<Turn<'_>>, Problem> {
    let seen = after.position();
    if patience.is_zero() || state.registry.head().await?.position != seen {
        return Ok(None);
    }
    if let After::Cursor(_) = after {
        // Who stands nowhere in this log is not left waiting to hear it.
        state
            .registry
            .read(move |snapshot| stand(snapshot, after).map(|_| ()))
            .await?;
    }
    let _place = state.followers.enter()?;
    state.registry.wait_beyond(seen, patience).await?;
    Ok(state.followers.turn().await)
}
