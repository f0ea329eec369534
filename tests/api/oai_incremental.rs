//! OAI-PMH: copies kept by asking for what is new, while others write.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rstest::rstest;
use serde_json::json;

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::entry::row;
use crate::support::harvest::records_of;
use crate::support::{Client, Registry};

/// What a harvester holds: for each entry its revision, or nothing when it is deleted.
type Copy = BTreeMap<String, Option<String>>;

const HARVESTS: usize = 4;

/// Harvests what came since `from` and answers where the next harvest begins: at the first reply's date.
fn harvest_into(copy: &mut Copy, client: &Client, from: Option<&str>) -> String {
    let mut arguments = "metadataPrefix=registry".to_owned();
    if let Some(from) = from {
        arguments.push_str(&format!("&from={from}"));
    }
    let parts = client.parts("ListRecords", &arguments);
    for record in records_of(&parts, "ListRecords") {
        let revision = record.metadata.map(|entry| entry.one("revision").text.clone());
        copy.insert(record.id, revision);
    }
    parts[0].one("responseDate").text.clone()
}

/// Creates, changes and withdraws until told to stop.
fn write(client: &Client, writer: usize, stop: &AtomicBool, written: &AtomicUsize) {
    let mut serial = 0;
    while !stop.load(Ordering::Acquire) {
        serial += 1;
        let entry = client.create("370214", row(&format!("GB/T {}-2020", serial * 10 + writer)));
        if serial % 2 == 0 {
            let changed = client.change(&entry, json!({"title": "改"}));
            if serial % 4 == 0 {
                client.withdraw(&changed);
            }
        }
        written.fetch_add(1, Ordering::AcqRel);
    }
}

fn catalogue(client: &Client) -> Copy {
    let entries = client.every("/v1/standards?withdrawn=include&limit=1000");
    entries
        .into_iter()
        .map(|entry| {
            let live = entry["withdrawn"] == false;
            let revision = live.then(|| entry["revision"].to_string());
            (entry["id"].as_str().expect("an id").to_owned(), revision)
        })
        .collect()
}

#[rstest]
fn harvests_while_others_write_miss_nothing(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let second = (backend == Postgres).then(|| registry.second_instance());
    let instances = [&registry, second.as_ref().unwrap_or(&registry)];
    let stop = AtomicBool::new(false);
    let written = AtomicUsize::new(0);
    let mut copy = Copy::new();
    let mut from: Option<String> = None;
    thread::scope(|scope| {
        for writer in 0..4 {
            let district = instances[writer % 2].as_district("370214");
            let (stop, written) = (&stop, &written);
            scope.spawn(move || write(&district, writer, stop, written));
        }
        for harvest in 0..HARVESTS {
            let harvester = instances[harvest % 2].anonymous();
            registry.wait_until("a second further", || {
                let now = harvester.oai("verb=Identify").one("responseDate").text.clone();
                from.as_ref().is_none_or(|from| now > *from)
            });
            from = Some(harvest_into(&mut copy, &harvester, from.as_deref()));
        }
        stop.store(true, Ordering::Release);
    });
    registry.settle();
    harvest_into(&mut copy, &registry.anonymous(), from.as_deref());
    assert_eq!(copy, catalogue(&registry.anonymous()));
    assert!(
        written.load(Ordering::Acquire) > 20,
        "something was written meanwhile"
    );
}

#[rstest]
fn a_second_is_not_served_while_a_write_of_it_may_still_come(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    district.create("370214", row("GB/T 1-2020"));
    let date = || district.oai("verb=Identify").one("responseDate").text.clone();
    registry.settle();
    let held = registry.hold_writes();
    let before = date();
    // Whoever holds the lock may have dated its write already: until it lets go, time stands still for harvesters.
    let held_since = Instant::now();
    registry.wait_until("further than a second", || {
        assert_eq!(date(), before);
        held_since.elapsed() > Duration::from_secs(3)
    });
    drop(held);
    registry.wait_until("going on", || date() > before);
}

#[rstest]
fn dates_bound_a_harvest_on_both_sides(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let mut created = Vec::new();
    for serial in 1..=3 {
        created.push(district.create("370214", row(&format!("GB/T {serial}-2020"))).id);
        registry.settle();
    }
    let all = district.harvest("ListIdentifiers", "metadataPrefix=oai_dc");
    let stamps: Vec<_> = all.iter().map(|record| record.datestamp.clone()).collect();
    assert!(stamps[0] < stamps[1] && stamps[1] < stamps[2], "{stamps:?}");
    let day = &stamps[0][..10];
    for (bounds, expected) in [
        (format!("&from={}", stamps[1]), &created[1..]),
        (format!("&until={}", stamps[1]), &created[..2]),
        (format!("&from={}&until={}", stamps[1], stamps[1]), &created[1..2]),
        (format!("&from={day}"), &created[..]),
    ] {
        let found = district.harvest("ListIdentifiers", &format!("metadataPrefix=oai_dc{bounds}"));
        let ids: Vec<_> = found.iter().map(|record| record.id.as_str()).collect();
        assert_eq!(ids, expected, "{bounds}");
    }
}
