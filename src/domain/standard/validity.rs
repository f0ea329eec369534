//! Where a standard stands on a day. Computed whenever it is asked for: a stored answer would be wrong tomorrow.

use chrono::NaiveDate;

use super::StandardContent;
use crate::domain::vocabulary::{Supply, Validity, ValiditySource};

/// A standard that replaces another as a whole. Who counts as one, and whose word counts, is found elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Successor {
    pub implemented_on: Option<NaiveDate>,
}

/// The standing of a standard on a day, and what that rests on. Neither of a standard that does not exist yet; and no
/// source where nothing is known.
///
/// Dates come before relations, and relations before claims. An `abolished_on` of its own settles the end alone, even
/// one still to come: during a transition period (过渡期) the old edition stays in force beside the new one.
pub fn validity(
    standard: &StandardContent,
    day: NaiveDate,
    successors: &[Successor],
) -> (Option<Validity>, Option<ValiditySource>) {
    if standard.supply != Supply::Existing {
        return (None, None);
    }
    let has_come = |date: Option<NaiveDate>| date.is_some_and(|date| date <= day);
    let is_to_come = |date: Option<NaiveDate>| date.is_some_and(|date| date > day);
    let is_replaced = successors
        .iter()
        .any(|successor| has_come(successor.implemented_on));

    let (validity, source) = if has_come(standard.abolished_on) {
        let ended = if successors.is_empty() {
            Validity::Abolished
        } else {
            Validity::Superseded
        };
        (ended, Some(ValiditySource::Dates))
    } else if standard.abolished_on.is_none() && is_replaced {
        (Validity::Superseded, Some(ValiditySource::Relation))
    } else if has_come(standard.implemented_on) {
        (Validity::InForce, Some(ValiditySource::Dates))
    } else if has_come(standard.published_on) && is_to_come(standard.implemented_on) {
        (Validity::Upcoming, Some(ValiditySource::Dates))
    } else if let Some(claim) = &standard.claimed_status {
        (claim.value, Some(ValiditySource::Claim))
    } else {
        (Validity::Unknown, None)
    };
    (Some(validity), source)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::fault::Faults;
    use crate::domain::standard::read;

    const NOBODY: &[&str] = &[];

    #[rstest]
    #[case::planned(json!({"supply": "planned", "claimed_status": {"value": "in_force"}}), "2026-01-01", NOBODY, None, None)]
    #[case::drafting(json!({"supply": "drafting", "implemented_on": "2020-01-01"}), "2026-01-01", NOBODY, None, None)]
    #[case::abolished_from_its_day_on(json!({"implemented_on": "2010-01-01", "abolished_on": "2020-01-01"}), "2020-01-01", NOBODY, Some("abolished"), Some("dates"))]
    #[case::abolished_with_a_successor_named(json!({"implemented_on": "2010-01-01", "abolished_on": "2020-01-01"}), "2020-01-01", &["2021-01-01"], Some("superseded"), Some("dates"))]
    #[case::abolished_with_a_successor_of_unknown_day(json!({"abolished_on": "2020-01-01"}), "2020-01-01", &["?"], Some("superseded"), Some("dates"))]
    #[case::last_day_in_force(json!({"implemented_on": "2010-01-01", "abolished_on": "2020-01-01"}), "2019-12-31", NOBODY, Some("in_force"), Some("dates"))]
    #[case::replaced_from_the_day_the_successor_is_implemented(json!({"implemented_on": "2010-01-01"}), "2020-01-01", &["2020-01-01"], Some("superseded"), Some("relation"))]
    #[case::not_replaced_the_day_before(json!({"implemented_on": "2010-01-01"}), "2019-12-31", &["2020-01-01"], Some("in_force"), Some("dates"))]
    #[case::not_replaced_by_one_of_unknown_day(json!({"implemented_on": "2010-01-01"}), "2026-01-01", &["?"], Some("in_force"), Some("dates"))]
    #[case::replaced_by_any_of_several(json!({"implemented_on": "2010-01-01"}), "2020-01-01", &["2030-01-01", "2020-01-01"], Some("superseded"), Some("relation"))]
    #[case::replaced_though_claimed_in_force(json!({"claimed_status": {"value": "in_force"}}), "2020-01-01", &["2020-01-01"], Some("superseded"), Some("relation"))]
    #[case::in_force_through_the_transition_period(json!({"implemented_on": "2010-01-01", "abolished_on": "2021-07-01"}), "2020-12-31", &["2020-01-01"], Some("in_force"), Some("dates"))]
    #[case::superseded_after_the_transition_period(json!({"implemented_on": "2010-01-01", "abolished_on": "2021-07-01"}), "2021-07-01", &["2020-01-01"], Some("superseded"), Some("dates"))]
    #[case::claimed_through_the_transition_period(json!({"abolished_on": "2021-07-01", "claimed_status": {"value": "in_force"}}), "2020-12-31", &["2020-01-01"], Some("in_force"), Some("claim"))]
    #[case::first_day_in_force(json!({"published_on": "2019-12-27", "implemented_on": "2022-01-01"}), "2022-01-01", NOBODY, Some("in_force"), Some("dates"))]
    #[case::in_force_whatever_is_claimed(json!({"implemented_on": "2022-01-01", "claimed_status": {"value": "abolished"}}), "2022-01-01", NOBODY, Some("in_force"), Some("dates"))]
    #[case::upcoming(json!({"published_on": "2019-12-27", "implemented_on": "2022-01-01"}), "2021-12-31", NOBODY, Some("upcoming"), Some("dates"))]
    #[case::upcoming_from_the_day_of_publication(json!({"published_on": "2019-12-27", "implemented_on": "2022-01-01"}), "2019-12-27", NOBODY, Some("upcoming"), Some("dates"))]
    #[case::unknown_before_publication(json!({"published_on": "2019-12-27", "implemented_on": "2022-01-01"}), "2019-12-26", NOBODY, Some("unknown"), None)]
    #[case::published_without_implementation_day(json!({"published_on": "2019-12-27"}), "2026-01-01", NOBODY, Some("unknown"), None)]
    #[case::claimed_where_dates_are_missing(json!({"published_on": "2019-12-27", "claimed_status": {"value": "现行"}}), "2026-01-01", NOBODY, Some("in_force"), Some("claim"))]
    #[case::claimed_unknown(json!({"claimed_status": {"value": "unknown"}}), "2026-01-01", NOBODY, Some("unknown"), Some("claim"))]
    #[case::nothing_known(json!({}), "2026-01-01", NOBODY, Some("unknown"), None)]
    fn a_standard_stands_where_the_first_rule_that_applies_puts_it(
        #[case] facts: Value,
        #[case] day: &str,
        #[case] successors: &[&str],
        #[case] expected: Option<&str>,
        #[case] rests_on: Option<&str>,
    ) {
        let mut content = facts;
        for (name, value) in [
            ("title", "养老机构服务安全基本规范"),
            ("origin", "referenced"),
            ("level", "national"),
        ] {
            content[name] = value.into();
        }
        let standard = read(&content, "", &mut Faults::default()).unwrap();
        let successors: Vec<Successor> = successors
            .iter()
            .map(|day| Successor {
                implemented_on: day.parse().ok(),
            })
            .collect();
        let (found, source) = validity(&standard, day.parse().unwrap(), &successors);
        assert_eq!(json!([found, source]), json!([expected, rests_on]));
    }
}
