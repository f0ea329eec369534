//! The guard: the newest checkpoint signed here, kept outside the database. What is signed next must extend it, so that
//! a database put back to an older state is noticed before anything contradictory is signed.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::files::replace::replace;
use crate::log::checkpoint::{self, Checkpoint};

const FILE: &str = "guard.note";
const LOCK: &str = "guard.lock";

#[derive(Clone, Debug)]
pub struct Guard {
    path: PathBuf,
    lock: PathBuf,
}

/// A checkpoint that was signed, with the log and the epoch its first line names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    pub log: String,
    pub epoch: i64,
    pub checkpoint: Checkpoint,
    pub note: String,
}

impl Signed {
    /// Reads a checkpoint's note, whoever signed it.
    pub fn of(note: &str) -> Result<Self, String> {
        let checkpoint = Checkpoint::peek(note).map_err(|fault| fault.to_string())?;
        let (log, epoch) =
            checkpoint::parts_of(&checkpoint.origin).ok_or("its first line does not end in an epoch")?;
        Ok(Self {
            log: log.to_owned(),
            epoch,
            note: note.to_owned(),
            checkpoint,
        })
    }

    pub fn size(&self) -> u64 {
        self.checkpoint.size
    }
}

impl Guard {
    pub fn in_folder(data: &Path) -> Self {
        Self {
            path: data.join(FILE),
            lock: data.join(LOCK),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn read(&self) -> Result<Option<Signed>, String> {
        let named = |error: String| format!("{}: {error}", self.path.display());
        match fs::read_to_string(&self.path) {
            Ok(note) => Signed::of(&note).map(Some).map_err(named),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(named(error.to_string())),
        }
    }

    /// Moves the guard on to what has just been signed; it never moves back, whoever shares the folder.
    pub fn advance(&self, new: &Signed) -> Result<(), String> {
        let _alone = self.alone()?;
        match self.read()? {
            Some(current)
                if current.log == new.log && (current.epoch, current.size()) >= (new.epoch, new.size()) =>
            {
                Ok(())
            }
            _ => self.write(&new.note),
        }
    }

    /// Begins anew at what an operator has decided on.
    pub fn reset(&self, note: &str) -> Result<(), String> {
        let _alone = self.alone()?;
        self.write(note)
    }

    fn write(&self, note: &str) -> Result<(), String> {
        replace(&self.path, note.as_bytes()).map_err(|error| format!("{}: {error}", self.path.display()))
    }

    /// The system lets go of the lock with the file, and of the file with the process.
    fn alone(&self) -> Result<File, String> {
        File::options()
            .create(true)
            .append(true)
            .open(&self.lock)
            .and_then(|file| file.lock().map(|()| file))
            .map_err(|error| format!("{}: {error}", self.lock.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(epoch: i64, size: u64) -> Signed {
        let checkpoint = Checkpoint {
            origin: checkpoint::origin("qingdao", epoch),
            size,
            root: [7; 32],
        };
        Signed::of(&format!(
            "{}\n— {} AAAAAAAA\n",
            checkpoint.to_text(),
            checkpoint.origin
        ))
        .unwrap()
    }

    #[test]
    fn it_moves_forward_only() {
        let folder = tempfile::tempdir().unwrap();
        let guard = Guard::in_folder(folder.path());
        assert_eq!(guard.read(), Ok(None));
        let standing = |new: Signed| {
            guard.advance(&new).unwrap();
            let now = guard.read().unwrap().unwrap();
            (now.epoch, now.size())
        };
        assert_eq!(standing(signed(1, 5)), (1, 5));
        assert_eq!(standing(signed(1, 4)), (1, 5));
        assert_eq!(standing(signed(2, 3)), (2, 3));
        assert_eq!(standing(signed(1, 9)), (2, 3));
        guard.reset(&signed(1, 2).note).unwrap();
        assert_eq!(guard.read(), Ok(Some(signed(1, 2))));
    }

    #[test]
    fn a_damaged_guard_is_not_taken_for_none() {
        let folder = tempfile::tempdir().unwrap();
        let guard = Guard::in_folder(folder.path());
        fs::write(guard.path(), "half a no").unwrap();
        assert!(guard.read().unwrap_err().contains("guard.note"));
        assert!(guard.advance(&signed(1, 5)).is_err());
    }
}
