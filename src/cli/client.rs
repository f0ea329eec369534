//! Speaking to a registry over HTTP, patiently: what fails in passing is tried again.

use std::io::Write;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http::{HeaderMap, Request, Response};

use crate::cli::Failure;
use crate::cli::words;
use crate::domain::text::Language;
use crate::text;

/// How often a request is tried before the command gives up.
const ATTEMPTS: u32 = 6;

/// The longest wait before one more try, whatever the server asks for.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// A large atomic import is one transaction: its answer may take a while.
const PATIENCE: Duration = Duration::from_secs(300);

/// A plan names every row of a catalogue with what changes in it.
const LARGEST_ANSWER: u64 = 256 * 1024 * 1024;

const IN_FLIGHT: &str = "/problems/idempotency-in-flight";

/// A registry and the token to speak to it with. Only requests that may be repeated are sent: questions, dry runs, and
/// writes with an `Idempotency-Key`.
pub struct Client {
    agent: Agent,
    base: String,
    token: Option<String>,
    language: Language,
}

/// One request.
pub struct Call<'c> {
    pub method: &'static str,
    pub path: String,
    pub body: &'c Value,
    pub headers: Vec<(&'static str, String)>,
}

/// What the registry said; problems are answers too.
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Client {
    pub fn new(base: String, token: Option<String>, direct: bool) -> Self {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_recv_response(Some(PATIENCE));
        if direct {
            config = config.proxy(None);
        }
        Self {
            agent: config.build().new_agent(),
            base,
            token,
            language: words::language(),
        }
    }

    /// Sends a request until it has an answer that a repetition would not change.
    pub fn send(&self, call: &Call) -> Result<Answer, Failure> {
        let body = serde_json::to_vec(call.body).map_err(|error| Failure::failed(error.to_string()))?;
        let mut attempt = 1;
        loop {
            let wait = match self.send_once(call, &body) {
                Ok((answer, headers)) => match retry_after(&answer, &headers) {
                    Some(wait) if attempt < ATTEMPTS => wait,
                    _ => return Ok(answer),
                },
                Err(error) if attempt < ATTEMPTS && !is_refused(&error) => Duration::from_secs(1 << attempt),
                Err(error) => return Err(self.unreachable(&error)),
            };
            pause(wait.min(LONGEST_WAIT));
            attempt += 1;
        }
    }

    fn send_once(&self, call: &Call, body: &[u8]) -> Result<(Answer, HeaderMap), ureq::Error> {
        let mut request = Request::builder()
            .method(call.method)
            .uri(format!("{}{}", self.base, call.path))
            .header("Content-Type", "application/json")
            .header("Accept-Language", words::tag(self.language));
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        let response: Response<ureq::Body> = self.agent.run(request.body(body)?)?;
        let (parts, mut body) = response.into_parts();
        let bytes = body.with_config().limit(LARGEST_ANSWER).read_to_vec()?;
        let answer = Answer {
            status: parts.status.as_u16(),
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
        };
        Ok((answer, parts.headers))
    }

    /// Writes what a path answers, of any length, and says the log position it was read at.
    pub fn download(&self, path: &str, file: &mut impl Write) -> Result<Option<String>, Failure> {
        let mut request = Request::builder()
            .uri(format!("{}{path}", self.base))
            .header("Accept-Language", words::tag(self.language));
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let request = request
            .body(())
            .map_err(|error| Failure::misuse(error.to_string()))?;
        let response: Response<ureq::Body> = self
            .agent
            .run(request)
            .map_err(|error| self.unreachable(&error))?;
        let (parts, mut body) = response.into_parts();
        if !parts.status.is_success() {
            let bytes = body.with_config().limit(LARGEST_ANSWER).read_to_vec();
            let answer = Answer {
                status: parts.status.as_u16(),
                body: serde_json::from_slice(&bytes.unwrap_or_default()).unwrap_or_default(),
            };
            return Err(answer.refusal());
        }
        std::io::copy(&mut body.into_reader(), file).map_err(|error| {
            let told = text!("传输中断：{error}", "the transfer broke off: {error}");
            Failure::failed(told.in_both())
        })?;
        let position = parts.headers.get("Log-Position");
        Ok(position.and_then(|position| Some(position.to_str().ok()?.to_owned())))
    }

    fn unreachable(&self, error: &ureq::Error) -> Failure {
        let base = &self.base;
        let told = text!(
            "无法访问 {base}：{error}；服务是否已启动？地址以 --server 指定",
            "cannot reach {base}: {error}; is it running? Its address is given with --server"
        );
        Failure::failed(told.in_both())
    }
}

impl Answer {
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The refusal as a failed command tells it.
    pub fn refusal(&self) -> Failure {
        let status = self.status;
        let mut lines = vec![detail(&self.body).map_or_else(|| format!("HTTP {status}"), str::to_owned)];
        lines.extend(errors(&self.body).map(|error| format!("  {error}")));
        Failure::failed(lines.join("\n"))
    }
}

/// What a problem document says: each place that is wrong, else the whole in one sentence.
pub fn reasons(problem: &Value) -> Vec<String> {
    let reasons: Vec<String> = errors(problem).collect();
    if reasons.is_empty() {
        return detail(problem).into_iter().map(str::to_owned).collect();
    }
    reasons
}

fn detail(problem: &Value) -> Option<&str> {
    problem.get("detail").and_then(Value::as_str)
}

/// `pointer: detail (code)` for each place that is wrong.
fn errors(problem: &Value) -> impl Iterator<Item = String> {
    let errors = problem.get("errors").and_then(Value::as_array);
    errors.into_iter().flatten().map(|error| {
        let member = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
        format!("{}: {} ({})", member("pointer"), member("detail"), member("code"))
    })
}

/// How long to wait before trying again, where that may help.
fn retry_after(answer: &Answer, headers: &HeaderMap) -> Option<Duration> {
    let in_flight = answer.body.get("type").and_then(Value::as_str) == Some(IN_FLIGHT);
    if !(matches!(answer.status, 429 | 503) || in_flight) {
        return None;
    }
    let seconds = headers
        .get("Retry-After")
        .and_then(|value| value.to_str().ok()?.parse().ok());
    Some(Duration::from_secs(seconds.unwrap_or(1)))
}

/// Nobody listens there: no patience helps against a wrong address.
fn is_refused(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::Io(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
        ureq::Error::ConnectionFailed | ureq::Error::HostNotFound | ureq::Error::BadUri(_) => true,
        _ => false,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a command has nothing else to do meanwhile, and there is no event to wait for but the time itself"
)]
fn pause(time: Duration) {
    std::thread::sleep(time);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_refusal_names_every_place_that_is_wrong() {
        let answer = Answer {
            status: 422,
            body: json!({
                "detail": "2 faults, see errors",
                "errors": [
                    {"pointer": "/content/title", "code": "required", "detail": "must be given"},
                    {"pointer": "/content/ics/0", "code": "unknown_code", "detail": "not in ICS"},
                ],
            }),
        };
        assert_eq!(
            answer.refusal().message,
            "2 faults, see errors\n  /content/title: must be given (required)\n  /content/ics/0: not in ICS (unknown_code)"
        );
    }

    #[test]
    fn only_passing_refusals_are_tried_again() {
        let mut headers = HeaderMap::new();
        headers.insert("Retry-After", "7".parse().unwrap());
        let answer = |status, kind: &str| Answer {
            status,
            body: json!({ "type": kind }),
        };
        let seconds = |answer| retry_after(&answer, &headers).map(|wait| wait.as_secs());
        assert_eq!(seconds(answer(503, "/problems/overloaded")), Some(7));
        assert_eq!(seconds(answer(409, IN_FLIGHT)), Some(7));
        assert_eq!(seconds(answer(409, "/problems/duplicate")), None);
        assert_eq!(seconds(answer(200, "")), None);
    }
}
