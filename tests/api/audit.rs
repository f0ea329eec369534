//! The audit trail: every revision of everything, for those who may see it, in any form and at any size.

use std::io::{Cursor, Read};

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::Registry;
use crate::support::catalogue::register_large;
use crate::support::entry::{Entry, care_home_safety, faults, row};

const CHENGYANG: &str = "370214";
const SHIBEI: &str = "370203";
const TRAIL: &str = "/v1/audit/revisions";

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

const NONE: [i64; 0] = [];

/// Two districts' work: one row created, changed, withdrawn; one created.
fn fill(registry: &Registry) -> (Entry, Entry) {
    let chengyang = registry.as_district(CHENGYANG);
    let first = chengyang.create(CHENGYANG, care_home_safety());
    let changed = chengyang.change(&first, json!({"title": "=1+1"}));
    chengyang.withdraw(&changed);
    let second = registry
        .as_district(SHIBEI)
        .create(SHIBEI, row("GB/T 35796-2017"));
    (first, second)
}

fn positions(items: &[Value]) -> Vec<i64> {
    items
        .iter()
        .map(|item| item["position"].as_i64().unwrap())
        .collect()
}

#[rstest]
fn the_trail_is_for_auditors_only(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    for path in [TRAIL, "/v1/audit/revisions?all=true"] {
        registry.anonymous().get(path).expect(401);
        registry.as_city().get(path).expect(403);
        registry.as_admin().get(path).expect(403);
        registry.as_auditor().get(path).expect(200);
    }
}

#[rstest]
fn every_revision_is_told_with_what_proves_it(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let (first, second) = fill(&registry);
    let auditor = registry.as_auditor();
    let trail = auditor.get(TRAIL).expect(200);
    let items = trail.at("/items").as_array().unwrap().clone();
    let told = positions(&items);
    assert!(told.windows(2).all(|pair| pair[0] < pair[1]), "{told:?}");
    assert_eq!(told.last(), Some(&i64::try_from(second.position).unwrap()));
    assert_eq!(trail.at("/next"), Value::Null);
    assert_eq!(trail.at("/position"), second.position);

    let history = auditor.every(&format!("{}/revisions", first.path));
    let of_first: Vec<Value> = items
        .into_iter()
        .filter(|item| item["id"] == json!(first.id))
        .map(|mut item| {
            let members = item.as_object_mut().unwrap();
            assert_eq!(members.remove("leaf_hash").unwrap().as_str().unwrap().len(), 64);
            assert!(!members.remove("request").unwrap().as_str().unwrap().is_empty());
            item
        })
        .collect();
    assert_eq!(of_first, history);
}

#[rstest]
fn every_condition_narrows_the_trail(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let (first, second) = fill(&registry);
    let auditor = registry.as_auditor();
    let start = i64::try_from(first.position).unwrap();
    let told = |query: &str| positions(&auditor.every(&format!("{TRAIL}?{query}")));
    assert_eq!(
        told(&format!("entry={}", first.id)),
        [start, start + 1, start + 2]
    );
    assert_eq!(told("actor=district-370203"), [start + 3]);
    assert_eq!(
        told("owner=370214&owner=370203&action=create"),
        [start, start + 3]
    );
    assert_eq!(told("owner=370200&action=withdraw"), [start + 2]);
    assert_eq!(told("action=update&action=withdraw"), [start + 1, start + 2]);
    assert_eq!(told("kind=framework").len(), 1);
    assert_eq!(
        told(&format!("from={}&to={}", start + 1, start + 2)),
        [start + 1, start + 2]
    );
    assert_eq!(told(&format!("kind=standard&to={start}")), [start]);
    assert_eq!(told(&format!("from={}", second.position + 1)), NONE);

    let all = auditor.every(TRAIL);
    let at =
        |position: i64| all.iter().find(|item| item["position"] == position).unwrap()["recorded_at"].clone();
    let (from, to) = (at(start + 1), at(start + 2));
    let between = format!("from={}&to={}", from.as_str().unwrap(), to.as_str().unwrap());
    assert_eq!(told(&between), [start + 1, start + 2]);
    let today = chrono_day(&to);
    assert_eq!(told(&format!("kind=standard&from={today}&to={today}")).len(), 4);
    assert_eq!(told("kind=standard&from=2999-01-01"), NONE);
}

/// The day in Shanghai of an instant of today.
fn chrono_day(instant: &Value) -> String {
    let instant = chrono::DateTime::parse_from_rfc3339(instant.as_str().unwrap()).unwrap();
    let shanghai = chrono::FixedOffset::east_opt(8 * 3600).unwrap();
    instant.with_timezone(&shanghai).date_naive().to_string()
}

#[rstest]
fn what_makes_no_sense_is_refused_all_at_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let auditor = registry.as_auditor();
    let refused = auditor
        .get("/v1/audit/revisions?entry=x&action=erase&owner=999999&from=yesterday&actr=a&limit=0")
        .expect(400);
    let named: Vec<String> = faults(&refused).into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(named, ["?action", "?actr", "?entry", "?from", "?limit", "?owner"]);
    auditor.get("/v1/audit/revisions?all=true&limit=5").expect(400);
    auditor.get("/v1/audit/revisions?to=999999").expect(400);
    auditor.get("/v1/audit/revisions?cursor=abc").expect(400);
    auditor.with("Accept", "application/pdf").get(TRAIL).expect(406);
}

#[rstest]
fn pages_stay_pinned_while_others_write(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    fill(&registry);
    let auditor = registry.as_auditor();
    let whole = positions(&auditor.every(TRAIL));
    let mut told = Vec::new();
    let mut page = auditor.get("/v1/audit/revisions?limit=2").expect(200);
    loop {
        told.extend(positions(page.at("/items").as_array().unwrap()));
        registry
            .as_city()
            .create("370200", row(&format!("GB/T 1{:04}-2020", told.len())));
        let Value::String(next) = page.at("/next") else {
            break;
        };
        let other = format!("/v1/audit/revisions?limit=2&owner=370200&cursor={next}");
        assert_eq!(
            faults(&auditor.get(&other).expect(400))[0].1,
            "cursor_of_another_question"
        );
        page = auditor
            .get(&format!("/v1/audit/revisions?limit=2&cursor={next}"))
            .expect(200);
    }
    assert_eq!(told, whole);
}

#[rstest]
fn one_answer_can_hold_everything(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    fill(&registry);
    let auditor = registry.as_auditor();
    let items = auditor.every(TRAIL);

    let json = auditor.get("/v1/audit/revisions?all=true").expect(200);
    assert_eq!(json.at("/items"), Value::Array(items.clone()));
    assert_eq!(
        (json.at("/end"), json.at("/count")),
        (json!(true), json!(items.len()))
    );

    let mut lines = auditor
        .with("Accept", "application/x-ndjson")
        .get(TRAIL)
        .expect(200)
        .lines();
    let closing = lines.pop().unwrap();
    assert_eq!(lines, items);
    let head = items.last().unwrap()["position"].clone();
    assert_eq!(
        closing,
        json!({"end": true, "next": null, "position": head, "count": items.len()})
    );

    let page = auditor
        .with("Accept", "application/x-ndjson")
        .get("/v1/audit/revisions?limit=2")
        .expect(200);
    let closing = page.lines().pop().unwrap();
    assert_eq!((&closing["end"], &closing["count"]), (&json!(false), &json!(2)));
    assert!(closing["next"].is_string() && page.header("Link").is_some());
}

#[rstest]
fn spreadsheets_open_it_and_run_nothing(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    fill(&registry);
    let auditor = registry.as_auditor();
    let items = auditor.every(TRAIL);

    let csv = auditor
        .with("Accept", "text/csv")
        .get("/v1/audit/revisions?bom=true")
        .expect(200);
    let csv = csv.text();
    let mut reader = csv::Reader::from_reader(csv.strip_prefix('\u{feff}').expect("a mark").as_bytes());
    let heads = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), items.len());
    for (row, item) in rows.iter().zip(&items) {
        for name in [
            "id",
            "request",
            "leaf_hash",
            "content_sha256",
            "recorded_at",
            "owner",
            "actor",
            "action",
        ] {
            let place = heads.iter().position(|head| head == name).unwrap();
            assert_eq!(row[place], *item[name].as_str().unwrap(), "{name}");
        }
        assert!(row.iter().all(|cell| !cell.starts_with('=')));
    }
    let plain = auditor.with("Accept", "text/csv").get(TRAIL).expect(200);
    assert!(plain.text().starts_with("position,"));

    let workbook = auditor.with("Accept", XLSX).get(TRAIL).expect(200);
    assert_eq!(workbook.header("Content-Type").as_deref(), Some(XLSX));
    let mut archive = zip::ZipArchive::new(Cursor::new(&workbook.body)).unwrap();
    let mut sheet = String::new();
    archive
        .by_name("xl/worksheets/sheet1.xml")
        .unwrap()
        .read_to_string(&mut sheet)
        .unwrap();
    assert!(sheet.contains("日志位置") && sheet.contains("state=\"frozen\"") && sheet.contains("城阳区"));
    assert!(!sheet.contains("<f>"), "a formula");
    assert_eq!(sheet.matches("<row ").count(), items.len() + 1);
}

#[rstest]
fn a_streamed_answer_is_packed_on_request(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    fill(&registry);
    let auditor = registry.as_auditor().with("Accept", "application/x-ndjson");
    let plain = auditor.get(TRAIL).expect(200);
    let packed = auditor.with("Accept-Encoding", "zstd").get(TRAIL).expect(200);
    assert_eq!(packed.header("Content-Encoding").as_deref(), Some("zstd"));
    assert_eq!(zstd::decode_all(&packed.body[..]).unwrap(), plain.body);
}

#[rstest]
fn any_size_is_told_in_constant_memory(#[values(Sqlite, Postgres)] backend: Backend) {
    const COUNT: usize = 6_000;
    let mut registry = Registry::start(backend);
    register_large(&registry.as_city(), COUNT);
    // What writing took shall not hide what reading takes.
    registry.restart();
    let auditor = registry.as_auditor();
    let narrow = format!("{TRAIL}?from={}", COUNT - 600);
    for form in ["application/x-ndjson", "text/csv", XLSX] {
        let auditor = auditor.with("Accept", form);
        let (_, few) = registry.peak_memory(|| auditor.get(&narrow).expect(200));
        let (all, many) = registry.peak_memory(|| auditor.get(TRAIL).expect(200));
        let grown = many.saturating_sub(few);
        assert!(
            grown < 16 << 20,
            "{form}: {grown} bytes more for ten times the rows, {} bytes told",
            all.body.len()
        );
        if form == "application/x-ndjson" {
            assert_eq!(all.lines().len(), COUNT + 2);
            assert!(all.body.len() > 32 << 20, "enough to tell: {}", all.body.len());
        }
    }
}

#[rstest]
fn an_answer_that_breaks_off_shows(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    register_large(&registry.as_city(), 3_000);
    let token = registry.token("auditor", &[], "audit:read");
    let address = registry.address();
    let agent = ureq::agent();
    let response = agent
        .get(format!("{address}{TRAIL}"))
        .header("Authorization", format!("Bearer {token}"))
        .header("Accept", "application/x-ndjson")
        .call()
        .unwrap();
    let mut body = response.into_body().into_reader();
    let mut told = vec![0; 4096];
    body.read_exact(&mut told).unwrap();
    // The client has its first bytes while most rows are still in the database.
    registry.kill();
    let mut rest = Vec::new();
    let broken = body.read_to_end(&mut rest);
    told.extend(rest);
    let text = String::from_utf8_lossy(&told);
    let whole = text
        .lines()
        .last()
        .is_some_and(|line| line.starts_with("{\"end\":true"));
    assert!(!whole, "the closing line came although the server was killed");
    assert!(broken.is_err(), "the cut shows in the transfer, too");
}
