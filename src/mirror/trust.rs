//! Whose signature counts: the key given, or the first one met, and those that a trusted key hands over to.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::log::checkpoint::origin;
use crate::log::note::VerifierKey;
use crate::mirror::copy::LocalCopy;
use crate::mirror::signed::{PublicKey, Signed};
use crate::mirror::trouble::Trouble;
use crate::registry::signing::named_key::{self, NamedKey};
use crate::store::hand_over::{self, HandOver};

/// Holds the key that was trusted first, as verifiers write it.
const FILE: &str = "source.vkey";

pub struct Trust {
    path: PathBuf,
    first: Option<PublicKey>,
    /// The newest key leaf about which the source has been asked.
    asked_about: Option<i64>,
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
            asked_about: None,
        })
    }

    /// The keys that may sign: the first, and each that one before it has vouched for. On first use, any that the log
    /// names.
    pub fn keys(&self, copy: &mut LocalCopy) -> Result<Vec<PublicKey>, Trouble> {
        let named = named(copy)?;
        let Some(first) = self.first else {
            return Ok(named.into_iter().map(|named| named.key.public).collect());
        };
        let vouched = hand_over::all(&mut copy.conn)?;
        let mut keys = vec![first];
        // Those before the first trusted one have no say.
        for NamedKey { position, key } in named.into_iter().skip_while(|named| named.key.public != first) {
            let is_vouched_for = vouched.iter().any(|hand_over| hand_over.position == position);
            if is_vouched_for && !keys.contains(&key.public) {
                keys.push(key.public);
            }
        }
        Ok(keys)
    }

    /// Whether the log names a key of which the source may have more to say.
    pub fn has_questions(&mut self, copy: &mut LocalCopy) -> Result<bool, Trouble> {
        let vouched = hand_over::all(&mut copy.conn)?;
        let newest = named(copy)?.last().map(|newest| newest.position);
        let open = newest.filter(|newest| vouched.iter().all(|hand_over| hand_over.position != *newest));
        let has_questions = open.is_some() && open != self.asked_about;
        self.asked_about = open;
        Ok(has_questions)
    }

    /// Keeps those hand-overs that name a key leaf held here, and bear the signature of a key trusted so far.
    pub fn learn(&self, hand_overs: &[HandOver], copy: &mut LocalCopy) -> Result<(), Trouble> {
        let known = hand_over::all(&mut copy.conn)?;
        let named = named(copy)?;
        for hand_over in hand_overs {
            let position = hand_over.position;
            let is_new = known.iter().all(|known| known.position != position);
            let is_named = named.iter().any(|named| named.position == position);
            if is_new && is_named && self.is_vouched_for(hand_over, copy)? {
                hand_over::keep(&mut copy.conn, hand_over)?;
                if named.first().is_some_and(|first| first.position == position) {
                    tracing::info!(position, "the source's first key vouches for itself");
                } else {
                    tracing::info!(position, "the source's key has handed over to another");
                }
            }
        }
        Ok(())
    }

    /// Whether a trusted key has signed this very history with the new key's leaf in it.
    fn is_vouched_for(&self, hand_over: &HandOver, copy: &mut LocalCopy) -> Result<bool, Trouble> {
        let Ok(signed) = Signed::read(&hand_over.note) else {
            return Ok(false);
        };
        let holds_leaf = signed.size > hand_over.position && signed.size <= copy.head.size;
        if !holds_leaf || signed.check(&self.keys(copy)?).is_err() {
            return Ok(false);
        }
        Ok(copy.root_at(signed.size)? == signed.root)
    }

    /// Trusts, from now on, the key the log is signed with.
    pub fn settle(&mut self, copy: &mut LocalCopy) -> Result<(), Trouble> {
        let first = match self.first {
            Some(first) => Some(first),
            None => named(copy)?.last().map(|named| named.key.public),
        };
        if let Some(key) = first
            && !self.path.exists()
        {
            let line = VerifierKey {
                name: origin(&copy.head.origin, copy.head.epoch),
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

/// The keys the log names, in order.
fn named(copy: &mut LocalCopy) -> Result<Vec<NamedKey>, Trouble> {
    let until = copy.head.position();
    Ok(named_key::all(&mut copy.conn, until)?)
}
