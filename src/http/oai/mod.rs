//! OAI-PMH 2.0: the catalogue for harvesters that exist already.

mod answer;
mod arguments;
mod dublin_core;
mod fault;
mod identifier;
mod native;
mod reply;
mod site;
mod stamp;
mod token;
mod xml;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::domain::problem::Problem;
use crate::http::body::RawBody;
use crate::http::document::Document;
use crate::http::negotiate;
use crate::http::oai::answer::Search;
use crate::http::oai::arguments::Arguments;
use crate::http::oai::reply::{Envelope, Reply};
use crate::http::oai::site::Site;
use crate::http::state::Shared;

const FORM: &str = "application/x-www-form-urlencoded";
const XML: &str = "text/xml; charset=UTF-8";

/// Harvest by OAI-PMH
///
/// OAI-PMH 2.0 for standards, one item per entry; errors of the protocol are answered 200 with coded `error` elements,
/// as it wants. Sets are divisions with all below them (`division:370200`) and cells of frameworks
/// (`cell:qingdao:dimension.process`). Withdrawn and erased entries stay as deleted headers, and so do, in a set, entries
/// that left it. Only seconds that are over are served and `responseDate` is the end of them: go on with it as `from`
/// and nothing is missed. Resumption tokens do not expire.
#[utoipa::path(
    get, path = "/oai", operation_id = "harvest", tag = "sync",
    params(
        ("verb" = String, Query, description = "`Identify`, `ListMetadataFormats`, `ListSets`, `ListIdentifiers`, `ListRecords` or `GetRecord`", example = "ListRecords"),
        ("metadataPrefix" = Option<String>, Query, description = "`oai_dc`, or `registry` for entries whole (schema at `/oai/registry.xsd`)", example = "oai_dc"),
        ("identifier" = Option<String>, Query, description = "`oai:<namespace>:<id>`, the namespace as `Identify` tells", example = "oai:standards.registry.qingdao.gov.cn:01938f5e-7b1a-7000-8000-000000000001"),
        ("from" = Option<String>, Query, description = "A day or a second of UTC, inclusive", example = "2026-11-21T03:04:05Z"),
        ("until" = Option<String>, Query, description = "A day or a second of UTC, inclusive", example = "2026-11-30T23:59:59Z"),
        ("set" = Option<String>, Query, description = "A `setSpec` of `ListSets`", example = "division:370214"),
        ("resumptionToken" = Option<String>, Query, description = "Goes on with a list; excludes all but `verb`", example = "eyJ2IjoiTGlzdFJlY29yZHMi"),
    ),
    responses((status = 200, description = "A reply or the protocol's errors", body = String, content_type = "text/xml",
        example = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\"><responseDate>2026-11-21T03:04:06Z</responseDate><request verb=\"GetRecord\">https://registry.qingdao.gov.cn/oai</request><GetRecord>…</GetRecord></OAI-PMH>"))
)]
pub async fn get(request: HttpRequest, state: Shared) -> Result<HttpResponse, Problem> {
    let form = request.query_string().to_owned();
    reply(&request, &state, &form).await
}

/// The arguments of a harvest, as the protocol spells them.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"verb": "ListIdentifiers", "metadataPrefix": "oai_dc", "set": "division:370214"}))]
pub struct HarvestForm {
    pub verb: String,
    pub metadata_prefix: Option<String>,
    pub identifier: Option<String>,
    pub from: Option<String>,
    pub until: Option<String>,
    pub set: Option<String>,
    pub resumption_token: Option<String>,
}

/// Harvest by OAI-PMH, with a form
///
/// The same as `GET` with the arguments in the body.
#[utoipa::path(
    post, path = "/oai", operation_id = "harvest_by_form", tag = "sync",
    request_body(content = HarvestForm, content_type = "application/x-www-form-urlencoded", description = "The arguments of `GET`"),
    responses((status = 200, description = "A reply or the protocol's errors", body = String, content_type = "text/xml"))
)]
pub async fn post(
    request: HttpRequest,
    state: Shared,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let body = RawBody::read(request.headers(), payload.into_inner(), &[FORM]).await?;
    let form = String::from_utf8_lossy(&body.bytes);
    reply(&request, &state, &form).await
}

/// The schema of harvested entries
///
/// XML Schema of the metadata format `registry`.
#[utoipa::path(
    get, path = "/oai/registry.xsd", operation_id = "harvest_schema", tag = "sync",
    responses((status = 200, description = "XML Schema", body = String, content_type = "text/xml"))
)]
pub async fn schema(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let document = Document::of(XML, native::SCHEMA);
    crate::http::answer::fixed(&request, document).await
}

async fn reply(request: &HttpRequest, state: &Shared, form: &str) -> Result<HttpResponse, Problem> {
    let mut arguments = Arguments::parse(form);
    let question = arguments.question();
    let root = Site::root_of(request, state.public_url.as_deref());
    let language = negotiate::language(request.headers());
    let contact = state.contact.clone();
    let cache = state.registry.cache().clone();
    let settled = state.registry.settled().await?;
    let answer = state.registry.read(move |snapshot| {
        let site = Site::new(root, &snapshot.head.origin, contact.as_deref());
        let mut search = Search {
            snapshot,
            cache: &cache,
            settled,
            namespace: &site.namespace,
        };
        let reply = match question {
            Some(question) => search.answer(question)?,
            None => Reply::Faults(arguments.faults),
        };
        let envelope = Envelope {
            site: &site,
            response_date: settled,
            arguments: &arguments.pairs,
            language,
        };
        envelope.write(&reply).map_err(Problem::internal)
    });
    let document = Document::of(XML, answer.await?);
    crate::http::answer::fixed(request, document).await
}
