//! `verify`: is this evidence whole and true to the log? Nothing is believed but what was checked here.

mod bundle;
mod registry;
mod report;
mod trust;

use std::path::{Path, PathBuf};

use crate::cli::Failure;
use crate::evidence::layout::Scope;
use crate::evidence::verifier::{Basis, Verifier};
use crate::log::checkpoint::Checkpoint;
use crate::log::note::VerifierKey;
use crate::text;
use bundle::Bundle;
use registry::Registry;
use trust::Announced;

pub const EXAMPLES: &str = "\
Examples / 示例:
  standards-registry verify evidence-all-812.zip
      Check a bundle of GET /v1/audit/bundle, or the folder it was unpacked to
  standards-registry verify https://registry.example
      Check a running registry or mirror: every leaf, link, content and the signature
  standards-registry verify evidence-all-812.zip --key 'qingdao/1+1a2b3c4d+AZ…'
      Accept that key only, known from elsewhere, and not the one that came along; of a registry also those
      that it has handed over to since
  standards-registry verify https://registry.example --checkpoint kept-last-year.txt
      Also check that the log still begins as it did then

The evidence is asked for nothing but itself; no database, settings or token are needed.
Exit codes: 0 all holds, 1 something does not (told as `position N: cause`), 2 misuse.";

#[derive(clap::Args)]
pub struct VerifyArgs {
    /// A bundle, the folder it was unpacked to, or the address of a registry or mirror
    #[arg(value_name = "PATH_OR_URL")]
    evidence: String,
    /// Accept only this verifier key (name+id+key), and at an address those it has handed over to
    #[arg(long, value_name = "VERIFIER_KEY")]
    key: Option<String>,
    /// An earlier checkpoint that was kept: the log must still begin with it
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
}

/// Where evidence comes from.
trait Source {
    /// The signed note.
    fn checkpoint(&mut self) -> Result<String, Failure>;

    /// The keys that came along.
    fn keys(&mut self) -> Result<Vec<VerifierKey>, Failure>;

    /// The keys that came along with what is to show that the one before handed over to them.
    fn announced(&mut self) -> Result<Vec<Announced>, Failure> {
        Ok(Vec::new())
    }

    /// What it claims to speak of.
    fn scope(&self) -> Scope;

    /// Hands over the leaves below a size, and what is wrong with the source itself.
    fn hand_over(&mut self, size: u64, verifier: &mut Verifier) -> Result<(), Failure>;
}

pub fn run(args: &VerifyArgs) -> Result<(), Failure> {
    let given = args.key.as_deref().map(VerifierKey::parse).transpose();
    let given = given.map_err(|why| misuse(&format!("--key: {why}")))?;
    let earlier = args.checkpoint.as_deref().map(read_note).transpose()?;
    let mut source = open(&args.evidence)?;
    let own_keys = source.keys()?;
    let hand_overs = match &given {
        Some(key) => trust::lead_on(key, source.announced()?),
        None => Vec::new(),
    };
    let keys = match &given {
        Some(key) => {
            let handed_to = hand_overs.iter().map(|hand_over| hand_over.to.clone());
            std::iter::once(key.clone()).chain(handed_to).collect()
        }
        None => own_keys.clone(),
    };
    let note = source.checkpoint()?;
    let (checkpoint, key) = signed(&note, &keys)?;
    let scope = source.scope();
    let earlier = match earlier {
        None => None,
        Some(_) if scope != Scope::All => {
            return Err(Failure::misuse(
                text!(
                    "部分证据不能证明与先前检查点一致；请用 all=true 的证据包或登记簿地址",
                    "evidence of a part cannot show that the log extends an earlier checkpoint: take a bundle of all=true, or the registry's address"
                )
                .in_both(),
            ));
        }
        // Keys change: it may be one before that has signed what was kept.
        Some(note) => Some(kept(&note, &checkpoint, &[own_keys, keys].concat())?),
    };
    let size = checkpoint.size;
    let mut verifier = Verifier::new(Basis {
        checkpoint,
        key,
        earlier,
        hand_overs,
        whole: scope == Scope::All,
    });
    source.hand_over(size, &mut verifier)?;
    report::tell(verifier.finish(), &scope, given.is_some())
}

fn open(evidence: &str) -> Result<Box<dyn Source>, Failure> {
    if evidence.starts_with("http://") || evidence.starts_with("https://") {
        return Ok(Box::new(Registry::new(evidence)));
    }
    Ok(Box::new(Bundle::open(Path::new(evidence))?))
}

/// The checkpoint, and the newest of the keys that has signed it under the log's own name.
fn signed(note: &str, keys: &[VerifierKey]) -> Result<(Checkpoint, VerifierKey), Failure> {
    let checkpoint = Checkpoint::peek(note).map_err(|fault| broken(&format!("checkpoint: {fault}")))?;
    let own = keys.iter().rev().filter(|key| key.name == checkpoint.origin);
    let mut signers = own.filter(|key| Checkpoint::open(note, std::slice::from_ref(key)).is_ok());
    match signers.next() {
        Some(key) => Ok((checkpoint, key.clone())),
        None => {
            let tried: Vec<String> = keys.iter().map(ToString::to_string).collect();
            let (origin, tried) = (checkpoint.origin, tried.join(", "));
            Err(Failure::failed(
                text!(
                    "检查点（{origin}）没有以下任一密钥的有效签名：{tried}",
                    "the checkpoint of {origin} bears no valid signature of any of these keys: {tried}"
                )
                .in_both(),
            ))
        }
    }
}

/// The earlier checkpoint, if it is one of the same log.
fn kept(note: &str, newest: &Checkpoint, keys: &[VerifierKey]) -> Result<Checkpoint, Failure> {
    let earlier = Checkpoint::peek(note).map_err(|fault| misuse(&format!("--checkpoint: {fault}")))?;
    if log_of(&earlier) != log_of(newest) {
        let (was, is) = (&earlier.origin, &newest.origin);
        return Err(Failure::failed(
            text!(
                "先前的检查点属于另一部日志：{was}，而非 {is}",
                "the earlier checkpoint is of another log: {was}, not {is}"
            )
            .in_both(),
        ));
    }
    if Checkpoint::open(note, keys).is_err() {
        return Err(Failure::failed(
            text!(
                "先前的检查点没有此日志任一密钥的有效签名",
                "the earlier checkpoint bears no valid signature of any of the log's keys"
            )
            .in_both(),
        ));
    }
    if earlier.size > newest.size {
        let (was, is) = (earlier.size, newest.size);
        return Err(Failure::failed(
            text!(
                "position {is}: 历史被截断：先前的检查点含 {was} 条，如今只有 {is} 条",
                "position {is}: history was cut: the earlier checkpoint counts {was} leaves, the log now {is}"
            )
            .in_both(),
        ));
    }
    Ok(earlier)
}

/// The log's name without the epoch.
fn log_of(checkpoint: &Checkpoint) -> &str {
    let origin = checkpoint.origin.as_str();
    origin.rsplit_once('/').map_or(origin, |(log, _)| log)
}

fn read_note(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| misuse(&format!("{}: {error}", path.display())))
}

fn misuse(why: &str) -> Failure {
    Failure::misuse(why)
}

fn broken(why: &str) -> Failure {
    Failure::failed(text!("证据不可用：{why}", "the evidence cannot be used: {why}").in_both())
}
