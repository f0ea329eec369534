//! 移出目录: a row leaves its owner's catalogue, keeps its history, and can come back.

use rstest::rstest;
use serde_json::json;

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::entry::{body, problem, row};
use crate::support::{Entry, Registry};

#[rstest]
fn withdrawing_answers_with_the_withdrawn_entry(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let entry = district.create("370214", row("GB 38600-2019"));

    let path = format!(
        "{}?reason=%E9%87%8D%E5%A4%8D&basis=%E6%96%87%E5%8F%B7",
        entry.path
    );
    let withdrawn = district.if_match(&entry.etag).delete(&path).expect(200);

    assert_eq!(withdrawn.at("/withdrawn"), true);
    assert_eq!(withdrawn.at("/action"), "withdraw");
    assert_eq!(withdrawn.at("/reason"), "重复");
    assert_eq!(withdrawn.at("/basis"), "文号");
    assert_eq!(withdrawn.at("/revision"), 2);
    assert_eq!(withdrawn.at("/content/number"), "GB 38600-2019");
}

#[rstest]
fn withdrawing_needs_a_reason_and_an_if_match(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let entry = district.create("370214", row("GB 38600-2019"));
    let refused = district.if_match(&entry.etag).delete(&entry.path);
    assert!(matches!(refused.status.as_u16(), 400 | 422), "\n{refused:?}");
    assert_eq!(refused.at("/errors/0/code"), "required");
    district.delete(&format!("{}?reason=x", entry.path)).expect(428);
    district.get(&entry.path).expect(200);
}

#[rstest]
fn a_withdrawn_entry_is_410_and_says_how_to_go_on(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let entry = district.create("370214", row("GB 38600-2019"));
    let withdrawn = district.withdraw(&entry);

    let gone = registry.anonymous().get(&entry.path).expect(410);
    assert_eq!(problem(&gone), "withdrawn");
    assert_eq!(gone.at("/revision"), 2);
    assert_eq!(gone.at("/reason"), "重复登记");
    assert_eq!(gone.at("/last_content_revision"), 1);
    let revision = district.get(&format!("{}/revisions/2", entry.path)).expect(200);
    assert_eq!(gone.at("/withdrawn_at"), revision.at("/recorded_at"));

    // The tag the refusal carries is good for restoring.
    let restored = district
        .if_match(&gone.etag())
        .put(&entry.path, &body("370214", row("GB 38600-2019")));
    let restored = restored.expect(200);
    assert_eq!(restored.at("/action"), "restore");
    assert_eq!(restored.at("/revision"), 3);
    assert_eq!(restored.at("/withdrawn"), false);
    assert_ne!(restored.etag(), withdrawn.etag);
    district.get(&entry.path).expect(200);
}

#[rstest]
fn history_diff_relations_and_an_earlier_time_still_answer(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let entry = district.create("370214", row("GB 38600-2019"));
    let withdrawn = district.withdraw(&entry);
    let anyone = registry.anonymous();

    let path = &entry.path;
    assert_eq!(
        anyone
            .get(&format!("{path}/revisions"))
            .expect(200)
            .at("/items/1/withdrawn"),
        true
    );
    anyone.get(&format!("{path}/revisions/1")).expect(200);
    anyone.get(&format!("{path}/revisions/2")).expect(200);
    anyone.get(&format!("{path}/diff?from=1&to=2")).expect(200);
    anyone.get(&format!("{path}/relations")).expect(200);
    let earlier = anyone
        .get(&format!("{path}?as_of={}", entry.position))
        .expect(200);
    assert_eq!(earlier.at("/revision"), 1);
    anyone
        .get(&format!("{path}?as_of={}", withdrawn.position))
        .expect(410);
}

#[rstest]
fn a_withdrawn_entry_can_only_be_restored(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let entry = district.create("370214", row("GB 38600-2019"));
    let withdrawn = district.withdraw(&entry);
    let head = district.log_head();

    let on_it = district.if_match(&withdrawn.etag);
    let patch = json!({"reason": "更名", "content": {"title": "甲"}});
    on_it.patch(&entry.path, &patch).expect(410);
    on_it.delete(&format!("{}?reason=x", entry.path)).expect(410);
    district
        .if_match(&entry.etag)
        .put(&entry.path, &body("370214", row("GB 38600-2019")))
        .expect(412);

    assert_eq!(district.log_head(), head);
}

#[rstest]
fn a_row_can_leave_and_come_back_many_times(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let mut entry = district.create("370214", row("GB 38600-2019"));
    for _ in 0..3 {
        let withdrawn = district.withdraw(&entry);
        entry = district.replace(&withdrawn, "370214", row("GB 38600-2019"));
    }
    let history = district.get(&format!("{}/revisions", entry.path)).expect(200);
    let history = history.at("/items");
    let actions: Vec<_> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions,
        [
            "create", "withdraw", "restore", "withdraw", "restore", "withdraw", "restore"
        ]
    );
    let revisions: Vec<_> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["revision"].as_u64().unwrap())
        .collect();
    assert_eq!(revisions, [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(Entry::of(&district.get(&entry.path).expect(200)).revision, 7);
}
