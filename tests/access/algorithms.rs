//! Which signatures count.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm::{PS256, RS256};
use serde_json::json;
use standards_registry::access::denial::DenialKind;
use standards_registry::access::settings::{AccessSettings, Secret};
use standards_registry::access::verifier::Verifier;
use standards_registry::domain::permission::Scope;

use super::signer::{NOW, SECRET, Signer, claims, jwks};

/// A registry that knows these signers' public keys, and a secret if told so.
fn verifier(signers: &[&Signer], secret: Option<&str>) -> Verifier {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jwks.json");
    std::fs::write(&file, jwks(signers)).unwrap();
    let settings = AccessSettings {
        jwks_file: Some(file),
        hs256_secret: secret.map(|secret| Secret::new(secret).unwrap()),
        ..AccessSettings::local(folder.path())
    };
    Verifier::open(&settings).unwrap()
}

fn refusal(verifier: &Verifier, token: &str) -> DenialKind {
    verifier.verify(token, NOW).unwrap_err().kind
}

#[test]
fn a_signature_of_every_public_key_algorithm_is_accepted() {
    let signers = [
        Signer::ed25519("ed", 1),
        Signer::p256(),
        Signer::rsa(RS256),
        Signer::rsa(PS256),
    ];
    let verifier = verifier(&[&signers[0], &signers[1], &signers[2]], None);
    for signer in &signers {
        let grant = verifier.verify(&signer.sign(&claims()), NOW).unwrap();
        assert_eq!(grant.subject, "chengyang");
        assert_eq!(grant.scopes, [Scope::StandardsWrite]);
        assert_eq!(grant.districts, ["370214"]);
        assert_eq!(grant.token_id.as_deref(), Some("t1"));
    }
}

#[test]
fn a_token_without_a_key_name_is_tried_against_all_keys_that_fit() {
    let (first, second) = (Signer::ed25519("first", 1), Signer::ed25519("second", 2));
    let verifier = verifier(&[&first, &second], None);
    assert!(verifier.verify(&second.sign_as(None, &claims()), NOW).is_ok());
    let stranger = Signer::ed25519("stranger", 3).sign_as(None, &claims());
    assert_eq!(refusal(&verifier, &stranger), DenialKind::BadSignature);
}

#[test]
fn another_keys_name_does_not_help_a_forger() {
    let genuine = Signer::ed25519("genuine", 1);
    let verifier = verifier(&[&genuine], None);
    let forged = Signer::ed25519("forger", 2).sign_as(Some("genuine"), &claims());
    assert_eq!(refusal(&verifier, &forged), DenialKind::BadSignature);
}

#[test]
fn a_changed_token_is_refused() {
    let signer = Signer::p256();
    let verifier = verifier(&[&signer], None);
    let token = signer.sign(&claims());
    let parts: Vec<_> = token.split('.').collect();
    let more = URL_SAFE_NO_PAD.encode(json!({"sub": "chengyang", "exp": 1_900_000_000}).to_string());
    let changed = format!("{}.{more}.{}", parts[0], parts[2]);
    assert_eq!(refusal(&verifier, &changed), DenialKind::BadSignature);
    let unsigned = format!("{}.{}.", parts[0], parts[1]);
    assert_eq!(refusal(&verifier, &unsigned), DenialKind::BadSignature);
}

#[test]
fn none_is_never_an_algorithm() {
    let signer = Signer::ed25519("ed", 1);
    let verifier = verifier(&[&signer], Some(SECRET));
    let token = signer.sign(&claims());
    let parts: Vec<_> = token.split('.').collect();
    for name in ["none", "None", "nOnE"] {
        let header = URL_SAFE_NO_PAD.encode(json!({"alg": name, "kid": "ed"}).to_string());
        for signature in ["", parts[2]] {
            let forged = format!("{header}.{}.{signature}", parts[1]);
            assert_eq!(refusal(&verifier, &forged), DenialKind::UnsupportedAlgorithm);
        }
    }
}

#[test]
fn hs256_counts_only_with_the_configured_secret() {
    let token = Signer::secret(SECRET.as_bytes()).sign(&claims());
    let rsa = Signer::rsa(RS256);
    assert!(verifier(&[&rsa], Some(SECRET)).verify(&token, NOW).is_ok());
    assert_eq!(refusal(&verifier(&[&rsa], None), &token), DenialKind::UnknownKey);
    let guessed = Signer::secret(b"another secret of 32 bytes or more").sign(&claims());
    assert_eq!(
        refusal(&verifier(&[&rsa], Some(SECRET)), &guessed),
        DenialKind::BadSignature
    );
}

#[test]
fn a_public_key_is_never_a_secret() {
    let ed = Signer::ed25519("ed", 1);
    let rsa = Signer::rsa(RS256);
    let x = URL_SAFE_NO_PAD.decode(ed.jwk()["x"].as_str().unwrap()).unwrap();
    let n = URL_SAFE_NO_PAD.decode(rsa.jwk()["n"].as_str().unwrap()).unwrap();
    let text = rsa.jwk().to_string().into_bytes();
    for (name, secret) in [("ed", x), ("rsa", n), ("rsa", text)] {
        let forged = Signer::secret(&secret).sign_as(Some(name), &claims());
        assert!(verifier(&[&ed, &rsa], None).verify(&forged, NOW).is_err());
        assert!(verifier(&[&ed, &rsa], Some(SECRET)).verify(&forged, NOW).is_err());
    }
}

#[test]
fn a_key_verifies_only_what_its_type_and_alg_allow() {
    let rsa = Signer::rsa(RS256);
    let verifier = verifier(&[&rsa], None);
    let crossed = Signer::p256().sign_as(Some("rsa"), &claims());
    assert_eq!(refusal(&verifier, &crossed), DenialKind::UnknownKey);

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jwks.json");
    let mut only_pss = rsa.jwk().clone();
    only_pss["alg"] = "PS256".into();
    std::fs::write(&file, json!({"keys": [only_pss]}).to_string()).unwrap();
    let settings = AccessSettings {
        jwks_file: Some(file),
        ..AccessSettings::local(folder.path())
    };
    let strict = Verifier::open(&settings).unwrap();
    assert!(strict.verify(&Signer::rsa(PS256).sign(&claims()), NOW).is_ok());
    assert_eq!(refusal(&strict, &rsa.sign(&claims())), DenialKind::UnknownKey);
}

#[test]
fn an_overlong_token_is_refused_unread() {
    let signer = Signer::ed25519("ed", 1);
    let mut long = claims();
    long["padding"] = "x".repeat(8 * 1024).into();
    assert_eq!(
        refusal(&verifier(&[&signer], None), &signer.sign(&long)),
        DenialKind::Malformed
    );
}
