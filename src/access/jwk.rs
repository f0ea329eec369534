//! Public keys as identity providers publish them (RFC 7517).

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

/// More keys than any provider publishes at once; a token without `kid` is tried against all that fit.
const MOST_KEYS: usize = 64;
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// Whose tokens a key verifies; each has its own rule for `iss` and `aud`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    Local,
    External,
}

/// A key and all it may be used for. The key decides which algorithms it verifies, never the token.
pub struct VerificationKey {
    pub id: Option<String>,
    pub authority: Authority,
    pub algorithms: Vec<Algorithm>,
    pub key: DecodingKey,
}

impl VerificationKey {
    /// Whether a token of this algorithm and `kid` may be this key's. What has no name is not told apart by it.
    pub fn fits(&self, algorithm: Algorithm, key_id: Option<&str>) -> bool {
        let named = match (self.id.as_deref(), key_id) {
            (Some(mine), Some(asked)) => mine == asked,
            _ => true,
        };
        named && self.algorithms.contains(&algorithm)
    }
}

/// The usable keys of one source.
pub type KeySet = Vec<Arc<VerificationKey>>;

/// Reads a JWK set. Keys of other kinds or for other uses are passed over, as RFC 7517 §5 asks; a set without any
/// usable key is refused with the reasons, for it would lock everybody out.
pub fn read_key_set(bytes: &[u8]) -> Result<KeySet, String> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Value>,
    }
    let set: Set = serde_json::from_slice(bytes).map_err(|error| format!("not a JWK set: {error}"))?;
    if set.keys.len() > MOST_KEYS {
        return Err(format!("{} keys, the limit is {MOST_KEYS}", set.keys.len()));
    }
    let mut keys = KeySet::new();
    let mut passed_over = Vec::new();
    for (index, jwk) in set.keys.into_iter().enumerate() {
        match read_key(jwk) {
            Ok(key) => keys.push(Arc::new(key)),
            Err(reason) => passed_over.push(format!("key {index}: {reason}")),
        }
    }
    let reasons = passed_over.join("; ");
    if keys.is_empty() {
        return Err(format!("no usable key in the set ({reasons})"));
    }
    if !reasons.is_empty() {
        tracing::info!(reasons, "keys passed over");
    }
    Ok(keys)
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

fn read_key(jwk: Value) -> Result<VerificationKey, String> {
    let jwk: Jwk = serde_json::from_value(jwk).map_err(|error| error.to_string())?;
    if jwk.usage.as_deref().is_some_and(|usage| usage != "sig") {
        return Err("not for signatures".to_owned());
    }
    if jwk
        .key_ops
        .as_ref()
        .is_some_and(|ops| !ops.iter().any(|op| op == "verify"))
    {
        return Err("not for verifying".to_owned());
    }
    let (mut algorithms, key) = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("OKP", Some("Ed25519")) => (vec![Algorithm::EdDSA], ed25519(&jwk)?),
        ("EC", Some("P-256")) => (vec![Algorithm::ES256], p256(&jwk)?),
        ("RSA", _) => (vec![Algorithm::RS256, Algorithm::PS256], rsa(&jwk)?),
        ("oct", _) => return Err("a shared secret has no place among public keys".to_owned()),
        (kind, curve) => return Err(format!("{kind} {} is not supported", curve.unwrap_or_default())),
    };
    if let Some(declared) = &jwk.alg {
        algorithms.retain(|algorithm| names(*algorithm).contains(&declared.as_str()));
        if algorithms.is_empty() {
            return Err(format!("alg {declared:?} does not fit or is not supported"));
        }
    }
    Ok(VerificationKey {
        id: jwk.kid,
        authority: Authority::External,
        algorithms,
        key,
    })
}

/// `Ed25519` is the newer name (RFC 9864) of what `EdDSA` means for this curve.
fn names(algorithm: Algorithm) -> &'static [&'static str] {
    match algorithm {
        Algorithm::EdDSA => &["EdDSA", "Ed25519"],
        Algorithm::ES256 => &["ES256"],
        Algorithm::RS256 => &["RS256"],
        Algorithm::PS256 => &["PS256"],
        _ => &[],
    }
}

fn ed25519(jwk: &Jwk) -> Result<DecodingKey, String> {
    let x = coordinate("x", jwk.x.as_deref())?;
    Ok(DecodingKey::from_ed_der(&x))
}

fn p256(jwk: &Jwk) -> Result<DecodingKey, String> {
    let (x, y) = (
        coordinate("x", jwk.x.as_deref())?,
        coordinate("y", jwk.y.as_deref())?,
    );
    // The uncompressed point, SEC 1 §2.3.3.
    let point = [&[0x04], x.as_slice(), y.as_slice()].concat();
    Ok(DecodingKey::from_ec_der(&point))
}

fn rsa(jwk: &Jwk) -> Result<DecodingKey, String> {
    let modulus = bytes("n", jwk.n.as_deref())?;
    let exponent = bytes("e", jwk.e.as_deref())?;
    let bits = bit_length(&modulus);
    if !RSA_BITS.contains(&bits) {
        let (least, most) = (RSA_BITS.start(), RSA_BITS.end());
        return Err(format!(
            "an RSA key of {bits} bits, {least} to {most} are accepted"
        ));
    }
    Ok(DecodingKey::from_rsa_raw_components(&modulus, &exponent))
}

fn coordinate(name: &str, text: Option<&str>) -> Result<Vec<u8>, String> {
    let bytes = bytes(name, text)?;
    match bytes.len() {
        32 => Ok(bytes),
        other => Err(format!("{name} has {other} bytes instead of 32")),
    }
}

fn bytes(name: &str, text: Option<&str>) -> Result<Vec<u8>, String> {
    let text = text.ok_or_else(|| format!("{name} is missing"))?;
    URL_SAFE_NO_PAD
        .decode(text.trim_end_matches('='))
        .map_err(|error| format!("{name}: {error}"))
}

/// Leading zeros do not make a number longer.
fn bit_length(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros).map_or(0, |first| {
        let idle = first.leading_zeros().try_into().unwrap_or(0);
        (number.len() - zeros) * 8 - idle
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn encoded(length: usize) -> String {
        URL_SAFE_NO_PAD.encode(vec![0xAB; length])
    }

    fn read(keys: Value) -> Result<KeySet, String> {
        read_key_set(json!({ "keys": keys }).to_string().as_bytes())
    }

    #[test]
    fn a_key_says_which_algorithms_it_verifies() {
        let keys = read(json!([
            {"kty": "OKP", "crv": "Ed25519", "x": encoded(32), "kid": "ed", "alg": "Ed25519"},
            {"kty": "EC", "crv": "P-256", "x": encoded(32), "y": encoded(32), "use": "sig"},
            {"kty": "RSA", "n": encoded(256), "e": "AQAB", "kid": "rsa"},
            {"kty": "RSA", "n": encoded(256), "e": "AQAB", "kid": "pss", "alg": "PS256"},
        ]))
        .unwrap();
        let algorithms: Vec<_> = keys.iter().map(|key| key.algorithms.as_slice()).collect();
        assert_eq!(algorithms[0], [Algorithm::EdDSA]);
        assert_eq!(algorithms[1], [Algorithm::ES256]);
        assert_eq!(algorithms[2], [Algorithm::RS256, Algorithm::PS256]);
        assert_eq!(algorithms[3], [Algorithm::PS256]);
        assert!(keys.iter().all(|key| !key.algorithms.contains(&Algorithm::HS256)));
    }

    #[test]
    fn keys_that_cannot_be_used_are_passed_over() {
        let keys = read(json!([
            {"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA"},
            {"kty": "new"},
            "no key at all",
            {"kty": "OKP", "crv": "Ed25519", "x": encoded(32), "kid": "good"},
        ]))
        .unwrap();
        assert_eq!(keys.len(), 1);
        assert_eq!(keys[0].id.as_deref(), Some("good"));
    }

    #[test]
    fn a_set_without_a_usable_key_says_why() {
        for (key, reason) in [
            (json!({"kty": "RSA", "n": encoded(128), "e": "AQAB"}), "1024 bits"),
            (
                json!({"kty": "RSA", "n": format!("{}{}", URL_SAFE_NO_PAD.encode([0; 129]), encoded(129)), "e": "AQAB"}),
                "1032 bits",
            ),
            (json!({"kty": "oct", "k": encoded(32)}), "shared secret"),
            (
                json!({"kty": "OKP", "crv": "Ed25519", "x": encoded(31)}),
                "31 bytes",
            ),
            (json!({"kty": "OKP", "crv": "Ed25519"}), "x is missing"),
            (
                json!({"kty": "OKP", "crv": "Ed25519", "x": encoded(32), "use": "enc"}),
                "not for signatures",
            ),
            (
                json!({"kty": "OKP", "crv": "Ed25519", "x": encoded(32), "key_ops": ["sign"]}),
                "not for verifying",
            ),
            (
                json!({"kty": "OKP", "crv": "Ed25519", "x": encoded(32), "alg": "HS256"}),
                "does not fit",
            ),
        ] {
            let said = read(json!([key])).err().unwrap();
            assert!(said.contains(reason), "{said}");
        }
        assert!(
            read_key_set(b"<html>")
                .err()
                .unwrap()
                .starts_with("not a JWK set")
        );
    }

    #[test]
    fn a_name_decides_only_where_both_have_one() {
        let keys = read(json!([
            {"kty": "OKP", "crv": "Ed25519", "x": encoded(32), "kid": "a"},
            {"kty": "OKP", "crv": "Ed25519", "x": encoded(32)},
        ]))
        .unwrap();
        assert!(keys[0].fits(Algorithm::EdDSA, Some("a")));
        assert!(keys[0].fits(Algorithm::EdDSA, None));
        assert!(!keys[0].fits(Algorithm::EdDSA, Some("b")));
        assert!(!keys[0].fits(Algorithm::ES256, Some("a")));
        assert!(keys[1].fits(Algorithm::EdDSA, Some("b")));
    }
}
