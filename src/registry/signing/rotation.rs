//! Rotation: a new key signs from now on, and the old one says so with its last signature.

use crate::domain::problem::Problem;
use crate::log::note::{NoteSigner, VerifierKey};
use crate::registry::signing::announce::{self, Announced, Order};
use crate::registry::signing::continuity;
use crate::registry::signing::guard::Guard;
use crate::registry::signing::key_source::KeySource;
use crate::registry::signing::named_key;
use crate::registry::signing::refusal::Refusal;
use crate::registry::signing::verified::Verified;
use crate::store::conn::{Conn, Location, Purpose};
use crate::store::dialect;
use crate::store::pool::Snapshot;
use crate::text;

/// What a rotation led to.
pub struct Rotated {
    pub old: VerifierKey,
    pub new: VerifierKey,
    pub position: i64,
}

/// Has a new key take over. Without the old one at hand only if it is said to be lost: then nobody vouches for the new
/// key, and verifiers must be told of it in another way.
pub fn rotate(
    location: &Location,
    keys: &KeySource,
    guard: &Guard,
    order: &Order,
    old_key_lost: bool,
) -> Result<Rotated, Problem> {
    let mut conn = Conn::establish(location, Purpose::Write)?;
    let (rotated, announced) = dialect::in_write(&mut conn, |conn| {
        let head = dialect::lock_head(conn)?.ok_or_else(|| Problem::internal("the log has no head row"))?;
        let mut snapshot = Snapshot {
            conn,
            head,
            loading: None,
        };
        let tree = Verified::follow(None, &mut snapshot)?.map_err(Refusal::of_history)?;
        let unnamed = || Refusal::of_key(text!("日志尚未指明签名密钥", "the log names no key yet"));
        let old = tree.key.ok_or_else(unnamed)?.key;
        let guarded = guard.read().map_err(Problem::internal)?;
        if let Some(guarded) = guarded
            && let Some(why) = continuity::contradiction(&mut snapshot, &guarded, Some(old.public))?
        {
            return Err(Refusal::of_history(why).into());
        }
        let before = match keys.find(&old.public).map_err(Problem::internal)? {
            Some(key) => vec![NoteSigner::new(&old.name, key)],
            None if old_key_lost => Vec::new(),
            None => {
                return Err(Refusal::of_key(text!(
                    "{keys} 不是日志当前的密钥 {old}：请放回原密钥；若已遗失，加 --old-key-lost",
                    "{keys} is not the log's current key {old}: put that key back or, if it is lost, add --old-key-lost"
                ))
                .into());
            }
        };
        let named = named_key::all(snapshot.conn, snapshot.head.position())?;
        let announced: Vec<[u8; 32]> = named.iter().map(|named| named.key.public).collect();
        let next = keys.prepare_next(&announced).map_err(Problem::internal)?;
        let announced = announce::name(snapshot.conn, &snapshot.head, order, next.clone(), &before)?;
        let new = NoteSigner::new(&old.name, next).verifier().clone();
        let position = announced.appended.head.position();
        Ok((Rotated { old, new, position }, announced))
    })?;
    settle(keys, guard, &announced)?;
    Ok(rotated)
}

/// What is left to do once the log names the key; a server that finds it undone does it.
fn settle(keys: &KeySource, guard: &Guard, announced: &Announced) -> Result<(), Problem> {
    keys.take_next().map_err(Problem::internal)?;
    guard.advance(&announced.signed).map_err(Problem::internal)
}
