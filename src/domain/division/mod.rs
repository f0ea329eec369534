//! Administrative divisions (行政区划) of GB/T 2260 down to the county level, past ones included, and the functional
//! zones that have no code there. The tree decides what a token reaches; a code's digits decide nothing.

mod reach;
mod table;

use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::text::Text;
use crate::text;

/// The country, root of the tree.
pub const COUNTRY: &str = "000000";

/// One division, current or past.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Division {
    /// `370214`, or `370211-xihaian` for a zone that has no code of its own.
    pub code: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_en: Option<String>,
    /// The division above; for a past one, the division above it in its last days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The first day; absent when it lies before the oldest list (1980) or is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_from: Option<NaiveDate>,
    /// The first day on which it was no more; absent for a current one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_to: Option<NaiveDate>,
    /// Who took over its territory, where that is known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub successors: Vec<String>,
    /// A functional zone (功能区): administered as a division, but none under GB/T 2260.
    pub zone: bool,
}

/// The tree of divisions. Relations between rows are worked out once, so that a question costs a search or two.
pub struct Divisions {
    /// In the order of codes.
    rows: Vec<Division>,
    children: Vec<Vec<usize>>,
    predecessors: Vec<Vec<usize>>,
    /// By row: the rows that reach it, itself included, in order.
    reached_from: Vec<Vec<usize>>,
}

static BUILT_IN: LazyLock<Divisions> =
    LazyLock::new(|| Divisions::new(table::read(include_str!("../../../data/divisions.csv"))));

/// The longest code of a division that is looked up.
pub const MAX_CODE: usize = 64;

/// What a code that names no division is called among faults.
pub const UNKNOWN: &str = "unknown_division";

impl Divisions {
    /// The divisions of China.
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    fn new(mut rows: Vec<Division>) -> Self {
        rows.sort_by(|a, b| a.code.cmp(&b.code));
        rows.dedup_by(|a, b| a.code == b.code);
        let above = reach::above(&rows);
        Self {
            children: reach::inverse(&above.parents),
            predecessors: reach::inverse(&above.successors),
            reached_from: reach::reached_from(&above),
            rows,
        }
    }

    pub fn get(&self, code: &str) -> Option<&Division> {
        self.rows.get(self.index(code)?)
    }

    /// The code of a division, or what to say to who sent it.
    pub fn known(&self, code: String) -> Result<String, Text> {
        match self.get(&code) {
            Some(_) => Ok(code),
            None => Err(text!(
                "没有行政区划「{code}」；见 GET /v1/divisions",
                "there is no division \"{code}\"; see GET /v1/divisions"
            )),
        }
    }

    /// Every division in the order of codes.
    pub fn all(&self) -> impl Iterator<Item = &Division> {
        self.rows.iter()
    }

    /// What lies above, nearest first, without the division itself.
    pub fn ancestors(&self, code: &str) -> Vec<&Division> {
        let mut ancestors: Vec<&Division> = Vec::new();
        let mut next = self.parent(code);
        while let Some(above) = next {
            if ancestors.iter().any(|seen| seen.code == above.code) {
                break;
            }
            ancestors.push(above);
            next = self.parent(&above.code);
        }
        ancestors
    }

    pub fn children(&self, code: &str) -> Vec<&Division> {
        self.listed(&self.children, code)
    }

    /// Those whose territory the division took over.
    pub fn predecessors(&self, code: &str) -> Vec<&Division> {
        self.listed(&self.predecessors, code)
    }

    /// Whether who holds `granted` may act for `code`: the division itself, all below it, and the predecessors of
    /// anything reached with all below them. Unknown codes reach nothing and are reached by nothing.
    pub fn reaches(&self, granted: &str, code: &str) -> bool {
        match (self.index(granted), self.index(code)) {
            (Some(granted), Some(code)) => self.is_reached(granted, code),
            _ => false,
        }
    }

    /// Every code reached, in order.
    pub fn reach(&self, granted: &str) -> Vec<&str> {
        let Some(granted) = self.index(granted) else {
            return Vec::new();
        };
        let numbered = self.rows.iter().enumerate();
        numbered
            .filter(|(row, _)| self.is_reached(granted, *row))
            .map(|(_, division)| division.code.as_str())
            .collect()
    }

    /// Every code that reaches this one, itself included, in order.
    pub fn reaching(&self, code: &str) -> Vec<&str> {
        let rows = self.index(code).and_then(|row| self.reached_from.get(row));
        rows.into_iter()
            .flatten()
            .filter_map(|row| self.rows.get(*row))
            .map(|division| division.code.as_str())
            .collect()
    }

    /// Every code with each code it reaches, itself included.
    pub fn reach_pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let numbered = self.rows.iter().zip(&self.reached_from);
        numbered.flat_map(|(division, from)| {
            let granted = from.iter().filter_map(|row| self.rows.get(*row));
            granted.map(move |granted| (granted.code.as_str(), division.code.as_str()))
        })
    }

    fn is_reached(&self, granted: usize, row: usize) -> bool {
        self.reached_from
            .get(row)
            .is_some_and(|from| from.binary_search(&granted).is_ok())
    }

    fn parent(&self, code: &str) -> Option<&Division> {
        self.get(self.get(code)?.parent.as_deref()?)
    }

    fn listed(&self, related: &[Vec<usize>], code: &str) -> Vec<&Division> {
        let rows = self.index(code).and_then(|row| related.get(row));
        rows.into_iter()
            .flatten()
            .filter_map(|row| self.rows.get(*row))
            .collect()
    }

    fn index(&self, code: &str) -> Option<usize> {
        self.rows
            .binary_search_by(|division| division.code.as_str().cmp(code))
            .ok()
    }
}

#[cfg(test)]
mod tests;
