//! The two classifications a standard carries: ICS (International Classification for Standards) and
//! CCS (中国标准文献分类法).

use std::sync::LazyLock;

use serde::Serialize;
use utoipa::ToSchema;

/// One class of a classification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Class {
    pub code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title_zh: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title_en: Option<String>,
}

static ICS: LazyLock<Vec<Class>> = LazyLock::new(|| read(include_str!("../../data/ics.csv")));
static CCS: LazyLock<Vec<Class>> = LazyLock::new(|| read(include_str!("../../data/ccs.csv")));

/// The ICS field, group or subgroup of exactly this code: `03`, `03.080`, `03.080.30`.
pub fn ics(code: &str) -> Option<&'static Class> {
    find(&ICS, code)
}

/// The CCS class, range or item of exactly this code: `A`, `A10/19`, `A14`.
pub fn ccs(code: &str) -> Option<&'static Class> {
    find(&CCS, code)
}

/// An ICS class with all below it: `03.080` with `03.080.30`. A code that is no class stands for itself.
pub fn ics_with_below(code: &str) -> Vec<String> {
    let below = format!("{code}.");
    with_below(&ICS, code, |class| class.starts_with(&below))
}

/// A CCS class with all below it: `A` with `A14`, `A10/19` with `A10` to `A19`. A code that is no class stands for
/// itself.
pub fn ccs_with_below(code: &str) -> Vec<String> {
    let is_letter = code.len() == 1;
    let range = code.split_once('/').map(|(first, last)| {
        let letter: String = first.chars().take(1).collect();
        (first.to_owned(), letter + last)
    });
    with_below(&CCS, code, |class| match &range {
        Some((first, last)) => {
            class.len() == first.len() && (first.as_str()..=last.as_str()).contains(&class)
        }
        None => is_letter && class.starts_with(code),
    })
}

fn with_below(table: &[Class], code: &str, is_below: impl Fn(&str) -> bool) -> Vec<String> {
    let below = table.iter().map(|class| class.code.as_str());
    let below = below.filter(|class| *class != code && is_below(class));
    std::iter::once(code).chain(below).map(str::to_owned).collect()
}

/// Every ICS class in the order of codes.
pub fn ics_classes() -> &'static [Class] {
    &ICS
}

/// Every CCS class in the order of codes.
pub fn ccs_classes() -> &'static [Class] {
    &CCS
}

fn find(table: &'static [Class], code: &str) -> Option<&'static Class> {
    let place = table
        .binary_search_by(|class| class.code.as_str().cmp(code))
        .ok()?;
    table.get(place)
}

/// Reads `code,title_zh,title_en`. A row that cannot be read is left out; a test proves there is none.
fn read(table: &str) -> Vec<Class> {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let records = reader.records().filter_map(Result::ok);
    let mut classes: Vec<Class> = records
        .filter_map(|record| {
            let text = |column: usize| {
                record
                    .get(column)
                    .filter(|words| !words.is_empty())
                    .map(str::to_owned)
            };
            Some(Class {
                code: text(0)?,
                title_zh: text(1),
                title_en: text(2),
            })
        })
        .collect();
    classes.sort_by(|a, b| a.code.cmp(&b.code));
    classes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether `code` has one of the shapes, where `9` stands for a digit and `A` for a letter.
    fn shaped(code: &str, shapes: &[&str]) -> bool {
        let shape: String = code
            .chars()
            .map(|c| match c {
                '0'..='9' => '9',
                'A'..='Z' => 'A',
                other => other,
            })
            .collect();
        shapes.contains(&shape.as_str())
    }

    #[test]
    fn every_class_is_read_well_formed_unique_and_titled() {
        for (table, text, shapes) in [
            (
                ics_classes(),
                include_str!("../../data/ics.csv"),
                ["99", "99.999", "99.999.99"],
            ),
            (
                ccs_classes(),
                include_str!("../../data/ccs.csv"),
                ["A", "A99/99", "A99"],
            ),
        ] {
            assert_eq!(table.len(), text.lines().count() - 1);
            assert!(table.windows(2).all(|pair| pair[0].code < pair[1].code));
            for class in table {
                assert!(shaped(&class.code, &shapes), "{}", class.code);
                assert!(
                    class.title_zh.is_some() || class.title_en.is_some(),
                    "{}",
                    class.code
                );
            }
        }
    }

    #[test]
    fn every_class_stands_below_one_that_exists() {
        for class in ics_classes() {
            if let Some((above, _)) = class.code.rsplit_once('.') {
                assert!(ics(above).is_some(), "{}", class.code);
            }
        }
        for class in ccs_classes() {
            let above: String = class.code.chars().take(1).collect();
            assert!(ccs(&above).is_some(), "{}", class.code);
        }
    }

    #[test]
    fn a_class_stands_for_all_below_it() {
        assert!(ics_with_below("03").contains(&"03.080.30".to_owned()));
        assert!(
            ics_with_below("03.080")
                .iter()
                .all(|code| code.starts_with("03.080"))
        );
        assert_eq!(ics_with_below("03.080.30"), ["03.080.30"]);
        assert!(ccs_with_below("A").contains(&"A10/19".to_owned()));
        let range = ccs_with_below("A10/19");
        assert!(range.contains(&"A10/19".to_owned()) && range.contains(&"A14".to_owned()));
        assert!(!range.contains(&"A20".to_owned()) && !range.contains(&"A20/39".to_owned()));
        assert_eq!(ccs_with_below("A14"), ["A14"]);
        assert_eq!(ccs_with_below("?"), ["?"]);
    }

    #[test]
    fn classes_are_found_by_their_exact_code() {
        let field = ics("03").unwrap();
        assert_eq!(
            field.title_zh.as_deref(),
            Some("社会学、服务、公司（企业）的组织和管理、行政、运输")
        );
        assert!(ics("03.080.30").is_some());
        assert_eq!(
            ccs("A14").unwrap().title_zh.as_deref(),
            Some("图书馆、档案、文献与情报工作")
        );
        for unknown in ["", "3", "03.", "03.080.3", "a14", "A1", "ZZ"] {
            assert!(ics(unknown).is_none() && ccs(unknown).is_none(), "{unknown}");
        }
    }
}
