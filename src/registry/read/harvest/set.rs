//! Sets to harvest by: divisions with all below them, and cells of frameworks.
//!
//! `division:370200` has what `owner=370200` lists. `cell:qingdao:dimension.process:subsystem.~E8~80~81…` has what has
//! one place with all these values; fewer values are wider sets. A set's name takes few characters, so ids in other
//! scripts are percent-encoded with `~` for `%`.

use std::collections::BTreeMap;

use crate::domain::division::Divisions;
use crate::domain::problem::Problem;
use crate::domain::standard::{Placement, StandardContent};
use crate::registry::read::filter::Place;
use crate::registry::read::push_reach;
use crate::store::sql::Sql;

pub const DIVISIONS: &str = "division";
pub const CELLS: &str = "cell";

/// One set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Set {
    /// Every standard: each belongs to some division.
    Divisions,
    /// What a division and everything below it has.
    Division(String),
    /// Everything placed in any framework.
    Cells,
    /// What has one place in a framework with these values; without values, any place.
    Cell {
        framework: String,
        values: BTreeMap<String, String>,
    },
}

impl Set {
    /// The cell of a placement, whole.
    pub fn cell_of(placement: &Placement) -> Self {
        Self::Cell {
            framework: placement.framework.clone(),
            values: placement.cell.clone(),
        }
    }

    /// One value on one axis.
    pub fn of_value(framework: &str, axis: &str, value: &str) -> Self {
        Self::Cell {
            framework: framework.to_owned(),
            values: BTreeMap::from([(axis.to_owned(), value.to_owned())]),
        }
    }

    /// Reads a set's name; nothing when there is no such kind of set.
    pub fn parse(spec: &str) -> Option<Self> {
        let mut parts = spec.split(':');
        let (kind, first) = (parts.next()?, parts.next());
        match (kind, first) {
            (DIVISIONS, None) => Some(Self::Divisions),
            (DIVISIONS, Some(code)) if parts.next().is_none() => Some(Self::Division(unescaped(code)?)),
            (CELLS, None) => Some(Self::Cells),
            (CELLS, Some(framework)) => {
                let framework = unescaped(framework)?;
                let mut values = BTreeMap::new();
                for part in parts {
                    let (axis, value) = part.split_once('.')?;
                    if values.insert(unescaped(axis)?, unescaped(value)?).is_some() {
                        return None;
                    }
                }
                Some(Self::Cell { framework, values })
            }
            _ => None,
        }
    }

    /// Adds the condition that a version belongs to the set.
    pub fn push_condition(&self, sql: &mut Sql, alias: &str) -> Result<(), Problem> {
        match self {
            Self::Divisions => {
                sql.push("1 = 1");
            }
            Self::Division(code) => {
                push_reach(sql, &format!("{alias}.owner"), [code.as_str()]);
            }
            Self::Cells => {
                sql.push(&format!("EXISTS ({})", placed(alias)));
            }
            Self::Cell { framework, values } => {
                let framework_is = format!("EXISTS ({} AND p.framework = ?", placed(alias));
                sql.bind(&framework_is, [framework.as_str()]);
                let mut place = Place::default();
                for (axis, value) in values {
                    place.cell.insert(axis.clone(), vec![value.clone()]);
                }
                place.push_terms(sql)?;
                sql.push(")");
            }
        }
        Ok(())
    }

    /// Whether membership follows from the content, and so can no longer be told once that is erased.
    pub fn rests_on_content(&self) -> bool {
        matches!(self, Self::Cells | Self::Cell { .. })
    }
}

fn placed(alias: &str) -> String {
    format!("SELECT 1 FROM version_placement p WHERE p.from_position = {alias}.from_position")
}

impl std::fmt::Display for Set {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Self::Divisions => f.write_str(DIVISIONS),
            Self::Division(code) => write!(f, "{DIVISIONS}:{}", escaped(code)),
            Self::Cells => f.write_str(CELLS),
            Self::Cell { framework, values } => {
                write!(f, "{CELLS}:{}", escaped(framework))?;
                for (axis, value) in values {
                    write!(f, ":{}.{}", escaped(axis), escaped(value))?;
                }
                Ok(())
            }
        }
    }
}

/// The sets an entry belongs to. Those that a name tells by its colons (all before `:`) are not repeated.
pub fn memberships(owner: &str, content: Option<&StandardContent>) -> Vec<String> {
    let divisions = Divisions::built_in().reaching(owner);
    let mut sets: Vec<String> = divisions
        .into_iter()
        .map(|code| Set::Division(code.to_owned()).to_string())
        .collect();
    for placement in content.into_iter().flat_map(|content| &content.placements) {
        sets.push(Set::cell_of(placement).to_string());
        let values = placement.cell.iter();
        sets.extend(values.map(|(axis, value)| Set::of_value(&placement.framework, axis, value).to_string()));
    }
    sets.sort();
    sets.dedup();
    sets
}

/// Percent-encoding with `~`: a set's name may have no `%` and nothing beyond ASCII.
fn escaped(words: &str) -> String {
    let mut escaped = String::with_capacity(words.len());
    for byte in words.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("~{byte:02X}"));
        }
    }
    escaped
}

fn unescaped(words: &str) -> Option<String> {
    let mut bytes = words.bytes();
    let mut unescaped = Vec::with_capacity(words.len());
    while let Some(byte) = bytes.next() {
        unescaped.push(match byte {
            b'~' => {
                let high = char::from(bytes.next()?).to_digit(16)?;
                let low = char::from(bytes.next()?).to_digit(16)?;
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    let words = String::from_utf8(unescaped).ok()?;
    (!words.is_empty() && !words.contains('\0')).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_sets_are_ascii_and_read_back() {
        let values = [("subsystem", "老有颐养"), ("dimension", "process")];
        let set = Set::Cell {
            framework: "qingdao".to_owned(),
            values: values
                .map(|(axis, value)| (axis.to_owned(), value.to_owned()))
                .into(),
        };
        let spec = set.to_string();
        assert_eq!(
            spec,
            "cell:qingdao:dimension.process:subsystem.~E8~80~81~E6~9C~89~E9~A2~90~E5~85~BB"
        );
        assert_eq!(Set::parse(&spec), Some(set));
        for spec in ["division", "division:370211-xihaian", "cell", "cell:qingdao"] {
            assert_eq!(Set::parse(spec).unwrap().to_string(), spec);
        }
    }

    #[test]
    fn what_is_no_set_is_none() {
        for spec in [
            "",
            "divisions",
            "division:",
            "division:370200:370214",
            "cell:qingdao:process",
            "cell:qingdao:a.b:a.c",
            "cell:~",
            "cell:~FF",
            "cell:~00",
        ] {
            assert_eq!(Set::parse(spec), None, "{spec}");
        }
    }
}
