//! What a push asks for and the plan it comes to.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::domain::diff::FieldChange;
use crate::domain::problem::Problem;
use crate::domain::text::Language;
use crate::registry::operation::{Words, Written};
use crate::registry::sealed::Sealed;
use crate::registry::state::Needs;

/// What an owner wants its catalogue to be.
pub struct Push {
    pub owner: String,
    /// The position the sender's copy was taken at; what others changed since is a conflict.
    pub base: Option<i64>,
    /// How many rows may leave the catalogue; a slip in a spreadsheet must not empty it.
    pub max_withdrawals: Option<usize>,
    pub dry_run: bool,
    /// The plan the sender has seen; anything else is refused.
    pub expected_plan: Option<String>,
    pub words: Words,
    pub language: Language,
    pub rows: Vec<Row>,
}

impl Push {
    /// What its rows name; their keys come with the owner's whole catalogue.
    pub fn needs(&self, needs: &mut Needs) {
        for content in self.rows.iter().filter_map(|row| row.content.as_ref().ok()) {
            needs.targets_of(content);
        }
    }
}

/// One row as sent.
pub struct Row {
    pub id: Option<Uuid>,
    pub content: Result<Arc<Sealed>, Problem>,
}

/// What is to happen to one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlanAction {
    Create,
    Update,
    Restore,
    Withdraw,
    Unchanged,
    /// Somebody else changed the row since `base`.
    Conflict,
    /// The row breaks a rule; `problem` says which.
    Refused,
}

/// One line of the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PlanItem {
    /// The row's place in the request; rows that are only in the registry have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    pub action: PlanAction,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<i64>,
    /// The log position written, once the plan has been applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<FieldChange>,
    /// Why the row is refused or in conflict: a problem document.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = problem, required = false)]
    pub problem: Option<Value>,
}

fn problem() -> utoipa::openapi::Ref {
    utoipa::openapi::Ref::from_schema_name("Problem")
}

/// How many rows each action takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PlanCounts {
    pub create: usize,
    pub update: usize,
    pub restore: usize,
    pub withdraw: usize,
    pub unchanged: usize,
    pub conflict: usize,
    pub refused: usize,
}

/// What a push does, row by row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Plan {
    pub owner: String,
    /// Whether the plan was written.
    pub applied: bool,
    /// Send it as `If-Match` to apply exactly this plan.
    pub plan_etag: String,
    /// How many rows a push may withdraw before it needs `max_withdrawals`.
    pub max_withdrawals: usize,
    pub counts: PlanCounts,
    pub items: Vec<PlanItem>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(ignore)]
    pub(super) written: Vec<(usize, Written)>,
}

impl Plan {
    /// What was written, in the order it was staged.
    pub fn written_mut(&mut self) -> impl Iterator<Item = &mut Written> {
        self.written.iter_mut().map(|(_, written)| written)
    }

    /// The plan as it is shown: with the positions of what was written.
    pub fn into_shown(mut self) -> Self {
        for (item, written) in std::mem::take(&mut self.written) {
            if let Some(item) = self.items.get_mut(item) {
                item.position = Some(written.position);
                item.revision = Some(written.revision);
                item.id = Some(written.id);
            }
        }
        self
    }
}
