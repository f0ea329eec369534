//! The rules of a framework that need the registry's state: what is in use stays.

use std::collections::{BTreeMap, HashMap};

use crate::domain::division::Divisions;
use crate::domain::framework::FrameworkContent;
use crate::domain::framework::revision::{self, Usage};
use crate::domain::problem::{Problem, ProblemType};
use crate::domain::standard::StandardContent;
use crate::registry::sealed::Sealed;
use crate::registry::state::State;
use crate::store::version;
use crate::text;

/// A new revision may not lose what rows stand in, nor the rows themselves.
pub fn check_revision(
    state: &mut State,
    owner: &str,
    framework: &FrameworkContent,
    before: Option<&Sealed>,
) -> Result<(), Problem> {
    let Some(before) = before.and_then(Sealed::framework) else {
        return Ok(());
    };
    let rows = placed_rows(state, &before.slug)?;
    check_reach(owner, &rows)?;
    revision::check(before, framework, &usage(&rows))
}

/// Under a new owner the framework must still be within reach of everyone who stands in it.
fn check_reach(owner: &str, rows: &HashMap<String, PlacedRow>) -> Result<(), Problem> {
    let divisions = Divisions::built_in();
    let stranded = rows
        .values()
        .filter(|row| !divisions.reaches(owner, &row.owner))
        .count();
    if stranded == 0 {
        return Ok(());
    }
    Err(Problem::new(
        ProblemType::InUse,
        text!(
            "{stranded} 条标准所属行政区划不在 {owner} 所辖范围内，仍归入此框架",
            "{stranded} standards of divisions outside {owner} stand in this framework"
        ),
    )
    .with("usage", serde_json::json!({ "rows": stranded })))
}

/// A framework in which rows stand cannot leave.
pub fn check_withdrawal(state: &mut State, sealed: &Sealed) -> Result<(), Problem> {
    let Some(framework) = sealed.framework() else {
        return Ok(());
    };
    let rows = placed_rows(state, &framework.slug)?.len();
    if rows == 0 {
        return Ok(());
    }
    Err(Problem::new(
        ProblemType::InUse,
        text!(
            "仍有 {rows} 条标准归入此框架",
            "{rows} standards still stand in this framework"
        ),
    )
    .with("usage", serde_json::json!({ "rows": rows })))
}

/// A place as usage is counted by: its cell and its node.
type PlacedAt = (BTreeMap<String, String>, Option<String>);

/// A live row that stands in a framework.
struct PlacedRow {
    owner: String,
    places: Vec<PlacedAt>,
}

/// How many live rows stand under each value and each node.
fn usage(rows: &HashMap<String, PlacedRow>) -> Usage {
    let mut usage = Usage::default();
    for row in rows.values() {
        let mut values: Vec<(String, String)> = Vec::new();
        let mut nodes: Vec<String> = Vec::new();
        for (cell, node) in row.places.iter().cloned() {
            values.extend(cell);
            nodes.extend(node);
        }
        // A row in two cells of one value counts once.
        values.sort();
        values.dedup();
        nodes.sort();
        nodes.dedup();
        for value in values {
            *usage.values.entry(value).or_default() += 1;
        }
        for node in nodes {
            *usage.nodes.entry(node).or_default() += 1;
        }
    }
    usage
}

/// Every live row placed in a framework with its places: what is stored, overlaid with what this transaction changed.
fn placed_rows(state: &mut State, slug: &str) -> Result<HashMap<String, PlacedRow>, Problem> {
    let mut rows: HashMap<String, PlacedRow> = HashMap::new();
    for placed in version::placed_in(state.conn(), slug)? {
        let cell = serde_json::from_str(&placed.cell).map_err(Problem::internal)?;
        let row = rows.entry(placed.entry_id).or_insert_with(|| PlacedRow {
            owner: placed.owner,
            places: Vec::new(),
        });
        row.places.push((cell, placed.node));
    }
    for current in state.changed() {
        let id = current.id.to_string();
        rows.remove(&id);
        let Some(standard) = current.content.as_ref().and_then(|content| content.standard()) else {
            continue;
        };
        let places = places_in(standard, slug);
        if !current.withdrawn && !places.is_empty() {
            let owner = current.owner.clone();
            rows.insert(id, PlacedRow { owner, places });
        }
    }
    Ok(rows)
}

fn places_in(standard: &StandardContent, slug: &str) -> Vec<PlacedAt> {
    let placements = standard
        .placements
        .iter()
        .filter(|placement| placement.framework == slug);
    placements
        .map(|placement| (placement.cell.clone(), placement.node.clone()))
        .collect()
}
