//! From stored rows to entries: versions joined with their contents and leaf hashes.

use std::collections::HashMap;
use std::sync::Arc;

use moka::sync::Cache;
use uuid::Uuid;

use crate::domain::problem::Problem;
use crate::domain::term::Term;
use crate::domain::vocabulary::Kind;
use crate::log::hash::Hash;
use crate::registry::sealed::Sealed;
use crate::registry::state::{Current, Key, Since};
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::version::Version;
use crate::store::{content, leaf};

/// Contents by their hash. What a hash names never changes, so nothing here can be stale. Contents erased by another
/// instance may linger, but nobody asks for them: the rows that named them are blank from the same commit on.
#[derive(Clone)]
pub struct ContentCache(Cache<Hash, Arc<Sealed>>);

impl ContentCache {
    /// A cache of about `bytes` of contents.
    pub fn new(bytes: u64) -> Self {
        let weigher =
            |_: &Hash, sealed: &Arc<Sealed>| u32::try_from(sealed.bytes().len() * 4).unwrap_or(u32::MAX);
        Self(Cache::builder().max_capacity(bytes).weigher(weigher).build())
    }

    pub fn get(&self, sha256: &Hash) -> Option<Arc<Sealed>> {
        self.0.get(sha256)
    }

    /// Lets go of an erased content.
    pub fn forget(&self, sha256: &Hash) {
        self.0.invalidate(sha256);
    }

    pub fn put(&self, sealed: &Arc<Sealed>) {
        self.0.insert(sealed.sha256(), Arc::clone(sealed));
    }
}

/// Opens the contents that versions name, from the cache where it has them. Erased ones are left out.
pub fn open_contents(
    conn: &mut Conn,
    cache: &ContentCache,
    versions: &[Version],
) -> Result<HashMap<Hash, Arc<Sealed>>, Problem> {
    let mut opened = HashMap::with_capacity(versions.len());
    let mut missing: HashMap<Hash, Kind> = HashMap::new();
    for version in versions {
        let sha256 = as_hash(&version.content_sha256)?;
        if version.is_erased() {
            cache.forget(&sha256);
            continue;
        }
        match cache.get(&sha256) {
            Some(sealed) => {
                opened.insert(sha256, sealed);
            }
            None => {
                missing.insert(sha256, kind_of(version)?);
            }
        }
    }
    let wanted: Vec<Vec<u8>> = missing.keys().map(|hash| hash.to_vec()).collect();
    for row in content::by_hashes(conn, &wanted)? {
        let sha256 = as_hash(&row.sha256)?;
        let (Some(bytes), Some(kind)) = (row.bytes, missing.get(&sha256)) else {
            continue;
        };
        let sealed = Arc::new(Sealed::open(*kind, bytes)?);
        if sealed.sha256() != sha256 {
            return Err(StoreError::Corrupt(
                "a content does not have the hash it is stored under".to_owned(),
            )
            .into());
        }
        cache.put(&sealed);
        opened.insert(sha256, sealed);
    }
    Ok(opened)
}

/// Opens current versions as a writer needs them.
pub fn open_versions(
    conn: &mut Conn,
    cache: &ContentCache,
    versions: &[Version],
) -> Result<Vec<Current>, Problem> {
    let contents = open_contents(conn, cache, versions)?;
    let positions: Vec<i64> = versions.iter().map(|version| version.from_position).collect();
    let leaf_hashes: HashMap<i64, Vec<u8>> = leaf::hashes_at(conn, &positions)?.into_iter().collect();
    versions
        .iter()
        .map(|version| {
            let content_sha256 = as_hash(&version.content_sha256)?;
            let position = version.from_position;
            let leaf_hash = leaf_hashes
                .get(&position)
                .ok_or_else(|| StoreError::Corrupt(format!("no leaf at position {position}")))?;
            Ok(Current {
                id: id_of(version)?,
                kind: kind_of(version)?,
                revision: version.revision,
                since: Since::Stored {
                    position,
                    leaf_hash: as_hash(leaf_hash)?,
                },
                owner: version.owner.clone(),
                actor: version.actor.clone(),
                withdrawn: version.withdrawn,
                content: contents.get(&content_sha256).cloned(),
                content_sha256,
                keys: keys_of(version),
            })
        })
        .collect()
}

pub fn id_of(version: &Version) -> Result<Uuid, StoreError> {
    Uuid::parse_str(&version.entry_id).map_err(|_| {
        StoreError::Corrupt(format!(
            "position {}: the entry id is no UUID",
            version.from_position
        ))
    })
}

pub fn kind_of(version: &Version) -> Result<Kind, StoreError> {
    Kind::from_id(&version.kind)
        .ok_or_else(|| StoreError::Corrupt(format!("position {}: unknown kind", version.from_position)))
}

pub fn as_hash(bytes: &[u8]) -> Result<Hash, StoreError> {
    Hash::try_from(bytes).map_err(|_| StoreError::Corrupt("a stored hash is not 32 bytes long".to_owned()))
}

/// The keys a stored version bears, read from its columns; one whose content was erased bears none.
fn keys_of(version: &Version) -> Vec<Key> {
    let mut keys = Vec::with_capacity(2);
    keys.extend(version.slug.iter().map(|slug| Key::Slug(slug.clone())));
    if !version.withdrawn {
        let owner = &version.owner;
        keys.extend(
            version
                .number
                .iter()
                .map(|n| Key::Number(owner.clone(), n.clone())),
        );
        keys.extend(
            version
                .external_id
                .iter()
                .map(|id| Key::ExternalId(owner.clone(), id.clone())),
        );
    }
    keys
}
