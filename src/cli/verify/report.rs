//! What a verification found, said plainly, with what it does not prove.

use crate::cli::Failure;
use crate::cli::words::say;
use crate::domain::text::Text;
use crate::evidence::layout::Scope;
use crate::evidence::verifier::{Basis, Counts, Finding, Verdict};
use crate::text;

/// So many findings are told one by one.
const MOST: usize = 50;

/// Tells the verdict; a failure when something does not hold.
pub fn tell(verdict: Verdict, scope: &Scope, key_was_given: bool) -> Result<(), Failure> {
    let Verdict {
        basis,
        counts,
        findings,
    } = verdict;
    for Finding { position, cause } in findings.iter().take(MOST) {
        match position {
            Some(position) => say(format!("position {position}: {}", cause.in_both())),
            None => say(cause.in_both()),
        }
    }
    let count = findings.len();
    if count > 0 {
        say(text!(
            "不成立：发现 {count} 处问题",
            "it does not hold: {count} findings"
        )
        .in_both());
        return Err(Failure::told());
    }
    for line in held(&basis, &counts) {
        say(format!("✓ {}", line.in_both()));
    }
    for line in open(&basis, scope, key_was_given) {
        say(format!("? {}", line.in_both()));
    }
    Ok(())
}

/// What was checked and holds.
fn held(basis: &Basis, counts: &Counts) -> Vec<Text> {
    let (origin, size) = (&basis.checkpoint.origin, basis.checkpoint.size);
    let key = &basis.key;
    let Counts {
        leaves,
        revisions,
        entries,
        contents,
        erased,
    } = counts;
    let mut held = vec![text!(
        "签名：{origin} 的检查点（{size} 条）由 {key} 签署，日志本身公布了该密钥",
        "signature: the checkpoint of {origin}, {size} leaves, is signed by {key}, which the log itself announces"
    )];
    held.push(if basis.whole {
        text!(
            "完整：全部 {leaves} 条算出的根正是所签的根，无缺、无改、无多余",
            "completeness: all {leaves} leaves make the signed root: none missing, altered or added"
        )
    } else {
        text!(
            "包含：{leaves} 条各有证明，确在所签的日志中",
            "inclusion: each of {leaves} leaves is proven to stand in the signed log"
        )
    });
    held.push(text!(
        "链接：{entries} 个条目的 {revisions} 个版次首尾相接，时间依次向前",
        "links: {revisions} revisions of {entries} entries follow each other without a hole, and time goes forward"
    ));
    held.push(text!(
        "内容：{contents} 份内容与附注的摘要相符；{erased} 份依法删除，日志有载",
        "contents: {contents} contents and notes have the hashes the log names; {erased} were erased, as the log says"
    ));
    if let Some(earlier) = &basis.earlier {
        let size = earlier.size;
        held.push(text!(
            "一致：先前检查点所签的 {size} 条原样仍在日志开头",
            "consistency: the {size} leaves of the earlier checkpoint still begin the log, unchanged"
        ));
    }
    held
}

/// What nobody can conclude from it.
fn open(basis: &Basis, scope: &Scope, key_was_given: bool) -> Vec<Text> {
    let mut open = Vec::new();
    if !key_was_given {
        open.push(text!(
            "密钥随证据而来：请与别处得到的公钥核对，或以 --key 指定",
            "the key came with the evidence: compare it with one you know from elsewhere, or give it by --key"
        ));
    }
    if basis.earlier.is_none() && basis.whole {
        open.push(text!(
            "未给出先前的检查点：持有密钥者若整体改写过历史，此处看不出；请保存本检查点，下次以 --checkpoint 核对",
            "no earlier checkpoint was given: that the key's holder never rewrote everything is not shown; keep this checkpoint for --checkpoint next time"
        ));
    }
    if *scope != Scope::All {
        open.push(text!(
            "这是部分证据：不能说明没有遗漏更新的版次或其他条目；完整性请用 all=true",
            "this is evidence of a part: it does not show that no newer revision or other entry was left out; all=true does"
        ));
    }
    open.push(text!(
        "证明只说明登记了什么、何时登记、此后未改；不说明所登记的内容属实",
        "proofs show what was registered, when, and that it was not altered since; not that it is true"
    ));
    open
}
