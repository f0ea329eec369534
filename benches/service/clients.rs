//! Clients that each ask one question after the other, and how long they wait.

use std::time::{Duration, Instant};

use crate::Outcome;
use crate::client::Client;

/// How long each answer took.
pub struct Times {
    sorted: Vec<Duration>,
    over: Duration,
}

impl Times {
    pub fn per_second(&self) -> f64 {
        self.sorted.len() as f64 / self.over.as_secs_f64()
    }

    /// The time within which this share of the answers came.
    pub fn within(&self, percent: usize) -> Duration {
        let index = self.sorted.len() * percent / 100;
        let last = self.sorted.len().saturating_sub(1);
        self.sorted.get(index.min(last)).copied().unwrap_or_default()
    }
}

/// Has `clients` ask for what `next` says, as fast as they are answered.
pub fn ask(
    address: &str,
    clients: usize,
    time: Duration,
    next: impl Fn() -> String + Sync,
) -> Outcome<Times> {
    let started = Instant::now();
    let work = || -> Outcome<Vec<Duration>> {
        let mut client = Client::connect(address)?;
        let mut times = Vec::new();
        while started.elapsed() < time {
            let asked = Instant::now();
            client
                .get(&next(), &[("Accept-Encoding", "identity")])?
                .expect(200)?;
            times.push(asked.elapsed());
        }
        Ok(times)
    };
    let times: Vec<Vec<Duration>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..clients).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().map_err(|_| "a client panicked")?)
            .collect::<Outcome<_>>()
    })?;
    let mut sorted = times.concat();
    sorted.sort_unstable();
    Ok(Times {
        sorted,
        over: started.elapsed(),
    })
}
