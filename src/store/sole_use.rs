//! The embedded database belongs to one process: a lock file beside it says whose it is just now.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use crate::domain::text::Text;
use crate::store::conn::Location;
use crate::text;

/// Held for as long as nobody else may write; the operating system lets go of it with the process, crashed or not.
#[derive(Debug)]
pub struct SoleUse {
    _locked: Option<File>,
}

impl SoleUse {
    /// Takes the database for this process. PostgreSQL is made for many and needs no such thing.
    pub fn take(location: &Location) -> Result<Self, Text> {
        let Location::Sqlite(database) = location else {
            return Ok(Self { _locked: None });
        };
        let path = lock_file(database);
        let shown = path.display();
        let cannot =
            |error: std::io::Error| text!("无法锁定 {shown}：{error}", "cannot lock {shown}: {error}");
        let file = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(cannot)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _locked: Some(file) }),
            Err(TryLockError::WouldBlock) => Err(in_use(database)),
            Err(TryLockError::Error(error)) => Err(cannot(error)),
        }
    }
}

/// `registry.sqlite` is guarded by `registry.lock`.
fn lock_file(database: &Path) -> PathBuf {
    database.with_extension("lock")
}

fn in_use(database: &Path) -> Text {
    let shown = database.display();
    text!(
        "{shown} 正由另一个进程使用：请先停止该服务；需要多个实例时改用 PostgreSQL",
        "{shown} is in use by another process: stop that server first; to run several, use PostgreSQL"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_database_has_one_user_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(folder.path().join("registry.sqlite"));
        let first = SoleUse::take(&location).unwrap();
        let refused = SoleUse::take(&location).unwrap_err();
        assert!(refused.en.contains("in use by another process"), "{refused:?}");
        drop(first);
        assert!(SoleUse::take(&location).is_ok());
        assert!(folder.path().join("registry.lock").is_file());
    }

    #[test]
    fn postgresql_may_be_shared() {
        let location = Location::Postgres("postgres://registry@db/registry".to_owned());
        let _first = SoleUse::take(&location).unwrap();
        assert!(SoleUse::take(&location).is_ok());
    }
}
