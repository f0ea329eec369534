//! Tokens as districts, auditors and forgers present them: real keys, real files, a real publisher on the loopback.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test reports by panicking"
)]

mod algorithms;
mod local;
mod publisher;
mod revocation;
mod rotation;
mod signer;
mod times_and_names;
