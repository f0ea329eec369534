//! How alike two titles are: Dice's coefficient of their pairs of neighbouring characters, in thousandths. Whole numbers
//! throughout, so that every machine comes to the same groups.

mod groups;
mod join;

pub use groups::Groups;
pub use join::{Alike, alike};

use unicode_normalization::UnicodeNormalization;

/// What counts as wholly alike.
pub const SAME: u32 = 1_000;

/// A title as it is compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Likeness {
    /// Pairs of neighbouring characters, sorted, each once.
    pairs: Vec<u64>,
    /// The numerals in it, in order: 第1部分 is not 第2部分, however alike the rest.
    numerals: String,
}

impl Likeness {
    /// Width, case, blanks and marks do not count.
    ///
    /// ```
    /// use standards_registry::domain::likeness::Likeness;
    /// let (a, b) = (Likeness::of("养老机构 服务规范（试行）"), Likeness::of("养老机构服务规范"));
    /// assert_eq!(a.to(&b), 875);
    /// assert_eq!(Likeness::of("婚姻登记 第1部分：通则").to(&Likeness::of("婚姻登记 第2部分：通则")), 0);
    /// ```
    pub fn of(title: &str) -> Self {
        let letters: Vec<char> = title
            .nfkc()
            .flat_map(char::to_lowercase)
            .filter(|c| c.is_alphanumeric())
            .collect();
        // One letter has no neighbour: it stands for itself.
        let mut pairs: Vec<u64> = match letters.as_slice() {
            [only] => vec![u64::from(u32::from(*only))],
            several => several.windows(2).filter_map(pair).collect(),
        };
        pairs.sort_unstable();
        pairs.dedup();
        Self {
            pairs,
            numerals: numerals(&letters),
        }
    }

    /// 0 for titles that share nothing, 1,000 for the same.
    pub fn to(&self, other: &Self) -> u32 {
        if self.numerals != other.numerals {
            return 0;
        }
        share(
            common(&self.pairs, &other.pairs),
            self.pairs.len() + other.pairs.len(),
        )
    }
}

fn pair(neighbours: &[char]) -> Option<u64> {
    match neighbours {
        [first, second] => Some(u64::from(u32::from(*first)) << 32 | u64::from(u32::from(*second))),
        _ => None,
    }
}

/// Digits anywhere, and Chinese numerals behind 第.
fn numerals(letters: &[char]) -> String {
    let mut found = String::new();
    let mut counting = false;
    for letter in letters {
        let numeral = letter.is_numeric() || (counting && "一二三四五六七八九十百零〇".contains(*letter));
        if numeral {
            found.push(*letter);
        } else if !found.is_empty() && !found.ends_with(' ') {
            found.push(' ');
        }
        counting = *letter == '第' || (counting && numeral);
    }
    found.truncate(found.trim_end().len());
    found
}

/// How many items two sorted lists have in common.
fn common(a: &[u64], b: &[u64]) -> usize {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    let mut count = 0;
    while let (Some(first), Some(second)) = (a.peek(), b.peek()) {
        match first.cmp(second) {
            std::cmp::Ordering::Less => {
                a.next();
            }
            std::cmp::Ordering::Greater => {
                b.next();
            }
            std::cmp::Ordering::Equal => {
                count += 1;
                a.next();
                b.next();
            }
        }
    }
    count
}

/// Twice what is common of what there is, rounded down.
fn share(common: usize, both: usize) -> u32 {
    match (2 * common * 1_000).checked_div(both) {
        Some(share) => u32::try_from(share).unwrap_or(SAME),
        None => 0,
    }
}

#[cfg(test)]
mod tests;
