//! Waiting for changes: whoever waits hears of a commit wherever it was made, and costs nothing until then.

use std::io::Write;
use std::net::TcpStream;
use std::thread;

use rstest::rstest;
use serde_json::json;

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::copy::Copy;
use crate::support::entry::{problem, row};
use crate::support::stream::Opened;
use crate::support::{Client, Registry};

const OWNER: &str = "370214";

/// A reader that has seen everything.
fn up_to_date(registry: &Registry) -> Copy {
    let mut copy = Copy::default();
    copy.catch_up(&registry.anonymous(), "&limit=1000");
    copy
}

/// A stream that has nothing more to tell for now.
fn opened(reader: &Client, path: &str) -> Opened {
    let mut stream = reader.events(path);
    assert_eq!(stream.event().expect("a first event").name, "end");
    stream
}

#[rstest]
fn a_commit_wakes_those_who_wait_at_every_instance(
    #[values((Sqlite, 1), (Postgres, 1), (Postgres, 2))] at: (Backend, usize),
) {
    let (backend, instances) = at;
    let writing = Registry::start(backend);
    let other = (instances > 1).then(|| writing.second_instance());
    let waiting = other.as_ref().unwrap_or(&writing);
    let city = writing.as_city();
    let mut copy = up_to_date(waiting);

    for round in 0..3 {
        let path = format!("/v1/changes?after={}&wait=60", copy.cursor);
        let reader = waiting.anonymous();
        let page = thread::scope(|scope| {
            let waits = scope.spawn(move || reader.get(&path).expect(200).json());
            waiting.wait_for_followers(1);
            city.create(OWNER, row(&format!("T/QDAS {round}1-2024")));
            waits.join().unwrap()
        });
        assert_eq!(page["items"].as_array().unwrap().len(), 1, "{page:#}");
        copy.apply_page(&page);
        copy.assert_equal(&page);
    }
}

#[rstest]
fn what_is_there_is_answered_at_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    // With sixty seconds to wait, a client that gives up after sixty would fail.
    let page = registry
        .anonymous()
        .get("/v1/changes?after=0&wait=60")
        .expect(200);
    assert!(!page.at("/items").as_array().unwrap().is_empty());
}

#[rstest]
fn a_wait_in_vain_ends_with_an_empty_page(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let copy = up_to_date(&registry);
    let path = format!("/v1/changes?after={}&wait=1", copy.cursor);
    let page = registry.anonymous().get(&path).expect(200).json();
    assert_eq!(page["items"], json!([]));
    assert_eq!(page["next"], copy.cursor);
    assert_eq!(page["end"], true);
    copy.assert_equal(&page);
}

#[rstest]
fn what_is_filtered_out_still_moves_the_cursor(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let mut copy = Copy::default();
    copy.catch_up(&registry.anonymous(), "&owner=370213");
    let before = copy.cursor.clone();
    registry.as_city().create(OWNER, row("GB 50016-2014"));
    let page = copy
        .catch_up(&registry.anonymous(), "&owner=370213&wait=60")
        .json();
    assert_eq!(page["items"], json!([]));
    assert_ne!(copy.cursor, before);
}

#[rstest]
fn hundreds_who_wait_hinder_nobody(#[values(Sqlite, Postgres)] backend: Backend) {
    const WAITING: usize = 300;
    let registry = Registry::start_with(backend, &[("REGISTRY_READERS", "2")]);
    let copy = up_to_date(&registry);
    let path = format!("/v1/changes?after={}", copy.cursor);
    let reader = registry.anonymous();
    let mut waiting: Vec<_> = (0..WAITING).map(|_| opened(&reader, &path)).collect();

    // Two connections for reading, three hundred waiting: reads and writes go on.
    let city = registry.as_city();
    let entry = city.create(OWNER, row("GB 50016-2014"));
    reader.get(&entry.path).expect(200);
    let entry = city.change(&entry, json!({"title": "建筑设计防火规范"}));

    for stream in &mut waiting {
        let mut seen = Vec::new();
        while seen.last() != Some(&entry.position) {
            let event = stream.event().expect("a stream goes on");
            if event.name == "change" {
                seen.push(event.data["position"].as_u64().unwrap());
            }
        }
        assert_eq!(seen, [entry.position - 1, entry.position]);
    }
}

#[rstest]
fn there_are_only_so_many_places_to_wait(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start_with(backend, &[("REGISTRY_FOLLOWERS", "2")]);
    let copy = up_to_date(&registry);
    let reader = registry.anonymous();
    let path = format!("/v1/changes?after={}", copy.cursor);
    let streams = [opened(&reader, &path), opened(&reader, &path)];

    let refused = reader.get(&format!("{path}&wait=60")).expect(503);
    assert_eq!(problem(&refused), "overloaded");
    assert!(refused.header("Retry-After").is_some());
    reader.with("Accept", "text/event-stream").get(&path).expect(503);
    // Asking without waiting needs no place.
    reader.get(&path).expect(200);
    drop(streams);
}

#[rstest]
fn the_end_of_the_service_ends_all_waiting(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    let copy = up_to_date(&registry);
    let reader = registry.anonymous();
    let path = format!("/v1/changes?after={}&wait=60", copy.cursor);
    let mut stream = opened(&reader, &format!("/v1/changes?after={}", copy.cursor));
    thread::scope(|scope| {
        let waits = scope.spawn(|| reader.get(&path).expect(200).json());
        registry.wait_for_followers(2);
        assert!(registry.stop().success());
        assert_eq!(stream.event(), None, "the stream ends");
        let page = waits.join().unwrap();
        assert_eq!((&page["items"], &page["end"]), (&json!([]), &json!(true)));
    });
}

#[rstest]
fn who_hangs_up_gives_the_place_back(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let copy = up_to_date(&registry);
    let address = registry.address().replace("http://", "");
    for accept in ["application/json", "text/event-stream"] {
        let mut connection = TcpStream::connect(&address).unwrap();
        write!(
            connection,
            "GET /v1/changes?after={}&wait=60 HTTP/1.1\r\nHost: {address}\r\nAccept: {accept}\r\n\r\n",
            copy.cursor
        )
        .unwrap();
        registry.wait_for_followers(1);
        drop(connection);
        registry.wait_for_followers(0);
    }
}
