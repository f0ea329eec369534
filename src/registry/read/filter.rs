//! What a list of standards is narrowed by, and the SQL of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::problem::Problem;
use crate::domain::search::SearchQuery;
use crate::domain::vocabulary::Validity;
use crate::registry::moment::Moment;
use crate::registry::read::view::validity_id;
use crate::registry::read::{push_reach, search, validity_sql};
use crate::store::sql::Sql;

/// One condition. Several values of one condition mean "or", several conditions "and".
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Filter {
    /// Rows of these divisions and of everything below them.
    Owner(Vec<String>),
    /// Rows of exactly these divisions.
    OwnerExact(Vec<String>),
    /// A column holds one of these values.
    Column(Column, Vec<String>),
    /// A set-like field holds one of these words.
    Words(Words, Vec<String>),
    Validity(Vec<String>),
    /// A date lies within bounds, both inclusive.
    Days {
        column: Column,
        from: Option<String>,
        to: Option<String>,
    },
    /// One placement meets all terms.
    Placed(Place),
    /// Everything asked for is found in its texts.
    Search(SearchQuery),
    /// It bears one of these numbers, near the one searched for, which nothing has.
    Near(SearchQuery, Vec<String>),
    /// It is one of the versions at these positions: what a search found, looked up once for several counts.
    Found(Vec<i64>),
}

/// Columns that lists filter, sort and count by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    Owner,
    Origin,
    Level,
    Mandate,
    Supply,
    Audience,
    Number,
    ExternalId,
    PlanNumber,
    PublishedOn,
    ImplementedOn,
    AbolishedOn,
}

impl Column {
    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Origin => "origin",
            Self::Level => "level",
            Self::Mandate => "mandate",
            Self::Supply => "supply",
            Self::Audience => "audience",
            Self::Number => "number",
            Self::ExternalId => "external_id",
            Self::PlanNumber => "plan_number",
            Self::PublishedOn => "published_on",
            Self::ImplementedOn => "implemented_on",
            Self::AbolishedOn => "abolished_on",
        }
    }
}

/// Set-like fields that lists filter and count by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Words {
    Elements,
    LeadDepartment,
    IssuedBy,
    Ics,
    Ccs,
    Keywords,
}

impl Words {
    pub fn name(self) -> &'static str {
        match self {
            Self::Elements => "elements",
            Self::LeadDepartment => "lead_department",
            Self::IssuedBy => "issued_by",
            Self::Ics => "ics",
            Self::Ccs => "ccs",
            Self::Keywords => "keywords",
        }
    }
}

/// A place in a framework, as far as it is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The framework's slug.
    pub framework: String,
    /// Axis → values, any of which will do.
    pub cell: BTreeMap<String, Vec<String>>,
    /// Nodes, any of which will do.
    pub nodes: Vec<String>,
}

/// Whether withdrawn rows are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Withdrawn {
    #[default]
    Exclude,
    Only,
    Include,
}

/// All that narrows a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Filters {
    pub all: Vec<Filter>,
    pub withdrawn: Withdrawn,
}

impl Filters {
    /// Adds the rows `v` to choose from. What was found already is gone through by itself: left to choose, SQLite goes
    /// through all standards instead.
    pub fn push_rows(&self, sql: &mut Sql) {
        let found = self.all.iter().find_map(|filter| match filter {
            Filter::Found(positions) => Some(positions),
            _ => None,
        });
        if let Some(positions) = found {
            sql.push("(").positions(positions).push(") found CROSS JOIN ");
        }
        sql.push("entry_version v");
    }

    /// Adds `WHERE` for the standards `v` that meet every condition at a moment.
    /// `leaving_out` drops one condition, for counts that ignore their own filter.
    pub fn push(
        &self,
        sql: &mut Sql,
        moment: &Moment,
        leaving_out: impl Fn(&Filter) -> bool,
    ) -> Result<(), Problem> {
        sql.push(" WHERE v.kind = 'standard' AND ");
        moment.at.holds(sql, "v");
        match self.withdrawn {
            Withdrawn::Exclude => sql.push(" AND NOT v.withdrawn"),
            Withdrawn::Only => sql.push(" AND v.withdrawn"),
            Withdrawn::Include => sql,
        };
        for filter in self.all.iter().filter(|filter| !leaving_out(filter)) {
            sql.push(" AND ");
            filter.push(sql, moment)?;
        }
        Ok(())
    }
}

impl Filters {
    /// What is searched for, if anything is.
    pub fn search(&self) -> Option<&SearchQuery> {
        self.all.iter().find_map(|filter| match filter {
            Filter::Search(query) | Filter::Near(query, _) => Some(query),
            _ => None,
        })
    }

    /// The same conditions with another in place of the search.
    pub fn searching_by(&self, instead: Filter) -> Self {
        let mut filters = self.clone();
        for filter in filters.all.iter_mut().filter(|filter| filter.is_search()) {
            *filter = instead.clone();
        }
        filters
    }

    /// The numbers that stand in place of a search that found nothing.
    pub fn near_numbers(&self) -> Option<&[String]> {
        self.all.iter().find_map(|filter| match filter {
            Filter::Near(_, numbers) => Some(numbers.as_slice()),
            _ => None,
        })
    }
}

impl Filter {
    /// Whether it is what a search comes down to.
    pub fn is_search(&self) -> bool {
        matches!(self, Self::Search(_) | Self::Near(..))
    }

    /// Adds the condition on the version `v`.
    pub fn push(&self, sql: &mut Sql, moment: &Moment) -> Result<(), Problem> {
        match self {
            Self::Owner(codes) => push_reach(sql, "v.owner", codes.iter().map(String::as_str)),
            Self::OwnerExact(codes) => push_in(sql, "v.owner", codes),
            Self::Column(column, values) => push_in(sql, &format!("v.{}", column.name()), values),
            Self::Words(words, values) => {
                sql.bind(
                    "v.from_position IN (SELECT from_position FROM version_term WHERE field = ? AND term IN ",
                    [words.name()],
                );
                sql.bind_list(values.iter().map(String::as_str)).push(")");
            }
            Self::Validity(values) => {
                validity_sql::push(sql, moment.at, moment.valid_at);
                sql.push(" IN ");
                sql.bind_list(values.iter().map(String::as_str));
            }
            Self::Days { column, from, to } => {
                let column = column.name();
                sql.push(&format!("v.{column} IS NOT NULL"));
                if let Some(from) = from {
                    sql.bind(&format!(" AND v.{column} >= ?"), [from.as_str()]);
                }
                if let Some(to) = to {
                    sql.bind(&format!(" AND v.{column} <= ?"), [to.as_str()]);
                }
            }
            Self::Placed(place) => place.push(sql)?,
            Self::Search(query) => search::push_found(sql, query, moment.at),
            Self::Near(_, numbers) => search::push_near(sql, numbers),
            Self::Found(_) => {
                sql.push("v.from_position = found.from_position");
            }
        }
        Ok(())
    }
}

impl Place {
    /// One placement must meet all terms, so they stand in one `EXISTS`.
    fn push(&self, sql: &mut Sql) -> Result<(), Problem> {
        sql.bind(
            "EXISTS (SELECT 1 FROM version_placement p WHERE p.framework = ? AND p.from_position = v.from_position",
            [self.framework.as_str()],
        );
        self.push_terms(sql)?;
        sql.push(")");
        Ok(())
    }

    /// The terms alone, for a placement `p` of the framework.
    pub fn push_terms(&self, sql: &mut Sql) -> Result<(), Problem> {
        for (axis, values) in &self.cell {
            sql.push(" AND (");
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    sql.push(" OR ");
                }
                // Not LIKE: on SQLite it takes `a` for `A`.
                sql.bind("REPLACE(p.cell, ?, '') <> p.cell", [member(axis, value)?]);
            }
            sql.push(")");
        }
        if !self.nodes.is_empty() {
            sql.push(" AND ");
            push_in(sql, "p.node", &self.nodes);
        }
        Ok(())
    }
}

/// `"axis":"value"` as a canonical cell holds it. Quotes inside JSON strings are escaped, so nothing but a whole member
/// can meet it.
fn member(axis: &str, value: &str) -> Result<String, Problem> {
    let axis = serde_json::to_string(axis).map_err(Problem::internal)?;
    let value = serde_json::to_string(value).map_err(Problem::internal)?;
    Ok(format!("{axis}:{value}"))
}

fn push_in(sql: &mut Sql, column: &str, values: &[String]) {
    sql.push(column).push(" IN ");
    sql.bind_list(values.iter().map(String::as_str));
}

/// The values a validity filter compares with.
pub fn validity_values(values: &[Validity]) -> Vec<String> {
    values
        .iter()
        .filter_map(|value| validity_id(Some(*value)))
        .map(str::to_owned)
        .collect()
}
