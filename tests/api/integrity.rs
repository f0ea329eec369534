//! The log is the truth: the projection can be made again from it, and nobody changes it unnoticed.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::Registry;
use crate::support::catalogue::creation;
use crate::support::entry::{row, row_with};

const OWNER: &str = "370214";

/// A registry with a catalogue that has seen every kind of change; the rows' positions follow the framework's.
fn lived_in(backend: Backend) -> Registry {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let place = |subsystem: &str| json!([{"framework": "qingdao", "cell": {"subsystem": subsystem, "dimension": "process"}}]);
    let placed = row_with("GB 38600-2019", json!({"placements": place("老有颐养")}));
    let entry = city.create(OWNER, placed);
    let entry = city.change(
        &entry,
        json!({"placements": place("病有良医"), "keywords": ["养老"]}),
    );
    let relations = json!([{"type": "replaces", "extent": "whole", "target": {"number": "GB/T 35796-2007"}}]);
    let newer = row_with(
        "GB/T 35796-2017",
        json!({"relations": relations, "implemented_on": "2018-05-01", "issued_by": ["国家标准化管理委员会"]}),
    );
    city.create(OWNER, newer);
    let older = city.create(
        OWNER,
        row_with("GB/T 35796-2007", json!({"implemented_on": "2008-01-01"})),
    );
    city.create(
        "370200",
        row_with("GB/T 42195-2022", json!({"placements": place("老有颐养")})),
    );
    let gone = city.create("370213", row("WS/T 423-2022"));
    let gone = city.withdraw(&gone);
    city.replace(&gone, "370213", row("WS/T 423-2022"));
    city.change(&older, json!({"lead_department": ["市民政局"]}));
    let gone = city.change(&entry, json!({"title": "养老机构服务安全基本规范"}));
    city.withdraw(&gone);
    registry
}

/// Everything reads show, in the bytes they show it in.
fn everything_shown(registry: &Registry) -> Vec<(String, Vec<u8>)> {
    let reader = registry.anonymous();
    let head = reader.log_head();
    let mut paths = vec![
        "/v1/frameworks".to_owned(),
        "/v1/frameworks/qingdao/matrix?valid_at=2026-01-01".to_owned(),
    ];
    for position in 1..=head {
        let moment = format!("as_of={position}&valid_at=2026-01-01");
        paths.push(format!(
            "/v1/standards?withdrawn=include&count=true&sort=number&facets=level,origin,validity&{moment}"
        ));
        paths.push(format!("/v1/frameworks/qingdao/matrix?{moment}"));
        paths.push(
            format!("/v1/standards?subsystem=老有颐养&{moment}")
                .replace("老有颐养", "%E8%80%81%E6%9C%89%E9%A2%90%E5%85%BB"),
        );
    }
    for entry in reader.every("/v1/standards?withdrawn=include") {
        let path = format!("/v1/standards/{}", entry["id"].as_str().unwrap());
        for part in [
            "?valid_at=2026-01-01",
            "/revisions",
            "/relations?valid_at=2026-01-01",
        ] {
            paths.push(format!("{path}{part}"));
        }
    }
    let shown = paths.into_iter().map(|path| {
        let answer = reader.get(&path);
        (path, answer.body)
    });
    shown.collect()
}

#[rstest]
fn a_rebuilt_projection_answers_every_read_the_same(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = lived_in(backend);
    let before = everything_shown(&registry);
    registry.stop();
    // Whatever has become of the projection, the log makes it again.
    registry
        .execute("UPDATE entry_version SET title = 'x', owner = '370213'; DELETE FROM version_placement; DELETE FROM version_term;")
        .unwrap();
    let rebuilt = registry.command("rebuild").output().unwrap();
    assert!(
        rebuilt.status.success(),
        "{}",
        String::from_utf8_lossy(&rebuilt.stderr)
    );
    registry.restart();
    let after = everything_shown(&registry);
    for ((path, then), (_, now)) in before.iter().zip(&after) {
        assert_eq!(
            String::from_utf8_lossy(then),
            String::from_utf8_lossy(now),
            "{path}"
        );
    }
    let (code, told) = registry.fsck();
    assert_eq!(code, Some(0), "{told}");
}

/// Each row takes the number of the one after it, which gives it up only with the next entry of the log: wherever a
/// rebuild pauses, a number has just been taken that is still borne.
#[rstest]
fn a_rebuild_follows_numbers_that_change_hands_wherever_it_pauses(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let mut registry = Registry::start(backend);
    let city = registry.as_city();
    let rows = 1_100;
    let catalogue = |shift: usize| -> Vec<Value> {
        let numbered = |n: usize| {
            let number = format!("GB/T {}-2020", 30_000 + (n + shift) % rows);
            row_with(&number, json!({"external_id": format!("row-{n}")}))
        };
        (0..rows).map(numbered).collect()
    };
    for shift in 0..2 {
        city.push("370200", &catalogue(shift)).expect(200);
    }
    registry.stop();
    let rebuilt = registry.command("rebuild").output().unwrap();
    let told = String::from_utf8_lossy(&rebuilt.stderr);
    assert!(rebuilt.status.success(), "{told}");
    let (code, told) = registry.fsck();
    assert_eq!(code, Some(0), "{told}");
}

#[rstest]
#[case::change_a_leaf("UPDATE log_leaf SET position = 90 WHERE position = 2")]
#[case::remove_a_leaf("DELETE FROM log_leaf WHERE position = 2")]
#[case::remove_all_leaves("DELETE FROM log_leaf")]
#[case::change_a_content("UPDATE content SET bytes = sha256")]
#[case::rename_a_content("UPDATE content SET sha256 = bytes WHERE bytes IS NOT NULL")]
#[case::remove_contents("DELETE FROM content")]
#[case::remove_nodes("DELETE FROM log_node")]
#[case::change_nodes("UPDATE log_node SET node_index = node_index + 1")]
fn the_database_itself_refuses_to_rewrite_history(
    #[values(Sqlite, Postgres)] backend: Backend,
    #[case] statement: &str,
) {
    let registry = Registry::start(backend);
    let district = registry.as_district(OWNER);
    // Enough for the tree to have a node.
    let rows: Vec<_> = (1..=260)
        .map(|serial| creation(OWNER, row(&format!("T/QDAS {serial}-2024"))))
        .collect();
    district.bulk(&rows).expect(200);
    let refused = registry.execute(statement).unwrap_err();
    assert!(refused.contains("append-only"), "{refused}");
}

/// What somebody who may switch the triggers off does to the rows, and what `fsck` must say of it.
const TAMPERED: &[(&str, &str, &str)] = &[
    (
        "log_leaf",
        "UPDATE log_leaf SET envelope = {envelope with another owner} WHERE position = 3",
        "position 3: the envelope bytes do not have the leaf's hash",
    ),
    (
        "log_leaf",
        "UPDATE log_leaf SET leaf_hash = (SELECT sha256 FROM content LIMIT 1) WHERE position = 3",
        "position 3: ",
    ),
    (
        "log_leaf",
        "UPDATE log_leaf SET recorded_at = recorded_at - 86400000000 WHERE position = 3",
        "position 3: recorded no later than the entry before it",
    ),
    (
        "log_leaf",
        "DELETE FROM log_leaf WHERE position = 3",
        "position 3: the leaf is missing",
    ),
    (
        "content",
        "UPDATE content SET bytes = {content with another title} WHERE sha256 = (SELECT content_sha256 FROM entry_version WHERE from_position = 3)",
        "position 3: content ",
    ),
    (
        "content",
        "DELETE FROM content WHERE sha256 = (SELECT content_sha256 FROM entry_version WHERE from_position = 3)",
        "position 3: ",
    ),
    (
        "entry_version",
        "UPDATE entry_version SET title = 'x' WHERE from_position = 3",
        "position 3: the projection differs from what the log says",
    ),
    (
        "entry_version",
        "UPDATE entry_version SET owner = '370213' WHERE from_position = 3",
        "position 3: the projection differs from what the log says",
    ),
    (
        "entry_version",
        "UPDATE entry_version SET to_position = 200 WHERE from_position = 3",
        "position 3: the projection ends this version elsewhere than the log",
    ),
    (
        "entry_version",
        "DELETE FROM version_term WHERE from_position = 3; DELETE FROM version_placement WHERE from_position = 3; DELETE FROM version_relation WHERE from_position = 3; DELETE FROM entry_version WHERE from_position = 3",
        "position 3: the projection has no such version",
    ),
    (
        "version_placement",
        "DELETE FROM version_placement WHERE from_position = 3",
        "position 3: the projection differs from what the log says",
    ),
    (
        "log_node",
        "UPDATE log_node SET hash = (SELECT sha256 FROM content LIMIT 1)",
        "node 1/0 is not that of the leaf hashes",
    ),
    ("log_node", "DELETE FROM log_node", "node 1/0 is missing"),
    (
        "log_head",
        "UPDATE log_head SET root = (SELECT sha256 FROM content LIMIT 1)",
        "the head's root is not that of the leaf hashes",
    ),
    (
        "log_head",
        "UPDATE log_head SET size = size - 1",
        "position 261: a leaf beyond the head",
    ),
];

/// The statement in the words of the database.
fn spelled(statement: &str, backend: Backend) -> String {
    let replaced = |column: &str, from: &str, to: &str| match backend {
        Sqlite => format!("CAST(replace(CAST({column} AS TEXT), '{from}', '{to}') AS BLOB)"),
        Postgres => format!("convert_to(replace(convert_from({column}, 'UTF8'), '{from}', '{to}'), 'UTF8')"),
    };
    statement
        .replace(
            "{envelope with another owner}",
            &replaced("envelope", "\"owner\":\"370214\"", "\"owner\":\"370213\""),
        )
        .replace(
            "{content with another title}",
            &replaced("bytes", "的名称", "的名字"),
        )
}

/// Switches a table's triggers off, as its owner may.
pub fn disarm(registry: &Registry, backend: Backend, table: &str) {
    let statement = match (backend, table) {
        (Sqlite, "log_leaf") => {
            "DROP TRIGGER log_leaf_no_update; DROP TRIGGER log_leaf_no_delete;".to_owned()
        }
        (Sqlite, "log_node") => {
            "DROP TRIGGER log_node_no_update; DROP TRIGGER log_node_no_delete;".to_owned()
        }
        (Sqlite, "content") => "DROP TRIGGER content_unchanged; DROP TRIGGER content_kept;".to_owned(),
        (Sqlite, _) => return,
        (Postgres, _) => format!("ALTER TABLE {table} DISABLE TRIGGER USER"),
    };
    registry.execute(&statement).unwrap();
}

#[rstest]
fn whoever_tampers_with_the_database_is_found_out(
    #[values(Sqlite, Postgres)] backend: Backend,
    #[values(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14)] way: usize,
) {
    let (table, statement, expected) = TAMPERED[way];
    let mut registry = Registry::start(backend);
    let district = registry.as_district(OWNER);
    let place = json!([{"framework": "qingdao", "cell": {"subsystem": "老有颐养", "dimension": "process"}}]);
    let rows: Vec<Value> = (1..=259)
        .map(|serial| {
            let number = format!("T/QDAS {serial}-2024");
            creation(
                OWNER,
                row_with(
                    &number,
                    json!({"keywords": [format!("{serial}")], "placements": place}),
                ),
            )
        })
        .collect();
    district.bulk(&rows).expect(200);
    registry.stop();
    let (code, told) = registry.fsck();
    assert_eq!(code, Some(0), "{told}");

    disarm(&registry, backend, table);
    registry.execute(&spelled(statement, backend)).unwrap();
    let (code, told) = registry.fsck();
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains(expected), "expected \"{expected}\" in\n{told}");
}

#[rstest]
fn a_damaged_log_takes_no_more_writes(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = lived_in(backend);
    registry.stop();
    disarm(&registry, backend, "log_leaf");
    registry
        .execute("UPDATE log_leaf SET leaf_hash = (SELECT sha256 FROM content LIMIT 1) WHERE position = 3")
        .unwrap();
    let mut serve = registry.command("serve");
    let ended = serve.args(["--bind", "127.0.0.1:0"]).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(told.contains("log"), "{told}");
}
