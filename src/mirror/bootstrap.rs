//! How a copy that is not there yet begins.

use clap::ValueEnum;
use serde::Deserialize;

/// What a fresh mirror fetches first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bootstrap {
    /// The present, verified against the signed tree; the history follows and takes its place once it is whole.
    Snapshot,
    /// The log from its first entry on: nothing is held that its history does not prove.
    History,
}
