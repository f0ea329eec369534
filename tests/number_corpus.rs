//! Numbers as people really wrote them: all that are numbers are read, none of the rest.
//!
//! The project's own corpus is always run. Where larger collections lie beside the project, or where
//! `REGISTRY_SHARED_DATA` names them, they are run too.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test reports by panicking"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::Value;
use standards_registry::domain::number::{Reference, StandardNumber, parse, parse_reference};
use standards_registry::domain::term::Term;

#[test]
fn every_line_of_the_projects_corpus_comes_out_as_written() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/numbers.tsv");
    let read = check_lines(&fs::read_to_string(corpus).unwrap());
    assert!(read >= 120, "only {read} lines");
}

#[test]
fn every_sourced_edge_case_comes_out_as_written() {
    if let Some(lines) = shared("numbers/edge-cases.tsv") {
        check_lines(&lines);
    }
}

#[test]
fn of_real_numbers_at_least_99_in_100_are_read() {
    let Some(lines) = shared("numbers/real-numbers.jsonl") else {
        return;
    };
    let numbers: Vec<String> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let refused: Vec<_> = numbers.iter().filter(|number| parse(number).is_err()).collect();
    println!(
        "{} of {} real numbers read; refused: {refused:?}",
        numbers.len() - refused.len(),
        numbers.len()
    );
    assert!(refused.len() * 100 <= numbers.len());
    for number in numbers.iter().filter_map(|number| parse(number).ok()) {
        check_fixed_point(&number);
    }
}

#[test]
fn a_real_catalogue_is_read_and_its_committee_codes_are_not() {
    let Some(catalogue) = shared("catalogue/catalogue-2026-08-18.json") else {
        return;
    };
    let mut written = BTreeSet::new();
    gather(&serde_json::from_str(&catalogue).unwrap(), &mut written);
    let (committees, numbers): (Vec<_>, Vec<_>) = written.iter().partition(|text| text.starts_with("TC"));
    for committee in &committees {
        assert_eq!(
            parse(committee).unwrap_err().code,
            "committee_code",
            "{committee}"
        );
    }
    let refused: Vec<_> = numbers
        .iter()
        .filter_map(|text| parse(text).err().map(|problem| (text, problem.code)))
        .collect();
    println!(
        "{} catalogue numbers; refused: {refused:?}; {} committee codes refused",
        numbers.len(),
        committees.len()
    );
    assert!(refused.len() * 100 <= numbers.len(), "{refused:?}");
}

/// Every text of the fields that hold numbers.
fn gather(value: &Value, written: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| gather(item, written)),
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(text) if ["code", "replaces", "replacedBy"].contains(&name.as_str()) => {
                        written.insert(text.clone());
                    }
                    other => gather(other, written),
                }
            }
        }
        _ => {}
    }
}

fn shared(name: &str) -> Option<String> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let data = env::var_os("REGISTRY_SHARED_DATA").map_or_else(beside, PathBuf::from);
    fs::read_to_string(data.join(name)).ok()
}

/// Checks lines of `input, canonical, level, mandate, note …` and says how many there were.
fn check_lines(lines: &str) -> usize {
    let rows = lines
        .lines()
        .filter(|line| !line.starts_with('#') && !line.starts_with("input\t"));
    let mut read = 0;
    for row in rows {
        let cells: Vec<&str> = row.split('\t').collect();
        check_line(&cells);
        read += 1;
    }
    println!("{read} lines as written");
    read
}

fn check_line(cells: &[&str]) {
    let input = cells[0].replace("\\n", "\n");
    match cells[1].split_once(' ').unwrap_or((cells[1], "")) {
        ("REJECT", _) => {
            let accepted = parse_reference(&input);
            assert!(accepted.is_err(), "{input}: {accepted:?}");
        }
        ("RENUMBER", _) => {
            for half in input.split("->") {
                check_fixed_point(&parse(half).unwrap());
            }
            assert_eq!(parse(&input).unwrap_err().code, "several_numbers");
        }
        ("RANGE", _) => match parse_reference(&input) {
            Ok(Reference::Range { first, last }) => {
                check_labels(&first, cells);
                check_labels(&last, cells);
            }
            other => panic!("{input}: {other:?}"),
        },
        ("SERIES", _) => match parse_reference(&input) {
            Ok(Reference::Series { of }) => check_labels(&of, cells),
            other => panic!("{input}: {other:?}"),
        },
        ("UNDATED", canonical) => match parse_reference(&input) {
            Ok(Reference::Undated(number)) => {
                assert_eq!(number.canonical, canonical);
                check_labels(&number, cells);
            }
            other => panic!("{input}: {other:?}"),
        },
        _ => {
            let number = parse(&input).unwrap_or_else(|problem| panic!("{input}: {problem:?}"));
            assert_eq!(number.canonical, cells[1], "{input}");
            check_labels(&number, cells);
            check_fixed_point(&number);
        }
    }
}

/// Labels may carry a remark in brackets: `local(city)`, `mandatory(legacy)`.
fn check_labels(number: &StandardNumber, cells: &[&str]) {
    let label = |cell: &str| cell.split('(').next().unwrap_or_default().to_owned();
    let (level, mandate) = (label(cells[2]), label(cells[3]));
    assert_eq!(number.level.id(), level, "{}", cells[0]);
    if !mandate.is_empty() {
        assert_eq!(
            number.mandate.map(Term::id),
            Some(mandate.as_str()),
            "{}",
            cells[0]
        );
    }
}

fn check_fixed_point(number: &StandardNumber) {
    assert_eq!(parse(&number.canonical).as_ref(), Ok(number));
    assert_eq!(parse(&number.display()).as_ref(), Ok(number));
}
