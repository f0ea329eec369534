//! `mirror`: a copy of another registry that knows that it is complete.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use clap::Args;
use indicatif::ProgressBar;

use crate::cli::Failure;
use crate::cli::fsck::must_exist;
use crate::cli::progress;
use crate::cli::words::say;
use crate::config::Config;
use crate::domain::time::Instant;
use crate::mirror::bootstrap::Bootstrap;
use crate::mirror::evidence::Evidence;
use crate::mirror::files;
use crate::mirror::run::{Equal, Mirror};
use crate::mirror::status::Status;
use crate::mirror::trouble::Trouble;
use crate::store::conn::{Conn, Location, Purpose};
use crate::store::error::StoreError;
use crate::store::sole_use::SoleUse;
use crate::store::{head, loading, witnessed};
use crate::telemetry;
use crate::text;

pub const EXAMPLES: &str = "\
Examples / 示例:
  standards-registry mirror https://registry.qingdao.example.cn --data /var/lib/copy
      Keep a copy and follow the source until stopped
  standards-registry mirror https://registry.qingdao.example.cn --data /var/lib/copy --once
      Every night: become equal, verify, print position, digest and root
  standards-registry serve --mirror-of https://registry.qingdao.example.cn --data /var/lib/copy
      Follow, and serve reads of the copy meanwhile
  standards-registry mirror https://registry.qingdao.example.cn --key 'qingdao/1+a1b2c3d4+AbCd…'
      Trust this key and no other; without, the source's own on first use
  standards-registry mirror --status --data /var/lib/copy
      Show what is held and every checkpoint seen; asks nobody

Everything is verified before it is taken over: each entry by its hash, the state by its digest, the whole by the
source's signed checkpoint. A source that signs two histories is never followed again; fork.json holds both.
Exit codes: 0 equal and verified, 1 not verified or not reached, 2 misuse.";

#[derive(Args, Debug)]
pub struct MirrorArgs {
    /// Address of the registry to copy
    #[arg(value_name = "URL", required_unless_present = "status")]
    source: Option<String>,
    /// Stop once the copy is equal to the source and its checkpoint verified
    #[arg(long)]
    once: bool,
    /// The source's verifier key, `name+id+base64`
    #[arg(long, value_name = "VERIFIER_KEY")]
    key: Option<String>,
    /// Show what is held and which checkpoints were seen
    #[arg(long, conflicts_with_all = ["source", "once", "key"])]
    status: bool,
}

pub fn run(config: &Config, args: &MirrorArgs) -> Result<(), Failure> {
    let Some(source) = &args.source else {
        return show(config);
    };
    let key = args.key.clone().or_else(|| config.mirror_key.clone());
    let settings = config
        .mirror_from(source.clone(), key, Bootstrap::History)
        .map_err(Failure::misuse)?;
    telemetry::start(config.log_format);
    config
        .create_data_folder()
        .map_err(|error| Failure::failed(format!("{}: {error}", config.data.display())))?;
    let _alone = SoleUse::take(&config.location).map_err(|text| Failure::failed(text.in_both()))?;
    let (_stop, stopped) = mpsc::channel();
    if !args.once {
        let mirror = Mirror::begin(&settings).map_err(Failure::failed)?;
        let _shown = Shown::begin(mirror.status());
        mirror.follow(&stopped);
        return Ok(());
    }
    let mut mirror = Mirror::open(settings).map_err(failed)?;
    let shown = Shown::begin(mirror.status());
    let outcome = mirror.once(&stopped);
    drop(shown);
    let Equal {
        position,
        count,
        digest,
        root,
    } = outcome.map_err(failed)?;
    say(format!("position {position}"));
    say(format!("count {count}"));
    say(format!("digest {digest}"));
    say(format!("root {root}"));
    Ok(())
}

/// A command asked for an address that can never be right has been misused.
fn failed(trouble: Trouble) -> Failure {
    match trouble {
        Trouble::Misused(cause) => Failure::misuse(cause),
        trouble => Failure::failed(trouble.told().in_both()),
    }
}

/// What is held and what was witnessed, from the data folder alone.
fn show(config: &Config) -> Result<(), Failure> {
    must_exist(&config.location)?;
    let failed = |error: &dyn std::fmt::Display| Failure::failed(error.to_string());
    let mut conn = Conn::establish(&config.location, Purpose::Read).map_err(|error| failed(&error))?;
    let head = head::read(&mut conn).map_err(|error| failed(&error))?;
    let Some(head) = head else {
        return Err(Failure::failed("the copy has not begun"));
    };
    say(format!("log {}/{}", head.origin, head.epoch));
    say(format!("position {}", head.position()));
    say_phase(config, &mut conn).map_err(|error| failed(&error))?;
    for seen in witnessed::all(&mut conn).map_err(|error| failed(&error))? {
        let when = Instant(seen.seen_at).to_rfc3339();
        let verdict = if seen.covered { "held" } else { "not held" };
        say(format!(
            "checkpoint {} {} {when} {verdict}",
            seen.origin, seen.size
        ));
    }
    match Evidence::find(&config.data).map_err(|error| failed(&error))? {
        None => Ok(()),
        Some(evidence) => {
            let Evidence { cause, found_at, .. } = evidence;
            let told = text!(
                "来源于 {found_at} 被发现分叉：{cause}；证据见 fork.json",
                "the source was found at {found_at} to have forked: {cause}; see fork.json"
            );
            say(told.in_both());
            Err(Failure::told())
        }
    }
}

/// Whether everything is held, or how far the history has come.
fn say_phase(config: &Config, conn: &mut Conn) -> Result<(), StoreError> {
    let (Some(from), Location::Sqlite(database)) = (loading::from(conn)?, &config.location) else {
        say("phase complete");
        return Ok(());
    };
    say("phase history-loading");
    say(format!("history from {from}"));
    let history = files::in_the_making(database);
    let loaded = if history.is_file() {
        let mut history = Conn::establish(&Location::Sqlite(history), Purpose::Read)?;
        head::read(&mut history)?.map_or(0, |head| head.size)
    } else {
        0
    };
    say(format!("history loaded {loaded}"));
    Ok(())
}

/// A bar that follows the status until it is dropped.
struct Shown {
    bar: ProgressBar,
    _stop: mpsc::Sender<()>,
}

impl Shown {
    fn begin(status: Arc<Status>) -> Self {
        const REDRAW: Duration = Duration::from_millis(200);
        let bar = progress::bar("mirror");
        let (stop, stopped) = mpsc::channel::<()>();
        let drawn = bar.clone();
        thread::spawn(move || {
            while stopped.recv_timeout(REDRAW) == Err(RecvTimeoutError::Timeout) {
                let standing = status.standing();
                let there = standing.source_position.unwrap_or(standing.position);
                let here = standing
                    .loading
                    .map_or(standing.position, |loading| loading.loaded);
                progress::follow(&drawn)(here, there);
            }
        });
        Self { bar, _stop: stop }
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
