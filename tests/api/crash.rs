//! What was acknowledged is there, whatever happens to the process.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc;
use std::thread;

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::catalogue::creation;
use crate::support::census::{Recorded, census};
use crate::support::entry::{body, row};
use crate::support::{Client, Registry};

const OWNER: &str = "370214";
const WRITERS: usize = 8;
const BATCH: usize = 5;

/// How many batches are acknowledged before the end comes.
const BEFORE_THE_END: usize = 40;

/// The rows of one batch bear its name.
fn batch(name: &str) -> Value {
    let operations: Vec<_> = (0..BATCH)
        .map(|member| {
            let external_id = format!("{name}/{member}");
            let content =
                json!({"external_id": external_id, "title": name, "origin": "self_built", "level": "local"});
            creation(OWNER, content)
        })
        .collect();
    json!({ "operations": operations })
}

/// Sends batches until the server is gone; tells the name of each that was acknowledged.
fn hammer(client: &Client, writer: usize, acknowledged: &mpsc::Sender<String>) {
    for round in 0.. {
        let name = format!("{writer}-{round}");
        match client.attempt("POST", "/v1/bulk", &batch(&name)) {
            Ok(answer) if answer.status == 200 => acknowledged.send(name).unwrap(),
            // Told that the service is stopping, or no answer at all.
            Ok(answer) => assert_eq!(answer.status, 503, "{answer:?}"),
            Err(_) => return,
        }
    }
}

/// Hammers until `end` has happened, which it does once enough is acknowledged. Answers everything acknowledged.
fn hammer_until(registry: &mut Registry, end: impl FnOnce(&mut Registry)) -> BTreeSet<String> {
    let (sender, acknowledged) = mpsc::channel();
    let client = registry.as_district(OWNER);
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (client, sender) = (&client, sender.clone());
            scope.spawn(move || hammer(client, writer, &sender));
        }
        drop(sender);
        let mut names: BTreeSet<_> = acknowledged.iter().take(BEFORE_THE_END).collect();
        end(registry);
        names.extend(acknowledged.iter());
        names
    })
}

/// The batches of which anything is there, with how much of them.
fn found(log: &BTreeMap<i64, Recorded>) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for recorded in log.values() {
        if let Some((name, _)) = recorded.external_id.as_deref().and_then(|id| id.split_once('/')) {
            *found.entry(name.to_owned()).or_default() += 1;
        }
    }
    found
}

/// Everything acknowledged is there, and everything that is there is there wholly.
fn assert_nothing_lost(registry: &mut Registry, acknowledged: &BTreeSet<String>) {
    let (code, told) = registry.fsck();
    assert_eq!(code, Some(0), "{told}");
    registry.restart();
    let found = found(&census(&registry.anonymous()));
    for name in acknowledged {
        assert!(
            found.contains_key(name),
            "batch {name} was acknowledged and is gone"
        );
    }
    for (name, rows) in &found {
        assert_eq!(*rows, BATCH, "batch {name} is there in part");
    }
}

#[rstest]
fn a_killed_server_has_everything_it_acknowledged(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    let acknowledged = hammer_until(&mut registry, Registry::kill);
    assert!(acknowledged.len() >= BEFORE_THE_END);
    assert_nothing_lost(&mut registry, &acknowledged);

    // It goes on where it was, and can be killed again.
    let acknowledged = hammer_again(&mut registry);
    assert_nothing_lost(&mut registry, &acknowledged);
}

/// The same with other names, so that no row is there already.
fn hammer_again(registry: &mut Registry) -> BTreeSet<String> {
    let client = registry.as_district(OWNER);
    let mut acknowledged = BTreeSet::new();
    for round in 0..10 {
        let name = format!("again-{round}");
        client.post("/v1/bulk", &batch(&name)).expect(200);
        acknowledged.insert(name);
    }
    registry.kill();
    acknowledged
}

#[rstest]
fn a_server_told_to_stop_finishes_what_it_took_on(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    let acknowledged = hammer_until(&mut registry, |registry| {
        let ended = registry.stop();
        assert_eq!(ended.code(), Some(0), "an orderly end");
    });
    assert_nothing_lost(&mut registry, &acknowledged);
}

#[rstest]
fn a_request_begun_before_the_end_is_answered(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    let address = registry.address().replace("http://", "");
    let token = registry.token("district", &[OWNER], "standards:write");
    let body = body(OWNER, row("GB 38600-2019")).to_string();

    // The server has seen the head of the request when it asks for the body.
    let mut stream = TcpStream::connect(&address).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST /v1/standards HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut asked = [0; 25];
    stream.read_exact(&mut asked).unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");

    let answer = thread::scope(|scope| {
        let finishing = scope.spawn(|| {
            // Nobody is let in any more: the server is stopping.
            while TcpStream::connect(&address).is_ok() {
                thread::yield_now();
            }
            stream.write_all(body.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        });
        assert_eq!(registry.stop().code(), Some(0), "an orderly end");
        finishing.join().unwrap()
    });

    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    registry.restart();
    assert_eq!(registry.anonymous().numbers("owner=370214"), ["GB 38600-2019"]);
}
