//! One person or system talking to a registry, with its token and the headers it sends along.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use serde_json::Value;
use ureq::config::AutoHeaderValue;
use ureq::http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use ureq::{Agent, Body};

use super::answer::Answer;

/// Where the registry listens now; shared, so that clients survive a restart on another port.
pub type Address = Arc<RwLock<String>>;

/// Longer than any long-poll, short enough to fail instead of hanging.
const PATIENCE: Duration = Duration::from_secs(60);
const LARGEST_ANSWER: u64 = 1 << 30;

#[derive(Clone)]
pub struct Client {
    agent: Agent,
    address: Address,
    headers: HeaderMap,
}

impl Client {
    pub fn new(address: Address) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            // Asked for by the test or not at all. An answer in gzip arrives unpacked and without its
            // Content-Encoding; br and zstd arrive as they are.
            .accept_encoding(AutoHeaderValue::None)
            .timeout_global(Some(PATIENCE))
            .build()
            .new_agent();
        Self {
            agent,
            address,
            headers: HeaderMap::new(),
        }
    }

    /// The same client, sending one more header.
    #[track_caller]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut client = self.clone();
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
        client.headers.append(
            name,
            HeaderValue::from_bytes(value.as_bytes()).expect("a header value"),
        );
        client
    }

    /// The same client, acting on the revision this entity tag names.
    pub fn if_match(&self, etag: &str) -> Self {
        self.with("If-Match", etag)
    }

    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None, ())
    }

    #[track_caller]
    pub fn head(&self, path: &str) -> Answer {
        self.send("HEAD", path, None, ())
    }

    #[track_caller]
    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None, ())
    }

    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.raw("POST", path, "application/json", body.to_string())
    }

    #[track_caller]
    pub fn put(&self, path: &str, body: &Value) -> Answer {
        self.raw("PUT", path, "application/json", body.to_string())
    }

    #[track_caller]
    pub fn patch(&self, path: &str, body: &Value) -> Answer {
        self.raw("PATCH", path, "application/merge-patch+json", body.to_string())
    }

    /// Any method with any bytes, for everything well-behaved clients do not send.
    #[track_caller]
    pub fn raw(&self, method: &str, path: &str, media_type: &str, body: impl Into<Vec<u8>>) -> Answer {
        self.send(method, path, Some(media_type), body.into())
    }

    /// Sends JSON to a server that may be on its way down: no answer is an answer, too.
    pub fn attempt(&self, method: &str, path: &str, body: &Value) -> Result<Answer, String> {
        self.try_send(method, path, Some("application/json"), body.to_string())
    }

    /// The same without a body.
    pub fn try_get(&self, path: &str) -> Result<Answer, String> {
        self.try_send("GET", path, None, ())
    }

    #[track_caller]
    fn send(
        &self,
        method: &str,
        path: &str,
        media_type: Option<&str>,
        body: impl ureq::AsSendBody,
    ) -> Answer {
        self.try_send(method, path, media_type, body)
            .unwrap_or_else(|error| panic!("{error}"))
    }

    fn try_send(
        &self,
        method: &str,
        path: &str,
        media_type: Option<&str>,
        body: impl ureq::AsSendBody,
    ) -> Result<Answer, String> {
        let said = format!("{method} {path}");
        let (parts, mut body) = self.begin(method, path, media_type, body)?.into_parts();
        let body = body.with_config().limit(LARGEST_ANSWER).read_to_vec();
        let body = body.map_err(|error| format!("{said}: the answer broke off: {error}"))?;
        Ok(Answer {
            request: said,
            status: parts.status,
            headers: parts.headers,
            body,
        })
    }

    /// An answer of which only the head has been read.
    pub(super) fn begin(
        &self,
        method: &str,
        path: &str,
        media_type: Option<&str>,
        body: impl ureq::AsSendBody,
    ) -> Result<Response<Body>, String> {
        let address = self.address.read().unwrap().clone();
        let mut request = Request::builder().method(method).uri(format!("{address}{path}"));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(media_type) = media_type.filter(|_| !self.headers.contains_key("Content-Type")) {
            request = request.header("Content-Type", media_type);
        }
        let request = request.body(body).expect("a request that can be sent");
        self.agent
            .run(request)
            .map_err(|error| format!("{method} {path}: no answer: {error}"))
    }
}
