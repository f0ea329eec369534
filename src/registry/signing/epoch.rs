//! A new epoch: after a restore the log goes on from less than was signed, and says so.

use crate::domain::problem::Problem;
use crate::log::checkpoint;
use crate::log::envelope::{Event, TreeRef};
use crate::log::hash::to_hex;
use crate::log::note::{self, NoteSigner, VerifierKey};
use crate::registry::append;
use crate::registry::signing::announce::{self, Order};
use crate::registry::signing::continuity;
use crate::registry::signing::guard::{Guard, Signed};
use crate::registry::signing::key_source::KeySource;
use crate::registry::signing::named_key;
use crate::registry::signing::refusal::Refusal;
use crate::registry::signing::verified::Verified;
use crate::store::conn::{Conn, Location, Purpose};
use crate::store::dialect;
use crate::store::pool::Snapshot;
use crate::text;

/// What a new epoch led to.
pub struct Begun {
    pub epoch: i64,
    /// The tree that the log no longer extends.
    pub previous: TreeRef,
    pub key: VerifierKey,
    pub position: i64,
}

/// What tells that something was lost.
pub struct Evidence {
    /// A checkpoint kept elsewhere; the guard's when absent.
    pub checkpoint: Option<Signed>,
    /// Begin even if nothing tells of a loss.
    pub force: bool,
}

/// Begins an epoch: a leaf that names the tree given up, a leaf that names the key under its new name, and a hand-over
/// signed under both names.
pub fn begin(
    location: &Location,
    keys: &KeySource,
    guard: &Guard,
    order: &Order,
    evidence: &Evidence,
) -> Result<Begun, Problem> {
    let key = keys
        .open()
        .map_err(Problem::internal)?
        .ok_or_else(|| Refusal::of_key(text!("没有签名密钥 {keys}", "there is no signing key at {keys}")))?;
    let public = key.verifying_key().to_bytes();
    let mut conn = Conn::establish(location, Purpose::Write)?;
    let (begun, signed) = dialect::in_write(&mut conn, |conn| {
        let head = dialect::lock_head(conn)?.ok_or_else(|| Problem::internal("the log has no head row"))?;
        let mut snapshot = Snapshot {
            conn,
            head,
            loading: None,
        };
        Verified::follow(None, &mut snapshot)?.map_err(Refusal::of_history)?;
        let previous = given_up(&mut snapshot, guard, public, evidence)?;
        let Snapshot { conn, head, .. } = snapshot;
        let epoch = head.epoch.max(previous.epoch) + 1;
        let event = Event::Epoch {
            epoch,
            previous: previous.clone(),
        };
        let begun = append::append_event(conn, &head, &order.occurrence(event)?)?;
        let mut earlier = vec![previous.epoch, head.epoch];
        earlier.dedup();
        let before: Vec<NoteSigner> = earlier
            .into_iter()
            .map(|epoch| NoteSigner::new(&checkpoint::origin(&head.origin, epoch), key.clone()))
            .collect();
        let announced = announce::name(conn, &begun.head, order, key, &before)?;
        let begun = Begun {
            epoch,
            previous,
            key: VerifierKey {
                name: announced.signed.checkpoint.origin.clone(),
                public,
            },
            position: begun.head.position(),
        };
        Ok((begun, announced.signed))
    })?;
    guard.reset(&signed.note).map_err(Problem::internal)?;
    Ok(begun)
}

/// The tree that was signed and is no more.
fn given_up(
    snapshot: &mut Snapshot,
    guard: &Guard,
    public: [u8; 32],
    evidence: &Evidence,
) -> Result<TreeRef, Problem> {
    let signed = match &evidence.checkpoint {
        Some(checkpoint) => {
            must_be_signed(snapshot, checkpoint, public)?;
            Some(checkpoint.clone())
        }
        None => guard.read().map_err(Problem::internal)?,
    };
    let Some(signed) = signed else {
        if evidence.force {
            return Ok(TreeRef {
                epoch: snapshot.head.epoch,
                root: to_hex(&snapshot.head.root),
                size: snapshot.head.size,
            });
        }
        return Err(Refusal::of_history(text!(
            "没有上次签名的记录，无从知道失去了什么：请以 --checkpoint 给出留存于他处的检查点，或加 --force",
            "nothing tells what was signed last and may be lost: name a checkpoint kept elsewhere with --checkpoint, or \
             add --force"
        ))
        .into());
    };
    if signed.log != snapshot.head.origin {
        let (theirs, ours) = (&signed.log, &snapshot.head.origin);
        return Err(Refusal::of_history(text!(
            "该检查点属于日志 {theirs}，而数据库中的是 {ours}",
            "that checkpoint is of the log {theirs}, the database holds {ours}"
        ))
        .into());
    }
    let lost = continuity::contradiction(snapshot, &signed, Some(public))?;
    if lost.is_none() && !evidence.force {
        let size = signed.size();
        return Err(Refusal::of_history(text!(
            "没有丢失任何内容：日志延续了已签名的 {size} 条，无须新纪元",
            "nothing was lost: the log extends the {size} entries that were signed; no new epoch is needed"
        ))
        .into());
    }
    Ok(TreeRef {
        epoch: signed.epoch,
        root: to_hex(&signed.checkpoint.root),
        size: i64::try_from(signed.size()).map_err(Problem::internal)?,
    })
}

/// A checkpoint from elsewhere counts if a key of this log has signed it.
fn must_be_signed(snapshot: &mut Snapshot, signed: &Signed, public: [u8; 32]) -> Result<(), Problem> {
    let named = named_key::all(snapshot.conn, snapshot.head.position())?;
    let mut trusted: Vec<VerifierKey> = named.into_iter().map(|named| named.key).collect();
    trusted.push(VerifierKey {
        name: signed.checkpoint.origin.clone(),
        public,
    });
    match note::open(&signed.note, &trusted) {
        Ok(_) => Ok(()),
        Err(fault) => Err(Refusal::of_history(text!(
            "该检查点不是本日志的密钥所签：{fault}",
            "no key of this log has signed that checkpoint: {fault}"
        ))
        .into()),
    }
}
