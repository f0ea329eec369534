//! Problems as answers: rendered once, at the door, in the reader's language; causes go to the log only.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ResponseHead, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError};

use crate::access::challenge::challenge;
use crate::domain::problem::{Problem, ProblemType};
use crate::domain::text::Language;
use crate::http::explorer;
use crate::text;

pub const MEDIA_TYPE: &str = "application/problem+json";

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(self.kind.slug())
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        status_of(self)
    }

    /// Only what answers before the middleware is reached; everything else is rendered by [`finish`].
    fn error_response(&self) -> HttpResponse {
        respond(self, Language::default())
    }
}

fn status_of(problem: &Problem) -> StatusCode {
    StatusCode::from_u16(problem.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The answer to a refused request.
pub fn respond(problem: &Problem, language: Language) -> HttpResponse {
    refusal(problem)
        .insert_header((header::CONTENT_TYPE, MEDIA_TYPE))
        .insert_header((header::CONTENT_LANGUAGE, language_tag(language)))
        .insert_header((header::VARY, "Accept-Language"))
        .body(problem.to_value(language).to_string())
}

/// Status and headers of a refusal, whatever its body looks like.
pub fn refusal(problem: &Problem) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status_of(problem));
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    if let Some(seconds) = problem.retry_after {
        response.insert_header((header::RETRY_AFTER, seconds));
    }
    if let Some(tag) = &problem.etag {
        response.insert_header((header::ETAG, tag.as_str()));
    }
    if let Some(location) = &problem.location {
        response.insert_header((header::LOCATION, location.as_str()));
    }
    if let Some(challenge) = challenge(problem) {
        response.insert_header((header::WWW_AUTHENTICATE, challenge));
    }
    response
}

/// A page for those who look with a browser, a document for programs.
fn answer_to(request: &HttpRequest, problem: &Problem, language: Language) -> HttpResponse {
    if explorer::is_for_browser(request) {
        explorer::refused_elsewhere(request, problem)
    } else {
        respond(problem, language)
    }
}

pub fn language_tag(language: Language) -> &'static str {
    match language {
        Language::Chinese => "zh-CN",
        Language::English => "en",
    }
}

/// Turns every refusal that leaves the routes into a problem document or a page, whoever it came from.
pub fn finish<B: MessageBody + 'static>(
    response: ServiceResponse<B>,
    language: Language,
) -> ServiceResponse<BoxBody> {
    let error = response.response().error();
    if let Some(problem) = error.and_then(|error| error.as_error::<Problem>()) {
        report(problem);
        let answer = answer_to(response.request(), problem, language);
        return replace(response, answer);
    }
    if is_bare_refusal(response.response().head()) {
        let problem = of_framework(response.status(), error.map(ToString::to_string));
        report(&problem);
        let answer = answer_to(response.request(), &problem, language);
        return replace(response, answer);
    }
    response.map_into_boxed_body()
}

/// A refusal that says nothing a program could read: the framework's own.
fn is_bare_refusal(head: &ResponseHead) -> bool {
    let refused = head.status.is_client_error() || head.status.is_server_error();
    let media_type = head.headers.get(header::CONTENT_TYPE);
    refused && media_type.is_none_or(|found| found.as_bytes().starts_with(b"text/plain"))
}

/// Puts `answer` in the place of a response, keeping what the routing said in its headers (`Allow`).
fn replace<B>(response: ServiceResponse<B>, mut answer: HttpResponse) -> ServiceResponse<BoxBody> {
    if let Some(allow) = allowed(response.headers()) {
        answer.headers_mut().insert(header::ALLOW, allow);
    }
    response.into_response(answer)
}

fn allowed(headers: &HeaderMap) -> Option<HeaderValue> {
    headers.get(header::ALLOW).cloned()
}

/// What the web framework refuses by itself, in the registry's own terms.
fn of_framework(status: StatusCode, cause: Option<String>) -> Problem {
    let problem = match status.as_u16() {
        404 => Problem::new(
            ProblemType::NotFound,
            text!("没有此路径", "there is no such path"),
        ),
        405 => Problem::new(
            ProblemType::MethodNotAllowed,
            text!("此路径不支持该方法", "this path does not take that method"),
        ),
        413 => crate::http::body::too_large(),
        415 => Problem::new(
            ProblemType::UnsupportedMediaType,
            text!("不支持的内容类型", "the content type is not supported"),
        ),
        503 => Problem::new(ProblemType::Overloaded, text!("服务繁忙", "the service is busy")),
        400..=499 => Problem::new(
            ProblemType::InvalidParameter,
            text!("请求无法读取", "the request could not be read"),
        ),
        other => Problem::internal(format!("answered {other}")),
    };
    match cause {
        Some(cause) => problem.because(cause),
        None => problem,
    }
}

/// Tells the operator what the client is not told.
pub fn report(problem: &Problem) {
    let (slug, cause) = (problem.kind.slug(), problem.cause.as_deref());
    match problem.kind.status() {
        500.. => tracing::error!(problem = slug, cause, "{}", problem.detail.en),
        401 | 403 => tracing::warn!(problem = slug, cause, "denied: {}", problem.detail.en),
        _ => tracing::debug!(problem = slug, cause, "{}", problem.detail.en),
    }
}

/// A path segment that must be one of a vocabulary or a well-formed identifier names nothing when it is not.
pub fn nothing_at(what: &crate::domain::text::Text) -> Problem {
    let (zh, en) = (&what.zh, &what.en);
    Problem::new(ProblemType::NotFound, text!("没有此{zh}", "no such {en}"))
}
