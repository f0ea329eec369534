//! Erasing for a legal reason: the bytes go for good, the record of it stays, and everything else goes on.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::catalogue::creation;
use crate::support::entry::{body, faults, numbers_of, problem, row, row_with};
use crate::support::{Answer, Client, Entry, Registry};

pub const OWNER: &str = "370214";
pub const REASON: &str = "起草人信息栏误录个人身份证件号码，应当删除";
pub const BASIS: &str = "《中华人民共和国个人信息保护法》第四十七条";

/// What must not be seen again.
const SECRET: &str = "370214199001011234";

/// May erase what the city and its districts hold.
pub fn counsel(registry: &Registry) -> Client {
    registry.as_subject("counsel", &["370200"], "admin")
}

fn order(entry: &Entry, revisions: &[u64], members: Value) -> Value {
    let mut order = json!({"entry": entry.id, "revisions": revisions, "reason": REASON, "basis": BASIS});
    for (name, value) in members.as_object().unwrap() {
        order[name.as_str()] = value.clone();
    }
    order
}

#[track_caller]
pub fn redact(registry: &Registry, entry: &Entry, revisions: &[u64]) -> Answer {
    let order = order(entry, revisions, json!({}));
    counsel(registry).post("/v1/redactions", &order).expect(201)
}

/// A row whose title holds what should never have been there.
pub fn unlawful(number: &str) -> Value {
    row_with(
        number,
        json!({"title": format!("联系人证件号 {SECRET}"), "keywords": [SECRET]}),
    )
}

#[track_caller]
pub fn assert_not_shown(answer: &Answer) {
    assert!(
        !String::from_utf8_lossy(&answer.body).contains(SECRET),
        "\n{answer:?}"
    );
}

#[rstest]
fn an_erased_content_is_gone_from_every_answer(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(OWNER);
    let reader = registry.anonymous();
    let place = json!([{"framework": "qingdao", "cell": {"subsystem": "老有颐养", "dimension": "process"}}]);
    let mut content = unlawful("GB 38600-2019");
    content["placements"] = place;
    content["relations"] =
        json!([{"type": "replaces", "extent": "whole", "target": {"number": "GB/T 35796-2007"}}]);
    let entry = district.create(OWNER, content);
    district.create(OWNER, row("GB/T 35796-2007"));
    let before = reader.log_head();
    let paths = [
        "/v1/standards".to_owned(),
        format!("/v1/standards?as_of={before}"),
        "/v1/standards?sort=title&facets=level,origin,validity&count=true".to_owned(),
        "/v1/standards/lookup?number=GB/T%2035796-2007".to_owned(),
        "/v1/frameworks/qingdao/matrix".to_owned(),
        format!("{}/revisions", entry.path),
        format!("{}/relations", entry.path),
    ];
    // Read once before, so that whatever is kept in memory is there.
    for path in &paths {
        reader.get(path).expect(200);
        reader.with("Accept", "text/csv").get("/v1/standards").expect(200);
    }

    let done = redact(&registry, &entry, &[1]);

    let position = done.at("/position").as_u64().unwrap();
    assert_eq!(position, reader.log_head());
    assert_eq!(
        done.header("Location"),
        Some(format!("/v1/redactions/{position}"))
    );
    assert_eq!(done.at("/actor"), "counsel");
    assert_eq!(done.at("/reason"), REASON);
    assert_eq!(done.at("/basis"), BASIS);
    assert_eq!(done.at("/erased/0/entry"), entry.id.as_str());
    assert_eq!(done.at("/erased/0/part"), "content");
    assert_eq!(done.at("/erased/0/position"), entry.position);
    assert_eq!(done.at("/erased/1"), Value::Null);

    for path in [
        entry.path.clone(),
        format!("{}?as_of={before}", entry.path),
        format!("{}/revisions/1", entry.path),
        format!("{}/diff", entry.path),
    ] {
        let gone = reader.get(&path).expect(410);
        assert_eq!(problem(&gone), "redacted");
        assert_eq!(gone.at("/redacted_by"), position);
        assert_eq!(gone.at("/reason"), REASON);
        assert_eq!(gone.at("/basis"), BASIS);
        assert_eq!(gone.at("/redacted_at"), done.at("/recorded_at"));
        assert_not_shown(&gone);
    }
    for path in &paths {
        assert_not_shown(&reader.get(path).expect(200));
    }
    assert_not_shown(&reader.with("Accept", "text/csv").get("/v1/standards").expect(200));
    let listed = reader.get(&format!("/v1/standards?as_of={before}")).expect(200);
    for items in [
        listed,
        reader.get(&format!("{}/revisions", entry.path)).expect(200),
    ] {
        let items = items.at("/items");
        let erased = items
            .as_array()
            .unwrap()
            .iter()
            .find(|item| item["id"] == entry.id.as_str());
        let erased = erased.expect("the row is still listed");
        assert_eq!(erased["redacted_by"], position);
        assert_eq!(erased["content"], Value::Null);
        assert_eq!(erased["reason"], "列入目录");
    }
    // The number is nobody's any more.
    reader
        .get("/v1/standards/lookup?number=GB%2038600-2019")
        .expect(404);
}

#[rstest]
fn redactions_are_on_public_record(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(OWNER);
    let reader = registry.anonymous();
    assert_eq!(reader.get("/v1/redactions").expect(200).at("/items"), json!([]));
    let done: Vec<Value> = ["GB 38600-2019", "GB/T 35796-2017", "MZ/T 039-2013"]
        .into_iter()
        .map(|number| {
            let entry = district.create(OWNER, unlawful(number));
            redact(&registry, &entry, &[1]).json()
        })
        .collect();

    let first = reader.get("/v1/redactions?limit=2").expect(200);
    assert_eq!(first.at("/items"), json!(done[..2]));
    let next = first.at("/next").as_str().unwrap().to_owned();
    let link = format!("</v1/redactions?limit=2&cursor={next}>; rel=\"next\"");
    assert_eq!(first.header("Link"), Some(link));
    let counted = reader.get("/v1/redactions?limit=1&count=true").expect(200);
    assert_eq!(counted.at("/total"), 3);
    let last = reader
        .get(&format!("/v1/redactions?limit=2&cursor={next}"))
        .expect(200);
    assert_eq!(last.at("/items"), json!(done[2..]));
    assert_eq!(last.at("/next"), Value::Null);
    let one = reader
        .get(&format!("/v1/redactions/{}", done[1]["position"]))
        .expect(200);
    assert_eq!(one.json(), done[1]);
    // Other entries of the log are no redactions.
    for position in ["0", "1", "2", "999", "x"] {
        reader.get(&format!("/v1/redactions/{position}")).expect(404);
    }
}

#[rstest]
fn erasing_takes_the_scope_and_the_reach(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let entry = registry
        .as_district(OWNER)
        .create(OWNER, unlawful("GB 38600-2019"));
    let order = order(&entry, &[1], json!({}));
    registry.anonymous().post("/v1/redactions", &order).expect(401);
    let refused = registry.as_city().post("/v1/redactions", &order).expect(403);
    assert_eq!(problem(&refused), "insufficient-scope");
    for elsewhere in [
        registry.as_admin(),
        registry.as_subject("counsel", &["370213"], "admin"),
    ] {
        let refused = elsewhere.post("/v1/redactions", &order).expect(403);
        assert_eq!(problem(&refused), "out-of-reach");
    }
    registry.anonymous().get(&entry.path).expect(200);
}

#[rstest]
fn every_fault_of_an_order_is_named(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let entry = registry
        .as_district(OWNER)
        .create(OWNER, unlawful("GB 38600-2019"));
    let counsel = counsel(&registry);
    let named = |order: Value| faults(&counsel.post("/v1/redactions", &order).expect(422));
    let fault = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
    assert_eq!(
        named(json!({"entry": "x", "revisions": [], "parts": ["title"], "why": 1})),
        [
            fault("/basis", "required"),
            fault("/entry", "not_a_uuid"),
            fault("/parts/0", "unknown_value"),
            fault("/reason", "required"),
            fault("/revisions", "required"),
            fault("/why", "unknown_member"),
        ]
    );
    assert_eq!(
        named(order(&entry, &[1, 7], json!({}))),
        [fault("/revisions/1", "unknown_revision")]
    );
    let nobody = json!({"entry": "01938f5e-7b1a-7000-8000-000000000001"});
    assert_eq!(
        named(order(&entry, &[1], nobody)),
        [fault("/entry", "unknown_entry")]
    );
}

#[rstest]
fn who_else_holds_the_content_has_to_be_meant(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let reader = registry.anonymous();
    let named = registry
        .as_district(OWNER)
        .create(OWNER, unlawful("GB 38600-2019"));
    let copy = registry
        .as_district("370213")
        .create("370213", unlawful("GB 38600-2019"));

    let refused = counsel(&registry)
        .post("/v1/redactions", &order(&named, &[1], json!({})))
        .expect(409);
    assert_eq!(problem(&refused), "shared-content");
    assert_eq!(
        refused.at("/copies"),
        json!([{"entry": copy.id, "owner": "370213", "revisions": [1]}])
    );
    let all = order(&named, &[1], json!({"include_copies": true}));
    let own = registry.as_subject("counsel", &[OWNER], "admin");
    let refused = own.post("/v1/redactions", &all).expect(403);
    assert_eq!(refused.at("/division"), "370213");
    reader.get(&copy.path).expect(200);

    let done = counsel(&registry).post("/v1/redactions", &all).expect(201);
    let erased: Vec<_> = done
        .at("/erased")
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["entry"].clone())
        .collect();
    assert_eq!(erased, [json!(named.id), json!(copy.id)]);
    for entry in [&named, &copy] {
        assert_eq!(
            reader.get(&entry.path).expect(410).at("/redacted_by"),
            done.at("/position")
        );
    }
}

#[rstest]
fn one_order_erases_at_most_fifty_items(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    // The same content comes and goes: each withdrawal and each return names it again.
    let mut entry = city.create(OWNER, unlawful("GB 38600-2019"));
    for _ in 0..25 {
        entry = city.withdraw(&entry);
        entry = city.replace(&entry, OWNER, unlawful("GB 38600-2019"));
    }
    let refused = counsel(&registry)
        .post("/v1/redactions", &order(&entry, &[1], json!({})))
        .expect(422);
    assert_eq!(
        faults(&refused),
        [("/revisions".to_owned(), "too_many".to_owned())]
    );
}

#[rstest]
fn erased_content_does_not_come_back(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(OWNER);
    let entry = district.create(OWNER, unlawful("GB 38600-2019"));
    let position = redact(&registry, &entry, &[1]).at("/position");

    let again = body(OWNER, unlawful("GB 38600-2019"));
    let created = district.post("/v1/standards", &again).expect(409);
    let replaced = district
        .if_match(&entry.etag)
        .put(&entry.path, &again)
        .expect(409);
    for refused in [created, replaced] {
        assert_eq!(problem(&refused), "erased-content");
        assert_eq!(refused.at("/redacted_by"), position);
    }
    let rows = [creation(OWNER, unlawful("GB 38600-2019"))];
    let refused = district.bulk(&rows);
    assert_eq!(
        refused.at("/results/0/problem/redacted_by"),
        position,
        "\n{refused:?}"
    );
    // The number is free again for a row without what had to go.
    district.create(OWNER, row("GB 38600-2019"));
}

#[rstest]
fn what_is_left_can_be_replaced(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(OWNER);
    let reader = registry.anonymous();
    let entry = district.create(OWNER, unlawful("GB 38600-2019"));
    let position = redact(&registry, &entry, &[1]).at("/position");
    let tag = reader.get(&entry.path).expect(410).etag();
    let patch = json!({"reason": "更正", "content": {"title": "养老机构服务安全基本规范"}});
    district.if_match(&tag).patch(&entry.path, &patch).expect(409);

    district
        .if_match(&tag)
        .put(&entry.path, &body(OWNER, row("GB 38600-2019")))
        .expect(200);

    let now = reader.get(&entry.path).expect(200);
    assert_eq!(now.at("/revision"), 2);
    assert_eq!(
        numbers_of(&reader.get("/v1/standards").expect(200)),
        ["GB 38600-2019"]
    );
    for over in ["revisions/1", "diff", "diff?from=1&to=2"] {
        let gone = reader.get(&format!("{}/{over}", entry.path)).expect(410);
        assert_eq!(gone.at("/redacted_by"), position);
    }
    reader.get(&format!("{}/revisions/2", entry.path)).expect(200);
}

#[rstest]
fn what_is_left_can_be_withdrawn_and_restored(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    let district = registry.as_district(OWNER);
    let entry = district.create(OWNER, unlawful("GB 38600-2019"));
    let position = redact(&registry, &entry, &[1]).at("/position");

    let withdrawn = district
        .if_match(&entry.etag)
        .delete(&format!("{}?reason=x", entry.path))
        .expect(200);
    assert_eq!(withdrawn.at("/withdrawn"), true);
    assert_eq!(withdrawn.at("/redacted_by"), position);
    let gone = registry.anonymous().get(&entry.path).expect(410);
    assert_eq!(problem(&gone), "withdrawn");
    district
        .if_match(&gone.etag())
        .put(&entry.path, &body(OWNER, row("GB 38600-2019")))
        .expect(200);
    assert_eq!(
        registry.anonymous().get(&entry.path).expect(200).at("/action"),
        "restore"
    );
    registry.stop();
    let (code, told) = registry.fsck();
    assert_eq!(code, Some(0), "{told}");
}

#[rstest]
fn a_note_goes_without_its_content(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(OWNER);
    let reader = registry.anonymous();
    let mut said = body(OWNER, row("GB 38600-2019"));
    said["reason"] = json!(format!("应 {SECRET} 之请"));
    let entry = Entry::of(&district.post("/v1/standards", &said).expect(201));
    reader.get(&entry.path).expect(200);

    let order = order(&entry, &[1], json!({"parts": ["note"]}));
    let done = counsel(&registry).post("/v1/redactions", &order).expect(201);

    assert_eq!(done.at("/erased/0/part"), "note");
    for path in [entry.path.clone(), format!("{}/revisions/1", entry.path)] {
        let shown = reader.get(&path).expect(200);
        assert_not_shown(&shown);
        assert_eq!(shown.at("/reason"), Value::Null);
        assert_eq!(shown.at("/note_redacted_by"), done.at("/position"));
        assert_eq!(shown.at("/redacted_by"), Value::Null);
        assert_eq!(shown.at("/content/number"), "GB 38600-2019");
    }
}

#[rstest]
fn an_order_sent_twice_is_carried_out_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let entry = registry
        .as_district(OWNER)
        .create(OWNER, unlawful("GB 38600-2019"));
    let order = order(&entry, &[1], json!({}));
    let retrying = counsel(&registry).with("Idempotency-Key", "order-47");
    let first = retrying.post("/v1/redactions", &order).expect(201);
    let second = retrying.post("/v1/redactions", &order).expect(201);
    assert_eq!(second.header("Idempotency-Replayed").as_deref(), Some("true"));
    assert_eq!(second.json(), first.json());
    let refused = counsel(&registry).post("/v1/redactions", &order).expect(409);
    assert_eq!(problem(&refused), "conflict");
    assert_eq!(refused.at("/redacted_by"), first.at("/position"));
}

#[rstest]
fn answers_kept_for_retries_do_not_tell(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(OWNER).with("Idempotency-Key", "push-1");
    let path = format!("/v1/catalogue?owner={OWNER}");
    let rows = json!({"reason": "按来源更新", "standards": [unlawful("GB 38600-2019")]});
    let pushed = district.put(&path, &rows).expect(200);
    let id = pushed.at("/items/0/id").as_str().unwrap().to_owned();
    let entry = Entry {
        path: format!("/v1/standards/{id}"),
        id,
        etag: String::new(),
        revision: 1,
        position: 0,
    };
    let creating = registry.as_district("370213").with("Idempotency-Key", "create-1");
    let copy = body("370213", unlawful("GB 38600-2019"));
    creating.post("/v1/standards", &copy).expect(201);

    let order = order(&entry, &[1], json!({"include_copies": true}));
    counsel(&registry).post("/v1/redactions", &order).expect(201);

    let again = creating.post("/v1/standards", &copy).expect(201);
    assert_eq!(again.header("Idempotency-Replayed").as_deref(), Some("true"));
    assert_not_shown(&again);
    // Nothing is left to replay the push from: it is judged anew.
    let refused = district.put(&path, &rows).expect(422);
    assert_eq!(refused.at("/plan/counts/refused"), 1, "\n{refused:?}");
    assert_eq!(refused.header("Idempotency-Replayed"), None);
}

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
fn another_instance_serves_no_erased_bytes() {
    let here = Registry::start(Postgres);
    let there = here.second_instance();
    let district = here.as_district(OWNER);
    let reader = there.anonymous();
    let entry = district.create(OWNER, unlawful("GB 38600-2019"));
    let before = reader.log_head();
    let paths = [
        entry.path.clone(),
        format!("{}?as_of={before}", entry.path),
        format!("{}/revisions/1", entry.path),
    ];
    // The other instance has both answer and content in memory.
    let lists = ["/v1/standards".to_owned(), format!("{}/revisions", entry.path)];
    for path in paths.iter().chain(&lists) {
        reader.get(path).expect(200);
    }
    let tag = reader.get(&entry.path).expect(200).etag();

    redact(&here, &entry, &[1]);

    for path in &paths {
        assert_not_shown(&reader.get(path).expect(410));
    }
    reader.with("If-None-Match", &tag).get(&entry.path).expect(410);
    for path in &lists {
        assert_not_shown(&reader.get(path).expect(200));
    }
    let again = body(OWNER, unlawful("GB 38600-2019"));
    let refused = there.as_district(OWNER).post("/v1/standards", &again).expect(409);
    assert_eq!(problem(&refused), "erased-content");
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
