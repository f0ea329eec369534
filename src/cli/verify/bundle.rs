//! Evidence from a bundle: an archive, or the folder it was unpacked to.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::bufread::DeflateDecoder;
use sha2::{Digest, Sha256};
use zip::{CompressionMethod, ZipArchive};

use super::{Source, broken, misuse};
use crate::cli::Failure;
use crate::cli::progress;
use crate::domain::text::Text;
use crate::evidence::layout::{self, Manifest, Scope};
use crate::evidence::verifier::{LeafEvidence, Verifier};
use crate::log::hash::to_hex;
use crate::log::note::VerifierKey;
use crate::text;

/// No line of a bundle is longer: a body of the interface is shorter still.
const LONGEST_LINE: u64 = 64 << 20;

/// No other file of a bundle is larger.
const LARGEST_SMALL_FILE: u64 = 16 << 20;

/// An opened bundle.
pub struct Bundle {
    place: Place,
    manifest: Manifest,
}

enum Place {
    Folder(PathBuf),
    Archive(PathBuf),
}

type Reader = Box<dyn BufRead>;

impl Bundle {
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let place = if path.is_dir() {
            Place::Folder(path.to_owned())
        } else if path.is_file() {
            Place::Archive(path.to_owned())
        } else {
            let shown = path.display();
            return Err(misuse(&text!("没有 {shown}", "there is no {shown}").in_both()));
        };
        let manifest = place.small(layout::MANIFEST)?;
        let manifest: Manifest = serde_json::from_str(&manifest)
            .map_err(|error| broken(&format!("{}: {error}", layout::MANIFEST)))?;
        if manifest.format != layout::FORMAT {
            return Err(broken(&format!("format {}", manifest.format)));
        }
        Ok(Self { place, manifest })
    }

    /// Whether the files are those the manifest lists.
    fn check_files(&self, verifier: &mut Verifier) -> Result<(), Failure> {
        for listed in &self.manifest.files {
            let name = &listed.name;
            let Some(reader) = self.place.open(name)? else {
                verifier.whole(text!("缺少文件 {name}", "the file {name} is missing"));
                continue;
            };
            let found = digest(reader).ok();
            if found != Some((listed.sha256.clone(), listed.size)) {
                verifier.whole(text!(
                    "文件 {name} 与清单所载摘要不符",
                    "the file {name} is not the one the manifest lists"
                ));
            }
        }
        Ok(())
    }
}

impl Source for Bundle {
    fn checkpoint(&mut self) -> Result<String, Failure> {
        self.place.small(layout::CHECKPOINT)
    }

    fn keys(&mut self) -> Result<Vec<VerifierKey>, Failure> {
        let lines = self.place.small(layout::KEYS)?;
        lines
            .lines()
            .map(|line| VerifierKey::parse(line).map_err(|why| broken(&format!("{}: {why}", layout::KEYS))))
            .collect()
    }

    fn scope(&self) -> Scope {
        self.manifest.scope.clone()
    }

    fn hand_over(&mut self, size: u64, verifier: &mut Verifier) -> Result<(), Failure> {
        self.check_files(verifier)?;
        let whole = self.manifest.scope == Scope::All;
        let mut envelopes = Lines::of(&self.place, layout::ENVELOPES)?;
        let mut contents = Lines::of(&self.place, layout::CONTENTS)?;
        let mut notes = Lines::of(&self.place, layout::NOTES)?;
        let mut proofs = Lines::of(
            &self.place,
            if whole {
                layout::LEAF_HASHES
            } else {
                layout::PROOFS
            },
        )?;
        let bar = progress::bar("verify");
        bar.set_length(if whole { size } else { self.manifest.leaves });
        while let Some(envelope) = envelopes.next()? {
            let mut evidence = LeafEvidence {
                envelope,
                content: contents.next()?.unwrap_or_default(),
                note: notes.next()?.unwrap_or_default(),
                ..LeafEvidence::default()
            };
            if whole {
                evidence.leaf_hash = proofs.hash()?;
                if evidence.leaf_hash.is_none() {
                    verifier.here(text!("叶摘要缺失", "its leaf hash is missing"));
                }
            } else {
                let proof = proofs.next()?.unwrap_or_default();
                evidence.proof = serde_json::from_slice(&proof).ok();
            }
            verifier.leaf(&evidence);
            bar.inc(1);
        }
        bar.finish_and_clear();
        for rest in [&mut contents, &mut notes, &mut proofs] {
            if rest.next()?.is_some() {
                verifier.whole(left_over(rest.name));
            }
        }
        Ok(())
    }
}

/// What a file hashes to, and its length.
fn digest(mut reader: Reader) -> io::Result<(String, u64)> {
    let (mut hasher, mut size) = (Sha256::new(), 0);
    loop {
        let bytes = reader.fill_buf()?;
        let count = bytes.len();
        if count == 0 {
            return Ok((to_hex(&hasher.finalize()), size));
        }
        hasher.update(bytes);
        size += count as u64;
        reader.consume(count);
    }
}

fn left_over(name: &str) -> Text {
    text!(
        "文件 {name} 比 {} 长",
        "the file {name} is longer than {}",
        layout::ENVELOPES
    )
}

/// A file read piece by piece, each piece one leaf's.
struct Lines {
    name: &'static str,
    reader: Reader,
}

impl Lines {
    fn of(place: &Place, name: &'static str) -> Result<Self, Failure> {
        let reader = place.open(name)?;
        let empty = || Box::new(io::empty()) as Reader;
        Ok(Self {
            name,
            reader: reader.unwrap_or_else(empty),
        })
    }

    /// The next line without its end.
    fn next(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        let mut line = Vec::new();
        let read = (&mut self.reader).take(LONGEST_LINE).read_until(b'\n', &mut line);
        match read.map_err(|error| unreadable(self.name, &error))? {
            0 => Ok(None),
            _ => {
                if line.last() == Some(&b'\n') {
                    line.pop();
                }
                Ok(Some(line))
            }
        }
    }

    /// The next hash; nothing at the end.
    fn hash(&mut self) -> Result<Option<[u8; 32]>, Failure> {
        let mut hash = [0; 32];
        match self.reader.read_exact(&mut hash) {
            Ok(()) => Ok(Some(hash)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(unreadable(self.name, &error)),
        }
    }
}

impl Place {
    /// Reads a file of the bundle from its beginning; nothing when there is none.
    fn open(&self, name: &str) -> Result<Option<Reader>, Failure> {
        // Names come from a manifest nobody has vouched for.
        if name.contains(['/', '\\']) || name.starts_with('.') {
            return Ok(None);
        }
        match self {
            Self::Folder(folder) => match File::open(folder.join(name)) {
                Ok(file) => Ok(Some(Box::new(BufReader::new(file)))),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(unreadable(name, &error)),
            },
            Self::Archive(path) => open_in_archive(path, name),
        }
    }

    /// A small file of text, whole.
    fn small(&self, name: &str) -> Result<String, Failure> {
        let reader = self.open(name)?;
        let reader = reader.ok_or_else(|| broken(&format!("{name}: missing")))?;
        let mut text = String::new();
        let read = reader.take(LARGEST_SMALL_FILE).read_to_string(&mut text);
        read.map_err(|error| unreadable(name, &error))?;
        Ok(text)
    }
}

/// Finds a file by the archive's list and reads it by itself, so that several can be read side by side.
fn open_in_archive(path: &Path, name: &str) -> Result<Option<Reader>, Failure> {
    let shown = path.display().to_string();
    let file = File::open(path).map_err(|error| unreadable(&shown, &error))?;
    let mut archive =
        ZipArchive::new(BufReader::new(file)).map_err(|error| broken(&format!("{shown}: {error}")))?;
    let (start, packed, method) = match archive.by_name(name) {
        Ok(found) => {
            let start = found.data_start();
            (start, found.compressed_size(), found.compression())
        }
        Err(zip::result::ZipError::FileNotFound) => return Ok(None),
        Err(error) => return Err(broken(&format!("{name}: {error}"))),
    };
    let start = start.ok_or_else(|| broken(&format!("{name}: no data")))?;
    let mut file = File::open(path).map_err(|error| unreadable(&shown, &error))?;
    file.seek(SeekFrom::Start(start))
        .map_err(|error| unreadable(name, &error))?;
    let packed = BufReader::new(file.take(packed));
    match method {
        CompressionMethod::Stored => Ok(Some(Box::new(packed))),
        CompressionMethod::Deflated => Ok(Some(Box::new(BufReader::new(DeflateDecoder::new(packed))))),
        other => Err(broken(&format!("{name}: packed by {other}"))),
    }
}

fn unreadable(name: &str, error: &io::Error) -> Failure {
    broken(&format!("{name}: {error}"))
}
