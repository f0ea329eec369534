//! What many operations share in the specification: the problem document, parameters, headers, refusals.

use actix_web::http::StatusCode;
use serde_json::{Map, Value, json};

use crate::domain::problem::ProblemType;
use crate::http::route::Operation;
use crate::http::shared_schemas;

/// The shared components, by section.
pub fn components() -> Map<String, Value> {
    let sections = json!({
        "schemas": shared_schemas::schemas(),
        "securitySchemes": {
            "bearerAuth": {
                "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                "description": "`scope`: what the token may do; `districts`: division codes, each with everything below it."
            }
        },
        "parameters": parameters(),
        "headers": headers(),
        "responses": responses(),
    });
    match sections {
        Value::Object(sections) => sections,
        _ => Map::new(),
    }
}

/// The filters by which a part of the registry is followed.
const SELECTION: &[&str] = &[
    "Kind",
    "Owner",
    "OwnerExact",
    "Framework",
    "Node",
    "Cell",
    "Subsystem",
    "Dimension",
];

/// The filters of lists of standards, besides those of [`SELECTION`] that name a part of the registry.
const FILTERS: &[&str] = &[
    "Q",
    "Owner",
    "OwnerExact",
    "Origin",
    "Level",
    "Mandate",
    "Supply",
    "Validity",
    "Audience",
    "Elements",
    "LeadDepartment",
    "IssuedBy",
    "Ics",
    "Ccs",
    "Keywords",
    "Number",
    "ExternalId",
    "PlanNumber",
    "PublishedOnFrom",
    "PublishedOnTo",
    "ImplementedOnFrom",
    "ImplementedOnTo",
    "AbolishedOnFrom",
    "AbolishedOnTo",
    "Framework",
    "Node",
    "Cell",
    "Subsystem",
    "Dimension",
    "Withdrawn",
];

/// Names of the shared parameters an operation takes.
pub fn parameters_of(operation: &Operation) -> Vec<&'static str> {
    let traits = operation.traits;
    let groups: [(bool, &[&str]); 9] = [
        (traits.in_time, &["AsOf", "ValidAt", "MinPosition"]),
        (traits.selects, SELECTION),
        (traits.filters, FILTERS),
        (traits.tables, &["Format", "Lang", "Bom"]),
        (traits.reads, &["IfNoneMatch"]),
        (traits.repeatable, &["IdempotencyKey"]),
        (traits.guarded && !traits.registers, &["IfMatch"]),
        (
            traits.guarded && traits.registers,
            &["IfMatchToRevise", "IfNoneMatchToRegister"],
        ),
        (
            traits.reads || traits.repeatable || traits.takes_body,
            &["AcceptLanguage"],
        ),
    ];
    named(&groups)
}

/// Names of the shared headers of an operation's successful answers with one status.
pub fn headers_of(operation: &Operation, status: &str) -> Vec<&'static str> {
    let traits = operation.traits;
    let groups: [(bool, &[&str]); 7] = [
        (true, &["X-Request-Id"]),
        (traits.repeatable && status == "201", &["Location"]),
        (traits.pages, &["Link"]),
        ((traits.reads || traits.guarded) && status != "204", &["ETag"]),
        (traits.tables, &["Content-Disposition"]),
        (traits.in_time, &["Log-Position", "As-Of", "Valid-At"]),
        (traits.repeatable, &["Log-Position", "Idempotency-Replayed"]),
    ];
    named(&groups)
}

fn named(groups: &[(bool, &[&'static str])]) -> Vec<&'static str> {
    let taken = groups.iter().filter(|(applies, _)| *applies);
    taken.flat_map(|(_, names)| names.iter().copied()).collect()
}

/// The component that describes refusals with a status.
pub fn response_name(status: u16) -> String {
    let reason = StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason());
    reason.unwrap_or("Refused").replace([' ', '-'], "")
}

fn parameters() -> Value {
    let mut parameters = json!({
        "Kind": query("kind", terms("Kind"), json!(["standard"]), "Entries of these kinds."),
        "AsOf": query("as_of", text(), "3",
            "What the registry said then: a log position (digits), a day (its end in Shanghai) or an RFC 3339 instant with offset. Beyond the head 400."),
        "ValidAt": query("valid_at", day(), "2026-11-21",
            "The day on which validity is computed; the Shanghai day of `as_of`, or today, when absent."),
        "Format": query("format", json!({ "type": "string", "enum": ["json", "ndjson", "csv", "xlsx"] }), "xlsx",
            "The format, for addresses that people follow: it takes the place of `Accept`."),
        "Lang": query("lang", json!({ "type": "string", "enum": ["zh", "en"] }), "en",
            "The language of headings and labels, in place of `Accept-Language`. CSV has names of fields and identifiers unless this is given."),
        "Bom": query("bom", json!({ "type": "boolean" }), true,
            "Whether CSV begins with a byte order mark, for spreadsheets that need one."),
        "MinPosition": header("Min-Position", json!({ "type": "string", "pattern": "^[0-9]{1,18}$" }), "3",
            "Answer with at least this much of the log, as a `Log-Position` said it; waits briefly, then 503."),
        "IfNoneMatch": header("If-None-Match", tags(), "\"3.0123456789ab\"",
            "The ETag of a copy at hand: 304 while it is current."),
        "IfMatch": header("If-Match", tags(), "\"3.0123456789ab\"",
            "An ETag issued for the current revision, or `*`; 412 when it has moved on, 428 when absent."),
        "IfMatchToRevise": header("If-Match", tags(), "\"3.0123456789ab\"",
            "To revise or restore: an ETag issued for the current revision, or `*`; 412 when it has moved on. 428 when neither this nor `If-None-Match: *` is sent."),
        "IfNoneMatchToRegister": header("If-None-Match", json!({ "type": "string", "enum": ["*"] }), "*",
            "To register under an id of the sender's choice; 412 when it is taken."),
        "IdempotencyKey": header("Idempotency-Key",
            json!({ "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" }), "push-2026-11-21-1",
            "Makes the write safe to send again: for 30 days the same key gets the same answer."),
        "AcceptLanguage": header("Accept-Language", text(), "en",
            "`zh` (default) or `en`, for words meant for people."),
    });
    if let Value::Object(parameters) = &mut parameters {
        if let Some(Value::Object(if_match)) = parameters.get_mut("IfMatch") {
            if_match.insert("required".to_owned(), true.into());
        }
        parameters.extend(filters());
    }
    parameters
}

/// The filters, each under the name of the field it compares.
fn filters() -> Map<String, Value> {
    let filters = json!({
        "Q": query("q", json!({ "type": "string", "minLength": 1, "maxLength": 200, "pattern": r"\S" }), "养老机构 服务质量",
            "What to search for: words in Chinese or English, all of which must be found in whatever field; \"quoted phrases\"; \
             numbers in any spelling, or part of one. At most 16 words. Items come by relevance and carry `match`. When \
             nothing has a number, near ones come, with `match.reason` = `near_number`."),
        "Owner": query("owner", divisions(), json!(["370200"]), "Entries of these divisions and all below them."),
        "OwnerExact": query("owner_exact", divisions(), json!(["370214"]), "Entries of exactly these divisions."),
        "Origin": query("origin", terms("Origin"), json!(["self_built"]), "Any of these origins."),
        "Level": query("level", terms("Level"), json!(["national", "local"]), "Any of these levels."),
        "Mandate": query("mandate", terms("Mandate"), json!(["mandatory"]), "Any of these mandates."),
        "Supply": query("supply", terms("Supply"), json!(["existing"]), "Any of these states of supply."),
        "Validity": query("validity", terms("Validity"), json!(["in_force"]), "Any of these validities, on `valid_at`."),
        "Audience": query("audience", terms("Audience"), json!(["general"]), "Any of these audiences."),
        "Elements": query("elements", terms("Element"), json!(["process"]), "Any of these elements."),
        "LeadDepartment": query("lead_department", texts(), json!(["市民政局"]), "Led by any of these."),
        "IssuedBy": query("issued_by", texts(), json!(["国家标准化管理委员会"]), "Issued by any of these."),
        "Ics": query("ics", texts(), json!(["03.080.30"]), "Any of these ICS classes, with all below them."),
        "Ccs": query("ccs", texts(), json!(["A12"]), "Any of these CCS classes, with all below them."),
        "Keywords": query("keywords", texts(), json!(["养老机构"]), "Any of these keywords."),
        "Number": query("number", texts(), json!(["GB 38600-2019"]), "Any of these numbers, in any spelling."),
        "ExternalId": query("external_id", texts(), json!(["QD-YL-001"]), "Any of these keys of the owner's own."),
        "PlanNumber": query("plan_number", texts(), json!(["20213280-T-314"]), "Any of these plan numbers."),
        "PublishedOnFrom": query("published_on_from", day(), "2019-01-01", "Published on this day or later."),
        "PublishedOnTo": query("published_on_to", day(), "2019-12-31", "Published on this day or earlier."),
        "ImplementedOnFrom": query("implemented_on_from", day(), "2019-01-01", "In force from this day or later."),
        "ImplementedOnTo": query("implemented_on_to", day(), "2026-12-31", "In force from this day or earlier."),
        "AbolishedOnFrom": query("abolished_on_from", day(), "2019-01-01", "Abolished on this day or later."),
        "AbolishedOnTo": query("abolished_on_to", day(), "2026-12-31", "Abolished on this day or earlier."),
        "Framework": query("framework", json!({ "type": "string", "minLength": 1, "maxLength": 500, "pattern": "\\S" }), "qingdao",
            "Standards placed in this framework."),
        "Node": query("node", texts(), json!(["basic-security"]), "Standards placed under one of these nodes or below."),
        "Cell": query("cell", listed(json!({ "type": "string", "pattern": "^[^:]+:.+$", "maxLength": 500 })), json!(["subsystem:老有颐养"]),
            "`axis:value`; all terms hold for one placement, values of one axis mean \"or\"."),
        "Subsystem": query("subsystem", texts(), json!(["老有颐养"]), "Short for `cell=subsystem:…` in the default framework."),
        "Dimension": query("dimension", texts(), json!(["process"]), "Short for `cell=dimension:…` in the default framework."),
        "Withdrawn": query("withdrawn", json!({ "type": "string", "enum": ["exclude", "only", "include"] }), "include",
            "Whether withdrawn rows are listed; `exclude` when absent."),
    });
    match filters {
        Value::Object(filters) => filters,
        _ => Map::new(),
    }
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn day() -> Value {
    json!({ "type": "string", "format": "date" })
}

/// `*`, or quoted entity tags separated by commas (RFC 9110 §8.8.3).
fn tags() -> Value {
    json!({ "type": "string", "pattern": r#"^(\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*)$"# })
}

/// Values of a filter; several mean or.
fn listed(item: Value) -> Value {
    json!({ "type": "array", "maxItems": 100, "items": item })
}

fn texts() -> Value {
    listed(json!({ "type": "string", "minLength": 1, "maxLength": 500, "pattern": "\\S" }))
}

fn divisions() -> Value {
    listed(json!({ "type": "string", "pattern": "^[0-9]{6}$" }))
}

fn terms(vocabulary: &str) -> Value {
    json!({ "type": "array", "items": { "$ref": format!("#/components/schemas/{vocabulary}") } })
}

fn query(name: &str, schema: Value, example: impl Into<Value>, description: &str) -> Value {
    parameter(name, "query", schema, example, description)
}

fn header(name: &str, schema: Value, example: impl Into<Value>, description: &str) -> Value {
    parameter(name, "header", schema, example, description)
}

fn parameter(name: &str, place: &str, schema: Value, example: impl Into<Value>, description: &str) -> Value {
    json!({
        "name": name, "in": place, "required": false,
        "description": description, "schema": schema, "example": example.into(),
    })
}

fn headers() -> Value {
    let header = |schema: Value, description: &str| json!({ "description": description, "schema": schema });
    let integer = || json!({ "type": "integer", "format": "int64" });
    json!({
        "X-Request-Id": header(text(), "The request's name: as sent, or given by the service."),
        "ETag": header(text(), "Names exactly these bytes; for an entry it can be sent as `If-Match`."),
        "Log-Position": header(integer(), "The log position the answer was read at, or that the write reached."),
        "As-Of": header(json!({ "type": "string", "format": "date-time" }), "The instant the answer speaks of."),
        "Valid-At": header(json!({ "type": "string", "format": "date" }), "The day on which validity was computed."),
        "Content-Disposition": header(text(), "Of CSV and XLSX: a name for the file (RFC 6266)."),
        "Idempotency-Replayed": header(text(), "`true` when this is the kept answer to an earlier request."),
        "Location": header(text(), "Where what was created is, or where to send the request instead."),
        "Link": header(text(), "RFC 8288: the next page, `rel=\"next\"`; absent at the end."),
        "Allow": header(text(), "The methods of this path."),
        "Retry-After": header(integer(), "Seconds until a retry makes sense."),
        "WWW-Authenticate": header(text(), "RFC 6750: what the token lacks."),
    })
}

/// One response for each status that a problem can have, naming the types that have it.
fn responses() -> Value {
    let mut responses = Map::new();
    for kind in ProblemType::ALL {
        let status = kind.status();
        let name = response_name(status);
        if !responses.contains_key(&name) {
            responses.insert(name, refusal(status));
        }
    }
    let unchanged = json!({
        "description": "The copy at hand is current",
        "headers": { "ETag": { "$ref": "#/components/headers/ETag" } },
    });
    responses.insert("NotModified".to_owned(), unchanged);
    Value::Object(responses)
}

fn refusal(status: u16) -> Value {
    let kinds = ProblemType::ALL.iter().filter(|kind| kind.status() == status);
    let described: Vec<String> = kinds
        .map(|kind| format!("`/problems/{}` {}", kind.slug(), kind.title().en))
        .collect();
    let mut headers = json!({ "X-Request-Id": { "$ref": "#/components/headers/X-Request-Id" } });
    let special = match status {
        405 => Some("Allow"),
        410 => Some("ETag"),
        421 => Some("Location"),
        401 | 403 => Some("WWW-Authenticate"),
        429 | 503 => Some("Retry-After"),
        _ => None,
    };
    if let (Some(name), Value::Object(headers)) = (special, &mut headers) {
        headers.insert(
            name.to_owned(),
            json!({ "$ref": format!("#/components/headers/{name}") }),
        );
    }
    json!({
        "description": described.join("; "),
        "headers": headers,
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
    })
}
