//! The key a registry makes for itself on its first start, so that it can be used before any identity provider is.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::access::jwk::{Authority, VerificationKey};
use crate::access::settings::SetupError;
use crate::files::private_key;

const FILE_NAME: &str = "token-key.pem";

/// An Ed25519 key, kept as PKCS#8 PEM readable by its owner alone.
pub struct LocalKey(SigningKey);

impl LocalKey {
    pub fn path(data_dir: &Path) -> PathBuf {
        data_dir.join(FILE_NAME)
    }

    /// The key of this data folder, made now if it is the first to be asked for. An existing one is never replaced.
    pub fn open_or_create(data_dir: &Path) -> Result<Self, SetupError> {
        private_key::open_or_create(&Self::path(data_dir))
            .map(Self)
            .map_err(SetupError)
    }

    pub fn read(pem: &[u8]) -> Result<Self, String> {
        private_key::from_pem(pem).map(Self)
    }

    /// The RFC 7638 thumbprint: the same key has the same name everywhere.
    pub fn id(&self) -> String {
        let x = URL_SAFE_NO_PAD.encode(self.0.verifying_key().as_bytes());
        let members = json!({"crv": "Ed25519", "kty": "OKP", "x": x}).to_string();
        URL_SAFE_NO_PAD.encode(Sha256::digest(members))
    }

    pub fn verification_key(&self) -> VerificationKey {
        VerificationKey {
            id: Some(self.id()),
            authority: Authority::Local,
            algorithms: vec![Algorithm::EdDSA],
            key: DecodingKey::from_ed_der(self.0.verifying_key().as_bytes()),
        }
    }

    pub(super) fn signing_key(&self) -> Result<EncodingKey, SetupError> {
        let der = self
            .0
            .to_pkcs8_der()
            .map_err(|error| SetupError(error.to_string()))?;
        Ok(EncodingKey::from_ed_der(der.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::fs;
    use std::sync::Barrier;
    use std::thread;

    #[test]
    fn the_key_is_made_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let made = LocalKey::open_or_create(&data).unwrap().id();
        assert_eq!(LocalKey::open_or_create(&data).unwrap().id(), made);
        let files: Vec<_> = fs::read_dir(&data)
            .unwrap()
            .map(|file| file.unwrap().file_name())
            .collect();
        assert_eq!(files, [FILE_NAME]);
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_can_read_the_key() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        LocalKey::open_or_create(folder.path()).unwrap();
        let metadata = LocalKey::path(folder.path()).metadata().unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn all_who_start_at_once_end_up_with_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let barrier = Barrier::new(8);
        let open = || {
            barrier.wait();
            LocalKey::open_or_create(folder.path()).unwrap().id()
        };
        let ids: HashSet<String> = thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(ids.len(), 1);
    }

    #[test]
    fn a_damaged_key_is_reported_and_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = LocalKey::path(folder.path());
        fs::write(&path, "damaged").unwrap();
        let error = LocalKey::open_or_create(folder.path()).err().unwrap();
        assert!(
            error.to_string().contains("token-key.pem: not an Ed25519 key"),
            "{error}"
        );
        assert_eq!(fs::read(&path).unwrap(), b"damaged");
    }
}
