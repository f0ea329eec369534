//! A snapshot is one position's whole state, whatever is written meanwhile, and leads exactly into the changes.

use std::thread;

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::catalogue::creation;
use crate::support::copy::Copy;
use crate::support::entry::{problem, row};
use crate::support::{Client, Registry};

const OWNER: &str = "370214";

/// Reads every page, from the readers in turn; answers the copy and the last page.
fn load(readers: &[Client], parameters: &str) -> (Copy, Value) {
    let mut copy = Copy::default();
    let mut after = String::new();
    for reader in readers.iter().cycle() {
        let page = reader
            .get(&format!("/v1/snapshot?limit=7{parameters}{after}"))
            .expect(200)
            .json();
        for item in page["items"].as_array().unwrap() {
            assert_eq!(item["withdrawn"], false);
            assert_eq!(item.get("cursor"), None);
            copy.apply(item);
        }
        match &page["next"] {
            Value::String(next) => {
                assert_eq!(page["end"], false);
                after = format!("&after={next}");
            }
            _ => {
                assert_eq!(page["end"], true);
                copy.assert_equal(&page);
                copy.cursor = page["changes_after"].as_str().unwrap().to_owned();
                return (copy, page);
            }
        }
    }
    unreachable!("pages end")
}

fn fill(city: &Client, from: usize, to: usize) {
    let rows: Vec<Value> = (from..to)
        .map(|serial| creation(OWNER, row(&format!("T/QDAS {serial}-2024"))))
        .collect();
    city.bulk(&rows).expect(200);
}

#[rstest]
fn a_snapshot_taken_while_others_write_leads_exactly_into_the_changes(
    #[values((Sqlite, 1), (Postgres, 2))] at: (Backend, usize),
) {
    let (backend, instances) = at;
    let first = Registry::start(backend);
    let second = (instances > 1).then(|| first.second_instance());
    let city = first.as_city();
    fill(&city, 1, 60);
    let mut readers = vec![first.anonymous()];
    readers.extend(second.as_ref().map(Registry::anonymous));

    thread::scope(|scope| {
        let writes = scope.spawn(|| {
            let mut entry = city.create(OWNER, row("GB 50016-2014"));
            for round in 0..30 {
                entry = city.change(&entry, json!({"title": format!("建筑设计防火规范 {round}")}));
            }
            city.withdraw(&entry);
        });
        let loads = (0..3).map(|_| load(&readers, "")).collect::<Vec<_>>();
        writes.join().unwrap();
        for (mut copy, last) in loads {
            // The changes after the snapshot lead to the state that is, and there both agree.
            copy.catch_up(&readers[0], "&limit=9");
            let digest = readers[0].get("/v1/digest").expect(200).json();
            copy.assert_equal(&digest);
            assert!(digest["position"].as_i64() >= last["position"].as_i64());
        }
    });
}

#[rstest]
fn every_page_is_of_the_position_of_the_first(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    fill(&city, 1, 20);
    let reader = registry.anonymous();
    let first = reader.get("/v1/snapshot?limit=7").expect(200).json();
    let next = first["next"].as_str().unwrap();
    let second = reader
        .get(&format!("/v1/snapshot?limit=7&after={next}"))
        .expect(200);

    fill(&city, 20, 40);
    // The same page later is the same bytes.
    let later = reader
        .get(&format!("/v1/snapshot?limit=7&after={next}"))
        .expect(200);
    assert_eq!(later.body, second.body);
    assert_eq!(later.at("/position"), first["position"]);
    assert_eq!(later.header("Log-Position"), Some(first["position"].to_string()));
    assert_eq!(later.header("Cache-Control").as_deref(), Some("no-cache"));
    let confirmed = reader.with("If-None-Match", &second.etag());
    confirmed
        .get(&format!("/v1/snapshot?limit=7&after={next}"))
        .expect(304);
}

#[rstest]
fn an_earlier_position_can_be_loaded_too(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    fill(&city, 1, 15);
    let then = city.log_head();
    let digest = city.get("/v1/digest").expect(200).json();
    let entry = city.create(OWNER, row("GB 50016-2014"));
    city.withdraw(&entry);
    fill(&city, 15, 30);

    let (copy, last) = load(&[registry.anonymous()], &format!("&at={then}"));
    assert_eq!(last["position"], then);
    copy.assert_equal(&digest);
    let refused = registry.anonymous().get("/v1/snapshot?at=9999").expect(400);
    assert_eq!(problem(&refused), "beyond-head");
}

#[rstest]
fn lines_are_the_whole_snapshot_with_a_closing_line(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    fill(&registry.as_city(), 1, 30);
    let lines = registry
        .anonymous()
        .with("Accept", "application/x-ndjson")
        .get("/v1/snapshot")
        .expect(200)
        .lines();
    let (closing, items) = lines.split_last().unwrap();
    let mut copy = Copy::default();
    for item in items {
        copy.apply(item);
    }
    assert_eq!(closing["end"], true);
    assert_eq!(closing["next"], Value::Null);
    copy.assert_equal(closing);
    let (paged, last) = load(&[registry.anonymous()], "");
    assert_eq!(paged.live, copy.live);
    assert_eq!(last["changes_after"], closing["changes_after"]);
}

#[rstest]
fn a_stream_of_lines_comes_packed_to_who_takes_it(
    #[values(Sqlite, Postgres)] backend: Backend,
    #[values("/v1/snapshot", "/v1/changes")] path: &str,
) {
    let registry = Registry::start(backend);
    for batch in 0..3 {
        fill(&registry.as_city(), batch * 900 + 1, (batch + 1) * 900);
    }
    let reader = registry.anonymous().with("Accept", "application/x-ndjson");
    let plain = reader.get(path).expect(200);
    assert_eq!(plain.header("Content-Encoding"), None);
    let zstd = reader.with("Accept-Encoding", "zstd").get(path).expect(200);
    assert_eq!(zstd.header("Content-Encoding").as_deref(), Some("zstd"));
    assert!(zstd.body.len() < plain.body.len() / 2);
    assert_eq!(zstd::decode_all(zstd.body.as_slice()).unwrap(), plain.body);
    // The client unpacks this by itself.
    let gzip = reader.with("Accept-Encoding", "gzip").get(path).expect(200);
    assert_eq!(gzip.body, plain.body);
}

#[rstest]
fn a_filtered_snapshot_leads_into_the_changes_of_the_same_filter(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    fill(&city, 1, 15);
    city.create("370213", row("GB 50016-2014"));
    let (mut copy, _) = load(&[registry.anonymous()], "&owner=370214&kind=standard");
    assert_eq!(copy.live.len(), 14);
    let moved = city.create(OWNER, row("GB/T 42195-2022"));
    city.change(&moved, json!({"title": "老年人能力评估规范"}));
    city.create("370213", row("GB/T 42195-2022"));
    copy.catch_up(&registry.anonymous(), "&owner=370214&kind=standard");
    assert_eq!(copy.live.len(), 15);
}
