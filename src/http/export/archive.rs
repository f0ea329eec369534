//! An archive written as it is sent: what has been written is taken out and forgotten, all but the list of its files.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};
use zip::ZipWriter;
use zip::write::{SimpleFileOptions, StreamWriter};

use crate::domain::problem::Problem;
use crate::evidence::layout::FileDigest;
use crate::log::hash::to_hex;

/// A zip archive in the making.
pub struct Archive {
    zip: ZipWriter<StreamWriter<Outlet>>,
    outlet: Outlet,
    open: Option<OpenFile>,
    digests: Vec<FileDigest>,
}

struct OpenFile {
    name: &'static str,
    hasher: Sha256,
    size: u64,
}

/// Where the archive writes to and its bytes are taken from.
#[derive(Clone, Default)]
struct Outlet(Arc<Mutex<Vec<u8>>>);

impl Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Default for Archive {
    fn default() -> Self {
        let outlet = Outlet::default();
        Self {
            zip: ZipWriter::new_stream(outlet.clone()),
            outlet,
            open: None,
            digests: Vec::new(),
        }
    }
}

impl Archive {
    /// Begins a file; the one before is complete.
    pub fn begin(&mut self, name: &'static str) -> Result<(), Problem> {
        self.close();
        // How long a file becomes is not known when it begins.
        let options = SimpleFileOptions::default()
            .large_file(true)
            .unix_permissions(0o644);
        self.zip.start_file(name, options).map_err(Problem::internal)?;
        self.open = Some(OpenFile {
            name,
            hasher: Sha256::new(),
            size: 0,
        });
        Ok(())
    }

    /// Adds to the file begun last.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        if let Some(open) = &mut self.open {
            open.hasher.update(bytes);
            open.size += bytes.len() as u64;
        }
        self.zip.write_all(bytes).map_err(Problem::internal)
    }

    /// A whole file at once.
    pub fn file(&mut self, name: &'static str, bytes: &[u8]) -> Result<(), Problem> {
        self.begin(name)?;
        self.write(bytes)
    }

    /// What every complete file hashes to; the one being written is completed.
    pub fn digests(&mut self) -> &[FileDigest] {
        self.close();
        &self.digests
    }

    fn close(&mut self) {
        if let Some(open) = self.open.take() {
            self.digests.push(FileDigest {
                name: open.name.to_owned(),
                sha256: to_hex(&open.hasher.finalize()),
                size: open.size,
            });
        }
    }

    /// What has been written since the last time.
    pub fn take(&mut self) -> Vec<u8> {
        let mut written = self.outlet.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *written)
    }

    /// Ends the archive and answers what is left of it.
    pub fn finish(self) -> Result<Vec<u8>, Problem> {
        let Self { zip, outlet, .. } = self;
        zip.finish().map_err(Problem::internal)?;
        let mut written = outlet.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(std::mem::take(&mut *written))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::*;

    #[test]
    fn what_is_taken_piece_by_piece_is_one_archive() {
        let mut archive = Archive::default();
        let mut bytes = Vec::new();
        archive.file("VERIFY.md", "核验".as_bytes()).unwrap();
        archive.begin("envelopes.ndjson").unwrap();
        for number in 0..50_000 {
            archive
                .write(format!("{{\"position\":{number}}}\n").as_bytes())
                .unwrap();
            bytes.extend(archive.take());
        }
        assert!(bytes.len() > 50_000, "most was given before the end");
        let digests = archive.digests().to_vec();
        bytes.extend(archive.finish().unwrap());
        let mut read = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut lines = String::new();
        read.by_name("envelopes.ndjson")
            .unwrap()
            .read_to_string(&mut lines)
            .unwrap();
        assert_eq!(lines.lines().count(), 50_000);
        assert_eq!(digests[1].size, lines.len() as u64);
        assert_eq!(digests[1].sha256, to_hex(&Sha256::digest(&lines)));
    }
}
