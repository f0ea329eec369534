//! Counting rows by the values of one field.

use crate::domain::framework::matrix::{Breakdown, Counted, MatrixShare};
use crate::domain::term::Term;
use crate::domain::vocabulary::{Level, Origin, Supply, Validity};

/// The values of one field, numbered in the order they are shown in.
pub(super) struct Values<'r> {
    /// The vocabulary's own first, then whatever else rows hold.
    known: Vec<&'r str>,
    /// By row: the number of its value.
    of_row: Vec<Option<usize>>,
}

impl<'r> Values<'r> {
    pub fn new(field: Breakdown) -> Self {
        Self {
            known: match field {
                Breakdown::Origin => ids::<Origin>(),
                Breakdown::Level => ids::<Level>(),
                Breakdown::Supply => ids::<Supply>(),
                Breakdown::Validity => ids::<Validity>(),
            },
            of_row: Vec::new(),
        }
    }

    /// Notes the value of the next row.
    pub fn push(&mut self, value: Option<&'r str>) {
        let number = value.map(|value| {
            let found = self.known.iter().position(|known| *known == value);
            found.unwrap_or_else(|| {
                self.known.push(value);
                self.known.len() - 1
            })
        });
        self.of_row.push(number);
    }

    /// How many of these rows have which value, those without any last.
    pub fn shares(&self, rows: impl Iterator<Item = usize>) -> Vec<MatrixShare> {
        let mut counts = vec![0; self.known.len()];
        let mut without = 0;
        for row in rows {
            let value = self.of_row.get(row).copied().flatten();
            match value.and_then(|value| counts.get_mut(value)) {
                Some(count) => *count += 1,
                None => without += 1,
            }
        }
        let values = self.known.iter().map(|value| Some((*value).to_owned()));
        values
            .chain([None])
            .zip(counts.into_iter().chain([without]))
            .filter(|(_, count)| *count > 0)
            .map(|(value, count)| MatrixShare { value, count })
            .collect()
    }
}

fn ids<T: Term>() -> Vec<&'static str> {
    T::ALL.iter().map(|term| term.id()).collect()
}

impl<'r> Counted<'r> {
    /// The row's value of a field.
    pub(super) fn value(&self, field: Breakdown) -> Option<&'r str> {
        match field {
            Breakdown::Origin => self.origin,
            Breakdown::Level => self.level,
            Breakdown::Supply => self.supply,
            Breakdown::Validity => self.validity,
        }
    }
}
