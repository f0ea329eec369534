//! What a new revision of a framework may not do to the rows that stand in it.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::domain::framework::content::{Axis, FrameworkContent, Node};
use crate::domain::problem::{Problem, ProblemType};
use crate::text;

/// How many rows stand under each value and node.
#[derive(Clone, Debug, Default)]
pub struct Usage {
    /// By axis and value.
    pub values: HashMap<(String, String), u64>,
    pub nodes: HashMap<String, u64>,
}

/// Refuses a revision that renames the framework, has other axes, or takes away what is in use.
pub fn check(before: &FrameworkContent, after: &FrameworkContent, usage: &Usage) -> Result<(), Problem> {
    same_slug(before, after)?;
    same_axes(before, after)?;
    let mut lost = lost_values(before, after, usage);
    lost.extend(lost_nodes(before, after, usage));
    if lost.is_empty() {
        return Ok(());
    }
    let count = lost.len();
    let detail = text!(
        "有 {count} 个取值或节点被删除或改挂，但仍有标准归入",
        "{count} values or nodes that rows stand under were removed or moved"
    );
    Err(Problem::new(ProblemType::InUse, detail).with("usage", lost))
}

/// Placements name the framework by its slug.
fn same_slug(before: &FrameworkContent, after: &FrameworkContent) -> Result<(), Problem> {
    let (old, new) = (&before.slug, &after.slug);
    if old == new {
        return Ok(());
    }
    Err(Problem::new(
        ProblemType::Conflict,
        text!(
            "slug 一经登记不再改变：「{old}」不能改为「{new}」",
            "a slug never changes: \"{old}\" cannot become \"{new}\""
        ),
    )
    .next(text!(
        "请保留原 slug，或另行登记新的框架",
        "keep it, or register another framework"
    )))
}

/// Refused even while nothing stands in it: earlier matrices have cells on the old axes.
fn same_axes(before: &FrameworkContent, after: &FrameworkContent) -> Result<(), Problem> {
    let added = missing_from(before, &after.axes);
    let removed = missing_from(after, &before.axes);
    if added.is_empty() && removed.is_empty() {
        return Ok(());
    }
    let slug = &before.slug;
    Err(Problem::new(
        ProblemType::Conflict,
        text!(
            "维度不同即为新框架：请另行登记，并以 replaces 指明「{slug}」",
            "another set of axes is a new framework: register one that names \"{slug}\" in `replaces`"
        ),
    )
    .with("axes", json!({ "added": added, "removed": removed })))
}

fn missing_from<'a>(framework: &FrameworkContent, axes: &'a [Axis]) -> Vec<&'a str> {
    let ids = axes.iter().map(|axis| axis.id.as_str());
    ids.filter(|id| framework.axis(id).is_none()).collect()
}

fn lost_values(before: &FrameworkContent, after: &FrameworkContent, usage: &Usage) -> Vec<Value> {
    let mut lost = Vec::new();
    for axis in &before.axes {
        for value in &axis.values {
            let rows = usage
                .values
                .get(&(axis.id.clone(), value.id.clone()))
                .copied()
                .unwrap_or(0);
            let stays = after
                .axis(&axis.id)
                .is_some_and(|axis| axis.value(&value.id).is_some());
            if rows > 0 && !stays {
                lost.push(json!({ "change": "removed", "axis": axis.id, "value": value.id, "rows": rows }));
            }
        }
    }
    lost
}

/// A node that moves under another axis value is lost to its rows too: their cells would contradict it.
fn lost_nodes(before: &FrameworkContent, after: &FrameworkContent, usage: &Usage) -> Vec<Value> {
    let mut lost = Vec::new();
    for node in &before.nodes {
        let rows = usage.nodes.get(&node.id).copied().unwrap_or(0);
        if rows == 0 {
            continue;
        }
        match after.node(&node.id) {
            None => lost.push(json!({ "change": "removed", "node": node.id, "rows": rows })),
            Some(now) if !hangs_as(before, node, after, now) => {
                lost.push(json!({ "change": "moved", "node": node.id, "rows": rows }));
            }
            Some(_) => {}
        }
    }
    lost
}

fn hangs_as(before: &FrameworkContent, then: &Node, after: &FrameworkContent, now: &Node) -> bool {
    before.hangs_under(then) == after.hangs_under(now)
}
