//! Asking the source. Every question may be asked again, so nothing here is tried twice by itself.

use std::io::{BufRead, BufReader, Read};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use ureq::http::{HeaderMap, StatusCode, Uri};
use ureq::{Agent, Body};

use crate::log::cursor::Cursor;
use crate::mirror::trouble::Trouble;

/// Lines of one page.
pub const PER_PAGE: usize = 1000;

/// The longest line there is: a content of 16 MiB, its leaf, and what surrounds them.
const LONGEST_LINE: u64 = 24 * 1024 * 1024;

/// Answers that are no feed are small.
const LARGEST_ANSWER: u64 = 16 * 1024 * 1024;

const CONNECT: Duration = Duration::from_secs(10);
const ANSWER: Duration = Duration::from_secs(30);
/// A body that takes longer is given up; what came of it counts.
const BODY: Duration = Duration::from_secs(300);

/// The registry that is followed.
#[derive(Clone, Debug)]
pub struct Source {
    agent: Agent,
    base: String,
}

impl Source {
    pub fn new(url: &str) -> Result<Self, String> {
        let base = url.trim_end_matches('/').to_owned();
        let uri = base.parse::<Uri>().map_err(|error| format!("{url}: {error}"))?;
        let host = uri
            .host()
            .filter(|_| matches!(uri.scheme_str(), Some("http" | "https")))
            .ok_or_else(|| format!("{url} is not an address that begins with http:// or https://"))?;
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT))
            .timeout_recv_body(Some(BODY))
            .max_redirects(3);
        if matches!(host, "localhost" | "127.0.0.1" | "[::1]") {
            config = config.proxy(None);
        }
        Ok(Self {
            agent: config.build().new_agent(),
            base,
        })
    }

    pub fn base(&self) -> &str {
        &self.base
    }

    /// The next page after a place, as lines, once there is one or `wait` is over.
    pub fn changes(&self, after: &Cursor, wait: Duration) -> Result<Lines, Trouble> {
        let seconds = wait.as_secs();
        let path = format!("/v1/changes?after={after}&limit={PER_PAGE}&wait={seconds}&leaf=true");
        let body = self.get(&path, "application/x-ndjson", wait)?;
        Ok(Lines(BufReader::new(Box::new(body.into_reader()))))
    }

    /// The newest signed checkpoint.
    pub fn checkpoint(&self) -> Result<String, Trouble> {
        self.text("/log/checkpoint", "text/plain")
    }

    /// The bytes of one entry of the log.
    pub fn entry(&self, position: i64) -> Result<Vec<u8>, Trouble> {
        #[derive(Deserialize)]
        struct Entries {
            items: Vec<Entry>,
        }
        #[derive(Deserialize)]
        struct Entry {
            position: i64,
            envelope: String,
        }
        let path = format!("/v1/log/entries?from={position}&to={}", position + 1);
        let wrong = |cause: String| Trouble::refused(Some(position), cause);
        let text = self.text(&path, "application/json")?;
        let entries: Entries = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        let found = entries.items.into_iter().find(|entry| entry.position == position);
        found
            .and_then(|entry| STANDARD.decode(entry.envelope).ok())
            .ok_or_else(|| wrong("the source does not show this entry".to_owned()))
    }

    fn text(&self, path: &str, media_type: &str) -> Result<String, Trouble> {
        let mut body = self.get(path, media_type, Duration::ZERO)?;
        body.with_config()
            .limit(LARGEST_ANSWER)
            .read_to_string()
            .map_err(Trouble::passing)
    }

    fn get(&self, path: &str, media_type: &str, wait: Duration) -> Result<Body, Trouble> {
        let response = self
            .agent
            .get(format!("{}{path}", self.base))
            .header("Accept", media_type)
            .config()
            .timeout_recv_response(Some(wait + ANSWER))
            .build()
            .call()
            .map_err(|error| self.unreachable(&error))?;
        let (parts, mut body) = response.into_parts();
        if parts.status.is_success() {
            return Ok(body);
        }
        let said = body.with_config().limit(LARGEST_ANSWER).read_to_string();
        Err(self.refusal(parts.status, &parts.headers, path, &said.unwrap_or_default()))
    }

    fn unreachable(&self, error: &ureq::Error) -> Trouble {
        Trouble::passing(format!("cannot reach {}: {error}", self.base))
    }

    fn refusal(&self, status: StatusCode, headers: &HeaderMap, path: &str, said: &str) -> Trouble {
        if status == StatusCode::GONE {
            return Trouble::Gone;
        }
        let detail = serde_json::from_str::<serde_json::Value>(said).ok();
        let detail = detail
            .as_ref()
            .and_then(|problem| problem.get("detail")?.as_str());
        let base = &self.base;
        let cause = format!("{base}{path} answered {status}: {}", detail.unwrap_or_default());
        let may_pass = status.is_server_error() || matches!(status.as_u16(), 408 | 429);
        if !may_pass {
            return Trouble::Lasting(cause);
        }
        let seconds = headers
            .get("Retry-After")
            .and_then(|value| value.to_str().ok()?.parse().ok());
        Trouble::Passing {
            cause,
            wait: seconds.map(Duration::from_secs),
        }
    }
}

/// The lines of a body, up to where it breaks off.
pub struct Lines(BufReader<Box<dyn Read + Send + Sync>>);

impl Iterator for Lines {
    type Item = Result<String, String>;

    /// The next whole line; a line without its end was cut and is none.
    fn next(&mut self) -> Option<Self::Item> {
        let mut line = Vec::new();
        loop {
            line.clear();
            match self.0.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line) {
                Err(error) => return Some(Err(error.to_string())),
                Ok(_) if line.pop_if(|last| *last == b'\n').is_none() => return None,
                Ok(_) if line.trim_ascii().is_empty() => {}
                Ok(_) => {
                    let line = String::from_utf8(line);
                    return Some(line.map_err(|error| error.to_string()));
                }
            }
        }
    }
}
