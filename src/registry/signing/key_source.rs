//! Where the key that signs the log is kept: a file, or the environment. Never the database, which it vouches for.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;

use crate::files::private_key;
use crate::files::replace::sync_folder;

const FILE: &str = "log-key.pem";

/// Where a rotation keeps the new key until the log names it.
const NEXT: &str = "log-key.next.pem";

/// Where a rotation puts the key that signs no more.
const PREVIOUS: &str = "log-key.previous.pem";

#[derive(Clone)]
pub enum KeySource {
    File(PathBuf),
    /// The key itself, as somebody keeps it for all instances; a rotation leaves the new one in the data folder.
    Given {
        pem: String,
        data: PathBuf,
    },
}

impl KeySource {
    /// What `REGISTRY_LOG_KEY` says, a path or the key itself; else the data folder's own key.
    pub fn new(data: &Path, given: Option<&str>) -> Self {
        match given {
            None => Self::File(data.join(FILE)),
            Some(pem) if pem.trim_start().starts_with("-----BEGIN") => Self::Given {
                pem: pem.to_owned(),
                data: data.to_owned(),
            },
            Some(path) => Self::File(PathBuf::from(path)),
        }
    }

    pub fn open(&self) -> Result<Option<SigningKey>, String> {
        match self {
            Self::File(path) => private_key::open(path),
            Self::Given { pem, .. } => self.read(pem).map(Some),
        }
    }

    pub fn open_or_create(&self) -> Result<SigningKey, String> {
        match self {
            Self::File(path) => private_key::open_or_create(path),
            Self::Given { pem, .. } => self.read(pem),
        }
    }

    fn read(&self, pem: &str) -> Result<SigningKey, String> {
        private_key::from_pem(pem.as_bytes()).map_err(|reason| format!("{self}: {reason}"))
    }

    /// The key with this public half: the one in use, or one that a rotation has left to be taken into use.
    pub fn find(&self, public: &[u8; 32]) -> Result<Option<SigningKey>, String> {
        let is_wanted = |key: &SigningKey| key.verifying_key().as_bytes() == public;
        let current = self.open()?.filter(is_wanted);
        if current.is_some() || matches!(self, Self::Given { .. }) {
            return Ok(current);
        }
        let next = private_key::open(&self.next())?.filter(is_wanted);
        if next.is_some() {
            self.take_next()
                .map_err(|error| format!("{}: {error}", self.next().display()))?;
        }
        Ok(next)
    }

    /// The key that a rotation is about to announce, made now unless one broken off has left one.
    pub fn prepare_next(&self) -> Result<SigningKey, String> {
        private_key::open_or_create(&self.next())
    }

    /// Puts the announced key in the place of the one that signs no more.
    pub fn take_next(&self) -> io::Result<()> {
        let Self::File(path) = self else {
            return Ok(());
        };
        match fs::rename(path, path.with_file_name(PREVIOUS)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::rename(self.next(), path)?;
        sync_folder(path)
    }

    /// Where the announced key was left for the operator to take into use.
    pub fn left_aside(&self) -> Option<PathBuf> {
        matches!(self, Self::Given { .. }).then(|| self.next())
    }

    fn next(&self) -> PathBuf {
        match self {
            Self::File(path) => path.with_file_name(NEXT),
            Self::Given { data, .. } => data.join(NEXT),
        }
    }
}

/// Its place; never the key.
impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Given { .. } => f.write_str("REGISTRY_LOG_KEY"),
        }
    }
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_a_file_or_given_whole() {
        let folder = tempfile::tempdir().unwrap();
        let own = KeySource::new(folder.path(), None);
        let key = own.open_or_create().unwrap();
        let path = folder.path().join(FILE);
        let pem = fs::read_to_string(&path).unwrap();
        for given in [path.to_str().unwrap(), &pem] {
            let source = KeySource::new(folder.path(), Some(given));
            assert_eq!(source.open().unwrap().unwrap(), key);
            assert!(!format!("{source:?}").contains("BEGIN"));
        }
    }

    #[test]
    fn a_rotation_broken_off_is_finished_when_its_key_is_looked_for() {
        let folder = tempfile::tempdir().unwrap();
        let source = KeySource::new(folder.path(), None);
        let old = source.open_or_create().unwrap();
        let next = source.prepare_next().unwrap();
        assert_eq!(source.find(&[0; 32]).unwrap(), None);
        assert_eq!(
            source.find(old.verifying_key().as_bytes()).unwrap(),
            Some(old.clone())
        );
        assert_eq!(
            source.find(next.verifying_key().as_bytes()).unwrap(),
            Some(next.clone())
        );
        assert_eq!(source.open().unwrap(), Some(next));
        assert!(!source.next().exists());
    }
}
