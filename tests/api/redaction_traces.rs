//! What is left of erased bytes below the interface: nothing in the database, and a log and a projection that agree.

use rstest::rstest;
use serde_json::json;

use crate::redaction::{OWNER, SECRET, counsel, order, redact, unlawful};
use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::Registry;
use crate::support::entry::row;

#[rstest]
fn log_and_projection_agree_about_what_was_erased(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    let district = registry.as_district(OWNER);
    let entry = district.create(OWNER, unlawful("GB 38600-2019"));
    let entry = district.change(&entry, json!({"title": "养老机构服务安全基本规范"}));
    let other = district.create(OWNER, row("GB/T 35796-2017"));
    let order = order(&entry, &[1], json!({"parts": ["content", "note"]}));
    counsel(&registry).post("/v1/redactions", &order).expect(201);
    let shown = |registry: &Registry| -> Vec<String> {
        let reader = registry.anonymous();
        let history = format!("{}/revisions", entry.path);
        let paths = [
            history.as_str(),
            "/v1/standards?as_of=3",
            "/v1/redactions",
            &entry.path,
            &other.path,
        ];
        paths
            .map(|path| reader.get(path).expect(200).text().to_owned())
            .to_vec()
    };
    let before = shown(&registry);
    registry.stop();
    assert_eq!(registry.fsck().0, Some(0), "{}", registry.fsck().1);

    registry
        .execute("UPDATE redaction SET position = 0; UPDATE entry_version SET title = 'x' WHERE revision = 1")
        .unwrap();
    let (code, told) = registry.fsck();
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("the table of redactions does not say"), "{told}");
    assert!(told.contains("the projection differs"), "{told}");
    let rebuilt = registry.command("rebuild").output().unwrap();
    assert!(
        rebuilt.status.success(),
        "{}",
        String::from_utf8_lossy(&rebuilt.stderr)
    );
    assert_eq!(registry.fsck().0, Some(0), "{}", registry.fsck().1);
    registry.restart();
    assert_eq!(shown(&registry), before);
}

#[rstest]
fn bytes_do_not_go_without_a_record(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    let entry = registry
        .as_district(OWNER)
        .create(OWNER, unlawful("GB 38600-2019"));
    registry.stop();
    registry
        .execute(&format!(
            "UPDATE content SET bytes = NULL, erased_at = 1 WHERE sha256 = \
             (SELECT content_sha256 FROM entry_version WHERE from_position = {})",
            entry.position
        ))
        .unwrap();
    let (code, told) = registry.fsck();
    assert_eq!(code, Some(1), "{told}");
    let expected = format!("position {}: content ", entry.position);
    assert!(
        told.contains(&expected) && told.contains("no redaction names it"),
        "{told}"
    );
    let rebuilt = registry.command("rebuild").output().unwrap();
    assert!(
        !rebuilt.status.success(),
        "lost bytes must not pass for erased ones"
    );
}

#[rstest]
fn bytes_that_outlive_their_redaction_are_found(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    let entry = registry
        .as_district(OWNER)
        .create(OWNER, unlawful("GB 38600-2019"));
    let position = redact(&registry, &entry, &[1]).at("/position");
    registry.stop();
    // As after a restore of part of a backup.
    let disarmed = match backend {
        Sqlite => "DROP TRIGGER content_unchanged",
        Postgres => "ALTER TABLE content DISABLE TRIGGER USER",
    };
    registry.execute(disarmed).unwrap();
    registry
        .execute("UPDATE content SET bytes = sha256, erased_at = NULL WHERE bytes IS NULL")
        .unwrap();
    let (code, told) = registry.fsck();
    assert_eq!(code, Some(1), "{told}");
    let expected = format!("position {position}: content ");
    assert!(
        told.contains(&expected) && told.contains("is still there"),
        "{told}"
    );
}

#[test]
fn nothing_is_left_in_the_embedded_database_file() {
    let mut registry = Registry::start(Sqlite);
    let entry = registry
        .as_district(OWNER)
        .create(OWNER, unlawful("GB 38600-2019"));
    let folder = registry.command("fsck").get_current_dir().unwrap().to_owned();
    let held = || {
        ["registry.sqlite", "registry.sqlite-wal"]
            .into_iter()
            .any(|file| {
                let bytes = std::fs::read(folder.join(file)).unwrap_or_default();
                bytes
                    .windows(SECRET.len())
                    .any(|window| window == SECRET.as_bytes())
            })
    };
    assert!(held());
    redact(&registry, &entry, &[1]);
    registry.stop();
    assert!(!held());
}
