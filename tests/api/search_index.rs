//! The search index is a projection: whole after every start and every rebuild, checked, and silent on what was erased.

use rstest::rstest;
use serde_json::json;

use crate::redaction::{OWNER, redact, unlawful};
use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::Registry;
use crate::support::entry::{care_home_safety, row_with};
use crate::support::query::encoded;

#[track_caller]
fn finds(registry: &Registry, words: &str) -> Vec<String> {
    registry.anonymous().numbers(&format!("q={}", encoded(words)))
}

#[rstest]
fn what_was_erased_is_found_at_no_position(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    let district = registry.as_district(OWNER);
    let entry = district.create(OWNER, unlawful("GB 38600-2019"));
    let entry = district.replace(&entry, OWNER, care_home_safety());
    let words = encoded("370214199001011234");
    let at = |position: u64| district.numbers(&format!("q={words}&as_of={position}"));
    assert_eq!(at(entry.position - 1), ["GB 38600-2019"]);
    redact(&registry, &entry, &[1]);
    for position in [entry.position - 1, entry.position, district.log_head()] {
        assert!(at(position).is_empty(), "at {position}");
    }
    assert_eq!(finds(&registry, "养老机构"), ["GB 38600-2019"]);
    registry.stop();
    let (code, told) = registry.fsck();
    assert_eq!(code, Some(0), "{told}");
    if backend == Sqlite {
        // Not even in the pages of the index.
        let file = std::fs::read(registry.data().join("registry.sqlite")).unwrap();
        let secret = b"370214199001011234";
        assert!(!file.windows(secret.len()).any(|window| window == secret));
    }
}

#[rstest]
fn an_index_that_is_missing_or_made_otherwise_is_made_at_start(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    let city = registry.as_city();
    let entry = city.create(
        OWNER,
        row_with("GB/T 28220-2011", json!({"title": "公共图书馆服务规范"})),
    );
    city.change(&entry, json!({"title": "公共文化馆服务规范"}));
    city.create(OWNER, care_home_safety());
    let as_of = |registry: &Registry| {
        let query = format!("q={}&as_of={}", encoded("图书"), entry.position);
        registry.anonymous().numbers(&query)
    };
    assert_eq!(as_of(&registry), ["GB/T 28220-2011"]);
    let lost = [
        // A release before this one, or one still running beside it, knew no index.
        "DELETE FROM version_search WHERE from_position > 2",
        // Another dictionary was in use.
        "UPDATE setting SET value = 'older' WHERE name = 'search_version'",
    ];
    for statement in lost {
        registry.stop();
        if backend == Sqlite && statement.starts_with("DELETE") {
            registry
                .execute("INSERT INTO version_token (version_token) VALUES ('delete-all')")
                .unwrap();
            registry.execute("DELETE FROM version_search").unwrap();
        }
        registry.execute(statement).unwrap();
        registry.restart();
        assert_eq!(as_of(&registry), ["GB/T 28220-2011"], "{statement}");
        assert_eq!(finds(&registry, "养老"), ["GB 38600-2019"], "{statement}");
        registry.stop();
        let (code, told) = registry.fsck();
        assert_eq!(code, Some(0), "{statement}: {told}");
        registry.restart();
    }
    registry.stop();
    let rebuilt = registry.command("rebuild").output().unwrap();
    assert!(rebuilt.status.success());
    registry.restart();
    assert_eq!(as_of(&registry), ["GB/T 28220-2011"]);
}

#[rstest]
#[case::a_text(
    "UPDATE version_search SET title = '假' WHERE from_position = 2",
    "differs from what the log says"
)]
#[case::a_text_lost(
    "DELETE FROM version_search WHERE from_position = 2",
    "differs from what the log says"
)]
fn an_index_that_was_tampered_with_is_noticed(
    #[values(Sqlite, Postgres)] backend: Backend,
    #[case] statement: &str,
    #[case] expected: &str,
) {
    let mut registry = Registry::start(backend);
    let entry = registry.as_city().create(OWNER, care_home_safety());
    registry.stop();
    let statement = statement.replace("= 2", &format!("= {}", entry.position));
    registry.execute(&statement).unwrap();
    let (code, told) = registry.fsck();
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains(expected), "{told}");
}

#[rstest]
fn tokens_that_do_not_fit_are_noticed(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    let entry = registry.as_city().create(OWNER, care_home_safety());
    registry.stop();
    let position = entry.position;
    registry
        .execute(&match backend {
            Sqlite => format!("INSERT INTO version_token (rowid, tokens) VALUES ({position}, '偷换')"),
            Postgres => format!("UPDATE version_search SET tokens = '偷换' WHERE from_position = {position}"),
        })
        .unwrap();
    let (code, told) = registry.fsck();
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("search index differs"), "{told}");
}
