//! How a mirror stands, for those who ask: how far it has come, how far the source, and what is wrong.

use std::sync::{Mutex, PoisonError};

use crate::domain::text::Text;
use crate::domain::time::Instant;

/// Shared between who follows and who tells.
#[derive(Debug)]
pub struct Status(Mutex<Standing>);

#[derive(Clone, Debug)]
pub struct Standing {
    /// The registry that is followed.
    pub source: String,
    /// The newest position held here.
    pub position: i64,
    /// The source's newest position, as it last said.
    pub source_position: Option<i64>,
    /// When the source last answered.
    pub last_contact: Option<Instant>,
    /// The size of the largest signed tree whose leaves are held here.
    pub checkpoint_size: Option<i64>,
    /// What keeps it from following just now.
    pub trouble: Option<Text>,
    /// That the source has signed two histories. Nothing is taken over any more.
    pub fork: Option<Text>,
    /// The history that is still on its way.
    pub loading: Option<Loading>,
}

/// How far the history has come of a copy that holds the present already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loading {
    /// The earliest position that can be read.
    pub from: i64,
    /// How many entries of the log have come, from its beginning on.
    pub loaded: i64,
}

impl Status {
    pub fn new(source: &str, position: i64) -> Self {
        Self(Mutex::new(Standing {
            source: source.to_owned(),
            position,
            source_position: None,
            last_contact: None,
            checkpoint_size: None,
            trouble: None,
            fork: None,
            loading: None,
        }))
    }

    pub fn standing(&self) -> Standing {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn change(&self, change: impl FnOnce(&mut Standing)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Standing {
    /// How many entries the source is known to have more.
    pub fn behind(&self) -> Option<i64> {
        self.source_position.map(|there| (there - self.position).max(0))
    }
}
