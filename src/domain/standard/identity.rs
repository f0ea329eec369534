//! Number, level and mandate: the number tells the other two, so they are read together.

use chrono::NaiveDate;

use super::limits;
use crate::domain::number::{self, StandardNumber, mandate_contradiction, tidy_house_number};
use crate::domain::shape::Fields;
use crate::domain::vocabulary::{Level, Mandate};
use crate::text;

/// What a row says a standard is called and what follows from it.
pub(super) struct Identity {
    pub number: Option<String>,
    pub number_as_written: Option<String>,
    pub level: Option<Level>,
    pub mandate: Option<Mandate>,
}

impl Identity {
    pub fn read(fields: &mut Fields, published_on: Option<NaiveDate>) -> Self {
        let written = fields.text("number", limits::NUMBER);
        let as_written = fields.text("number_as_written", limits::NUMBER_AS_WRITTEN);
        let level = fields.term("level");
        let mandate = fields.term("mandate");
        let mut identity = Self {
            number: None,
            number_as_written: as_written,
            level,
            mandate,
        };
        match &written {
            Some(written) if level == Some(Level::Internal) => {
                identity.number = read_house_number(fields, written);
            }
            Some(written) => {
                if let Some(number) = read_number(fields, written) {
                    identity.settle(fields, number, published_on);
                }
            }
            None => {}
        }
        // A faulty number is reported as such: once mended it tells the level.
        if !fields.has("number") {
            identity.level = fields.required("level", identity.level);
        }
        if identity.number_as_written.is_none() {
            identity.number_as_written = written.filter(|written| identity.number.as_ref() != Some(written));
        }
        identity
    }

    /// Takes from the number what the row leaves open, and holds the rest against it.
    fn settle(&mut self, fields: &mut Fields, number: StandardNumber, published_on: Option<NaiveDate>) {
        for (field, code, detail) in mandate_contradiction(&number, self.level, self.mandate, published_on) {
            fields.fault(field, code, detail);
        }
        self.level = self.level.or(Some(number.level));
        self.mandate = self.mandate.or_else(|| told_mandate(&number, published_on));
        self.number = Some(number.canonical);
    }
}

fn read_number(fields: &mut Fields, written: &str) -> Option<StandardNumber> {
    match number::parse(written) {
        Ok(number) => Some(number),
        Err(problem) => {
            fields.fault("number", problem.code, problem.detail);
            None
        }
    }
}

fn read_house_number(fields: &mut Fields, written: &str) -> Option<String> {
    let tidied = tidy_house_number(written);
    if tidied.is_empty() {
        fields.fault("number", "blank", text!("不能为空", "must not be blank"));
        return None;
    }
    Some(tidied)
}

/// The mandate that follows from a number. Where the number would let the opposite stand too, nothing follows: before
/// 1990 the prefix GB was on recommended standards as well.
fn told_mandate(number: &StandardNumber, published_on: Option<NaiveDate>) -> Option<Mandate> {
    let told = number.mandate?;
    let opposite = match told {
        Mandate::Mandatory => Mandate::Recommended,
        Mandate::Recommended | Mandate::Guidance | Mandate::Voluntary => Mandate::Mandatory,
    };
    let settled = !mandate_contradiction(number, None, Some(opposite), published_on).is_empty();
    settled.then_some(told)
}
