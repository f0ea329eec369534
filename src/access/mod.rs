//! Who may come in: tokens are verified here and become a [`Grant`](crate::domain::permission::Grant).
//!
//! The layer knows keys, files and one URL, but neither the web framework nor the database.

pub mod challenge;
pub mod claims;
pub mod denial;
pub mod edition;
pub mod header;
pub mod jwk;
pub mod keys;
pub mod local_key;
pub mod mint;
pub mod remote;
pub mod revocation;
pub mod settings;
pub mod verifier;
pub mod watched;
