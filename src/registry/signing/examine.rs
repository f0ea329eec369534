//! What `fsck` looks at beside the database: guard, key and hand-overs.

use crate::domain::problem::Problem;
use crate::log::note;
use crate::registry::check::{Finding, at, whole};
use crate::registry::signing::continuity;
use crate::registry::signing::guard::Signed;
use crate::registry::signing::key_source::KeySource;
use crate::registry::signing::named_key::{self, NamedKey};
use crate::registry::tree::root_at;
use crate::store::hand_over::{self, HandOver};
use crate::store::pool::Snapshot;

/// Holds the log against what was signed before and against the key at hand, as far as they are at hand here. `guarded`
/// was read before the snapshot was taken: a server may go on signing meanwhile.
pub fn examine(
    snapshot: &mut Snapshot,
    keys: &KeySource,
    guarded: Result<Option<Signed>, String>,
) -> Result<Vec<Finding>, Problem> {
    let mut findings = Vec::new();
    let key = match keys.open() {
        Ok(key) => key.map(|key| key.verifying_key().to_bytes()),
        Err(cause) => {
            findings.push(whole(&format!("the signing key cannot be read: {cause}")));
            None
        }
    };
    findings.extend(check_guard(snapshot, guarded, key));
    let named = named_key::all(snapshot.conn, snapshot.head.position())?;
    if let (Some(key), Some(newest)) = (key, named.last())
        && key != newest.key.public
    {
        findings.push(at(
            newest.position,
            &format!("names the key {}, {keys} is another", newest.key),
        ));
    }
    for hand_over in hand_over::all(snapshot.conn)? {
        let announced = named.iter().find(|named| named.position == hand_over.position);
        if !announced.is_some_and(|announced| holds(snapshot, &hand_over, announced)) {
            findings.push(at(
                hand_over.position,
                "the hand-over to the key named here does not hold",
            ));
        }
    }
    Ok(findings)
}

fn check_guard(
    snapshot: &mut Snapshot,
    guarded: Result<Option<Signed>, String>,
    key: Option<[u8; 32]>,
) -> Option<Finding> {
    let guarded = match guarded {
        Ok(guarded) => guarded?,
        Err(cause) => return Some(whole(&format!("what was signed last cannot be read: {cause}"))),
    };
    match continuity::contradiction(snapshot, &guarded, key) {
        Ok(why) => why.map(|why| whole(&why.en)),
        // A tree too damaged to be compared.
        Err(problem) => Some(whole(&problem.cause.unwrap_or(problem.detail.en))),
    }
}

/// Whether the key has signed the log as it was when it was named.
fn holds(snapshot: &mut Snapshot, hand_over: &HandOver, announced: &NamedKey) -> bool {
    let size = u64::try_from(snapshot.head.size).unwrap_or_default();
    let Ok(signed) = Signed::of(&hand_over.note) else {
        return false;
    };
    note::open(&signed.note, std::slice::from_ref(&announced.key)).is_ok()
        && signed.size() <= size
        && root_at(snapshot.conn, signed.size()).is_ok_and(|root| root == signed.checkpoint.root)
}
