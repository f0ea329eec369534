//! Tables: what a column is called and what stands in it.

pub use crate::domain::sheet::Cell;
use crate::domain::sheet::{Style, Words};

/// One column of rows `R`.
pub struct Column<R> {
    zh: &'static str,
    en: &'static str,
    name: &'static str,
    width: u8,
    cell: fn(&R) -> Cell,
}

impl<R> Column<R> {
    /// A column as readers call it in Chinese and in English, and as the API does; so many characters wide.
    pub const fn new(
        zh: &'static str,
        en: &'static str,
        name: &'static str,
        width: u8,
        cell: fn(&R) -> Cell,
    ) -> Self {
        Self {
            zh,
            en,
            name,
            width,
            cell,
        }
    }

    pub const fn head(&self) -> Head {
        Head {
            words: Words::fixed(self.name, self.zh, self.en),
            width: self.width,
        }
    }
}

/// What stands above a column.
#[derive(Clone, Debug)]
pub struct Head {
    pub words: Words,
    /// In characters.
    pub width: u8,
}

/// What makes cells of a row.
type Cells<R> = dyn Fn(&R) -> Vec<Cell> + Send;

/// How rows become cells.
pub struct Table<R> {
    pub title: Words,
    pub heads: Vec<Head>,
    cells: Box<Cells<R>>,
}

impl<R: 'static> Table<R> {
    pub fn new(title: Words, heads: Vec<Head>, cells: impl Fn(&R) -> Vec<Cell> + Send + 'static) -> Self {
        Self {
            title,
            heads,
            cells: Box::new(cells),
        }
    }

    pub fn of(title: Words, columns: &'static [Column<R>]) -> Self {
        let heads = columns.iter().map(Column::head).collect();
        let cells = move |row: &R| columns.iter().map(|column| (column.cell)(row)).collect();
        Self::new(title, heads, cells)
    }

    pub fn cells(&self, row: &R) -> Vec<Cell> {
        (self.cells)(row)
    }

    pub fn headings(&self, style: Style) -> impl Iterator<Item = String> {
        self.heads
            .iter()
            .map(move |head| head.words.in_style(style).to_owned())
    }
}
