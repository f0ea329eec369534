//! What pages of findings hold, for the specification.

use serde::Serialize;
use utoipa::ToSchema;

use crate::http::coverage::compare::SideEcho;
use crate::registry::read::coverage::compare::{ComparedStandard, ComparisonSummary};
use crate::registry::read::coverage::duplicates::DuplicateGroup;
use crate::registry::read::coverage::gaps::GapFinding;
use crate::registry::read::coverage::milestones::MilestoneFinding;

/// What every page of findings says of itself.
#[derive(Serialize, ToSchema)]
pub struct FindingsPage {
    /// The cursor of the next page; null at the end.
    pub next: Option<String>,
    /// The log position all pages are read at.
    #[schema(example = 812)]
    pub position: i64,
    #[schema(format = Date)]
    pub valid_at: String,
    /// How many there are on all pages, when asked for by `count=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 27)]
    pub total: Option<i64>,
}

/// One page of gaps.
#[derive(Serialize, ToSchema)]
pub struct GapPage {
    pub items: Vec<GapFinding>,
    #[schema(example = "qingdao")]
    pub framework: String,
    #[serde(flatten)]
    pub page: FindingsPage,
}

/// One page of groups of duplicates.
#[derive(Serialize, ToSchema)]
pub struct DuplicatePage {
    pub items: Vec<DuplicateGroup>,
    #[schema(example = "qingdao")]
    pub framework: String,
    #[schema(example = 0.8)]
    pub threshold: f64,
    #[serde(flatten)]
    pub page: FindingsPage,
}

/// One page of days to come.
#[derive(Serialize, ToSchema)]
pub struct TrialPage {
    pub items: Vec<MilestoneFinding>,
    #[schema(example = 180)]
    pub days: u32,
    #[serde(flatten)]
    pub page: FindingsPage,
}

/// One page of a comparison.
#[derive(Serialize, ToSchema)]
pub struct ComparisonPage {
    pub items: Vec<ComparedStandard>,
    #[schema(example = "qingdao")]
    pub framework: String,
    pub this: SideEcho,
    pub with: SideEcho,
    #[serde(flatten)]
    pub summary: ComparisonSummary,
    #[serde(flatten)]
    pub page: FindingsPage,
}
