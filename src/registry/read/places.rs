//! Places as people name them in a filter: titles become the ids that rows hold.

use std::collections::BTreeMap;

use crate::domain::framework::FrameworkContent;
use crate::domain::framework::content::Labelled;
use crate::domain::problem::{Problem, ProblemType};
use crate::domain::vocabulary::Kind;
use crate::registry::moment::Moment;
use crate::registry::read::filter::{Filter, Filters, Place};
use crate::registry::read::history::{self, Name};
use crate::registry::stored::{ContentCache, as_hash, open_contents};
use crate::store::pool::Snapshot;

/// Puts ids where a filter names axes, values or nodes by title. What a framework does not know stays as it is and
/// finds nothing.
pub fn settle(
    filters: &mut Filters,
    snapshot: &mut Snapshot,
    cache: &ContentCache,
    moment: &Moment,
) -> Result<(), Problem> {
    for filter in &mut filters.all {
        let Filter::Placed(place) = filter else {
            continue;
        };
        let name = Name::Slug(place.framework.clone());
        let version = match history::version_at(snapshot, Kind::Framework, &name, moment.at) {
            Ok(version) => version,
            Err(problem) if problem.kind == ProblemType::NotFound => continue,
            Err(problem) => return Err(problem),
        };
        let contents = open_contents(snapshot.conn, cache, std::slice::from_ref(&version))?;
        let sealed = contents.get(&as_hash(&version.content_sha256)?);
        if let Some(framework) = sealed.and_then(|sealed| sealed.framework()) {
            settle_place(place, framework);
        }
    }
    Ok(())
}

fn settle_place(place: &mut Place, framework: &FrameworkContent) {
    let mut cell: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (words, values) in std::mem::take(&mut place.cell) {
        let axis_id = ids(&framework.axes, &words).into_iter().next().unwrap_or(words);
        let axis_values = framework.axis(&axis_id).map(|axis| axis.values.as_slice());
        let meant = values
            .iter()
            .flat_map(|value| ids(axis_values.unwrap_or_default(), value));
        cell.entry(axis_id).or_default().extend(meant);
    }
    place.cell = cell;
    let nodes = std::mem::take(&mut place.nodes);
    place.nodes = nodes
        .iter()
        .flat_map(|node| ids(&framework.nodes, node))
        .collect();
}

/// The ids meant by some words: the one that reads so, else all of that title, else the words themselves.
fn ids<T: Labelled>(items: &[T], words: &str) -> Vec<String> {
    let is_id = items.iter().any(|item| item.id() == words);
    let titled = items.iter().filter(|item| item.is_titled(words));
    let titled: Vec<String> = titled.map(|item| item.id().to_owned()).collect();
    if is_id || titled.is_empty() {
        vec![words.to_owned()]
    } else {
        titled
    }
}
