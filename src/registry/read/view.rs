//! The representation of an entry: one revision's envelope, its content verbatim, and what is computed for a day.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::domain::problem::Problem;
use crate::domain::standard::validity;
use crate::domain::term::Term;
use crate::domain::time::Instant;
use crate::domain::vocabulary::{Kind, Trial, Validity, ValiditySource};
use crate::log::envelope::Note;
use crate::log::hash::{Hash, to_hex};
use crate::registry::moment::Moment;
use crate::registry::read::search::SearchMatch;
use crate::registry::read::successors::{self, Successors};
use crate::registry::sealed::Sealed;
use crate::registry::stored::{ContentCache, as_hash, kind_of, open_contents};
use crate::store::content;
use crate::store::error::StoreError;
use crate::store::pool::Snapshot;
use crate::store::redaction;
use crate::store::version::Version;

/// An entry as it is shown.
#[derive(Debug, Serialize)]
pub struct EntryView {
    pub id: String,
    pub kind: Kind,
    pub revision: i64,
    pub position: i64,
    pub recorded_at: String,
    pub owner: String,
    pub action: String,
    pub actor: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    pub content_sha256: String,
    pub withdrawn: bool,
    /// The canonical bytes as they were hashed; absent once erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<Box<RawValue>>,
    /// The position of the redaction that erased the content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redacted_by: Option<i64>,
    /// The position of the redaction that erased reason and basis.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note_redacted_by: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub computed: Option<Computed>,
    /// Why and where a search found it; added by lists.
    #[serde(rename = "match", skip_serializing_if = "Option::is_none")]
    pub found: Option<SearchMatch>,
}

/// What follows from the content on a day; never stored.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Computed {
    Standard(ComputedStandard),
    Framework(ComputedFramework),
}

/// Where a standard stands on a day. `validity` is null for standards that do not exist yet.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ComputedStandard {
    pub valid_at: NaiveDate,
    #[schema(example = "in_force")]
    pub validity: Option<Validity>,
    #[schema(example = "dates")]
    pub validity_source: Option<ValiditySource>,
    pub superseded_by: Vec<SuccessorRef>,
}

/// A row that replaces another as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct SuccessorRef {
    #[schema(format = Uuid)]
    pub id: String,
    #[schema(example = "GB 38600-2019")]
    pub number: Option<String>,
}

/// Where a framework stands on a day.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ComputedFramework {
    pub valid_at: NaiveDate,
    pub status: Trial,
}

/// Shows versions at a moment, computed parts included.
pub fn show(
    snapshot: &mut Snapshot,
    cache: &ContentCache,
    versions: &[Version],
    moment: &Moment,
) -> Result<Vec<EntryView>, Problem> {
    let shown = Parts::load(snapshot, cache, versions)?;
    let successors = successors::find(snapshot.conn, moment.at, versions)?;
    versions
        .iter()
        .map(|version| {
            let content = shown.contents.get(&as_hash(&version.content_sha256)?);
            let computed =
                content.and_then(|content| compute(content, version, moment.valid_at, &successors));
            shown.view(version, computed)
        })
        .collect()
}

/// Shows versions as history: what was said, without judging it on any day.
pub fn show_plain(
    snapshot: &mut Snapshot,
    cache: &ContentCache,
    versions: &[Version],
) -> Result<Vec<EntryView>, Problem> {
    let shown = Parts::load(snapshot, cache, versions)?;
    versions.iter().map(|version| shown.view(version, None)).collect()
}

/// What versions only name: contents and notes by their hash, or the redactions that erased them.
struct Parts {
    contents: HashMap<Hash, Arc<Sealed>>,
    notes: HashMap<Hash, Note>,
    redacted_by: HashMap<Vec<u8>, i64>,
}

impl Parts {
    fn load(snapshot: &mut Snapshot, cache: &ContentCache, versions: &[Version]) -> Result<Self, Problem> {
        let contents = open_contents(snapshot.conn, cache, versions)?;
        let notes = load_notes(snapshot, versions)?;
        let mut erased = Vec::new();
        for version in versions {
            if version.is_erased() {
                erased.push(version.content_sha256.clone());
            }
            if !notes.contains_key(&as_hash(&version.note_sha256)?) {
                erased.push(version.note_sha256.clone());
            }
        }
        Ok(Self {
            contents,
            notes,
            redacted_by: redaction::redacted_by(snapshot.conn, &erased)?,
        })
    }

    fn view(&self, version: &Version, computed: Option<Computed>) -> Result<EntryView, Problem> {
        let content = self
            .contents
            .get(&as_hash(&version.content_sha256)?)
            .map(|sealed| serde_json::from_slice::<Box<RawValue>>(sealed.bytes()))
            .transpose()
            .map_err(Problem::internal)?;
        let note = self.notes.get(&as_hash(&version.note_sha256)?);
        Ok(EntryView {
            id: version.entry_id.clone(),
            kind: kind_of(version)?,
            revision: version.revision,
            position: version.from_position,
            recorded_at: Instant(version.recorded_at).to_rfc3339(),
            owner: version.owner.clone(),
            action: version.action.clone(),
            actor: version.actor.clone(),
            reason: note.and_then(|note| note.reason.clone()),
            basis: note.and_then(|note| note.basis.clone()),
            content_sha256: to_hex(&version.content_sha256),
            withdrawn: version.withdrawn,
            content,
            redacted_by: self.redacted_by.get(&version.content_sha256).copied(),
            note_redacted_by: self.redacted_by.get(&version.note_sha256).copied(),
            computed,
            found: None,
        })
    }
}

fn compute(
    content: &Sealed,
    version: &Version,
    valid_at: NaiveDate,
    successors: &Successors,
) -> Option<Computed> {
    if let Some(framework) = content.framework() {
        return Some(Computed::Framework(ComputedFramework {
            valid_at,
            status: framework.status(valid_at),
        }));
    }
    let standard = content.standard()?;
    let successors = successors.of(version);
    let facts: Vec<validity::Successor> = successors
        .iter()
        .map(|successor| validity::Successor {
            implemented_on: successor.implemented_on,
        })
        .collect();
    let (validity, validity_source) = validity::validity(standard, valid_at, &facts);
    let superseded_by = match validity {
        Some(Validity::Superseded) => successors
            .iter()
            .map(|successor| SuccessorRef {
                id: successor.id.clone(),
                number: successor.number.clone(),
            })
            .collect(),
        _ => Vec::new(),
    };
    Some(Computed::Standard(ComputedStandard {
        valid_at,
        validity,
        validity_source,
        superseded_by,
    }))
}

fn load_notes(snapshot: &mut Snapshot, versions: &[Version]) -> Result<HashMap<Hash, Note>, Problem> {
    let hashes: Vec<Vec<u8>> = versions
        .iter()
        .map(|version| version.note_sha256.clone())
        .collect();
    let mut notes = HashMap::with_capacity(hashes.len());
    for row in content::by_hashes(snapshot.conn, &hashes)? {
        let Some(bytes) = row.bytes else {
            continue;
        };
        let note = serde_json::from_slice(&bytes)
            .map_err(|error| StoreError::Corrupt(format!("a stored note does not read: {error}")))?;
        notes.insert(as_hash(&row.sha256)?, note);
    }
    Ok(notes)
}

/// The validity of many versions, by their own positions.
pub fn validities(
    snapshot: &mut Snapshot,
    cache: &ContentCache,
    versions: &[Version],
    moment: &Moment,
    successors: &Successors,
) -> Result<HashMap<i64, Option<Validity>>, Problem> {
    let contents = open_contents(snapshot.conn, cache, versions)?;
    let mut validities = HashMap::with_capacity(versions.len());
    for version in versions {
        let content = contents.get(&as_hash(&version.content_sha256)?);
        let computed = content.and_then(|content| compute(content, version, moment.valid_at, successors));
        if let Some(Computed::Standard(computed)) = computed {
            validities.insert(version.from_position, computed.validity);
        }
    }
    Ok(validities)
}

/// The identifier of a computed validity, for lists and counts.
pub fn validity_id(validity: Option<Validity>) -> Option<&'static str> {
    validity.map(Term::id)
}
