//! The rules of a standard that need the registry's state: its places in frameworks and what its relations name.

use std::sync::Arc;

use serde_json::Value;
use uuid::Uuid;

use crate::domain::division::Divisions;
use crate::domain::fault::Faults;
use crate::domain::framework::FrameworkContent;
use crate::domain::framework::place::{Kept, Place};
use crate::domain::problem::{Problem, ProblemType};
use crate::domain::standard::{Placement, StandardContent, Target};
use crate::registry::sealed::{Content, Sealed};
use crate::registry::state::{Current, State};
use crate::text;

/// Resolves titles to ids in every placement and checks them, and that entries named by id exist.
/// The content comes back resealed only if something was resolved.
pub fn settle(
    state: &mut State,
    owner: &str,
    sealed: &Arc<Sealed>,
    standard: &StandardContent,
    before: Option<&Sealed>,
) -> Result<Arc<Sealed>, Problem> {
    let mut faults = Faults::default();
    let mut settled = standard.clone();
    settle_placements(state, owner, &mut settled.placements, before, &mut faults)?;
    check_targets(state, standard, &mut faults)?;
    if !faults.is_empty() {
        return Err(Problem::invalid(faults));
    }
    if settled.placements == standard.placements {
        return Ok(Arc::clone(sealed));
    }
    settled.placements.sort();
    settled.placements.dedup();
    Sealed::new(Content::Standard(Box::new(settled))).map(Arc::new)
}
