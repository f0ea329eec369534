//! What each month ahead brings, as columns side by side.

use chrono::{Datelike, NaiveDate};

use crate::domain::coverage::Milestone;
use crate::domain::term::Term;
use crate::http::explorer::frame::Frame;
use crate::registry::read::coverage::milestones::MilestoneFinding;

/// How many months are drawn at most.
const MOST: u32 = 24;

/// The size of the picture and of the room for columns in it.
const WIDTH: u32 = 360;
const HEIGHT: f64 = 70.0;

/// Room above the columns, for numbers.
const ABOVE: f64 = 16.0;

/// The picture.
pub struct Months {
    pub columns: Vec<Column>,
    /// The same in words.
    pub told: String,
}

/// One month; a quiet one is drawn empty, for it is news as well.
pub struct Column {
    pub x: String,
    pub width: String,
    pub middle: String,
    pub pieces: Vec<Piece>,
    pub count: u64,
    /// Where the number stands.
    pub top: String,
    /// Said under the first month and under every January.
    pub label: Option<String>,
}

/// Happenings of one kind, upwards from below.
pub struct Piece {
    pub class: &'static str,
    pub y: String,
    pub height: String,
}

/// How many of each kind fall into one month.
struct Month {
    first: NaiveDate,
    counts: Vec<(Milestone, u64)>,
}

impl Month {
    fn count(&self) -> u64 {
        self.counts.iter().map(|(_, count)| count).sum()
    }
}

impl Months {
    /// The months from today on, if any of them brings anything.
    pub fn draw(frame: &Frame, today: NaiveDate, days: u32, found: &[MilestoneFinding]) -> Option<Self> {
        let months = months(today, days, found);
        let most = months.iter().map(Month::count).max().filter(|most| *most > 0)?;
        let step = f64::from(WIDTH) / number(months.len() as u64);
        let columns = months.iter().zip(0_u32..).map(|(month, index)| {
            let x = f64::from(index) * step;
            let mut y = ABOVE + HEIGHT;
            let mut pieces = Vec::new();
            for (milestone, count) in month.counts.iter().filter(|(_, count)| *count > 0) {
                let height = HEIGHT * number(*count) / number(most);
                y -= height;
                pieces.push(Piece {
                    class: milestone.id(),
                    y: format!("{y:.1}"),
                    height: format!("{height:.1}"),
                });
            }
            Column {
                x: format!("{:.1}", step.mul_add(0.1, x)),
                width: format!("{:.1}", step * 0.8),
                middle: format!("{:.1}", step.mul_add(0.5, x)),
                pieces,
                count: month.count(),
                top: format!("{:.1}", y - 4.0),
                label: (index == 0 || month.first.month() == 1)
                    .then(|| month.first.format("%Y-%m").to_string()),
            }
        });
        let busy = months.iter().filter(|month| month.count() > 0);
        let told = busy.map(|month| format!("{} {}", month.first.format("%Y-%m"), month.count()));
        Some(Self {
            columns: columns.collect(),
            told: told.collect::<Vec<_>>().join(frame.t("，", ", ")),
        })
    }
}

fn months(today: NaiveDate, days: u32, found: &[MilestoneFinding]) -> Vec<Month> {
    let ahead = (days / 30).clamp(1, MOST);
    let firsts = (0..=ahead).filter_map(|month| {
        let first = today.with_day(1)?;
        first.checked_add_months(chrono::Months::new(month))
    });
    let months = firsts.map(|first| {
        let within = |one: &&MilestoneFinding| {
            one.days >= 0 && (one.on.year(), one.on.month()) == (first.year(), first.month())
        };
        let of = |milestone: Milestone| {
            let here = found.iter().filter(within);
            here.filter(|one| one.milestone == milestone).count() as u64
        };
        Month {
            first,
            counts: Milestone::ALL.iter().map(|one| (*one, of(*one))).collect(),
        }
    });
    months.collect()
}

fn number(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
