//! The content of a framework in normal form, and finding one's way in it.
//!
//! Normal form: what is unset is absent, every `order` is written (by default the place in the list, from 1), axes,
//! values and nodes stand by order and then id, and only root nodes carry a cell, which their descendants inherit.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How many generations of nodes may hang under an axis value.
pub const MAX_GENERATIONS: usize = 10;

/// What a framework says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = FrameworkContent)]
pub struct FrameworkContent {
    /// Names the framework in addresses and placements, for ever: lower-case letters, digits and `-`.
    #[schema(example = "qingdao", pattern = "^[a-z0-9][a-z0-9-]{0,62}[a-z0-9]$")]
    pub slug: String,
    #[schema(example = "青岛市基本公共服务标准体系框架")]
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title_en: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "试行 2022")]
    pub edition: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who issued it, the leading body first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issuers: Vec<String>,
    /// The first day of its trial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub trial_from: Option<NaiveDate>,
    /// The last day of its trial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub trial_to: Option<NaiveDate>,
    /// A cell is one value on each of these.
    pub axes: Vec<Axis>,
    /// The tree below the axis values, as a list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<Node>,
    /// The slug or id of the framework this one takes the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
}

/// One way in which a framework divides its standards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = FrameworkAxis)]
pub struct Axis {
    /// Never changes and never means anything else.
    #[schema(example = "subsystem")]
    pub id: String,
    #[schema(example = "子体系")]
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title_en: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub order: u32,
    pub values: Vec<AxisValue>,
}

/// One value of an axis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = FrameworkAxisValue)]
pub struct AxisValue {
    /// Never changes and never means anything else.
    #[schema(example = "幼有善育")]
    pub id: String,
    #[schema(example = "幼有善育")]
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title_en: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub order: u32,
    /// No longer given out; rows that have it keep it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retired: bool,
}

/// One node of the tree below the axis values: an element (要素) or a service (服务项目).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = FrameworkNode)]
pub struct Node {
    /// Never changes and never means anything else.
    #[schema(example = "优孕优生服务")]
    pub id: String,
    #[schema(example = "优孕优生服务")]
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title_en: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub order: u32,
    /// No longer given out, nor anything below it; rows that have it keep it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retired: bool,
    /// The node above; absent for a root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The one axis value a root hangs under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = json!({"subsystem": "幼有善育"}))]
    pub cell: Option<BTreeMap<String, String>>,
}

/// What axes, values and nodes have in common: an id for machines, titles for people, a place in the order.
pub trait Labelled {
    fn id(&self) -> &str;
    fn title(&self) -> &str;
    fn title_en(&self) -> Option<&str>;
    fn order(&self) -> u32;

    /// Whether people who write `words` mean this by its title in either language.
    fn is_titled(&self, words: &str) -> bool {
        self.title() == words
            || self
                .title_en()
                .is_some_and(|title| title.eq_ignore_ascii_case(words))
    }
}

macro_rules! labelled {
    ($($type:ty),+) => {
        $(impl Labelled for $type {
            fn id(&self) -> &str { &self.id }
            fn title(&self) -> &str { &self.title }
            fn title_en(&self) -> Option<&str> { self.title_en.as_deref() }
            fn order(&self) -> u32 { self.order }
        })+
    };
}

labelled!(Axis, AxisValue, Node);

impl FrameworkContent {
    pub fn axis(&self, id: &str) -> Option<&Axis> {
        self.axes.iter().find(|axis| axis.id == id)
    }

    pub fn node(&self, id: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id == id)
    }

    /// A node, the one above it, and so on up to the root.
    pub fn lineage<'c>(&'c self, node: &'c Node) -> impl Iterator<Item = &'c Node> {
        std::iter::successors(Some(node), |node| self.node(node.parent.as_deref()?)).take(MAX_GENERATIONS)
    }

    /// Nodes with all below them.
    pub fn with_below(&self, nodes: &[String]) -> Vec<String> {
        let below = |node: &&Node| self.lineage(node).any(|above| nodes.contains(&above.id));
        let found = self.nodes.iter().filter(below);
        found.map(|node| node.id.clone()).collect()
    }

    /// The axis value a node hangs under, by its root.
    pub fn hangs_under<'c>(&'c self, node: &'c Node) -> Option<(&'c str, &'c str)> {
        let root = self.lineage(node).last()?;
        let (axis, value) = root.cell.as_ref()?.first_key_value()?;
        Some((axis, value))
    }
}

impl Axis {
    pub fn value(&self, id: &str) -> Option<&AxisValue> {
        self.values.iter().find(|value| value.id == id)
    }
}
