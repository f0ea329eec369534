//! The sets there are: divisions and cells that have or had standards, with all that is wider.

use std::collections::{BTreeMap, HashMap};

use diesel::QueryableByName;
use diesel::sql_types::Text as SqlText;

use crate::domain::division::Divisions;
use crate::domain::framework::FrameworkContent;
use crate::domain::problem::Problem;
use crate::domain::text::Text;
use crate::registry::read::At;
use crate::registry::read::harvest::Horizon;
use crate::registry::read::harvest::set::Set;
use crate::registry::stored::{ContentCache, open_contents};
use crate::store::pool::Snapshot;
use crate::store::sql::Sql;
use crate::store::version::Version;
use crate::text;

#[derive(QueryableByName)]
struct Owner {
    #[diesel(sql_type = SqlText)]
    owner: String,
}

#[derive(QueryableByName)]
struct Place {
    #[diesel(sql_type = SqlText)]
    framework: String,
    #[diesel(sql_type = SqlText)]
    cell: String,
}

/// Every set with its name for people, in the order of `setSpec`s.
pub fn sets(
    snapshot: &mut Snapshot,
    cache: &ContentCache,
    horizon: &Horizon,
) -> Result<BTreeMap<String, Text>, Problem> {
    let mut sets = BTreeMap::new();
    let mut add = |set: Set, name: Text| sets.insert(set.to_string(), name);
    add(Set::Divisions, text!("行政区划", "Administrative divisions"));
    add(Set::Cells, text!("标准体系框架", "Frameworks"));
    for owner in owners(snapshot, horizon)? {
        for code in Divisions::built_in().reaching(&owner) {
            add(Set::Division(code.to_owned()), division_name(code));
        }
    }
    let frameworks = frameworks(snapshot, cache, horizon)?;
    for place in places(snapshot, horizon)? {
        let cell: BTreeMap<String, String> = serde_json::from_str(&place.cell).map_err(Problem::internal)?;
        let framework = frameworks.get(&place.framework);
        let mut add_cell = |values: BTreeMap<String, String>| {
            let name = cell_name(&place.framework, framework, &values);
            let framework = place.framework.clone();
            add(Set::Cell { framework, values }, name);
        };
        add_cell(BTreeMap::new());
        for (axis, value) in &cell {
            add_cell(BTreeMap::from([(axis.clone(), value.clone())]));
        }
        add_cell(cell);
    }
    Ok(sets)
}

/// Whose catalogues have or had a standard.
fn owners(snapshot: &mut Snapshot, horizon: &Horizon) -> Result<Vec<String>, Problem> {
    let mut sql = Sql::new("SELECT DISTINCT v.owner FROM entry_version v WHERE v.kind = 'standard'");
    sql.bind(" AND v.from_position <= ?", [horizon.position]);
    let rows: Vec<Owner> = sql.load(snapshot.conn)?;
    Ok(rows.into_iter().map(|row| row.owner).collect())
}

/// The cells that have or had a standard.
fn places(snapshot: &mut Snapshot, horizon: &Horizon) -> Result<Vec<Place>, Problem> {
    let mut sql = Sql::new("SELECT DISTINCT p.framework, p.cell FROM version_placement p");
    sql.bind(" WHERE p.from_position <= ?", [horizon.position]);
    Ok(sql.load(snapshot.conn)?)
}

fn frameworks(
    snapshot: &mut Snapshot,
    cache: &ContentCache,
    horizon: &Horizon,
) -> Result<HashMap<String, FrameworkContent>, Problem> {
    let mut sql = Sql::new("SELECT v.* FROM entry_version v WHERE v.kind = 'framework' AND ");
    At::Position(horizon.position).holds(&mut sql, "v");
    let versions: Vec<Version> = sql.load(snapshot.conn)?;
    let contents = open_contents(snapshot.conn, cache, &versions)?;
    let frameworks = contents.values().filter_map(|sealed| sealed.framework());
    Ok(frameworks
        .map(|framework| (framework.slug.clone(), framework.clone()))
        .collect())
}

/// The framework's title and those of the values; ids where it does not know them.
fn cell_name(slug: &str, framework: Option<&FrameworkContent>, values: &BTreeMap<String, String>) -> Text {
    let mut name = match framework {
        Some(framework) => title(&framework.title, framework.title_en.as_deref()),
        None => title(slug, None),
    };
    for (axis, id) in values {
        let axis = framework.and_then(|framework| framework.axis(axis));
        let value = match axis.and_then(|axis| axis.value(id)) {
            Some(value) => title(&value.title, value.title_en.as_deref()),
            None => title(id, None),
        };
        name.zh.push_str(&format!("·{}", value.zh));
        name.en.push_str(&format!(", {}", value.en));
    }
    name
}

fn division_name(code: &str) -> Text {
    match Divisions::built_in().get(code) {
        Some(division) => title(&division.name, division.name_en.as_deref()),
        None => title(code, None),
    }
}

/// What has no English title is called by its Chinese one.
fn title(zh: &str, en: Option<&str>) -> Text {
    Text {
        zh: zh.to_owned(),
        en: en.unwrap_or(zh).to_owned(),
    }
}
