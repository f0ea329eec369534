//! Which rows of a catalogue rest on something that was replaced, abolished, renumbered or taken away, or soon will be.

mod judge;
mod knowledge;
mod recorded;
mod walk;

pub use knowledge::{RESTING, by_keys, family};

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;

use crate::domain::drift::{Drift, DriftAction, KnownBy, Severity};
use crate::domain::problem::Problem;
use crate::domain::term::Term;
use crate::domain::time::{AsOf, Instant};
use crate::domain::vocabulary::{Origin, RelationType};
use crate::registry::moment::Moment;
use crate::registry::read::drift::judge::Day;
use crate::registry::read::drift::knowledge::{Entry, Knowledge};
use crate::registry::read::drift::recorded::History;
use crate::registry::read::drift::walk::{Drifted, Step, Walk};
use crate::registry::read::filter::Filters;
use crate::registry::read::span;
use crate::store::leaf;
use crate::store::pool::Snapshot;

/// How many successors a finding names.
const SUCCESSORS: usize = 10;

/// What is looked for.
#[derive(Clone, Debug, Serialize)]
pub struct Question {
    pub filters: Filters,
    /// Only what was recorded, or came to pass, from then on.
    #[serde(skip)]
    pub since: Option<AsOf>,
    /// Only these; all when empty.
    pub severities: Vec<Severity>,
    pub drifts: Vec<Drift>,
    /// How many steps away; 0 is the standard a row itself stands for.
    pub depth: usize,
    /// How many days ahead an end counts as near.
    pub days: u64,
}

/// A row that rests on something that happened to change.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct DriftFinding {
    pub drift: Drift,
    pub severity: Severity,
    pub action: DriftAction,
    pub row: DriftRow,
    /// The standard that it happened to.
    pub rests_on: RestsOn,
    /// 0 for the standard that the row itself stands for, 1 for one that it names, 2 for one that this one names …
    #[schema(example = 1)]
    pub depth: usize,
    /// The way from the row to it; empty at depth 0.
    pub path: Vec<PathStep>,
    /// The day from which on it holds; null where nobody says.
    #[schema(value_type = Option<String>, format = Date, example = "2025-02-01")]
    pub since: Option<NaiveDate>,
    /// Where the log began to say so; null for what is missing.
    pub recorded: Option<LogPlace>,
    pub known_by: KnownBy,
    /// What takes its place, as far as anybody's catalogue knows.
    pub successors: Vec<Successor>,
}

/// The row that drifts.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct DriftRow {
    #[schema(format = Uuid)]
    pub id: String,
    #[schema(example = "370214")]
    pub owner: String,
    #[schema(example = "DB3702/T 35-2021")]
    pub number: Option<String>,
    #[schema(example = "养老机构服务质量规范")]
    pub title: String,
    pub origin: Option<Origin>,
}

/// A standard as it is named, and its entry where it is registered in the catalogue or above it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct RestsOn {
    #[schema(format = Uuid)]
    pub id: Option<String>,
    #[schema(example = "370200")]
    pub owner: Option<String>,
    #[schema(example = "GB/T 35796-2017")]
    pub number: Option<String>,
    #[schema(example = "养老机构服务质量基本规范")]
    pub title: Option<String>,
}

/// One step along the way.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct PathStep {
    pub relation: Option<RelationType>,
    #[serde(flatten)]
    pub to: RestsOn,
}

/// A place in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LogPlace {
    #[schema(example = 812)]
    pub position: i64,
    #[schema(format = DateTime)]
    pub recorded_at: String,
}

/// A standard that takes another's place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Successor {
    #[schema(format = Uuid)]
    pub id: String,
    #[schema(example = "370200")]
    pub owner: String,
    #[schema(example = "GB/T 35796-2025")]
    pub number: Option<String>,
    pub title: String,
    #[schema(format = Date)]
    pub implemented_on: Option<String>,
}

/// Finds the drift of rows, the gravest first, then in the order of their numbers and the nearest first.
pub fn find(
    snapshot: &mut Snapshot,
    question: &Question,
    moment: &Moment,
) -> Result<Vec<DriftFinding>, Problem> {
    let since = match question.since {
        Some(since) => Some(Since::of(snapshot, since)?),
        None => None,
    };
    let (knowledge, rows) = Knowledge::load(snapshot, &question.filters, moment, question.depth)?;
    let day = Day {
        today: moment.valid_at,
        days: question.days,
    };
    let mut walk = Walk::new(&knowledge, day, question.depth);
    let mut drifted: Vec<Drifted> = Vec::new();
    for row in rows.iter().filter_map(|id| knowledge.entry(id)) {
        drifted.extend(
            walk.from(row)
                .into_iter()
                .filter(|one| question.wants(one.event.drift)),
        );
    }
    let facts = drifted.iter().filter_map(|one| one.event.fact);
    let history = History::load(snapshot.conn, facts)?;
    let position = |one: &Drifted| one.event.fact.map(|fact| history.since(fact));
    if let Some(since) = &since {
        drifted.retain(|one| since.holds(position(one), one.event.on));
    }
    let times = times(snapshot, drifted.iter().filter_map(position))?;
    // Rows come in the order of numbers, which stays within a severity.
    drifted.sort_by_key(|one| one.event.drift.severity());
    let findings = drifted.iter().map(|one| {
        let recorded = position(one).and_then(|position| {
            let recorded_at = Instant(*times.get(&position)?).to_rfc3339();
            Some(LogPlace {
                position,
                recorded_at,
            })
        });
        finding(one, recorded)
    });
    Ok(findings.collect())
}

impl Question {
    fn wants(&self, drift: Drift) -> bool {
        (self.drifts.is_empty() || self.drifts.contains(&drift))
            && (self.severities.is_empty() || self.severities.contains(&drift.severity()))
    }
}

/// From when on something is news.
struct Since {
    position: i64,
    day: NaiveDate,
}

impl Since {
    fn of(snapshot: &mut Snapshot, since: AsOf) -> Result<Self, Problem> {
        let day = match since {
            AsOf::Day(day) => day,
            AsOf::Instant(instant) => instant.shanghai_day(),
            AsOf::Position(position) => {
                let known = position.min(snapshot.head.position());
                Instant(leaf::recorded_at(snapshot.conn, known)?.unwrap_or_default()).shanghai_day()
            }
        };
        Ok(Self {
            position: span::since(snapshot, since)?,
            day,
        })
    }

    /// What was recorded from then on, and what was recorded before but came to pass since.
    fn holds(&self, recorded: Option<i64>, on: Option<NaiveDate>) -> bool {
        recorded.is_some_and(|position| position >= self.position) || on.is_some_and(|on| on > self.day)
    }
}

fn times(
    snapshot: &mut Snapshot,
    positions: impl Iterator<Item = i64>,
) -> Result<BTreeMap<i64, i64>, Problem> {
    let mut positions: Vec<i64> = positions.collect();
    positions.sort_unstable();
    positions.dedup();
    Ok(leaf::times(snapshot.conn, &positions)?.into_iter().collect())
}

fn finding(one: &Drifted, recorded: Option<LogPlace>) -> DriftFinding {
    let event = &one.event;
    DriftFinding {
        drift: event.drift,
        severity: event.drift.severity(),
        action: event.drift.action(),
        row: DriftRow {
            id: one.row.entry_id.clone(),
            owner: one.row.owner.clone(),
            number: one.row.number.clone(),
            title: one.row.title.clone(),
            origin: one.row.origin.as_deref().and_then(Origin::from_id),
        },
        rests_on: one.path.last().map_or_else(|| known(one.row), named),
        depth: one.path.len(),
        path: one
            .path
            .iter()
            .map(|step| PathStep {
                relation: RelationType::from_id(&step.rest.relation_type),
                to: named(step),
            })
            .collect(),
        since: event.on,
        recorded,
        known_by: event.known_by,
        successors: event
            .successors
            .iter()
            .take(SUCCESSORS)
            .map(|entry| Successor {
                id: entry.entry_id.clone(),
                owner: entry.owner.clone(),
                number: entry.number.clone(),
                title: entry.title.clone(),
                implemented_on: entry.implemented_on.clone(),
            })
            .collect(),
    }
}

fn known(entry: &Entry) -> RestsOn {
    RestsOn {
        id: Some(entry.entry_id.clone()),
        owner: Some(entry.owner.clone()),
        number: entry.number.clone(),
        title: Some(entry.title.clone()),
    }
}

/// What is not registered is known by its number alone, or by an id.
fn named(step: &Step) -> RestsOn {
    step.to.map_or_else(
        || {
            let target = step.rest.target.clone();
            let is_id = uuid::Uuid::try_parse(&target).is_ok();
            RestsOn {
                id: is_id.then(|| target.clone()),
                owner: None,
                number: (!is_id).then_some(target),
                title: None,
            }
        },
        known,
    )
}
