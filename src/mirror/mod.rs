//! Following another registry: a copy that has its leaves, its proofs and its reads, and knows that it does.
//!
//! [`source`] asks, [`mod@line`] verifies each line by itself, [`copy`] takes it over, [`follow`] goes from page to page,
//! [`witness`] holds what was taken over against what the source signs, [`restored`] starts anew when the source did.
//! [`seed`] begins with the present, against the signed [`tiles`], and [`history`] fills in the past beside it.

pub mod backoff;
pub mod bootstrap;
pub mod copy;
pub mod evidence;
pub mod files;
pub mod follow;
pub mod history;
pub mod line;
pub mod restored;
pub mod run;
pub mod seed;
pub mod signed;
pub mod source;
pub mod status;
pub mod tiles;
pub mod trouble;
pub mod trust;
pub mod witness;
