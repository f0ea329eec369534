//! Where an entry's claims about its standard disagree with the standard's own number.

use chrono::{Datelike, NaiveDate};

use super::StandardNumber;
use crate::domain::term::Term;
use crate::domain::text::Text;
use crate::domain::vocabulary::{Level, Mandate};
use crate::text;

/// Before 1990, when the Standardisation Law had just taken effect, recommended standards carried no T.
pub(super) const PREFIX_SAYS_MANDATE_SINCE: u16 = 1990;

/// Compares what an entry claims with what its number says: field, code and detail of each disagreement.
pub fn mandate_contradiction(
    number: &StandardNumber,
    level: Option<Level>,
    mandate: Option<Mandate>,
    published_on: Option<NaiveDate>,
) -> Vec<(&'static str, &'static str, Text)> {
    // A house number only looks like a number of another level.
    if level == Some(Level::Internal) {
        return Vec::new();
    }
    let of_level = level.filter(|level| *level != number.level).map(|level| {
        let detail = level_detail(number, level);
        ("level", "contradicts_number", detail)
    });
    let of_mandate = mandate
        .zip(number.mandate)
        .filter(|(claimed, said)| claimed != said && !is_undetermined(number, published_on))
        .map(|(claimed, said)| {
            (
                "mandate",
                "contradicts_number",
                mandate_detail(number, claimed, said),
            )
        });
    of_level.into_iter().chain(of_mandate).collect()
}

fn is_undetermined(number: &StandardNumber, published_on: Option<NaiveDate>) -> bool {
    let says_mandatory = number.mandate == Some(Mandate::Mandatory);
    let is_old = published_on.is_some_and(|day| day.year() < i32::from(PREFIX_SAYS_MANDATE_SINCE));
    says_mandatory && is_old
}

fn level_detail(number: &StandardNumber, claimed: Level) -> Text {
    let canonical = &number.canonical;
    let (said_zh, claimed_zh) = (number.level.zh(), claimed.zh());
    let (said, claimed) = (number.level.id(), claimed.id());
    text!(
        "{canonical} 是{said_zh}标准的编号，所填层级为「{claimed_zh}」",
        "{canonical} is the number of a standard of level `{said}`, the entry says `{claimed}`"
    )
}

fn mandate_detail(number: &StandardNumber, claimed: Mandate, said: Mandate) -> Text {
    let canonical = &number.canonical;
    let (said_zh, claimed_zh) = (said.zh(), claimed.zh());
    let (said_id, claimed_id) = (said.id(), claimed.id());
    if said == Mandate::Mandatory && claimed == Mandate::Recommended {
        return text!(
            "{canonical} 的代号表示{said_zh}，所填为{claimed_zh}；若已转为推荐性，其编号应带 /T",
            "the prefix of {canonical} says `{said_id}`, the entry `{claimed_id}`; once converted to a recommended standard its number carries /T"
        );
    }
    text!(
        "{canonical} 的代号表示{said_zh}，所填为{claimed_zh}",
        "the prefix of {canonical} says `{said_id}`, the entry `{claimed_id}`"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::number::parse;

    fn fields(number: &str, level: Level, mandate: Mandate, day: Option<&str>) -> Vec<&'static str> {
        let number = parse(number).unwrap();
        let day = day.map(|day| day.parse().unwrap());
        let found = mandate_contradiction(&number, Some(level), Some(mandate), day);
        found.into_iter().map(|(field, ..)| field).collect()
    }

    #[test]
    fn claims_are_held_against_the_number() {
        use Level::{Group, Industry, Internal, National};
        use Mandate::{Mandatory, Recommended, Voluntary};
        let none: Vec<&str> = Vec::new();
        assert_eq!(fields("GB/T 1.1-2020", National, Recommended, None), none);
        assert_eq!(fields("GB/T 1.1-2020", National, Mandatory, None), ["mandate"]);
        assert_eq!(
            fields("GB/T 1.1-2020", Group, Voluntary, None),
            ["level", "mandate"]
        );
        assert_eq!(fields("GB 50011-2010", National, Recommended, None), ["mandate"]);
        assert_eq!(fields("GB/T 50011-2010", National, Recommended, None), none);
        assert_eq!(fields("WS 394-2012", Industry, Mandatory, None), none);
        assert_eq!(fields("Q/CSG 411002-2012", Internal, Mandatory, None), none);
    }

    #[test]
    fn what_the_number_leaves_open_contradicts_nothing() {
        let none: Vec<&str> = Vec::new();
        assert_eq!(
            fields("GB 8923-88", Level::National, Mandate::Recommended, None),
            none
        );
        assert_eq!(
            fields("HJ 25.1-2019", Level::Industry, Mandate::Recommended, None),
            none
        );
        let before = Some("1989-03-01");
        assert_eq!(
            fields("GB 11643-1990", Level::National, Mandate::Recommended, before),
            none
        );
    }

    #[test]
    fn an_entry_that_claims_nothing_contradicts_nothing() {
        let number = parse("GB/T 1.1-2020").unwrap();
        assert_eq!(mandate_contradiction(&number, None, None, None), Vec::new());
    }
}
