//! Whose signature counts: the key given, or the first one met, and those the log hands over to.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::log::checkpoint::origin;
use crate::log::envelope::Envelope;
use crate::log::note::VerifierKey;
use crate::mirror::signed::PublicKey;
use crate::mirror::trouble::Trouble;
use crate::store::conn::Conn;
use crate::store::head::Head;
use crate::store::leaf;

/// Holds the key that was trusted first, as verifiers write it.
const FILE: &str = "source.vkey";

pub struct Trust {
    path: PathBuf,
    first: Option<PublicKey>,
}

impl Trust {
    /// What is given is trusted; else what was trusted before; else, once, what the log says.
    pub fn open(data: &Path, given: Option<&str>) -> Result<Self, Trouble> {
        let path = data.join(FILE);
        let shown = path.display();
        let kept = match fs::read_to_string(&path) {
            Ok(words) => Some(words),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(Trouble::Lasting(format!("{shown}: {error}"))),
        };
        let read = |words: &str| {
            VerifierKey::parse(words)
                .map(|key| key.public)
                .map_err(|why| Trouble::Misused(format!("{} is no verifier key: {why}", words.trim())))
        };
        let given = given.map(read).transpose()?;
        let kept = kept.as_deref().map(read).transpose()?;
        if let (Some(given), Some(kept)) = (given, kept)
            && given != kept
        {
            return Err(Trouble::Lasting(format!(
                "the key given is another than the one trusted so far: remove {shown} to trust it instead"
            )));
        }
        Ok(Self {
            path,
            first: given.or(kept),
        })
    }

    /// The keys that may sign what comes after the copy's newest leaf.
    pub fn keys(&self, conn: &mut Conn, head: &Head) -> Result<Vec<PublicKey>, Trouble> {
        let named = named_keys(conn, head)?;
        let Some(first) = self.first else {
            return Ok(named);
        };
        // The log hands over from key to key: those before the first trusted one have no say.
        let later = named
            .into_iter()
            .skip_while(|key| *key != first)
            .filter(|key| *key != first);
        Ok(std::iter::once(first).chain(later).collect())
    }

    /// Trusts, from now on, the key by which the log began to be signed.
    pub fn settle(&mut self, conn: &mut Conn, head: &Head) -> Result<(), Trouble> {
        let first = match self.first {
            Some(first) => Some(first),
            None => named_keys(conn, head)?.into_iter().next(),
        };
        if let Some(key) = first
            && !self.path.exists()
        {
            let line = VerifierKey {
                name: origin(&head.origin, head.epoch),
                public: key,
            }
            .to_string();
            fs::write(&self.path, format!("{line}\n"))
                .map_err(|error| Trouble::Lasting(format!("{}: {error}", self.path.display())))?;
            tracing::info!(key = line, "trusting this key of the source from now on");
        }
        self.first = first;
        Ok(())
    }
}

/// The keys the log says it is signed with, in order.
fn named_keys(conn: &mut Conn, head: &Head) -> Result<Vec<PublicKey>, Trouble> {
    let events = leaf::events(conn, 0, head.position())?;
    let keys = events
        .iter()
        .filter_map(|leaf| match Envelope::from_bytes(&leaf.envelope).ok()? {
            Envelope::Key { key, .. } => Some(VerifierKey::from_ref(&key)?.public),
            _ => None,
        });
    Ok(keys.collect())
}
