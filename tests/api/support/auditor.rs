//! An auditor: somebody who checks the log with tools of others, and believes nothing else.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use serde_json::Value;
use sha2::Sha256;
use signed_note::{Note, StandardVerifier, VerifierList};

use super::{Answer, Client};

/// A tree that somebody signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    pub origin: String,
    pub size: u64,
    pub root: Vec<u8>,
}

impl Tree {
    fn as_theirs(&self) -> RootHash<Sha256> {
        let root: [u8; 32] = self.root.clone().try_into().expect("a hash");
        RootHash::new(root.into(), self.size)
    }

    /// Whether these bytes are the entry at a position of the tree.
    pub fn holds(&self, entry: &[u8], position: u64, path: &[Vec<u8>]) -> bool {
        let proof = InclusionProof::try_from_bytes(path.concat()).expect("whole hashes");
        self.as_theirs()
            .verify_inclusion(&entry, position, &proof)
            .is_ok()
    }

    /// Whether the tree has grown from an earlier one.
    pub fn extends(&self, earlier: &Self, proof: &[Vec<u8>]) -> bool {
        if earlier.size == self.size {
            return earlier.root == self.root && proof.is_empty();
        }
        let proof = ConsistencyProof::try_from_bytes(proof.concat()).expect("whole hashes");
        self.as_theirs()
            .verify_consistency(&earlier.as_theirs(), &proof)
            .is_ok()
    }
}

/// The tree a note speaks of, if this key has signed it.
pub fn open(note: &str, verifier_key: &str) -> Option<Tree> {
    let verifier = StandardVerifier::new(verifier_key).expect("a verifier key");
    let verifiers = VerifierList::new(vec![Box::new(verifier)]);
    let note = Note::from_bytes(note.as_bytes()).expect("a signed note");
    note.verify(&verifiers).ok()?;
    let text = String::from_utf8(note.text().to_vec()).expect("text");
    let lines: Vec<&str> = text.lines().collect();
    Some(Tree {
        origin: lines[0].to_owned(),
        size: lines[1].parse().expect("a size"),
        root: STANDARD.decode(lines[2]).expect("a root"),
    })
}

/// Bytes that JSON carries in base64.
pub fn bytes(value: &Value) -> Vec<u8> {
    STANDARD.decode(value.as_str().expect("a text")).expect("base64")
}

/// The hashes of a proof.
pub fn hashes(value: &Value) -> Vec<Vec<u8>> {
    value.as_array().expect("hashes").iter().map(bytes).collect()
}

impl Client {
    /// The verifier key the log is signed with now.
    #[track_caller]
    pub fn verifier_key(&self) -> String {
        let keys = self.get("/v1/log/keys").expect(200).at("/items");
        let newest = keys.as_array().and_then(|keys| keys.last()).expect("a key");
        newest["verifier_key"]
            .as_str()
            .expect("a verifier key")
            .to_owned()
    }

    /// The newest checkpoint, its signature checked with this key.
    #[track_caller]
    pub fn checkpoint(&self, verifier_key: &str) -> Tree {
        let note = self.get("/log/checkpoint").expect(200);
        open(note.text(), verifier_key).unwrap_or_else(|| panic!("not signed by {verifier_key}\n{note:?}"))
    }

    /// The tree of the checkpoint that came with a proof.
    #[track_caller]
    pub fn proved_for(&self, proof: &Answer, verifier_key: &str) -> Tree {
        let note = proof.at("/checkpoint");
        open(note.as_str().expect("a note"), verifier_key).expect("a signature of the log")
    }

    /// Everything ever hashed into the log, in order.
    #[track_caller]
    pub fn envelopes(&self) -> Vec<Vec<u8>> {
        let mut entries = Vec::new();
        let mut from = 0;
        loop {
            let page = self.get(&format!("/v1/log/entries?from={from}")).expect(200);
            let items = page.at("/items");
            entries.extend(
                items
                    .as_array()
                    .expect("items")
                    .iter()
                    .map(|item| bytes(&item["envelope"])),
            );
            match page.at("/next").as_u64() {
                Some(next) => from = next,
                None => return entries,
            }
        }
    }
}
