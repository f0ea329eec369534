//! Checkpoints (C2SP `tlog-checkpoint`): which log, how many leaves, which root. Signed as notes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::log::hash::Hash;
use crate::log::note::{self, NoteFault, VerifierKey};

/// The state of a log at one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    pub origin: String,
    pub size: u64,
    pub root: Hash,
}

/// The name under which a log signs in an epoch: the checkpoint's first line and the name of its key.
pub fn origin(log: &str, epoch: i64) -> String {
    format!("{log}/{epoch}")
}

/// The log and the epoch that a checkpoint's first line names.
pub fn parts_of(origin: &str) -> Option<(&str, i64)> {
    let (log, epoch) = origin.rsplit_once('/')?;
    Some((log, epoch.parse().ok()?))
}

impl Checkpoint {
    /// The text that is signed.
    pub fn to_text(&self) -> String {
        let Self { origin, size, root } = self;
        format!("{origin}\n{size}\n{}\n", STANDARD.encode(root))
    }

    /// Reads the text of a checkpoint; lines of extensions are passed over.
    pub fn from_text(text: &str) -> Result<Self, NoteFault> {
        let mut lines = text.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(NoteFault::Malformed("a checkpoint has three lines"));
        };
        let plain = size.bytes().all(|b| b.is_ascii_digit()) && (size == "0" || !size.starts_with('0'));
        let size = size
            .parse()
            .ok()
            .filter(|_| plain)
            .ok_or(NoteFault::Malformed("the size of the tree is no number"))?;
        let root = STANDARD
            .decode(root)
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or(NoteFault::Malformed("the root is no hash in base64"))?;
        if origin.is_empty() {
            return Err(NoteFault::Malformed("the log has no name"));
        }
        Ok(Self {
            origin: origin.to_owned(),
            size,
            root,
        })
    }

    /// The checkpoint of a note that one of the trusted keys has signed.
    pub fn open(signed: &str, trusted: &[VerifierKey]) -> Result<Self, NoteFault> {
        Self::from_text(note::open(signed, trusted)?)
    }

    /// The checkpoint a note speaks of, whoever signed it.
    pub fn peek(signed: &str) -> Result<Self, NoteFault> {
        Self::from_text(note::split(signed)?.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_reads_as_it_is_written() {
        let checkpoint = Checkpoint {
            origin: origin("qingdao/registry", 2),
            size: 812,
            root: [7; 32],
        };
        assert_eq!(parts_of(&checkpoint.origin), Some(("qingdao/registry", 2)));
        let text = checkpoint.to_text();
        assert_eq!(
            text,
            "qingdao/registry/2\n812\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n"
        );
        assert_eq!(Checkpoint::from_text(&text), Ok(checkpoint));
    }

    #[test]
    fn what_is_no_checkpoint_is_refused() {
        let root = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
        for text in [
            String::new(),
            format!("log\n0812\n{root}\n"),
            format!("log\n+8\n{root}\n"),
            format!("\n8\n{root}\n"),
            "log\n8\nBwc=\n".to_owned(),
        ] {
            assert!(Checkpoint::from_text(&text).is_err(), "{text:?}");
        }
    }
}
