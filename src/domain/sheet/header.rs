//! Finding the row that names the columns.

use crate::domain::sheet::column::{COLUMNS, Column};
use crate::domain::sheet::grid::Grid;

/// How far down the header is looked for: people put a title and a note above it.
const DEPTH: usize = 20;

/// The columns by which a row is recognised.
const TELLING: [&str; 4] = ["number", "title", "id", "external_id"];

/// The header of a sheet.
#[derive(Clone, Debug)]
pub struct Header {
    /// Its place among the grid's rows; what follows is the table.
    pub index: usize,
    pub headings: Vec<Heading>,
}

/// One named column.
#[derive(Clone, Debug)]
pub struct Heading {
    /// Its place, from 0.
    pub place: usize,
    pub words: String,
    /// The column it is, if it is one of ours.
    pub column: Option<&'static Column>,
}

impl Header {
    /// The row that names the most columns, if it names one by which rows are recognised.
    pub fn find(grid: &Grid) -> Option<Self> {
        let candidates = grid.rows.iter().take(DEPTH).enumerate();
        let headers = candidates.map(|(index, row)| {
            let headings = row.cells.iter().enumerate();
            let headings = headings
                .filter(|(_, cell)| !cell.is_blank())
                .map(|(place, cell)| {
                    let words = cell.words();
                    Heading {
                        place,
                        column: meant(&words),
                        words,
                    }
                });
            Self {
                index,
                headings: headings.collect(),
            }
        });
        let mut best: Option<Self> = None;
        for header in headers.filter(Self::is_telling) {
            if best.as_ref().is_none_or(|best| best.known() < header.known()) {
                best = Some(header);
            }
        }
        best
    }

    /// How many of its columns are known.
    pub fn known(&self) -> usize {
        self.headings
            .iter()
            .filter(|heading| heading.column.is_some())
            .count()
    }

    pub fn has(&self, name: &str) -> bool {
        self.named().any(|(_, column)| column.name == name)
    }

    /// The known columns with their places.
    pub fn named(&self) -> impl Iterator<Item = (usize, &'static Column)> {
        let headings = self.headings.iter();
        headings.filter_map(|heading| Some((heading.place, heading.column?)))
    }

    fn is_telling(&self) -> bool {
        self.named().any(|(_, column)| TELLING.contains(&column.name))
    }
}

/// The column a heading names; marks of required columns and blanks say nothing.
fn meant(heading: &str) -> Option<&'static Column> {
    let bare: String = heading
        .chars()
        .filter(|c| !matches!(c, '*' | '＊' | '\n' | '\r' | '\u{3000}'))
        .collect();
    let bare = bare.trim();
    COLUMNS.iter().find(|column| column.is_called(bare))
}
