//! A count of everything that can change what a token is worth.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Shared by all sources of keys and revocations: each adds one whenever it takes in something new, so that one
/// comparison tells whether an earlier verification still holds.
#[derive(Clone, Debug, Default)]
pub struct Edition(Arc<AtomicU64>);

impl Edition {
    pub fn current(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    /// To be called after the new state can be seen, never before.
    pub fn advance(&self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}
