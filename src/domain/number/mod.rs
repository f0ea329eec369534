//! The numbers of Chinese standards: one grammar for every way in.
//!
//! ```text
//! GB/T 15629.11-2003(2018年版)/XG1-2006
//! head serial.part-year suffixes
//! ```
//! A number is first tidied (`tidy`), then read from left to right: `head` by the table of prefixes (`prefix`,
//! `region`, `organisation`), `serial`, `suffix`; `reference` tells an identity from an undated number, a range or a
//! series.

mod contradiction;
mod cursor;
mod head;
mod order;
mod organisation;
mod prefix;
mod reference;
mod refusal;
mod region;
mod serial;
mod suffix;
mod tidy;

use serde::Serialize;
use utoipa::ToSchema;

pub use self::contradiction::mandate_contradiction;
pub use self::order::sort_key_of;
pub use self::prefix::{Prefix, prefixes};
pub use self::reference::{Reference, parse_reference};
pub use self::refusal::NumberProblem;
pub use self::tidy::tidy_house_number;

use self::contradiction::PREFIX_SAYS_MANDATE_SINCE;
use self::head::Head;
use self::serial::Serial;
use crate::domain::vocabulary::{Level, Mandate};

/// The number of a standard, taken apart.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct StandardNumber {
    /// The one spelling under which the registry knows the standard: `GB/T 1.1-2020`.
    pub canonical: String,
    /// `GB/T`, `DB37/T`, `T/CSGF`
    pub prefix: String,
    pub level: Level,
    /// What the prefix says; absent where it says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mandate: Option<Mandate>,
    /// Six-digit division code of a local standard: `370200` for DB3702/T.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Code of the association or enterprise: `CSGF`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// `22239`, `08-2369`, `TG06-011`
    pub serial: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<u16>,
    /// 修改单: `XG1-2006`, or `XG1` where its year is not written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amendment: Option<String>,
    /// Year of a partial revision that kept number and year: `2018` for (2018年版).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edition: Option<String>,
    /// A second number of the same text: `ISO 13485:2016`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dual: Option<String>,
}

/// Reads an identity: one dated number, however it was written.
///
/// ```
/// use standards_registry::domain::number::parse;
/// let number = parse("ＤＢ 3702／Ｔ\n98——2019").unwrap();
/// assert_eq!(number.canonical, "DB3702/T 98-2019");
/// assert_eq!(parse("TC291").unwrap_err().code, "committee_code");
/// ```
pub fn parse(written: &str) -> Result<StandardNumber, NumberProblem> {
    match parse_reference(written)? {
        Reference::Number(number) => Ok(number),
        Reference::Undated(number) => Err(refusal::undated(&number.canonical)),
        Reference::Range { first, last } => Err(refusal::range(&first.canonical, &last.canonical)),
        Reference::Series { of } => Err(refusal::series(&of.canonical)),
    }
}

impl StandardNumber {
    fn new(head: Head, serial: Serial) -> Self {
        let number = Self {
            canonical: String::new(),
            prefix: head.prefix,
            level: head.level,
            mandate: head.mandate,
            region: head.region,
            organisation: head.organisation,
            serial: serial.serial,
            part: serial.part,
            year: None,
            amendment: None,
            edition: None,
            dual: None,
        };
        number.located().dated(serial.year)
    }

    /// Construction standards say in their serial whose they are.
    fn located(mut self) -> Self {
        if self.level == Level::Local && self.region.is_none() {
            self.region = self.serial.get(..2).and_then(region::by_construction_sign);
        }
        self
    }

    fn dated(mut self, year: Option<u16>) -> Self {
        self.year = year;
        let is_old = year.is_some_and(|year| year < PREFIX_SAYS_MANDATE_SINCE);
        if is_old && self.mandate == Some(Mandate::Mandatory) {
            self.mandate = None;
        }
        self.canonical = self.spell('-');
        self
    }

    /// As set in print, with the dash that GB/T 1.1-2020 prescribes: `GB/T 1.1—2020`.
    pub fn display(&self) -> String {
        self.spell('—')
    }

    /// The number without year, amendment and edition, which all editions share: `GB/T 22239`.
    pub fn undated(&self) -> String {
        // Food safety alone writes the serial right behind the slash: DBS51/008-2019.
        let blank = if self.prefix.starts_with("DBS") { "" } else { " " };
        let mut spelt = format!("{}{blank}{}", self.prefix, self.serial);
        if let Some(part) = &self.part {
            spelt.push('.');
            spelt.push_str(part);
        }
        spelt
    }

    /// A key whose byte order is the natural order of numbers.
    pub fn sort_key(&self) -> String {
        sort_key_of(&self.canonical)
    }

    fn spell(&self, dash: char) -> String {
        let mut spelt = self.undated();
        if let Some(year) = self.year {
            spelt.push(if self.prefix == "CECS" { ':' } else { dash });
            spelt.push_str(&year.to_string());
        }
        if let Some(edition) = &self.edition {
            spelt.push_str(&format!("({edition}年版)"));
        }
        let slashed = self.amendment.iter().chain(&self.dual);
        for suffix in slashed {
            spelt.push('/');
            spelt.push_str(suffix);
        }
        spelt
    }
}

#[cfg(test)]
mod tests;
