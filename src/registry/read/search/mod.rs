//! Searching a list: which rows are found, how well, in what order, and why.

mod found;
mod hits;
mod near;
mod ranked;

pub use self::found::SearchMatch;
pub use self::hits::{positions, push_found, push_near, push_near_hits};
pub use self::near::near_numbers;
pub use self::ranked::{Ranked, push_ranked};

/// How well a row meets a query: the lower, the better. Within a range by how closely, see `hits`.
mod rank {
    /// The number itself, an earlier number of the entry, the beginning of its number, a part of it.
    pub const NUMBER: std::ops::Range<i64> = 0..10;
    pub const FORMER_NUMBER: i64 = 1;
    /// The title itself, its words, a part of it.
    pub const TITLE: std::ops::Range<i64> = 10..20;
    // From 20 on, the rest: as one stretch, or word by word.
    /// Numbers near the one asked for, the nearest first.
    pub const NEAR: i64 = 30;
}
