//! What happens to the log itself, and bytes that were erased, as followers hear of them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rstest::rstest;
use serde_json::{Value, json};
use standards_registry::log::envelope::{Erased, ErasedPart, Event, KeyRef, Note, TreeRef};
use standards_registry::log::hash::{from_hex, leaf_hash, to_hex};
use standards_registry::registry::append::{Occurrence, append_event};
use standards_registry::store::conn::{Conn, Purpose};
use standards_registry::store::{content, dialect};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::copy::Copy;
use crate::support::entry::care_home_safety;
use crate::support::{Entry, Registry};

const OWNER: &str = "370214";

/// Three events after one standard whose content was erased. Answers the standard and the position of the redaction.
fn with_events(registry: &mut Registry) -> (Entry, i64) {
    let entry = registry.as_city().create(OWNER, care_home_safety());
    let sha256 = registry
        .anonymous()
        .get(&entry.path)
        .expect(200)
        .at("/content_sha256");
    let sha256 = sha256.as_str().unwrap().to_owned();
    registry.stop();
    let mut conn = Conn::establish(&registry.location(), Purpose::Write).unwrap();
    let key = KeyRef {
        id: "0a1b2c3d".to_owned(),
        name: "standards.qingdao.gov.cn/1".to_owned(),
        public_key: STANDARD.encode([7; 33]),
    };
    let erased = Erased {
        entry: entry.id.clone(),
        kind: "standard".to_owned(),
        part: ErasedPart::Content,
        position: i64::try_from(entry.position).unwrap(),
        revision: 1,
        sha256: sha256.clone(),
    };
    let previous = TreeRef {
        epoch: 1,
        root: "44".repeat(32),
        size: 4,
    };
    let position = append(&mut conn, Event::Key(key));
    append(&mut conn, Event::Redact(vec![erased]));
    append(&mut conn, Event::Epoch { epoch: 2, previous });
    content::erase(&mut conn, &[from_hex(&sha256).unwrap().to_vec()], 1).unwrap();
    drop(conn);
    registry.restart();
    (entry, position + 1)
}

fn append(conn: &mut Conn, event: Event) -> i64 {
    dialect::begin_write(conn).unwrap();
    let head = dialect::lock_head(conn).unwrap().expect("a head");
    let reason = Some("依申请删除个人信息".to_owned());
    let appended = append_event(
        conn,
        &head,
        &Occurrence {
            actor: "管理员".to_owned(),
            request: "test".to_owned(),
            note: Note::new(reason, None, [1; 16]),
            event,
        },
    );
    let position = appended.unwrap().positions[0];
    dialect::commit(conn).unwrap();
    position
}

fn items(registry: &Registry, query: &str) -> Vec<Value> {
    let page = registry
        .anonymous()
        .get(&format!("/v1/changes?{query}"))
        .expect(200);
    page.at("/items").as_array().unwrap().clone()
}

#[rstest]
fn events_have_their_places_among_the_changes(
    #[values(Sqlite, Postgres)] backend: Backend,
    #[values(1, 2, 1000)] limit: usize,
) {
    let mut registry = Registry::start(backend);
    let (_, redaction) = with_events(&mut registry);
    let mut copy = Copy::default();
    copy.catch_up(&registry.anonymous(), &format!("&limit={limit}"));
    assert!(
        copy.positions.iter().copied().eq(1..=redaction + 1),
        "{:?}",
        copy.positions
    );
}

#[rstest]
fn an_event_says_what_happened_by_whom_and_why(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    let (entry, redaction) = with_events(&mut registry);
    let events = items(&registry, &format!("leaf=true&after={}", redaction - 2));
    assert_eq!(events.len(), 3);
    for (event, kind) in events.iter().zip(["key", "redact", "epoch"]) {
        assert_eq!(event["type"], kind);
        assert_eq!(event["action"], kind);
        assert_eq!(event["actor"], "管理员");
        assert_eq!(event["reason"], "依申请删除个人信息");
        let envelope = STANDARD
            .decode(event["leaf"]["envelope"].as_str().unwrap())
            .unwrap();
        assert_eq!(event["leaf"]["hash"], to_hex(&leaf_hash(&envelope)));
        assert_eq!(event["leaf"]["note"]["reason"], event["reason"]);
        let envelope: Value = serde_json::from_slice(&envelope).unwrap();
        for member in ["position", "recorded_at", "key", "erased", "epoch", "previous"] {
            assert_eq!(event.get(member), envelope.get(member), "{kind}: {member}");
        }
    }
    assert_eq!(events[0]["key"]["name"], "standards.qingdao.gov.cn/1");
    assert_eq!(events[1]["erased"][0]["entry"], entry.id);
    assert_eq!(events[2]["epoch"], 2);
}

#[rstest]
fn everybody_hears_of_a_redaction_and_only_of_that(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    let (_, redaction) = with_events(&mut registry);
    for query in [
        "owner=370213",
        "owner=370213&limit=1",
        "owner=370213&mode=latest",
        "kind=framework&after=1",
    ] {
        let items = items(&registry, query);
        assert_eq!(items.len(), 1, "{query}: {items:?}");
        assert_eq!(items[0]["type"], "redact");
        assert_eq!(items[0]["position"], redaction);
    }
    for query in ["&owner=370213", "&mode=latest", "&kind=framework"] {
        let mut copy = Copy::default();
        copy.catch_up(&registry.anonymous(), &format!("{query}&limit=1"));
    }
}

#[rstest]
fn an_erased_content_is_absent_and_all_else_is_there(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    let (entry, _) = with_events(&mut registry);
    let shown = &items(&registry, &format!("after={}&leaf=true", entry.position - 1))[0];
    assert_eq!(shown["id"], entry.id);
    assert_eq!(shown.get("content"), None);
    assert_eq!(shown["reason"], "列入目录");
    assert!(shown["leaf"]["envelope"].is_string());
    let live = registry.anonymous().get("/v1/snapshot").expect(200);
    let item = &live.at("/items/1");
    assert_eq!((&item["id"], item.get("content")), (&json!(entry.id), None));
}

#[rstest]
fn a_cursor_from_an_earlier_epoch_still_names_its_place(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    let mut copy = Copy::default();
    copy.catch_up(&registry.anonymous(), "");
    let (_, redaction) = with_events(&mut registry);
    copy.catch_up(&registry.anonymous(), "");
    assert!(copy.positions.iter().copied().eq(1..=redaction + 1));
}
