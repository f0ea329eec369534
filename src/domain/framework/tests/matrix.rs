use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::{changed, chengdu, qingdao, read, yuexiu};
use crate::domain::framework::FrameworkContent;
use crate::domain::framework::matrix::{Breakdown, Counted, Matrix, MatrixCount, MatrixShare};
use crate::domain::term::Term;

type Cell = BTreeMap<String, String>;

const NOBODY: Counted = Counted {
    entry: 0,
    number: None,
    cell: None,
    origin: None,
    level: None,
    supply: None,
    validity: None,
};

fn cell(values: &[(&str, &str)]) -> Cell {
    values
        .iter()
        .map(|(axis, value)| ((*axis).to_owned(), (*value).to_owned()))
        .collect()
}

fn count_of<'m>(matrix: &'m Matrix, values: &[(&str, &str)]) -> &'m MatrixCount {
    let wanted = cell(values);
    let mut cells = matrix.cells.iter().chain(&matrix.margins);
    &cells.find(|cell| cell.cell == wanted).unwrap().count
}

#[test]
fn every_cell_is_listed_in_order_even_when_nothing_is_there() {
    let matrix = Matrix::count(&qingdao(), [], Breakdown::ALL);
    assert_eq!(matrix.cells.len(), 30);
    assert_eq!(matrix.margins.len(), 13);
    assert_eq!(
        matrix.cells[1].cell,
        cell(&[("subsystem", "幼有善育"), ("dimension", "process")])
    );
    assert_eq!(
        json!(matrix.cells[0]),
        json!({
            "cell": {"dimension": "opportunity", "subsystem": "幼有善育"},
            "rows": 0, "distinct": 0, "by": {"origin": [], "level": [], "supply": [], "validity": []}
        })
    );
    assert_eq!(
        Matrix::count(&yuexiu(), [], &[]).margins.len(),
        4 + 9 + 5 + 36 + 20 + 45
    );
}

#[test]
fn a_catalogue_of_279_is_178_referenced_and_101_self_built() {
    let framework = chengdu();
    let cells: Vec<Cell> = framework.axes[0]
        .values
        .iter()
        .map(|value| cell(&[("subsystem", value.id.as_str())]))
        .collect();
    let rows = (0..279).map(|entry: i64| Counted {
        entry,
        cell: cells.get(usize::try_from(entry).unwrap() % 3),
        origin: Some(if entry < 178 { "referenced" } else { "self_built" }),
        ..NOBODY
    });
    let matrix = Matrix::count(&framework, rows, &[Breakdown::Origin]);
    assert_eq!(
        json!(matrix.total),
        json!({"rows": 279, "distinct": 279, "by": {"origin": [
            {"value": "referenced", "count": 178}, {"value": "self_built", "count": 101}]}})
    );
    assert_eq!(
        matrix
            .cells
            .iter()
            .map(|cell| cell.count.rows)
            .collect::<Vec<_>>(),
        [93, 93, 93]
    );
    assert_eq!(matrix.margins, []);
}

#[test]
fn a_row_in_two_cells_counts_once_in_margins_and_total() {
    let opportunity = cell(&[("subsystem", "公共安全"), ("dimension", "opportunity")]);
    let process = cell(&[("subsystem", "公共安全"), ("dimension", "process")]);
    let partial = cell(&[("subsystem", "公共安全")]);
    let row = |entry, number, cell| Counted {
        entry,
        number,
        cell,
        ..NOBODY
    };
    let rows = [
        row(1, Some("GB 1-2000"), Some(&opportunity)),
        row(1, Some("GB 1-2000"), Some(&process)),
        // Under two nodes of one cell.
        row(1, Some("GB 1-2000"), Some(&process)),
        row(2, Some("GB 1-2000"), Some(&process)),
        row(3, None, Some(&process)),
        row(4, None, None),
        row(5, None, Some(&partial)),
    ];
    let matrix = Matrix::count(&qingdao(), rows, &[]);
    let rows_and_distinct = |count: &MatrixCount| (count.rows, count.distinct);
    let process = count_of(&matrix, &[("subsystem", "公共安全"), ("dimension", "process")]);
    assert_eq!(rows_and_distinct(process), (3, 2));
    assert_eq!(
        rows_and_distinct(count_of(&matrix, &[("subsystem", "公共安全")])),
        (3, 2)
    );
    assert_eq!(
        rows_and_distinct(count_of(&matrix, &[("dimension", "opportunity")])),
        (1, 1)
    );
    assert_eq!(rows_and_distinct(&matrix.total), (3, 2));
    assert_eq!(rows_and_distinct(&matrix.unplaced), (2, 2));
}

#[test]
fn a_retired_value_is_listed_while_rows_stand_there() {
    let framework = read(&changed(|framework| {
        framework["axes"][1]["values"][2]["retired"] = json!(true);
    }));
    let empty = Matrix::count(&framework, [], &[]);
    assert_eq!(
        (empty.cells.len(), empty.margins.len(), empty.axes[1].values.len()),
        (20, 12, 2)
    );
    let outcome = cell(&[("subsystem", "公共安全"), ("dimension", "outcome")]);
    let row = Counted {
        cell: Some(&outcome),
        ..NOBODY
    };
    let matrix = Matrix::count(&framework, [row], &[]);
    assert_eq!(
        (
            matrix.cells.len(),
            matrix.margins.len(),
            matrix.axes[1].values.len()
        ),
        (21, 13, 3)
    );
}

fn sum(shares: Option<&Vec<MatrixShare>>) -> u64 {
    shares.unwrap().iter().map(|share| share.count).sum()
}

fn all_cells(framework: &FrameworkContent) -> Vec<Cell> {
    Matrix::count(framework, [], &[])
        .cells
        .into_iter()
        .map(|cell| cell.cell)
        .collect()
}

proptest! {
    #[test]
    fn breakdowns_add_up_and_margins_stay_below_their_cells(
        rows in prop::collection::vec((0i64..20, prop::option::of(0usize..30)), 0..80),
    ) {
        let framework = qingdao();
        let cells = all_cells(&framework);
        let levels = [Some("national"), Some("local"), None];
        // What a row says of itself is the same in each of its places.
        let of = |entry: i64| usize::try_from(entry).unwrap() % 3;
        let numbers = ["GB 1-2000", "GB 2-2000", "GB 3-2000"];
        let counted = rows.iter().map(|(entry, place)| Counted {
            entry: *entry,
            number: Some(numbers[of(*entry)]),
            cell: place.map(|place| &cells[place]),
            level: levels[of(*entry)],
            ..NOBODY
        });
        let matrix = Matrix::count(&framework, counted, Breakdown::ALL);
        let counts = matrix.cells.iter().chain(&matrix.margins).map(|cell| &cell.count);
        for count in counts.chain([&matrix.total, &matrix.unplaced]) {
            prop_assert_eq!(sum(count.by.level.as_ref()), count.rows);
            prop_assert_eq!(sum(count.by.validity.as_ref()), count.rows);
            prop_assert!(count.distinct <= count.rows);
        }
        for margin in &matrix.margins {
            let within = matrix.cells.iter().filter(|cell| margin.cell.iter().all(|value| cell.cell.iter().any(|v| v == value)));
            let sum: u64 = within.map(|cell| cell.count.rows).sum();
            prop_assert!(margin.count.rows <= sum);
        }
        let entries: std::collections::BTreeSet<i64> = rows.iter().map(|row| row.0).collect();
        prop_assert_eq!(matrix.total.rows + matrix.unplaced.rows, entries.len() as u64);
    }
}
