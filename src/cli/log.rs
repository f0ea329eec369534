//! `log`: the key that signs the log, and a new epoch after a restore.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::Failure;
use crate::cli::fsck::must_exist;
use crate::cli::words::say;
use crate::config::Config;
use crate::domain::problem::{Problem, ProblemType};
use crate::registry::signing::announce::Order;
use crate::registry::signing::epoch::{self, Evidence};
use crate::registry::signing::guard::{Guard, Signed};
use crate::registry::signing::{named_key, rotation};
use crate::store::conn::{Conn, Purpose};
use crate::store::migrate::migrate;
use crate::store::pool::Store;
use crate::store::sole_use::SoleUse;
use crate::text;

pub const EXAMPLES: &str = "\
Examples / 示例:
  standards-registry log keys
      Show every key the log names: verifier key, first position, last position
  standards-registry log rotate-key --reason '年度轮换'
      Make a new key; the old one says so with its last signature and signs no more
  standards-registry log rotate-key --old-key-lost --reason '密钥随硬盘损坏'
      The same when the old key is gone; tell verifiers the new one yourself
  standards-registry log new-epoch --reason '恢复 2026-11-20 的备份'
      After a restore: go on from less than was signed, and say so in the log
  standards-registry log new-epoch --checkpoint from-chengyang.txt --reason '…'
      The same where the data folder was restored too: a mirror's checkpoint tells what was lost

On SQLite stop the server first; on PostgreSQL servers may go on running and notice by themselves.
Exit codes: 0 good, 1 refused or failed, 2 misuse.";

#[derive(Subcommand)]
pub enum LogCommand {
    /// Show the keys the log names / 列出日志密钥
    Keys,
    /// Have a new key take over / 轮换签名密钥
    RotateKey(RotateKey),
    /// Go on after a restore, from less than was signed / 恢复备份后开始新纪元
    NewEpoch(NewEpoch),
}

#[derive(Args)]
pub struct RotateKey {
    #[command(flatten)]
    why: Why,
    /// Go on without the old key's signature: nobody vouches for the new one
    #[arg(long)]
    old_key_lost: bool,
}

#[derive(Args)]
pub struct NewEpoch {
    #[command(flatten)]
    why: Why,
    /// A checkpoint kept elsewhere that the log no longer extends; the data folder's guard when absent
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// Begin even if nothing tells that anything was lost
    #[arg(long)]
    force: bool,
}

/// Both are kept in the log for ever.
#[derive(Args)]
struct Why {
    /// Why, in words that are kept in the log
    #[arg(long, value_name = "WORDS")]
    reason: String,
    /// Who does it, as the log names them
    #[arg(long, value_name = "NAME", default_value = "operator")]
    actor: String,
}

impl Why {
    fn order(&self) -> Result<Order<'_>, Failure> {
        for (name, words, most) in [("--reason", &self.reason, 2_000), ("--actor", &self.actor, 200)] {
            let length = words.chars().count();
            if words.trim().is_empty() || length > most {
                return Err(Failure::misuse(
                    text!(
                        "{name} 须为 1 至 {most} 字",
                        "{name} takes 1 to {most} characters"
                    )
                    .in_both(),
                ));
            }
        }
        Ok(Order {
            actor: &self.actor,
            reason: &self.reason,
            request: "command-line",
        })
    }
}

pub fn run(config: &Config, command: &LogCommand) -> Result<(), Failure> {
    must_exist(&config.location)?;
    match command {
        LogCommand::Keys => keys(config),
        LogCommand::RotateKey(args) => rotate_key(config, args),
        LogCommand::NewEpoch(args) => new_epoch(config, args),
    }
}

fn keys(config: &Config) -> Result<(), Failure> {
    let store =
        Store::open(config.location.clone(), 1).map_err(|error| Failure::failed(error.to_string()))?;
    let named = store
        .read_blocking(|snapshot| named_key::all(snapshot.conn, snapshot.head.position()))
        .map_err(refused)?;
    let mut ends = named.iter().skip(1).map(|next| next.position.to_string());
    for named in &named {
        let (key, from) = (&named.key, named.position);
        let to = ends.next().unwrap_or_else(|| "-".to_owned());
        say(format!("{key} {from} {to}"));
    }
    Ok(())
}

fn rotate_key(config: &Config, args: &RotateKey) -> Result<(), Failure> {
    let order = args.why.order()?;
    let _alone = alone(config)?;
    let keys = &config.log_key;
    let guard = Guard::in_folder(&config.data);
    let rotated =
        rotation::rotate(&config.location, keys, &guard, &order, args.old_key_lost).map_err(refused)?;
    let position = rotated.position;
    say(text!(
        "位置 {position}：日志此后由新密钥签名",
        "position {position}: the log is signed with a new key from here on"
    )
    .in_both());
    say(rotated.new.to_string());
    if let Some(place) = keys.left_aside() {
        let shown = place.display();
        say(text!(
            "新密钥在 {shown}：请将其内容写入各实例的 REGISTRY_LOG_KEY 并重启",
            "the new key is in {shown}: put its content in every instance's REGISTRY_LOG_KEY and restart"
        )
        .in_both());
    }
    if args.old_key_lost {
        say(text!(
            "旧密钥未为其作证：请另行告知验证者上面的新密钥",
            "the old key has not vouched for it: tell verifiers the key above in another way"
        )
        .in_both());
    }
    Ok(())
}

fn new_epoch(config: &Config, args: &NewEpoch) -> Result<(), Failure> {
    let order = args.why.order()?;
    let checkpoint = match &args.checkpoint {
        None => None,
        Some(path) => {
            let named = |cause: String| Failure::misuse(format!("{}: {cause}", path.display()));
            let note = std::fs::read_to_string(path).map_err(|error| named(error.to_string()))?;
            Some(Signed::of(&note).map_err(named)?)
        }
    };
    let _alone = alone(config)?;
    let guard = Guard::in_folder(&config.data);
    let evidence = Evidence {
        checkpoint,
        force: args.force,
    };
    let begun =
        epoch::begin(&config.location, &config.log_key, &guard, &order, &evidence).map_err(refused)?;
    let (position, epoch, size) = (begun.position, begun.epoch, begun.previous.size);
    let before = begun.previous.epoch;
    say(text!(
        "位置 {position}：第 {epoch} 纪元开始；第 {before} 纪元曾签名 {size} 条",
        "position {position}: epoch {epoch} begins; {size} entries were signed in epoch {before}"
    )
    .in_both());
    say(begun.key.to_string());
    Ok(())
}

/// Nobody else writes meanwhile, and the tables are as this version wants them.
fn alone(config: &Config) -> Result<SoleUse, Failure> {
    let alone = SoleUse::take(&config.location).map_err(|text| Failure::failed(text.in_both()))?;
    Conn::establish(&config.location, Purpose::Write)
        .and_then(|mut conn| migrate(&mut conn))
        .map_err(|error| Failure::failed(error.to_string()))?;
    Ok(alone)
}

/// A refusal says why; a failure has its cause beside it.
fn refused(problem: Problem) -> Failure {
    if problem.kind == ProblemType::Unsigned {
        return Failure::failed(problem.detail.in_both());
    }
    crate::cli::fsck::unreadable(problem)
}
