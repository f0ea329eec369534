//! Finding the cell and the node that people mean, by ids or titles.
//!
//! A place names one value on every axis. A node implies the value it hangs under, which then need not be named. What
//! is retired is refused for new places, but a row keeps what it already has.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::fault::Fault;
use crate::domain::framework::content::{Axis, FrameworkContent, Labelled, Node};
use crate::domain::shape::escape;
use crate::domain::text::Text;
use crate::text;

/// A place in a framework, by ids.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResolvedPlace {
    /// One value for every axis.
    pub cell: BTreeMap<String, String>,
    pub node: Option<String>,
}

/// What is wrong with a placement. Its pointer starts at the placement: `/cell`, `/cell/<axis>` or `/node`.
pub type PlaceFault = Fault;

/// How many choices a message names before it stops.
const CHOICES_SHOWN: usize = 12;

impl FrameworkContent {
    /// Resolves a new place.
    pub fn resolve_cell(
        &self,
        cell: &BTreeMap<String, String>,
        node: Option<&str>,
    ) -> Result<ResolvedPlace, Vec<PlaceFault>> {
        self.resolve_place(cell, node, &[])
    }

    /// Resolves a place of a row that stands in the `kept` places of this framework already.
    pub fn resolve_place(
        &self,
        cell: &BTreeMap<String, String>,
        node: Option<&str>,
        kept: &[ResolvedPlace],
    ) -> Result<ResolvedPlace, Vec<PlaceFault>> {
        let mut search = Search {
            framework: self,
            kept,
            place: ResolvedPlace::default(),
            named: BTreeSet::new(),
            faults: Vec::new(),
        };
        for (axis, value) in cell {
            search.name_value(axis, value);
        }
        if let Some(words) = node {
            search.name_node(words);
        }
        search.require_every_axis();
        if search.faults.is_empty() {
            Ok(search.place)
        } else {
            Err(search.faults)
        }
    }
}

/// A place in the making.
struct Search<'s> {
    framework: &'s FrameworkContent,
    kept: &'s [ResolvedPlace],
    place: ResolvedPlace,
    /// Axes that were named, be it with a faulty value.
    named: BTreeSet<&'s str>,
    faults: Vec<PlaceFault>,
}

impl<'s> Search<'s> {
    fn name_value(&mut self, axis_words: &str, value_words: &str) {
        let pointer = format!("/cell/{}", escape(axis_words));
        let axes = &self.framework.axes;
        let axis = match meant(axes, axis_words).as_slice() {
            [axis] => *axis,
            [] => {
                let expected = choices(axes);
                return self.fault(
                    pointer,
                    "unknown_axis",
                    text!(
                        "没有维度「{axis_words}」；可用：{expected}",
                        "there is no axis \"{axis_words}\"; expected one of: {expected}"
                    ),
                );
            }
            several => return self.ambiguous(pointer, axis_words, &choices(several.iter().copied())),
        };
        if !self.named.insert(&axis.id) {
            let id = &axis.id;
            return self.fault(
                pointer,
                "axis_twice",
                text!("维度「{id}」出现两次", "axis \"{id}\" is named twice"),
            );
        }
        let values = meant(&axis.values, value_words);
        // Where a new value took over a retired one's title, the new one is meant.
        let current: Vec<_> = values.iter().copied().filter(|value| !value.retired).collect();
        match (values.as_slice(), current.as_slice()) {
            ([value], _) | (_, [value]) => {
                self.set_value(pointer, axis, &value.id);
            }
            ([], _) => {
                let id = &axis.id;
                let expected = choices(axis.values.iter().filter(|value| !value.retired));
                self.fault(
                    pointer,
                    "unknown_value",
                    text!(
                        "维度「{id}」没有取值「{value_words}」；可用：{expected}",
                        "axis \"{id}\" has no value \"{value_words}\"; expected one of: {expected}"
                    ),
                );
            }
            (several, _) => self.ambiguous(pointer, value_words, &choices(several.iter().copied())),
        }
    }

    fn set_value(&mut self, pointer: String, axis: &Axis, value: &str) {
        let retired = axis.value(value).is_some_and(|value| value.retired);
        let kept = || {
            self.kept
                .iter()
                .any(|place| place.cell.get(&axis.id).is_some_and(|had| had == value))
        };
        if retired && !kept() {
            let expected = choices(axis.values.iter().filter(|value| !value.retired));
            self.fault(
                pointer,
                "retired",
                text!(
                    "取值「{value}」已停用；可用：{expected}",
                    "value \"{value}\" is retired; expected one of: {expected}"
                ),
            );
        }
        self.place.cell.insert(axis.id.clone(), value.to_owned());
    }

    fn name_node(&mut self, words: &str) {
        let framework = self.framework;
        let pointer = "/node".to_owned();
        let nodes = meant(&framework.nodes, words);
        if nodes.is_empty() {
            let expected = choices(framework.nodes.iter().filter(|node| self.lies_here(node)));
            return self.fault(
                pointer,
                "unknown_node",
                text!(
                    "没有节点「{words}」；可用：{expected}",
                    "there is no node \"{words}\"; expected one of: {expected}"
                ),
            );
        }
        let here: Vec<&Node> = nodes
            .iter()
            .copied()
            .filter(|node| self.lies_here(node))
            .collect();
        let current: Vec<&Node> = here
            .iter()
            .copied()
            .filter(|node| !framework.is_retired(node))
            .collect();
        match (here.as_slice(), current.as_slice()) {
            ([node], _) | (_, [node]) => self.set_node(pointer, node),
            ([], _) => self.contradicts(pointer, words, &nodes),
            (several, _) => self.ambiguous(pointer, words, &choices(several.iter().copied())),
        }
    }

    fn set_node(&mut self, pointer: String, node: &Node) {
        let kept = || {
            self.kept
                .iter()
                .any(|place| place.node.as_ref() == Some(&node.id))
        };
        if self.framework.is_retired(node) && !kept() {
            let id = &node.id;
            self.fault(
                pointer.clone(),
                "retired",
                text!("节点「{id}」已停用", "node \"{id}\" is retired"),
            );
        }
        self.place.node = Some(node.id.clone());
        let framework = self.framework;
        let implied = framework.hangs_under(node);
        if let Some((axis, value)) = implied.and_then(|(axis, value)| Some((framework.axis(axis)?, value)))
            && self.named.insert(&axis.id)
        {
            self.set_value(pointer, axis, value);
        }
    }

    /// Whether a node hangs under the values named so far.
    fn lies_here(&self, node: &Node) -> bool {
        self.framework
            .hangs_under(node)
            .is_none_or(|(axis, value)| self.place.cell.get(axis).is_none_or(|named| named == value))
    }

    fn contradicts(&mut self, pointer: String, words: &str, nodes: &[&Node]) {
        let under = nodes.iter().filter_map(|node| self.framework.hangs_under(node));
        let under: Vec<_> = under.map(|(axis, value)| format!("{axis}:{value}")).collect();
        let under = under.join(", ");
        self.fault(
            pointer,
            "contradictory",
            text!(
                "节点「{words}」属于 {under}，与 cell 不符",
                "node \"{words}\" hangs under {under}, which the cell contradicts"
            ),
        );
    }

    fn require_every_axis(&mut self) {
        let framework = self.framework;
        for axis in &framework.axes {
            let id = &axis.id;
            if self.named.contains(id.as_str()) {
                continue;
            }
            let expected = choices(axis.values.iter().filter(|value| !value.retired));
            self.fault(
                "/cell".to_owned(),
                "missing_axis",
                text!(
                    "须指明维度「{id}」的取值：{expected}",
                    "a value on axis \"{id}\" is needed: {expected}"
                ),
            );
        }
    }

    fn ambiguous(&mut self, pointer: String, words: &str, candidates: &str) {
        self.fault(
            pointer,
            "ambiguous",
            text!(
                "「{words}」不止一个，请用标识：{candidates}",
                "\"{words}\" names several, write an id: {candidates}"
            ),
        );
    }

    fn fault(&mut self, pointer: String, code: &'static str, detail: Text) {
        self.faults.push(Fault {
            pointer,
            code,
            detail,
        });
    }
}

impl FrameworkContent {
    /// A node is retired with any node above it.
    fn is_retired(&self, node: &Node) -> bool {
        self.lineage(node).any(|node| node.retired)
    }
}

/// What people mean by some words: the one with this id, else all with this title.
fn meant<'i, T: Labelled>(items: &'i [T], words: &str) -> Vec<&'i T> {
    let words = words.trim();
    if let Some(item) = items.iter().find(|item| item.id() == words) {
        return vec![item];
    }
    items.iter().filter(|item| item.is_titled(words)).collect()
}

/// `opportunity (机会均等), process (过程均等), …`: the first few choices.
fn choices<'i, T: Labelled + 'i>(items: impl IntoIterator<Item = &'i T>) -> String {
    let mut items = items.into_iter();
    let mut shown: Vec<String> = items.by_ref().take(CHOICES_SHOWN).map(choice).collect();
    if items.next().is_some() {
        shown.push("…".to_owned());
    }
    shown.join(", ")
}

fn choice<T: Labelled>(item: &T) -> String {
    let (id, title) = (item.id(), item.title());
    if id == title {
        id.to_owned()
    } else {
        format!("{id} ({title})")
    }
}
