//! Whether a list of nodes is a tree, each branch of it under one axis value.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use crate::domain::fault::Faults;
use crate::domain::framework::content::{Axis, MAX_GENERATIONS, Node};
use crate::domain::framework::read::Written;
use crate::domain::shape::escape;
use crate::text;

type Cell = BTreeMap<String, String>;

/// A node on the way down from a root.
struct Visit<'n> {
    node: &'n Written<Node>,
    generation: usize,
    /// The cell its root names, unless the root is faulty itself.
    inherited: Option<&'n Cell>,
}

/// Walks the nodes from their roots downwards; whatever is never reached runs in a circle.
pub(super) fn check(nodes: &[Written<Node>], axes: &[Axis], faults: &mut Faults) {
    let ids: HashSet<&str> = nodes.iter().map(|node| node.item.id.as_str()).collect();
    let mut children: HashMap<&str, Vec<&Written<Node>>> = HashMap::new();
    let mut queue = VecDeque::new();
    for node in nodes {
        let inherited = match node.item.parent.as_deref() {
            Some(parent) if ids.contains(parent) => {
                children.entry(parent).or_default().push(node);
                continue;
            }
            Some(parent) => {
                faults.push(
                    format!("{}/parent", node.pointer),
                    "unknown_parent",
                    text!("没有节点「{parent}」", "there is no node \"{parent}\""),
                );
                None
            }
            None => root_cell(node, axes, faults),
        };
        queue.push_back(Visit {
            node,
            generation: 1,
            inherited,
        });
    }
    let mut reached = HashSet::new();
    while let Some(visit) = queue.pop_front() {
        let Written { pointer, item } = visit.node;
        reached.insert(pointer.as_str());
        check_generation(&visit, faults);
        check_inheritance(&visit, faults);
        for node in children.remove(item.id.as_str()).unwrap_or_default() {
            queue.push_back(Visit {
                node,
                generation: visit.generation + 1,
                inherited: visit.inherited,
            });
        }
    }
    for Written { pointer, .. } in nodes
        .iter()
        .filter(|node| !reached.contains(node.pointer.as_str()))
    {
        faults.push(
            format!("{pointer}/parent"),
            "cyclic",
            text!(
                "上级节点首尾相接，没有根",
                "the nodes above it run in a circle and have no root"
            ),
        );
    }
}

/// The cell of a root, which must be one value on one axis.
fn root_cell<'n>(node: &'n Written<Node>, axes: &[Axis], faults: &mut Faults) -> Option<&'n Cell> {
    let pointer = format!("{}/cell", node.pointer);
    let Some(cell) = &node.item.cell else {
        faults.push(
            pointer,
            "required",
            text!(
                "没有上级的节点须指明所属取值，如 {{\"轴\": \"取值\"}}",
                "a node without a parent must name the axis value it hangs under: {{\"axis\": \"value\"}}"
            ),
        );
        return None;
    };
    if cell.len() != 1 {
        faults.push(
            pointer.as_str(),
            "not_one_axis_value",
            text!(
                "应恰为一个维度的一个取值",
                "must be exactly one value on one axis"
            ),
        );
        return None;
    }
    let (axis_id, value) = cell.first_key_value()?;
    let Some(axis) = axes.iter().find(|axis| axis.id == *axis_id) else {
        faults.push(
            format!("{pointer}/{}", escape(axis_id)),
            "unknown_axis",
            text!("没有维度「{axis_id}」", "there is no axis \"{axis_id}\""),
        );
        return None;
    };
    if axis.value(value).is_none() {
        faults.push(
            format!("{pointer}/{}", escape(axis_id)),
            "unknown_value",
            text!(
                "维度「{axis_id}」没有取值「{value}」",
                "axis \"{axis_id}\" has no value \"{value}\""
            ),
        );
        return None;
    }
    Some(cell)
}

/// Names the first node of a branch that is too deep, not all below it.
fn check_generation(visit: &Visit, faults: &mut Faults) {
    if visit.generation == MAX_GENERATIONS + 1 {
        faults.push(
            format!("{}/parent", visit.node.pointer),
            "too_deep",
            text!(
                "节点最多 {MAX_GENERATIONS} 层",
                "nodes may be {MAX_GENERATIONS} generations deep at most"
            ),
        );
    }
}

/// A child may repeat the axis value of its root, but not contradict it.
fn check_inheritance(visit: &Visit, faults: &mut Faults) {
    let (Some(inherited), Some(own)) = (visit.inherited, &visit.node.item.cell) else {
        return;
    };
    if own == inherited {
        return;
    }
    let root: Vec<_> = inherited
        .iter()
        .map(|(axis, value)| format!("{axis}:{value}"))
        .collect();
    let root = root.join(", ");
    faults.push(
        format!("{}/cell", visit.node.pointer),
        "contradicts_parent",
        text!("上级节点属于 {root}", "the node above hangs under {root}"),
    );
}
