//! Following another registry: a copy that has its leaves, its proofs and its reads, and knows that it does.
//!
//! [`source`] asks, [`mod@line`] verifies each line by itself, [`copy`] takes it over, [`follow`] goes from page to page,
//! [`witness`] holds what was taken over against what the source signs, [`restored`] starts anew when the source did.

pub mod backoff;
pub mod copy;
pub mod evidence;
pub mod files;
pub mod follow;
pub mod line;
pub mod restored;
pub mod run;
pub mod signed;
pub mod source;
pub mod status;
pub mod trouble;
pub mod trust;
pub mod witness;
