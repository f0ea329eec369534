//! Epochs: after a restore the log goes on from less than was signed, says so, and nobody takes it for the same history.

use std::fs;

use rstest::rstest;
use serde_json::json;

use crate::guard::{reasons, rolled_back};
use crate::log_keys::log;
use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::Registry;
use crate::support::auditor::{hashes, open};
use crate::support::entry::{problem, row};

const OWNER: &str = "370214";

#[rstest]
fn after_a_restore_the_log_goes_on_in_a_new_epoch(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    let city = registry.as_city();
    let kept = city.create(OWNER, row("GB 38600-2019"));
    let auditor = registry.anonymous();
    let old_key = auditor.verifier_key();
    let shared = auditor.checkpoint(&old_key);
    let early = auditor.get("/v1/changes?limit=1000").expect(200).at("/next");
    registry.stop();
    let backup = registry.back_up();
    registry.restart();
    let lost = city.create(OWNER, row("GB/T 35796-2017"));
    let forsaken = auditor.checkpoint(&old_key);
    let late = auditor.get("/v1/changes?limit=1000").expect(200).at("/next");
    registry.stop();
    registry.put_back(&backup);
    let (code, said) = log(&registry, &["new-epoch", "--reason", "恢复 2026-11-20 的备份"]);
    assert_eq!(code, Some(0), "{said}");
    registry.restart();
    assert!(reasons(&registry).is_empty());

    // The log says what was given up, and signs under another name, which the old one vouches for.
    let begun = kept.position + 1;
    let page = auditor
        .get(&format!("/v1/changes?after={}", kept.position))
        .expect(200);
    assert_eq!(
        (page.at("/items/0/type"), page.at("/items/0/epoch")),
        (json!("epoch"), json!(2))
    );
    let previous = page.at("/items/0/previous");
    assert_eq!(
        (&previous["epoch"], &previous["size"]),
        (&json!(1), &json!(lost.position + 1))
    );
    assert_eq!(page.at("/items/0/reason"), "恢复 2026-11-20 的备份");
    assert_eq!(page.at("/items/1/type"), "key");
    assert_eq!(page.at("/items/0/position"), begun);
    let key = auditor.verifier_key();
    assert!(key.contains("/2+") && said.contains(&key), "{said}");
    let tree = auditor.checkpoint(&key);
    let hand_over = auditor.get("/v1/log/keys").expect(200).at("/items/1/hand_over");
    assert!(open(hand_over.as_str().unwrap(), &old_key).is_some());

    // What both histories share is still proved; what was lost is contradicted by whoever kept its checkpoint.
    let prove = |size: u64| {
        let proof = auditor
            .get(&format!("/v1/log/proofs/consistency?from={size}"))
            .expect(200);
        hashes(&proof.at("/consistency"))
    };
    assert!(tree.extends(&shared, &prove(shared.size)));
    assert!(!tree.extends(&forsaken, &prove(forsaken.size)));

    // Readers before the cut go on, readers beyond it begin anew.
    let after =
        |cursor: &serde_json::Value| auditor.get(&format!("/v1/changes?after={}", cursor.as_str().unwrap()));
    assert_eq!(after(&early).expect(200).at("/items/0/type"), "epoch");
    assert_eq!(problem(&after(&late).expect(410)), "cursor-gone");

    let entry = city.create(OWNER, row("GB/T 42195-2022"));
    assert_eq!(auditor.checkpoint(&key).size, entry.position + 1);
    let (code, told) = registry.fsck();
    assert_eq!(code, Some(0), "{told}");
    registry.restart();
    assert!(reasons(&registry).is_empty());
}

#[rstest]
fn an_epoch_needs_a_loss(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    registry.as_city().create(OWNER, row("GB 38600-2019"));
    registry.stop();
    let (code, said) = log(&registry, &["new-epoch", "--reason", "以防万一"]);
    assert!(code == Some(1) && said.contains("nothing was lost"), "{said}");
    fs::remove_file(registry.data().join("guard.note")).unwrap();
    let (code, said) = log(&registry, &["new-epoch", "--reason", "以防万一"]);
    assert!(code == Some(1) && said.contains("--checkpoint"), "{said}");
    let (code, said) = log(&registry, &["new-epoch", "--force", "--reason", "以防万一"]);
    assert_eq!(code, Some(0), "{said}");
    registry.restart();
    assert!(reasons(&registry).is_empty());
}

#[rstest]
fn where_the_guard_was_restored_too_a_checkpoint_kept_elsewhere_tells(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let mut registry = Registry::start(backend);
    let city = registry.as_city();
    city.create(OWNER, row("GB 38600-2019"));
    registry.stop();
    let backup = registry.back_up();
    let guard = fs::read(registry.data().join("guard.note")).unwrap();
    registry.restart();
    city.create(OWNER, row("GB/T 35796-2017"));
    let note = registry.anonymous().get("/log/checkpoint").expect(200).body;
    registry.stop();
    registry.put_back(&backup);
    fs::write(registry.data().join("guard.note"), guard).unwrap();

    let kept = registry.data().join("from-chengyang.txt");
    let kept = kept.to_str().unwrap();
    let begin = [
        "new-epoch",
        "--checkpoint",
        kept,
        "--reason",
        "连同数据目录一起恢复",
    ];
    let forged = String::from_utf8(note.clone()).unwrap();
    let size = forged.lines().nth(1).unwrap().to_owned();
    fs::write(kept, forged.replacen(&format!("\n{size}\n"), "\n999\n", 1)).unwrap();
    let (code, said) = log(&registry, &begin);
    assert!(code == Some(1) && said.contains("does not hold"), "{said}");
    fs::write(kept, "nothing of the kind").unwrap();
    let (code, said) = log(&registry, &begin);
    assert_eq!(code, Some(2), "{said}");
    fs::write(kept, &note).unwrap();
    let (code, said) = log(&registry, &begin);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains(&format!("{size} entries were signed in epoch 1")),
        "{said}"
    );
    registry.restart();
    assert!(reasons(&registry).is_empty());
}

#[test]
fn instances_with_guards_of_their_own_follow_an_epoch_that_the_key_announced() {
    let (mut first, kept, _) = rolled_back(Postgres);
    first.restart();
    let pem = fs::read_to_string(first.data().join("log-key.pem")).unwrap();
    let mut second = first.instance_elsewhere(&[("REGISTRY_LOG_KEY", &pem)]);
    second.stop();
    // It, too, has signed what was lost.
    fs::copy(first.data().join("guard.note"), second.data().join("guard.note")).unwrap();
    second.restart();
    assert!(reasons(&second)[0].starts_with(&format!("position {}", kept + 1)));
    first.anonymous().get("/log/checkpoint").expect(503);

    // Somebody with the database alone cannot announce it.
    first.execute("UPDATE log_head SET epoch = 2").unwrap();
    second.anonymous().get("/log/checkpoint").expect(503);
    assert!(reasons(&second)[0].contains("has signed no hand-over from epoch 1"));
    first.execute("UPDATE log_head SET epoch = 1").unwrap();

    let (code, said) = log(&first, &["new-epoch", "--reason", "恢复备份"]);
    assert_eq!(code, Some(0), "{said}");
    let key = first.anonymous().verifier_key();
    let trees = [&first, &second].map(|instance| instance.anonymous().checkpoint(&key));
    assert_eq!(trees[0], trees[1]);
    first.as_city().create(OWNER, row("GB/T 42195-2022"));
    for instance in [&first, &second] {
        instance.anonymous().checkpoint(&key);
        assert!(
            !reasons(instance)
                .iter()
                .any(|reason| reason.starts_with("position"))
        );
    }
}
