//! The rules of a standard that need the registry's state: its places in frameworks and what its relations name.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::domain::division::Divisions;
use crate::domain::draft;
use crate::domain::fault::Faults;
use crate::domain::framework::{FrameworkContent, ResolvedPlace};
use crate::domain::problem::{Problem, ProblemType};
use crate::domain::standard::{Placement, StandardContent, Target};
use crate::domain::vocabulary::Kind;
use crate::registry::sealed::{Content, Sealed};
use crate::registry::state::{Current, Key, State};
use crate::text;

/// Resolves titles to ids in every placement and checks them, and that entries named by id exist.
/// The content comes back resealed only if something was resolved.
pub fn settle(
    state: &mut State,
    owner: &str,
    sealed: &Arc<Sealed>,
    standard: &StandardContent,
    before: Option<&Sealed>,
) -> Result<Arc<Sealed>, Problem> {
    let mut faults = Faults::default();
    let placements = settle_placements(state, owner, standard, before, &mut faults)?;
    check_targets(state, standard, &mut faults)?;
    if !faults.is_empty() {
        return Err(Problem::invalid(faults));
    }
    if placements == standard.placements {
        return Ok(Arc::clone(sealed));
    }
    let settled = StandardContent {
        placements,
        ..standard.clone()
    };
    Sealed::new(Content::Standard(Box::new(settled))).map(Arc::new)
}

/// The content with one framework's placements set to others; those in other frameworks stay.
pub fn with_placements(
    state: &mut State,
    base: &Arc<Sealed>,
    framework: &str,
    placements: &[Value],
) -> Result<Arc<Sealed>, Problem> {
    let found = find_framework(state, framework)?;
    let Some(slug) = found
        .as_ref()
        .and_then(opened)
        .map(|content| content.slug.clone())
    else {
        return Err(Problem::new(
            ProblemType::NotFound,
            text!("没有此标准体系框架", "no such framework"),
        ));
    };
    let mut faults = Faults::default();
    let mut set: Vec<Value> = Vec::with_capacity(placements.len());
    for (index, placement) in placements.iter().enumerate() {
        set.push(placement_in(&slug, framework, placement, index, &mut faults));
    }
    let value = base.value()?;
    let others = value
        .get("placements")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let others = others.filter(|placement| placement.get("framework") != Some(&json!(slug)));
    let all: Vec<Value> = others.cloned().chain(set).collect();
    let value = draft::merge(&value, &json!({ "placements": all }));
    let content = Content::read(Kind::Standard, &value, "/content", &mut faults);
    match content {
        Some(content) if faults.is_empty() => Sealed::new(content).map(Arc::new),
        _ => Err(Problem::invalid(faults)),
    }
}

/// A placement under a framework's own path: it may leave the framework out, but not name another.
fn placement_in(slug: &str, named: &str, placement: &Value, index: usize, faults: &mut Faults) -> Value {
    let mut placement = placement.clone();
    if let Value::Object(members) = &mut placement {
        let given = members.get("framework").and_then(Value::as_str);
        if given.is_some_and(|given| given != slug && given != named) {
            faults.push(
                format!("/placements/{index}/framework"),
                "contradiction",
                text!(
                    "此处只能归入框架 {slug}",
                    "only placements in the framework {slug} belong here"
                ),
            );
        }
        members.insert("framework".to_owned(), slug.into());
    }
    placement
}

fn settle_placements(
    state: &mut State,
    owner: &str,
    standard: &StandardContent,
    before: Option<&Sealed>,
    faults: &mut Faults,
) -> Result<Vec<Placement>, Problem> {
    let mut frameworks: HashMap<&str, Option<Current>> = HashMap::new();
    let mut settled = Vec::with_capacity(standard.placements.len());
    for (index, placement) in standard.placements.iter().enumerate() {
        let pointer = format!("/content/placements/{index}");
        let named = placement.framework.as_str();
        if !frameworks.contains_key(named) {
            frameworks.insert(named, find_framework(state, named)?);
        }
        let framework = frameworks.get(named).and_then(Option::as_ref);
        settled.extend(settle_placement(
            owner, placement, framework, before, &pointer, faults,
        ));
    }
    settled.sort();
    settled.dedup();
    Ok(settled)
}

fn settle_placement(
    owner: &str,
    placement: &Placement,
    framework: Option<&Current>,
    before: Option<&Sealed>,
    pointer: &str,
    faults: &mut Faults,
) -> Option<Placement> {
    let named = &placement.framework;
    let Some(content) = framework.and_then(opened) else {
        faults.push(
            format!("{pointer}/framework"),
            "unknown_framework",
            text!(
                "没有标准体系框架「{named}」；见 GET /v1/frameworks",
                "there is no framework \"{named}\"; see GET /v1/frameworks"
            ),
        );
        return None;
    };
    let slug = &content.slug;
    let framework_owner = framework.map_or("", |framework| framework.owner.as_str());
    if !Divisions::built_in().reaches(framework_owner, owner) {
        faults.push(
            format!("{pointer}/framework"),
            "framework_out_of_reach",
            text!(
                "框架 {slug} 属于 {framework_owner}，只有其所辖行政区划可以归入",
                "the framework {slug} belongs to {framework_owner}; only divisions below it may place rows in it"
            ),
        );
        return None;
    }
    match content.resolve_place(
        &placement.cell,
        placement.node.as_deref(),
        &places_before(before, slug),
    ) {
        Ok(ResolvedPlace { cell, node }) => Some(Placement {
            framework: slug.clone(),
            cell,
            node,
            ..placement.clone()
        }),
        Err(wrong) => {
            for fault in wrong {
                faults.push(format!("{pointer}{}", fault.pointer), fault.code, fault.detail);
            }
            None
        }
    }
}

/// Where the row stood before: it may stay under what has been retired since.
fn places_before(before: Option<&Sealed>, slug: &str) -> Vec<ResolvedPlace> {
    let Some(standard) = before.and_then(Sealed::standard) else {
        return Vec::new();
    };
    let placements = standard
        .placements
        .iter()
        .filter(|placement| placement.framework == slug);
    placements
        .map(|placement| ResolvedPlace {
            cell: placement.cell.clone(),
            node: placement.node.clone(),
        })
        .collect()
}

/// A framework by its id or slug, unless it has been withdrawn. Found by key: a batch asks once for every placement.
fn find_framework(state: &mut State, named: &str) -> Result<Option<Current>, Problem> {
    let live = |current: &Current| current.kind == Kind::Framework && !current.withdrawn;
    if let Ok(id) = Uuid::parse_str(named)
        && let Some(framework) = state.entry(id)?.filter(live)
    {
        return Ok(Some(framework));
    }
    match state.bearer(&Key::Slug(named.to_owned()))? {
        Some(id) => Ok(state.entry(id)?.filter(live)),
        None => Ok(None),
    }
}

fn opened(framework: &Current) -> Option<&FrameworkContent> {
    framework.content.as_ref()?.framework()
}

/// A number may name what is yet to be registered; an id names an entry and must exist.
fn check_targets(state: &mut State, standard: &StandardContent, faults: &mut Faults) -> Result<(), Problem> {
    for (index, relation) in standard.relations.iter().enumerate() {
        let Target::Id(id) = &relation.target else {
            continue;
        };
        if state.entry(*id)?.is_none() {
            faults.push(
                format!("/content/relations/{index}/target/id"),
                "unknown_entry",
                text!("没有条目 {id}", "there is no entry {id}"),
            );
        }
    }
    Ok(())
}
