//! The service beside the least that could do the same work: reads beside a bare actix-web handler that gives the same
//! bytes, writes and first reads beside the bare database running the same SQL. Both sides of every line are measured
//! in turns in one run, and the medians compared, so that ratios hold on a busy machine where absolute numbers do not.

mod bare_coverage;
mod bare_database;
mod bare_web;
mod bulk;
mod catalogue;
mod client;
mod clients;
mod coverage;
mod find;
mod options;
mod pgbench;
mod reads;
mod report;
mod sheets;
mod stage;
mod sync;
mod writes;
mod wrk;

use std::process::ExitCode;

use clap::Parser;

use crate::options::{Options, Part};
use crate::report::Report;
use crate::stage::Stage;

/// What a step of a measurement ends in.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("✗ {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Outcome<()> {
    report::machine()?;
    for database in options.databases() {
        let stage = Stage::set(database)?;
        let mut report = Report::open(database.name(), options);
        if options.wants(Part::Reads) {
            reads::measure(&stage, &mut report)?;
        }
        if options.wants(Part::Writes) {
            writes::measure(&stage, &mut report)?;
        }
        if options.wants(Part::Bulk) {
            bulk::measure(&stage, &mut report)?;
        }
        if options.wants(Part::Sync) {
            sync::measure(&stage, &mut report)?;
        }
        if options.wants(Part::Find) {
            find::measure(&stage, &mut report)?;
        }
        if options.wants(Part::Coverage) {
            coverage::measure(&stage, &mut report)?;
        }
        if options.wants(Part::Sheets) {
            sheets::measure(&stage, &mut report)?;
        }
    }
    report::machine()
}
