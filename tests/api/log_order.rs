//! However many write at once, the log is one line without holes.

use std::thread;

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::catalogue::{creation, log_position};
use crate::support::census::census;
use crate::support::entry::{body, row};
use crate::support::{Answer, Client, Entry, Registry};

const WRITERS: usize = 8;
const ROUNDS: usize = 10;
const OWNER: &str = "370214";

/// What a write that was answered as done says of itself.
#[derive(Debug)]
struct Acknowledged {
    id: String,
    revision: i64,
    position: i64,
}

impl Acknowledged {
    fn of(written: &Value) -> Self {
        Self {
            id: written["id"].as_str().unwrap().to_owned(),
            revision: written["revision"].as_i64().unwrap(),
            position: written["position"].as_i64().unwrap(),
        }
    }

    fn one(answer: &Answer) -> Self {
        let acknowledged = Self::of(&answer.json());
        assert_eq!(log_position(answer), acknowledged.position);
        acknowledged
    }
}

/// Writes of every sort, about half of which are refused.
fn write(client: &Client, writer: usize) -> Vec<Acknowledged> {
    let mut done = Vec::new();
    for round in 0..ROUNDS {
        let number = format!("T/QDAS {}-2024", writer * ROUNDS + round + 1);
        let created = client
            .post("/v1/standards", &body(OWNER, row(&number)))
            .expect(201);
        done.push(Acknowledged::one(&created));
        let entry = Entry::of(&created);
        let patch = json!({"reason": "补充", "content": {"keywords": [format!("{writer}")]}});
        let stale = client.if_match(&entry.etag);
        done.push(Acknowledged::one(&stale.patch(&entry.path, &patch).expect(200)));

        stale.patch(&entry.path, &patch).expect(412);
        client
            .post("/v1/standards", &body(OWNER, row(&number)))
            .expect(409);
        client
            .post("/v1/standards", &body(OWNER, json!({"title": ""})))
            .expect(422);
        client
            .post("/v1/standards", &body("370213", row(&number)))
            .expect(403);

        // Everybody wants this number; whoever gets it gives it back.
        let wanted = client.post("/v1/standards", &body(OWNER, row("GB 38600-2019")));
        if wanted.status == 201 {
            done.push(Acknowledged::one(&wanted));
            let won = Entry::of(&wanted);
            let path = format!("{}?reason=x", won.path);
            let left = client.if_match(&won.etag).delete(&path).expect(200);
            done.push(Acknowledged::one(&left));
        } else {
            wanted.expect(409);
        }

        let member = |key: &str| {
            let external_id = format!("{writer}-{round}-{key}");
            let content =
                json!({"external_id": external_id, "title": key, "origin": "self_built", "level": "local"});
            creation(OWNER, content)
        };
        let batch = client.bulk(&[member("a"), member("b")]).expect(200);
        let results = batch.at("/results");
        done.extend(results.as_array().unwrap().iter().map(Acknowledged::of));
        client.bulk(&[member("c"), member("a")]).expect(422);
    }
    done
}

fn write_all_at_once(clients: &[Client]) -> Vec<Acknowledged> {
    thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let client = &clients[writer % clients.len()];
                scope.spawn(move || write(client, writer))
            })
            .collect();
        writers
            .into_iter()
            .flat_map(|writer| writer.join().unwrap())
            .collect()
    })
}

fn assert_all_found(reader: &Client, acknowledged: &[Acknowledged]) {
    let log = census(reader);
    for write in acknowledged {
        let recorded = &log[&write.position];
        assert_eq!((&recorded.id, recorded.revision), (&write.id, write.revision));
    }
    // What was refused left no trace: the log holds the built-in framework and what was acknowledged.
    assert_eq!(log.len(), acknowledged.len() + 1);
}

#[rstest]
fn eight_writers_make_one_log_without_holes(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let acknowledged = write_all_at_once(&[registry.as_district(OWNER)]);
    assert_all_found(&registry.anonymous(), &acknowledged);
    let (code, told) = registry.fsck();
    assert_eq!(code, Some(0), "{told}");
}

#[test]
fn writers_at_two_instances_make_one_log_without_holes() {
    let first = Registry::start(Postgres);
    let second = first.second_instance();
    let acknowledged = write_all_at_once(&[first.as_district(OWNER), second.as_district(OWNER)]);

    // Both instances tell the same, as soon as they are asked for at least the newest position.
    let newest = acknowledged.iter().map(|write| write.position).max().unwrap();
    for instance in [&first, &second] {
        let reader = instance.anonymous().with("Min-Position", &newest.to_string());
        assert_all_found(&reader, &acknowledged);
    }
    let path = format!("/v1/standards?as_of={newest}&limit=1000&sort=number");
    assert_eq!(
        first.anonymous().get(&path).expect(200).body,
        second.anonymous().get(&path).expect(200).body
    );
    let (code, told) = first.fsck();
    assert_eq!(code, Some(0), "{told}");
}
