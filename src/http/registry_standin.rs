//! Stands in for the registry's use cases until they are here; its names and shapes are theirs.

use std::time::Duration;

use crate::domain::problem::{Problem, ProblemType};
use crate::domain::text::Text;
use crate::domain::time::Instant;
use crate::log::envelope::Envelope;
use crate::log::frontier::Frontier;
use crate::log::hash::{Hash, leaf_hash};
use crate::store::conn::{Conn, Location, Purpose};
use crate::store::head::Head;
use crate::store::pool::{Snapshot, Store};
use crate::store::{head, leaf, migrate};
use crate::text;

#[derive(Clone)]
pub struct Registry {
    store: Store,
}

pub struct RegistrySettings {
    pub location: Location,
    pub read_connections: u32,
    pub origin: Option<String>,
    pub cache_bytes: u64,
}

#[derive(Clone, Copy)]
pub struct HeadInfo {
    pub position: i64,
    pub recorded_at: Instant,
    pub epoch: i64,
}

pub struct Load {
    pub readers_busy: usize,
    pub readers_most: usize,
    pub writes_waiting: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    Anything,
    Present,
    Absent,
    Revisions(Vec<i64>),
}

#[derive(Clone, Debug)]
pub struct Retry {
    pub key: [String; 4],
    pub body_sha256: Hash,
}

impl Registry {
    pub async fn open(settings: RegistrySettings) -> Result<Self, Problem> {
        let mut conn = Conn::establish(&settings.location, Purpose::Write)?;
        migrate::migrate(&mut conn)?;
        if head::read(&mut conn)?.is_none() {
            let now = Instant::now();
            let origin = settings
                .origin
                .unwrap_or_else(|| "localhost/standards".to_owned());
            let envelope = Envelope::genesis(&origin, now)
                .to_bytes()
                .map_err(Problem::internal)?;
            let hash = leaf_hash(&envelope);
            let mut frontier = Frontier::default();
            frontier.append(hash, |_| {});
            let row = leaf::Leaf {
                position: 0,
                recorded_at: now.0,
                leaf_hash: hash.to_vec(),
                envelope,
            };
            leaf::insert(&mut conn, &[row], &[])?;
            head::create(
                &mut conn,
                &Head {
                    id: 1,
                    origin,
                    epoch: 0,
                    size: 1,
                    root: frontier.root().to_vec(),
                    frontier: frontier.to_bytes(),
                    last_recorded_at: now.0,
                },
            )?;
        }
        let store = Store::open(settings.location, settings.read_connections)?;
        Ok(Self { store })
    }

    pub async fn head(&self) -> Result<HeadInfo, Problem> {
        self.read(|snapshot| {
            Ok(HeadInfo {
                position: snapshot.head.position(),
                recorded_at: Instant(snapshot.head.last_recorded_at),
                epoch: snapshot.head.epoch,
            })
        })
        .await
    }

    pub async fn wait_for(&self, position: i64, _: Duration) -> Result<HeadInfo, Problem> {
        let head = self.head().await?;
        if head.position >= position {
            return Ok(head);
        }
        Err(Problem::new(
            ProblemType::Behind,
            text!(
                "尚未达到位置 {position}",
                "position {position} has not been reached"
            ),
        ))
    }

    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Snapshot) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        self.store.read(work).await
    }

    pub fn faults(&self) -> Vec<Text> {
        Vec::new()
    }

    pub fn load(&self) -> Load {
        let (readers_busy, readers_most) = self.store.load();
        Load {
            readers_busy,
            readers_most,
            writes_waiting: 0,
        }
    }

    pub async fn shut_down(&self) {}
}
