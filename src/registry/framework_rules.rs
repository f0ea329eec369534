//! The rules of a framework that need the registry's state: what is in use stays.

use std::collections::{BTreeMap, HashMap};

use crate::domain::framework::FrameworkContent;
use crate::domain::framework::revision::{self, Usage};
use crate::domain::problem::{Problem, ProblemType};
use crate::domain::standard::StandardContent;
use crate::registry::sealed::Sealed;
use crate::registry::state::State;
use crate::store::version;
use crate::text;

/// A new revision may not lose what rows stand in.
pub fn check_revision(
    state: &mut State,
    framework: &FrameworkContent,
    before: Option<&Sealed>,
) -> Result<(), Problem> {
    let Some(before) = before.and_then(Sealed::framework) else {
        return Ok(());
    };
    let usage = usage(state, &before.slug)?;
    revision::check(before, framework, &usage)
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

/// How many live rows stand under each value and each node.
fn usage(state: &mut State, slug: &str) -> Result<Usage, Problem> {
    let mut usage = Usage::default();
    for places in placed_rows(state, slug)?.into_values() {
        let mut values: Vec<(String, String)> = Vec::new();
        let mut nodes: Vec<String> = Vec::new();
        for (cell, node) in places {
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
    Ok(usage)
}

/// Every live row placed in a framework with its places: what is stored, overlaid with what this transaction changed.
fn placed_rows(state: &mut State, slug: &str) -> Result<HashMap<String, Vec<PlacedAt>>, Problem> {
    let mut rows: HashMap<String, Vec<PlacedAt>> = HashMap::new();
    for (entry_id, cell, node) in version::placed_in(state.conn(), slug)? {
        let cell = serde_json::from_str(&cell).map_err(Problem::internal)?;
        rows.entry(entry_id).or_default().push((cell, node));
    }
    for current in state.changed() {
        let id = current.id.to_string();
        rows.remove(&id);
        let Some(standard) = current.content.as_ref().and_then(|content| content.standard()) else {
            continue;
        };
        let places = places_in(standard, slug);
        if !current.withdrawn && !places.is_empty() {
            rows.insert(id, places);
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
