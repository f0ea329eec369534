//! The parameters by which lists of standards are narrowed: one reading for every resource that takes them.

use std::collections::BTreeMap;

use crate::domain::classification;
use crate::domain::number;
use crate::domain::search::{self, SearchQuery};
use crate::domain::term::Term;
use crate::domain::vocabulary::{Audience, Element, Level, Mandate, Origin, Supply, Validity};
use crate::http::params::Params;
use crate::registry::read::filter::{Column, Filter, Filters, Place, Withdrawn, Words, validity_values};
use crate::registry::read::list::{DEFAULT_AXES, DEFAULT_FRAMEWORK};
use crate::terms;
use crate::text;

terms! {
    /// Whether withdrawn rows are listed.
    pub enum WithdrawnRows = "withdrawn" {
        Exclude "exclude" "不含已移出" "Exclude withdrawn rows",
        Only "only" "仅已移出" "Only withdrawn rows",
        Include "include" "含已移出" "Include withdrawn rows",
    }
}

/// The longest value of a filter.
const MAX_VALUE: usize = 500;

/// How often one filter may be given.
const MAX_VALUES: usize = 100;

/// Reads every filter; faults are gathered in `params`.
pub fn filters(params: &mut Params) -> Filters {
    let mut all = Vec::new();
    owners(params, &mut all);
    term_column::<Origin>(params, Column::Origin, &mut all);
    term_column::<Level>(params, Column::Level, &mut all);
    term_column::<Mandate>(params, Column::Mandate, &mut all);
    term_column::<Supply>(params, Column::Supply, &mut all);
    term_column::<Audience>(params, Column::Audience, &mut all);
    let validity = params.terms::<Validity>("validity");
    if !validity.is_empty() {
        all.push(Filter::Validity(validity_values(&validity)));
    }
    let elements = params.terms::<Element>("elements");
    if !elements.is_empty() {
        let ids = elements
            .into_iter()
            .map(|element| element.id().to_owned())
            .collect();
        all.push(Filter::Words(Words::Elements, ids));
    }
    for words in [
        Words::LeadDepartment,
        Words::IssuedBy,
        Words::Ics,
        Words::Ccs,
        Words::Keywords,
    ] {
        let given = texts(params, words.name());
        let values: Vec<String> = match words {
            Words::Ics => given
                .iter()
                .flat_map(|code| classification::ics_with_below(code))
                .collect(),
            Words::Ccs => given
                .iter()
                .flat_map(|code| classification::ccs_with_below(code))
                .collect(),
            _ => given,
        };
        if !values.is_empty() {
            all.push(Filter::Words(words, values));
        }
    }
    for column in [Column::ExternalId, Column::PlanNumber] {
        let values = texts(params, column.name());
        if !values.is_empty() {
            all.push(Filter::Column(column, values));
        }
    }
    let numbers = numbers(params);
    if !numbers.is_empty() {
        all.push(Filter::Column(Column::Number, numbers));
    }
    for column in [Column::PublishedOn, Column::ImplementedOn, Column::AbolishedOn] {
        days(params, column, &mut all);
    }
    places(params, &mut all);
    search(params, &mut all);
    let withdrawn = match params.term::<WithdrawnRows>("withdrawn") {
        None | Some(WithdrawnRows::Exclude) => Withdrawn::Exclude,
        Some(WithdrawnRows::Only) => Withdrawn::Only,
        Some(WithdrawnRows::Include) => Withdrawn::Include,
    };
    Filters { all, withdrawn }
}

/// `q`: what is searched for.
fn search(params: &mut Params, all: &mut Vec<Filter>) {
    let Some(words) = params.text("q", search::MAX_CHARACTERS) else {
        return;
    };
    match SearchQuery::parse(&words) {
        Ok(query) => all.push(Filter::Search(query)),
        Err(fault) => params.fault("q", fault.code, fault.detail),
    }
}

/// Values of one parameter, within the bounds of what a query may hold.
fn texts(params: &mut Params, name: &str) -> Vec<String> {
    let values = params.texts(name, MAX_VALUE);
    within_bounds(params, name, values)
}

fn within_bounds(params: &mut Params, name: &str, values: Vec<String>) -> Vec<String> {
    if values.len() > MAX_VALUES {
        params.fault(
            name,
            "too_many_values",
            text!("最多 {MAX_VALUES} 个值", "at most {MAX_VALUES} values"),
        );
    }
    values
}

/// `owner`, with all below it, and `owner_exact`.
pub fn owners(params: &mut Params, all: &mut Vec<Filter>) {
    let owners = divisions(params, "owner");
    if !owners.is_empty() {
        all.push(Filter::Owner(owners));
    }
    let exact = divisions(params, "owner_exact");
    if !exact.is_empty() {
        all.push(Filter::OwnerExact(exact));
    }
}

/// Within the bounds of what a query may hold.
pub fn divisions(params: &mut Params, name: &str) -> Vec<String> {
    let codes = params.divisions(name);
    within_bounds(params, name, codes)
}

fn term_column<T: Term>(params: &mut Params, column: Column, all: &mut Vec<Filter>) {
    let terms = params.terms::<T>(column.name());
    if !terms.is_empty() {
        let ids = terms.into_iter().map(|term| term.id().to_owned()).collect();
        all.push(Filter::Column(column, ids));
    }
}

/// Numbers in any spelling; one outside the grammar may be a house number and is compared as it is tidied.
fn numbers(params: &mut Params) -> Vec<String> {
    texts(params, "number")
        .iter()
        .map(|written| match number::parse(written) {
            Ok(parsed) => parsed.canonical,
            Err(_) => number::tidy_house_number(written),
        })
        .collect()
}

fn days(params: &mut Params, column: Column, all: &mut Vec<Filter>) {
    let from = params.date(&format!("{}_from", column.name()));
    let to = params.date(&format!("{}_to", column.name()));
    if from.is_some() || to.is_some() {
        all.push(Filter::Days {
            column,
            from: from.map(|day| day.to_string()),
            to: to.map(|day| day.to_string()),
        });
    }
}

/// `framework`, `node`, `cell=<axis>:<value>` and the default framework's own axes: all hold for one placement.
pub fn places(params: &mut Params, all: &mut Vec<Filter>) {
    let framework = params.text("framework", MAX_VALUE);
    let nodes = texts(params, "node");
    let mut cell: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for term in texts(params, "cell") {
        match term.split_once(':') {
            Some((axis, value)) if !axis.is_empty() && !value.is_empty() => {
                cell.entry(axis.to_owned()).or_default().push(value.to_owned());
            }
            _ => params.fault(
                "cell",
                "not_a_cell_term",
                text!(
                    "「{term}」应写作 轴:取值，如 subsystem:老有颐养",
                    "write \"{term}\" as axis:value, as in subsystem:老有颐养"
                ),
            ),
        }
    }
    let mut own_axes = false;
    for axis in DEFAULT_AXES {
        let values = texts(params, axis);
        own_axes |= !values.is_empty();
        if !values.is_empty() {
            cell.entry(axis.to_owned()).or_default().extend(values);
        }
    }
    if own_axes
        && framework
            .as_deref()
            .is_some_and(|framework| framework != DEFAULT_FRAMEWORK)
    {
        params.fault(
            "framework",
            "contradiction",
            text!(
                "subsystem 与 dimension 属于框架 {DEFAULT_FRAMEWORK}；其他框架请用 cell=轴:取值",
                "subsystem and dimension belong to the framework {DEFAULT_FRAMEWORK}; for others use cell=axis:value"
            ),
        );
    }
    if framework.is_some() || !nodes.is_empty() || !cell.is_empty() {
        all.push(Filter::Placed(Place {
            framework: framework.unwrap_or_else(|| DEFAULT_FRAMEWORK.to_owned()),
            cell,
            nodes,
        }));
    }
}
