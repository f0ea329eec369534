//! How often one client may ask: who asks more is told when to come back, before any work is done for them.

use std::net::IpAddr;
use std::num::NonZeroU32;

use actix_web::Error;
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};

use crate::domain::problem::{Problem, ProblemType};
use crate::http::state::Shared;
use crate::text;

/// How many seconds' worth of requests may come at once: pages load in bursts.
const BURST_SECONDS: u32 = 10;

/// What operators ask; never held back.
const PROBES: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Addresses seen before those long quiet are forgotten.
const MOST_ADDRESSES: usize = 100_000;

/// A rate for each client address.
pub struct Limit {
    limiter: DefaultKeyedRateLimiter<IpAddr>,
    clock: DefaultClock,
}

impl Limit {
    pub fn per_second(rate: NonZeroU32) -> Self {
        let burst = rate.saturating_mul(NonZeroU32::MIN.saturating_add(BURST_SECONDS - 1));
        Self {
            limiter: DefaultKeyedRateLimiter::keyed(Quota::per_second(rate).allow_burst(burst)),
            clock: DefaultClock::default(),
        }
    }

    fn check(&self, client: IpAddr) -> Result<(), Problem> {
        if self.limiter.len() > MOST_ADDRESSES {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(&client).map_err(|not_until| {
            let wait = not_until.wait_time_from(self.clock.now());
            let seconds = u32::try_from(wait.as_secs())
                .unwrap_or(u32::MAX)
                .saturating_add(1);
            Problem {
                retry_after: Some(seconds),
                ..Problem::new(
                    ProblemType::TooManyRequests,
                    text!(
                        "请求过于频繁，请在 {seconds} 秒后重试",
                        "too many requests, try again in {seconds} seconds"
                    ),
                )
            }
        })
    }
}

/// Refuses requests beyond the rate, if one is set.
pub async fn limit(request: ServiceRequest, next: Next<BoxBody>) -> Result<ServiceResponse<BoxBody>, Error> {
    let state = request
        .app_data::<Shared>()
        .filter(|_| !PROBES.contains(&request.path()));
    let limit = state.and_then(|state| state.limit.as_ref());
    let client = request.peer_addr().map(|address| address.ip());
    if let (Some(limit), Some(client)) = (limit, client)
        && let Err(problem) = limit.check(client)
    {
        return Ok(request.error_response(problem));
    }
    next.call(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_what_follows_is_told_when_to_come_back() {
        let limit = Limit::per_second(NonZeroU32::MIN);
        let client = IpAddr::from([127, 0, 0, 1]);
        for _ in 0..BURST_SECONDS {
            assert!(limit.check(client).is_ok());
        }
        let refused = limit.check(client).unwrap_err();
        assert_eq!(refused.kind.status(), 429);
        assert_eq!(refused.retry_after, Some(1));
        assert!(limit.check(IpAddr::from([127, 0, 0, 2])).is_ok());
    }
}
