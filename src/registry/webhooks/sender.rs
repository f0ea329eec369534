//! One attempt: a signed POST to an address that was checked and is then the one connected to.

use std::time::Duration;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Error};

use crate::domain::time::Instant;
use crate::registry::webhooks::address::Reach;
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

/// The target's answer, or why there was none.
pub type Answered = Result<u16, String>;

/// Sends messages, each on a connection of its own.
#[derive(Clone)]
pub struct Sender(Agent);

impl Sender {
    pub fn new(allow_private: bool) -> Self {
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
            allow_private,
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
        Ok(answer.status().as_u16())
    }
}

/// Resolves names and lets through only addresses that hints may go to. The connection is made to one of these, so a
/// name that changes between check and use gains nothing.
#[derive(Debug)]
struct CheckedResolver {
    names: DefaultResolver,
    allow_private: bool,
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
            if Reach::of(address.ip()).is_allowed(self.allow_private) {
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

    fn resolve(host: &str, allow_private: bool) -> Result<usize, String> {
        let resolver = CheckedResolver {
            names: DefaultResolver::default(),
            allow_private,
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
}
