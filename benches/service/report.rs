//! One line for each comparison: ours, the baseline, their ratio, and what was aimed at.

use std::fs;
use std::time::Duration;

use crate::Outcome;
use crate::clients::Times;
use crate::options::Options;

/// What a line is meant to reach.
#[derive(Clone, Copy, PartialEq)]
pub enum Aim {
    Ratio(f64),
    PerSecond(f64),
    None,
}

/// How each line is measured, and where it is told.
pub struct Report {
    rounds: u64,
    pub time: Duration,
}

/// Says how busy the machine is: on shared cores only the ratios mean much.
pub fn machine() -> Outcome<()> {
    let cores = std::thread::available_parallelism()?;
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Vec<&str> = load.split_whitespace().take(3).collect();
    println!("cores {cores}, load average {}", load.join(" "));
    Ok(())
}

impl Report {
    /// Begins a table.
    pub fn open(title: &str, options: &Options) -> Self {
        let head = format!(
            "| {:<46} | {:>9} | {:>9} | {:>5} | {:<10} |",
            title, "ours/s", "bare/s", "ratio", "aim"
        );
        println!(
            "\n{head}\n|{}|",
            "-".repeat(head.chars().count().saturating_sub(2))
        );
        Self {
            rounds: options.rounds,
            time: options.time(),
        }
    }

    /// Measures both sides in turns and prints their medians. Sides are told which round it is.
    pub fn line(
        &mut self,
        name: &str,
        aim: Aim,
        mut ours: impl FnMut(u64) -> Outcome<f64>,
        mut bare: impl FnMut(u64) -> Outcome<f64>,
    ) -> Outcome<()> {
        let (mut of_ours, mut of_bare) = (Vec::new(), Vec::new());
        for round in 0..self.rounds {
            of_ours.push(ours(round).map_err(|error| format!("{name}, ours: {error}"))?);
            of_bare.push(bare(round).map_err(|error| format!("{name}, bare: {error}"))?);
        }
        let (ours, bare) = (median(of_ours), median(of_bare));
        let ratio = ours / bare;
        println!(
            "| {name:<46} | {ours:>9.0} | {bare:>9.0} | {ratio:>5.2} | {:<10} |",
            aim.told(ours, ratio)
        );
        Ok(())
    }

    /// Prints how long answers take at the slowest (99 of 100 are quicker) and in the middle, and their ratio.
    pub fn spread(&mut self, name: &str, most: f64, times: &Times) {
        let milliseconds = |percent| times.within(percent).as_secs_f64() * 1e3;
        let (slow, middle) = (milliseconds(99), milliseconds(50));
        let ratio = slow / middle;
        let met = if ratio <= most { "✓" } else { "✗" };
        println!("| {name:<46} | {slow:>6.1} ms | {middle:>6.1} ms | {ratio:>5.2} | ≤ {most:.1} {met}    |");
    }
}

impl Aim {
    fn told(self, ours: f64, ratio: f64) -> String {
        let (met, aim) = match self {
            Self::Ratio(least) => (ratio >= least, format!("≥ {least:.1}")),
            Self::PerSecond(least) => (ours >= least, format!("≥ {least:.0}/s")),
            Self::None => return String::new(),
        };
        format!("{aim} {}", if met { "✓" } else { "✗" })
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
