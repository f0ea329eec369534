//! Bodies that are made page by page as the client takes them. Between pages nothing of the database is held; a client
//! that goes away takes all of it along.

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::rt::{self, task::JoinHandle};
use actix_web::web::Bytes;
use futures_util::stream;
use tokio::select;

use crate::domain::problem::Problem;
use crate::http::answer::LOG_POSITION;
use crate::http::encode::Packer;
use crate::http::feed::followers::Place;
use crate::http::feed::frame;
use crate::http::negotiate::{Encoding, Format};
use crate::http::state::Shared;
use crate::log::cursor::Cursor;
use crate::registry::feed::changes::Changes;
use crate::registry::feed::{Page, Paged};

/// How often a quiet stream shows that it lives.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// A comment, as event streams have them.
const STILL_HERE: &[u8] = b":\n\n";

/// A page that is being read while the one before it is on its way.
type Ahead<N> = JoinHandle<Result<Page<N>, Problem>>;

/// A question on its way from page to page.
struct Walk<Q: Paged> {
    state: Shared,
    question: Q,
    /// A page that is there but not sent.
    page: Option<Arc<Page<Q::Next>>>,
    ahead: Option<Ahead<Q::Next>>,
    /// Whether the last page sent reached the head.
    caught_up: bool,
    _place: Place,
}

impl<Q: Paged + Clone + Sync> Walk<Q> {
    /// Begins with the first page: what is to be refused is refused before the body begins.
    async fn begin(state: Shared, question: Q) -> Result<Self, Problem> {
        let mut walk = Self {
            _place: state.followers.enter()?,
            state,
            question,
            page: None,
            ahead: None,
            caught_up: false,
        };
        walk.page = Some(Arc::new(walk.read().await?));
        Ok(walk)
    }

    fn read(&self) -> impl Future<Output = Result<Page<Q::Next>, Problem>> + use<Q> {
        let (state, question) = (self.state.clone(), self.question.clone());
        async move {
            let feed = state.registry.feed().clone();
            let read = state
                .registry
                .read(move |snapshot| question.page(&feed, snapshot));
            read.await
        }
    }

    /// Reads the next page while this one is put on the wire and taken off it: the database, the service and the client
    /// work side by side. One page is read ahead, no more, so a slow client holds little memory and nothing else.
    fn read_ahead(&mut self) {
        if !self.caught_up {
            self.ahead = Some(rt::spawn(self.read()));
        }
    }

    async fn next_page(&mut self) -> Result<Arc<Page<Q::Next>>, Problem> {
        let page = match (self.page.take(), self.ahead.take()) {
            (Some(page), _) => page,
            (None, Some(ahead)) => Arc::new(ahead.await.map_err(Problem::internal)??),
            (None, None) => Arc::new(self.read().await?),
        };
        self.caught_up = page.closing.end;
        if let Some(next) = &page.closing.next {
            self.question = self.question.going_on(next.clone());
        }
        Ok(page)
    }

    /// The position the first page was read at.
    fn position(&self) -> i64 {
        self.page.as_ref().map_or(0, |page| page.closing.position)
    }
}

impl Walk<Changes> {
    /// Reads as [`Walk::read`] does, or takes what another follower has read.
    async fn read_together(&self) -> Result<Arc<Page<Cursor>>, Problem> {
        let (registry, followers) = (&self.state.registry, &self.state.followers);
        if let Some(page) = followers.recent(registry.head().await?, &self.question) {
            return Ok(page);
        }
        let _turn = followers.turn().await;
        let head = registry.head().await?;
        if let Some(page) = followers.recent(head, &self.question) {
            return Ok(page);
        }
        let page = Arc::new(self.read().await?);
        // What was read at a later head is not what others will ask for at this one.
        if page.closing.position == head.position {
            followers.keep(head, self.question.clone(), &page);
        }
        Ok(page)
    }
}

/// Everything there is, a line each; the last one closes the body.
pub async fn lines<Q: Paged + Clone + Sync>(
    state: Shared,
    question: Q,
    encoding: Encoding,
) -> Result<HttpResponse, Problem> {
    let walk = Walk::begin(state, question).await?;
    let position = walk.position();
    let packer = Packer::new(encoding)?;
    let body = stream::unfold(Some((walk, packer)), |going| async {
        let (mut walk, packer) = going?;
        match next_lines(&mut walk, packer).await {
            Ok((bytes, packer)) => Some((Ok(bytes), packer.map(|packer| (walk, packer)))),
            Err(problem) => Some((Err(broken(&problem)), None)),
        }
    });
    let mut response = HttpResponse::Ok();
    if encoding != Encoding::Identity {
        response.insert_header((header::CONTENT_ENCODING, encoding.name()));
    }
    Ok(response
        .insert_header((header::CONTENT_TYPE, Format::Ndjson.media_type()))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::VARY, "Accept, Accept-Encoding"))
        .insert_header((LOG_POSITION, position))
        .streaming(body))
}

/// The lines of the next page; without a packer to go on with when they were the last.
async fn next_lines<Q: Paged + Clone + Sync>(
    walk: &mut Walk<Q>,
    packer: Packer,
) -> Result<(Bytes, Option<Packer>), Problem> {
    let page = walk.next_page().await?;
    walk.read_ahead();
    let end = page.closing.end;
    packer.pack(frame::ndjson(&page, end)?, end).await
}

/// Changes as they come, until the client or the service goes away.
pub async fn events(state: Shared, changes: Changes) -> Result<HttpResponse, Problem> {
    let walk = Walk::begin(state, changes).await?;
    let body = stream::unfold(Some(walk), |walk| async {
        let mut walk = walk?;
        match next_events(&mut walk).await {
            Ok(Some(bytes)) => Some((Ok(bytes), Some(walk))),
            Ok(None) => None,
            Err(problem) => Some((Err(broken(&problem)), None)),
        }
    });
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, Format::EventStream.media_type()))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::VARY, "Accept"))
        // What stands between must pass events on as they come.
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(body))
}

/// The next events, or a sign of life after a while; nothing when the service stops.
async fn next_events(walk: &mut Walk<Changes>) -> Result<Option<Bytes>, Problem> {
    let state = walk.state.clone();
    let told_to_stop = state.registry.stopped_waiting();
    tokio::pin!(told_to_stop);
    loop {
        if walk.page.is_none() && walk.caught_up {
            let seen = walk.question.after.position();
            let moved = select! {
                biased;
                () = &mut told_to_stop => return Ok(None),
                head = state.registry.wait_beyond(seen, HEARTBEAT) => head?.position != seen,
            };
            if !moved {
                return Ok(Some(Bytes::from_static(STILL_HERE)));
            }
            walk.page = Some(walk.read_together().await?);
        }
        let page = select! {
            biased;
            () = &mut told_to_stop => return Ok(None),
            page = walk.next_page() => page?,
        };
        let bytes = frame::events(&page)?;
        if !bytes.is_empty() {
            return Ok(Some(bytes.into()));
        }
    }
}

/// Breaks the body off: the client sees that it has no end.
fn broken(problem: &Problem) -> std::io::Error {
    let cause = problem.cause.as_deref();
    tracing::warn!(problem = problem.kind.slug(), cause, "a stream broke off");
    std::io::Error::other(problem.kind.slug())
}
