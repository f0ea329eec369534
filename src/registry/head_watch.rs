//! The newest committed position, never stale, at the price of next to nothing.
//!
//! On SQLite this process is the only writer and simply knows. On PostgreSQL the database is asked, but only one
//! question is ever under way: every request that arrives before it is sent shares its answer.

use std::sync::mpsc;
use std::time::Duration;

use tokio::sync::{oneshot, watch};

use crate::domain::problem::{Problem, ProblemType};
use crate::domain::time::Instant;
use crate::store::conn::{Conn, Location, Purpose};
use crate::store::error::StoreError;
use crate::store::head::{self, Head};
use crate::text;

/// How often a request that waits for a position looks again on PostgreSQL.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Where the log has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    own: watch::Sender<HeadInfo>,
    /// Present when other processes may write too.
    shared: Option<mpsc::Sender<Asked>>,
}

impl HeadWatch {
    pub fn start(location: &Location, head: &Head) -> std::io::Result<Self> {
        let shared = if location.is_sqlite() {
            None
        } else {
            Some(start_asking(location.clone())?)
        };
        Ok(Self {
            own: watch::Sender::new(HeadInfo::from(head)),
            shared,
        })
    }

    /// Hears of a commit of this process.
    pub fn committed(&self, head: &Head) {
        self.own.send_replace(HeadInfo::from(head));
    }

    /// The newest committed position.
    pub async fn head(&self) -> Result<HeadInfo, Problem> {
        let Some(shared) = &self.shared else {
            return Ok(*self.own.borrow());
        };
        let (ask, answer) = oneshot::channel();
        shared.send(ask).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    /// The newest committed position, once it is at least `position`.
    pub async fn wait_for(&self, position: i64, patience: Duration) -> Result<HeadInfo, Problem> {
        let reached = async {
            let mut own = self.own.subscribe();
            loop {
                let head = self.head().await?;
                if head.position >= position {
                    return Ok(head);
                }
                // Our own commits wake at once, those of others are looked for.
                match &self.shared {
                    Some(_) => tokio::time::sleep(LOOK_AGAIN).await,
                    None => own.changed().await.map_err(|_| gone())?,
                }
            }
        };
        match tokio::time::timeout(patience, reached).await {
            Ok(head) => head,
            Err(_) => Err(self.behind(position).await),
        }
    }

    async fn behind(&self, position: i64) -> Problem {
        let head = self.head().await.map_or(0, |head| head.position);
        Problem::new(
            ProblemType::Behind,
            text!(
                "日志位于 {head}，尚未达到 Min-Position {position}",
                "the log is at {head}, not yet at Min-Position {position}"
            ),
        )
        .with("head", head)
    }
}

fn gone() -> Problem {
    Problem::new(
        ProblemType::Unavailable,
        text!("服务正在停止", "the service is stopping"),
    )
}

/// Starts the thread that asks PostgreSQL; it ends when the watch is dropped.
fn start_asking(location: Location) -> std::io::Result<mpsc::Sender<Asked>> {
    let (ask, asked) = mpsc::channel::<Asked>();
    std::thread::Builder::new()
        .name("head".to_owned())
        .spawn(move || {
            let mut conn: Option<Conn> = None;
            while let Ok(first) = asked.recv() {
                let mut waiting = vec![first];
                waiting.extend(asked.try_iter());
                let answer = look(&mut conn, &location);
                if answer.is_err() {
                    conn = None;
                }
                for ask in waiting {
                    // Who no longer waits needs no answer.
                    let _ = ask.send(answer.clone());
                }
            }
        })?;
    Ok(ask)
}

fn look(conn: &mut Option<Conn>, location: &Location) -> Result<HeadInfo, Problem> {
    let conn = match conn {
        Some(conn) => conn,
        none => none.insert(Conn::establish(location, Purpose::Read)?),
    };
    let head = head::read(conn)?;
    let head = head.ok_or_else(|| StoreError::Corrupt("the log has no head row".to_owned()))?;
    Ok(HeadInfo::from(&head))
}
