//! Private keys as files: Ed25519 in PKCS#8 PEM, readable by their owner alone.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, KeypairBytes};

use crate::files::replace::{aside, sync_folder};

/// The key in a file, made now if there is none. An existing one is never replaced.
pub fn open_or_create(path: &Path) -> Result<SigningKey, String> {
    let named = |error: io::Error| format!("{}: {error}", path.display());
    if !path.try_exists().map_err(named)? {
        create(path).map_err(named)?;
    }
    open(path)?.ok_or_else(|| named(io::ErrorKind::NotFound.into()))
}

/// The key in a file, if there is one.
pub fn open(path: &Path) -> Result<Option<SigningKey>, String> {
    let shown = path.display();
    let pem = match fs::read(path) {
        Ok(pem) => pem,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("{shown}: {error}")),
    };
    warn_if_others_can_read(path);
    from_pem(&pem)
        .map(Some)
        .map_err(|reason| format!("{shown}: {reason}"))
}

pub fn from_pem(pem: &[u8]) -> Result<SigningKey, String> {
    let refuse = |reason: &dyn std::fmt::Display| format!("not an Ed25519 key in PKCS#8 PEM: {reason}");
    let pem = str::from_utf8(pem).map_err(|error| refuse(&error))?;
    SigningKey::from_pkcs8_pem(pem).map_err(|error| refuse(&error))
}

/// Makes a key, unless the file is there already. It is written aside and then linked into place: of several processes
/// starting at once one wins, and none ever sees a file that is half written.
pub fn create(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let pem = new_key()?;
    let aside = aside(path);
    let linked = create_private(&aside)
        .and_then(|mut file| file.write_all(pem.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| fs::hard_link(&aside, path));
    let removed = fs::remove_file(&aside);
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => removed,
        Err(error) => Err(error),
        Ok(()) => {
            tracing::info!(path = %path.display(), "made a private key");
            removed.and_then(|()| sync_folder(path))
        }
    }
}

fn new_key() -> io::Result<impl std::ops::Deref<Target = String>> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(io::Error::other)?;
    // Without the public half, which older versions of OpenSSL cannot read.
    let key = KeypairBytes {
        secret_key: seed,
        public_key: None,
    };
    key.to_pkcs8_pem(LineEnding::LF).map_err(io::Error::other)
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
        tracing::warn!(path = %path.display(), "others can read this private key; chmod 600 it");
    }
}

#[cfg(not(unix))]
fn warn_if_others_can_read(_: &Path) {}
