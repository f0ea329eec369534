//! The feed as an event stream: changes as they come, the end whenever it is reached, resumable by the last id.

use rstest::rstest;

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::Registry;
use crate::support::copy::Copy;
use crate::support::entry::{faults, row};
use crate::support::stream::Opened;

const OWNER: &str = "370214";

/// Applies events until the stream says that it has caught up.
fn follow_to_end(stream: &mut Opened, copy: &mut Copy) {
    loop {
        let event = stream.event().expect("a stream goes on");
        match event.name.as_str() {
            "change" => {
                assert_eq!(event.data["cursor"], event.id);
                copy.apply(&event.data);
            }
            "end" => {
                assert_eq!(event.data["next"], event.id);
                assert_eq!(event.data["end"], true);
                copy.cursor = event.id;
                copy.assert_equal(&event.data);
                return;
            }
            other => panic!("an event {other}"),
        }
    }
}

#[rstest]
fn a_stream_tells_what_was_and_what_comes(
    #[values((Sqlite, 1), (Postgres, 1), (Postgres, 2))] at: (Backend, usize),
) {
    let (backend, instances) = at;
    let registry = Registry::start(backend);
    let other = (instances > 1).then(|| registry.second_instance());
    let city = registry.as_city();
    for serial in 1..=5 {
        city.create(OWNER, row(&format!("T/QDAS {serial}-2024")));
    }
    let mut copy = Copy::default();
    let reader = other.as_ref().unwrap_or(&registry).anonymous();
    let mut stream = reader.events("/v1/changes?limit=2");
    follow_to_end(&mut stream, &mut copy);
    for serial in 6..=8 {
        let entry = city.create(OWNER, row(&format!("T/QDAS {serial}-2024")));
        while copy.positions.last() != Some(&i64::try_from(entry.position).unwrap()) {
            follow_to_end(&mut stream, &mut copy);
        }
    }
    let head = i64::try_from(city.log_head()).unwrap();
    assert!(copy.positions.iter().copied().eq(1..=head));
}

#[rstest]
fn a_stream_goes_on_after_the_last_event_a_client_has_seen(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    for serial in 1..=5 {
        city.create(OWNER, row(&format!("T/QDAS {serial}-2024")));
    }
    let reader = registry.anonymous();
    let mut copy = Copy::default();
    let mut broken = reader.events("/v1/changes?after=0");
    for _ in 0..3 {
        copy.apply(&broken.event().expect("an event").data);
    }
    drop(broken);
    // What a browser does: the same address again, with the id it knows.
    let mut stream = reader
        .with("Last-Event-ID", &copy.cursor)
        .events("/v1/changes?after=0");
    follow_to_end(&mut stream, &mut copy);
    let head = i64::try_from(city.log_head()).unwrap();
    assert!(copy.positions.iter().copied().eq(1..=head));
}

#[rstest]
fn a_filtered_stream_moves_on_over_what_it_leaves_out(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let mut copy = Copy::default();
    let mut stream = registry.anonymous().events("/v1/changes?owner=370213");
    follow_to_end(&mut stream, &mut copy);
    let before = copy.cursor.clone();
    city.create(OWNER, row("GB 50016-2014"));
    follow_to_end(&mut stream, &mut copy);
    assert!(copy.positions.is_empty());
    assert_ne!(copy.cursor, before);
}

#[rstest]
fn an_id_that_was_never_given_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let refused = registry
        .anonymous()
        .with("Accept", "text/event-stream")
        .with("Last-Event-ID", "yesterday")
        .get("/v1/changes")
        .expect(400);
    let fault = ("Last-Event-ID".to_owned(), "malformed_cursor".to_owned());
    assert_eq!(faults(&refused), [fault]);
}
