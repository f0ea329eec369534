//! Taking tokens back.

use std::fs;

use serde_json::json;
use standards_registry::access::denial::DenialKind;
use standards_registry::access::settings::AccessSettings;
use standards_registry::access::verifier::Verifier;

use super::signer::{NOW, Signer, claims, claims_with, jwks, later};

#[test]
fn a_revoked_token_or_subject_is_refused_within_a_second_even_if_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let signer = Signer::ed25519("ed", 1);
    let keys = folder.path().join("jwks.json");
    let revoked = folder.path().join("revoked.txt");
    fs::write(&keys, jwks(&[&signer])).unwrap();
    let settings = AccessSettings {
        jwks_file: Some(keys),
        revoked_file: Some(revoked.clone()),
        ..AccessSettings::local(folder.path())
    };
    let verifier = Verifier::open(&settings).unwrap();
    let token = signer.sign(&claims());
    let other_token = signer.sign(&claims_with(json!({"jti": "t2"})));
    let refusal = |token: &str, at| verifier.verify(token, at).err().map(|denial| denial.kind);

    assert_eq!(refusal(&token, NOW), None);
    assert_eq!(refusal(&other_token, NOW), None);

    fs::write(&revoked, "# lost laptop\njti:t1\n").unwrap();
    assert_eq!(refusal(&token, later(1)), Some(DenialKind::Revoked));
    assert_eq!(refusal(&other_token, later(1)), None);

    fs::write(&revoked, "sub:chengyang\n").unwrap();
    assert_eq!(refusal(&other_token, later(2)), Some(DenialKind::Revoked));

    fs::write(&revoked, "").unwrap();
    assert_eq!(refusal(&token, later(3)), None);

    fs::write(&revoked, "jti:t1").unwrap();
    assert_eq!(refusal(&token, later(4)), Some(DenialKind::Revoked));
    // A list that is lost frees nobody.
    fs::remove_file(&revoked).unwrap();
    assert_eq!(refusal(&token, later(5)), Some(DenialKind::Revoked));
}
