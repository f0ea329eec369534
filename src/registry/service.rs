//! The running registry: a pool of readers, one writer, and the newest position they agree on.

use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::domain::problem::Problem;
use crate::domain::text::Text;
use crate::domain::time::Instant;
use crate::log::hash::Hash;
use crate::registry::check;
use crate::registry::feed::Feed;
use crate::registry::head_watch::{HeadInfo, HeadWatch};
use crate::registry::retention;
use crate::registry::settled::Settled;
use crate::registry::setup;
use crate::registry::signing::announce;
use crate::registry::signing::guard::{Guard, Signed};
use crate::registry::signing::key_source::KeySource;
use crate::registry::signing::relayed;
use crate::registry::signing::signer::Signer;
use crate::registry::stored::ContentCache;
use crate::registry::webhooks::{WebhookSettings, Webhooks};
use crate::registry::work::{Accepted, Request};
use crate::registry::writer::Writer;
use crate::store::conn::Location;
use crate::store::head::Head;
use crate::store::loading::Loading;
use crate::store::pool::{Snapshot, Store};
use crate::text;

/// What a registry is opened with.
#[derive(Clone, Debug)]
pub struct RegistrySettings {
    pub location: Location,
    pub read_connections: u32,
    /// The log's name, used only when it begins.
    pub origin: Option<String>,
    /// How much memory parsed contents may take.
    pub cache_bytes: u64,
    /// Where the key is that signs the log.
    pub keys: KeySource,
    /// What was signed here before.
    pub guard: Guard,
    pub webhooks: WebhookSettings,
}

/// How busy the registry is.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    pub readers_busy: usize,
    pub readers_most: usize,
    pub writes_waiting: usize,
}

/// The registry, shared by all who serve it.
#[derive(Clone)]
pub struct Registry {
    store: Store,
    cache: ContentCache,
    feed: Feed,
    head: Arc<HeadWatch>,
    /// Absent in a copy: those who want to be told ask the source.
    webhooks: Option<Webhooks>,
    settled: Settled,
    writing: Arc<Mutex<Option<Writing>>>,
    /// Absent in a copy, which vouches for nothing itself.
    signer: Option<Arc<Signer>>,
    /// Whether it only takes over what another registry wrote.
    is_copy: bool,
}

/// The writer while the registry is open.
struct Writing {
    writer: Writer,
    thread: JoinHandle<()>,
}

impl Registry {
    /// Opens a registry, setting up what is not there yet, and checks that its log is whole.
    pub fn open(settings: &RegistrySettings) -> Result<Self, Problem> {
        let location = &settings.location;
        setup::set_up(location, settings.origin.as_deref())?;
        announce::first_key(location, &settings.keys)?;
        let store = Store::open(location.clone(), settings.read_connections)?;
        let (head, signer) = store.read_blocking(|snapshot| {
            check::log_is_whole(snapshot)?;
            let signer = Signer::open(location, settings.keys.clone(), settings.guard.clone(), snapshot)?;
            Ok((snapshot.head.clone(), signer))
        })?;
        if let Err(problem) = signer.sign() {
            // Reads are as good as ever; what is wrong is told at `/readyz`.
            tracing::error!(cause = problem.cause, "{}", problem.detail.en);
        }
        let watch = Arc::new(HeadWatch::start(location, &head).map_err(Problem::internal)?);
        let cache = ContentCache::new(settings.cache_bytes);
        let webhooks = Webhooks::start(location, settings.webhooks.clone()).map_err(Problem::internal)?;
        let hears = (Arc::clone(&watch), webhooks.clone());
        let (writer, thread) = Writer::start(location.clone(), cache.clone(), move |head| {
            hears.0.committed(head);
            hears.1.committed();
        })
        .map_err(Problem::internal)?;
        Ok(Self {
            store,
            feed: Feed::new(cache.clone()),
            cache,
            head: watch,
            webhooks: Some(webhooks),
            settled: Settled::written(location.clone()),
            writing: Arc::new(Mutex::new(Some(Writing { writer, thread }))),
            signer: Some(Arc::new(signer)),
            is_copy: false,
        })
    }

    /// Opens a copy that has begun, for reading.
    pub fn open_copy(settings: &RegistrySettings) -> Result<Self, Problem> {
        let store = Store::open(settings.location.clone(), settings.read_connections)?;
        let head = store.read_blocking(|snapshot| {
            check::copy_is_whole(snapshot)?;
            Ok(snapshot.head.clone())
        })?;
        let cache = ContentCache::new(settings.cache_bytes);
        Ok(Self {
            store,
            feed: Feed::new(cache.clone()),
            cache,
            head: Arc::new(HeadWatch::start(&settings.location, &head).map_err(Problem::internal)?),
            settled: Settled::copied(),
            webhooks: None,
            writing: Arc::default(),
            signer: None,
            is_copy: true,
        })
    }

    /// Hears from whoever writes a copy that it has grown, and which contents were erased.
    pub fn hears(&self, head: &Head, erased: &[Hash]) {
        for sha256 in erased {
            self.cache.forget(sha256);
        }
        self.head.committed(head);
    }

    /// Hears that a copy with this head is all that its source has.
    pub fn hears_equal(&self, head: &Head) {
        self.settled.equal(head.position());
    }

    /// Reads another copy, which has taken the place of the one read so far.
    pub fn reopen(&self, head: &Head) -> Result<(), Problem> {
        self.store.reopen()?;
        self.head.committed(head);
        Ok(())
    }

    /// What a copy does not hold yet.
    pub fn loading(&self) -> Option<Arc<Loading>> {
        self.store.loading()
    }

    /// Whether it only takes over what another registry wrote.
    pub fn is_copy(&self) -> bool {
        self.is_copy
    }

    /// Contents that have been opened before.
    pub fn cache(&self) -> &ContentCache {
        &self.cache
    }

    /// Pages for those who follow the log.
    pub fn feed(&self) -> &Feed {
        &self.feed
    }

    /// Who is told that there are changes.
    pub fn webhooks(&self) -> Result<&Webhooks, Problem> {
        self.webhooks
            .as_ref()
            .ok_or_else(|| Problem::internal("a copy was asked to tell webhooks"))
    }

    /// The newest committed position, never stale.
    pub async fn head(&self) -> Result<HeadInfo, Problem> {
        self.head.head().await
    }

    /// The newest committed position, once it is at least `position`.
    pub async fn wait_for(&self, position: i64, patience: Duration) -> Result<HeadInfo, Problem> {
        self.head.wait_for(position, patience).await
    }

    /// The start of a second before which nothing more can be recorded, for those who read by whole seconds.
    pub async fn settled(&self) -> Result<Instant, Problem> {
        self.settled.before(&self.head).await
    }

    /// The newest committed position as soon as it is another than `position`, or when patience ends.
    pub async fn wait_beyond(&self, position: i64, patience: Duration) -> Result<HeadInfo, Problem> {
        self.head.wait_beyond(position, patience).await
    }

    /// Ends all waiting: the service is about to stop.
    pub fn stop_waiting(&self) {
        self.head.stop();
    }

    /// Returns once waiting has ended for good.
    pub async fn stopped_waiting(&self) {
        self.head.stopped().await;
    }

    /// Reads from one consistent snapshot, off the async workers.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Snapshot) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        self.store.read(work).await
    }

    /// Hands a write in and waits until it is durable or refused.
    pub async fn submit(&self, request: Request) -> Result<Accepted, Problem> {
        if let Some(signer) = &self.signer {
            signer.admit_writes()?;
        }
        let writer = self.writer().ok_or_else(stopping)?;
        writer.submit(request).await
    }

    /// The signed checkpoint of everything written; in a copy, of everything its source is known to have signed.
    pub async fn checkpoint(&self) -> Result<Arc<Signed>, Problem> {
        let Some(signer) = self.signer.clone() else {
            return self.read(relayed::newest).await;
        };
        let head = self.head().await?;
        let size = u64::try_from(head.position + 1).map_err(Problem::internal)?;
        match signer.newest() {
            Some(newest) if newest.epoch == head.epoch && newest.size() == size => Ok(newest),
            _ => off_the_workers(move || signer.sign()).await,
        }
    }

    /// The signed checkpoint of the first `size` entries, or of all if they are fewer.
    pub async fn checkpoint_at(&self, size: u64) -> Result<Arc<Signed>, Problem> {
        match self.signer.clone() {
            Some(signer) => {
                let newest = self.checkpoint().await?;
                off_the_workers(move || signer.sign_at(size, newest)).await
            }
            None => self.read(move |snapshot| relayed::at(snapshot, size)).await,
        }
    }

    /// Signs what is written, over and over, so that the guard is never far behind and who asks need not wait.
    pub async fn keep_signing(&self) {
        const PAUSE: Duration = Duration::from_millis(500);
        while self.signer.is_some() {
            if let Err(problem) = self.checkpoint().await {
                tracing::debug!(cause = problem.cause, "{}", problem.detail.en);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Deletes what was kept for retries and is past its time, over and over. A copy keeps nothing.
    pub async fn keep_forgetting(&self) {
        if !self.is_copy {
            retention::keep_forgetting(self.store.location().clone()).await;
        }
    }

    /// What is wrong without standing in the way of reads.
    pub fn concerns(&self) -> Vec<Text> {
        self.signer
            .as_ref()
            .map_or_else(Vec::new, |signer| signer.concerns())
    }

    pub fn load(&self) -> Load {
        let (readers_busy, readers_most) = self.store.load();
        Load {
            readers_busy,
            readers_most,
            writes_waiting: self.writer().map_or(0, |writer| writer.waiting()),
        }
    }

    /// Why the registry cannot serve just now; empty when it can.
    pub async fn faults(&self) -> Vec<Text> {
        let mut faults = Vec::new();
        match self.writing.lock() {
            Ok(writing) => match writing.as_ref() {
                None if self.is_copy => {}
                None => faults.push(text!("服务正在停止", "the service is stopping")),
                Some(writing) if writing.thread.is_finished() => {
                    faults.push(text!(
                        "写入线程已终止，须重启服务",
                        "the writing thread has ended; restart the service"
                    ));
                }
                Some(_) => {}
            },
            Err(_) => faults.push(text!("写入状态不可用", "the writer's state is not available")),
        }
        if let Err(problem) = self.read(|_| Ok(())).await {
            faults.push(problem.detail);
        }
        faults
    }

    /// Finishes every write that was accepted, then stops taking more.
    pub async fn shut_down(&self) {
        let writing = self.writing.lock().ok().and_then(|mut writing| writing.take());
        let Some(Writing { writer, thread }) = writing else {
            return;
        };
        // The thread ends when the last sender is gone and the queue is empty.
        drop(writer);
        let joined = tokio::task::spawn_blocking(move || thread.join()).await;
        if !matches!(joined, Ok(Ok(()))) {
            tracing::error!("the writer did not end cleanly");
        }
        // The guard is left at the last write.
        if let Some(signer) = self.signer.clone()
            && let Err(problem) = off_the_workers(move || signer.sign()).await
        {
            tracing::error!(cause = problem.cause, "{}", problem.detail.en);
        }
        let Some(webhooks) = self.webhooks.clone() else {
            return;
        };
        if tokio::task::spawn_blocking(move || webhooks.stop())
            .await
            .is_err()
        {
            tracing::error!("webhooks did not end cleanly");
        }
    }

    fn writer(&self) -> Option<Writer> {
        let writing = self.writing.lock().ok()?;
        writing.as_ref().map(|writing| writing.writer.clone())
    }
}

/// Signing waits for files and for the database.
async fn off_the_workers<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(Problem::internal)?
}

fn stopping() -> Problem {
    Problem::new(
        crate::domain::problem::ProblemType::Unavailable,
        text!(
            "服务正在停止，未写入",
            "the service is stopping; nothing was written"
        ),
    )
}
