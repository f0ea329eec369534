//! What the caller's token allows.

use actix_web::HttpResponse;
use actix_web::http::header;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::division::Divisions;
use crate::domain::term::Term;
use crate::http::auth::Caller;

/// What a token may do, and where.
#[derive(Serialize, ToSchema)]
pub struct Whoami {
    #[schema(example = "chengyang-sync")]
    subject: String,
    /// What it may do.
    #[schema(example = json!(["standards:write"]))]
    scopes: Vec<&'static str>,
    /// Where: each of these with everything below it.
    districts: Vec<District>,
}

/// A division a token names.
#[derive(Serialize, ToSchema)]
pub struct District {
    #[schema(example = "370214")]
    code: String,
    /// Absent for a code that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "城阳区")]
    name: Option<String>,
    /// How many divisions, past ones included, it reaches.
    #[schema(example = 1)]
    reach: usize,
}

/// Who am I
///
/// The subject of the token sent, what it may do, and where.
#[utoipa::path(
    get, path = "/v1/whoami", operation_id = "whoami", tag = "access",
    responses((status = 200, description = "What this token allows", body = Whoami))
)]
pub async fn whoami(Caller(grant): Caller) -> HttpResponse {
    let divisions = Divisions::built_in();
    let districts = grant.districts.iter().map(|code| District {
        name: divisions.get(code).map(|division| division.name.clone()),
        reach: divisions.reach(code).len(),
        code: code.clone(),
    });
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Whoami {
            subject: grant.subject.clone(),
            scopes: grant.scopes.iter().map(|scope| scope.id()).collect(),
            districts: districts.collect(),
        })
}
