//! `rebuild`: the projection made again from the log.

use crate::cli::Failure;
use crate::cli::fsck::{must_exist, unreadable};
use crate::cli::progress;
use crate::cli::words::say;
use crate::config::Config;
use crate::registry::rebuild;
use crate::store::conn::{Conn, Purpose};
use crate::store::sole_use::SoleUse;
use crate::text;

pub const EXAMPLES: &str = "\
Examples / 示例:
  standards-registry rebuild --data /var/lib/registry
      Make current and as-of reads of the embedded database again; stop its server first
  DATABASE_URL=postgres://registry@db/registry standards-registry rebuild
      The same on PostgreSQL; servers may go on running, writes wait until it is done

The log itself is only read. Everything happens in one transaction: broken off, it changes nothing.
Exit codes: 0 good, 1 failed (the log cannot be folded, or a server is using the database), 2 misuse.";

pub fn run(config: &Config) -> Result<(), Failure> {
    must_exist(&config.location)?;
    let _alone = SoleUse::take(&config.location).map_err(|text| Failure::failed(text.in_both()))?;
    let mut conn = Conn::establish(&config.location, Purpose::Write)
        .map_err(|error| Failure::failed(error.to_string()))?;
    let bar = progress::bar("rebuild");
    let revisions = rebuild::rebuild(&mut conn, &mut progress::follow(&bar)).map_err(unreadable)?;
    bar.finish_and_clear();
    let done = text!("已重建 {revisions} 个版本", "{revisions} revisions projected");
    say(done.in_both());
    Ok(())
}
