//! What the operator decides about tokens.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// `iss` and `aud` of the local key's tokens unless configured otherwise.
pub const OWN_NAME: &str = "standards-registry";

/// Shorter secrets can be guessed; RFC 7518 §3.2 asks for as many bits as the hash has.
const SHORTEST_SECRET: usize = 32;

/// Which tokens are accepted.
#[derive(Clone, Debug)]
pub struct AccessSettings {
    /// Where the local key lives.
    pub data_dir: PathBuf,
    /// Whether tokens of the local key are accepted; off where an identity provider issues them all.
    pub local_key: bool,
    /// A file with the identity provider's public keys (JWK set), followed when it changes.
    pub jwks_file: Option<PathBuf>,
    /// Where the identity provider publishes its keys.
    pub jwks_url: Option<String>,
    /// A shared secret; without one HS256 is refused.
    pub hs256_secret: Option<Secret>,
    /// The `iss` every token must carry. Unset: [`OWN_NAME`] for the local key, any for the others.
    pub issuer: Option<String>,
    /// What `aud` must name. Unset: as for `issuer`.
    pub audience: Option<String>,
    /// Revoked tokens and subjects, followed when it changes.
    pub revoked_file: Option<PathBuf>,
    /// How far clocks may differ.
    pub leeway: Duration,
}

impl AccessSettings {
    /// Local key only, with its key in this folder.
    pub fn local(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            local_key: true,
            jwks_file: None,
            jwks_url: None,
            hs256_secret: None,
            issuer: None,
            audience: None,
            revoked_file: None,
            leeway: Duration::from_secs(30),
        }
    }

    pub fn local_issuer(&self) -> &str {
        self.issuer.as_deref().unwrap_or(OWN_NAME)
    }

    pub fn local_audience(&self) -> &str {
        self.audience.as_deref().unwrap_or(OWN_NAME)
    }
}

/// A secret that does not show itself in logs.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    pub fn new(secret: impl Into<String>) -> Result<Self, SetupError> {
        let secret = secret.into();
        if secret.len() < SHORTEST_SECRET {
            return Err(SetupError(format!(
                "the HS256 secret has {} bytes, at least {SHORTEST_SECRET} are needed",
                secret.len()
            )));
        }
        Ok(Self(secret))
    }

    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Settings or files that do not allow a start, in words for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetupError(pub String);

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SetupError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_secret_is_refused_and_a_good_one_never_shown() {
        let refusal = Secret::new("password").unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "the HS256 secret has 8 bytes, at least 32 are needed"
        );
        let secret = Secret::new("0123456789abcdef0123456789abcdef").unwrap();
        assert_eq!(format!("{secret:?}"), "[secret]");
    }
}
