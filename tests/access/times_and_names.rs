//! What a genuine token must say to be accepted here and now.

use serde_json::{Value, json};
use standards_registry::access::denial::DenialKind;
use standards_registry::access::settings::AccessSettings;
use standards_registry::access::verifier::Verifier;

use super::signer::{NOW, Signer, claims_with, jwks, later};

/// A registry that expects tokens of the city's identity provider, made for it.
fn verifier(signer: &Signer) -> Verifier {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jwks.json");
    std::fs::write(&file, jwks(&[signer])).unwrap();
    let settings = AccessSettings {
        jwks_file: Some(file),
        issuer: Some("https://id.example".to_owned()),
        audience: Some("registry".to_owned()),
        ..AccessSettings::local(folder.path())
    };
    Verifier::open(&settings).unwrap()
}

fn outcome(change: Value) -> Result<(), DenialKind> {
    let signer = Signer::ed25519("ed", 1);
    let mut said = claims_with(json!({"iss": "https://id.example", "aud": "registry"}));
    json_patch::merge(&mut said, &change);
    let verified = verifier(&signer).verify(&signer.sign(&said), NOW);
    verified.map(drop).map_err(|denial| denial.kind)
}

#[test]
fn issuer_and_audience_are_checked_where_configured() {
    assert_eq!(outcome(json!({})), Ok(()));
    assert_eq!(outcome(json!({"aud": ["mail", "registry"]})), Ok(()));
    assert_eq!(
        outcome(json!({"iss": "https://evil.example"})),
        Err(DenialKind::WrongIssuer)
    );
    assert_eq!(outcome(json!({"iss": null})), Err(DenialKind::WrongIssuer));
    assert_eq!(outcome(json!({"aud": "mail"})), Err(DenialKind::WrongAudience));
    assert_eq!(outcome(json!({"aud": null})), Err(DenialKind::WrongAudience));
}

#[test]
fn a_token_holds_from_nbf_to_exp_give_or_take_the_leeway() {
    assert_eq!(outcome(json!({"exp": 1_799_999_980})), Ok(()));
    assert_eq!(outcome(json!({"exp": 1_799_999_969})), Err(DenialKind::Expired));
    assert_eq!(outcome(json!({"nbf": 1_800_000_020})), Ok(()));
    assert_eq!(
        outcome(json!({"nbf": 1_800_000_031})),
        Err(DenialKind::NotYetValid)
    );
}

#[test]
fn exp_and_sub_are_indispensable() {
    assert_eq!(outcome(json!({"exp": null})), Err(DenialKind::Malformed));
    assert_eq!(outcome(json!({"sub": null})), Err(DenialKind::Malformed));
    assert_eq!(
        outcome(json!({"districts": "370214"})),
        Err(DenialKind::Malformed)
    );
    assert_eq!(
        outcome(json!({"districts": null, "scope": null, "jti": null})),
        Ok(())
    );
}

#[test]
fn a_remembered_token_still_expires() {
    let signer = Signer::ed25519("ed", 1);
    let verifier = verifier(&signer);
    let token = signer.sign(&claims_with(json!({
        "iss": "https://id.example", "aud": "registry", "exp": 1_800_000_060,
    })));
    assert!(verifier.verify(&token, NOW).is_ok());
    assert!(verifier.verify(&token, later(89)).is_ok());
    assert_eq!(
        verifier.verify(&token, later(90)).unwrap_err().kind,
        DenialKind::Expired
    );
}
