//! A number of rows as a picture: a shade for how many, a bar for what they are.

use crate::domain::framework::matrix::{Breakdown, MatrixCount, MatrixShare};
use crate::domain::term::Term;
use crate::domain::vocabulary::{Origin, Supply};
use crate::http::explorer::bar::{self, Piece};
use crate::http::explorer::frame::Frame;

/// How many shades there are above none.
const SHADES: u64 = 5;

/// What the cells of a picture show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    Count,
    Origin,
    Supply,
}

impl Shown {
    pub const ALL: [Self; 3] = [Self::Count, Self::Origin, Self::Supply];

    pub fn of(by: Option<Breakdown>) -> Self {
        match by {
            Some(Breakdown::Origin) => Self::Origin,
            Some(Breakdown::Supply) => Self::Supply,
            _ => Self::Count,
        }
    }

    /// As the parameter `by` spells it; counts need no breakdown.
    pub fn by(self) -> Option<&'static str> {
        match self {
            Self::Count => None,
            Self::Origin => Some(Breakdown::Origin.id()),
            Self::Supply => Some(Breakdown::Supply.id()),
        }
    }

    pub fn label(self, frame: &Frame) -> &'static str {
        match self {
            Self::Count => frame.t("数量", "Count"),
            Self::Origin => frame.term(Breakdown::Origin),
            Self::Supply => frame.term(Breakdown::Supply),
        }
    }

    /// What the colours of bars mean.
    pub fn legend(self, frame: &Frame) -> Vec<(&'static str, &'static str)> {
        match self {
            Self::Count => Vec::new(),
            Self::Origin => Origin::ALL
                .iter()
                .map(|term| (term.id(), frame.term(*term)))
                .collect(),
            Self::Supply => Supply::ALL
                .iter()
                .map(|term| (term.id(), frame.term(*term)))
                .collect(),
        }
    }

    fn shares(self, count: &MatrixCount) -> &[MatrixShare] {
        let shares = match self {
            Self::Count => &None,
            Self::Origin => &count.by.origin,
            Self::Supply => &count.by.supply,
        };
        shares.as_deref().unwrap_or_default()
    }
}

/// A number of rows as it is drawn.
#[derive(Clone, Debug)]
pub struct Heat {
    pub rows: u64,
    /// 0 for none, then 1 to [`SHADES`].
    pub shade: u64,
    pub pieces: Vec<Piece>,
}

impl Heat {
    /// Drawn beside others, of which the largest holds `most`.
    pub fn of(frame: &Frame, shown: Shown, count: &MatrixCount, most: u64) -> Self {
        Self {
            rows: count.rows,
            shade: shade(count.rows, most),
            pieces: pieces(frame, shown, count),
        }
    }

    /// What follows the number for those who cannot see the picture.
    pub fn spoken(&self, frame: &Frame) -> String {
        let shares = bar::spoken(&self.pieces, frame.t("，", ", "));
        let rows = frame.t("项", "rows");
        if shares.is_empty() {
            rows.to_owned()
        } else {
            format!("{rows}{}{shares}", frame.t("：", ": "))
        }
    }
}

fn shade(rows: u64, most: u64) -> u64 {
    if rows == 0 || most == 0 {
        0
    } else {
        (rows * SHADES).div_ceil(most).clamp(1, SHADES)
    }
}

fn pieces(frame: &Frame, shown: Shown, count: &MatrixCount) -> Vec<Piece> {
    let parts = shown.legend(frame).into_iter().map(|(class, label)| {
        let share = shown.shares(count).iter();
        let found = share.filter(|share| share.value.as_deref() == Some(class));
        (class, label, found.map(|share| share.count).sum())
    });
    bar::pieces(parts, count.rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_has_no_shade_and_the_most_has_the_last() {
        assert_eq!(shade(0, 10), 0);
        assert_eq!(shade(1, 100), 1);
        assert_eq!(shade(50, 100), 3);
        assert_eq!(shade(100, 100), SHADES);
        assert_eq!(shade(0, 0), 0);
    }
}
