//! The one way in: every write of this process goes through one thread and one connection.
//!
//! While a transaction commits, further writes queue up; the next transaction takes all of them (group commit).
//! Across processes the head row's lock keeps the order.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use tokio::sync::oneshot;

use crate::domain::problem::{Problem, ProblemType};
use crate::registry::replay;
use crate::registry::stored::ContentCache;
use crate::registry::transaction::{self, Committed};
use crate::registry::work::{Accepted, Request, Work};
use crate::store::conn::{Conn, Location, Purpose};
use crate::store::dialect;
use crate::store::head::Head;
use crate::text;

/// How many requests may wait for their turn before new ones are told to come back.
const QUEUE: usize = 512;

/// How many requests, and how many changes in all, one transaction takes at most.
const REQUESTS_PER_TRANSACTION: usize = 256;
const CHANGES_PER_TRANSACTION: usize = 20_000;

/// A request on its way, and where its answer goes.
struct Ticket {
    request: Request,
    answer: oneshot::Sender<Result<Accepted, Problem>>,
    /// Let go only once the request has been answered, whether or not its client still waits.
    stay: Stay,
}

/// The sending side. Dropping it lets the writer finish what it has accepted and stop.
#[derive(Clone)]
pub struct Writer {
    queue: mpsc::SyncSender<Ticket>,
    in_flight: Arc<Mutex<HashSet<[String; 4]>>>,
    waiting: Arc<AtomicUsize>,
}

impl Writer {
    /// Starts the writing thread. `committed` hears of every new head as soon as its commit is durable.
    pub fn start(
        location: Location,
        cache: ContentCache,
        committed: impl Fn(&Head) + Send + 'static,
    ) -> std::io::Result<(Self, std::thread::JoinHandle<()>)> {
        let (queue, tickets) = mpsc::sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || {
                let mut loop_ = Loop {
                    location,
                    cache,
                    conn: None,
                };
                while let Some(batch) = next_batch(&tickets) {
                    loop_.serve(batch, &committed);
                }
            })?;
        let writer = Self {
            queue,
            in_flight: Arc::default(),
            waiting: Arc::default(),
        };
        Ok((writer, thread))
    }

    /// How many writes wait or are under way.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Hands a request in and waits until it is durable or refused.
    pub async fn submit(&self, request: Request) -> Result<Accepted, Problem> {
        let stay = self.enter(&request)?;
        let (answer, answered) = oneshot::channel();
        match self.queue.try_send(Ticket {
            request,
            answer,
            stay,
        }) {
            Ok(()) => answered.await.map_err(|_| unavailable())?,
            Err(mpsc::TrySendError::Full(_)) => Err(Problem::new(
                ProblemType::Overloaded,
                text!(
                    "写入队列已满，请稍后重试",
                    "the write queue is full, try again shortly"
                ),
            )),
            Err(mpsc::TrySendError::Disconnected(_)) => Err(unavailable()),
        }
    }

    /// Counts a request in. Two with one key must not both be on their way: the second is told to ask again.
    fn enter(&self, request: &Request) -> Result<Stay, Problem> {
        let key = request.retry.as_ref().map(|retry| retry.key.clone());
        if let Some(key) = &key {
            let mut in_flight = self.in_flight.lock().map_err(|_| unavailable())?;
            if !in_flight.insert(key.clone()) {
                return Err(replay::in_flight());
            }
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Ok(Stay {
            in_flight: Arc::clone(&self.in_flight),
            waiting: Arc::clone(&self.waiting),
            key,
        })
    }
}

fn unavailable() -> Problem {
    Problem::new(
        ProblemType::Unavailable,
        text!(
            "服务正在停止，未写入",
            "the service is stopping; nothing was written"
        ),
    )
}

/// A request's time with the writer. It ends with the ticket, not with the client: one that hung up and retries must
/// not meet its own first attempt in the queue.
struct Stay {
    in_flight: Arc<Mutex<HashSet<[String; 4]>>>,
    waiting: Arc<AtomicUsize>,
    key: Option<[String; 4]>,
}

impl Drop for Stay {
    fn drop(&mut self) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        if let Some(key) = &self.key
            && let Ok(mut in_flight) = self.in_flight.lock()
        {
            in_flight.remove(key);
        }
    }
}

/// Waits for one request, then takes whatever else has arrived meanwhile.
fn next_batch(tickets: &mpsc::Receiver<Ticket>) -> Option<Vec<Ticket>> {
    let first = tickets.recv().ok()?;
    let mut changes = first.request.size();
    let mut batch = vec![first];
    while batch.len() < REQUESTS_PER_TRANSACTION && changes < CHANGES_PER_TRANSACTION {
        let Ok(ticket) = tickets.try_recv() else {
            break;
        };
        changes += ticket.request.size();
        batch.push(ticket);
    }
    Some(batch)
}

/// The writing thread's own state.
struct Loop {
    location: Location,
    cache: ContentCache,
    conn: Option<Conn>,
}

impl Loop {
    /// Serves a batch in one transaction, or in several where it holds redactions: each of those runs alone.
    fn serve(&mut self, batch: Vec<Ticket>, committed: &impl Fn(&Head)) {
        let mut together = Vec::new();
        for ticket in batch {
            if !matches!(ticket.request.work, Work::Redact(_)) {
                together.push(ticket);
                continue;
            }
            if !together.is_empty() {
                self.serve_together(std::mem::take(&mut together), committed);
            }
            self.serve_together(vec![ticket], committed);
            self.scrub();
        }
        if !together.is_empty() {
            self.serve_together(together, committed);
        }
    }

    /// The redaction stands whether or not this succeeds; what is left on the disk goes with the next checkpoint.
    fn scrub(&mut self) {
        if let Some(conn) = &mut self.conn
            && let Err(error) = dialect::scrub(conn)
        {
            tracing::warn!(%error, "erased bytes may still be in the write-ahead log");
        }
    }

    fn serve_together(&mut self, batch: Vec<Ticket>, committed: &impl Fn(&Head)) {
        let (requests, waiting): (Vec<_>, Vec<_>) = batch
            .into_iter()
            .map(|ticket| (ticket.request, (ticket.answer, ticket.stay)))
            .unzip();
        let outcome = self.transact(&requests);
        match outcome {
            Ok(Committed { head, answers }) => {
                committed(&head);
                for ((sender, stay), answer) in waiting.into_iter().zip(answers) {
                    drop(stay);
                    // The client may have gone; what it asked for is done all the same.
                    let _ = sender.send(answer);
                }
            }
            Err(problem) => {
                tracing::error!(
                    cause = problem.cause,
                    requests = requests.len(),
                    "write transaction failed"
                );
                // The connection may be in any state: the next batch starts with a new one.
                self.conn = None;
                for (sender, stay) in waiting {
                    drop(stay);
                    let _ = sender.send(Err(problem.clone()));
                }
            }
        }
    }

    fn transact(&mut self, requests: &[Request]) -> Result<Committed, Problem> {
        let conn = match &mut self.conn {
            Some(conn) => conn,
            none => none.insert(Conn::establish(&self.location, Purpose::Write)?),
        };
        transaction::run(conn, &self.location, &self.cache, requests)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::domain::permission::Grant;
    use crate::domain::text::Language;
    use crate::registry::bulk::Batch;
    use crate::registry::decide::Author;
    use crate::registry::work::Retry;

    fn request() -> Request {
        Request {
            author: Author {
                grant: Grant {
                    subject: "district".to_owned(),
                    scopes: Vec::new(),
                    districts: Vec::new(),
                    token_id: None,
                    expires_at: None,
                },
                request: "1".to_owned(),
            },
            retry: Some(Retry {
                key: ["district", "POST", "/v1/standards", "key"].map(str::to_owned),
                body_sha256: [0; 32],
            }),
            work: Work::Batch(Batch {
                atomic: true,
                dry_run: false,
                language: Language::English,
                items: Vec::new(),
            }),
        }
    }

    #[tokio::test]
    async fn a_retry_after_hanging_up_does_not_meet_its_first_attempt_in_the_queue() {
        let (queue, tickets) = mpsc::sync_channel(QUEUE);
        let writer = Writer {
            queue,
            in_flight: Arc::default(),
            waiting: Arc::default(),
        };
        // Handed in, then given up by its client while it waits.
        let mut given_up = Box::pin(writer.submit(request()));
        assert!(given_up.as_mut().now_or_never().is_none());
        drop(given_up);
        assert_eq!(writer.waiting(), 1);

        let refused = writer.submit(request()).await.unwrap_err();
        assert_eq!(refused.kind, ProblemType::IdempotencyInFlight);

        drop(tickets.recv());
        assert_eq!(writer.waiting(), 0);
        assert!(writer.submit(request()).now_or_never().is_none());
    }
}
