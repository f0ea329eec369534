//! What tests of the API stand on: a running registry, people who talk to it, and real data.
#![allow(
    dead_code,
    unused_imports,
    reason = "a toolbox: which tools are in use changes with the tests"
)]

mod answer;
pub mod auditor;
pub mod catalogue;
pub mod census;
pub mod chance;
mod client;
pub mod copy;
pub mod data;
mod database;
pub mod entry;
pub mod harvest;
pub mod middleman;
mod process;
pub mod proxy;
pub mod query;
pub mod receiver;
mod registry;
pub mod stream;
pub mod workbook;
pub mod xml;

pub use answer::Answer;
pub use client::{Address, Client};
pub use entry::Entry;
pub use registry::{Backup, Registry, command};

/// Where a registry keeps its data. Every promise of the API holds on both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}
