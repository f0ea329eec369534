//! A sheet as it was read, before anybody knows what its columns mean.

use chrono::NaiveDate;

/// What was found in a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Raw {
    Empty,
    /// As it stands, blanks around it included.
    Text(String),
    Number(f64),
    Day(NaiveDate),
    Flag(bool),
    /// A formula that came to nothing, as the spreadsheet names it: `#REF!`.
    Failed(String),
}

/// A sheet's rows that hold anything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grid {
    /// What the sheet is called; empty for CSV, which has one.
    pub sheet: String,
    pub rows: Vec<GridRow>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct GridRow {
    /// As a spreadsheet counts: from 1.
    pub number: u32,
    pub cells: Vec<Raw>,
}

impl Raw {
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(words) => words.trim().is_empty(),
            _ => false,
        }
    }

    /// As people read it, without the blanks around it.
    pub fn words(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(words) | Self::Failed(words) => words.trim().to_owned(),
            Self::Number(number) => number.to_string(),
            Self::Day(day) => day.to_string(),
            Self::Flag(flag) => flag.to_string(),
        }
    }
}

impl GridRow {
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(Raw::is_blank)
    }
}

/// What a spreadsheet calls a column: A, B … Z, AA.
pub fn letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or_default()));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_called_as_in_a_spreadsheet() {
        let called: Vec<String> = [0, 25, 26, 51, 701, 702].into_iter().map(letters).collect();
        assert_eq!(called, ["A", "Z", "AA", "AZ", "ZZ", "AAA"]);
    }
}
