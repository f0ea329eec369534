//! From a token to what its bearer may do.

use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Validation};
use moka::sync::Cache;
use sha2::{Digest, Sha256};

use crate::access::claims::{Claims, Expectation, micros};
use crate::access::denial::{Denial, DenialKind};
use crate::access::edition::Edition;
use crate::access::header::TokenHeader;
use crate::access::jwk::{Authority, VerificationKey};
use crate::access::keys::Keys;
use crate::access::revocation::Revocations;
use crate::access::settings::{AccessSettings, SetupError};
use crate::access::watched::Watched;
use crate::domain::permission::Grant;
use crate::domain::time::Instant;

const CACHED_TOKENS: u64 = 10_000;
const CACHED_WHILE_IDLE: Duration = Duration::from_secs(600);

/// Verifies tokens. One for the whole process: it remembers what it has verified, since a signature costs more than
/// most reads do.
pub struct Verifier {
    keys: Keys,
    revoked: Option<Watched<Revocations>>,
    local: Expectation,
    external: Expectation,
    leeway: Duration,
    edition: Edition,
    cache: Cache<[u8; 32], Verified>,
}

#[derive(Clone)]
struct Verified {
    grant: Arc<Grant>,
    /// Of keys and revocations, read before verifying.
    edition: u64,
    /// When it has to be looked at anew, leeway included.
    until: Instant,
}

impl Verifier {
    /// Makes the local key if there is none and reads all files. A URL is fetched in the background.
    pub fn open(settings: &AccessSettings) -> Result<Self, SetupError> {
        let edition = Edition::default();
        let revoked = settings
            .revoked_file
            .as_ref()
            .map(|path| Watched::open_or_empty(path, Revocations::read, edition.clone()));
        let shared = settings.jwks_file.is_some() || settings.jwks_url.is_some();
        if shared && (settings.issuer.is_none() || settings.audience.is_none()) {
            tracing::warn!(
                "issuer or audience is not configured: tokens meant for other services are accepted here"
            );
        }
        Ok(Self {
            keys: Keys::open(settings, &edition)?,
            revoked: revoked.transpose()?,
            local: Expectation {
                issuer: Some(settings.local_issuer().to_owned()),
                audience: Some(settings.local_audience().to_owned()),
            },
            external: Expectation {
                issuer: settings.issuer.clone(),
                audience: settings.audience.clone(),
            },
            leeway: settings.leeway,
            edition,
            cache: Cache::builder()
                .max_capacity(CACHED_TOKENS)
                .time_to_idle(CACHED_WHILE_IDLE)
                .build(),
        })
    }

    /// What this token grants. Never waits for the network: where only a fetch could tell, the denial is
    /// [`worth_refetching`](Denial::worth_refetching) and [`verify_after_refetch`](Self::verify_after_refetch) may be
    /// asked, off the async workers.
    pub fn verify(&self, token: &str, now: Instant) -> Result<Arc<Grant>, Denial> {
        self.keys.look(now);
        if let Some(revoked) = &self.revoked {
            revoked.look(now);
        }
        let edition = self.edition.current();
        let digest: [u8; 32] = Sha256::digest(token).into();
        if let Some(verified) = self.cache.get(&digest)
            && verified.edition == edition
            && now < verified.until
        {
            return Ok(verified.grant);
        }
        let grant = Arc::new(self.verify_anew(token, now)?);
        if let Some(expires_at) = grant.expires_at {
            let verified = Verified {
                grant: Arc::clone(&grant),
                edition,
                until: Instant(expires_at.0.saturating_add(micros(self.leeway))),
            };
            self.cache.insert(digest, verified);
        }
        Ok(grant)
    }

    /// Fetches the published keys, at a bounded rate, and verifies again. Blocks for some seconds at most.
    pub fn verify_after_refetch(&self, token: &str, now: Instant) -> Result<Arc<Grant>, Denial> {
        self.keys.refetch(now);
        self.verify(token, now)
    }

    fn verify_anew(&self, token: &str, now: Instant) -> Result<Grant, Denial> {
        let header = TokenHeader::read(token)?;
        let candidates = self.keys.candidates(&header);
        if candidates.is_empty() {
            let cause = format!("no {:?} key named {:?}", header.algorithm, header.key_id);
            return Err(Denial {
                worth_refetching: self.keys.may_refetch(header.algorithm, now),
                ..Denial::new(DenialKind::UnknownKey, cause)
            });
        }
        let (claims, authority) = genuine_claims(token, header.algorithm, &candidates)?;
        let expected = match authority {
            Authority::Local => &self.local,
            Authority::External => &self.external,
        };
        claims.check(expected, self.leeway, now)?;
        if let Some(cause) = self
            .revoked
            .as_ref()
            .and_then(|revoked| revoked.current().hit(&claims))
        {
            return Err(Denial::new(DenialKind::Revoked, cause));
        }
        claims.into_grant()
    }
}

/// The claims, if one of the keys signed them, and whose key that was.
fn genuine_claims(
    token: &str,
    algorithm: Algorithm,
    candidates: &[Arc<VerificationKey>],
) -> Result<(Claims, Authority), Denial> {
    let only_the_signature = signature_alone(algorithm);
    for candidate in candidates {
        match jsonwebtoken::decode::<Claims>(token, &candidate.key, &only_the_signature) {
            Ok(decoded) => return Ok((decoded.claims, candidate.authority)),
            Err(error) if matches!(error.kind(), ErrorKind::InvalidSignature) => {}
            Err(error) => return Err(Denial::new(DenialKind::Malformed, error.to_string())),
        }
    }
    let cause = format!("signed by none of {} keys", candidates.len());
    Err(Denial::new(DenialKind::BadSignature, cause))
}

/// Claims are checked by [`Claims::check`], against the time the caller names.
fn signature_alone(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation
}
