//! When the source no longer holds the place this copy has come to: a restored backup that says so, or a fork.

use std::path::Path;
use std::time::Duration;

use crate::log::envelope::Envelope;
use crate::log::hash::leaf_hash;
use crate::mirror::copy::LocalCopy;
use crate::mirror::files;
use crate::mirror::follow::page;
use crate::mirror::signed::Signed;
use crate::mirror::source::Source;
use crate::mirror::status::Status;
use crate::mirror::trouble::Trouble;
use crate::mirror::witness::Witness;
use crate::store::conn::Location;
use crate::store::leaf;
use crate::store::witnessed::{self, Witnessed};

/// How long to leave a source alone that has lost its tail: only its operator can say what that means.
const UNDECLARED: Duration = Duration::from_secs(15);

/// Finds out what the source says of itself. With an honest restore, the answer is a fresh copy in the place of this
/// one; everything else is trouble.
pub fn start_anew(
    source: &Source,
    witness: &mut Witness,
    copy: &mut LocalCopy,
    database: &Path,
) -> Result<(), Trouble> {
    let checkpoint = Signed::read(&source.checkpoint()?)
        .map_err(|fault| Trouble::refused(None, format!("the checkpoint: {fault}")))?;
    witness.is_signed(&checkpoint, copy)?;
    if checkpoint.epoch <= copy.head.epoch {
        return Err(undeclared(source, witness, copy, &checkpoint)?);
    }
    let path = files::beside(database).map_err(Trouble::passing)?;
    let location = Location::Sqlite(path.clone());
    let mut fresh = LocalCopy::open(&location, source.base(), || source.entry(0))?;
    // Readers are told of the fresh copy once it is whole.
    let unseen = Status::new(source.base(), 0);
    while fresh.head.size < checkpoint.size {
        page(source, &mut fresh, Duration::ZERO, &unseen, &())?;
    }
    if fresh.root_at(checkpoint.size)? != checkpoint.root {
        return Err(Trouble::refused(
            Some(checkpoint.size - 1),
            "the source's entries do not have the root it signed",
        ));
    }
    if !declares_epoch(&mut fresh, checkpoint.epoch)? {
        let epoch = checkpoint.epoch;
        let cause = format!("it signs as epoch {epoch}, which its log does not declare");
        return Err(witness.fork(copy, &checkpoint, cause));
    }
    let kept = common_size(copy, &mut fresh)?;
    if kept == 0 {
        return Err(witness.fork(copy, &checkpoint, "its log begins with another entry".to_owned()));
    }
    tracing::warn!(
        epoch = checkpoint.epoch,
        kept,
        lost = copy.head.size - kept,
        "the source was restored and has begun a new epoch: a fresh copy takes the place of this one"
    );
    hand_over(copy, &mut fresh)?;
    drop(fresh);
    let old = files::swap(database, &path).map_err(Trouble::passing)?;
    tracing::warn!(kept = %old.display(), "the copy of the earlier epoch is kept");
    Ok(())
}

/// Same epoch, other place: the source has lost its tail, or rewritten it.
fn undeclared(
    source: &Source,
    witness: &Witness,
    copy: &mut LocalCopy,
    checkpoint: &Signed,
) -> Result<Trouble, Trouble> {
    let size = checkpoint.size;
    if size > copy.head.size {
        let position = copy.head.position();
        let theirs = leaf_hash(&source.entry(position)?);
        let ours = leaf::hash_at(&mut copy.conn, position)?;
        if ours.as_deref() == Some(theirs.as_slice()) {
            return Ok(Trouble::passing("the source denies a place that it holds"));
        }
        let cause = format!("it has signed another entry at position {position} without a new epoch");
        return Ok(witness.fork(copy, checkpoint, cause));
    }
    if copy
        .root_if_held(size)?
        .is_some_and(|ours| ours != checkpoint.root)
    {
        let cause = format!("it has signed other entries among its first {size} without a new epoch");
        return Ok(witness.fork(copy, checkpoint, cause));
    }
    Ok(Trouble::Passing {
        cause: format!(
            "the source has lost what came after its first {size} entries; its operator must restore it or declare a new epoch"
        ),
        wait: Some(UNDECLARED),
    })
}

fn declares_epoch(fresh: &mut LocalCopy, wanted: i64) -> Result<bool, Trouble> {
    let events = leaf::events(&mut fresh.conn, 0, fresh.head.position())?;
    let declared = events
        .iter()
        .filter_map(|leaf| Envelope::from_bytes(&leaf.envelope).ok())
        .any(|envelope| matches!(envelope, Envelope::Epoch { epoch, .. } if epoch == wanted));
    Ok(declared)
}

/// How many first entries two copies have in common.
fn common_size(one: &mut LocalCopy, other: &mut LocalCopy) -> Result<i64, Trouble> {
    let (mut common, mut beyond) = (0, one.head.size.min(other.head.size));
    while common < beyond {
        let middle = common + (beyond - common) / 2;
        // A copy without its history holds some leaves only: the nearest one before speaks for those between.
        let Some((position, hash)) = leaf::held_until(&mut one.conn, middle)? else {
            break;
        };
        if leaf::hash_at(&mut other.conn, position)? == Some(hash) {
            common = middle + 1;
        } else {
            beyond = position;
        }
    }
    Ok(common)
}

/// What was witnessed stays witnessed, though the fresh copy does not hold its leaves.
fn hand_over(copy: &mut LocalCopy, fresh: &mut LocalCopy) -> Result<(), Trouble> {
    let seen: Vec<Witnessed> = witnessed::all(&mut copy.conn)?
        .into_iter()
        .map(|seen| Witnessed {
            covered: false,
            ..seen
        })
        .collect();
    witnessed::keep(&mut fresh.conn, &seen)?;
    Ok(())
}
