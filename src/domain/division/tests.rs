use std::collections::HashSet;

use super::*;

fn divisions() -> &'static Divisions {
    Divisions::built_in()
}

fn codes(found: Vec<&Division>) -> Vec<&str> {
    found.into_iter().map(|division| division.code.as_str()).collect()
}

#[test]
fn every_row_of_the_table_is_read() {
    let lines = include_str!("../../../data/divisions.csv").lines().count() - 1;
    assert_eq!(divisions().all().count(), lines);
    assert!(lines > 6_000);
}

#[test]
fn every_code_named_exists_and_every_division_hangs_below_the_country() {
    for division in divisions().all() {
        let top = codes(divisions().ancestors(&division.code))
            .pop()
            .unwrap_or(&division.code);
        assert_eq!(top, COUNTRY, "{}", division.code);
        for successor in &division.successors {
            assert!(
                divisions().get(successor).is_some(),
                "{} → {successor}",
                division.code
            );
        }
        let own = division.code.len() == 6 && division.code.bytes().all(|b| b.is_ascii_digit());
        assert!(own || division.zone, "{}", division.code);
    }
}

#[test]
fn only_past_divisions_have_successors_and_days_are_in_order() {
    for division in divisions().all() {
        assert!(
            division.successors.is_empty() || division.valid_to.is_some(),
            "{}",
            division.code
        );
        if let (Some(from), Some(to)) = (division.valid_from, division.valid_to) {
            assert!(from < to, "{}", division.code);
        }
    }
}

#[test]
fn succession_ends_in_current_divisions_or_in_the_unknown_never_in_a_circle() {
    for division in divisions().all() {
        let mut seen = HashSet::from([division.code.as_str()]);
        let mut pending: Vec<&str> = division.successors.iter().map(String::as_str).collect();
        while let Some(code) = pending.pop() {
            assert_ne!(code, division.code, "a circle");
            if seen.insert(code) {
                pending.extend(
                    divisions()
                        .get(code)
                        .into_iter()
                        .flat_map(|it| it.successors.iter().map(String::as_str)),
                );
            }
        }
    }
}

#[test]
fn the_tree_is_that_of_government_not_of_digits() {
    assert_eq!(
        codes(divisions().ancestors("370214")),
        ["370200", "370000", "000000"]
    );
    // Districts of municipalities and counties a province governs directly have no prefecture above them.
    assert_eq!(codes(divisions().ancestors("110108")), ["110000", "000000"]);
    assert_eq!(codes(divisions().ancestors("500101")), ["500000", "000000"]);
    assert_eq!(codes(divisions().ancestors("429004")), ["420000", "000000"]);
    assert_eq!(codes(divisions().ancestors("659001")), ["650000", "000000"]);
    assert!(codes(divisions().children("370200")).contains(&"370214"));
    assert!(divisions().children("no such code").is_empty());
}

#[test]
fn abolished_divisions_are_found_with_their_successors() {
    for (past, name, successor, year) in [
        ("370282", "即墨市", "370215", "2017"),
        ("370284", "胶南市", "370211", "2012"),
        ("370205", "四方区", "370203", "2012"),
        ("370634", "长岛县", "370614", "2020"),
    ] {
        let division = divisions().get(past).unwrap();
        assert_eq!(division.name, name);
        assert_eq!(division.successors, [successor]);
        assert_eq!(division.valid_to.unwrap().format("%Y").to_string(), year);
        assert!(codes(divisions().predecessors(successor)).contains(&past));
    }
}

#[test]
fn a_grant_reaches_down_the_tree_only() {
    assert!(divisions().reaches("370200", "370214"));
    assert!(divisions().reaches("370214", "370214"));
    assert!(divisions().reaches("000000", "370214"));
    assert!(!divisions().reaches("370214", "370200"));
    assert!(!divisions().reaches("370214", "370213"));
    assert!(!divisions().reaches("370200", "370100"));
    for unknown in ["", "3702", "37020", "370299", "370214 "] {
        assert!(!divisions().reaches(unknown, "370214"), "{unknown}");
        assert!(!divisions().reaches("370200", unknown), "{unknown}");
        assert!(!divisions().reaches(unknown, unknown), "{unknown}");
    }
}

#[test]
fn a_grant_reaches_predecessors_with_all_below_them_but_no_successors() {
    assert!(divisions().reaches("370215", "370282"));
    assert!(
        divisions().reaches("370215", "370222"),
        "即墨县 became 即墨市 became 即墨区"
    );
    assert!(!divisions().reaches("370282", "370215"));
    assert!(!divisions().reaches("370213", "370282"));
    // 莱芜市 became part of 济南市, with its districts.
    assert!(divisions().reaches("370100", "371202"));
    assert!(!divisions().reaches("370116", "371200"));
}

#[test]
fn zones_stand_where_they_are_governed_from() {
    assert!(divisions().reaches("510100", "510100-gaoxin"));
    assert!(divisions().reaches("370211", "370211-xihaian"));
    assert!(divisions().reaches("370200", "370211-xihaian"));
    assert!(divisions().reaches("370600", "370600-changdao"));
    assert!(!divisions().reaches("370614", "370600-changdao"));
    assert!(!divisions().reaches("370214", "370200-gaoxin"));
}

#[test]
fn the_list_of_what_is_reached_agrees_with_the_question() {
    for granted in ["370200", "370215", "370211-xihaian", "500000", "none"] {
        let listed = divisions().reach(granted);
        for division in divisions().all() {
            let reached = divisions().reaches(granted, &division.code);
            assert_eq!(
                listed.contains(&division.code.as_str()),
                reached,
                "{granted} {}",
                division.code
            );
        }
    }
}

#[test]
fn malformed_rows_are_left_out_and_circles_end() {
    let rows = table::read(
        "code,name,name_en,parent,valid_from,valid_to,successors,kind\n1,甲,,2,,,2,\n2,乙,,1,,,1,\n3,丙,,,soon,,,\n4\n",
    );
    let divisions = Divisions::new(rows);
    assert_eq!(divisions.all().count(), 2);
    assert_eq!(codes(divisions.ancestors("1")), ["2", "1"]);
    assert!(divisions.reaches("1", "2"));
}
