//! Where a standard stands in its frameworks, as small maps.

use std::collections::BTreeMap;

use crate::domain::framework::FrameworkContent;
use crate::domain::framework::content::{Axis, Labelled};
use crate::domain::problem::Problem;
use crate::domain::standard::StandardContent;
use crate::http::explorer::address::Address;
use crate::http::explorer::facets::title;
use crate::http::explorer::frame::Frame;
use crate::http::explorer::frameworks::framework_title;
use crate::http::explorer::matrix::framework_at;
use crate::http::explorer::page::Desk;

/// The standard's places in one framework.
pub struct Placed {
    pub title: String,
    pub href: Address,
    pub places: Vec<Place>,
    pub map: Option<Map>,
}

/// One place in words.
pub struct Place {
    /// Axis and value, in the framework's order.
    pub values: Vec<(String, String)>,
    pub node: Option<String>,
    pub code: Option<String>,
}

/// Two axes as a small table; cells it stands in are filled.
pub struct Map {
    pub columns: Vec<String>,
    pub lines: Vec<MapLine>,
}

pub struct MapLine {
    pub title: String,
    pub cells: Vec<bool>,
}

/// Every framework it stands in.
pub fn of(desk: &mut Desk, content: &StandardContent) -> Result<Vec<Placed>, Problem> {
    let mut slugs: Vec<&str> = content
        .placements
        .iter()
        .map(|place| place.framework.as_str())
        .collect();
    slugs.dedup();
    let mut placed = Vec::new();
    for slug in slugs {
        let framework = framework_at(desk, slug)?;
        let here = content.placements.iter().filter(|place| place.framework == slug);
        let cells: Vec<&BTreeMap<String, String>> = here.clone().map(|place| &place.cell).collect();
        let frame = &desk.frame;
        placed.push(Placed {
            title: framework.as_ref().map_or_else(
                || slug.to_owned(),
                |framework| framework_title(frame, framework).to_owned(),
            ),
            href: frame.framework(slug),
            places: here
                .map(|place| Place {
                    values: values(frame, framework.as_ref(), &place.cell),
                    node: place
                        .node
                        .as_deref()
                        .map(|node| node_title(frame, framework.as_ref(), node)),
                    code: place.code.clone(),
                })
                .collect(),
            map: framework
                .as_ref()
                .and_then(|framework| map(frame, framework, &cells)),
        });
    }
    Ok(placed)
}

fn values(
    frame: &Frame,
    framework: Option<&FrameworkContent>,
    cell: &BTreeMap<String, String>,
) -> Vec<(String, String)> {
    let Some(framework) = framework else {
        return cell
            .iter()
            .map(|(axis, value)| (axis.clone(), value.clone()))
            .collect();
    };
    let axes = framework.axes.iter();
    axes.filter_map(|axis| {
        let id = cell.get(&axis.id)?;
        Some((title(frame, axis).to_owned(), value_title(frame, axis, id)))
    })
    .collect()
}

fn node_title(frame: &Frame, framework: Option<&FrameworkContent>, id: &str) -> String {
    let node = framework.and_then(|framework| framework.node(id));
    node.map_or_else(|| id.to_owned(), |node| title(frame, node).to_owned())
}

fn value_title(frame: &Frame, axis: &Axis, id: &str) -> String {
    let value = axis.value(id);
    value.map_or_else(|| id.to_owned(), |value| title(frame, value).to_owned())
}

fn map(frame: &Frame, framework: &FrameworkContent, cells: &[&BTreeMap<String, String>]) -> Option<Map> {
    let (down, across) = (framework.axes.first()?, framework.axes.get(1)?);
    let stands = |line: &str, column: &str| {
        cells.iter().any(|cell| {
            cell.get(&down.id).is_some_and(|value| value == line)
                && cell.get(&across.id).is_some_and(|value| value == column)
        })
    };
    Some(Map {
        columns: across
            .values
            .iter()
            .map(|value| title(frame, value).to_owned())
            .collect(),
        lines: down
            .values
            .iter()
            .map(|line| MapLine {
                title: title(frame, line).to_owned(),
                cells: across
                    .values
                    .iter()
                    .map(|column| stands(line.id(), column.id()))
                    .collect(),
            })
            .collect(),
    })
}
