//! A proof in one file (C2SP `tlog-proof`, v1): where a leaf stands, the hashes beside its path, and the checkpoint.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::log::hash::Hash;

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// That an entry is in a log, to be checked without asking anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlogProof {
    /// Bytes for whoever reads it; here the leaf's envelope, so that the file verifies alone.
    pub extra: Option<Vec<u8>>,
    pub index: u64,
    pub hashes: Vec<Hash>,
    /// The signed note.
    pub checkpoint: String,
}

impl TlogProof {
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEADER}\n");
        if let Some(extra) = &self.extra {
            text.push_str(&format!("extra {}\n", STANDARD.encode(extra)));
        }
        text.push_str(&format!("index {}\n", self.index));
        for hash in &self.hashes {
            text.push_str(&STANDARD.encode(hash));
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.checkpoint);
        text
    }

    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (proof, checkpoint) = text.split_once("\n\n").ok_or("no checkpoint in it")?;
        let mut lines = proof.split('\n');
        if lines.next() != Some(HEADER) {
            return Err("not a tlog-proof of version 1");
        }
        let mut line = lines.next().ok_or("it ends after its first line")?;
        let mut extra = None;
        if let Some(bytes) = line.strip_prefix("extra ") {
            extra = Some(
                STANDARD
                    .decode(bytes)
                    .map_err(|_| "the extra data is not base64")?,
            );
            line = lines.next().ok_or("it names no index")?;
        }
        let index = line
            .strip_prefix("index ")
            .and_then(|index| index.parse().ok())
            .ok_or("it names no index")?;
        let hashes = lines
            .map(|line| STANDARD.decode(line).ok().and_then(|bytes| bytes.try_into().ok()))
            .collect::<Option<Vec<Hash>>>()
            .ok_or("a line is no hash in base64")?;
        Ok(Self {
            extra,
            index,
            hashes,
            checkpoint: checkpoint.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_reads_as_it_is_written() {
        let proof = TlogProof {
            extra: Some(b"{}".to_vec()),
            index: 5,
            hashes: vec![[1; 32], [2; 32]],
            checkpoint: "log/1\n6\nroot\n\n— log/1 AAAA\n".to_owned(),
        };
        let text = proof.to_text();
        assert!(text.starts_with("c2sp.org/tlog-proof@v1\nextra e30=\nindex 5\nAQEB"));
        assert_eq!(TlogProof::parse(&text), Ok(proof));
        assert!(TlogProof::parse("c2sp.org/tlog-proof@v1\nindex\n\nx\n").is_err());
    }
}
