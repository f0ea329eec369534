//! Places as people name them in a filter: titles become the ids that rows hold, and what no framework knows is refused.

use std::collections::BTreeMap;
use std::sync::Arc;

use uuid::Uuid;

use crate::domain::fault::Faults;
use crate::domain::framework::FrameworkContent;
use crate::domain::framework::content::Labelled;
use crate::domain::framework::nearest::{nearest, nearest_ids};
use crate::domain::problem::{Problem, ProblemType};
use crate::domain::text::Text;
use crate::domain::vocabulary::Kind;
use crate::registry::moment::Moment;
use crate::registry::read::At;
use crate::registry::read::filter::{Filter, Filters, Place};
use crate::registry::read::frameworks;
use crate::registry::read::history::{self, Name};
use crate::registry::read::list::{DEFAULT_AXES, DEFAULT_FRAMEWORK};
use crate::registry::sealed::Sealed;
use crate::registry::stored::{ContentCache, as_hash, open_contents};
use crate::store::pool::Snapshot;
use crate::store::version;
use crate::text;

/// How many choices a message names before it stops.
const CHOICES_SHOWN: usize = 12;

/// Puts ids where a filter names axes, values or nodes by title. What the framework knows neither at the moment nor
/// today is refused: a slip must not read as "nothing stands there".
pub fn settle(
    filters: &mut Filters,
    snapshot: &mut Snapshot,
    cache: &ContentCache,
    moment: &Moment,
) -> Result<(), Problem> {
    let mut faults = Faults::default();
    for filter in &mut filters.all {
        let Filter::Placed(place) = filter else {
            continue;
        };
        // What it knew when it was erased is not known any more: the words stay as they are.
        let Some(known) = editions(snapshot, cache, &place.framework, moment.at)? else {
            continue;
        };
        let frameworks: Vec<&FrameworkContent> =
            known.iter().filter_map(|sealed| sealed.framework()).collect();
        if frameworks.is_empty() {
            refuse_framework(&place.framework, snapshot, &mut faults)?;
        } else {
            settle_place(place, &frameworks, &mut faults);
        }
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Problem::parameters(faults))
    }
}

/// The framework that a parameter names by slug or id, at a moment.
pub fn framework(
    snapshot: &mut Snapshot,
    cache: &ContentCache,
    words: &str,
    moment: &Moment,
) -> Result<FrameworkContent, Problem> {
    let name = match Uuid::parse_str(words) {
        Ok(id) => Name::Id(id),
        Err(_) => Name::Slug(words.to_owned()),
    };
    match history::version_at(snapshot, Kind::Framework, &name, moment.at) {
        Ok(version) => frameworks::open(snapshot, cache, &version),
        Err(problem) if problem.kind == ProblemType::NotFound => {
            let mut faults = Faults::default();
            refuse_framework(words, snapshot, &mut faults)?;
            Err(Problem::parameters(faults))
        }
        Err(problem) => Err(problem),
    }
}

/// A framework as it is at a moment and as it is today; nothing where either was erased.
fn editions(
    snapshot: &mut Snapshot,
    cache: &ContentCache,
    slug: &str,
    at: At,
) -> Result<Option<Vec<Arc<Sealed>>>, Problem> {
    let name = Name::Slug(slug.to_owned());
    let mut known = Vec::new();
    let moments: &[At] = if at == At::Head { &[at] } else { &[at, At::Head] };
    for at in moments.iter().copied() {
        let version = match history::version_at(snapshot, Kind::Framework, &name, at) {
            Ok(version) => version,
            Err(problem) if problem.kind == ProblemType::NotFound => continue,
            Err(problem) => return Err(problem),
        };
        let contents = open_contents(snapshot.conn, cache, std::slice::from_ref(&version))?;
        match contents.get(&as_hash(&version.content_sha256)?) {
            Some(sealed) => known.push(Arc::clone(sealed)),
            None => return Ok(None),
        }
    }
    Ok(Some(known))
}

fn refuse_framework(slug: &str, snapshot: &mut Snapshot, faults: &mut Faults) -> Result<(), Problem> {
    let versions = version::frameworks(snapshot.conn)?;
    let slugs: Vec<&str> = versions
        .iter()
        .filter_map(|version| version.slug.as_deref())
        .collect();
    if slugs.contains(&slug) {
        faults.push(
            "?as_of",
            "not_registered_yet",
            text!(
                "框架「{slug}」其时尚未登记",
                "the framework \"{slug}\" was not registered by then"
            ),
        );
        return Ok(());
    }
    let known = slugs.join(", ");
    let Text { zh, en } = did_you_mean(&nearest(slugs.iter().copied(), slug));
    faults.push(
        "?framework",
        "unknown_framework",
        text!(
            "没有框架「{slug}」；{zh}可用：{known}",
            "there is no framework \"{slug}\"; {en}known: {known}"
        ),
    );
    Ok(())
}

/// Settles a place by the first of some editions of its framework that knows each term.
fn settle_place(place: &mut Place, frameworks: &[&FrameworkContent], faults: &mut Faults) {
    let Some(newest) = frameworks.last() else {
        return;
    };
    let is_default = place.framework == DEFAULT_FRAMEWORK;
    let mut cell: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (words, values) in std::mem::take(&mut place.cell) {
        let known = frameworks
            .iter()
            .find_map(|framework| ids(&framework.axes, &words));
        let Some(axis) = known.and_then(|known| known.into_iter().next()) else {
            let (expected, Text { zh, en }) = offered(&newest.axes, &words);
            faults.push(
                "?cell",
                "unknown_axis",
                text!(
                    "没有维度「{words}」；{zh}可用：{expected}",
                    "there is no axis \"{words}\"; {en}known: {expected}"
                ),
            );
            continue;
        };
        let pointer = if is_default && DEFAULT_AXES.contains(&axis.as_str()) {
            format!("?{axis}")
        } else {
            "?cell".to_owned()
        };
        for value in values {
            let axes = || frameworks.iter().filter_map(|framework| framework.axis(&axis));
            if let Some(known) = axes().find_map(|axis| ids(&axis.values, &value)) {
                cell.entry(axis.clone()).or_default().extend(known);
                continue;
            }
            let values = axes().next_back().map(|axis| axis.values.as_slice());
            let (expected, Text { zh, en }) = offered(values.unwrap_or_default(), &value);
            faults.push(
                pointer.as_str(),
                "unknown_value",
                text!(
                    "维度「{axis}」没有取值「{value}」；{zh}可用：{expected}",
                    "axis \"{axis}\" has no value \"{value}\"; {en}known: {expected}"
                ),
            );
        }
    }
    place.cell = cell;
    let mut nodes = Vec::new();
    for node in std::mem::take(&mut place.nodes) {
        if let Some(known) = frameworks
            .iter()
            .find_map(|framework| Some(framework.with_below(&ids(&framework.nodes, &node)?)))
        {
            nodes.extend(known);
            continue;
        }
        let (expected, Text { zh, en }) = offered(&newest.nodes, &node);
        faults.push(
            "?node",
            "unknown_node",
            text!(
                "没有节点「{node}」；{zh}可用：{expected}",
                "there is no node \"{node}\"; {en}known: {expected}"
            ),
        );
    }
    place.nodes = nodes;
}

/// The ids meant by some words: the one that reads so, else all of that title.
fn ids<T: Labelled>(items: &[T], words: &str) -> Option<Vec<String>> {
    if items.iter().any(|item| item.id() == words) {
        return Some(vec![words.to_owned()]);
    }
    let titled = items.iter().filter(|item| item.is_titled(words));
    let titled: Vec<String> = titled.map(|item| item.id().to_owned()).collect();
    (!titled.is_empty()).then_some(titled)
}

/// The first few ids there are, and those that may have been meant.
fn offered<T: Labelled>(items: &[T], words: &str) -> (String, Text) {
    let mut shown: Vec<&str> = items.iter().map(Labelled::id).take(CHOICES_SHOWN).collect();
    if items.len() > CHOICES_SHOWN {
        shown.push("…");
    }
    (shown.join(", "), did_you_mean(&nearest_ids(items.iter(), words)))
}

fn did_you_mean(meant: &[&str]) -> Text {
    let (zh, en) = (meant.join("、"), meant.join(", "));
    if meant.is_empty() {
        Text {
            zh: String::new(),
            en: String::new(),
        }
    } else {
        text!("是否指 {zh}？", "did you mean {en}? ")
    }
}
