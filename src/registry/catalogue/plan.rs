//! What a push asks for and the plan it comes to.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::domain::diff::FieldChange;
use crate::domain::problem::Problem;
use crate::domain::sheet::{Edit, Header};
use crate::domain::text::Language;
use crate::registry::operation::{Words, Written};
use crate::registry::sealed::Sealed;
use crate::registry::state::Needs;
use crate::terms;

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
    pub extent: Extent,
    /// Of rows that come from a sheet: which column holds what.
    pub header: Option<Header>,
    pub rows: Vec<Row>,
}

/// What becomes of entries that no row speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The rows are the whole catalogue: the others are withdrawn.
    Whole,
    /// The rows are a part of it: the others stay.
    Part,
}

impl Push {
    /// What its rows name; their keys come with the owner's whole catalogue.
    pub fn needs(&self, needs: &mut Needs) {
        for row in &self.rows {
            if let Wanted::Whole(Ok(content)) = &row.wanted {
                needs.targets_of(content);
            }
        }
    }
}

/// One row as sent.
pub struct Row {
    pub id: Option<Uuid>,
    /// Its number, as its sender counts.
    pub number: usize,
    pub wanted: Wanted,
}

/// What a row wants an entry to be.
pub enum Wanted {
    Whole(Result<Arc<Sealed>, Problem>),
    /// Some fields otherwise than they are, whatever they are.
    Edit(Box<Edit>),
}

impl Row {
    /// The owner's own key.
    pub fn external_id(&self) -> Option<&str> {
        match &self.wanted {
            Wanted::Whole(content) => content.as_ref().ok()?.standard()?.external_id.as_deref(),
            Wanted::Edit(edit) => edit.text("external_id").map(str::trim),
        }
    }

    /// The numbers an entry may bear that it speaks of, the likeliest first.
    pub fn numbers(&self) -> Vec<String> {
        match &self.wanted {
            Wanted::Whole(content) => {
                let standard = content.as_ref().ok().and_then(|content| content.standard());
                standard
                    .and_then(|standard| standard.number.clone())
                    .into_iter()
                    .collect()
            }
            Wanted::Edit(edit) => edit.numbers(),
        }
    }

    /// The revision it was taken from.
    pub fn revision(&self) -> Option<i64> {
        match &self.wanted {
            Wanted::Whole(_) => None,
            Wanted::Edit(edit) => edit.revision,
        }
    }
}

terms! {
    /// What is to happen to one row.
    pub enum PlanAction = "plan_action" {
        Create "create" "新增" "Create",
        Update "update" "修改" "Update",
        Restore "restore" "恢复" "Restore",
        Withdraw "withdraw" "移出" "Withdraw",
        Unchanged "unchanged" "不变" "Unchanged",
        /// Somebody else changed the row since `base`.
        Conflict "conflict" "冲突" "Conflict",
        /// The row breaks a rule; `problem` says which.
        Refused "refused" "拒绝" "Refused",
    }
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
    /// Of a sheet's row: the column of each of the problem's errors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(ignore)]
    pub columns: Vec<Option<usize>>,
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
