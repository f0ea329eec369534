//! Keys published at a URL: fetched in the background, kept while the publisher is away, asked for again when a
//! token names one not seen before.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::thread;
use std::time::Duration;

use arc_swap::ArcSwap;
use ureq::Agent;

use crate::access::edition::Edition;
use crate::access::jwk::{KeySet, read_key_set};
use crate::access::settings::SetupError;
use crate::domain::time::Instant;

/// Within this a key taken back by its publisher is no longer accepted here.
const REFRESH_INTERVAL: Duration = Duration::from_secs(300);
const RETRY_INTERVAL: Duration = Duration::from_secs(30);
/// Unknown keys cause at most one fetch in this time, in microseconds, whoever invents them.
const UNKNOWN_KEY_INTERVAL: u64 = 10_000_000;
/// Requests that may wait for a fetch at once; a crowd with invented keys must not hold up every thread.
const MOST_WAITING: usize = 8;

const TIME_OUT: Duration = Duration::from_secs(5);
const LARGEST_ANSWER: u64 = 1024 * 1024;

/// The keys behind one URL. Dropping it ends its thread.
pub struct RemoteKeys {
    source: Arc<Source>,
    _stop: Sender<()>,
}

struct Source {
    url: String,
    agent: Agent,
    keys: ArcSwap<KeySet>,
    /// Held while fetching: one fetch at a time, and when an unknown key last caused one.
    fetching: Mutex<Option<Instant>>,
    waiting: AtomicUsize,
    edition: Edition,
}

impl RemoteKeys {
    /// Starts fetching. The publisher may be away: a registry that waited for it could not even be read.
    pub fn follow(url: &str, edition: Edition) -> Result<Self, SetupError> {
        let uri: ureq::http::Uri = url
            .parse()
            .map_err(|error| SetupError(format!("JWKS URL {url}: {error}")))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(SetupError(format!("JWKS URL {url}: neither http nor https")));
        }
        let agent = Agent::config_builder()
            .timeout_global(Some(TIME_OUT))
            .max_redirects(3)
            .build()
            .new_agent();
        let source = Arc::new(Source {
            url: url.to_owned(),
            agent,
            keys: ArcSwap::default(),
            fetching: Mutex::new(None),
            waiting: AtomicUsize::new(0),
            edition,
        });
        let (stop, stopped) = mpsc::channel();
        let background = Arc::clone(&source);
        thread::Builder::new()
            .name("jwks".to_owned())
            .spawn(move || background.keep_fresh(&stopped))
            .map_err(|error| SetupError(format!("the thread that follows {url}: {error}")))?;
        Ok(Self { source, _stop: stop })
    }

    pub fn current(&self) -> Arc<KeySet> {
        self.source.keys.load_full()
    }

    /// Whether [`refetch`](Self::refetch) would fetch now, or wait for a fetch under way. Never blocks.
    pub fn may_refetch(&self, now: Instant) -> bool {
        if self.source.waiting.load(Ordering::Relaxed) >= MOST_WAITING {
            return false;
        }
        match self.source.fetching.try_lock() {
            Ok(last) => is_due(*last, now),
            Err(TryLockError::Poisoned(last)) => is_due(*last.into_inner(), now),
            Err(TryLockError::WouldBlock) => true,
        }
    }

    /// Fetches the keys because a token named one that is unknown, unless that happened a moment ago. Blocks for as
    /// long as the publisher takes to answer, within the time-out.
    pub fn refetch(&self, now: Instant) {
        let source = &self.source;
        if source.waiting.fetch_add(1, Ordering::Relaxed) < MOST_WAITING {
            let before = source.keys.load_full();
            let mut last = source.fetching.lock().unwrap_or_else(PoisonError::into_inner);
            let came_meanwhile = !Arc::ptr_eq(&before, &source.keys.load());
            if !came_meanwhile && is_due(*last, now) {
                *last = Some(now);
                source.fetch_or_tell();
            }
        }
        source.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

fn is_due(last: Option<Instant>, now: Instant) -> bool {
    // A clock set back must not stop the fetching.
    last.is_none_or(|then| now.0.abs_diff(then.0) >= UNKNOWN_KEY_INTERVAL)
}

impl Source {
    fn keep_fresh(&self, stopped: &Receiver<()>) {
        // A request may have been faster than this thread.
        let mut fetched = self.alone(|| !self.keys.load().is_empty() || self.fetch_or_tell());
        loop {
            let pause = if fetched { REFRESH_INTERVAL } else { RETRY_INTERVAL };
            if stopped.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            fetched = self.alone(|| self.fetch_or_tell());
        }
    }

    fn alone(&self, fetch: impl FnOnce() -> bool) -> bool {
        let _one_at_a_time = self.fetching.lock().unwrap_or_else(PoisonError::into_inner);
        fetch()
    }

    fn fetch_or_tell(&self) -> bool {
        match self.fetch() {
            Ok(keys) => {
                self.keys.store(Arc::new(keys));
                self.edition.advance();
                true
            }
            Err(failure) => {
                tracing::warn!(
                    url = self.url,
                    failure,
                    "keys not fetched, the last good ones stay in effect"
                );
                false
            }
        }
    }

    fn fetch(&self) -> Result<KeySet, String> {
        let mut answer = self
            .agent
            .get(&self.url)
            .call()
            .map_err(|error| error.to_string())?;
        let body = answer.body_mut().with_config().limit(LARGEST_ANSWER);
        let bytes = body.read_to_vec().map_err(|error| error.to_string())?;
        read_key_set(&bytes)
    }
}
