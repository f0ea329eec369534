//! `fsck`: is everything stored what was written?

use crate::cli::Failure;
use crate::cli::progress;
use crate::cli::words::say;
use crate::config::Config;
use crate::domain::problem::Problem;
use crate::registry::check;
use crate::registry::signing::examine;
use crate::registry::signing::guard::Guard;
use crate::store::conn::Location;
use crate::store::pool::Store;
use crate::text;

pub const EXAMPLES: &str = "\
Examples / 示例:
  standards-registry fsck --data /var/lib/registry
      Check the embedded database; a server may be running on it
  DATABASE_URL=postgres://registry@db/registry standards-registry fsck
      Check the database on PostgreSQL
  standards-registry fsck >findings.txt || mail -s 'registry damaged' ops <findings.txt
      Check every night, and hear of it when something is wrong

Each finding is one line, `position N: cause`; the last line counts them.
Exit codes: 0 all is well, 1 something was found, 2 misuse.";

pub fn run(config: &Config) -> Result<(), Failure> {
    must_exist(&config.location)?;
    let store =
        Store::open(config.location.clone(), 1).map_err(|error| Failure::failed(error.to_string()))?;
    let bar = progress::bar("fsck");
    let (size, findings) = store
        .read_blocking(|snapshot| {
            let mut findings = check::everything(snapshot, &mut progress::follow(&bar))?;
            let guard = Guard::in_folder(&config.data);
            findings.extend(examine::examine(snapshot, &config.log_key, &guard)?);
            Ok((snapshot.head.size, findings))
        })
        .map_err(unreadable)?;
    bar.finish_and_clear();
    for finding in &findings {
        say(finding.to_string());
    }
    let count = findings.len();
    if count == 0 {
        let all_well = text!("{size} 个日志条目，全部完好", "{size} log entries, all is well");
        say(all_well.in_both());
        return Ok(());
    }
    let damaged = text!(
        "{size} 个日志条目，发现 {count} 处问题",
        "{size} log entries, {count} findings"
    );
    say(damaged.in_both());
    Err(Failure::told())
}

/// Opening a SQLite file that is not there would make an empty one.
pub fn must_exist(location: &Location) -> Result<(), Failure> {
    match location {
        Location::Sqlite(path) if !path.is_file() => {
            let shown = path.display();
            let missing = text!(
                "没有数据库 {shown}；请以 --data 指定数据目录",
                "there is no database {shown}; name its folder with --data"
            );
            Err(Failure::misuse(missing.in_both()))
        }
        _ => Ok(()),
    }
}

/// What the operator needs is the cause, which a `Problem` hides from clients.
pub fn unreadable(problem: Problem) -> Failure {
    let told = problem.detail.in_both();
    Failure::failed(match problem.cause {
        Some(cause) => format!("{told}: {cause}"),
        None => told,
    })
}
