//! The registry's own tokens.

use std::time::Duration;

use standards_registry::access::denial::DenialKind;
use standards_registry::access::local_key::LocalKey;
use standards_registry::access::mint::{TokenOrder, mint};
use standards_registry::access::settings::AccessSettings;
use standards_registry::access::verifier::Verifier;
use standards_registry::domain::permission::Scope;

use super::signer::{NOW, Signer, claims, later};

fn order() -> TokenOrder {
    TokenOrder {
        subject: "clerk".to_owned(),
        districts: vec!["370214".to_owned()],
        scopes: vec![Scope::StandardsWrite, Scope::AuditRead],
        lifetime: Duration::from_secs(3600),
    }
}

#[test]
fn a_minted_token_grants_what_was_ordered_until_it_expires() {
    let folder = tempfile::tempdir().unwrap();
    let settings = AccessSettings::local(folder.path());
    let token = mint(&settings, &order(), NOW).unwrap();
    let verifier = Verifier::open(&settings).unwrap();
    let grant = verifier.verify(&token, NOW).unwrap();
    assert_eq!(grant.subject, "clerk");
    assert_eq!(grant.scopes, [Scope::StandardsWrite, Scope::AuditRead]);
    assert_eq!(grant.districts, ["370214"]);
    assert_eq!(grant.expires_at, Some(later(3600)));
    assert!(grant.token_id.is_some());
    assert_eq!(
        verifier.verify(&token, later(3630)).unwrap_err().kind,
        DenialKind::Expired
    );
}

#[test]
fn every_minted_token_can_be_revoked_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let settings = AccessSettings::local(folder.path());
    let verifier = Verifier::open(&settings).unwrap();
    let id = |token: &str| verifier.verify(token, NOW).unwrap().token_id.clone();
    let tokens = [
        mint(&settings, &order(), NOW).unwrap(),
        mint(&settings, &order(), NOW).unwrap(),
    ];
    assert_ne!(id(&tokens[0]), id(&tokens[1]));
}

#[test]
fn a_token_of_another_data_folder_is_refused() {
    let (mine, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let token = mint(&AccessSettings::local(theirs.path()), &order(), NOW).unwrap();
    let verifier = Verifier::open(&AccessSettings::local(mine.path())).unwrap();
    let denial = verifier.verify(&token, NOW).unwrap_err();
    assert_eq!(denial.kind, DenialKind::UnknownKey);
    assert!(!denial.worth_refetching);
}

#[test]
fn a_replaced_local_key_ends_its_tokens_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let settings = AccessSettings::local(folder.path());
    let verifier = Verifier::open(&settings).unwrap();
    let old = mint(&settings, &order(), NOW).unwrap();
    assert!(verifier.verify(&old, NOW).is_ok());
    std::fs::remove_file(LocalKey::path(folder.path())).unwrap();
    let new = mint(&settings, &order(), NOW).unwrap();
    assert!(verifier.verify(&new, later(1)).is_ok());
    assert_eq!(
        verifier.verify(&old, later(1)).unwrap_err().kind,
        DenialKind::UnknownKey
    );
}

#[test]
fn the_local_key_counts_only_where_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let token = mint(&AccessSettings::local(folder.path()), &order(), NOW).unwrap();
    let settings = AccessSettings {
        local_key: false,
        ..AccessSettings::local(folder.path())
    };
    assert!(Verifier::open(&settings).unwrap().verify(&token, NOW).is_err());
}

#[test]
fn an_existing_key_in_openssls_form_is_used_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let pem = "-----BEGIN PRIVATE KEY-----\n\
               MC4CAQAwBQYDK2VwBCIEINutmT83kFzQNrUnhKk2LVXssqYINsKX3tK/b6uR6IFm\n\
               -----END PRIVATE KEY-----\n";
    std::fs::write(LocalKey::path(folder.path()), pem).unwrap();
    let settings = AccessSettings::local(folder.path());
    let token = mint(&settings, &order(), NOW).unwrap();
    assert!(Verifier::open(&settings).unwrap().verify(&token, NOW).is_ok());
    assert_eq!(
        std::fs::read_to_string(LocalKey::path(folder.path())).unwrap(),
        pem
    );
}

#[test]
fn a_jwks_file_that_cannot_be_used_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let settings = AccessSettings {
        jwks_file: Some(folder.path().join("absent.json")),
        ..AccessSettings::local(folder.path())
    };
    let error = Verifier::open(&settings).err().unwrap();
    assert!(error.to_string().contains("absent.json"), "{error}");
}

#[test]
fn a_strangers_token_is_refused_with_only_the_local_key() {
    let folder = tempfile::tempdir().unwrap();
    let verifier = Verifier::open(&AccessSettings::local(folder.path())).unwrap();
    let token = Signer::ed25519("stranger", 9).sign(&claims());
    assert_eq!(
        verifier.verify(&token, NOW).unwrap_err().kind,
        DenialKind::UnknownKey
    );
}
