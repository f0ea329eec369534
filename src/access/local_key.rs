//! The key a registry makes for itself on its first start, so that it can be used before any identity provider is.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, KeypairBytes};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::access::jwk::{Authority, VerificationKey};
use crate::access::settings::SetupError;

const FILE_NAME: &str = "token-key.pem";

/// An Ed25519 key, kept as PKCS#8 PEM readable by its owner alone.
pub struct LocalKey(SigningKey);

impl LocalKey {
    pub fn path(data_dir: &Path) -> PathBuf {
        data_dir.join(FILE_NAME)
    }

    /// The key of this data folder, made now if it is the first to be asked for. An existing one is never replaced.
    pub fn open_or_create(data_dir: &Path) -> Result<Self, SetupError> {
        let path = Self::path(data_dir);
        let named = |error: &dyn std::fmt::Display| SetupError(format!("{}: {error}", path.display()));
        if !path.try_exists().map_err(|error| named(&error))? {
            fs::create_dir_all(data_dir)
                .and_then(|()| create(data_dir, &path))
                .map_err(|error| named(&error))?;
        }
        let pem = fs::read(&path).map_err(|error| named(&error))?;
        warn_if_others_can_read(&path);
        Self::read(&pem).map_err(|reason| named(&reason))
    }

    pub fn read(pem: &[u8]) -> Result<Self, String> {
        let refuse = |reason: &dyn std::fmt::Display| format!("not an Ed25519 key in PKCS#8 PEM: {reason}");
        let pem = str::from_utf8(pem).map_err(|error| refuse(&error))?;
        SigningKey::from_pkcs8_pem(pem)
            .map(Self)
            .map_err(|error| refuse(&error))
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

/// Written aside and then linked into place: of several processes starting at once one wins, and none ever sees a
/// file that is half written.
fn create(data_dir: &Path, path: &Path) -> io::Result<()> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(io::Error::other)?;
    // Without the public half, which older versions of OpenSSL cannot read.
    let key = KeypairBytes {
        secret_key: seed,
        public_key: None,
    };
    let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(io::Error::other)?;

    let aside = data_dir.join(format!("{FILE_NAME}.{}", uuid::Uuid::now_v7()));
    let linked = create_private(&aside)
        .and_then(|mut file| file.write_all(pem.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| fs::hard_link(&aside, path));
    let removed = fs::remove_file(&aside);
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => removed,
        Err(error) => Err(error),
        Ok(()) => {
            tracing::info!(path = %path.display(), "made a key for tokens");
            removed
        }
    }
}

fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(unix)]
fn warn_if_others_can_read(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let open = path
        .metadata()
        .is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0);
    if open {
        tracing::warn!(path = %path.display(), "others can read the key for tokens; chmod 600 it");
    }
}

#[cfg(not(unix))]
fn warn_if_others_can_read(_: &Path) {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
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
