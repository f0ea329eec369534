//! The thread that sees to it that hints go out: it sleeps until there is a commit, a change of webhooks, an attempt to
//! make or the end of one. Attempts run on threads of their own, a few at a time: a slow target holds up nobody.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant as Clock};

use crate::domain::time::Instant;
use crate::registry::webhooks::hint;
use crate::registry::webhooks::outcome::{self, Outcome};
use crate::registry::webhooks::sender::{Message, Sender, TIME_OUT};
use crate::registry::webhooks::signature::Secret;
use crate::store::conn::{Conn, Location, Purpose};
use crate::store::delivery::{self, DeliveryRow};
use crate::store::error::StoreError;
use crate::store::head;
use crate::store::webhook::{self, WebhookRow};

/// Commits within this time share a hint.
const GATHER: Duration = Duration::from_millis(250);

/// After the database failed.
const RETRY: Duration = Duration::from_secs(1);

/// How often PostgreSQL is looked at unasked, for what an instance that died has left.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// Longer than an attempt can take; after it another instance tries.
const CLAIM: Duration = Duration::from_secs(TIME_OUT.as_secs() * 2);

/// Attempts under way at the same time.
const MOST_UNDER_WAY: usize = 8;

/// What wakes the thread.
pub enum Event {
    /// This process has committed to the log.
    Committed,
    /// A webhook or a delivery was changed.
    Changed,
    Ended(Box<Outcome>),
    Stop,
}

pub struct Dispatcher {
    pub location: Location,
    pub sender: Sender,
    /// The first wait before a further attempt.
    pub retry_base: Duration,
    pub events: Receiver<Event>,
    /// By which attempts say that they ended.
    pub tell: SyncSender<Event>,
}

/// What the thread keeps between events.
struct Running {
    dispatcher: Dispatcher,
    conn: Option<Conn>,
    /// Attempts that ended and are not written down yet.
    ended: Vec<Outcome>,
    under_way: usize,
    /// When to look next; never when nothing is to come.
    look_at: Option<Clock>,
}

impl Dispatcher {
    pub fn start(self) -> std::io::Result<thread::JoinHandle<()>> {
        let mut running = Running {
            dispatcher: self,
            conn: None,
            ended: Vec::new(),
            under_way: 0,
            look_at: Some(Clock::now()),
        };
        thread::Builder::new()
            .name("webhooks".to_owned())
            .spawn(move || while running.step() {})
    }
}

impl Running {
    /// Waits for one event and acts on it; false at the end. Attempts under way are then left behind: their claims end
    /// by themselves, and they are made again.
    fn step(&mut self) -> bool {
        let event = match self.look_at {
            None => self
                .dispatcher
                .events
                .recv()
                .map_err(|_| RecvTimeoutError::Disconnected),
            Some(at) => {
                let patience = at.saturating_duration_since(Clock::now());
                self.dispatcher.events.recv_timeout(patience)
            }
        };
        match event {
            Ok(Event::Committed) => self.look_within(GATHER),
            Ok(Event::Changed) => self.look_within(Duration::ZERO),
            Ok(Event::Ended(outcome)) => {
                self.under_way = self.under_way.saturating_sub(1);
                self.ended.push(*outcome);
                self.look_within(Duration::ZERO);
            }
            Err(RecvTimeoutError::Timeout) => self.look(),
            Ok(Event::Stop) | Err(RecvTimeoutError::Disconnected) => return false,
        }
        true
    }

    fn look_within(&mut self, time: Duration) {
        let by = Clock::now() + time;
        self.look_at = Some(self.look_at.map_or(by, |at| at.min(by)));
    }

    fn look(&mut self) {
        self.look_at = match self.act() {
            Ok(next) => next.map(|wait| Clock::now() + wait),
            Err(error) => {
                tracing::warn!(%error, "webhooks wait for the database");
                self.conn = None;
                Some(Clock::now() + RETRY)
            }
        };
    }

    /// Writes down what ended, makes hints, begins attempts; answers how long nothing more will be to do.
    fn act(&mut self) -> Result<Option<Duration>, StoreError> {
        let location = &self.dispatcher.location;
        let mut conn = match self.conn.take() {
            Some(conn) => conn,
            None => Conn::establish(location, Purpose::Write)?,
        };
        while let Some(outcome) = self.ended.last() {
            outcome::record(&mut conn, outcome, self.dispatcher.retry_base)?;
            self.ended.pop();
        }
        if webhook::count(&mut conn)? == 0 {
            self.conn = Some(conn);
            return Ok(self.unasked());
        }
        if let Some(head) = head::read(&mut conn)? {
            hint::announce(&mut conn, &head)?;
        }
        self.begin_attempts(&mut conn)?;
        let next = self.next_look(&mut conn)?;
        self.conn = Some(conn);
        Ok(next)
    }

    fn begin_attempts(&mut self, conn: &mut Conn) -> Result<(), StoreError> {
        let free = MOST_UNDER_WAY.saturating_sub(self.under_way);
        let now = Instant::now().0;
        let until = now.saturating_add(micros(CLAIM));
        for (row, webhook) in delivery::due(conn, now, i64::try_from(free).unwrap_or(0))? {
            if delivery::claim(conn, &row, now, until)? {
                self.attempt(row, webhook, until);
            }
        }
        Ok(())
    }

    fn attempt(&mut self, row: DeliveryRow, webhook: WebhookRow, claimed_until: i64) {
        let (sender, tell) = (self.dispatcher.sender.clone(), self.dispatcher.tell.clone());
        let message = Message {
            id: row.id.clone(),
            url: webhook.url,
            secret: Secret::from_bytes(webhook.secret),
            body: hint::body(&row),
        };
        let send = move || {
            let outcome = Outcome {
                row,
                claimed_until,
                answered: sender.send(&message),
            };
            // Nobody listens any more once the service stops.
            let _ = tell.send(Event::Ended(Box::new(outcome)));
        };
        match thread::Builder::new().name("webhook".to_owned()).spawn(send) {
            Ok(_) => self.under_way += 1,
            // The claim ends by itself.
            Err(error) => tracing::warn!(%error, "no thread for a webhook's attempt"),
        }
    }

    fn unasked(&self) -> Option<Duration> {
        (!self.dispatcher.location.is_sqlite()).then_some(LOOK_AGAIN)
    }

    /// How long until something is due; with all attempts' places taken, the end of one tells.
    fn next_look(&self, conn: &mut Conn) -> Result<Option<Duration>, StoreError> {
        let unasked = self.unasked();
        if self.under_way >= MOST_UNDER_WAY {
            return Ok(unasked);
        }
        let due = delivery::next_due(conn)?.map(|at| {
            let micros = at.saturating_sub(Instant::now().0);
            // A claim ends just after its time.
            Duration::from_micros(u64::try_from(micros).unwrap_or(0)) + Duration::from_millis(1)
        });
        Ok(due.into_iter().chain(unasked).min())
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}
