//! Signatures by the Standard Webhooks specification, so that receivers need no code of ours to check them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::digest::InvalidLength;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How a secret begins when it is shown.
const MARK: &str = "whsec_";

const BYTES: usize = 32;

/// The key shared with one receiver. It is shown once and never printed.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl Secret {
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = vec![0; BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// As its receiver keeps it: `whsec_…`.
    pub fn shown(&self) -> String {
        format!("{MARK}{}", STANDARD.encode(&self.0))
    }

    /// The value of `webhook-signature` for a message sent at a time (seconds).
    pub fn sign(&self, id: &str, timestamp: i64, body: &str) -> Result<String, InvalidLength> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0)?;
        mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
        Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's own libraries.
    #[test]
    fn a_signature_is_the_one_other_libraries_make() {
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let secret = Secret::from_bytes(key);
        assert_eq!(
            secret
                .sign(
                    "msg_p5jXN8AQM9LWM0D4loKWxJek",
                    1_614_265_330,
                    r#"{"test": 2432232314}"#
                )
                .unwrap(),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn secrets_differ_and_say_what_they_are() {
        let (one, other) = (Secret::generate().unwrap(), Secret::generate().unwrap());
        assert_ne!(one.shown(), other.shown());
        assert!(one.shown().starts_with("whsec_"));
        assert_eq!(one.as_bytes().len(), 32);
    }
}
