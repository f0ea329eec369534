//! The specification, and a browser for it that needs no network.

use std::sync::LazyLock;

use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::domain::problem::Problem;
use crate::http::document::Document;
use crate::http::{answer, openapi};

static SPECIFICATION: LazyLock<Bytes> = LazyLock::new(|| openapi::document_text().into());

/// The specification
///
/// This interface in OpenAPI 3.1, generated from the code that serves it.
#[utoipa::path(
    get, path = "/openapi.json", operation_id = "openapi", tag = "operation",
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json", body = ref("#/components/schemas/JsonObject")))
)]
pub async fn specification(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let document = Document::of("application/json", SPECIFICATION.clone());
    answer::fixed(&request, document).await
}

/// The browser under `/docs/`.
pub fn browser() -> SwaggerUi {
    let config = Config::from("/openapi.json")
        .try_it_out_enabled(true)
        .filter(true);
    SwaggerUi::new("/docs/{_:.*}").config(config)
}
