//! Rows that look like one standard: the same number with differing facts, or the same number, another edition of it or
//! nearly the same title in one cell.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::domain::coverage::DuplicateReason;
use crate::domain::framework::FrameworkContent;
use crate::domain::likeness::{Groups, Likeness, SAME, alike};
use crate::domain::problem::Problem;
use crate::registry::moment::Moment;
use crate::registry::read::coverage::{self, Cell, Placed, Row, RowRef, cell_label, read_cell};
use crate::registry::read::filter::Filters;
use crate::store::pool::Snapshot;

/// How many rows one group shows.
const SHOWN: usize = 100;

/// Rows that look like one standard.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct DuplicateGroup {
    pub reason: DuplicateReason,
    /// The cell they meet in; absent where that does not matter.
    #[schema(example = json!({"subsystem": "老有颐养", "dimension": "process"}))]
    pub cell: Option<Cell>,
    #[schema(example = "老有颐养 · 过程均等")]
    pub label: Option<String>,
    /// How alike the least alike title is to its nearest other, 0 to 1.
    #[schema(example = 0.875)]
    pub score: f64,
    /// Which facts differ.
    #[schema(example = json!(["title", "implemented_on"]))]
    pub differs: Vec<&'static str>,
    /// How many rows there are.
    #[schema(example = 2)]
    pub rows: usize,
    /// The first hundred of them.
    pub items: Vec<DuplicateRow>,
}

/// A row of a group, with what may differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct DuplicateRow {
    #[serde(flatten)]
    pub row: RowRef,
    #[schema(format = Date)]
    pub published_on: Option<String>,
    #[schema(format = Date)]
    pub implemented_on: Option<String>,
    #[schema(format = Date)]
    pub abolished_on: Option<String>,
}

/// What is looked for.
#[derive(Clone, Debug, Serialize)]
pub struct Question {
    pub framework: String,
    pub filters: Filters,
    /// Only groups of these reasons; all when empty.
    pub reasons: Vec<DuplicateReason>,
    /// How alike titles must be, in thousandths.
    pub threshold: u32,
}

impl Question {
    fn wants(&self, reason: DuplicateReason) -> bool {
        self.reasons.is_empty() || self.reasons.contains(&reason)
    }
}

/// Finds every group, the surest reasons first, then by cell and number.
pub fn find(
    snapshot: &mut Snapshot,
    framework: &FrameworkContent,
    question: &Question,
    moment: &Moment,
) -> Result<Vec<DuplicateGroup>, Problem> {
    let rows = coverage::rows(
        snapshot,
        &question.filters,
        &framework.slug,
        &Placed::OrNot,
        moment,
    )?;
    let mut groups = Vec::new();
    if question.wants(DuplicateReason::NumberDiffers) {
        groups.extend(differing(&rows));
    }
    let mut cells: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in &rows {
        if let Some(cell) = &row.cell {
            let here = cells.entry(cell).or_default();
            // A row may stand in a cell twice, at two nodes. Rows come in order, so the other place was the last.
            if here
                .last()
                .is_none_or(|last| last.from_position != row.from_position)
            {
                here.push(row);
            }
        }
    }
    for (cell, rows) in cells {
        let place = read_cell(cell)?;
        let label = cell_label(framework, &place);
        let mut here = Vec::new();
        if question.wants(DuplicateReason::SameNumber) {
            here.extend(same(&rows, DuplicateReason::SameNumber, |row| {
                row.number.as_deref()
            }));
        }
        if question.wants(DuplicateReason::OtherEdition) {
            here.extend(same(&rows, DuplicateReason::OtherEdition, |row| {
                row.number_undated.as_deref()
            }));
        }
        if question.wants(DuplicateReason::NearTitle) {
            here.extend(near(&rows, question.threshold));
        }
        groups.extend(here.into_iter().map(|group| DuplicateGroup {
            cell: Some(place.clone()),
            label: Some(label.clone()),
            ..group
        }));
    }
    groups.sort_by_key(|group| group.reason);
    Ok(groups)
}

/// Rows of one number of which titles or dates differ, wherever they stand.
fn differing(rows: &[Row]) -> Vec<DuplicateGroup> {
    let mut groups = Vec::new();
    // Rows come in the order of numbers.
    for together in rows.chunk_by(|a, b| a.number.is_some() && a.number == b.number) {
        let mut each: Vec<&Row> = together.iter().collect();
        each.dedup_by_key(|row| row.from_position);
        let differs = differences(&each);
        if !differs.is_empty() {
            groups.push(group(DuplicateReason::NumberDiffers, &each, differs, SAME));
        }
    }
    groups
}

/// Rows of a cell that share a key; of editions, at least two must differ in number.
fn same<'r>(
    rows: &[&'r Row],
    reason: DuplicateReason,
    key: impl Fn(&'r Row) -> Option<&'r str>,
) -> Vec<DuplicateGroup> {
    let mut by_key: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        if let Some(key) = key(row) {
            by_key.entry(key).or_default().push(row);
        }
    }
    by_key.retain(|_, rows| {
        let first = rows.first().map(|row| &row.number);
        let several = rows.iter().any(|row| Some(&row.number) != first);
        rows.len() > 1 && (several || reason == DuplicateReason::SameNumber)
    });
    by_key
        .into_values()
        .map(|rows| group(reason, &rows, differences(&rows), SAME))
        .collect()
}

/// Rows of a cell whose titles are nearly the same and whose numbers are not: one row stands for all of its standard.
fn near(rows: &[&Row], threshold: u32) -> Vec<DuplicateGroup> {
    let mut standards: Vec<&Row> = Vec::new();
    let mut seen: HashMap<&str, ()> = HashMap::new();
    for row in rows {
        let standard = row.number_undated.as_deref().unwrap_or_else(|| row.standard());
        if seen.insert(standard, ()).is_none() {
            standards.push(row);
        }
    }
    let titles: Vec<Likeness> = standards.iter().map(|row| Likeness::of(&row.title)).collect();
    let links = alike(&titles.iter().collect::<Vec<_>>(), threshold);
    let mut groups = Groups::new(standards.len());
    let mut nearest = vec![0; standards.len()];
    for link in &links {
        groups.join(link.first, link.second);
        for place in [link.first, link.second] {
            if let Some(nearest) = nearest.get_mut(place) {
                *nearest = link.share.max(*nearest);
            }
        }
    }
    let together = groups.gathered().into_iter().filter(|places| places.len() > 1);
    together
        .map(|places| {
            let rows: Vec<&Row> = places
                .iter()
                .filter_map(|place| standards.get(*place).copied())
                .collect();
            let shares = places.iter().filter_map(|place| nearest.get(*place).copied());
            group(
                DuplicateReason::NearTitle,
                &rows,
                differences(&rows),
                shares.min().unwrap_or_default(),
            )
        })
        .collect()
}

fn group(reason: DuplicateReason, rows: &[&Row], differs: Vec<&'static str>, share: u32) -> DuplicateGroup {
    DuplicateGroup {
        reason,
        cell: None,
        label: None,
        score: f64::from(share) / f64::from(SAME),
        differs,
        rows: rows.len(),
        items: rows
            .iter()
            .take(SHOWN)
            .map(|row| DuplicateRow {
                row: row.as_ref(),
                published_on: row.published_on.clone(),
                implemented_on: row.implemented_on.clone(),
                abolished_on: row.abolished_on.clone(),
            })
            .collect(),
    }
}

/// The facts of a standard in which rows contradict each other. What one row does not say contradicts nothing.
fn differences(rows: &[&Row]) -> Vec<&'static str> {
    type Fact = fn(&Row) -> Option<&str>;
    let facts: [(&'static str, Fact); 4] = [
        ("title", |row| Some(&row.title)),
        ("published_on", |row| row.published_on.as_deref()),
        ("implemented_on", |row| row.implemented_on.as_deref()),
        ("abolished_on", |row| row.abolished_on.as_deref()),
    ];
    let contradicted = facts.iter().filter(|(_, fact)| {
        let mut said = rows.iter().filter_map(|row| fact(row));
        let first = said.next();
        said.any(|other| Some(other) != first)
    });
    contradicted.map(|(name, _)| *name).collect()
}
