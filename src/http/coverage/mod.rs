//! Coverage over HTTP: what is wanting, what is there twice, how catalogues differ, what is about to happen.

pub mod compare;
pub mod duplicates;
pub mod gaps;
pub mod schema;
pub mod trials;

use crate::domain::term::Term;
use crate::http::params::Params;
use crate::http::standards::query;
use crate::registry::read::filter::{Filter, Filters};
use crate::registry::read::list::DEFAULT_FRAMEWORK;
use crate::text;

/// The longest name of a framework.
const MAX_NAME: usize = 500;

/// `framework`, by slug or id, if it is given.
pub fn framework_if_given(params: &mut Params) -> Option<String> {
    params.text("framework", MAX_NAME)
}

/// `framework`, by slug or id; the default one when absent.
fn framework(params: &mut Params) -> String {
    framework_if_given(params).unwrap_or_else(|| DEFAULT_FRAMEWORK.to_owned())
}

/// The rows of these divisions with everything below them, and of exactly these.
pub fn rows_of(owner: Vec<String>, owner_exact: Vec<String>) -> Filters {
    let mut all = Vec::new();
    if !owner.is_empty() {
        all.push(Filter::Owner(owner));
    }
    if !owner_exact.is_empty() {
        all.push(Filter::OwnerExact(owner_exact));
    }
    Filters {
        all,
        ..Filters::default()
    }
}

/// `owner` and `owner_exact`.
pub fn owners(params: &mut Params) -> (Vec<String>, Vec<String>) {
    (
        query::divisions(params, "owner"),
        query::divisions(params, "owner_exact"),
    )
}

/// Values of a vocabulary, repeated or with commas between them; several mean or.
pub fn listed<T: Term + PartialEq>(params: &mut Params, name: &str) -> Vec<T> {
    let given = params.repeated(name);
    let mut terms = Vec::new();
    for words in given.iter().flat_map(|list| list.split(',')).map(str::trim) {
        match T::from_id(words) {
            Some(term) if !terms.contains(&term) => terms.push(term),
            Some(_) => {}
            None => {
                let choices = T::choices();
                let detail = text!(
                    "「{words}」不在可选值之中：{choices}",
                    "\"{words}\" is not one of: {choices}"
                );
                params.fault(name, "unknown_value", detail);
            }
        }
    }
    terms
}
