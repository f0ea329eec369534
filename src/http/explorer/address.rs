//! Addresses of pages: a path and its parameters, taken apart and put together again.

use std::fmt::{self, Write};

use crate::http::params::decode;

/// A path on this server with decoded parameters, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    path: String,
    pairs: Vec<(String, String)>,
}

impl Address {
    pub fn new(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            pairs: Vec::new(),
        }
    }

    /// Reads a query string. Forms send every field, so what is blank was left out; what does not decode is kept as it
    /// came, for the reader of parameters to refuse.
    pub fn read(path: &str, query: &str) -> Self {
        let pairs = query.split('&').filter_map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decode(value).unwrap_or_else(|| value.to_owned());
            let name = decode(name).unwrap_or_else(|| name.to_owned());
            (!value.trim().is_empty()).then_some((name, value))
        });
        Self {
            path: path.to_owned(),
            pairs: pairs.collect(),
        }
    }

    pub fn path(&self) -> &str {
        &self.path
    }

    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    pub fn first(&self, name: &str) -> Option<&str> {
        let mut pairs = self.pairs.iter();
        pairs
            .find(|(given, _)| given == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn has(&self, name: &str, value: &str) -> bool {
        self.pairs.iter().any(|(n, v)| n == name && v == value)
    }

    /// One more value.
    pub fn plus(mut self, name: &str, value: impl Into<String>) -> Self {
        self.pairs.push((name.to_owned(), value.into()));
        self
    }

    /// This value instead of any other of that name.
    pub fn with(self, name: &str, value: impl Into<String>) -> Self {
        self.without(&[name]).plus(name, value)
    }

    pub fn without(mut self, names: &[&str]) -> Self {
        self.pairs.retain(|(given, _)| !names.contains(&given.as_str()));
        self
    }

    /// Without one value of a parameter.
    pub fn less(mut self, name: &str, value: &str) -> Self {
        self.pairs.retain(|(n, v)| !(n == name && v == value));
        self
    }

    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    pub fn query(&self) -> String {
        let mut query = String::new();
        for (name, value) in &self.pairs {
            if !query.is_empty() {
                query.push('&');
            }
            encode(name, &mut query);
            query.push('=');
            encode(value, &mut query);
        }
        query
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.path)?;
        if self.pairs.is_empty() {
            return Ok(());
        }
        write!(f, "?{}", self.query())
    }
}

/// Percent-encodes all but what RFC 3986 calls unreserved, and two marks that read better as they are.
fn encode(words: &str, to: &mut String) {
    for byte in words.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' | b'/' => {
                to.push(char::from(byte));
            }
            b' ' => to.push('+'),
            other => {
                // Writing to a text cannot fail.
                let _ = write!(to, "%{other:02X}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_again() {
        let address = Address::read("/", "q=%E5%85%BB%E8%80%81+bed&level=&cell=a%3Ab&as_of=2026-01-01");
        assert_eq!(address.first("q"), Some("养老 bed"));
        assert_eq!(
            address.to_string(),
            "/?q=%E5%85%BB%E8%80%81+bed&cell=a:b&as_of=2026-01-01"
        );
        assert_eq!(address.without(&["q", "cell", "as_of"]).to_string(), "/");
    }

    #[test]
    fn values_come_and_go() {
        let address = Address::new("/x").plus("a", "1").plus("a", "2");
        assert!(address.has("a", "2"));
        assert_eq!(address.clone().less("a", "1").to_string(), "/x?a=2");
        assert_eq!(address.with("a", "&").to_string(), "/x?a=%26");
    }
}
