//! A mirror: the same answers as its source, to every question that can be read.

use std::path::Path;
use std::process::Output;

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::catalogue::creation;
use crate::support::entry::{care_home_safety, problem, row, row_with};
use crate::support::middleman::Fate;
use crate::support::{Answer, Client, Registry, command};

/// A mirror of what answers at an address.
pub fn mirror_at(address: &str) -> Registry {
    Registry::start_with(Sqlite, &[("REGISTRY_MIRROR_OF", address)])
}

/// A subcommand on a folder, run to its end.
pub fn run(subcommand: &str, data: &Path, arguments: &[&str]) -> Output {
    let mut command = command(subcommand, data);
    command.args(arguments).output().expect("the command runs")
}

/// Waits until a mirror holds all its source has, its history included, and the signature for it.
#[track_caller]
pub fn wait_until_equal(mirror: &Registry, source: &Registry) {
    let head = source.anonymous().log_head();
    let anyone = mirror.anonymous();
    mirror.wait_until("equal to its source", || {
        let standing = anyone.get("/readyz").json();
        standing["position"] == head
            && standing["mirror"]["checkpoint_size"] == head + 1
            && standing["mirror"]["phase"] == "complete"
    });
}

/// A catalogue with every kind of change: created, revised, renumbered across rows, withdrawn, restored, moved.
pub fn write_history(source: &Registry) {
    let city = source.as_city();
    let first = city.create("370214", care_home_safety());
    let first = city.change(&first, json!({"lead_department": ["市民政局", "市市场监管局"]}));
    let second = city.create("370200", row("GB/T 35796-2017"));
    let gone = city.withdraw(&second);
    city.replace(&gone, "370200", row("GB/T 35796-2017"));
    let placed = json!({"placements": [{"framework": "qingdao", "cell": {"subsystem": "老有颐养", "dimension": "过程均等"}}],
        "relations": [{"type": "replaces", "target": {"number": "GB/T 35796-2016"}}]});
    city.create("370200", row_with("GB/T 42195-2022", placed));
    let many: Vec<Value> = (1..=40)
        .map(|n| creation("370202", row(&format!("GB/T {}-2020", 30_000 + n))))
        .collect();
    city.bulk(&many).expect(200);
    city.change(&first, json!({"keywords": ["安全"]}));
}

/// Everything that can be read, as paths: now, and at every position there was.
fn questions(source: &Client) -> Vec<String> {
    let head = source.log_head();
    let mut questions: Vec<String> = [
        "/v1/standards?limit=1000&facets=level,origin,validity&count=true",
        "/v1/standards?sort=-number&withdrawn=include&limit=7",
        "/v1/frameworks",
        "/v1/frameworks/qingdao",
        "/v1/frameworks/qingdao/matrix?by=level",
        "/v1/standards/lookup?number=GB38600-2019",
        "/v1/changes?limit=1000&leaf=true",
        "/v1/changes?limit=10&mode=latest&owner=370202",
        "/v1/snapshot?limit=1000&leaf=true",
        "/v1/digest?buckets=true",
    ]
    .map(str::to_owned)
    .to_vec();
    let size = head + 1;
    for proof in [
        "/log/checkpoint",
        "/v1/log/head",
        "/v1/log/keys",
        "/v1/log/entries?from=0&to=100",
        "/v1/log/proofs/inclusion?position=3",
        "/v1/log/proofs/consistency?from=2",
    ] {
        questions.push(proof.to_owned());
    }
    questions.push(format!("/log/tile/0/000.p/{size}"));
    questions.push(format!("/log/tile/entries/000.p/{size}"));
    for position in 1..=head {
        questions.push(format!(
            "/v1/standards?as_of={position}&withdrawn=include&limit=1000"
        ));
        questions.push(format!("/v1/frameworks/qingdao/matrix?as_of={position}"));
        questions.push(format!("/v1/digest?at={position}"));
    }
    for entry in source.every("/v1/standards?withdrawn=include&limit=1000") {
        let path = format!("/v1/standards/{}", entry["id"].as_str().unwrap());
        questions.push(format!("{path}/revisions"));
        questions.push(format!("{path}/relations"));
        questions.push(format!("{path}/revisions/1/tlog-proof"));
        if entry["revision"].as_i64() > Some(1) {
            questions.push(format!("{path}/revisions/1"));
            questions.push(format!("{path}/diff?from=1&to=2"));
        }
        questions.push(path);
    }
    questions
}

/// What two copies must agree on to the byte.
fn said(answer: &Answer) -> (u16, Vec<Option<String>>, Vec<u8>) {
    let headers = [
        "ETag",
        "Log-Position",
        "As-Of",
        "Valid-At",
        "Content-Type",
        "Cache-Control",
        "Link",
    ];
    let headers = headers.map(|name| answer.header(name)).to_vec();
    (answer.status.as_u16(), headers, answer.body.clone())
}

/// Asks both everything, in JSON and as CSV, and compares what they say.
#[track_caller]
pub fn assert_same_answers(mirror: &Registry, source: &Registry) {
    let (one, other) = (source.anonymous(), mirror.anonymous());
    for question in questions(&one) {
        let (expected, found) = (one.get(&question), other.get(&question));
        assert!(
            said(&expected) == said(&found),
            "{question}\n{expected:?}\n{found:?}"
        );
    }
    let csv = |client: &Client| said(&client.with("Accept", "text/csv").get("/v1/standards?limit=1000"));
    assert_eq!(csv(&one), csv(&other), "as CSV");
}

/// What is held in a mirror's folder is checked like any registry's.
#[track_caller]
pub fn assert_sound(mirror: &Registry) {
    let (code, told) = mirror.fsck();
    assert_eq!(code, Some(0), "{told}");
}

#[rstest]
fn a_mirror_answers_every_read_as_its_source_does(#[values(Sqlite, Postgres)] backend: Backend) {
    let source = Registry::start(backend);
    write_history(&source);
    let mirror = mirror_at(&source.address());
    wait_until_equal(&mirror, &source);
    assert_same_answers(&mirror, &source);

    // And goes on doing so.
    source.as_city().create("370200", row("GB/T 1.1-2020"));
    wait_until_equal(&mirror, &source);
    assert_same_answers(&mirror, &source);
    assert_sound(&mirror);
}

#[rstest]
fn a_mirror_can_be_mirrored() {
    let source = Registry::start(Sqlite);
    write_history(&source);
    let first = mirror_at(&source.address());
    let second = mirror_at(&first.address());
    wait_until_equal(&second, &source);
    source.as_city().create("370200", row("GB/T 1.1-2020"));
    wait_until_equal(&second, &source);
    assert_same_answers(&second, &source);
    assert_sound(&second);
}

#[rstest]
fn a_write_is_told_where_it_belongs() {
    let source = Registry::start(Sqlite);
    let entry = source.as_city().create("370200", care_home_safety());
    let mirror = mirror_at(&source.address());
    wait_until_equal(&mirror, &source);
    // Who may write at the source is none of the mirror's business: nobody needs a token to be told.
    let anyone = mirror.anonymous();
    let create = json!({"owner": "370200", "content": row("GB/T 1.1-2020")});
    for (answer, path) in [
        (anyone.post("/v1/standards", &create), "/v1/standards".to_owned()),
        (anyone.patch(&entry.path, &json!({})), entry.path.clone()),
        (
            anyone.delete(&format!("{}?reason=x", entry.path)),
            format!("{}?reason=x", entry.path),
        ),
        (anyone.post("/v1/bulk", &json!({})), "/v1/bulk".to_owned()),
        (
            anyone.put("/v1/catalogue?owner=370200", &json!({})),
            "/v1/catalogue?owner=370200".to_owned(),
        ),
    ] {
        let answer = answer.expect(421);
        let there = format!("{}{path}", source.address());
        assert_eq!(problem(&answer), "read-only-mirror");
        assert_eq!(answer.at("/write_to"), there);
        assert_eq!(answer.header("Location"), Some(there));
    }
    // What takes a body without writing is a read.
    anyone
        .post("/v1/citations/check", &json!({"numbers": ["GB 38600-2019"]}))
        .expect(200);
}

#[rstest]
fn a_reader_who_is_ahead_of_a_mirror_waits_and_is_not_turned_away() {
    let source = Registry::start(Sqlite);
    let between = source.middleman();
    let mirror = mirror_at(between.address());
    wait_until_equal(&mirror, &source);
    between.decide(|_| Fate::Busy);
    source.as_city().create("370200", care_home_safety());
    let cursor = source.anonymous().get("/v1/changes").at("/next");
    let cursor = cursor.as_str().unwrap();
    let head = source.anonymous().log_head();

    let behind = mirror
        .anonymous()
        .get(&format!("/v1/changes?after={cursor}"))
        .expect(503);
    assert_eq!(problem(&behind), "behind");
    assert!(behind.header("Retry-After").is_some());
    let anyone = mirror.anonymous().with("Min-Position", &head.to_string());
    assert_eq!(problem(&anyone.get("/v1/standards").expect(503)), "behind");

    between.decide(|_| Fate::Pass);
    wait_until_equal(&mirror, &source);
    anyone.get("/v1/standards").expect(200);
    let after = mirror
        .anonymous()
        .get(&format!("/v1/changes?after={cursor}"))
        .expect(200);
    assert_eq!(after.at("/items"), json!([]));
}

#[rstest]
fn a_mirror_says_how_far_behind_it_is() {
    let source = Registry::start(Sqlite);
    source.as_city().create("370200", care_home_safety());
    let mirror = mirror_at(&source.address());
    wait_until_equal(&mirror, &source);
    let standing = mirror.anonymous().get("/readyz").expect(200).at("/mirror");
    let head = source.anonymous().log_head();
    assert_eq!(standing["source"], source.address());
    assert_eq!(standing["source_position"], head);
    assert_eq!(standing["behind"], 0);
    assert_eq!(standing["forked"], false);
    assert!(standing["last_contact"].is_string());
    let metrics = mirror.anonymous().get("/metrics").expect(200);
    let measured = |line: &str| metrics.text().lines().any(|found| found == line);
    assert!(measured(&format!("registry_mirror_source_position {head}")));
    assert!(measured("registry_mirror_behind 0"));
    assert!(measured(&format!("registry_mirror_checkpoint_size {}", head + 1)));

    // A registry that mirrors nobody says nothing of the kind.
    assert_eq!(
        source.anonymous().get("/readyz").expect(200).at("/mirror"),
        Value::Null
    );
}

#[rstest]
fn a_copy_made_once_says_what_it_is(#[values(Sqlite, Postgres)] backend: Backend) {
    let source = Registry::start(backend);
    write_history(&source);
    let folder = tempfile::tempdir().unwrap();
    let copied = run("mirror", folder.path(), &[&source.address(), "--once"]);
    assert!(
        copied.status.success(),
        "{}",
        String::from_utf8_lossy(&copied.stderr)
    );
    let told = String::from_utf8(copied.stdout).unwrap();
    let anyone = source.anonymous();
    let digest = anyone.get("/v1/digest").expect(200);
    let said = |name: &str, value: &Value| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        told.lines().any(|line| line == format!("{name} {value}"))
    };
    assert!(said("position", &digest.at("/position")), "{told}");
    assert!(said("count", &digest.at("/count")), "{told}");
    assert!(said("digest", &digest.at("/digest")), "{told}");

    // What was seen can be shown without asking anybody.
    let shown = run("mirror", folder.path(), &["--status"]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    let head = anyone.log_head();
    assert!(shown.contains(&format!("position {head}\n")), "{shown}");
    assert!(
        shown.contains(&format!(" {} ", head + 1)) && shown.contains(" held"),
        "{shown}"
    );
}

#[rstest]
fn a_copy_is_not_served_as_if_it_were_the_source() {
    let source = Registry::start(Sqlite);
    let folder = tempfile::tempdir().unwrap();
    let copied = run("mirror", folder.path(), &[&source.address(), "--once"]);
    assert!(copied.status.success());
    let served = run("serve", folder.path(), &["--bind", "127.0.0.1:0"]);
    assert_eq!(served.status.code(), Some(1));
    let told = String::from_utf8_lossy(&served.stderr);
    assert!(told.contains("--mirror-of"), "{told}");
    // And what is a registry of its own is not overwritten.
    let other = Registry::start(Sqlite);
    let refused = other
        .command("mirror")
        .args([&source.address(), "--once"])
        .output()
        .unwrap();
    assert_ne!(refused.status.code(), Some(0));
}

#[rstest]
fn what_cannot_be_a_source_is_misuse() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["ftp://example.cn", "--once"][..],
        &["not an address", "--once"],
        &["--once"],
        &["http://127.0.0.1:1", "--once", "--key", "no key"],
    ] {
        let refused = run("mirror", folder.path(), arguments);
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
    }
}

#[rstest]
fn numbers_that_change_hands_across_a_page_arrive() {
    let source = Registry::start(Sqlite);
    let city = source.as_city();
    let rows = 1_100;
    let catalogue = |shift: usize| -> Vec<Value> {
        let numbered = |n: usize| {
            let number = format!("GB/T {}-2020", 30_000 + (n + shift) % rows);
            row_with(&number, json!({"external_id": format!("row-{n}")}))
        };
        (0..rows).map(numbered).collect()
    };
    city.push("370200", &catalogue(0)).expect(200);
    city.push("370200", &catalogue(1)).expect(200);
    let mirror = mirror_at(&source.address());
    wait_until_equal(&mirror, &source);
    assert_sound(&mirror);
}
