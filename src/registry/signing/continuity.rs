//! Whether the log continues what was signed before: the same tree, grown, or a new epoch that was announced by the key.

use crate::domain::problem::Problem;
use crate::domain::text::Text;
use crate::log::checkpoint;
use crate::log::note::{self, VerifierKey};
use crate::registry::signing::guard::Signed;
use crate::registry::signing::tree::root_at;
use crate::store::hand_over;
use crate::store::pool::Snapshot;
use crate::text;

/// How the log contradicts what was signed before, if it does. `key` is the public key at hand.
pub fn contradiction(
    snapshot: &mut Snapshot,
    signed: &Signed,
    key: Option<[u8; 32]>,
) -> Result<Option<Text>, Problem> {
    let (origin, epoch) = (snapshot.head.origin.clone(), snapshot.head.epoch);
    let (signed_log, signed_epoch, signed_size) = (&signed.log, signed.epoch, signed.size());
    if *signed_log != origin {
        return Ok(Some(text!(
            "此处签名的日志是 {signed_log}，数据库中的却是 {origin}",
            "what was signed here is the log {signed_log}, the database holds {origin}"
        )));
    }
    if signed_epoch > epoch {
        return Ok(Some(text!(
            "已签名至第 {signed_epoch} 纪元，日志却处于第 {epoch} 纪元：数据库被恢复到了更早的副本",
            "epoch {signed_epoch} was signed, the log is in epoch {epoch}: an older copy of the database was restored"
        )));
    }
    if signed_epoch < epoch {
        let announced = match key {
            Some(key) => is_announced(snapshot, signed_epoch, key)?,
            None => false,
        };
        return Ok((!announced).then(|| {
            text!(
                "日志自称处于第 {epoch} 纪元，但没有本密钥对第 {signed_epoch} 纪元之后的交接签名",
                "the log says it is in epoch {epoch}, but this key has signed no hand-over from epoch {signed_epoch}"
            )
        }));
    }
    let size = u64::try_from(snapshot.head.size).unwrap_or_default();
    if signed_size > size {
        let lost = signed_size - size;
        return Ok(Some(text!(
            "位置 {size}：已签名 {signed_size} 条，日志只有 {size} 条，缺少末尾 {lost} 条：尾部被删，或恢复了更早的副本；请恢复更新的副本，或运行 log new-epoch",
            "position {size}: {signed_size} entries were signed, the log holds {size}, the last {lost} are gone: its \
             tail was cut off or an older copy restored; restore a newer one, or run log new-epoch"
        )));
    }
    if root_at(snapshot.conn, signed_size)? != signed.checkpoint.root {
        let last = signed_size.saturating_sub(1);
        return Ok(Some(text!(
            "位置 0 至 {last} 中有条目与签名时不同：历史被改写，或恢复更早的副本后又有写入；请恢复正确的副本，或运行 log new-epoch",
            "an entry between positions 0 and {last} is not what it was when it was signed: history was rewritten, or \
             an older copy restored and written to; restore the right one, or run log new-epoch"
        )));
    }
    Ok(None)
}

/// Whether the key itself has led from one epoch to that of the log, step by step.
fn is_announced(snapshot: &mut Snapshot, from: i64, key: [u8; 32]) -> Result<bool, Problem> {
    let size = u64::try_from(snapshot.head.size).unwrap_or_default();
    let mut reached = from;
    for hand_over in hand_over::all(snapshot.conn)? {
        let Ok(next) = Signed::of(&hand_over.note) else {
            continue;
        };
        let known = VerifierKey {
            name: checkpoint::origin(&snapshot.head.origin, reached),
            public: key,
        };
        if next.log == snapshot.head.origin
            && next.epoch > reached
            && next.size() <= size
            && note::open(&next.note, &[known]).is_ok()
            && root_at(snapshot.conn, next.size())? == next.checkpoint.root
        {
            reached = next.epoch;
        }
    }
    Ok(reached == snapshot.head.epoch)
}
