//! The parameters that all readers of the log share.

use actix_web::HttpRequest;

use crate::domain::vocabulary::Kind;
use crate::http::params::Params;
use crate::http::standards::query;
use crate::log::cursor::After;
use crate::registry::feed::selection::Selection;
use crate::registry::feed::snapshot::PageCursor;
use crate::text;

/// Rows of one page, at most.
pub const MOST_PER_PAGE: i64 = 1000;

/// Where an event stream that broke off goes on.
const LAST_EVENT_ID: &str = "Last-Event-ID";

/// `kind`, `owner`, `owner_exact`, and places.
pub fn selection(params: &mut Params) -> Selection {
    let kinds = params.terms::<Kind>("kind");
    let mut filters = Vec::new();
    query::owners(params, &mut filters);
    query::places(params, &mut filters);
    Selection::new(kinds, filters)
}

/// `drift`: whose rows; by itself, because what concerns somebody may be anybody's.
pub fn drift(params: &mut Params, selection: &Selection) -> Vec<String> {
    let owners = query::divisions(params, "drift");
    if !owners.is_empty() && !selection.is_everything() {
        let detail = text!(
            "drift 不与其他筛选条件并用：影响本级的变更可能出自任何目录",
            "drift goes without other filters: what concerns somebody may be anybody's change"
        );
        params.fault("drift", "contradiction", detail);
    }
    owners
}

/// `after`: a cursor as it was given, or a bare position.
pub fn after(params: &mut Params) -> After {
    let Some(words) = params.single("after") else {
        return After::Beginning;
    };
    After::parse(&words).unwrap_or_else(|| {
        params.fault(
            "after",
            "malformed_cursor",
            text!(
                "after 须原样使用某一行的 cursor 或 next；也可为日志位置（数字）",
                "use the cursor of a line, or `next`, as it is; a log position (digits) is taken too"
            ),
        );
        After::Beginning
    })
}

/// The id of the last event a stream has delivered; it knows better than the address it was opened with.
pub fn last_event(request: &HttpRequest, params: &mut Params) -> Option<After> {
    let sent = request.headers().get(LAST_EVENT_ID)?;
    let read = sent.to_str().ok().and_then(After::parse);
    if read.is_none() {
        params.faults.push(
            LAST_EVENT_ID,
            "malformed_cursor",
            text!(
                "须为事件流给出的 id，原样",
                "must be an id the stream gave, as it is"
            ),
        );
    }
    read
}

/// `after` of a snapshot: what the page before gave as `next`.
pub fn page(params: &mut Params) -> Option<PageCursor> {
    let words = params.single("after")?;
    let page = PageCursor::parse(&words);
    if page.is_none() {
        params.fault(
            "after",
            "malformed_cursor",
            text!(
                "after 须原样使用上一页的 next",
                "use the `next` of the page before as it is"
            ),
        );
    }
    page
}
