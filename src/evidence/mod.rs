//! Evidence that can be checked far from the registry: how it is laid out, and the verifier that trusts nothing but it.

pub mod layout;
pub mod proof;
pub mod verifier;
