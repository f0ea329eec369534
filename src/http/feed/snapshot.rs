//! A copy to begin from.

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::problem::{Problem, ProblemType};
use crate::http::answer;
use crate::http::feed::query::{self, MOST_PER_PAGE};
use crate::http::feed::schema::SnapshotPage;
use crate::http::feed::{frame, stream};
use crate::http::negotiate::{self, Format};
use crate::http::params::Params;
use crate::http::state::Shared;
use crate::registry::feed::Paged;
use crate::registry::feed::changes::gone;
use crate::registry::feed::snapshot::Live;

/// How many items one JSON page holds unless asked otherwise.
const PER_PAGE: i64 = 100;

const FORMATS: &[Format] = &[Format::Json, Format::Ndjson];

/// Take a snapshot
///
/// Everything live at one position, in the order of positions. `next` pins that position, so pages fit together while
/// others write, come alike from any instance and can be asked for again at any time. Changes after `changes_after`
/// lead on from there, exactly. NDJSON without `limit` is the whole of it, with a closing line.
#[utoipa::path(
    get, path = "/v1/snapshot", operation_id = "get_snapshot", tag = "sync",
    params(
        ("at" = Option<String>, Query, description = "A log position, a day (its end in Shanghai) or an RFC 3339 instant; the newest state when absent", example = "812"),
        ("after" = Option<String>, Query, description = "`next` of the page before", example = "scAAAAAAAAAywAAAAAAAAAAaurq6urq6ur.AAAAAAAAAoA"),
        ("limit" = Option<i64>, Query, description = "Items a page, 1 to 1,000; 100 in JSON when absent", example = 1000),
        ("leaf" = Option<bool>, Query, description = "Whether each item brings the bytes that prove it"),
    ),
    responses((status = 200, description = "One page, or lines with a closing line",
        headers(("Log-Position" = i64, description = "The position all pages show")),
        content((SnapshotPage = "application/json"), (String = "application/x-ndjson"))))
)]
pub async fn snapshot(request: HttpRequest, state: Shared) -> Result<HttpResponse, Problem> {
    let mut params = Params::of(&request);
    let at = params.as_of("at");
    let page = query::page(&mut params);
    let limit = params.integer("limit", 1..=MOST_PER_PAGE);
    let with_leaf = params.boolean("leaf").unwrap_or(false);
    let selection = query::selection(&mut params);
    params.finish()?;
    let format = negotiate::format(request.headers(), FORMATS)?;
    let streamed = format == Format::Ndjson && limit.is_none();
    let live = Live {
        at,
        page,
        limit: limit.unwrap_or(if streamed { MOST_PER_PAGE } else { PER_PAGE }),
        with_leaf,
        selection,
    };
    let answered = if streamed {
        stream::lines(state, live, negotiate::encoding(request.headers())).await
    } else {
        let feed = state.registry.feed().clone();
        answer::read(
            &request,
            &state,
            FORMATS,
            live.read_at(),
            move |snapshot, view| frame::document(&live.page(&feed, snapshot)?, view.format),
        )
        .await
    };
    match answered {
        // A page of a position this log has not reached is a page of another log.
        Err(problem) if page.is_some() && problem.kind == ProblemType::BeyondHead => Err(gone()),
        answered => answered,
    }
}
