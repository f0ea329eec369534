//! The table of prefixes: who numbers with them, in which shape, and how far their standards bind.
//!
//! `data/prefixes.csv` is the project's own. Its industry codes and their fields come from relaton-gb and gb-agencies
//! (BSD-2-Clause). An empty `bare` says that the prefix alone settles nothing: HJ, for one, leaves the T off
//! recommended standards too.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::domain::term::Term;
use crate::domain::vocabulary::{Level, Mandate};

/// One registered prefix, without `/T` or `/Z`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix {
    pub code: &'static str,
    pub level: Level,
    /// What the prefix alone says; nothing where the issuer uses it for binding and other standards alike.
    pub bare: Option<Mandate>,
    /// Whether, and as what, `/T` stands behind it.
    pub with_t: Option<Mandate>,
    /// Whether, and as what, `/Z` stands behind it.
    pub with_z: Option<Mandate>,
    /// The division whose prefix it is.
    pub region: Option<&'static str>,
    pub field_zh: &'static str,
    pub field_en: &'static str,
    pub(super) shape: Shape,
}

/// What stands between a prefix and the year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// `22239`, `15629.11`
    Single,
    /// `08-2369`: the issuer's sign, then the number.
    Double,
    /// Either of the two: provinces number both ways under one prefix.
    Local,
    /// Digits and letters in any number of groups: `B02-01`, `150.1A`, `TG06-011.1`.
    Open,
    /// Open, and grouped by blanks that count for nothing: `2 16 016`.
    Enterprise,
}

static TABLE: LazyLock<Vec<Prefix>> = LazyLock::new(|| {
    let rows = include_str!("../../../data/prefixes.csv").lines().skip(1);
    rows.filter_map(read_row).collect()
});

/// Letters carry no case on input: `GBn` is found as `GBN`.
static BY_CODE: LazyLock<HashMap<String, &'static Prefix>> = LazyLock::new(|| {
    let upper = |prefix: &'static Prefix| (prefix.code.to_ascii_uppercase(), prefix);
    TABLE.iter().map(upper).collect()
});

fn read_row(row: &'static str) -> Option<Prefix> {
    let mut cells = row.split(',');
    let mut cell = || cells.next();
    Some(Prefix {
        code: cell()?,
        level: Level::from_id(cell()?)?,
        shape: match cell()? {
            "single" => Shape::Single,
            "double" => Shape::Double,
            "open" => Shape::Open,
            _ => return None,
        },
        bare: Mandate::from_id(cell()?),
        with_t: Mandate::from_id(cell()?),
        with_z: Mandate::from_id(cell()?),
        region: cell().filter(|code| !code.is_empty()),
        field_zh: cell()?,
        field_en: cell()?,
    })
}

/// Every registered prefix, national ones first, in the table's order.
pub fn prefixes() -> &'static [Prefix] {
    &TABLE
}

pub(super) fn find(code: &str) -> Option<&'static Prefix> {
    BY_CODE.get(code).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_read_and_its_code_is_its_own() {
        let rows = include_str!("../../../data/prefixes.csv").lines().count() - 1;
        assert_eq!(prefixes().len(), rows);
        assert_eq!(BY_CODE.len(), rows);
        assert!(prefixes().iter().filter(|p| p.level == Level::Industry).count() >= 77);
    }
}
