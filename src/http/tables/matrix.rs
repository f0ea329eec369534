//! The matrix as a grid that people read, and as a flat table with every count.

use std::collections::BTreeMap;

use crate::domain::framework::Axis;
use crate::domain::framework::matrix::{Matrix, MatrixCount, MatrixShare};
use crate::domain::sheet::{Cell, Words};
use crate::domain::term::Term;
use crate::domain::vocabulary::{Level, Origin, Supply, Validity};
use crate::http::export::{Head, Sheet};

type Position = BTreeMap<String, String>;

/// The first axis downwards, all others across, with margins.
pub fn grid(matrix: &Matrix) -> Sheet {
    let (down, across) = match matrix.axes.split_first() {
        Some((down, across)) => (Some(down), across),
        None => (None, &[][..]),
    };
    let places = combinations(across);
    let head = |words, width| Head { words, width };
    let mut heads: Vec<Head> = down.into_iter().map(|axis| head(axis_words(axis), 20)).collect();
    heads.extend(
        places
            .iter()
            .filter(|place| !place.values.is_empty())
            .map(|place| head(place.words.clone(), 16)),
    );
    heads.push(head(TOTAL, 10));
    let values = down.map_or(&[][..], |axis| axis.values.as_slice());
    let rows = values.iter().map(|value| {
        let on_row = |place: &Place| {
            let mut cell = place.values.clone();
            cell.extend(down.map(|axis| (axis.id.clone(), value.id.clone())));
            Cell::count(rows_at(matrix, &cell))
        };
        let title = words(&value.id, &value.title, value.title_en.as_deref());
        std::iter::once(Cell::Words(title))
            .chain(places.iter().filter(|place| !place.values.is_empty()).map(on_row))
            .chain([on_row(&Place::default())])
            .collect()
    });
    let margin = places.iter().filter(|place| !place.values.is_empty());
    let margin = margin.map(|place| Cell::count(rows_at(matrix, &place.values)));
    let total = std::iter::once(Cell::Words(TOTAL))
        .chain(margin)
        .chain([Cell::count(matrix.total.rows)]);
    let mut unplaced = vec![Cell::Words(UNPLACED)];
    unplaced.resize(heads.len().saturating_sub(1), Cell::Empty);
    unplaced.push(Cell::count(matrix.unplaced.rows));
    Sheet {
        title: Words::fixed("matrix-grid", "矩阵", "Matrix"),
        rows: rows.chain([total.collect(), unplaced]).collect(),
        heads,
    }
}

/// Every cell a row, with its counts by origin, level, supply and validity.
pub fn flat(matrix: &Matrix) -> Sheet {
    let shares = shares(matrix);
    let head = |words, width| Head { words, width };
    let mut heads: Vec<Head> = matrix
        .axes
        .iter()
        .map(|axis| head(axis_words(axis), 20))
        .collect();
    heads.push(head(Words::fixed("rows", "行数", "Rows"), 10));
    heads.push(head(Words::fixed("distinct", "不同编号", "Distinct numbers"), 10));
    heads.extend(shares.iter().map(|share| head(share.words.clone(), 12)));
    let rows = matrix.cells.iter().map(|cell| {
        let titles = matrix.axes.iter().map(|axis| title_on(axis, &cell.cell));
        titles.chain(counts(&cell.count, &shares)).collect()
    });
    let beside = |label: Words, count: &MatrixCount| -> Vec<Cell> {
        let label = std::iter::once(Cell::Words(label));
        let blanks = std::iter::repeat_n(Cell::Empty, matrix.axes.len().saturating_sub(1));
        label.chain(blanks).chain(counts(count, &shares)).collect()
    };
    Sheet {
        title: Words::fixed("matrix", "分项计数", "Counts"),
        rows: rows
            .chain([beside(TOTAL, &matrix.total), beside(UNPLACED, &matrix.unplaced)])
            .collect(),
        heads,
    }
}

const TOTAL: Words = Words::fixed("total", "合计", "Total");
const UNPLACED: Words = Words::fixed("unplaced", "未归入", "Unplaced");

fn words(id: &str, zh: &str, en: Option<&str>) -> Words {
    Words {
        id: id.to_owned().into(),
        zh: zh.to_owned().into(),
        en: en.unwrap_or(id).to_owned().into(),
    }
}

fn axis_words(axis: &Axis) -> Words {
    words(&axis.id, &axis.title, axis.title_en.as_deref())
}

fn title_on(axis: &Axis, cell: &Position) -> Cell {
    let value = cell.get(&axis.id).and_then(|id| axis.value(id));
    value.map_or(Cell::Empty, |value| {
        Cell::Words(words(&value.id, &value.title, value.title_en.as_deref()))
    })
}

/// A value on each of some axes.
#[derive(Clone)]
struct Place {
    values: Position,
    words: Words,
}

impl Default for Place {
    fn default() -> Self {
        Self {
            values: Position::new(),
            words: Words::fixed("", "", ""),
        }
    }
}

fn combinations(axes: &[Axis]) -> Vec<Place> {
    axes.iter().fold(vec![Place::default()], |places, axis| {
        let with = |place: &Place, value: &crate::domain::framework::AxisValue| {
            let mut values = place.values.clone();
            values.insert(axis.id.clone(), value.id.clone());
            let own = words(&value.id, &value.title, value.title_en.as_deref());
            let joined = |before: &str, own: &str| match before {
                "" => own.to_owned(),
                _ => format!("{before} · {own}"),
            };
            Place {
                values,
                words: Words {
                    id: joined(&place.words.id, &own.id).into(),
                    zh: joined(&place.words.zh, &own.zh).into(),
                    en: joined(&place.words.en, &own.en).into(),
                },
            }
        };
        let next = places.iter();
        next.flat_map(|place| axis.values.iter().map(move |value| with(place, value)))
            .collect()
    })
}

/// The rows in a cell or in the margin of some values.
fn rows_at(matrix: &Matrix, place: &Position) -> u64 {
    let mut all = matrix.cells.iter().chain(&matrix.margins);
    all.find(|cell| cell.cell == *place)
        .map_or(0, |cell| cell.count.rows)
}

/// One value of one breakdown, for which there is a column.
struct Share {
    words: Words,
    of: fn(&MatrixCount) -> Option<&Vec<MatrixShare>>,
    value: Option<&'static str>,
}

fn shares(matrix: &Matrix) -> Vec<Share> {
    let mut shares = Vec::new();
    add::<Origin>(&mut shares, matrix, ("origin", "来源", "Origin"), |count| {
        count.by.origin.as_ref()
    });
    add::<Level>(&mut shares, matrix, ("level", "级别", "Level"), |count| {
        count.by.level.as_ref()
    });
    add::<Supply>(&mut shares, matrix, ("supply", "供给", "Supply"), |count| {
        count.by.supply.as_ref()
    });
    add::<Validity>(
        &mut shares,
        matrix,
        ("validity", "有效性", "Validity"),
        |count| count.by.validity.as_ref(),
    );
    shares
}

fn add<T: Term>(
    shares: &mut Vec<Share>,
    matrix: &Matrix,
    (id, zh, en): (&str, &str, &str),
    of: fn(&MatrixCount) -> Option<&Vec<MatrixShare>>,
) {
    // A breakdown that was not asked for has no columns.
    if of(&matrix.total).is_none() {
        return;
    }
    let terms = T::ALL.iter().map(|term| (Some(term.id()), term.zh(), term.en()));
    shares.extend(
        terms
            .chain([(None, "无", "none")])
            .map(|(value, term_zh, term_en)| Share {
                words: Words {
                    id: format!("{id}.{}", value.unwrap_or("none")).into(),
                    zh: format!("{zh}：{term_zh}").into(),
                    en: format!("{en}: {term_en}").into(),
                },
                of,
                value,
            }),
    );
}

fn counts(count: &MatrixCount, shares: &[Share]) -> Vec<Cell> {
    let of_share = |share: &Share| {
        let found = (share.of)(count).into_iter().flatten();
        let mut found = found.filter(|found| found.value.as_deref() == share.value);
        Cell::count(found.next().map_or(0, |found| found.count))
    };
    [Cell::count(count.rows), Cell::count(count.distinct)]
        .into_iter()
        .chain(shares.iter().map(of_share))
        .collect()
}
