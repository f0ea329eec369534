//! The checkpoint: one signature over everything written, the same from every instance.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use rstest::rstest;

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::Registry;
use crate::support::auditor::{bytes, open};
use crate::support::entry::row;

const OWNER: &str = "370214";

#[rstest]
fn every_write_is_signed_for_at_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let (city, auditor) = (registry.as_city(), registry.anonymous());
    let key = auditor.verifier_key();
    for number in ["GB 38600-2019", "GB/T 35796-2017", "GB/T 42195-2022"] {
        let entry = city.create(OWNER, row(number));
        let tree = auditor.checkpoint(&key);
        assert_eq!(tree.size, entry.position + 1);
        let head = auditor.get("/v1/log/head").expect(200);
        assert_eq!(head.at("/size"), tree.size);
        assert_eq!(bytes(&head.at("/root")), tree.root);
        assert_eq!(open(head.at("/checkpoint").as_str().unwrap(), &key), Some(tree));
        let page = auditor.get("/v1/changes?limit=1000").expect(200);
        let newest = page.at("/items").as_array().unwrap().last().unwrap().clone();
        assert_eq!(head.at("/recorded_at"), newest["recorded_at"]);
    }
}

#[rstest]
fn what_is_signed_names_the_log_and_its_epoch(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start_with(backend, &[("REGISTRY_ORIGIN", "registry.qingdao.example.cn")]);
    let answer = registry.anonymous().get("/log/checkpoint").expect(200);
    assert_eq!(
        answer.text().lines().next(),
        Some("registry.qingdao.example.cn/1")
    );
    assert_eq!(
        answer.header("Content-Type").as_deref(),
        Some("text/plain; charset=utf-8")
    );
    assert_eq!(answer.header("Cache-Control").as_deref(), Some("no-cache"));
}

#[test]
fn two_instances_sign_the_same_bytes() {
    let first = Registry::start(Postgres);
    let second = first.second_instance();
    for (writer, number) in [(&first, "GB 38600-2019"), (&second, "GB/T 42195-2022")] {
        writer.as_city().create(OWNER, row(number));
        let [one, other] = [&first, &second].map(|instance| {
            let answer = instance.anonymous().get("/log/checkpoint").expect(200);
            answer.text().to_owned()
        });
        assert_eq!(one, other);
    }
}

#[rstest]
fn the_key_is_made_once_and_for_its_owner_alone(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    let key = registry.anonymous().verifier_key();
    let mode = fs::metadata(registry.data().join("log-key.pem"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    registry.restart();
    assert_eq!(registry.anonymous().verifier_key(), key);
    assert_eq!(
        registry
            .anonymous()
            .get("/readyz")
            .at("/reasons")
            .as_array()
            .unwrap()
            .len(),
        0
    );
}

#[rstest]
fn the_key_may_come_from_the_environment(#[values(Sqlite, Postgres)] backend: Backend) {
    let other = Registry::start(Sqlite);
    let path = other.data().join("log-key.pem");
    let pem = fs::read_to_string(&path).unwrap();
    let public = |registry: &Registry| {
        let keys = registry.anonymous().get("/v1/log/keys").expect(200);
        keys.at("/items/0/public_key")
    };
    for given in [path.to_str().unwrap(), &pem] {
        let registry = Registry::start_with(backend, &[("REGISTRY_LOG_KEY", given)]);
        assert_eq!(public(&registry), public(&other));
        assert!(!registry.data().join("log-key.pem").exists());
        let key = registry.anonymous().verifier_key();
        registry.anonymous().checkpoint(&key);
    }
}
