//! One attempt: a signed POST to an address that was checked and is then the one connected to.

use std::time::Duration;

use chrono::DateTime;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Error};

use crate::domain::time::Instant;
use crate::registry::webhooks::address::Allowed;
use crate::registry::webhooks::signature::Secret;

/// A receiver should answer at once and work later.
pub const TIME_OUT: Duration = Duration::from_secs(10);

/// How much of an answer is read, and thrown away, before the connection is closed.
const ANSWER_READ: u64 = 4 * 1024;

const USER_AGENT: &str = concat!("standards-registry/", env!("CARGO_PKG_VERSION"));

/// What is sent to whom.
pub struct Message {
    pub id: String,
    pub url: String,
    pub secret: Secret,
    pub body: String,
}

/// What a target answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    /// How long it wants to be left alone.
    pub retry_after: Option<Duration>,
}

/// The target's answer, or why there was none.
pub type Answered = Result<Reply, String>;

/// Sends messages, each on a connection of its own.
#[derive(Clone)]
pub struct Sender(Agent);

impl Sender {
    pub fn new(allowed: Allowed) -> Self {
        let config = Agent::config_builder()
            // A proxy or a redirect would lead to addresses that nobody checked.
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(0)
            .http_status_as_error(false)
            .timeout_global(Some(TIME_OUT))
            .user_agent(USER_AGENT)
            .build();
        let resolver = CheckedResolver {
            names: DefaultResolver::default(),
            allowed,
        };
        Self(Agent::with_parts(config, DefaultConnector::default(), resolver))
    }

    pub fn send(&self, message: &Message) -> Answered {
        let timestamp = Instant::now().0 / 1_000_000;
        let signature = message.secret.sign(&message.id, timestamp, &message.body);
        let request = self
            .0
            .post(&message.url)
            .header("content-type", "application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", timestamp.to_string())
            .header("webhook-signature", signature.map_err(|error| error.to_string())?);
        let mut answer = request.send(&message.body).map_err(|error| error.to_string())?;
        let _ = answer.body_mut().with_config().limit(ANSWER_READ).read_to_vec();
        let wait = answer.headers().get("retry-after");
        Ok(Reply {
            status: answer.status().as_u16(),
            retry_after: wait.and_then(|value| wait_of(value.to_str().ok()?)),
        })
    }
}

/// The value of `Retry-After`: seconds, or a moment (RFC 9110 §10.2.3).
fn wait_of(words: &str) -> Option<Duration> {
    if let Ok(seconds) = words.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let moment = DateTime::parse_from_rfc2822(words).ok()?;
    let micros = moment.timestamp_micros().saturating_sub(Instant::now().0);
    Some(Duration::from_micros(u64::try_from(micros).unwrap_or(0)))
}

/// Resolves names and lets through only addresses that hints may go to. The connection is made to one of these, so a
/// name that changes between check and use gains nothing.
#[derive(Debug)]
struct CheckedResolver {
    names: DefaultResolver,
    allowed: Allowed,
}

impl Resolver for CheckedResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let found = self.names.resolve(uri, config, timeout)?;
        let mut allowed = self.empty();
        for address in &found {
            if self.allowed.holds(address.ip()) {
                allowed.push(*address);
            }
        }
        if allowed.is_empty() {
            return Err(Error::Other(
                "the target's address is private or reserved: nothing is sent there".into(),
            ));
        }
        Ok(allowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(host: &str, private: bool) -> Result<usize, String> {
        let resolver = CheckedResolver {
            names: DefaultResolver::default(),
            allowed: Allowed {
                private,
                ..Allowed::default()
            },
        };
        let timeout = NextTimeout {
            after: TIME_OUT.into(),
            reason: ureq::Timeout::Global,
            ..NextTimeout::default()
        };
        let uri = format!("http://{host}/").parse().unwrap();
        let found = resolver.resolve(&uri, &Config::default(), timeout);
        found.map(|found| found.len()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_name_that_leads_inside_is_no_way_in() {
        // Spelt in ways only a resolver understands, besides the plain one.
        for host in ["localhost", "127.1", "2130706433", "0x7f000001", "[::1]"] {
            assert!(resolve(host, false).is_err(), "{host}");
        }
        assert!(resolve("localhost", true).is_ok_and(|found| found > 0));
        assert!(resolve("169.254.169.254", true).is_err());
    }

    #[test]
    fn a_wait_is_told_in_seconds_or_as_a_moment() {
        assert_eq!(wait_of("120"), Some(Duration::from_secs(120)));
        assert_eq!(wait_of("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        let year = Duration::from_secs(365 * 24 * 3600);
        assert!(wait_of("Sat, 06 Nov 2094 08:49:37 GMT").is_some_and(|wait| wait > year));
        for unfit in ["", "-1", "1.5", "soon"] {
            assert_eq!(wait_of(unfit), None, "{unfit}");
        }
    }
}
