//! The page at `/`: where to go from here.

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::problem::Problem;
use crate::http::answer;
use crate::http::document::Document;

/// Start page
///
/// A short page in Chinese and English: what this is, where the documentation is, first requests to try.
#[utoipa::path(
    get, path = "/", operation_id = "landing", tag = "operation",
    responses((status = 200, description = "The page", content_type = "text/html", body = String))
)]
pub async fn landing(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let page = Document::of("text/html; charset=utf-8", include_str!("landing.html"));
    answer::fixed(&request, page).await
}
