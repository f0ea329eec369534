//! The specification: handlers say what is theirs, the route table says what they share, and this puts them together.

use serde_json::{Map, Value, json};
use utoipa::OpenApi;

use crate::domain::problem::ProblemType;
use crate::domain::term::Term;
use crate::http::auth::Access;
use crate::http::negotiate::Format;
use crate::http::route::Operation;
use crate::http::{operations, shared_parts, spelt_out};

/// Every documented handler. The route table is checked against it.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "公共服务标准登记簿 · Standards registry",
        description = "A versioned registry of public-service standards. Every write appends to one log; its positions are what `as_of` takes and what every answer names.\n\nErrors are RFC 9457 problems; their types are listed at `/problems`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    servers((url = "/", description = "The registry that serves this document")),
    tags(
        (name = "reference", description = "What entries refer to: vocabularies, divisions, problem types"),
        (name = "standards", description = "Standards in the catalogues of divisions"),
        (name = "frameworks", description = "Frameworks, their cells and what stands in them"),
        (name = "coverage", description = "What is wanting, what is there twice, what is about to happen"),
        (name = "history", description = "Who changed what, when and why"),
        (name = "sync", description = "Keeping copies: many changes at once, whole catalogues"),
        (name = "proofs", description = "The log for those who check it: signed checkpoints, tiles, proofs, keys"),
        (name = "webhooks", description = "Being told that there are changes"),
        (name = "access", description = "Tokens and what they allow"),
        (name = "operation", description = "Running the service"),
    ),
    paths(
        super::explorer::front::landing,
        super::health::health,
        super::health::readiness,
        super::metrics::metrics,
        super::docs::specification,
        super::problems::list,
        super::problems::get,
        super::vocabulary::list,
        super::divisions::list,
        super::divisions::get,
        super::whoami::whoami,
        super::standards::write::create,
        super::standards::write::put,
        super::standards::write::patch,
        super::standards::write::withdraw,
        super::standards::read::get,
        super::standards::read::revisions,
        super::standards::read::revision,
        super::standards::read::diff,
        super::standards::read::relations,
        super::standards::placements::put,
        super::standards::placements::delete,
        super::standards::list::list,
        super::standards::lookup::lookup,
        super::standards::suggest::suggest,
        super::standards::lookup::check,
        super::frameworks::create,
        super::frameworks::list,
        super::frameworks::get,
        super::frameworks::put,
        super::frameworks::patch,
        super::frameworks::withdraw,
        super::frameworks::revisions,
        super::frameworks::revision,
        super::frameworks::diff,
        super::frameworks::matrix,
        super::log::checkpoint::checkpoint,
        super::log::checkpoint::head,
        super::log::tiles::hashes,
        super::log::tiles::entries,
        super::log::proofs::inclusion,
        super::log::proofs::consistency,
        super::log::entries::list,
        super::log::keys::list,
        super::log::tlog_proof::of_standard,
        super::log::tlog_proof::of_framework,
        super::oai::get,
        super::oai::post,
        super::oai::schema,
        super::bulk::bulk,
        super::catalogue::push,
        super::imports::import,
        super::redactions::create,
        super::redactions::list,
        super::redactions::get,
        super::feed::changes::changes,
        super::feed::snapshot::snapshot,
        super::feed::digest::digest,
        super::webhooks::create,
        super::webhooks::list,
        super::webhooks::get,
        super::webhooks::patch,
        super::webhooks::delete,
        super::webhooks::deliveries,
        super::webhooks::redeliver,
        super::coverage::gaps::list,
        super::coverage::duplicates::list,
        super::coverage::compare::list,
        super::coverage::trials::list,
        super::drift::list,
        super::diff::diff,
        super::audit::revisions,
        super::bundle::bundle,
    ),
)]
struct Handlers;

/// The finished document.
pub fn document() -> Value {
    let mut document = serde_json::to_value(Handlers::openapi()).unwrap_or_default();
    if let Some(version) = document.get_mut("openapi") {
        *version = "3.1.0".into();
    }
    let components = document
        .as_object_mut()
        .map(|members| members.entry("components").or_insert(json!({})));
    if let Some(Value::Object(components)) = components {
        merge(components, shared_parts::components());
    }
    for operation in operations() {
        let method = operation.method.as_str().to_ascii_lowercase();
        let path = document
            .get_mut("paths")
            .and_then(|paths| paths.get_mut(operation.path));
        if let Some(Value::Object(described)) = path.and_then(|path| path.get_mut(&method)) {
            complete(described, &operation);
        }
    }
    spelt_out::spell_out(&mut document);
    document
}

/// The finished document as it is served and committed.
pub fn document_text() -> String {
    let mut text = serde_json::to_string_pretty(&document()).unwrap_or_default();
    text.push('\n');
    text
}

/// Writes into one operation what its row of the route table says.
fn complete(described: &mut Map<String, Value>, operation: &Operation) {
    described.insert("security".to_owned(), security(operation.access));
    let parameters = described.entry("parameters").or_insert(json!([]));
    if let Value::Array(parameters) = parameters {
        let shared = shared_parts::parameters_of(operation);
        parameters.extend(shared.into_iter().map(|name| reference("parameters", name)));
    }
    let responses = described.entry("responses").or_insert(json!({}));
    let Value::Object(responses) = responses else {
        return;
    };
    for (status, success) in responses.iter_mut().filter(|(status, _)| status.starts_with('2')) {
        add_headers(success, operation, status);
        if operation.traits.tables {
            add_tables(success);
        }
    }
    if operation.traits.reads {
        responses.insert("304".to_owned(), reference("responses", "NotModified"));
    }
    for status in statuses(operation) {
        let name = shared_parts::response_name(status);
        responses
            .entry(status.to_string())
            .or_insert_with(|| reference("responses", &name));
    }
}

/// Names the formats of tables, unless the handler has.
fn add_tables(response: &mut Value) {
    let binary = json!({ "type": "string", "format": "binary" });
    let text = || json!({ "type": "string" });
    let tables = [
        (Format::Ndjson, text()),
        (Format::Csv, text()),
        (Format::Xlsx, binary),
    ];
    if let Some(Value::Object(content)) = response.get_mut("content") {
        for (format, schema) in tables {
            content
                .entry(format.essence())
                .or_insert_with(|| json!({ "schema": schema }));
        }
    }
}

fn add_headers(response: &mut Value, operation: &Operation, status: &str) {
    let Value::Object(response) = response else {
        return;
    };
    let headers = response.entry("headers").or_insert(json!({}));
    if let Value::Object(headers) = headers {
        for name in shared_parts::headers_of(operation, status) {
            headers.entry(name).or_insert_with(|| reference("headers", name));
        }
    }
}

/// Every status an operation can refuse with, in order.
fn statuses(operation: &Operation) -> Vec<u16> {
    use ProblemType::*;
    let traits = operation.traits;
    let mut problems = operation.problems.clone();
    problems.extend([Internal, TooManyRequests]);
    if traits.reads || traits.repeatable || traits.takes_body {
        problems.extend([InvalidParameter, Overloaded]);
    }
    if traits.reads {
        problems.push(NotAcceptable);
    }
    if traits.in_time {
        problems.extend([BeyondHead, Behind]);
    }
    if traits.in_time || traits.selects || traits.needs_history {
        problems.push(HistoryLoading);
    }
    if operation.path.contains('{') {
        problems.push(NotFound);
    }
    if operation.access != Access::Public {
        problems.push(Unauthorized);
    }
    if matches!(operation.access, Access::Scope(_)) {
        problems.push(InsufficientScope);
    }
    if traits.takes_body {
        problems.extend([
            MalformedJson,
            PayloadTooLarge,
            UnsupportedMediaType,
            InvalidContent,
        ]);
    }
    if traits.repeatable {
        problems.extend([Conflict, IdempotencyMismatch, ReadOnlyMirror]);
    }
    if traits.at_source {
        problems.extend([InvalidParameter, ReadOnlyMirror, Unavailable]);
    }
    if traits.guarded {
        problems.extend([PreconditionFailed, PreconditionRequired]);
    }
    let mut statuses: Vec<u16> = problems.into_iter().map(ProblemType::status).collect();
    statuses.sort_unstable();
    statuses.dedup();
    statuses
}

fn security(access: Access) -> Value {
    match access {
        Access::Public => json!([]),
        Access::Token => json!([{ "bearerAuth": [] }]),
        Access::Scope(scope) => json!([{ "bearerAuth": [scope.id()] }]),
    }
}

fn reference(section: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{section}/{name}") })
}

/// Adds the members of `more`, section by section.
fn merge(components: &mut Map<String, Value>, more: Map<String, Value>) {
    for (section, entries) in more {
        let present = components.entry(section).or_insert(json!({}));
        if let (Value::Object(present), Value::Object(entries)) = (present, entries) {
            present.extend(entries);
        }
    }
}
