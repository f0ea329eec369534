//! Checking a list of cited numbers: which are registered, which have changed, which say nothing.

use serde::Serialize;

use crate::domain::number::{self, NumberProblem, Reference, StandardNumber};
use crate::domain::problem::Problem;
use crate::domain::text::Language;
use crate::domain::vocabulary::{Extent, Validity};
use crate::registry::moment::Moment;
use crate::registry::read::lookup::{Found, Index, Match};
use crate::registry::read::successors::{self, Successor};
use crate::registry::read::view;
use crate::registry::stored::ContentCache;
use crate::store::pool::Snapshot;
use crate::store::version::Version;
use crate::terms;

/// How many numbers one request may hold.
pub const MAX_NUMBERS: usize = 5_000;

terms! {
    /// What became of one cited number.
    pub enum Outcome = "outcome" {
        Found "found" "已登记" "Registered",
        /// Registered under another number today.
        Former "former" "旧编号" "A former number",
        Unregistered "unregistered" "未登记" "Not registered",
        /// A reference without a year: the newest edition applies.
        Undated "undated" "不注日期" "Undated",
        Range "range" "编号范围" "A range",
        Series "series" "系列标准" "A series",
        Unparsable "unparsable" "无法识别" "Not a number",
    }
}

/// One cited number, checked. Order and duplicates are those of the request.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CheckedCitation {
    #[schema(example = "GB／T 35796—2017")]
    pub input: String,
    pub outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parsed: Option<StandardNumber>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<CitationProblem>,
    pub entries: Vec<CitedEntry>,
    pub replaced_by: Vec<Replacement>,
}

/// Why a number does not parse.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CitationProblem {
    pub code: String,
    pub detail: String,
}

/// A registered entry that a number leads to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CitedEntry {
    #[schema(format = Uuid)]
    pub id: String,
    pub owner: String,
    pub number: Option<String>,
    pub title: String,
    pub validity: Option<Validity>,
}

/// A row that replaces one of the entries, or what bears a number that is not registered.
#[derive(Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Replacement {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Uuid)]
    pub id: Option<String>,
    pub number: Option<String>,
    pub extent: Extent,
}

/// Checks all numbers in a handful of queries.
pub fn check(
    snapshot: &mut Snapshot,
    cache: &ContentCache,
    inputs: &[String],
    owner: Option<&str>,
    moment: &Moment,
    language: Language,
) -> Result<Vec<CheckedCitation>, Problem> {
    let references: Vec<Result<Reference, NumberProblem>> = inputs
        .iter()
        .map(|input| number::parse_reference(input))
        .collect();
    let numbers: Vec<&StandardNumber> = references
        .iter()
        .filter_map(|reference| match reference {
            Ok(Reference::Number(number) | Reference::Undated(number)) => Some(number),
            _ => None,
        })
        .collect();
    let index = Index::load(snapshot.conn, moment.at, &numbers)?;
    let found: Vec<Vec<Found>> = references
        .iter()
        .map(|reference| match reference {
            Ok(Reference::Number(number) | Reference::Undated(number)) => index.find(number, owner),
            _ => Vec::new(),
        })
        .collect();
    let versions: Vec<Version> = found
        .iter()
        .flatten()
        .map(|found| found.version.clone())
        .collect();
    let cited: Vec<&str> = numbers.iter().map(|number| number.canonical.as_str()).collect();
    let successors = successors::find_with_numbers(snapshot.conn, moment.at, &versions, &cited)?;
    let validities = view::validities(snapshot, cache, &versions, moment, &successors)?;
    Ok(inputs
        .iter()
        .zip(references)
        .zip(found)
        .map(|((input, reference), found)| {
            let (outcome, parsed, problem) = judge(reference, &found, language);
            let entries = found.iter().map(|found| CitedEntry {
                id: found.version.entry_id.clone(),
                owner: found.version.owner.clone(),
                number: found.version.number.clone(),
                title: found.version.title.clone(),
                validity: validities.get(&found.version.from_position).copied().flatten(),
            });
            let replaced_by = match &parsed {
                Some(number) if found.is_empty() => successors.replacing_number(&number.canonical, owner),
                _ => found
                    .iter()
                    .flat_map(|found| successors.replacing(&found.version))
                    .collect(),
            };
            CheckedCitation {
                input: input.clone(),
                outcome,
                parsed,
                problem,
                entries: entries.collect(),
                replaced_by: replacements(replaced_by),
            }
        })
        .collect())
}

fn judge(
    reference: Result<Reference, NumberProblem>,
    found: &[Found],
    language: Language,
) -> (Outcome, Option<StandardNumber>, Option<CitationProblem>) {
    match reference {
        Err(problem) => {
            let problem = CitationProblem {
                code: problem.code.to_owned(),
                detail: problem.detail.in_language(language).to_owned(),
            };
            (Outcome::Unparsable, None, Some(problem))
        }
        Ok(Reference::Range { .. }) => (Outcome::Range, None, None),
        Ok(Reference::Series { .. }) => (Outcome::Series, None, None),
        Ok(Reference::Undated(number)) => (Outcome::Undated, Some(number), None),
        Ok(Reference::Number(number)) => {
            let outcome = match found.iter().map(|found| found.matched).min() {
                None => Outcome::Unregistered,
                Some(Match::Former) => Outcome::Former,
                Some(_) => Outcome::Found,
            };
            (outcome, Some(number), None)
        }
    }
}

/// Each replacement once, however many of the entries it replaces.
fn replacements(successors: Vec<Successor>) -> Vec<Replacement> {
    let mut replacements: Vec<Replacement> = Vec::new();
    for successor in successors {
        let replacement = Replacement {
            id: Some(successor.id),
            number: successor.number,
            extent: successor.extent,
        };
        if !replacements.contains(&replacement) {
            replacements.push(replacement);
        }
    }
    replacements
}
