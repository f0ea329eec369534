//! A standard's life as a picture: published, implemented, replaced or abolished along time, with the day looked at.

use chrono::{Datelike, Days, NaiveDate};

use crate::domain::standard::StandardContent;
use crate::domain::vocabulary::{Supply, Validity};
use crate::http::explorer::frame::Frame;

/// The picture's width in its own units, and the blank on either side of the line.
const WIDTH: f64 = 360.0;
const EDGE: f64 = 14.0;

/// Years marked at most.
const MOST_YEARS: i32 = 5;

/// A stretch of the line in one state.
pub struct Stretch {
    pub class: &'static str,
    pub x: String,
    pub width: String,
}

/// A day that matters.
pub struct Mark {
    pub class: &'static str,
    pub x: String,
    pub day: String,
    pub word: &'static str,
}

pub struct Year {
    pub x: String,
    pub year: i32,
}

pub struct ValidityLine {
    pub stretches: Vec<Stretch>,
    pub marks: Vec<Mark>,
    pub years: Vec<Year>,
    /// The day the page looks at.
    pub day: Mark,
    /// All of it in words.
    pub told: String,
}

/// What is drawn: days in order with what begins on each.
struct Facts {
    marks: Vec<(NaiveDate, &'static str, &'static str)>,
    begins: Vec<(NaiveDate, &'static str)>,
}

/// Draws a standard's days, if it has any; `replaced_on` is the day a successor took over.
pub fn draw(
    frame: &Frame,
    content: &StandardContent,
    validity: Option<Validity>,
    replaced_on: Option<NaiveDate>,
    day: NaiveDate,
) -> Option<ValidityLine> {
    if content.supply != Supply::Existing {
        return None;
    }
    let facts = facts(frame, content, validity, replaced_on);
    let first = facts.marks.first()?.0.min(day);
    let last = facts.marks.last()?.0.max(day);
    let margin = Days::new(u64::try_from((last - first).num_days() / 12).unwrap_or(0).max(60));
    let (start, end) = (first.checked_sub_days(margin)?, last.checked_add_days(margin)?);
    let x = |at: NaiveDate| {
        let share = days(start, at) / days(start, end).max(1.0);
        EDGE + share * (WIDTH - 2.0 * EDGE)
    };
    let ends = facts.begins.iter().skip(1).map(|(day, _)| *day).chain([end]);
    let stretches = facts.begins.iter().zip(ends).map(|((from, class), to)| Stretch {
        class,
        x: format!("{:.1}", x(*from)),
        width: format!("{:.1}", x(to) - x(*from)),
    });
    let mark = |(at, class, word): &(NaiveDate, &'static str, &'static str)| Mark {
        class,
        x: format!("{:.1}", x(*at)),
        day: at.to_string(),
        word,
    };
    let marks: Vec<Mark> = facts.marks.iter().map(mark).collect();
    let told = marks.iter().map(|mark| format!("{} {}", mark.word, mark.day));
    Some(ValidityLine {
        stretches: stretches.collect(),
        told: told.collect::<Vec<_>>().join(frame.t("，", ", ")),
        years: years(start, end)
            .into_iter()
            .map(|year| Year {
                x: format!("{:.1}", NaiveDate::from_ymd_opt(year, 1, 1).map_or(0.0, x)),
                year,
            })
            .collect(),
        marks,
        day: mark(&(day, "day", frame.t("所看之日", "The day looked at"))),
    })
}

fn facts(
    frame: &Frame,
    content: &StandardContent,
    validity: Option<Validity>,
    replaced_on: Option<NaiveDate>,
) -> Facts {
    let (mut marks, mut begins) = (Vec::new(), Vec::new());
    if let Some(day) = content.published_on {
        marks.push((day, "published", frame.t("发布", "Published")));
        // Without a day of its implementation nobody knows what it was from then on.
        let known = content.implemented_on.is_some();
        begins.push((day, if known { "upcoming" } else { "uncertain" }));
    }
    if let Some(day) = content.implemented_on {
        marks.push((day, "implemented", frame.t("实施", "Implemented")));
        begins.push((day, "in_force"));
    }
    if let Some(day) = content.abolished_on {
        marks.push((day, "abolished", frame.t("废止", "Abolished")));
        begins.push((day, "abolished"));
    } else if let (Some(day), Some(Validity::Superseded)) = (replaced_on, validity) {
        marks.push((day, "replaced", frame.t("被代替", "Replaced")));
        begins.push((day, "superseded"));
    }
    marks.sort_by_key(|(day, _, _)| *day);
    begins.sort_by_key(|(day, _)| *day);
    Facts { marks, begins }
}

/// Years that begin inside, few enough to be read.
fn years(start: NaiveDate, end: NaiveDate) -> Vec<i32> {
    let (first, last) = (start.year() + 1, end.year());
    let step = usize::try_from((last - first) / MOST_YEARS + 1).unwrap_or(1);
    (first..=last).step_by(step).collect()
}

fn days(from: NaiveDate, to: NaiveDate) -> f64 {
    f64::from(i32::try_from((to - from).num_days()).unwrap_or(i32::MAX))
}
