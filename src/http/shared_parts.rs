//! What many operations share in the specification: the problem document, parameters, headers, refusals.

use actix_web::http::StatusCode;
use serde_json::{Map, Value, json};

use crate::domain::problem::ProblemType;
use crate::http::route::Operation;

/// The shared components, by section.
pub fn components() -> Map<String, Value> {
    let sections = json!({
        "schemas": { "Problem": problem(), "Fault": fault() },
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

/// Names of the shared parameters an operation takes.
pub fn parameters_of(operation: &Operation) -> Vec<&'static str> {
    let traits = operation.traits;
    let groups: [(bool, &[&str]); 7] = [
        (traits.in_time, &["AsOf", "ValidAt", "MinPosition"]),
        (traits.selects, SELECTION),
        (traits.tables, &["Format", "Lang", "Bom"]),
        (traits.reads, &["IfNoneMatch"]),
        (traits.repeatable, &["IdempotencyKey"]),
        (traits.guarded, &["IfMatch"]),
        (
            traits.reads || traits.repeatable || traits.takes_body,
            &["AcceptLanguage"],
        ),
    ];
    named(&groups)
}

/// Names of the shared headers of an operation's successful answers.
pub fn headers_of(operation: &Operation) -> Vec<&'static str> {
    let traits = operation.traits;
    let groups: [(bool, &[&str]); 5] = [
        (true, &["X-Request-Id"]),
        (traits.reads || traits.guarded, &["ETag"]),
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

fn problem() -> Value {
    let types: Vec<String> = ProblemType::ALL
        .iter()
        .map(|kind| format!("/problems/{}", kind.slug()))
        .collect();
    json!({
        "type": "object",
        "description": "Why a request was refused (RFC 9457). Some types add members of their own.",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": { "type": "string", "enum": types, "description": "Stable; the path documents it." },
            "title": { "type": "string", "description": "The type in words, in the language asked for.", "examples": ["参数有误"] },
            "status": { "type": "integer", "format": "int32", "minimum": 400, "maximum": 599 },
            "detail": { "type": "string", "description": "What was wrong this time, in the language asked for." },
            "errors": { "type": "array", "description": "Every fault of the input, all at once.", "items": { "$ref": "#/components/schemas/Fault" } },
        },
    })
}

fn fault() -> Value {
    json!({
        "type": "object",
        "description": "One thing wrong with one place of an input.",
        "required": ["pointer", "code", "detail"],
        "properties": {
            "pointer": { "type": "string", "description": "RFC 6901 pointer into the body, `?name` for a query parameter, or the name of a header.", "examples": ["/content/title"] },
            "code": { "type": "string", "description": "Stable and machine-readable.", "examples": ["required"] },
            "detail": { "type": "string" },
        },
    })
}

fn parameters() -> Value {
    let text = || json!({ "type": "string" });
    let texts = || json!({ "type": "array", "items": { "type": "string" } });
    let kinds = json!({ "type": "array", "items": { "$ref": "#/components/schemas/Kind" } });
    json!({
        "Kind": parameter("kind", "query", kinds, json!(["standard"]), "Entries of these kinds."),
        "Owner": parameter("owner", "query", texts(), json!(["370200"]), "Entries of these divisions and all below them."),
        "OwnerExact": parameter("owner_exact", "query", texts(), json!(["370214"]), "Entries of exactly these divisions."),
        "Framework": parameter("framework", "query", text(), "qingdao", "Standards placed in this framework."),
        "Node": parameter("node", "query", texts(), json!(["basic-security"]), "Standards placed under one of these nodes."),
        "Cell": parameter("cell", "query", texts(), json!(["subsystem:老有颐养"]),
            "`axis:value`; all terms hold for one placement, values of one axis mean \"or\"."),
        "Subsystem": parameter("subsystem", "query", texts(), json!(["老有颐养"]), "Short for `cell=subsystem:…` in the default framework."),
        "Dimension": parameter("dimension", "query", texts(), json!(["process"]), "Short for `cell=dimension:…` in the default framework."),
        "AsOf": parameter("as_of", "query", text(), "812",
            "What the registry said then: a log position (digits), a day (its end in Shanghai) or an RFC 3339 instant with offset. Beyond the head 400."),
        "ValidAt": parameter("valid_at", "query", json!({ "type": "string", "format": "date" }), "2026-11-21",
            "The day on which validity is computed; the Shanghai day of `as_of`, or today, when absent."),
        "Format": parameter("format", "query", json!({ "type": "string", "enum": ["json", "ndjson", "csv", "xlsx"] }), "xlsx",
            "The format, for addresses that people follow: it takes the place of `Accept`."),
        "Lang": parameter("lang", "query", json!({ "type": "string", "enum": ["zh", "en"] }), "en",
            "The language of headings and labels, in place of `Accept-Language`. CSV has names of fields and identifiers unless this is given."),
        "Bom": parameter("bom", "query", json!({ "type": "boolean" }), true,
            "Whether CSV begins with a byte order mark, for spreadsheets that need one."),
        "MinPosition": parameter("Min-Position", "header", json!({ "type": "integer", "format": "int64", "minimum": 0 }), 812,
            "Answer with at least this much of the log; waits briefly, then 503."),
        "IfNoneMatch": parameter("If-None-Match", "header", text(), "\"3.0123456789ab\"",
            "The ETag of a copy at hand: 304 while it is current."),
        "IfMatch": parameter("If-Match", "header", text(), "\"3.0123456789ab\"",
            "An ETag issued for the current revision; 412 when it has moved on, 428 when absent."),
        "IdempotencyKey": parameter("Idempotency-Key", "header",
            json!({ "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" }), "push-2026-11-21-1",
            "Makes the write safe to send again: for 30 days the same key gets the same answer."),
        "AcceptLanguage": parameter("Accept-Language", "header", text(), "en",
            "`zh` (default) or `en`, for words meant for people."),
    })
}

fn parameter(name: &str, place: &str, schema: Value, example: impl Into<Value>, description: &str) -> Value {
    json!({
        "name": name, "in": place, "required": false,
        "description": description, "schema": schema, "example": example.into(),
    })
}

fn headers() -> Value {
    let header = |schema: Value, description: &str| json!({ "description": description, "schema": schema });
    let text = || json!({ "type": "string" });
    let integer = || json!({ "type": "integer", "format": "int64" });
    json!({
        "X-Request-Id": header(text(), "The request's name: as sent, or given by the service."),
        "ETag": header(text(), "Names exactly these bytes; for an entry it can be sent as `If-Match`."),
        "Log-Position": header(integer(), "The log position the answer was read at, or that the write reached."),
        "As-Of": header(json!({ "type": "string", "format": "date-time" }), "The instant the answer speaks of."),
        "Valid-At": header(json!({ "type": "string", "format": "date" }), "The day on which validity was computed."),
        "Content-Disposition": header(text(), "Of CSV and XLSX: a name for the file (RFC 6266)."),
        "Idempotency-Replayed": header(text(), "`true` when this is the kept answer to an earlier request."),
        "Location": header(text(), "Where to send the request instead."),
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
