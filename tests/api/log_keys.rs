//! The key that signs the log: handed over in the open, and missed when it is swapped.

use std::fs;
use std::process::Output;

use rstest::rstest;
use serde_json::Value;

use crate::guard::reasons;
use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::auditor::{bytes, hashes, open};
use crate::support::entry::row;
use crate::support::{Client, Registry};

const OWNER: &str = "370214";

/// A command of the `log` family, and what it said.
pub fn log(registry: &Registry, arguments: &[&str]) -> (Option<i32>, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = registry.command("log").args(arguments).output().unwrap();
    let said = [stdout, stderr].concat();
    (status.code(), String::from_utf8_lossy(&said).into_owned())
}

/// The keys the log names, oldest first.
fn keys(client: &Client) -> Vec<Value> {
    let keys = client.get("/v1/log/keys").expect(200).at("/items");
    keys.as_array().unwrap().clone()
}

/// Who trusts one key comes to trust the next: the old one has signed the checkpoint that ends with the new one's leaf.
fn assert_handed_over(auditor: &Client, old: &Value, new: &Value) {
    let trusted = old["verifier_key"].as_str().unwrap();
    let tree = open(new["hand_over"].as_str().unwrap(), trusted).expect("signed by the old key");
    let position = new["from"].as_u64().unwrap();
    assert_eq!(tree.size, position + 1);
    let entry = auditor.get(&format!("/v1/log/entries?from={position}&to={}", position + 1));
    let envelope = bytes(&entry.expect(200).at("/items/0/envelope"));
    let proof = auditor.get(&format!(
        "/v1/log/proofs/inclusion?position={position}&size={}",
        tree.size
    ));
    assert!(tree.holds(&envelope, position, &hashes(&proof.expect(200).at("/audit_path"))));
    let named: Value = serde_json::from_slice(&envelope).unwrap();
    assert_eq!(named["type"], "key");
    for member in ["name", "id", "public_key"] {
        assert_eq!(named["key"][member], new[member], "{member}");
    }
    assert_eq!(old["to"], new["from"]);
}

#[rstest]
fn a_new_key_takes_over_and_the_old_one_says_so(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    let city = registry.as_city();
    city.create(OWNER, row("GB 38600-2019"));
    let auditor = registry.anonymous();
    let old_key = auditor.verifier_key();
    let before = auditor.checkpoint(&old_key);
    registry.stop();
    let (code, said) = log(
        &registry,
        &["rotate-key", "--reason", "年度轮换", "--actor", "信息中心"],
    );
    assert_eq!(code, Some(0), "{said}");
    registry.restart();

    let named = keys(&auditor);
    assert_eq!(named.len(), 2);
    assert_handed_over(&auditor, &named[0], &named[1]);
    assert_ne!(named[0]["public_key"], named[1]["public_key"]);
    let new_key = auditor.verifier_key();
    assert!(said.contains(&new_key), "{said}");
    city.create(OWNER, row("GB/T 42195-2022"));
    let note = auditor.get("/log/checkpoint").expect(200);
    assert_eq!(open(note.text(), &old_key), None, "the old key signs no more");
    let proof = auditor
        .get(&format!("/v1/log/proofs/consistency?from={}", before.size))
        .expect(200);
    let after = auditor.proved_for(&proof, &new_key);
    assert!(after.extends(&before, &hashes(&proof.at("/consistency"))));

    let change = auditor
        .get(&format!("/v1/changes?after={}&limit=1", before.size - 1))
        .expect(200);
    assert_eq!(change.at("/items/0/type"), "key");
    assert_eq!(change.at("/items/0/reason"), "年度轮换");
    assert_eq!(change.at("/items/0/actor"), "信息中心");
    let (code, listed) = log(&registry, &["keys"]);
    assert_eq!(code, Some(0));
    let position = before.size;
    let listed: Vec<&str> = listed.lines().collect();
    assert!(
        listed[0].starts_with(&old_key) && listed[0].ends_with(&format!(" {position}")),
        "{listed:?}"
    );
    assert_eq!(listed[1], format!("{new_key} {position} -"));
    let (code, told) = registry.fsck();
    assert_eq!(code, Some(0), "{told}");
}

#[test]
fn instances_notice_a_new_key_while_they_run() {
    let first = Registry::start(Postgres);
    let second = first.second_instance();
    first.anonymous().get("/log/checkpoint").expect(200);
    let (code, said) = log(&first, &["rotate-key", "--reason", "年度轮换"]);
    assert_eq!(code, Some(0), "{said}");
    let key = first.anonymous().verifier_key();
    let trees = [&first, &second].map(|instance| instance.anonymous().checkpoint(&key));
    assert_eq!(trees[0], trees[1]);
    assert_eq!(trees[0].size, first.anonymous().log_head() + 1);
}

#[test]
fn a_rotation_of_a_running_embedded_registry_is_refused() {
    let registry = Registry::start(Sqlite);
    let (code, said) = log(&registry, &["rotate-key", "--reason", "年度轮换"]);
    assert!(
        code == Some(1) && said.contains("in use by another process"),
        "{said}"
    );
    assert_eq!(keys(&registry.anonymous()).len(), 1);
}

#[rstest]
fn a_swapped_key_signs_nothing(#[values(Sqlite, Postgres)] backend: Backend) {
    let other = Registry::start(Sqlite);
    let mut registry = Registry::start(backend);
    let named = keys(&registry.anonymous());
    let (key, position) = (named[0]["verifier_key"].as_str().unwrap(), &named[0]["from"]);
    registry.stop();
    let (path, aside) = (registry.data().join("log-key.pem"), registry.data().join("aside"));
    fs::rename(&path, &aside).unwrap();
    fs::copy(other.data().join("log-key.pem"), &path).unwrap();
    registry.restart();

    let told = reasons(&registry);
    let found = format!("is not the key that the log names at position {position} ({key})");
    assert!(told.len() == 1 && told[0].contains(&found), "{told:?}");
    registry.anonymous().get("/log/checkpoint").expect(503);
    let (code, findings) = registry.fsck();
    assert_eq!(code, Some(1), "{findings}");
    assert!(
        findings.contains(&format!("position {position}: names the key {key}")),
        "{findings}"
    );
    // The log itself is as it was: it goes on, and is signed for as soon as its key is back.
    let entry = registry.as_city().create(OWNER, row("GB 38600-2019"));
    fs::rename(&aside, &path).unwrap();
    assert_eq!(registry.anonymous().checkpoint(key).size, entry.position + 1);
    assert!(reasons(&registry).is_empty());
}

#[rstest]
fn a_lost_key_can_be_replaced_but_nobody_vouches_for_the_new_one(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let mut registry = Registry::start(backend);
    let old = keys(&registry.anonymous());
    registry.stop();
    fs::remove_file(registry.data().join("log-key.pem")).unwrap();
    registry.restart();
    registry.anonymous().get("/log/checkpoint").expect(503);
    assert!(
        !registry.data().join("log-key.pem").exists(),
        "a lost key is not quietly replaced"
    );
    registry.stop();
    let (code, said) = log(&registry, &["rotate-key", "--reason", "密钥随硬盘损坏"]);
    assert!(code == Some(1) && said.contains("--old-key-lost"), "{said}");
    let (code, said) = log(
        &registry,
        &["rotate-key", "--old-key-lost", "--reason", "密钥随硬盘损坏"],
    );
    assert_eq!(code, Some(0), "{said}");
    registry.restart();

    let named = keys(&registry.anonymous());
    let hand_over = named[1]["hand_over"].as_str().unwrap();
    assert_eq!(open(hand_over, old[0]["verifier_key"].as_str().unwrap()), None);
    let key = registry.anonymous().verifier_key();
    assert!(open(hand_over, &key).is_some() && said.contains(&key));
    registry.anonymous().checkpoint(&key);
}

#[test]
fn a_key_from_the_environment_is_rotated_by_hand() {
    let other = Registry::start(Sqlite);
    let pem = fs::read_to_string(other.data().join("log-key.pem")).unwrap();
    let first = Registry::start_with(Postgres, &[("REGISTRY_LOG_KEY", &pem)]);
    let (code, said) = log(&first, &["rotate-key", "--reason", "年度轮换"]);
    assert!(code == Some(0) && said.contains("log-key.next.pem"), "{said}");
    first.anonymous().get("/log/checkpoint").expect(503);
    let next = fs::read_to_string(first.data().join("log-key.next.pem")).unwrap();
    let second = first.instance_elsewhere(&[("REGISTRY_LOG_KEY", &next)]);
    let key = second.anonymous().verifier_key();
    second.anonymous().checkpoint(&key);
}

#[test]
fn an_instance_with_a_key_of_its_own_signs_nothing() {
    let first = Registry::start(Postgres);
    let second = first.instance_elsewhere(&[]);
    assert!(!second.data().join("log-key.pem").exists());
    second.anonymous().get("/log/checkpoint").expect(503);
    second.as_city().get("/v1/frameworks/qingdao").expect(200);
    fs::copy(
        first.data().join("log-key.pem"),
        second.data().join("log-key.pem"),
    )
    .unwrap();
    let key = first.anonymous().verifier_key();
    assert_eq!(
        second.anonymous().checkpoint(&key),
        first.anonymous().checkpoint(&key)
    );
}

#[test]
fn what_cannot_be_a_reason_is_misuse() {
    let mut registry = Registry::start(Sqlite);
    registry.stop();
    for arguments in [
        &["rotate-key"][..],
        &["rotate-key", "--reason", " "],
        &["new-epoch", "--reason", ""],
        &["new-epoch", "--reason", "恢复", "--checkpoint", "nowhere.txt"],
        &["burn"],
    ] {
        let (code, said) = log(&registry, arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {said}");
    }
}

#[test]
fn keys_can_be_rotated_again_and_again_while_instances_run() {
    let first = Registry::start(Postgres);
    let second = first.second_instance();
    for round in 2..=5 {
        let (code, said) = log(&first, &["rotate-key", "--reason", "年度轮换"]);
        assert_eq!(code, Some(0), "{said}");
        let key = first.anonymous().verifier_key();
        for instance in [&first, &second] {
            instance.anonymous().checkpoint(&key);
        }
        let named = keys(&first.anonymous());
        assert_eq!(named.len(), round);
        assert_handed_over(&first.anonymous(), &named[round - 2], &named[round - 1]);
    }
}

/// `verify` of a running registry by somebody who trusts one key alone.
fn verified_by(registry: &Registry, key: &str) -> (Option<i32>, String) {
    let mut command = registry.command("verify");
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .args([registry.address().as_str(), "--key", key])
        .output()
        .unwrap();
    let said = [stdout, stderr].concat();
    (status.code(), String::from_utf8_lossy(&said).into_owned())
}

#[rstest]
fn who_trusts_the_first_key_verifies_what_is_signed_by_the_third(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let mut registry = Registry::start(backend);
    let first = registry.anonymous().verifier_key();
    for (reason, number) in [("年度轮换", "GB 38600-2019"), ("人员变动", "GB 50011-2010")] {
        registry.as_city().create(OWNER, row(number));
        registry.stop();
        let (code, said) = log(&registry, &["rotate-key", "--reason", reason]);
        assert_eq!(code, Some(0), "{said}");
        registry.restart();
    }
    let third = registry.anonymous().verifier_key();
    assert_ne!(first, third);
    for key in [&first, &third] {
        let (code, told) = verified_by(&registry, key);
        assert_eq!(code, Some(0), "{told}");
        assert!(told.contains(&third), "{told}");
    }
    let stranger = Registry::start(Sqlite).anonymous().verifier_key();
    let (code, told) = verified_by(&registry, &stranger);
    assert_eq!(code, Some(1), "{told}");
}

#[rstest]
fn what_a_key_once_signed_hands_nothing_over(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    let first = registry.anonymous().verifier_key();
    let earlier = registry.anonymous().get("/log/checkpoint").expect(200);
    registry.stop();
    fs::remove_file(registry.data().join("log-key.pem")).unwrap();
    let lost = ["rotate-key", "--old-key-lost", "--reason", "密钥随硬盘损坏"];
    let (code, said) = log(&registry, &lost);
    assert_eq!(code, Some(0), "{said}");
    registry.restart();
    let (code, told) = verified_by(&registry, &first);
    assert!(
        code == Some(1) && told.contains("bears no valid signature"),
        "{told}"
    );

    // Somebody shows another statement of the old key in the place of the one it never made.
    let position = &keys(&registry.anonymous())[1]["from"];
    let note = earlier.text();
    let sql = format!("UPDATE log_hand_over SET note = '{note}' WHERE position = {position}");
    registry.execute(&sql).unwrap();
    registry.restart();
    let (code, told) = verified_by(&registry, &first);
    assert!(code == Some(1) && told.contains("does not hand over"), "{told}");
}
