//! The files of a mirror: each copy has a file of its own, and the name everybody reads from points to the one in use.
//! So a fresh copy takes the place of another in one step, and the other stays as evidence.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Makes sure that the database's name points to a file of its own.
pub fn prepare(database: &Path) -> io::Result<()> {
    if fs::symlink_metadata(database).is_ok() {
        return Ok(());
    }
    let first = fresh(database);
    point(database, &first)
}

/// As [`prepare`], for a copy that begins with the present only.
pub fn prepare_present(database: &Path) -> io::Result<()> {
    if fs::symlink_metadata(database).is_ok() {
        return Ok(());
    }
    point(database, &present(database))
}

/// Whether the copy in use began with the present, and its history is still to come.
pub fn is_present_only(database: &Path) -> bool {
    fs::read_link(database).is_ok_and(|target| target.file_name() == present(database).file_name())
}

/// The file of a copy that holds the present only.
fn present(database: &Path) -> PathBuf {
    let stem = database.file_stem().unwrap_or_default().to_string_lossy();
    database.with_file_name(format!("{stem}-present.sqlite"))
}

/// The file of the history that is to take the place of the present, as far as it has come.
pub fn in_the_making(database: &Path) -> PathBuf {
    fresh(database)
}

/// Removes a database.
pub fn remove(path: &Path) -> io::Result<()> {
    // What the name points to, where it is a name.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    for suffix in ["", "-wal", "-shm"] {
        match fs::remove_file(with_suffix(&path, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// The file for a copy in the making. What is left there of an earlier attempt is of no use.
pub fn beside(database: &Path) -> io::Result<PathBuf> {
    let path = fresh(database);
    remove(&path)?;
    Ok(path)
}

/// Puts a finished copy in the place of the one in use, at once and for good. Answers where the old one is.
pub fn swap(database: &Path, finished: &Path) -> io::Result<PathBuf> {
    let old = fs::canonicalize(database)?;
    point(database, finished)?;
    Ok(old)
}

/// The first name that is neither in use nor kept as evidence: `registry-1.sqlite`, `registry-2.sqlite` …
fn fresh(database: &Path) -> PathBuf {
    let stem = database.file_stem().unwrap_or_default().to_string_lossy();
    let in_use = fs::read_link(database)
        .ok()
        .and_then(|target| number(&target, &stem));
    let next = in_use.unwrap_or(0) + 1;
    database.with_file_name(format!("{stem}-{next}.sqlite"))
}

fn number(target: &Path, stem: &str) -> Option<u64> {
    let name = target.file_stem()?.to_str()?;
    name.strip_prefix(stem)?.strip_prefix('-')?.parse().ok()
}

/// Makes the database's name point to a file beside it.
fn point(database: &Path, file: &Path) -> io::Result<()> {
    let name = file.file_name().unwrap_or_default();
    let pointer = with_suffix(database, ".next");
    match fs::remove_file(&pointer) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    link(name, &pointer)?;
    fs::rename(&pointer, database)?;
    settle(database.parent().filter(|folder| !folder.as_os_str().is_empty()))
}

#[cfg(unix)]
fn link(name: &OsStr, pointer: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(name, pointer)
}

#[cfg(windows)]
fn link(name: &OsStr, pointer: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_file(name, pointer)
}

/// A folder's entries are durable only once it is told so.
#[cfg(unix)]
fn settle(folder: Option<&Path>) -> io::Result<()> {
    fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn settle(_: Option<&Path>) -> io::Result<()> {
    Ok(())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finished_copy_takes_the_place_of_the_one_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("registry.sqlite");
        prepare(&database).unwrap();
        fs::write(&database, "first").unwrap();
        prepare(&database).unwrap();

        let next = beside(&database).unwrap();
        fs::write(&next, "broken off").unwrap();
        let next = beside(&database).unwrap();
        assert!(!next.exists());
        fs::write(&next, "second").unwrap();
        assert_eq!(fs::read_to_string(&database).unwrap(), "first");

        let old = swap(&database, &next).unwrap();
        assert_eq!(fs::read_to_string(&database).unwrap(), "second");
        assert_eq!(fs::read_to_string(old).unwrap(), "first");
        assert_eq!(
            beside(&database).unwrap().file_name().unwrap(),
            "registry-3.sqlite"
        );
    }
}
