//! The projection: which version of each entry holds at which positions, and what queries need of it.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::domain::search::SearchText;
use crate::on;
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::schema::{entry_version, version_placement, version_relation, version_term};
use crate::store::search::{self, SearchRow};
use crate::{insert_rows, store::dialect};

/// How many values one `IN` list carries.
const KEYS_PER_QUERY: usize = 500;

/// One revision of one entry, holding from `from_position` until just before `to_position`.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Insertable, AsChangeset, QueryableByName)]
#[diesel(table_name = entry_version, treat_none_as_default_value = false, treat_none_as_null = true, primary_key(from_position))]
pub struct Version {
    pub from_position: i64,
    pub to_position: Option<i64>,
    pub entry_id: String,
    pub kind: String,
    pub revision: i64,
    pub owner: String,
    pub action: String,
    pub actor: String,
    pub recorded_at: i64,
    pub withdrawn: bool,
    pub content_sha256: Vec<u8>,
    pub note_sha256: Vec<u8>,
    pub slug: Option<String>,
    pub number: Option<String>,
    pub number_undated: Option<String>,
    pub sort_number: String,
    pub external_id: Option<String>,
    pub plan_number: Option<String>,
    pub title: String,
    pub origin: Option<String>,
    pub level: Option<String>,
    pub mandate: Option<String>,
    pub supply: Option<String>,
    pub audience: Option<String>,
    pub published_on: Option<String>,
    pub implemented_on: Option<String>,
    pub abolished_on: Option<String>,
    pub claimed: Option<String>,
}

/// One word of a set-like field of a version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Queryable, Insertable)]
#[diesel(table_name = version_term)]
pub struct Term {
    pub field: String,
    pub term: String,
    pub from_position: i64,
}

/// One place of a version in a framework; `cell` is the canonical JSON of axis → value.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = version_placement, treat_none_as_default_value = false)]
pub struct Placement {
    pub framework: String,
    pub from_position: i64,
    pub ordinal: i32,
    pub cell: String,
    pub node: Option<String>,
}

/// One relation of a version; `target` is an entry's id or a canonical number.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = version_relation, treat_none_as_default_value = false)]
pub struct Relation {
    pub from_position: i64,
    pub ordinal: i32,
    pub relation_type: String,
    pub extent: Option<String>,
    pub target: String,
}

/// Where rows of which nothing is known but their place in the log come in the order of numbers: after all others.
const NOWHERE: &str = "\u{10ffff}";

impl Version {
    /// The same revision without anything its content said.
    pub fn blank(self) -> Self {
        Self {
            slug: None,
            number: None,
            number_undated: None,
            sort_number: NOWHERE.to_owned(),
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
            ..self
        }
    }

    /// Whether its content was erased. No content is without a title, so a row without one says so by itself, within
    /// whatever snapshot it was read: nobody has to ask twice.
    pub fn is_erased(&self) -> bool {
        self.title.is_empty()
    }
}

/// What one revision adds to the projection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Projected {
    pub version: Version,
    pub terms: Vec<Term>,
    pub placements: Vec<Placement>,
    pub relations: Vec<Relation>,
    /// What a standard is found by; nothing for other kinds, and once its content was erased.
    pub search: Option<SearchText>,
}

impl Projected {
    /// A version with nothing beside it.
    pub fn bare(version: Version) -> Self {
        Self {
            version,
            terms: Vec::new(),
            placements: Vec::new(),
            relations: Vec::new(),
            search: None,
        }
    }
}

/// Adds versions in one go. Those they supersede must have been closed before.
pub fn insert(conn: &mut Conn, projected: Vec<Projected>) -> Result<(), StoreError> {
    let mut versions = Vec::with_capacity(projected.len());
    let (mut terms, mut placements, mut relations) = (Vec::new(), Vec::new(), Vec::new());
    let mut texts = Vec::with_capacity(projected.len());
    for row in projected {
        let position = row.version.from_position;
        texts.extend(row.search.map(|text| SearchRow::new(position, text)));
        versions.push(row.version);
        terms.extend(row.terms);
        placements.extend(row.placements);
        relations.extend(row.relations);
    }
    insert_rows!(conn, entry_version::table, &versions);
    insert_rows!(conn, version_term::table, &terms);
    insert_rows!(conn, version_placement::table, &placements);
    insert_rows!(conn, version_relation::table, &relations);
    search::insert(conn, &texts)
}

/// Ends versions: pairs of (the version's own position, the position that ends it).
pub fn close(conn: &mut Conn, closings: &[(i64, i64)]) -> Result<(), StoreError> {
    dialect::close_versions(conn, closings)
}

/// Takes away everything that versions took from their contents, which have been erased.
pub fn blank(conn: &mut Conn, versions: Vec<Version>) -> Result<(), StoreError> {
    let positions: Vec<i64> = versions.iter().map(|version| version.from_position).collect();
    search::remove(conn, &positions)?;
    for version in versions {
        let blank = version.blank();
        let position = blank.from_position;
        on!(conn, c => {
            diesel::delete(version_relation::table.filter(version_relation::from_position.eq(position))).execute(c)?;
            diesel::delete(version_placement::table.filter(version_placement::from_position.eq(position))).execute(c)?;
            diesel::delete(version_term::table.filter(version_term::from_position.eq(position))).execute(c)?;
            diesel::update(entry_version::table.find(position)).set(&blank).execute(c)?;
        });
    }
    Ok(())
}

/// Every version whose content has one of the hashes, in the order of positions.
pub fn with_contents(conn: &mut Conn, hashes: &[Vec<u8>]) -> Result<Vec<Version>, StoreError> {
    let mut found: Vec<Version> = Vec::new();
    for chunk in hashes.chunks(KEYS_PER_QUERY) {
        found.extend(on!(conn, c => entry_version::table
            .filter(entry_version::content_sha256.eq_any(chunk))
            .load::<Version>(c))?);
    }
    found.sort_by_key(|version| version.from_position);
    Ok(found)
}

/// The named revisions of one entry, in their order.
pub fn revisions(conn: &mut Conn, id: &str, revisions: &[i64]) -> Result<Vec<Version>, StoreError> {
    on!(conn, c => entry_version::table
        .filter(entry_version::entry_id.eq(id))
        .filter(entry_version::revision.eq_any(revisions))
        .order(entry_version::revision)
        .load::<Version>(c))
    .map_err(StoreError::from)
}

/// The current versions of the given entries, withdrawn ones included.
pub fn current(conn: &mut Conn, ids: &[String]) -> Result<Vec<Version>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(KEYS_PER_QUERY) {
        found.extend(on!(conn, c => entry_version::table
            .filter(entry_version::entry_id.eq_any(chunk))
            .filter(entry_version::to_position.is_null())
            .load::<Version>(c))?);
    }
    Ok(found)
}

/// The current, not withdrawn versions that bear one of the numbers, in any catalogue.
pub fn live_by_numbers(conn: &mut Conn, numbers: &[String]) -> Result<Vec<Version>, StoreError> {
    let mut found = Vec::new();
    for chunk in numbers.chunks(KEYS_PER_QUERY) {
        found.extend(on!(conn, c => entry_version::table
            .filter(entry_version::number.eq_any(chunk))
            .filter(entry_version::to_position.is_null())
            .filter(entry_version::withdrawn.eq(false))
            .load::<Version>(c))?);
    }
    Ok(found)
}

/// The current, not withdrawn versions of one owner that bear one of the external ids.
pub fn live_by_external_ids(
    conn: &mut Conn,
    owner: &str,
    external_ids: &[String],
) -> Result<Vec<Version>, StoreError> {
    let mut found = Vec::new();
    for chunk in external_ids.chunks(KEYS_PER_QUERY) {
        found.extend(on!(conn, c => entry_version::table
            .filter(entry_version::owner.eq(owner))
            .filter(entry_version::external_id.eq_any(chunk))
            .filter(entry_version::to_position.is_null())
            .filter(entry_version::withdrawn.eq(false))
            .load::<Version>(c))?);
    }
    Ok(found)
}

/// The current versions of one owner, withdrawn ones included.
pub fn owned_by(conn: &mut Conn, owner: &str, kind: &str) -> Result<Vec<Version>, StoreError> {
    on!(conn, c => entry_version::table
        .filter(entry_version::owner.eq(owner))
        .filter(entry_version::kind.eq(kind))
        .filter(entry_version::to_position.is_null())
        .order(entry_version::from_position)
        .load::<Version>(c))
    .map_err(StoreError::from)
}

/// The current version of every framework, withdrawn ones included.
pub fn frameworks(conn: &mut Conn) -> Result<Vec<Version>, StoreError> {
    on!(conn, c => entry_version::table
        .filter(entry_version::kind.eq("framework"))
        .filter(entry_version::to_position.is_null())
        .order(entry_version::slug)
        .load::<Version>(c))
    .map_err(StoreError::from)
}

/// A live row's place in a framework.
#[derive(Clone, Debug, Queryable)]
pub struct Placed {
    pub entry_id: String,
    pub owner: String,
    pub cell: String,
    pub node: Option<String>,
}

/// The places of every live row placed in a framework.
pub fn placed_in(conn: &mut Conn, framework: &str) -> Result<Vec<Placed>, StoreError> {
    on!(conn, c => version_placement::table
        .inner_join(entry_version::table.on(entry_version::from_position.eq(version_placement::from_position)))
        .filter(version_placement::framework.eq(framework))
        .filter(entry_version::to_position.is_null())
        .filter(entry_version::withdrawn.eq(false))
        .select((entry_version::entry_id, entry_version::owner, version_placement::cell, version_placement::node))
        .load(c))
    .map_err(StoreError::from)
}

/// The versions that begin at the given positions, in order.
pub fn beginning_at(conn: &mut Conn, positions: &[i64]) -> Result<Vec<Version>, StoreError> {
    let mut found = Vec::with_capacity(positions.len());
    for chunk in positions.chunks(KEYS_PER_QUERY) {
        found.extend(on!(conn, c => entry_version::table
            .filter(entry_version::from_position.eq_any(chunk))
            .order(entry_version::from_position)
            .load::<Version>(c))?);
    }
    Ok(found)
}

/// The whole projection of the versions that begin at the given positions, in the order of their positions.
pub fn stored_at(conn: &mut Conn, positions: &[i64]) -> Result<Vec<Projected>, StoreError> {
    let mut found = Vec::with_capacity(positions.len());
    for chunk in positions.chunks(KEYS_PER_QUERY) {
        let versions: Vec<Version> = on!(conn, c => entry_version::table
            .filter(entry_version::from_position.eq_any(chunk))
            .load(c))?;
        let mut parts: HashMap<i64, Projected> = versions
            .into_iter()
            .map(|version| (version.from_position, Projected::bare(version)))
            .collect();
        let terms: Vec<Term> = on!(conn, c => version_term::table
            .filter(version_term::from_position.eq_any(chunk))
            .order((version_term::field, version_term::term))
            .load(c))?;
        let placements: Vec<Placement> = on!(conn, c => version_placement::table
            .filter(version_placement::from_position.eq_any(chunk))
            .order(version_placement::ordinal)
            .load(c))?;
        let relations: Vec<Relation> = on!(conn, c => version_relation::table
            .filter(version_relation::from_position.eq_any(chunk))
            .order(version_relation::ordinal)
            .load(c))?;
        for (position, row) in search::at(conn, chunk)? {
            if let Some(part) = parts.get_mut(&position) {
                part.search = Some(row.into_text());
            }
        }
        for term in terms {
            if let Some(part) = parts.get_mut(&term.from_position) {
                part.terms.push(term);
            }
        }
        for placement in placements {
            if let Some(part) = parts.get_mut(&placement.from_position) {
                part.placements.push(placement);
            }
        }
        for relation in relations {
            if let Some(part) = parts.get_mut(&relation.from_position) {
                part.relations.push(relation);
            }
        }
        found.extend(parts.into_values());
    }
    found.sort_by_key(|projected| projected.version.from_position);
    Ok(found)
}

/// Id, revision and content of everything that is live.
pub fn live(conn: &mut Conn) -> Result<Vec<(String, i64, Vec<u8>)>, StoreError> {
    on!(conn, c => entry_version::table
        .filter(entry_version::to_position.is_null())
        .filter(entry_version::withdrawn.eq(false))
        .select((entry_version::entry_id, entry_version::revision, entry_version::content_sha256))
        .load(c))
    .map_err(StoreError::from)
}

/// How many versions the projection holds.
pub fn count(conn: &mut Conn) -> Result<i64, StoreError> {
    on!(conn, c => entry_version::table.count().get_result(c)).map_err(StoreError::from)
}

/// Empties the projection; the log can fill it again.
pub fn clear(conn: &mut Conn) -> Result<(), StoreError> {
    search::clear(conn)?;
    on!(conn, c => {
        diesel::delete(version_relation::table).execute(c)?;
        diesel::delete(version_placement::table).execute(c)?;
        diesel::delete(version_term::table).execute(c)?;
        diesel::delete(entry_version::table).execute(c)?;
    });
    Ok(())
}
