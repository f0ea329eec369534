//! Bulk creations through HTTP beside the bare driver inserting the same rows, 10,000 to a transaction.

use std::time::Instant;

use crate::Outcome;
use crate::bare_database::Rows;
use crate::report::{Aim, Report};
use crate::stage::Stage;

/// As many as one request takes.
const REVISIONS: usize = 10_000;

pub fn measure(stage: &Stage, report: &mut Report) -> Outcome<()> {
    let mut rows = Rows::like_those_in(&stage.location)?;
    for clients in [1, 2] {
        report.line(
            &format!(
                "bulk, revisions, {clients} client{} (bare: driver)",
                if clients == 1 { "" } else { "s" }
            ),
            Aim::PerSecond(20_000.0),
            |_| bulk(stage, clients),
            |_| rows.together(&stage.bare, REVISIONS),
        )?;
    }
    Ok(())
}

/// Revisions a second while each client sends one full request, made before the clock starts.
fn bulk(stage: &Stage, clients: usize) -> Outcome<f64> {
    let bodies = (0..clients)
        .map(|_| stage.catalogue.bulk(REVISIONS))
        .collect::<Outcome<Vec<_>>>()?;
    let started = Instant::now();
    std::thread::scope(|scope| {
        let threads: Vec<_> = bodies
            .iter()
            .map(|body| scope.spawn(|| stage.client()?.post("/v1/bulk", &stage.token, body)?.expect(200)))
            .collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().map_err(|_| "a client panicked")?.map(drop))
    })?;
    Ok((clients * REVISIONS) as f64 / started.elapsed().as_secs_f64())
}
