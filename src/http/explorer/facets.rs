//! Counts beside a list, as links that narrow it.

use std::collections::BTreeMap;

use crate::domain::framework::FrameworkContent;
use crate::domain::framework::content::Labelled;
use crate::domain::text::Language;
use crate::http::explorer::address::Address;
use crate::http::explorer::fields;
use crate::http::explorer::frame::{Frame, LANGUAGE, TIME};
use crate::registry::read::filter::Column;
use crate::registry::read::list::{Facet, FacetCount};

/// What is counted, in the order people narrow by.
pub const COUNTED: [Facet; 7] = [
    Facet::Validity,
    Facet::Axis(0),
    Facet::Axis(1),
    Facet::Column(Column::Owner),
    Facet::Column(Column::Level),
    Facet::Column(Column::Origin),
    Facet::Column(Column::Supply),
];

/// Parameters of pages that narrow nothing.
const HOW_SHOWN: [&str; 11] = [
    LANGUAGE, "q", "sort", "cursor", "before", "from", "to", "by", "down", "across", "side",
];

/// How many values of a facet are shown at once; the rest unfolds.
const SHOWN: usize = 10;

pub struct FacetGroup {
    pub label: String,
    pub choices: Vec<Choice>,
    pub more: Vec<Choice>,
}

/// A value that can be chosen or left.
#[derive(Clone)]
pub struct Choice {
    pub label: String,
    pub count: i64,
    pub href: Address,
    pub chosen: bool,
}

/// One condition of the list, with the way to drop it.
pub struct Condition {
    pub label: String,
    pub value: String,
    pub without: Address,
}

/// Facets as links, each with its counts.
pub fn groups(
    frame: &Frame,
    counts: &BTreeMap<String, Vec<FacetCount>>,
    framework: Option<&FrameworkContent>,
) -> Vec<FacetGroup> {
    let elsewhere = frame
        .here
        .first("framework")
        .is_some_and(|slug| framework.is_none_or(|framework| framework.slug != slug));
    let mut groups = Vec::new();
    for facet in COUNTED {
        // The axes counted are those of the default framework.
        if elsewhere && matches!(facet, Facet::Axis(_)) {
            continue;
        }
        let name = facet.name();
        let choices: Vec<Choice> = ordered(
            frame,
            name,
            counts.get(name).map_or(&[], Vec::as_slice),
            framework,
        )
        .collect();
        if choices.is_empty() {
            continue;
        }
        let (shown, more) = choices.split_at(choices.len().min(SHOWN));
        groups.push(FacetGroup {
            label: name_of(frame, name),
            choices: shown.to_vec(),
            more: more.to_vec(),
        });
    }
    groups
}

fn ordered<'c>(
    frame: &'c Frame,
    name: &'c str,
    counts: &'c [FacetCount],
    framework: Option<&'c FrameworkContent>,
) -> impl Iterator<Item = Choice> + 'c {
    counts.iter().map(move |counted| {
        let chosen = frame.here.has(name, &counted.value);
        let first_page = frame.here.clone().without(&["cursor"]);
        Choice {
            label: value_of(frame, name, &counted.value, framework),
            count: counted.count,
            href: if chosen {
                first_page.less(name, &counted.value)
            } else {
                first_page.plus(name, &counted.value)
            },
            chosen,
        }
    })
}

/// What the list is narrowed by.
pub fn conditions(frame: &Frame, framework: Option<&FrameworkContent>) -> Vec<Condition> {
    let asked = frame.here.pairs().iter().filter(|(name, _)| is_condition(name));
    let conditions = asked.map(|(name, value)| Condition {
        label: name_of(frame, name),
        value: value_of(frame, name, value, framework),
        without: frame.here.clone().without(&["cursor"]).less(name, value),
    });
    conditions.collect()
}

/// Whether a parameter narrows the list, rather than saying how it is shown.
pub fn is_condition(name: &str) -> bool {
    !HOW_SHOWN.contains(&name) && !TIME.contains(&name)
}

fn name_of(frame: &Frame, name: &str) -> String {
    let named = match name {
        "validity" => Some(("有效性", "Validity")),
        "subsystem" => Some(("子体系", "Subsystem")),
        "dimension" => Some(("均等化维度", "Dimension")),
        "owner_exact" => Some(("仅此目录", "Exactly this catalogue")),
        "framework" => Some(("框架", "Framework")),
        "node" => Some(("节点", "Node")),
        "withdrawn" => Some(("移出目录", "Withdrawn")),
        _ => None,
    };
    named.map_or_else(
        || fields::label(frame.language, name),
        |(zh, en)| frame.t(zh, en).to_owned(),
    )
}

fn value_of(frame: &Frame, name: &str, value: &str, framework: Option<&FrameworkContent>) -> String {
    match name {
        "subsystem" | "dimension" => {
            let axis = framework.and_then(|framework| framework.axis(name));
            let value_there = axis.and_then(|axis| axis.value(value));
            value_there.map_or_else(|| value.to_owned(), |there| title(frame, there).to_owned())
        }
        "owner_exact" => frame.division(value),
        _ => fields::value(frame.language, name, &value.into()),
    }
}

/// The title of a part of a framework in the page's language.
pub fn title<'l>(frame: &Frame, item: &'l impl Labelled) -> &'l str {
    match (frame.language, item.title_en()) {
        (Language::English, Some(title)) => title,
        _ => item.title(),
    }
}
