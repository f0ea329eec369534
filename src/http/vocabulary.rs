//! Every closed vocabulary, with the words people read.

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::problem::Problem;
use crate::domain::vocabulary::{Vocabulary, VocabularyList, vocabularies, vocabulary};
use crate::http::document::Document;
use crate::http::feed::changes;
use crate::http::negotiate::{Format, Tongue};
use crate::http::params::Params;
use crate::http::standards::list::{FacetBy, SortBy};
use crate::http::standards::query::WithdrawnRows;
use crate::http::{answer, imports};
use crate::registry::catalogue::PlanAction;
use crate::registry::intake::bulk::BulkOp;
use crate::registry::read::catalogue_diff::Differs;
use crate::registry::read::citations::Outcome;
use crate::registry::read::lookup::Match;
use crate::registry::read::suggest::SuggestionKind;

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
    let items = [vocabularies(), of_answers(), of_parameters()].concat();
    answer::fixed(&request, Document::json(&VocabularyList { items })?).await
}

/// What answers say in words of their own.
fn of_answers() -> Vec<Vocabulary> {
    vec![
        vocabulary::<Match>(),
        vocabulary::<Outcome>(),
        vocabulary::<Differs>(),
        vocabulary::<PlanAction>(),
        vocabulary::<SuggestionKind>(),
    ]
}

/// What requests may say.
fn of_parameters() -> Vec<Vocabulary> {
    vec![
        vocabulary::<BulkOp>(),
        vocabulary::<WithdrawnRows>(),
        vocabulary::<SortBy>(),
        vocabulary::<FacetBy>(),
        vocabulary::<Format>(),
        vocabulary::<Tongue>(),
        vocabulary::<changes::Mode>(),
        vocabulary::<imports::Mode>(),
    ]
}
