//! All keys in effect, whatever they come from.

use std::sync::Arc;

use jsonwebtoken::{Algorithm, DecodingKey};

use crate::access::edition::Edition;
use crate::access::header::TokenHeader;
use crate::access::jwk::{Authority, KeySet, VerificationKey, read_key_set};
use crate::access::local_key::LocalKey;
use crate::access::remote::RemoteKeys;
use crate::access::settings::{AccessSettings, SetupError};
use crate::access::watched::Watched;
use crate::domain::time::Instant;

/// The local key, a file, a URL and a shared secret: each where configured.
pub struct Keys {
    local: Option<Watched<KeySet>>,
    file: Option<Watched<KeySet>>,
    remote: Option<RemoteKeys>,
    secret: Option<Arc<VerificationKey>>,
}

impl Keys {
    pub fn open(settings: &AccessSettings, edition: &Edition) -> Result<Self, SetupError> {
        let local = settings.local_key.then(|| {
            LocalKey::open_or_create(&settings.data_dir)?;
            let path = LocalKey::path(&settings.data_dir);
            Watched::open(&path, read_local_key, edition.clone())
        });
        let file = settings
            .jwks_file
            .as_ref()
            .map(|path| Watched::open(path, read_key_set, edition.clone()));
        let remote = settings
            .jwks_url
            .as_ref()
            .map(|url| RemoteKeys::follow(url, edition.clone()));
        let secret = settings.hs256_secret.as_ref().map(|secret| {
            Arc::new(VerificationKey {
                id: None,
                authority: Authority::External,
                algorithms: vec![Algorithm::HS256],
                key: DecodingKey::from_secret(secret.as_bytes()),
            })
        });
        Ok(Self {
            local: local.transpose()?,
            file: file.transpose()?,
            remote: remote.transpose()?,
            secret,
        })
    }

    /// Takes in changed files.
    pub fn look(&self, now: Instant) {
        for file in self.local.iter().chain(&self.file) {
            file.look(now);
        }
    }

    /// Every key that may have signed a token with this header.
    pub fn candidates(&self, header: &TokenHeader) -> Vec<Arc<VerificationKey>> {
        let files = self.local.iter().chain(&self.file).map(Watched::current);
        let sets = files.chain(self.remote.iter().map(RemoteKeys::current));
        sets.flat_map(|set| set.iter().cloned().collect::<Vec<_>>())
            .chain(self.secret.iter().cloned())
            .filter(|key| key.fits(header.algorithm, header.key_id.as_deref()))
            .collect()
    }

    /// Whether an unknown key of this algorithm may become known by fetching now.
    pub fn may_refetch(&self, algorithm: Algorithm, now: Instant) -> bool {
        // Secrets are not published.
        algorithm != Algorithm::HS256 && self.remote.as_ref().is_some_and(|remote| remote.may_refetch(now))
    }

    /// Blocks while fetching.
    pub fn refetch(&self, now: Instant) {
        if let Some(remote) = &self.remote {
            remote.refetch(now);
        }
    }
}

fn read_local_key(pem: &[u8]) -> Result<KeySet, String> {
    let key = LocalKey::read(pem)?;
    Ok(vec![Arc::new(key.verification_key())])
}
