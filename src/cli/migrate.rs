//! `migrate`: the newest shape, without serving.

use crate::cli::Failure;
use crate::cli::fsck::unreadable;
use crate::config::Config;
use crate::registry::search_index;
use crate::store::conn::{Conn, Purpose};
use crate::store::migrate;

pub fn run(config: &Config) -> Result<(), Failure> {
    config
        .create_data_folder()
        .map_err(|error| Failure::failed(error.to_string()))?;
    let failed = |error: crate::store::error::StoreError| Failure::failed(error.to_string());
    let mut conn = Conn::establish(&config.location, Purpose::Write).map_err(failed)?;
    let applied = migrate::migrate(&mut conn).map_err(failed)?;
    search_index::bring_up(&mut conn).map_err(unreadable)?;
    println!("{applied} migrations applied");
    Ok(())
}
