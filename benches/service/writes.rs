//! Single durable writes through HTTP beside the same logged transaction run bare, one change to a transaction.

use std::time::Instant;

use standards_registry::store::conn::Location;

use crate::Outcome;
use crate::bare_database::Rows;
use crate::pgbench;
use crate::report::{Aim, Report};
use crate::stage::Stage;

pub fn measure(stage: &Stage, report: &mut Report) -> Outcome<()> {
    let time = report.time;
    let mut rows = Rows::like_those_in(&stage.location)?;
    for (clients, aim) in [(1, Aim::None), (16, Aim::Ratio(1.0))] {
        let name = format!(
            "single write, {clients} client{}",
            if clients == 1 { "" } else { "s" }
        );
        let bare = match &stage.bare {
            Location::Postgres(url) => report.line(
                &format!("{name} (bare: pgbench)"),
                aim,
                |_| writes(stage, clients, time),
                |_| pgbench::run(url, rows.sample()?, clients, time, stage.folder.path()),
            ),
            // SQLite has one writer: more threads would only wait for one another.
            bare @ Location::Sqlite(_) => report.line(
                &format!("{name} (bare: driver, 1 thread)"),
                aim,
                |_| writes(stage, clients, time),
                |_| rows.singly(bare, time),
            ),
        };
        bare?;
    }
    Ok(())
}

/// Creations a second, each durable before the client sends its next.
fn writes(stage: &Stage, clients: usize, time: std::time::Duration) -> Outcome<f64> {
    let started = Instant::now();
    let write = || -> Outcome<u64> {
        let mut client = stage.client()?;
        let mut written = 0;
        while started.elapsed() < time {
            let body = serde_json::to_vec(&stage.catalogue.next_creation()?)?;
            client.post("/v1/standards", &stage.token, &body)?.expect(201)?;
            written += 1;
        }
        Ok(written)
    };
    let written = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..clients).map(|_| scope.spawn(write)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().map_err(|_| "a client panicked")?)
            .sum::<Outcome<u64>>()
    })?;
    Ok(written as f64 / started.elapsed().as_secs_f64())
}
