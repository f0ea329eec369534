//! Webhooks: thin, signed hints that there are changes to read. Correctness never depends on them; who misses one sees
//! everything at the next look into the feed.

pub mod address;
mod dispatcher;
mod hint;
mod input;
mod interest;
pub mod manage;
pub mod network;
mod outcome;
mod schedule;
mod sender;
pub mod signature;
mod target;
mod writing;

use std::sync::mpsc::{self, SyncSender, TrySendError};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

pub use hint::KEPT;

use crate::registry::webhooks::address::Allowed;
use crate::registry::webhooks::dispatcher::{Dispatcher, Event};
use crate::registry::webhooks::sender::Sender;
use crate::store::conn::Location;

/// How many events may wait for the thread: wakings beyond these add nothing.
const EVENTS_WAITING: usize = 256;

/// How the operator wants hints to be sent.
#[derive(Clone, Debug)]
pub struct WebhookSettings {
    /// Where targets may lie besides the public internet.
    pub allowed: Allowed,
    /// The wait before the second attempt; later ones are multiples of it.
    pub retry_base: Duration,
}

/// Webhooks and the thread that serves them.
#[derive(Clone)]
pub struct Webhooks {
    location: Arc<Location>,
    allowed: Arc<Allowed>,
    events: SyncSender<Event>,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Webhooks {
    pub fn start(location: &Location, settings: WebhookSettings) -> std::io::Result<Self> {
        let (tell, events) = mpsc::sync_channel(EVENTS_WAITING);
        let dispatcher = Dispatcher {
            location: location.clone(),
            sender: Sender::new(settings.allowed.clone()),
            retry_base: settings.retry_base,
            events,
            tell: tell.clone(),
        };
        Ok(Self {
            location: Arc::new(location.clone()),
            allowed: Arc::new(settings.allowed),
            events: tell,
            thread: Arc::new(Mutex::new(Some(dispatcher.start()?))),
        })
    }

    /// Hears of a commit of this process; never blocks the writer.
    pub fn committed(&self) {
        self.wake(Event::Committed);
    }

    /// Ends the thread, without waiting for targets.
    pub fn stop(&self) {
        let _ = self.events.send(Event::Stop);
        let thread = self.thread.lock().ok().and_then(|mut thread| thread.take());
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread for webhooks did not end cleanly");
        }
    }

    fn wake(&self, event: Event) {
        match self.events.try_send(event) {
            // It is gone when the service stops; and with so many events waiting it will look anyway.
            Ok(()) | Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {}
        }
    }
}
