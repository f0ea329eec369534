//! A mirror at work: following without end, or once until it is equal.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant as Clock};

use crate::domain::text::Text;
use crate::mirror::backoff::Backoff;
use crate::mirror::bootstrap::Bootstrap;
use crate::mirror::copy::LocalCopy;
use crate::mirror::evidence::Evidence;
use crate::mirror::files;
use crate::mirror::follow::{self, Reached, Readers};
use crate::mirror::history::History;
use crate::mirror::restored;
use crate::mirror::seed;
use crate::mirror::source::Source;
use crate::mirror::status::{Loading, Status};
use crate::mirror::trouble::{Fork, Trouble};
use crate::mirror::trust::Trust;
use crate::mirror::witness::Witness;
use crate::registry::service::Registry;
use crate::store::conn::Location;
use crate::text;

/// How long the source may keep us waiting for a change.
const WAIT: Duration = Duration::from_secs(20);

/// A checkpoint is published within a second of a change.
const UNSIGNED_YET: Duration = Duration::from_secs(1);

/// How often `once` bears with a source that is away or behind with signing.
const PATIENCE: u32 = 7;

/// What to follow, and where the copy is.
#[derive(Clone, Debug)]
pub struct Settings {
    pub source: String,
    /// The verifier key to trust; on first use the log's own when absent.
    pub key: Option<String>,
    pub data: PathBuf,
    pub database: PathBuf,
    /// What a copy that is not there yet begins with.
    pub bootstrap: Bootstrap,
}

/// A mirror that follows in the background for as long as this is held.
pub struct Following {
    pub status: Arc<Status>,
    _stop: Sender<()>,
}

pub struct Mirror {
    settings: Settings,
    source: Source,
    copy: LocalCopy,
    /// What is still to take the place of a copy that began with the present.
    history: Option<History>,
    /// Why the history does not come just now, and when it is tried again.
    stalled: Option<Stalled>,
    /// Whether it ends with what cannot be had, instead of trying for ever.
    is_once: bool,
    witness: Witness,
    status: Arc<Status>,
    readers: Box<dyn Readers>,
}

/// A history that does not come. The present is followed all the same.
struct Stalled {
    told: Text,
    until: Clock,
    backoff: Backoff,
}

/// What a copy is that was found equal and signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Equal {
    pub position: i64,
    pub count: u64,
    pub digest: String,
    pub root: String,
}

impl Mirror {
    /// Opens the copy, or begins it, for which the source must answer.
    pub fn open(settings: Settings) -> Result<Self, Trouble> {
        let source = Source::new(&settings.source).map_err(Trouble::Misused)?;
        let trust = Trust::open(&settings.data, settings.key.as_deref())?;
        let prepared = match settings.bootstrap {
            Bootstrap::Snapshot => files::prepare_present(&settings.database),
            Bootstrap::History => files::prepare(&settings.database),
        };
        prepared.map_err(|error| Trouble::Lasting(format!("{}: {error}", settings.database.display())))?;
        if files::is_present_only(&settings.database) {
            seed::seed(
                &source,
                &settings.data,
                settings.key.as_deref(),
                &settings.database,
            )?;
        }
        let location = Location::Sqlite(settings.database.clone());
        let mut copy = LocalCopy::open(&location, source.base(), || source.entry(0))?;
        let witness = Witness::new(trust, &mut copy)?;
        let status = Arc::new(Status::new(source.base(), copy.head.position()));
        let mirror = Self {
            settings,
            source,
            copy,
            history: None,
            stalled: None,
            is_once: false,
            witness,
            status,
            readers: Box::new(()),
        };
        mirror.remember_fork()?;
        mirror.tell();
        Ok(mirror)
    }

    /// As [`open`](Self::open), but waits for a source that is away or sends what does not verify: without it there is
    /// nothing to serve yet.
    pub fn begin(settings: &Settings) -> Result<Self, String> {
        let (_stop, stopped) = mpsc::channel::<()>();
        let mut backoff = Backoff::default();
        loop {
            match Self::open(settings.clone()) {
                Err(Trouble::Passing { cause, wait }) => {
                    tracing::warn!(cause, "the copy cannot begin yet");
                    let _ = stopped.recv_timeout(backoff.pause(wait));
                }
                Err(Trouble::Refused(finding)) => {
                    tracing::error!(%finding, "the copy cannot begin: what the source sends does not verify");
                    let _ = stopped.recv_timeout(backoff.pause(None));
                }
                opened => return opened.map_err(|trouble| trouble.to_string()),
            }
        }
    }

    /// Follows in the background, telling the registry that serves the copy.
    pub fn start(mut self, registry: Registry) -> std::io::Result<Following> {
        self.readers = Box::new(registry);
        let status = self.status();
        let (stop, stopped) = mpsc::channel();
        thread::Builder::new()
            .name("mirror".to_owned())
            .spawn(move || self.follow(&stopped))?;
        Ok(Following { status, _stop: stop })
    }

    pub fn status(&self) -> Arc<Status> {
        Arc::clone(&self.status)
    }

    /// Follows until told to stop, whatever happens meanwhile.
    pub fn follow(mut self, stop: &Receiver<()>) {
        let mut backoff = Backoff::default();
        // Where the source stands is worth knowing at once, and again after whatever went wrong.
        let mut wait = Duration::ZERO;
        loop {
            let stepped = self.step(wait);
            wait = match stepped {
                Ok(_) if self.witness.is_due(&self.copy) => UNSIGNED_YET,
                Ok(_) => WAIT,
                Err(_) => Duration::ZERO,
            };
            let pause = match stepped {
                Ok(_) => {
                    backoff.reset();
                    Duration::ZERO
                }
                Err(Trouble::Passing { cause, wait }) => {
                    tracing::warn!(cause, "not following just now");
                    backoff.pause(wait)
                }
                Err(trouble) => {
                    tracing::error!(position = self.copy.head.position(), "{trouble}");
                    backoff.pause(None)
                }
            };
            match stop.recv_timeout(pause) {
                Err(RecvTimeoutError::Timeout) if !self.has_forked() => {}
                // Nothing more is taken over; what is held goes on being served.
                Err(RecvTimeoutError::Timeout) => {
                    let _ = stop.recv();
                    return;
                }
                _ => return,
            }
        }
    }

    /// Follows until the copy is equal to the source and signed for.
    pub fn once(&mut self, stop: &Receiver<()>) -> Result<Equal, Trouble> {
        self.is_once = true;
        let mut backoff = Backoff::default();
        let mut failures = 0;
        loop {
            let trouble = match self.step(Duration::ZERO) {
                Ok(Reached::End) if self.witness.covered() == Some(self.copy.head.size) => {
                    return Ok(self.equal());
                }
                Ok(Reached::End) => Trouble::Passing {
                    cause: "the source has not signed its newest entries yet".to_owned(),
                    wait: Some(UNSIGNED_YET),
                },
                Ok(Reached::More) => {
                    failures = 0;
                    backoff.reset();
                    continue;
                }
                Err(trouble) => trouble,
            };
            let Trouble::Passing { wait, .. } = trouble else {
                return Err(trouble);
            };
            failures += 1;
            if failures == PATIENCE
                || stop.recv_timeout(backoff.pause(wait)) != Err(RecvTimeoutError::Timeout)
            {
                return Err(trouble);
            }
        }
    }

    pub fn equal(&self) -> Equal {
        let digest = self.copy.digest();
        Equal {
            position: self.copy.head.position(),
            count: digest.count(),
            digest: digest.hex(),
            root: self.copy.root(),
        }
    }

    /// One page, and what it calls for.
    fn step(&mut self, wait: Duration) -> Result<Reached, Trouble> {
        if let Some(fork) = self.status.standing().fork {
            return Err(Trouble::Lasting(fork.en));
        }
        let stepped = match self.copy.begins_with() {
            None => self.page(wait),
            // Who waits for a change does not load meanwhile.
            Some(_) => self.page(self.spare_time(wait)).and_then(|_| self.load_aside()),
        };
        let stepped = stepped.or_else(|trouble| match trouble {
            Trouble::Gone => self.start_anew(),
            trouble => Err(trouble),
        });
        self.tell();
        let trouble = match stepped {
            Ok(reached) => {
                let stalled = self.stalled.as_ref().map(|stalled| stalled.told.clone());
                self.status.change(|standing| standing.trouble = stalled);
                return Ok(reached);
            }
            Err(trouble) => trouble,
        };
        match &trouble {
            Trouble::Forked(fork) => self.remember(fork)?,
            other => {
                let told = other.told();
                self.status.change(|standing| standing.trouble = Some(told));
            }
        }
        Err(trouble)
    }

    fn page(&mut self, wait: Duration) -> Result<Reached, Trouble> {
        let Self {
            source,
            copy,
            witness,
            status,
            readers,
            ..
        } = self;
        let reached = follow::page(source, copy, wait, status, readers.as_ref())?;
        if witness.is_due(copy) && witness.trust.has_questions(copy)? {
            witness.trust.learn(&source.hand_overs()?, copy)?;
        }
        witness.catch_up(copy)?;
        if reached == Reached::End && witness.is_due(copy) {
            witness.hear(&source.checkpoint()?, copy)?;
        }
        Ok(reached)
    }

    /// How long to wait for a change: while history comes, not at all.
    fn spare_time(&self, wait: Duration) -> Duration {
        let Some(stalled) = &self.stalled else {
            return Duration::ZERO;
        };
        let left = stalled.until.saturating_duration_since(Clock::now());
        // The source counts whole seconds.
        wait.min(Duration::from_secs(
            left.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX),
        ))
    }

    /// Loads one page of the history, unless it has failed just now. What is wrong with it does not keep from following
    /// the present, save a fork.
    fn load_aside(&mut self) -> Result<Reached, Trouble> {
        let earlier = match self.stalled.take() {
            Some(stalled) if Clock::now() < stalled.until => {
                self.stalled = Some(stalled);
                return Ok(Reached::More);
            }
            earlier => earlier,
        };
        let (trouble, wait) = match self.load() {
            Err(trouble @ (Trouble::Forked(_) | Trouble::Gone)) => return Err(trouble),
            Err(Trouble::Passing { cause, wait }) => (Trouble::passing(cause), wait),
            Err(trouble) => (trouble, None),
            loaded => return loaded,
        };
        tracing::warn!(%trouble, "the history does not come just now");
        let mut backoff = earlier.map(|earlier| earlier.backoff).unwrap_or_default();
        self.stalled = Some(Stalled {
            told: trouble.told(),
            until: Clock::now() + backoff.pause(wait),
            backoff,
        });
        if self.is_once {
            Err(trouble)
        } else {
            Ok(Reached::More)
        }
    }

    /// One page of the history, and its taking the place of the present once it is whole.
    fn load(&mut self) -> Result<Reached, Trouble> {
        let Self { source, copy, .. } = self;
        let mut history = match self.history.take() {
            Some(history) => history,
            None => History::open(source, &self.settings.database)?,
        };
        let filled = history.fill(source, copy);
        self.readers.loaded(history.loaded());
        match filled {
            Ok(true) => {
                history.take_place(copy, &self.settings.database)?;
                self.reopen()?;
                tracing::info!(position = self.copy.head.position(), "the history is complete");
            }
            Ok(false) => self.history = Some(history),
            Err(trouble @ Trouble::Passing { .. }) => {
                self.history = Some(history);
                return Err(trouble);
            }
            Err(trouble) => {
                // Whether it is the source's log that has changed, following the present will tell.
                history.discard()?;
                return Err(match trouble {
                    Trouble::Gone => {
                        Trouble::passing("the source no longer holds what was loaded of its history")
                    }
                    trouble => trouble,
                });
            }
        }
        Ok(Reached::More)
    }

    /// Reads and follows what stands in the place of the copy.
    fn reopen(&mut self) -> Result<(), Trouble> {
        let location = Location::Sqlite(self.settings.database.clone());
        self.copy = LocalCopy::open(&location, self.source.base(), || self.source.entry(0))?;
        self.readers.replaced(&self.copy.head)?;
        let trust = Trust::open(&self.settings.data, self.settings.key.as_deref())?;
        self.witness = Witness::new(trust, &mut self.copy)?;
        Ok(())
    }

    fn start_anew(&mut self) -> Result<Reached, Trouble> {
        // What was loaded of the history is begun anew with the rest.
        self.history = None;
        restored::start_anew(
            &self.source,
            &mut self.witness,
            &mut self.copy,
            &self.settings.database,
        )?;
        self.reopen()?;
        Ok(Reached::More)
    }

    fn tell(&self) {
        self.status.change(|standing| {
            standing.position = self.copy.head.position();
            standing.loading = self.copy.begins_with().map(|from| Loading {
                from,
                loaded: self.history.as_ref().map_or(0, History::loaded),
            });
            standing.checkpoint_size = self.witness.covered();
        });
    }

    fn has_forked(&self) -> bool {
        self.status.standing().fork.is_some()
    }

    /// Keeps both statements, and stops for good.
    fn remember(&self, fork: &Fork) -> Result<(), Trouble> {
        let evidence = Evidence::of(self.source.base(), fork);
        let path = evidence.keep(&self.settings.data).map_err(Trouble::passing)?;
        tracing::error!(
            source = evidence.source,
            cause = evidence.cause,
            evidence = %path.display(),
            "THE SOURCE HAS FORKED: nothing more is taken over from it"
        );
        self.remember_fork()
    }

    fn remember_fork(&self) -> Result<(), Trouble> {
        let found = Evidence::find(&self.settings.data)
            .map_err(|error| Trouble::Lasting(format!("the evidence of a fork does not read: {error}")))?;
        if let Some(Evidence {
            source,
            cause,
            found_at,
            ..
        }) = found
        {
            let told = text!(
                "来源 {source} 签署了两段互相矛盾的历史（{found_at} 发现：{cause}），不再接收；证据见 fork.json",
                "the source {source} has forked (found at {found_at}: {cause}); nothing more is taken over, the evidence is in fork.json"
            );
            self.status.change(|standing| standing.fork = Some(told));
        }
        Ok(())
    }
}
