//! What a writer asks for and what becomes of it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::domain::vocabulary::{Action, Kind};
use crate::registry::sealed::Sealed;
use crate::registry::state::Needs;

/// One change to one entry.
#[derive(Clone, Debug)]
pub struct Operation {
    pub kind: Kind,
    pub target: Target,
    pub expected: Expected,
    pub change: Change,
    pub words: Words,
}

impl Operation {
    /// What deciding on it will look at, so that it can be loaded together with its neighbours'.
    pub fn needs(&self, needs: &mut Needs) {
        if let Target::Id(id) = self.target {
            needs.ids.insert(id);
        }
        if let Change::Create { owner, content } | Change::Put { owner, content, .. } = &self.change {
            needs.keys_of(owner, content);
            needs.targets_of(content);
        }
    }
}

/// The entry an operation is about.
#[derive(Clone, Debug)]
pub enum Target {
    Id(Uuid),
    /// A framework by its slug.
    Slug(String),
}

/// What the sender believes about the entry; checked under the head's lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Nothing was claimed (bulk operations only).
    Anything,
    /// It exists (`If-Match: *`).
    Present,
    /// It does not exist yet (`If-None-Match: *`).
    Absent,
    /// Its current revision is one of these.
    Revisions(Vec<i64>),
}

impl Expected {
    /// Whether it is so, now that this is the current revision.
    pub fn holds_for(&self, current: i64) -> bool {
        match self {
            Self::Anything | Self::Present => true,
            Self::Absent => false,
            Self::Revisions(revisions) => revisions.contains(&current),
        }
    }
}

/// What is to happen to the entry.
#[derive(Clone, Debug)]
pub enum Change {
    Create {
        owner: String,
        content: Arc<Sealed>,
    },
    /// Replaces the content whole; a withdrawn entry comes back.
    Put {
        owner: String,
        content: Arc<Sealed>,
        action: Revising,
    },
    /// Merges into what is there (RFC 7396).
    Patch {
        owner: Option<String>,
        content: Option<Value>,
        action: Revising,
    },
    /// Sets one framework's placements of a standard, or takes them all away.
    Place {
        framework: String,
        placements: Vec<Value>,
        action: Revising,
    },
    Withdraw,
}

/// Whether the world changed or the earlier revision was wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Revising {
    #[default]
    Update,
    Correct,
}

impl From<Revising> for Action {
    fn from(revising: Revising) -> Self {
        match revising {
            Revising::Update => Self::Update,
            Revising::Correct => Self::Correct,
        }
    }
}

/// Why, in words, and the document it rests on.
#[derive(Clone, Debug, Default)]
pub struct Words {
    pub reason: Option<String>,
    pub basis: Option<String>,
}

/// What an accepted operation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    Created,
    Changed,
    /// What was asked for is what is there: nothing was appended.
    Unchanged,
    Withdrawn,
    Restored,
}

/// The entry after an accepted operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Written {
    pub id: Uuid,
    pub kind: Kind,
    pub revision: i64,
    pub effect: Effect,
    /// The log position of that revision.
    #[serde(default)]
    pub position: i64,
}
