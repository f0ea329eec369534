//! Places of a framework that have no standard to work by, with what stands there and what others have there.

use std::collections::{BTreeMap, HashMap, HashSet};

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Text};
use serde::Serialize;

use crate::domain::coverage::{Gap, GapBy, Stock};
use crate::domain::division::Divisions;
use crate::domain::framework::FrameworkContent;
use crate::domain::framework::content::Node;
use crate::domain::problem::Problem;
use crate::domain::term::Term;
use crate::domain::vocabulary::{Supply, Validity};
use crate::registry::moment::Moment;
use crate::registry::read::coverage::{self, Cell, Placed, Row, RowRef, cell_label, write_cell};
use crate::registry::read::filter::{Filter, Filters};
use crate::registry::read::validity_sql;
use crate::store::pool::Snapshot;
use crate::store::sql::Sql;

/// How many rows a finding shows of each kind.
const SHOWN: usize = 10;

/// A place that lacks something.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct GapFinding {
    pub gap: Gap,
    pub by: GapBy,
    /// The cell; of a node, the axis value it hangs under.
    #[schema(example = json!({"subsystem": "优军服务", "dimension": "outcome"}))]
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub cell: Cell,
    #[schema(example = json!(null))]
    pub node: Option<String>,
    /// The place in words.
    #[schema(example = "优军服务 · 结果均等")]
    pub label: String,
    /// The owner's rows here, counted.
    pub stock: Stock,
    /// The first of the owner's rows here: what is planned or drafting, or has ended.
    pub own: Vec<RowRef>,
    /// What the divisions above have here.
    pub above: Candidates,
    /// What neighbouring divisions have here.
    pub beside: Candidates,
}

/// Standards of others that could be referenced.
#[derive(Clone, Debug, Default, Serialize, utoipa::ToSchema)]
pub struct Candidates {
    /// How many different standards there are.
    #[schema(example = 1)]
    pub standards: usize,
    /// The first of them, in force before all others.
    pub items: Vec<RowRef>,
}

/// What gaps are looked for.
#[derive(Clone, Debug, Serialize)]
pub struct Question {
    pub framework: String,
    /// Whose rows; those of all where both are empty.
    pub owner: Vec<String>,
    pub owner_exact: Vec<String>,
    pub by: Vec<GapBy>,
    /// Only gaps of these kinds; all when empty.
    pub gaps: Vec<Gap>,
}

/// What stands in one place under one supply and validity.
#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = Text)]
    cell: String,
    #[diesel(sql_type = Nullable<Text>)]
    node: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    supply: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    validity: Option<String>,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// A place that may lack something, by what rows in it hold.
struct Spot<'f> {
    by: GapBy,
    cell: Cell,
    node: Option<&'f Node>,
    /// The cell as rows hold it, or the node with all below it.
    keys: Vec<String>,
}

/// Finds the gaps of some divisions' catalogues in a framework, cells before nodes, in the framework's order.
pub fn find(
    snapshot: &mut Snapshot,
    framework: &FrameworkContent,
    question: &Question,
    moment: &Moment,
) -> Result<Vec<GapFinding>, Problem> {
    let spots = spots(framework, &question.by)?;
    let stocks = stocks(snapshot, framework, &own(question), moment)?;
    let mut lacking: Vec<(Spot, Gap)> = Vec::new();
    for spot in spots {
        let mut stock = Stock::default();
        for key in &spot.keys {
            if let Some(here) = stocks.get(&(spot.by, key.clone())) {
                stock = stock.plus(here);
            }
        }
        let gap = stock.gap();
        if let Some(gap) = gap.filter(|gap| question.gaps.is_empty() || question.gaps.contains(gap)) {
            lacking.push((spot, gap));
        }
    }
    let around = Around::of(question);
    let own = Here::load(snapshot, framework, Some(own(question)), &lacking, moment)?;
    let above = Here::load(snapshot, framework, around.above, &lacking, moment)?;
    let beside = Here::load(snapshot, framework, around.beside, &lacking, moment)?;
    let findings = lacking.into_iter().map(|(spot, gap)| {
        let rows = own.at(&spot);
        let mut stock = Stock::default();
        for row in &rows {
            stock.add(
                row.supply.as_deref().and_then(Supply::from_id),
                row.validity.as_deref().and_then(Validity::from_id),
                1,
            );
        }
        GapFinding {
            gap,
            by: spot.by,
            label: label(framework, &spot),
            stock,
            own: rows.iter().take(SHOWN).map(|row| row.as_ref()).collect(),
            above: above.candidates(&spot),
            beside: beside.candidates(&spot),
            node: spot.node.map(|node| node.id.clone()),
            cell: spot.cell,
        }
    });
    Ok(findings.collect())
}

fn own(question: &Question) -> Filters {
    let mut all = Vec::new();
    if !question.owner.is_empty() {
        all.push(Filter::Owner(question.owner.clone()));
    }
    if !question.owner_exact.is_empty() {
        all.push(Filter::OwnerExact(question.owner_exact.clone()));
    }
    Filters {
        all,
        ..Filters::default()
    }
}

/// Every place that is given out: cells of current values, nodes that are not retired.
fn spots<'f>(framework: &'f FrameworkContent, by: &[GapBy]) -> Result<Vec<Spot<'f>>, Problem> {
    let mut spots = Vec::new();
    if by.contains(&GapBy::Cell) {
        let mut cells = vec![Cell::new()];
        for axis in &framework.axes {
            let values: Vec<&str> = axis
                .values
                .iter()
                .filter(|value| !value.retired)
                .map(|value| value.id.as_str())
                .collect();
            cells = cells
                .iter()
                .flat_map(|cell| {
                    values.iter().map(|value| {
                        let mut cell = cell.clone();
                        cell.insert(axis.id.clone(), (*value).to_owned());
                        cell
                    })
                })
                .collect();
        }
        for cell in cells {
            spots.push(Spot {
                by: GapBy::Cell,
                keys: vec![write_cell(&cell)?],
                cell,
                node: None,
            });
        }
    }
    if by.contains(&GapBy::Node) {
        let current = |node: &&Node| framework.lineage(node).all(|node| !node.retired);
        for node in framework.nodes.iter().filter(current) {
            let below = framework
                .nodes
                .iter()
                .filter(|other| framework.lineage(other).any(|above| above.id == node.id));
            let hangs_under = framework.hangs_under(node);
            spots.push(Spot {
                by: GapBy::Node,
                keys: below.map(|node| node.id.clone()).collect(),
                cell: hangs_under
                    .map(|(axis, value)| (axis.to_owned(), value.to_owned()))
                    .into_iter()
                    .collect(),
                node: Some(node),
            });
        }
    }
    Ok(spots)
}

/// What stands in every cell and at every node that has any rows.
fn stocks(
    snapshot: &mut Snapshot,
    framework: &FrameworkContent,
    filters: &Filters,
    moment: &Moment,
) -> Result<HashMap<(GapBy, String), Stock>, Problem> {
    let mut sql = Sql::new(
        "SELECT cell, node, supply, validity, COUNT(*) AS count FROM (SELECT p.cell, p.node, v.supply, ",
    );
    validity_sql::push_for_all(&mut sql, moment.at, moment.valid_at);
    sql.bind(
        " AS validity FROM entry_version v \
         JOIN version_placement p ON p.from_position = v.from_position AND p.framework = ?",
        [framework.slug.as_str()],
    );
    filters.push(&mut sql, moment, |_| false)?;
    sql.push(") placed GROUP BY cell, node, supply, validity");
    let mut stocks: HashMap<(GapBy, String), Stock> = HashMap::new();
    for counted in sql.load::<Counted>(snapshot.conn)? {
        let places = [(GapBy::Cell, Some(counted.cell)), (GapBy::Node, counted.node)];
        for (by, key) in places {
            let Some(key) = key else {
                continue;
            };
            stocks.entry((by, key)).or_default().add(
                counted.supply.as_deref().and_then(Supply::from_id),
                counted.validity.as_deref().and_then(Validity::from_id),
                counted.count.unsigned_abs(),
            );
        }
    }
    Ok(stocks)
}

/// Whose rows lie around those asked about.
struct Around {
    above: Option<Filters>,
    beside: Option<Filters>,
}

impl Around {
    fn of(question: &Question) -> Self {
        let divisions = Divisions::built_in();
        let asked = || question.owner.iter().chain(&question.owner_exact);
        let mut own: HashSet<&str> = question.owner_exact.iter().map(String::as_str).collect();
        own.extend(question.owner.iter().flat_map(|owner| divisions.reach(owner)));
        let mut above: Vec<String> = Vec::new();
        let mut beside: Vec<String> = Vec::new();
        for owner in asked() {
            let ancestors = divisions.ancestors(owner);
            let siblings = ancestors.first().map(|parent| divisions.children(&parent.code));
            above.extend(ancestors.iter().map(|division| division.code.clone()));
            let reached = siblings
                .into_iter()
                .flatten()
                .filter(|sibling| sibling.code != *owner)
                .flat_map(|sibling| divisions.reach(&sibling.code));
            beside.extend(reached.map(str::to_owned));
        }
        above.retain(|code| !own.contains(code.as_str()));
        beside.retain(|code| !own.contains(code.as_str()) && !above.contains(code));
        Self {
            above: exactly(above),
            beside: exactly(beside),
        }
    }
}

fn exactly(mut codes: Vec<String>) -> Option<Filters> {
    codes.sort_unstable();
    codes.dedup();
    (!codes.is_empty()).then(|| Filters {
        all: vec![Filter::OwnerExact(codes)],
        ..Filters::default()
    })
}

/// Rows of somebody in the places that lack something.
struct Here(BTreeMap<(GapBy, String), Vec<Row>>);

impl Here {
    fn load(
        snapshot: &mut Snapshot,
        framework: &FrameworkContent,
        filters: Option<Filters>,
        lacking: &[(Spot, Gap)],
        moment: &Moment,
    ) -> Result<Self, Problem> {
        let mut here = Self(BTreeMap::new());
        let Some(filters) = filters else {
            return Ok(here);
        };
        for by in GapBy::ALL {
            let spots = lacking.iter().filter(|(spot, _)| spot.by == *by);
            let mut keys: Vec<&str> = spots
                .flat_map(|(spot, _)| spot.keys.iter().map(String::as_str))
                .collect();
            keys.sort_unstable();
            keys.dedup();
            if keys.is_empty() {
                continue;
            }
            let in_them = |sql: &mut Sql| {
                sql.push(match by {
                    GapBy::Cell => "p.cell IN ",
                    GapBy::Node => "p.node IN ",
                });
                sql.bind_list(keys.iter().copied());
            };
            let rows = coverage::rows(
                snapshot,
                &filters,
                &framework.slug,
                &Placed::Where(&in_them),
                moment,
            )?;
            for row in rows {
                let key = match by {
                    GapBy::Cell => row.cell.clone(),
                    GapBy::Node => row.node.clone(),
                };
                here.0
                    .entry((*by, key.unwrap_or_default()))
                    .or_default()
                    .push(row);
            }
        }
        Ok(here)
    }

    /// The rows of a place, each once.
    fn at(&self, spot: &Spot) -> Vec<&Row> {
        let mut seen = HashSet::new();
        let keys = spot
            .keys
            .iter()
            .filter_map(|key| self.0.get(&(spot.by, key.clone())));
        keys.flatten()
            .filter(|row| seen.insert(row.from_position))
            .collect()
    }

    /// The standards of a place that have not ended, each once.
    fn candidates(&self, spot: &Spot) -> Candidates {
        let mut rows = self.at(spot);
        let standing = |row: &Row| match row.validity.as_deref().and_then(Validity::from_id) {
            Some(Validity::InForce) => 0,
            Some(Validity::Upcoming) => 1,
            Some(Validity::Unknown) => 2,
            None => 3,
            Some(Validity::Superseded | Validity::Abolished) => 4,
        };
        rows.retain(|row| standing(row) < 4);
        rows.sort_by_key(|row| standing(row));
        let mut seen = HashSet::new();
        rows.retain(|row| seen.insert(row.standard()));
        Candidates {
            standards: rows.len(),
            items: rows.into_iter().take(SHOWN).map(Row::as_ref).collect(),
        }
    }
}

fn label(framework: &FrameworkContent, spot: &Spot) -> String {
    let cell = cell_label(framework, &spot.cell);
    let Some(node) = spot.node else {
        return cell;
    };
    let mut titles: Vec<&str> = framework.lineage(node).map(|node| node.title.as_str()).collect();
    titles.push(&cell);
    titles.reverse();
    titles.join(" · ")
}
