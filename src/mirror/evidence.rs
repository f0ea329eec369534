//! What is kept when a source contradicts itself: both signed statements, in a file that speaks for itself.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::domain::time::Instant;
use crate::mirror::trouble::Fork;

const FILE: &str = "fork.json";

/// A fork as it was found. While its file is there, nothing more is taken over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub found_at: String,
    pub source: String,
    pub cause: String,
    /// The newest checkpoint of which this copy holds the leaves.
    pub held: Option<String>,
    /// The checkpoint that contradicts it.
    pub contradicting: String,
}

impl Evidence {
    pub fn of(source: &str, fork: &Fork) -> Self {
        Self {
            found_at: Instant::now().to_rfc3339(),
            source: source.to_owned(),
            cause: fork.cause.clone(),
            held: fork.ours.clone(),
            contradicting: fork.theirs.clone(),
        }
    }

    /// Writes the file, unless one is there: the first contradiction is the one to explain.
    pub fn keep(&self, data: &Path) -> std::io::Result<PathBuf> {
        let path = data.join(FILE);
        if path.exists() {
            return Ok(path);
        }
        let unfinished = data.join("fork.json.part");
        fs::write(&unfinished, serde_json::to_vec_pretty(self)?)?;
        fs::File::open(&unfinished)?.sync_all()?;
        fs::rename(&unfinished, &path)?;
        Ok(path)
    }

    /// What was found before, if anything.
    pub fn find(data: &Path) -> std::io::Result<Option<Self>> {
        match fs::read(data.join(FILE)) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}
