//! Every closed vocabulary, with the words people read.

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::problem::Problem;
use crate::domain::vocabulary::{VocabularyList, vocabularies};
use crate::http::answer;
use crate::http::document::Document;
use crate::http::params::Params;

/// List vocabularies
///
/// Every enumeration of the interface: each value's identifier with its Chinese and English names, in the order
/// people expect to see them.
#[utoipa::path(
    get, path = "/v1/vocabulary", operation_id = "list_vocabulary", tag = "reference",
    responses((status = 200, description = "Every vocabulary", body = VocabularyList))
)]
pub async fn list(request: HttpRequest) -> Result<HttpResponse, Problem> {
    Params::of(&request).finish()?;
    let items = vocabularies();
    answer::fixed(&request, Document::json(&VocabularyList { items })?).await
}
