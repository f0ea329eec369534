//! How much one content may hold. Generous for every real row, small enough that no row can weigh on the rest.

pub const NUMBER: usize = 200;
/// Sources run several numbers and remarks into one cell.
pub const NUMBER_AS_WRITTEN: usize = 500;
pub const EXTERNAL_ID: usize = 128;
pub const TITLE: usize = 500;
pub const NAME: usize = 200;
pub const CODE: usize = 100;
pub const SCOPE: usize = 5_000;
pub const URL: usize = 2_000;
pub const NOTE: usize = 1_000;
pub const KEYWORD: usize = 100;

pub const BODIES: usize = 50;
pub const CLASSES: usize = 50;
pub const KEYWORDS: usize = 50;
pub const PLACEMENTS: usize = 100;
pub const AXES: usize = 20;
pub const RELATIONS: usize = 200;
