//! Signed notes (C2SP `signed-note`): a text and below it lines by which keys vouch for it, here Ed25519 keys.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use crate::log::envelope::KeyRef;
use crate::log::hash::{sha256, to_hex};

/// The signature type of Ed25519 in notes.
const ED25519: u8 = 0x01;

/// A note with more signatures than this is somebody's joke.
const MOST_SIGNATURES: usize = 100;

/// A public key and the name it signs under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    pub name: String,
    pub public: [u8; 32],
}

/// Why a note was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoteFault {
    Malformed(&'static str),
    /// None of the trusted keys signed it.
    NotSigned,
    /// A signature under a trusted key's name and id does not hold.
    WrongSignature(String),
}

impl std::fmt::Display for NoteFault {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Self::Malformed(why) => write!(f, "not a signed note: {why}"),
            Self::NotSigned => f.write_str("not signed by a trusted key"),
            Self::WrongSignature(name) => write!(f, "the signature of {name} does not hold"),
        }
    }
}

impl VerifierKey {
    /// A name that notes can carry: no blanks, no `+`.
    pub fn is_name(name: &str) -> bool {
        !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
    }

    /// The first four bytes of SHA-256(name ‖ "\n" ‖ type ‖ key).
    pub fn id(&self) -> [u8; 4] {
        let mut named = self.name.as_bytes().to_vec();
        named.extend([b'\n', ED25519]);
        named.extend(self.public);
        let [a, b, c, d, ..] = sha256(&named);
        [a, b, c, d]
    }

    /// Reads `name+id+key`, as people hand verifier keys on.
    pub fn parse(words: &str) -> Result<Self, &'static str> {
        let mut parts = words.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err("a verifier key is written name+id+key");
        };
        if !Self::is_name(name) {
            return Err("the name of a key has no blanks");
        }
        let bytes = STANDARD.decode(key).map_err(|_| "the key is not base64")?;
        let Some((&ED25519, public)) = bytes.split_first() else {
            return Err("not an Ed25519 key");
        };
        let public = public.try_into().map_err(|_| "an Ed25519 key has 32 bytes")?;
        let key = Self {
            name: name.to_owned(),
            public,
        };
        if to_hex(&key.id()) == id {
            Ok(key)
        } else {
            Err("the id is not that of the name and the key")
        }
    }

    /// The key as a leaf of the log names it.
    pub fn to_ref(&self) -> KeyRef {
        KeyRef {
            id: to_hex(&self.id()),
            name: self.name.clone(),
            public_key: STANDARD.encode(self.public),
        }
    }

    /// The key that a leaf of the log names.
    pub fn from_ref(named: &KeyRef) -> Option<Self> {
        let public = STANDARD.decode(&named.public_key).ok()?.try_into().ok()?;
        let key = Self {
            name: named.name.clone(),
            public,
        };
        (to_hex(&key.id()) == named.id).then_some(key)
    }

    fn holds(&self, text: &str, signature: &[u8]) -> bool {
        let (Ok(key), Ok(signature)) = (
            VerifyingKey::from_bytes(&self.public),
            Signature::from_slice(signature),
        ) else {
            return false;
        };
        key.verify_strict(text.as_bytes(), &signature).is_ok()
    }
}

impl std::fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let mut key = vec![ED25519];
        key.extend(self.public);
        write!(f, "{}+{}+{}", self.name, to_hex(&self.id()), STANDARD.encode(key))
    }
}

/// The line by which a key vouches for a text.
fn signature_line(name: &str, id: [u8; 4], signature: &[u8]) -> String {
    let mut bytes = id.to_vec();
    bytes.extend(signature);
    format!("— {name} {}\n", STANDARD.encode(bytes))
}

/// A key that signs notes under a name.
pub struct NoteSigner {
    key: SigningKey,
    verifier: VerifierKey,
}

impl NoteSigner {
    pub fn new(name: &str, key: SigningKey) -> Self {
        let verifier = VerifierKey {
            name: name.to_owned(),
            public: key.verifying_key().to_bytes(),
        };
        Self { key, verifier }
    }

    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// The whole note for a text that ends with a line break.
    pub fn sign(&self, text: &str) -> String {
        format!("{text}\n{}", self.signature(text))
    }

    /// A note with this key's signature added below those it has.
    pub fn cosign(&self, note: &str) -> Result<String, NoteFault> {
        let (text, _) = split(note)?;
        Ok(format!("{note}{}", self.signature(text)))
    }

    fn signature(&self, text: &str) -> String {
        let signature = self.key.sign(text.as_bytes()).to_bytes();
        signature_line(&self.verifier.name, self.verifier.id(), &signature)
    }
}

/// The text of a note that at least one of the trusted keys has signed.
pub fn open<'n>(note: &'n str, trusted: &[VerifierKey]) -> Result<&'n str, NoteFault> {
    let (text, signatures) = split(note)?;
    let mut signed = false;
    for (name, bytes) in signatures {
        let Some((id, signature)) = bytes.split_first_chunk::<4>() else {
            return Err(NoteFault::Malformed("a signature without a key id"));
        };
        let by = trusted.iter().find(|key| key.name == name && key.id() == *id);
        match by {
            Some(key) if key.holds(text, signature) => signed = true,
            Some(key) => return Err(NoteFault::WrongSignature(key.name.clone())),
            None => {}
        }
    }
    if signed {
        Ok(text)
    } else {
        Err(NoteFault::NotSigned)
    }
}

/// The name under which a key has signed, and the bytes of its signature line.
type Signed<'n> = (&'n str, Vec<u8>);

/// The text of a note, whoever signed it, and its signatures.
pub fn split(note: &str) -> Result<(&str, Vec<Signed<'_>>), NoteFault> {
    if note.contains(|c: char| c.is_ascii_control() && c != '\n') {
        return Err(NoteFault::Malformed("it holds control characters"));
    }
    // The text may hold blank lines, the signatures may not: the last one parts them.
    let (before, lines) = note
        .rsplit_once("\n\n")
        .ok_or(NoteFault::Malformed("no blank line before the signatures"))?;
    let text = note.get(..=before.len()).unwrap_or_default();
    let lines = lines
        .strip_suffix('\n')
        .ok_or(NoteFault::Malformed("the last line does not end"))?;
    let signatures = lines
        .split('\n')
        .map(signature)
        .collect::<Option<Vec<_>>>()
        .ok_or(NoteFault::Malformed("a signature line does not read"))?;
    if signatures.len() > MOST_SIGNATURES {
        return Err(NoteFault::Malformed("too many signatures"));
    }
    Ok((text, signatures))
}

fn signature(line: &str) -> Option<Signed<'_>> {
    let (name, bytes) = line.strip_prefix("— ")?.split_once(' ')?;
    let bytes = STANDARD.decode(bytes).ok()?;
    (VerifierKey::is_name(name) && bytes.len() > 4).then_some((name, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "qingdao.example/1\n3\n\nnot the end\n";

    fn signer(seed: u8) -> NoteSigner {
        NoteSigner::new("qingdao.example/1", SigningKey::from_bytes(&[seed; 32]))
    }

    #[test]
    fn a_note_opens_for_who_trusts_its_key() {
        let note = signer(1).sign(TEXT);
        assert_eq!(open(&note, &[signer(1).verifier().clone()]), Ok(TEXT));
        assert_eq!(
            open(&note, &[signer(2).verifier().clone()]),
            Err(NoteFault::NotSigned)
        );
    }

    #[test]
    fn a_cosigned_note_opens_for_who_trusts_either_key() {
        let note = signer(2).cosign(&signer(1).sign(TEXT)).unwrap();
        for seed in [1, 2] {
            assert_eq!(open(&note, &[signer(seed).verifier().clone()]), Ok(TEXT));
        }
    }

    #[test]
    fn a_changed_note_does_not_open() {
        let note = signer(1).sign(TEXT);
        let trusted = [signer(1).verifier().clone()];
        for at in 0..note.len() {
            for bit in 0..7 {
                let mut bytes = note.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                if let Ok(changed) = String::from_utf8(bytes) {
                    assert!(open(&changed, &trusted).is_err(), "byte {at}, bit {bit}");
                }
            }
        }
    }

    #[test]
    fn verifier_keys_read_as_they_are_written() {
        let key = signer(1).verifier().clone();
        assert_eq!(VerifierKey::parse(&key.to_string()), Ok(key.clone()));
        assert_eq!(VerifierKey::from_ref(&key.to_ref()), Some(key.clone()));
        let other = key.to_string().replacen("qingdao", "jinan", 1);
        assert!(VerifierKey::parse(&other).is_err());
    }
}
