//! The documentation of every problem type, where its `type` points.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::problem::{Problem, ProblemType};
use crate::http::document::Document;
use crate::http::params::Params;
use crate::http::{answer, problem};
use crate::text;

/// One way in which a request can be refused.
#[derive(Serialize, ToSchema)]
pub struct ProblemDoc {
    /// The `type` of such problems: a path here.
    #[serde(rename = "type")]
    #[schema(example = "/problems/precondition-failed")]
    path: String,
    #[schema(example = 412)]
    status: u16,
    #[schema(example = "版本已变")]
    title_zh: String,
    #[schema(example = "The revision has moved on")]
    title_en: String,
    /// What it means and what to do next.
    documentation_zh: String,
    documentation_en: String,
}

/// Every problem type.
#[derive(Serialize, ToSchema)]
pub struct ProblemList {
    items: Vec<ProblemDoc>,
}

impl From<ProblemType> for ProblemDoc {
    fn from(kind: ProblemType) -> Self {
        let (title, documentation) = (kind.title(), kind.documentation());
        Self {
            path: format!("/problems/{}", kind.slug()),
            status: kind.status(),
            title_zh: title.zh,
            title_en: title.en,
            documentation_zh: documentation.zh,
            documentation_en: documentation.en,
        }
    }
}

/// List problem types
///
/// Every `type` an error can have, with its status, its meaning and what to do next.
#[utoipa::path(
    get, path = "/problems", operation_id = "list_problems", tag = "reference",
    responses((status = 200, description = "Every problem type", body = ProblemList))
)]
pub async fn list(request: HttpRequest) -> Result<HttpResponse, Problem> {
    Params::of(&request).finish()?;
    let items = ProblemType::ALL.iter().copied().map(ProblemDoc::from).collect();
    answer::fixed(&request, Document::json(&ProblemList { items })?).await
}

/// Explain a problem type
///
/// What a problem's `type` points to.
#[utoipa::path(
    get, path = "/problems/{slug}", operation_id = "get_problem", tag = "reference",
    params(("slug" = String, Path, description = "The last part of a problem's `type`", example = "precondition-failed")),
    responses((status = 200, description = "The problem type", body = ProblemDoc))
)]
pub async fn get(request: HttpRequest, slug: web::Path<String>) -> Result<HttpResponse, Problem> {
    Params::of(&request).finish()?;
    let mut known = ProblemType::ALL.iter().copied();
    let kind = known
        .find(|kind| kind.slug() == slug.as_str())
        .ok_or_else(|| problem::nothing_at(&text!("问题类型", "problem type")))?;
    answer::fixed(&request, Document::json(&ProblemDoc::from(kind))?).await
}
