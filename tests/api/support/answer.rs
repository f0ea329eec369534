//! What the service answered, shown whole when a test fails.

use std::fmt;

use serde_json::Value;
use ureq::http::{HeaderMap, StatusCode};

pub struct Answer {
    pub request: String,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    /// This answer, if it has the wanted status; else the test fails showing all of it.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "\n{self:?}");
        self
    }

    /// The header's value, `None` when it is absent; a repeated header is joined by commas.
    pub fn header(&self, name: &str) -> Option<String> {
        let values: Vec<_> = self
            .headers
            .get_all(name)
            .iter()
            .map(|v| String::from_utf8_lossy(v.as_bytes()))
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// The entity tag, as `If-Match` wants it.
    #[track_caller]
    pub fn etag(&self) -> String {
        self.header("ETag")
            .unwrap_or_else(|| panic!("no ETag in\n{self:?}"))
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("no JSON ({error}) in\n{self:?}"))
    }

    /// The value a JSON pointer names, null when there is none.
    #[track_caller]
    pub fn at(&self, pointer: &str) -> Value {
        self.json().pointer(pointer).cloned().unwrap_or_default()
    }

    /// The lines of an NDJSON body.
    #[track_caller]
    pub fn lines(&self) -> Vec<Value> {
        self.text()
            .lines()
            .map(|line| {
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in line {line}\n{self:?}"))
            })
            .collect()
    }

    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap_or_else(|error| panic!("no text ({error}) in\n{self:?}"))
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 4_000;
        writeln!(f, "{} → {}", self.request, self.status)?;
        for (name, value) in &self.headers {
            writeln!(f, "{name}: {}", String::from_utf8_lossy(value.as_bytes()))?;
        }
        let body = match serde_json::from_slice::<Value>(&self.body) {
            Ok(json) => format!("{json:#}"),
            Err(_) => String::from_utf8_lossy(&self.body).into_owned(),
        };
        writeln!(f, "\n{}", body.chars().take(SHOWN).collect::<String>())?;
        if body.chars().nth(SHOWN).is_some() {
            writeln!(f, "… {} bytes in all", self.body.len())?;
        }
        Ok(())
    }
}
