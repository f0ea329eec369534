//! Keys come and go while the registry runs.

use std::fs;
use std::sync::Arc;

use standards_registry::access::denial::{Denial, DenialKind};
use standards_registry::access::settings::AccessSettings;
use standards_registry::access::verifier::Verifier;
use standards_registry::domain::permission::Grant;
use standards_registry::domain::time::Instant;

use super::publisher::Publisher;
use super::signer::{NOW, Signer, claims, jwks, later};

/// What an HTTP handler does: fetch only where the denial says that it may help.
fn present(verifier: &Verifier, token: &str, now: Instant) -> Result<Arc<Grant>, Denial> {
    match verifier.verify(token, now) {
        Err(denial) if denial.worth_refetching => verifier.verify_after_refetch(token, now),
        verdict => verdict,
    }
}

fn following(url: String) -> Verifier {
    let folder = tempfile::tempdir().unwrap();
    let settings = AccessSettings {
        jwks_url: Some(url),
        ..AccessSettings::local(folder.path())
    };
    Verifier::open(&settings).unwrap()
}

#[test]
fn a_changed_key_file_takes_effect_within_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jwks.json");
    let (old, new) = (Signer::ed25519("old", 1), Signer::ed25519("new", 2));
    fs::write(&file, jwks(&[&old])).unwrap();
    let settings = AccessSettings {
        jwks_file: Some(file.clone()),
        ..AccessSettings::local(folder.path())
    };
    let verifier = Verifier::open(&settings).unwrap();
    let (old_token, new_token) = (old.sign(&claims()), new.sign(&claims()));
    assert!(verifier.verify(&old_token, NOW).is_ok());
    assert!(verifier.verify(&new_token, NOW).is_err());

    fs::write(&file, jwks(&[&old, &new])).unwrap();
    assert!(verifier.verify(&old_token, later(1)).is_ok());
    assert!(verifier.verify(&new_token, later(1)).is_ok());

    // A remembered token falls with its key.
    fs::write(&file, jwks(&[&new])).unwrap();
    assert_eq!(
        verifier.verify(&old_token, later(2)).unwrap_err().kind,
        DenialKind::UnknownKey
    );

    fs::write(&file, "{\"keys\": [").unwrap();
    assert!(verifier.verify(&new_token, later(3)).is_ok());
}

#[test]
fn a_key_published_after_the_start_is_accepted_at_its_first_use() {
    let (old, new) = (Signer::ed25519("old", 1), Signer::ed25519("new", 2));
    let publisher = Publisher::start(jwks(&[&old]));
    let verifier = following(publisher.url());
    assert!(present(&verifier, &old.sign(&claims()), NOW).is_ok());

    publisher.publish(200, jwks(&[&new]));
    assert!(present(&verifier, &new.sign(&claims()), later(60)).is_ok());
    let retired = present(&verifier, &old.sign(&claims()), later(60)).unwrap_err();
    assert_eq!(retired.kind, DenialKind::UnknownKey);
}

#[test]
fn invented_key_names_cause_one_fetch_in_ten_seconds() {
    let signer = Signer::ed25519("known", 1);
    let publisher = Publisher::start(jwks(&[&signer]));
    let verifier = following(publisher.url());
    assert!(present(&verifier, &signer.sign(&claims()), NOW).is_ok());

    let barrage = |now: Instant| {
        let before = publisher.requests();
        for attempt in 0..50 {
            let invented = signer.sign_as(Some(&format!("invented-{attempt}")), &claims());
            assert_eq!(
                present(&verifier, &invented, now).unwrap_err().kind,
                DenialKind::UnknownKey
            );
        }
        publisher.requests() - before
    };
    assert_eq!(barrage(later(60)), 1);
    assert_eq!(barrage(later(69)), 0);
    assert_eq!(barrage(later(70)), 1);
}

#[test]
fn a_known_key_needs_no_fetch() {
    let signer = Signer::ed25519("known", 1);
    let publisher = Publisher::start(jwks(&[&signer]));
    let verifier = following(publisher.url());
    assert!(present(&verifier, &signer.sign(&claims()), NOW).is_ok());
    let before = publisher.requests();
    for second in 1..20 {
        assert!(verifier.verify(&signer.sign(&claims()), later(second)).is_ok());
    }
    assert_eq!(publisher.requests(), before);
}

#[test]
fn the_last_good_keys_serve_while_the_publisher_is_ill() {
    let signer = Signer::ed25519("known", 1);
    let unknown = Signer::ed25519("unknown", 2).sign(&claims());
    let publisher = Publisher::start(jwks(&[&signer]));
    let verifier = following(publisher.url());
    assert!(present(&verifier, &signer.sign(&claims()), NOW).is_ok());

    let huge = format!("{{\"keys\": [{}]}}", " ".repeat(2 * 1024 * 1024));
    let illnesses = [
        (500, jwks(&[])),
        (200, "<html>".to_owned()),
        (200, jwks(&[])),
        (200, huge),
    ];
    for (minute, (status, body)) in illnesses.into_iter().enumerate() {
        let now = later(60 * (i64::try_from(minute).unwrap() + 1));
        publisher.publish(status, body);
        let before = publisher.requests();
        assert!(present(&verifier, &unknown, now).is_err());
        assert_eq!(publisher.requests(), before + 1);
        assert!(verifier.verify(&signer.sign(&claims()), now).is_ok());
    }
}

#[test]
fn a_publisher_that_is_away_does_not_hold_up_the_start() {
    let signer = Signer::ed25519("known", 1);
    let publisher = Publisher::start(String::new());
    let url = publisher.url();
    drop(publisher);
    let verifier = following(url);
    assert_eq!(
        present(&verifier, &signer.sign(&claims()), NOW).unwrap_err().kind,
        DenialKind::UnknownKey
    );
}

#[test]
fn an_address_that_is_no_http_url_stops_the_start() {
    for url in ["file:///etc/passwd", "not a url"] {
        let folder = tempfile::tempdir().unwrap();
        let settings = AccessSettings {
            jwks_url: Some(url.to_owned()),
            ..AccessSettings::local(folder.path())
        };
        assert!(Verifier::open(&settings).is_err(), "{url}");
    }
}
