//! What `fsck` looks at beside the database: guard, key and hand-overs.

use crate::domain::problem::Problem;
use crate::log::note;
use crate::registry::check::{Finding, at, whole};
use crate::registry::signing::continuity;
use crate::registry::signing::guard::{Guard, Signed};
use crate::registry::signing::key_source::KeySource;
use crate::registry::signing::named_key;
use crate::registry::signing::tree::root_at;
use crate::store::hand_over;
use crate::store::pool::Snapshot;

/// Holds the log against what was signed before and against the key at hand, as far as they are at hand here.
pub fn examine(snapshot: &mut Snapshot, keys: &KeySource, guard: &Guard) -> Result<Vec<Finding>, Problem> {
    let mut findings = Vec::new();
    let key = match keys.open() {
        Ok(key) => key.map(|key| key.verifying_key().to_bytes()),
        Err(cause) => {
            findings.push(whole(&format!("the signing key cannot be read: {cause}")));
            None
        }
    };
    match guard.read() {
        Ok(Some(guarded)) => {
            if let Some(why) = continuity::contradiction(snapshot, &guarded, key)? {
                findings.push(whole(&why.en));
            }
        }
        Ok(None) => {}
        Err(cause) => findings.push(whole(&format!("what was signed last cannot be read: {cause}"))),
    }
    let named = named_key::all(snapshot.conn, snapshot.head.position())?;
    if let (Some(key), Some(newest)) = (key, named.last())
        && key != newest.key.public
    {
        findings.push(at(
            newest.position,
            &format!("names the key {}, {keys} is another", newest.key),
        ));
    }
    let size = u64::try_from(snapshot.head.size).unwrap_or_default();
    for hand_over in hand_over::all(snapshot.conn)? {
        let announced = named.iter().find(|named| named.position == hand_over.position);
        let holds = match (announced, Signed::of(&hand_over.note)) {
            (Some(announced), Ok(signed)) => {
                note::open(&signed.note, std::slice::from_ref(&announced.key)).is_ok()
                    && signed.size() <= size
                    && root_at(snapshot.conn, signed.size())? == signed.checkpoint.root
            }
            _ => false,
        };
        if !holds {
            findings.push(at(
                hand_over.position,
                "the hand-over to the key named here does not hold",
            ));
        }
    }
    Ok(findings)
}
