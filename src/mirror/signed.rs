//! A checkpoint as the source signs it: a C2SP signed note over the log's name, size and root.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};

use crate::log::hash::{Hash, sha256};

/// How signature lines begin.
const MARK: &str = "— ";

/// Ed25519, as the key id and the key's own text name it.
const ED25519: u8 = 1;

/// A public key, whatever name it goes by.
pub type PublicKey = [u8; 32];

/// What was signed, and by whom it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name, without the epoch.
    pub log: String,
    pub epoch: i64,
    pub size: i64,
    pub root: Hash,
    /// The signed note, as it was received.
    pub note: String,
}

impl Checkpoint {
    /// Reads the note without looking at its signatures.
    pub fn parse(note: &str) -> Option<Self> {
        let (text, _) = note.split_once("\n\n")?;
        let mut lines = text.lines();
        let (log, epoch) = lines.next()?.rsplit_once('/')?;
        let size = lines.next()?.parse().ok().filter(|size| *size >= 0)?;
        let root = STANDARD.decode(lines.next()?).ok()?.try_into().ok()?;
        Some(Self {
            log: log.to_owned(),
            epoch: epoch.parse().ok()?,
            size,
            root,
            note: note.to_owned(),
        })
    }

    /// The log's name with the epoch: the checkpoint's first line, and the name of the key that signs it.
    pub fn origin(&self) -> String {
        format!("{}/{}", self.log, self.epoch)
    }

    /// Whether one of the keys has signed it under the log's name.
    pub fn is_signed_by(&self, keys: &[PublicKey]) -> bool {
        let Some((text, signatures)) = self.note.split_once("\n\n") else {
            return false;
        };
        let signed = format!("{text}\n");
        let name = self.origin();
        signatures
            .lines()
            .filter_map(|line| line.strip_prefix(MARK)?.split_once(' '))
            .filter(|(signer, _)| *signer == name)
            .filter_map(|(_, encoded)| STANDARD.decode(encoded).ok())
            .any(|bytes| {
                keys.iter()
                    .any(|key| verifies(key, &name, signed.as_bytes(), &bytes))
            })
    }
}

/// Whether four bytes of key id and a signature are those of this key over `signed`.
fn verifies(key: &PublicKey, name: &str, signed: &[u8], bytes: &[u8]) -> bool {
    let Some((id, signature)) = bytes.split_at_checked(4) else {
        return false;
    };
    let (Ok(signature), Ok(verifier)) = (Signature::from_slice(signature), VerifyingKey::from_bytes(key))
    else {
        return false;
    };
    id == key_id(name, key) && verifier.verify_strict(signed, &signature).is_ok()
}

fn key_id(name: &str, key: &PublicKey) -> [u8; 4] {
    let [a, b, c, d, ..] = sha256(&[name.as_bytes(), &[b'\n', ED25519], key].concat());
    [a, b, c, d]
}

/// Reads a verifier key, `name+id+base64`; the name matters only to the id, which must be that of name and key.
pub fn parse_key(words: &str) -> Option<PublicKey> {
    let mut parts = words.trim().splitn(3, '+');
    let (name, id, encoded) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = STANDARD.decode(encoded).ok()?;
    let (algorithm, key) = bytes.split_first()?;
    let key: PublicKey = key.try_into().ok()?;
    let named = u32::from_str_radix(id, 16).ok()?.to_be_bytes();
    (*algorithm == ED25519 && named == key_id(name, &key)).then_some(key)
}

/// Writes a verifier key.
pub fn print_key(name: &str, key: &PublicKey) -> String {
    let id = u32::from_be_bytes(key_id(name, key));
    let encoded = STANDARD.encode([&[ED25519], key.as_slice()].concat());
    format!("{name}+{id:08x}+{encoded}")
}
