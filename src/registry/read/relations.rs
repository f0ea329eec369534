//! What a standard points to, what points to it, and what a change of it would touch.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use diesel::QueryableByName;
use diesel::sql_types::{Nullable, Text};
use serde::Serialize;
use serde_json::Value;

use crate::domain::division::Divisions;
use crate::domain::problem::Problem;
use crate::domain::term::Term;
use crate::domain::vocabulary::RelationType;
use crate::registry::moment::Moment;
use crate::registry::read::At;
use crate::registry::stored::{ContentCache, as_hash, open_contents};
use crate::store::conn::Conn;
use crate::store::pool::Snapshot;
use crate::store::sql::Sql;
use crate::store::version::{self, Version};

/// How many entries an impact analysis names unless asked otherwise.
pub const USUAL_IMPACT: usize = 1_000;

/// How many targets one query asks for.
const TARGETS_PER_QUERY: usize = 400;

/// Which relations are asked for, and how far.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Only relations of these types; all when empty.
    pub types: Vec<RelationType>,
    /// How many steps away an impact may be.
    pub depth: usize,
    /// How many entries an impact names at most.
    pub limit: usize,
}

impl Default for Scope {
    /// All relations, and as much of their impact as usual.
    fn default() -> Self {
        Self {
            types: Vec::new(),
            depth: usize::MAX,
            limit: USUAL_IMPACT,
        }
    }
}

impl Scope {
    fn holds(&self, relation_type: &str) -> bool {
        let mut types = self.types.iter();
        self.types.is_empty() || types.any(|wanted| wanted.id() == relation_type)
    }
}

/// An entry at the other end of a relation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RelatedEntry {
    #[schema(format = Uuid)]
    pub id: String,
    #[schema(example = "370200")]
    pub owner: String,
    #[schema(example = "GB/T 35796-2017")]
    pub number: Option<String>,
    pub title: String,
    pub withdrawn: bool,
}

/// A relation that the standard itself states, with the entry it leads to, if that is registered.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OutgoingRelation {
    /// As in the content.
    #[schema(value_type = crate::domain::standard::Relation)]
    pub relation: Value,
    pub entry: Option<RelatedEntry>,
}

/// A relation that another standard states towards this one.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct IncomingRelation {
    #[serde(rename = "type")]
    #[schema(value_type = RelationType, example = "replaces")]
    pub relation_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<crate::domain::vocabulary::Extent>, example = "whole")]
    pub extent: Option<String>,
    pub entry: RelatedEntry,
}

/// An entry that rests on the standard, directly or through others.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ImpactedEntry {
    pub entry: RelatedEntry,
    /// 1 for those that name the standard itself.
    pub depth: usize,
    /// The relation types along the way, the nearest to the standard first.
    #[schema(value_type = Vec<RelationType>, example = json!(["derives_from"]))]
    pub via: Vec<String>,
}

/// Both ends of every relation of a standard.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Relations {
    #[schema(format = Uuid)]
    pub id: String,
    pub position: i64,
    pub outgoing: Vec<OutgoingRelation>,
    pub incoming: Vec<IncomingRelation>,
    /// Everything that rests on the standard, nearest first; each entry once, cycles cut.
    pub impact: Vec<ImpactedEntry>,
    /// Whether more rests on it than `limit` and `depth` let through.
    pub truncated: bool,
}

/// A relation with the id of the entry it leads to.
#[derive(Clone)]
struct Edge {
    from: Version,
    relation_type: String,
    extent: Option<String>,
    to: String,
}

#[derive(QueryableByName)]
struct StatedEdge {
    #[diesel(embed)]
    from: Version,
    #[diesel(sql_type = Text)]
    relation_type: String,
    #[diesel(sql_type = Nullable<Text>)]
    extent: Option<String>,
    #[diesel(sql_type = Text)]
    target: String,
}

/// Reads the relations of a version at a moment.
pub fn read(
    snapshot: &mut Snapshot,
    cache: &ContentCache,
    version: &Version,
    moment: &Moment,
    scope: &Scope,
) -> Result<Relations, Problem> {
    // A target may have been withdrawn, or never have been there: only history tells.
    snapshot.must_be_whole()?;
    let incoming = edges_to(snapshot.conn, moment.at, std::slice::from_ref(version))?;
    let mut outgoing = outgoing(snapshot, cache, version, moment)?;
    outgoing.retain(|one| {
        one.relation
            .get("type")
            .and_then(Value::as_str)
            .is_some_and(|said| scope.holds(said))
    });
    let (impact, truncated) = impact(snapshot.conn, moment.at, version, &incoming, scope)?;
    Ok(Relations {
        id: version.entry_id.clone(),
        position: moment.position,
        outgoing,
        impact,
        truncated,
        incoming: incoming
            .into_iter()
            .filter(|edge| scope.holds(&edge.relation_type))
            .map(|edge| IncomingRelation {
                relation_type: edge.relation_type,
                extent: edge.extent,
                entry: related(&edge.from),
            })
            .collect(),
    })
}

fn outgoing(
    snapshot: &mut Snapshot,
    cache: &ContentCache,
    version: &Version,
    moment: &Moment,
) -> Result<Vec<OutgoingRelation>, Problem> {
    let contents = open_contents(snapshot.conn, cache, std::slice::from_ref(version))?;
    let Some(standard) = contents
        .get(&as_hash(&version.content_sha256)?)
        .and_then(|sealed| sealed.standard())
    else {
        return Ok(Vec::new());
    };
    let targets: Vec<String> = standard
        .relation_targets()
        .into_iter()
        .map(|target| target.key)
        .collect();
    let candidates = load_targets(snapshot.conn, moment.at, &targets)?;
    standard
        .relations
        .iter()
        .map(|relation| {
            let entry = relation
                .target_key()
                .and_then(|key| resolve(&candidates, &key, &version.owner))
                .map(related);
            let relation = serde_json::to_value(relation).map_err(Problem::internal)?;
            Ok(OutgoingRelation { relation, entry })
        })
        .collect()
}

/// Live rows that bear one of the numbers, and rows with one of the ids, by what they were asked for.
fn load_targets(
    conn: &mut Conn,
    at: At,
    targets: &[String],
) -> Result<HashMap<String, Vec<Version>>, Problem> {
    let mut found: HashMap<String, Vec<Version>> = HashMap::new();
    for chunk in targets.chunks(TARGETS_PER_QUERY) {
        for (column, condition) in [
            ("entry_id", ""),
            ("number", "NOT v.withdrawn AND "),
            ("number_undated", "NOT v.withdrawn AND "),
        ] {
            let mut sql = Sql::kept(&format!(
                "SELECT v.* FROM entry_version v WHERE {condition}v.{column} IN "
            ));
            sql.bind_list(chunk.iter().map(String::as_str)).push(" AND ");
            at.holds(&mut sql, "v");
            for version in sql.load::<Version>(conn)? {
                let key = match column {
                    "entry_id" => Some(version.entry_id.clone()),
                    "number" => version.number.clone(),
                    _ => version.number_undated.clone(),
                };
                found.entry(key.unwrap_or_default()).or_default().push(version);
            }
        }
    }
    Ok(found)
}

/// A number means the row in the owner's own catalogue first, then in those above it; the newest edition if undated.
fn resolve<'v>(candidates: &'v HashMap<String, Vec<Version>>, key: &str, owner: &str) -> Option<&'v Version> {
    let candidates = candidates.get(key)?;
    if let Some(named) = candidates.iter().find(|version| version.entry_id == key) {
        return Some(named);
    }
    let ancestors = Divisions::built_in().ancestors(owner);
    let line = std::iter::once(owner).chain(ancestors.iter().map(|division| division.code.as_str()));
    line.filter_map(|code| {
        let here = candidates.iter().filter(|version| version.owner == code);
        here.max_by(|a, b| a.sort_number.cmp(&b.sort_number))
    })
    .next()
}

/// The relations that lead to any of the versions, by id or by a number that resolves to them.
fn edges_to(conn: &mut Conn, at: At, versions: &[Version]) -> Result<Vec<Edge>, Problem> {
    let mut targets: Vec<&str> = versions
        .iter()
        .flat_map(|version| {
            [
                Some(version.entry_id.as_str()),
                version.number.as_deref(),
                version.number_undated.as_deref(),
            ]
        })
        .flatten()
        .collect();
    targets.sort_unstable();
    targets.dedup();
    let mut stated: Vec<StatedEdge> = Vec::new();
    for chunk in targets.chunks(TARGETS_PER_QUERY) {
        let mut sql = Sql::kept(
            "SELECT v.*, r.relation_type, r.extent, r.target FROM version_relation r \
             JOIN entry_version v ON v.from_position = r.from_position WHERE NOT v.withdrawn AND r.target IN ",
        );
        sql.bind_list(chunk.iter().copied()).push(" AND ");
        at.holds(&mut sql, "v");
        sql.push(" ORDER BY v.sort_number, v.entry_id, r.ordinal");
        stated.extend(sql.load::<StatedEdge>(conn)?);
    }
    // Several questions have several orders; the answer has one.
    stated.sort_by(|a, b| {
        (&a.from.sort_number, &a.from.entry_id).cmp(&(&b.from.sort_number, &b.from.entry_id))
    });
    // A number speaks of the row that it resolves to for its sender, so that both ends tell the same.
    let mut named: Vec<String> = stated.iter().map(|edge| edge.target.clone()).collect();
    named.sort_unstable();
    named.dedup();
    let candidates = load_targets(conn, at, &named)?;
    let wanted: HashSet<&str> = versions.iter().map(|version| version.entry_id.as_str()).collect();
    let edges = stated.into_iter().filter_map(|edge| {
        let target = resolve(&candidates, &edge.target, &edge.from.owner)?;
        let other = target.entry_id != edge.from.entry_id && wanted.contains(target.entry_id.as_str());
        other.then(|| Edge {
            to: target.entry_id.clone(),
            relation_type: edge.relation_type,
            extent: edge.extent,
            from: edge.from,
        })
    });
    Ok(edges.collect())
}

/// Against the arrows from the standard, one step for all that was reached by the last, each entry once. Also whether
/// there is more.
fn impact(
    conn: &mut Conn,
    at: At,
    start: &Version,
    incoming: &[Edge],
    scope: &Scope,
) -> Result<(Vec<ImpactedEntry>, bool), Problem> {
    let mut seen: HashSet<String> = HashSet::from([start.entry_id.clone()]);
    let mut impact: Vec<ImpactedEntry> = Vec::new();
    let mut ways: HashMap<String, Vec<String>> = HashMap::new();
    let mut edges: Cow<[Edge]> = Cow::Borrowed(incoming);
    for depth in 1.. {
        let mut further = Vec::new();
        for edge in edges.iter() {
            // A replacement does not rest on what it replaces.
            let rests = edge.relation_type != RelationType::Replaces.id() && scope.holds(&edge.relation_type);
            if !rests || !seen.insert(edge.from.entry_id.clone()) {
                continue;
            }
            if depth > scope.depth || impact.len() >= scope.limit {
                return Ok((impact, true));
            }
            let mut via = ways.get(&edge.to).cloned().unwrap_or_default();
            via.push(edge.relation_type.clone());
            impact.push(ImpactedEntry {
                entry: related(&edge.from),
                depth,
                via: via.clone(),
            });
            ways.insert(edge.from.entry_id.clone(), via);
            further.push(edge.from.clone());
        }
        if further.is_empty() {
            break;
        }
        edges = Cow::Owned(edges_to(conn, at, &further)?);
    }
    Ok((impact, false))
}

fn related(version: &Version) -> RelatedEntry {
    RelatedEntry {
        id: version.entry_id.clone(),
        owner: version.owner.clone(),
        number: version.number.clone(),
        title: version.title.clone(),
        withdrawn: version.withdrawn,
    }
}

/// The current version of an entry, for callers that hold only its id.
pub fn current(conn: &mut Conn, id: &str) -> Result<Option<Version>, Problem> {
    Ok(version::current(conn, &[id.to_owned()])?.into_iter().next())
}
