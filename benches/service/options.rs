//! What is measured, and for how long.

use std::time::Duration;

use clap::{Parser, ValueEnum};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    Reads,
    Writes,
    Bulk,
    Sync,
    Find,
    Coverage,
    Sheets,
}

/// Measures the service beside bare baselines.
#[derive(Parser)]
pub struct Options {
    /// Measure only these parts
    #[arg(long, value_enum)]
    only: Vec<Part>,
    /// How long each side of a line runs in each round
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// How many rounds; their median counts
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=99))]
    pub rounds: u64,
    /// A PostgreSQL that may be asked for databases; without it only SQLite is measured
    #[arg(long, env = "BENCH_POSTGRES_URL", hide_env_values = true)]
    postgres: Option<String>,
    /// Leave SQLite out
    #[arg(long)]
    no_sqlite: bool,
    /// What `cargo bench` adds to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

/// A database to measure on.
#[derive(Clone, Copy)]
pub enum Database<'o> {
    Sqlite,
    /// With the address of a server to make databases on.
    Postgres(&'o str),
}

impl Database<'_> {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }
}

impl Options {
    pub fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    pub fn databases(&self) -> impl Iterator<Item = Database<'_>> {
        let sqlite = (!self.no_sqlite).then_some(Database::Sqlite);
        sqlite
            .into_iter()
            .chain(self.postgres.as_deref().map(Database::Postgres))
    }

    pub fn time(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}
