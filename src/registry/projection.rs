//! What queries need of a revision: a pure function of the log, so that it can be dropped and made again.

use uuid::Uuid;

use crate::domain::canonical::canonical_bytes;
use crate::domain::number;
use crate::domain::problem::Problem;
use crate::domain::search::SearchText;
use crate::domain::standard::StandardContent;
use crate::domain::term::Term as _;
use crate::domain::time::Instant;
use crate::domain::vocabulary::{Action, Kind, Level};
use crate::log::hash::Hash;
use crate::registry::sealed::{Content, Sealed};
use crate::store::version::{Placement, Projected, Relation, Term, Version};

/// A revision with its place in the log.
pub struct Recorded<'a> {
    pub position: i64,
    pub recorded_at: Instant,
    pub id: Uuid,
    pub kind: Kind,
    pub revision: i64,
    pub owner: &'a str,
    pub action: Action,
    pub actor: &'a str,
    pub withdrawn: bool,
    pub content_sha256: Hash,
    /// Nothing once its bytes were erased.
    pub content: Option<&'a Sealed>,
    pub note_sha256: Hash,
}

/// Projects one revision; when it ends is known only once another supersedes it.
pub fn project(recorded: &Recorded) -> Result<Projected, Problem> {
    let blank = Version {
        from_position: recorded.position,
        to_position: None,
        entry_id: recorded.id.to_string(),
        kind: recorded.kind.id().to_owned(),
        revision: recorded.revision,
        owner: recorded.owner.to_owned(),
        action: recorded.action.id().to_owned(),
        actor: recorded.actor.to_owned(),
        recorded_at: recorded.recorded_at.0,
        withdrawn: recorded.withdrawn,
        content_sha256: recorded.content_sha256.to_vec(),
        note_sha256: recorded.note_sha256.to_vec(),
        slug: None,
        number: None,
        number_undated: None,
        sort_number: String::new(),
        external_id: None,
        plan_number: None,
        title: String::new(),
        origin: None,
        level: None,
        mandate: None,
        supply: None,
        audience: None,
        published_on: None,
        implemented_on: None,
        abolished_on: None,
        claimed: None,
    };
    let Some(sealed) = recorded.content else {
        return Ok(Projected::bare(blank.blank()));
    };
    match sealed.content() {
        Content::Framework(framework) => Ok(Projected {
            version: Version {
                slug: Some(framework.slug.clone()),
                sort_number: number::sort_key_of(&framework.slug),
                title: framework.title.clone(),
                ..blank
            },
            terms: Vec::new(),
            placements: Vec::new(),
            relations: Vec::new(),
            search: None,
        }),
        Content::Standard(standard) => Ok(Projected {
            version: standard_version(blank, standard),
            terms: terms(recorded.position, standard),
            placements: placements(recorded.position, standard)?,
            relations: relations(recorded.position, standard),
            search: Some(SearchText::of(standard)),
        }),
    }
}

fn standard_version(blank: Version, standard: &StandardContent) -> Version {
    // A house number has no grammar, hence no undated form.
    let parsed = match standard.level {
        Level::Internal => None,
        _ => standard
            .number
            .as_deref()
            .and_then(|written| number::parse(written).ok()),
    };
    // Rows without a number come after all that have one.
    let sort_number = match (&parsed, &standard.number) {
        (Some(parsed), _) => parsed.sort_key(),
        (None, Some(house)) => number::sort_key_of(house),
        (None, None) => format!("\u{10ffff}{}", number::sort_key_of(&standard.title)),
    };
    let day = |date: Option<chrono::NaiveDate>| date.map(|date| date.to_string());
    Version {
        number: standard.number.clone(),
        number_undated: parsed.map(|parsed| parsed.undated()),
        sort_number,
        external_id: standard.external_id.clone(),
        plan_number: standard.plan_number.clone(),
        title: standard.title.clone(),
        origin: Some(standard.origin.id().to_owned()),
        level: Some(standard.level.id().to_owned()),
        mandate: standard.mandate.map(|mandate| mandate.id().to_owned()),
        supply: Some(standard.supply.id().to_owned()),
        audience: standard.audience.map(|audience| audience.id().to_owned()),
        published_on: day(standard.published_on),
        implemented_on: day(standard.implemented_on),
        abolished_on: day(standard.abolished_on),
        claimed: standard
            .claimed_status
            .as_ref()
            .map(|claim| claim.value.id().to_owned()),
        ..blank
    }
}

/// The words of the set-like fields, by which lists are filtered and counted.
fn terms(position: i64, standard: &StandardContent) -> Vec<Term> {
    let elements = standard
        .elements
        .iter()
        .map(|element| ("elements", element.id().to_owned()));
    let texts = [
        ("lead_department", &standard.lead_department),
        ("issued_by", &standard.issued_by),
        ("ics", &standard.ics),
        ("ccs", &standard.ccs),
        ("keywords", &standard.keywords),
    ];
    let texts = texts
        .into_iter()
        .flat_map(|(field, words)| words.iter().map(move |word| (field, word.clone())));
    let mut terms: Vec<Term> = elements
        .chain(texts)
        .map(|(field, term)| Term {
            field: field.to_owned(),
            term,
            from_position: position,
        })
        .collect();
    terms.sort();
    terms.dedup();
    terms
}

fn placements(position: i64, standard: &StandardContent) -> Result<Vec<Placement>, Problem> {
    (0i32..)
        .zip(&standard.placements)
        .map(|(ordinal, placement)| {
            let cell = canonical_bytes(&placement.cell)?;
            Ok(Placement {
                framework: placement.framework.clone(),
                from_position: position,
                ordinal,
                cell: String::from_utf8(cell).map_err(Problem::internal)?,
                node: placement.node.clone(),
            })
        })
        .collect()
}

fn relations(position: i64, standard: &StandardContent) -> Vec<Relation> {
    (0i32..)
        .zip(standard.relation_targets())
        .map(|(ordinal, target)| Relation {
            from_position: position,
            ordinal,
            relation_type: target.relation_type.id().to_owned(),
            extent: target.extent.map(|extent| extent.id().to_owned()),
            target: target.key,
        })
        .collect()
}
