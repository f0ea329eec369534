//! Bodies read as they come: event streams, and whatever may break off.

use std::io::{BufRead, BufReader, Read};

use serde_json::Value;
use ureq::BodyReader;

use super::Client;

/// One event of a stream.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Event {
    pub id: String,
    pub name: String,
    pub data: Value,
}

/// An answer whose body is still to be read.
pub struct Opened {
    pub status: u16,
    body: BufReader<BodyReader<'static>>,
}

impl Client {
    /// Sends a request and reads no further than the answer's head.
    pub fn open(&self, path: &str) -> Result<Opened, String> {
        let (parts, body) = self.begin("GET", path, None, ())?.into_parts();
        Ok(Opened {
            status: parts.status.as_u16(),
            body: BufReader::new(body.into_reader()),
        })
    }

    /// Opens an event stream.
    #[track_caller]
    pub fn events(&self, path: &str) -> Opened {
        let opened = self.with("Accept", "text/event-stream").open(path);
        let opened = opened.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(opened.status, 200, "{path}");
        opened
    }
}

impl Opened {
    /// The next event; nothing when the stream has ended or broken off.
    pub fn event(&mut self) -> Option<Event> {
        let mut event = Event::default();
        loop {
            let mut line = String::new();
            self.body.read_line(&mut line).ok()?;
            let line = line.strip_suffix('\n')?;
            match line.split_once(": ") {
                Some(("id", id)) => event.id = id.to_owned(),
                Some(("event", name)) => event.name = name.to_owned(),
                Some(("data", data)) => event.data = serde_json::from_str(data).expect("data is JSON"),
                // Nothing but the end of an event, or a comment.
                _ if line.is_empty() && !event.name.is_empty() => return Some(event),
                _ => {}
            }
        }
    }

    /// What comes until the body ends or breaks off.
    pub fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        // What came before it broke off counts.
        let _ = self.body.read_to_end(&mut rest);
        rest
    }
}
