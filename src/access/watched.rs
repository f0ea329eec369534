//! A file that is followed: what it says takes effect within a second, without a restart.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;

use crate::access::edition::Edition;
use crate::access::settings::SetupError;
use crate::domain::time::Instant;

/// How often the file is looked at, in microseconds, however many requests come in.
const LOOK_INTERVAL: u64 = 1_000_000;
const LARGEST_FILE: u64 = 16 * 1024 * 1024;
/// File systems count time in steps; within one, a second change leaves no trace in the stamp.
const SETTLED_AFTER: Duration = Duration::from_secs(2);

/// How a file's bytes become its value.
pub type Reader<T> = fn(&[u8]) -> Result<T, String>;

/// The value of a file as of a moment ago. A file that becomes unreadable leaves the last good value in place.
pub struct Watched<T> {
    path: PathBuf,
    read: Reader<T>,
    value: ArcSwap<T>,
    watch: Mutex<Watch>,
    edition: Edition,
}

struct Watch {
    looked_at: Option<Instant>,
    stamp: Option<Stamp>,
    /// Already told; a broken file is not told of every second.
    failure: Option<String>,
}

#[derive(Clone, PartialEq, Eq)]
struct Stamp {
    modified: SystemTime,
    size: u64,
    /// A file moved into place may carry an old time.
    identity: (u64, u64),
}

impl<T> Watched<T> {
    /// Reads the file, which must be good.
    pub fn open(path: &Path, read: Reader<T>, edition: Edition) -> Result<Self, SetupError> {
        let (value, stamp) = load(path, read).map_err(SetupError)?;
        Ok(Self::holding(path, read, edition, value, stamp))
    }

    /// As [`open`](Self::open), but the file may come later; until then its value is empty.
    pub fn open_or_empty(path: &Path, read: Reader<T>, edition: Edition) -> Result<Self, SetupError>
    where
        T: Default,
    {
        if path.exists() {
            return Self::open(path, read, edition);
        }
        tracing::warn!(path = %path.display(), "no such file yet, taken as empty");
        Ok(Self::holding(path, read, edition, T::default(), None))
    }

    fn holding(path: &Path, read: Reader<T>, edition: Edition, value: T, stamp: Option<Stamp>) -> Self {
        Self {
            path: path.to_owned(),
            read,
            value: ArcSwap::from_pointee(value),
            watch: Mutex::new(Watch {
                looked_at: None,
                stamp,
                failure: None,
            }),
            edition,
        }
    }

    pub fn current(&self) -> Arc<T> {
        self.value.load_full()
    }

    /// Takes in a change if it is time to look. Cheap when it is not, and nobody waits for somebody else's look.
    pub fn look(&self, now: Instant) {
        let Ok(mut watch) = self.watch.try_lock() else {
            return;
        };
        // A clock set back must not stop the looking.
        let rested = watch
            .looked_at
            .is_none_or(|then| now.0.abs_diff(then.0) >= LOOK_INTERVAL);
        if !rested {
            return;
        }
        watch.looked_at = Some(now);
        if watch.stamp.is_some() && stamp(&self.path).ok() == watch.stamp {
            return;
        }
        match load(&self.path, self.read) {
            Ok((value, stamp)) => {
                self.value.store(Arc::new(value));
                self.edition.advance();
                watch.stamp = stamp;
                if watch.failure.take().is_some() {
                    tracing::info!(path = %self.path.display(), "readable again");
                }
            }
            Err(failure) if watch.failure.as_ref() == Some(&failure) => {}
            Err(failure) => {
                tracing::warn!(failure, "the last good state stays in effect");
                watch.failure = Some(failure);
            }
        }
    }
}

/// The value and the stamp it was read under; no stamp where the file is too fresh to trust one.
fn load<T>(path: &Path, read: Reader<T>) -> Result<(T, Option<Stamp>), String> {
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    // Before the bytes: a change in between then shows as a new stamp.
    let stamp = stamp(path).map_err(|error| named(&error))?;
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST_FILE + 1).read_to_end(&mut bytes))
        .map_err(|error| named(&error))?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(named(&format_args!("larger than {LARGEST_FILE} bytes")));
    }
    let value = read(&bytes).map_err(|reason| named(&reason))?;
    let settled = stamp.modified.elapsed().is_ok_and(|age| age >= SETTLED_AFTER);
    Ok((value, settled.then_some(stamp)))
}

fn stamp(path: &Path) -> io::Result<Stamp> {
    let metadata = path.metadata()?;
    Ok(Stamp {
        modified: metadata.modified()?,
        size: metadata.len(),
        identity: identity(&metadata),
    })
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> (u64, u64) {
    (0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const SECOND: i64 = 1_000_000;

    fn number(bytes: &[u8]) -> Result<u32, String> {
        let text = str::from_utf8(bytes).map_err(|error| error.to_string())?;
        text.trim().parse().map_err(|_| format!("{text:?} is no number"))
    }

    #[test]
    fn a_change_takes_effect_within_a_second_and_not_at_every_request() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("n");
        fs::write(&path, "1").unwrap();
        let edition = Edition::default();
        let watched = Watched::open(&path, number, edition.clone()).unwrap();
        watched.look(Instant(0));
        let before = edition.current();
        fs::write(&path, "2").unwrap();
        watched.look(Instant(SECOND - 1));
        assert_eq!(*watched.current(), 1);
        watched.look(Instant(SECOND));
        assert_eq!(*watched.current(), 2);
        assert_eq!(edition.current(), before + 1);
    }

    #[test]
    fn a_settled_file_is_not_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("n");
        fs::write(&path, "1").unwrap();
        let long_ago = SystemTime::now() - Duration::from_secs(3600);
        File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_modified(long_ago)
            .unwrap();
        let edition = Edition::default();
        let watched = Watched::open(&path, number, edition.clone()).unwrap();
        watched.look(Instant(0));
        watched.look(Instant(SECOND));
        assert_eq!(edition.current(), 0);
    }

    #[test]
    fn a_broken_or_lost_file_leaves_the_last_good_value() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("n");
        fs::write(&path, "1").unwrap();
        let watched = Watched::open(&path, number, Edition::default()).unwrap();
        fs::write(&path, "x").unwrap();
        watched.look(Instant(0));
        assert_eq!(*watched.current(), 1);
        fs::remove_file(&path).unwrap();
        watched.look(Instant(SECOND));
        assert_eq!(*watched.current(), 1);
        fs::write(&path, "3").unwrap();
        watched.look(Instant(2 * SECOND));
        assert_eq!(*watched.current(), 3);
    }

    #[test]
    fn a_missing_file_stops_the_start_unless_it_may_come_later() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("n");
        assert!(Watched::open(&path, number, Edition::default()).is_err());
        let watched = Watched::open_or_empty(&path, number, Edition::default()).unwrap();
        assert_eq!(*watched.current(), 0);
        fs::write(&path, "4").unwrap();
        watched.look(Instant(0));
        assert_eq!(*watched.current(), 4);
    }
}
