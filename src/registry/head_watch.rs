//! The newest committed position, never stale, at the price of next to nothing.
//!
//! On SQLite this process is the only writer and simply knows. On PostgreSQL the database is asked, but only one
//! question is ever under way: every request that arrives before it is sent shares its answer. While anybody waits for
//! a commit, the same thread looks again and again, for all who wait together: they hold no connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use tokio::sync::{oneshot, watch};

use crate::domain::problem::{Problem, ProblemType};
use crate::domain::time::Instant;
use crate::store::conn::{Conn, Location, Purpose};
use crate::store::error::StoreError;
use crate::store::head::{self, Head};
use crate::text;

/// How often PostgreSQL is asked for commits of other instances while somebody waits for one.
const LOOK_AGAIN: Duration = Duration::from_millis(25);

/// Where the log has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HeadInfo {
    pub position: i64,
    pub recorded_at: Instant,
    pub epoch: i64,
}

impl From<&Head> for HeadInfo {
    fn from(head: &Head) -> Self {
        Self {
            position: head.position(),
            recorded_at: Instant(head.last_recorded_at),
            epoch: head.epoch,
        }
    }
}

type Asked = oneshot::Sender<Result<HeadInfo, Problem>>;

/// Answers how far the log has come.
pub struct HeadWatch {
    /// The newest position this process has heard of; those who wait are woken by it.
    heard: Arc<watch::Sender<HeadInfo>>,
    /// Present when other processes may write too.
    shared: Option<mpsc::Sender<Asked>>,
    waiting: Arc<AtomicUsize>,
    stopping: watch::Sender<bool>,
}

/// Counts one who waits, for as long as it does.
struct Waiting<'w>(&'w AtomicUsize);

impl<'w> Waiting<'w> {
    fn begin(count: &'w AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl HeadWatch {
    pub fn start(location: &Location, head: &Head) -> std::io::Result<Self> {
        let heard = Arc::new(watch::Sender::new(HeadInfo::from(head)));
        let waiting = Arc::new(AtomicUsize::new(0));
        let shared = if location.is_sqlite() {
            None
        } else {
            let looking = Looking {
                location: location.clone(),
                conn: None,
                heard: Arc::clone(&heard),
            };
            Some(looking.start(Arc::clone(&waiting))?)
        };
        Ok(Self {
            heard,
            shared,
            waiting,
            stopping: watch::Sender::new(false),
        })
    }

    /// Hears of a commit of this process.
    pub fn committed(&self, head: &Head) {
        match &self.shared {
            None => {
                self.heard.send_replace(HeadInfo::from(head));
            }
            // Only one may tell those who wait, or an older answer could overtake a newer one.
            Some(shared) if self.waiting.load(Ordering::SeqCst) > 0 => {
                let (look, _) = oneshot::channel();
                let _ = shared.send(look);
            }
            Some(_) => {}
        }
    }

    /// The newest committed position.
    pub async fn head(&self) -> Result<HeadInfo, Problem> {
        let Some(shared) = &self.shared else {
            return Ok(*self.heard.borrow());
        };
        let (ask, answer) = oneshot::channel();
        shared.send(ask).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    /// The newest committed position, once it is at least `position`.
    pub async fn wait_for(&self, position: i64, patience: Duration) -> Result<HeadInfo, Problem> {
        let head = self
            .wait_until(patience, |head| head.position >= position)
            .await?;
        if head.position >= position {
            Ok(head)
        } else {
            Err(behind(position, head.position))
        }
    }

    /// The newest committed position as soon as it is another than `position`; that one when patience or the service
    /// ends first.
    pub async fn wait_beyond(&self, position: i64, patience: Duration) -> Result<HeadInfo, Problem> {
        self.wait_until(patience, |head| head.position != position).await
    }

    /// Ends all waiting, now and from now on.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Returns when the service is about to stop.
    pub async fn stopped(&self) {
        // The sender lives as long as this does.
        let _ = self.stopping.subscribe().wait_for(|stopping| *stopping).await;
    }

    async fn wait_until(
        &self,
        patience: Duration,
        reached: impl Fn(&HeadInfo) -> bool,
    ) -> Result<HeadInfo, Problem> {
        let mut heard = self.heard.subscribe();
        let _waiting = Waiting::begin(&self.waiting);
        // Asking also wakes the thread that looks: it goes on for as long as somebody waits.
        let head = self.head().await?;
        if reached(&head) {
            return Ok(head);
        }
        tokio::select! {
            found = heard.wait_for(reached) => found.map(|head| *head).map_err(|_| gone()),
            () = tokio::time::sleep(patience) => self.head().await,
            () = self.stopped() => self.head().await,
        }
    }
}

fn behind(wanted: i64, head: i64) -> Problem {
    Problem::new(
        ProblemType::Behind,
        text!(
            "日志位于 {head}，尚未达到 Min-Position {wanted}",
            "the log is at {head}, not yet at Min-Position {wanted}"
        ),
    )
    .with("head", head)
}

fn gone() -> Problem {
    Problem::new(
        ProblemType::Unavailable,
        text!("服务正在停止", "the service is stopping"),
    )
}

/// The thread that asks PostgreSQL, with its connection.
struct Looking {
    location: Location,
    conn: Option<Conn>,
    heard: Arc<watch::Sender<HeadInfo>>,
}

impl Looking {
    /// Starts the thread; it ends when the watch is dropped.
    fn start(mut self, waiting: Arc<AtomicUsize>) -> std::io::Result<mpsc::Sender<Asked>> {
        let (ask, asked) = mpsc::channel::<Asked>();
        std::thread::Builder::new()
            .name("head".to_owned())
            .spawn(move || {
                while let Some(first) = next(&asked, &waiting) {
                    let askers: Vec<Asked> = first.into_iter().chain(asked.try_iter()).collect();
                    let answer = self.look();
                    for ask in askers {
                        // Who no longer waits needs no answer.
                        let _ = ask.send(answer.clone());
                    }
                }
            })?;
        Ok(ask)
    }

    fn look(&mut self) -> Result<HeadInfo, Problem> {
        let answer = self.ask_database();
        match &answer {
            Ok(found) => {
                self.heard.send_if_modified(|heard| {
                    let moved = heard != found;
                    *heard = *found;
                    moved
                });
            }
            Err(_) => self.conn = None,
        }
        answer
    }

    fn ask_database(&mut self) -> Result<HeadInfo, Problem> {
        let conn = match &mut self.conn {
            Some(conn) => conn,
            none => none.insert(Conn::establish(&self.location, Purpose::Read)?),
        };
        let head = head::read(conn)?;
        let head = head.ok_or_else(|| StoreError::Corrupt("the log has no head row".to_owned()))?;
        Ok(HeadInfo::from(&head))
    }
}

/// The next question: at once when one is asked, after a while on behalf of those who wait, never when all are gone.
fn next(asked: &Receiver<Asked>, waiting: &AtomicUsize) -> Option<Option<Asked>> {
    if waiting.load(Ordering::SeqCst) == 0 {
        return asked.recv().ok().map(Some);
    }
    match asked.recv_timeout(LOOK_AGAIN) {
        Ok(ask) => Some(Some(ask)),
        Err(RecvTimeoutError::Timeout) => Some(None),
        Err(RecvTimeoutError::Disconnected) => None,
    }
}
