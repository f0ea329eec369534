//! Asking the source. Every question may be asked again: by who asked, or, where many answers make one step, here.

use std::io::{BufRead, BufReader, Read};
use std::sync::mpsc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use ureq::http::{HeaderMap, StatusCode, Uri};
use ureq::{Agent, Body};

use crate::log::cursor::Cursor;
use crate::log::hash::Hash;
use crate::log::tile::{self, TILE_WIDTH};
use crate::mirror::backoff::Backoff;
use crate::mirror::trouble::Trouble;
use crate::registry::feed::snapshot::PageCursor;
use crate::store::hand_over::HandOver;

/// Lines of one page.
pub const PER_PAGE: usize = 1000;

/// The longest line there is: a content of 16 MiB, its leaf, and what surrounds them.
const LONGEST_LINE: u64 = 24 * 1024 * 1024;

/// Answers that are no feed are small.
const LARGEST_ANSWER: u64 = 16 * 1024 * 1024;

/// How often a patient question is asked.
const PATIENCE: u32 = 4;

const CONNECT: Duration = Duration::from_secs(10);
const ANSWER: Duration = Duration::from_secs(30);
/// A body that takes longer is given up; what came of it counts.
const BODY: Duration = Duration::from_secs(300);

/// The registry that is followed.
#[derive(Clone, Debug)]
pub struct Source {
    agent: Agent,
    base: String,
    /// How often one question is asked before its trouble is told.
    attempts: u32,
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
            attempts: 1,
        })
    }

    /// The same, but a question that was not answered is asked again for a while.
    pub fn patient(&self) -> Self {
        Self {
            attempts: PATIENCE,
            ..self.clone()
        }
    }

    pub fn base(&self) -> &str {
        &self.base
    }

    /// The next page after a place, as lines, once there is one or `wait` is over.
    pub fn changes(&self, after: &Cursor, wait: Duration) -> Result<Lines, Trouble> {
        let seconds = wait.as_secs();
        let path = format!("/v1/changes?after={after}&limit={PER_PAGE}&wait={seconds}&leaf=true");
        self.lines(&path, wait)
    }

    fn lines(&self, path: &str, wait: Duration) -> Result<Lines, Trouble> {
        let body = self.get(path, "application/x-ndjson", wait)?;
        Ok(Lines(BufReader::new(Box::new(body.into_reader()))))
    }

    /// The newest signed checkpoint.
    pub fn checkpoint(&self) -> Result<String, Trouble> {
        self.text("/log/checkpoint", "text/plain")
    }

    /// The first `width` hashes of a tile of the tree.
    pub fn tile(&self, level: u32, index: u64, width: u64) -> Result<Vec<Hash>, Trouble> {
        let path = format!("/log/tile/{level}/{}", tile_path(index, width));
        let bytes = self.bytes(&path)?;
        let (hashes, rest) = bytes.as_chunks::<32>();
        if rest.is_empty() && u64::try_from(hashes.len()) == Ok(width) {
            Ok(hashes.to_vec())
        } else {
            Err(Trouble::refused(
                None,
                format!("{path} is not {width} hashes long"),
            ))
        }
    }

    /// The first `width` entries of a bundle.
    pub fn bundle(&self, index: u64, width: u64) -> Result<Vec<Vec<u8>>, Trouble> {
        let path = format!("/log/tile/entries/{}", tile_path(index, width));
        let bytes = self.bytes(&path)?;
        let mut entries = Vec::new();
        let mut rest = bytes.as_slice();
        while let Some((length, behind)) = rest.split_first_chunk::<2>() {
            let (entry, behind) = behind
                .split_at_checked(u16::from_be_bytes(*length).into())
                .ok_or_else(|| Trouble::refused(None, format!("{path} breaks off within an entry")))?;
            entries.push(entry.to_vec());
            rest = behind;
        }
        if rest.is_empty() && u64::try_from(entries.len()) == Ok(width) {
            Ok(entries)
        } else {
            Err(Trouble::refused(
                None,
                format!("{path} is not {width} entries long"),
            ))
        }
    }

    /// What was live at a place, page by page, as lines.
    pub fn snapshot(&self, page: &PageCursor) -> Result<Lines, Trouble> {
        self.lines(
            &format!("/v1/snapshot?after={page}&limit={PER_PAGE}&leaf=true"),
            Duration::ZERO,
        )
    }

    /// The line of one position.
    pub fn line_at(&self, position: i64) -> Result<Lines, Trouble> {
        let after = position - 1;
        self.lines(
            &format!("/v1/changes?after={after}&limit=1&leaf=true"),
            Duration::ZERO,
        )
    }

    /// The keys the log names.
    pub fn keys(&self) -> Result<Vec<NamedThere>, Trouble> {
        let keys: Items<NamedThere> = self.json("/v1/log/keys")?;
        Ok(keys.items)
    }

    /// The positions of redactions.
    pub fn redactions(&self) -> Result<Vec<i64>, Trouble> {
        #[derive(Deserialize)]
        struct Redaction {
            position: i64,
        }
        let mut positions: Vec<i64> = Vec::new();
        loop {
            let mut path = format!("/v1/redactions?limit={PER_PAGE}");
            if let Some(last) = positions.last() {
                path.push_str(&format!("&cursor={last}"));
            }
            let page: Items<Redaction> = self.json(&path)?;
            if page.items.is_empty() {
                return Ok(positions);
            }
            positions.extend(page.items.into_iter().map(|redaction| redaction.position));
        }
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

    /// The notes by which keys announced those after them, with the positions of the leaves that name the new keys.
    pub fn hand_overs(&self) -> Result<Vec<HandOver>, Trouble> {
        let hand_overs = self.keys()?.into_iter().filter_map(|key| {
            Some(HandOver {
                position: key.from,
                note: key.hand_over?,
            })
        });
        Ok(hand_overs.collect())
    }

    fn bytes(&self, path: &str) -> Result<Vec<u8>, Trouble> {
        let mut body = self.get(path, "application/octet-stream", Duration::ZERO)?;
        body.with_config()
            .limit(LARGEST_ANSWER)
            .read_to_vec()
            .map_err(Trouble::passing)
    }

    fn json<T: DeserializeOwned>(&self, path: &str) -> Result<T, Trouble> {
        let text = self.text(path, "application/json")?;
        serde_json::from_str(&text).map_err(|error| Trouble::refused(None, error.to_string()))
    }

    fn text(&self, path: &str, media_type: &str) -> Result<String, Trouble> {
        let mut body = self.get(path, media_type, Duration::ZERO)?;
        body.with_config()
            .limit(LARGEST_ANSWER)
            .read_to_string()
            .map_err(Trouble::passing)
    }

    fn get(&self, path: &str, media_type: &str, wait: Duration) -> Result<Body, Trouble> {
        let (_stop, stopped) = mpsc::channel::<()>();
        let mut backoff = Backoff::default();
        for _ in 1..self.attempts {
            match self.ask(path, media_type, wait) {
                Err(Trouble::Passing { wait: asked, .. }) => {
                    let _ = stopped.recv_timeout(backoff.pause(asked));
                }
                answered => return answered,
            }
        }
        self.ask(path, media_type, wait)
    }

    fn ask(&self, path: &str, media_type: &str, wait: Duration) -> Result<Body, Trouble> {
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

/// A key that the source says its log names, by the position of its leaf.
#[derive(Clone, Debug, Deserialize)]
pub struct NamedThere {
    pub from: i64,
    /// The note by which the keys before announced it.
    pub hand_over: Option<String>,
}

/// A list, of which only the items are read.
#[derive(Deserialize)]
struct Items<T> {
    items: Vec<T>,
}

/// A tile as its path names it.
fn tile_path(index: u64, width: u64) -> String {
    let index = tile::index_path(index);
    if width == TILE_WIDTH {
        index
    } else {
        format!("{index}.p/{width}")
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
