//! Someone who signs tokens, and the key others verify them by.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use standards_registry::domain::time::Instant;

const P256: &[u8] = include_bytes!("../data/keys/p256.pem");
const RSA: &[u8] = include_bytes!("../data/keys/rsa2048.pem");

pub const SECOND: i64 = 1_000_000;
/// Every test's present.
pub const NOW: Instant = Instant(1_800_000_000 * SECOND);
pub const SECRET: &str = "a shared secret of 32 bytes or more";

pub fn later(seconds: i64) -> Instant {
    Instant(NOW.0 + seconds * SECOND)
}

/// Claims every verifier without expectations accepts, for an hour.
pub fn claims() -> Value {
    json!({
        "sub": "chengyang",
        "exp": 1_800_003_600,
        "jti": "t1",
        "scope": "openid standards:write",
        "districts": ["370214"],
    })
}

pub fn claims_with(change: Value) -> Value {
    let mut claims = claims();
    json_patch::merge(&mut claims, &change);
    claims
}

pub struct Signer {
    pub key_id: &'static str,
    algorithm: Algorithm,
    key: EncodingKey,
    public: Value,
}

impl Signer {
    /// A different key for each seed.
    pub fn ed25519(key_id: &'static str, seed: u8) -> Self {
        let key = SigningKey::from_bytes(&[seed; 32]);
        let x = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
        Self {
            key_id,
            algorithm: Algorithm::EdDSA,
            key: EncodingKey::from_ed_der(key.to_pkcs8_der().unwrap().as_bytes()),
            public: json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": key_id}),
        }
    }

    pub fn p256() -> Self {
        let key = EncodingKey::from_ec_pem(P256).unwrap();
        Self::published("p256", Algorithm::ES256, key)
    }

    /// RS256 or PS256; the published key allows both.
    pub fn rsa(algorithm: Algorithm) -> Self {
        let key = EncodingKey::from_rsa_pem(RSA).unwrap();
        Self::published("rsa", algorithm, key)
    }

    pub fn secret(secret: &[u8]) -> Self {
        Self {
            key_id: "secret",
            algorithm: Algorithm::HS256,
            key: EncodingKey::from_secret(secret),
            public: Value::Null,
        }
    }

    fn published(key_id: &'static str, algorithm: Algorithm, key: EncodingKey) -> Self {
        let jwk = Jwk::from_encoding_key(&key, algorithm).unwrap();
        let mut public = serde_json::to_value(jwk).unwrap();
        public.as_object_mut().unwrap().remove("alg");
        public["kid"] = key_id.into();
        Self {
            key_id,
            algorithm,
            key,
            public,
        }
    }

    pub fn sign(&self, claims: &Value) -> String {
        self.sign_as(Some(self.key_id), claims)
    }

    /// Signs under another key's name, or none.
    pub fn sign_as(&self, key_id: Option<&str>, claims: &Value) -> String {
        let header = Header {
            kid: key_id.map(str::to_owned),
            ..Header::new(self.algorithm)
        };
        jsonwebtoken::encode(&header, claims, &self.key).unwrap()
    }

    pub fn jwk(&self) -> &Value {
        &self.public
    }
}

pub fn jwks(signers: &[&Signer]) -> String {
    let keys: Vec<_> = signers.iter().map(|signer| signer.jwk()).collect();
    json!({ "keys": keys }).to_string()
}
