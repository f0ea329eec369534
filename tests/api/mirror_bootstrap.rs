//! A mirror that begins with the present: what it answers before its history is there, and that nothing is taken on
//! trust meanwhile.

use rstest::rstest;
use serde_json::json;

use crate::mirror::{assert_same_answers, assert_sound, mirror_at, run, wait_until_equal, write_history};
use crate::mirror_mishaps::{assert_same_digest, log_command, rewritten, write_much};
use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::entry::{care_home_safety, problem, row};
use crate::support::middleman::{Fate, Middleman};
use crate::support::{Answer, Registry};

/// Keeps the history away: it begins with the log's first entry.
fn hold_history(between: &Middleman) {
    between.decide(|line| {
        if line.contains("/v1/log/entries") {
            Fate::Busy
        } else {
            Fate::Pass
        }
    });
}

/// Waits until a mirror holds the present of its source, and the signature for it.
#[track_caller]
fn wait_for_present(mirror: &Registry, source: &Registry) {
    let head = source.anonymous().log_head();
    mirror.wait_until("up to date", || {
        let standing = mirror.anonymous().get("/readyz").json();
        standing["position"] == head && standing["mirror"]["checkpoint_size"] == head + 1
    });
}

#[track_caller]
fn assert_loading(answer: &Answer) {
    assert_eq!(answer.status.as_u16(), 503, "{answer:?}");
    assert_eq!(problem(answer), "history-loading");
    assert!(answer.header("Retry-After").is_some());
    assert!(answer.at("/history_from").is_i64() && answer.at("/history_loaded").is_i64());
}

/// What is read of the present comes to the byte as from the source.
#[track_caller]
fn assert_same_present(mirror: &Registry, source: &Registry, since: i64) {
    let (one, other) = (source.anonymous(), mirror.anonymous());
    let mut questions: Vec<String> = [
        "/v1/standards?limit=1000&facets=level,origin,validity&count=true",
        "/v1/standards?sort=-number&limit=7",
        "/v1/frameworks",
        "/v1/frameworks/qingdao",
        "/v1/frameworks/qingdao/matrix?by=level",
        "/v1/snapshot?limit=1000&leaf=true",
        "/v1/digest?buckets=true",
        "/v1/log/head",
        "/log/checkpoint",
    ]
    .map(str::to_owned)
    .to_vec();
    let head = i64::try_from(one.log_head()).unwrap();
    for position in since..=head {
        questions.push(format!("/v1/standards?as_of={position}&limit=1000"));
        questions.push(format!("/v1/digest?at={position}"));
        questions.push(format!("/v1/changes?after={position}&limit=1000&leaf=true"));
    }
    for entry in one.every("/v1/standards?limit=1000") {
        questions.push(format!("/v1/standards/{}", entry["id"].as_str().unwrap()));
    }
    for question in questions {
        let (expected, found) = (one.get(&question), other.get(&question));
        assert!(
            expected.status == found.status && expected.body == found.body,
            "{question}\n{expected:?}\n{found:?}"
        );
    }
}

#[rstest]
fn the_present_is_served_before_the_history_is_there(#[values(Sqlite, Postgres)] backend: Backend) {
    let source = Registry::start(backend);
    write_history(&source);
    let city = source.as_city();
    let gone = city.create("370200", row("GB/T 3-2020"));
    let gone = city.withdraw(&gone);
    let since = i64::try_from(source.anonymous().log_head()).unwrap();
    let between = source.middleman();
    hold_history(&between);
    let mirror = mirror_at(between.address());
    wait_for_present(&mirror, &source);
    assert_same_present(&mirror, &source, since);

    // What needs history says so, and what is not found might have been there.
    let anyone = mirror.anonymous();
    let live = source.anonymous().every("/v1/standards?limit=1");
    let path = format!("/v1/standards/{}", live[0]["id"].as_str().unwrap());
    let early = "/v1/standards?as_of=2000-01-01T00:00:00Z";
    for question in [
        format!("/v1/standards?as_of={}", since - 1),
        format!("/v1/digest?at={}", since - 1),
        format!("/v1/snapshot?at={}", since - 1),
        format!("/v1/changes?after={}", since - 1),
        "/v1/changes".to_owned(),
        format!("/v1/changes?after={since}&owner=370200"),
        format!("{path}/revisions"),
        format!("{path}/revisions/1"),
        format!("{path}/diff"),
        format!("{path}/relations"),
        "/v1/standards?withdrawn=include".to_owned(),
        "/v1/standards/lookup?number=GB38600-2019".to_owned(),
        "/v1/diff?from=1&to=2".to_owned(),
        "/v1/log/entries".to_owned(),
        "/v1/log/proofs/inclusion?position=1".to_owned(),
        "/log/tile/0/000.p/1".to_owned(),
        "/v1/redactions".to_owned(),
        "/oai?verb=Identify".to_owned(),
        early.to_owned(),
        gone.path.clone(),
    ] {
        assert_loading(&anyone.get(&question));
    }
    let standing = anyone.get("/readyz").expect(200);
    assert_eq!(standing.at("/mirror/phase"), "history-loading");
    assert_eq!(standing.at("/mirror/history_from"), since);
    assert!(standing.text().contains("is being loaded"), "{standing:?}");
    let shown = run("mirror", mirror.data(), &["--status"]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("phase history-loading\n"), "{shown}");

    // It follows, whatever changes: what was withdrawn before it began is restored, too.
    city.replace(&gone, "370200", row("GB/T 3-2020"));
    let entry = city.create("370200", row("GB/T 1.1-2020"));
    let entry = city.change(&entry, json!({"keywords": ["标准化"]}));
    city.withdraw(&entry);
    wait_for_present(&mirror, &source);
    assert_same_present(&mirror, &source, since);

    between.decide(|_| Fate::Pass);
    wait_until_equal(&mirror, &source);
    assert_same_answers(&mirror, &source);
    assert_sound(&mirror);
    city.create("370200", row("GB/T 4-2020"));
    wait_until_equal(&mirror, &source);
    assert!(!mirror.data().join("registry-present.sqlite").exists());
}

#[rstest]
fn a_snapshot_cut_at_any_place_goes_on_from_there(#[values(Sqlite, Postgres)] backend: Backend) {
    let source = Registry::start(backend);
    write_much(&source.as_city());
    let between = source.middleman();
    let folder = tempfile::tempdir().unwrap();
    let begin = || {
        run(
            "mirror",
            folder.path(),
            &[between.address(), "--once", "--bootstrap", "snapshot"],
        )
    };
    // The first run gets part of a page and then nothing; each run after it a part of what is left.
    for at in [400_000, 900_000] {
        let mut asked = 0;
        between.decide(move |line| {
            asked += i32::from(line.contains("/v1/snapshot"));
            match asked {
                0 => Fate::Pass,
                1 => Fate::Cut(at),
                _ => Fate::Busy,
            }
        });
        let told = String::from_utf8_lossy(&begin().stderr).into_owned();
        assert!(told.contains("503"), "{told}");
        // Nobody takes it for a copy meanwhile.
        assert_eq!(run("rebuild", folder.path(), &[]).status.code(), Some(1));
    }
    between.decide(|_| Fate::Pass);
    let done = begin();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let told = String::from_utf8(done.stdout).unwrap();
    let digest = source.anonymous().get("/v1/digest").at("/digest");
    assert!(told.contains(digest.as_str().unwrap()), "{told}");
    let checked = run("fsck", folder.path(), &[]);
    assert!(
        checked.status.success(),
        "{}",
        String::from_utf8_lossy(&checked.stdout)
    );
}

#[rstest]
fn a_mirror_killed_before_its_history_is_there_goes_on(#[values(Sqlite, Postgres)] backend: Backend) {
    let source = Registry::start(backend);
    write_much(&source.as_city());
    let between = source.middleman();
    hold_history(&between);
    let mut mirror = mirror_at(between.address());
    wait_for_present(&mirror, &source);
    mirror.kill();
    source.as_city().create("370200", care_home_safety());
    mirror.restart();
    wait_for_present(&mirror, &source);
    assert_loading(&mirror.anonymous().get("/v1/changes"));

    // Part of the history comes, then the next crash.
    let mut pages = 0;
    between.decide(move |line| {
        pages += i32::from(line.contains("/v1/changes"));
        if pages > 3 { Fate::Busy } else { Fate::Pass }
    });
    mirror.wait_until("in the middle of it", || {
        mirror
            .anonymous()
            .get("/readyz")
            .at("/mirror/history_loaded")
            .as_i64()
            > Some(1)
    });
    mirror.kill();
    between.decide(|_| Fate::Pass);
    mirror.restart();
    wait_until_equal(&mirror, &source);
    assert_same_digest(&mirror, &source);
    assert_sound(&mirror);
}

#[rstest]
#[case::a_content(
    "/v1/snapshot",
    "养老机构服务安全基本规范",
    "养老机构服务安全基本规定",
    "content does not have the hash"
)]
#[case::the_number_of_entries("/v1/snapshot", "\"count\":2", "\"count\":3", "has the digest")]
#[case::an_entry_of_the_edge(
    "/log/tile/entries",
    "\"actor\":\"city\"",
    "\"actor\":\"cite\"",
    "root it signed"
)]
fn a_snapshot_that_was_changed_on_the_way_is_refused(
    #[values(Sqlite, Postgres)] backend: Backend,
    #[case] path: &'static str,
    #[case] found: &'static str,
    #[case] by: &'static str,
    #[case] cause: &str,
) {
    let source = Registry::start(backend);
    source.as_city().create("370200", care_home_safety());
    let between = source.middleman();
    between.decide(move |line| {
        if line.contains(path) {
            Fate::Replace(found.as_bytes().to_vec(), by.as_bytes().to_vec())
        } else {
            Fate::Pass
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let begin = || {
        run(
            "mirror",
            folder.path(),
            &[between.address(), "--once", "--bootstrap", "snapshot"],
        )
    };
    let refused = begin();
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{told}");
    assert!(told.contains(cause), "{told}");
    between.decide(|_| Fate::Pass);
    let done = begin();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// The leaf of an entry that is nowhere near the tree's edge is looked for in its tile.
#[rstest]
fn an_entry_that_is_not_in_the_signed_tree_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let source = Registry::start(backend);
    write_much(&source.as_city());
    let between = source.middleman();
    let hash = source.anonymous().get("/log/tile/0/x001/000");
    assert_eq!(hash.status.as_u16(), 404);
    let tile = source.anonymous().get("/log/tile/0/003").expect(200);
    let (first, second) = (tile.body[..32].to_vec(), tile.body[32..64].to_vec());
    between.decide(move |line| {
        if line.contains("/log/tile/0/003") {
            Fate::Replace(first.clone(), second.clone())
        } else {
            Fate::Pass
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let refused = run(
        "mirror",
        folder.path(),
        &[between.address(), "--once", "--bootstrap", "snapshot"],
    );
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains("not in the tree that was signed"), "{told}");
}

#[rstest]
fn a_history_that_was_changed_on_the_way_does_not_stop_the_present(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let source = Registry::start(backend);
    write_history(&source);
    let between = source.middleman();
    between.decide(|line| {
        if line.contains("/v1/changes") {
            Fate::Replace("市市场监管局".into(), "市市场监督局".into())
        } else {
            Fate::Pass
        }
    });
    let mirror = mirror_at(between.address());
    mirror.wait_until("refusing", || {
        let standing = mirror.anonymous().get("/readyz").expect(200);
        standing.text().contains("does not have the hash the leaf names")
    });
    source.as_city().create("370200", row("GB/T 5-2020"));
    wait_for_present(&mirror, &source);
    assert_loading(&mirror.anonymous().get("/v1/changes"));
    between.decide(|_| Fate::Pass);
    wait_until_equal(&mirror, &source);
    assert_same_answers(&mirror, &source);
}

#[rstest]
fn a_fork_is_found_out_before_the_history_is_there(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut source = Registry::start(backend);
    write_history(&source);
    let between = source.middleman();
    hold_history(&between);
    let mirror = mirror_at(between.address());
    rewritten(
        &mut source,
        |source| {
            source.as_city().create("370200", row("GB/T 2-2020"));
            wait_for_present(&mirror, source);
        },
        |source| {
            between.decide(|_| Fate::Pass);
            source.as_city().create("370200", row("GB/T 2-1999"));
        },
    );
    mirror.wait_until("alarmed", || mirror.anonymous().get("/readyz").status == 503);
    assert!(mirror.log().contains("FORKED"));
    assert_eq!(mirror.anonymous().numbers("number=GB/T+2-2020"), ["GB/T 2-2020"]);
    assert!(mirror.data().join("fork.json").is_file());
}

#[rstest]
fn a_restored_source_is_copied_anew_before_the_history_is_there(
    #[values(Sqlite, Postgres)] backend: Backend,
    #[values(0, 9)] written_since: i64,
) {
    let mut source = Registry::start(backend);
    write_history(&source);
    let between = source.middleman();
    hold_history(&between);
    source.stop();
    let kept = source.back_up();
    source.restart();
    for n in 1..=4 {
        source.as_city().create("370200", row(&format!("GB/T {n}-2020")));
    }
    let mut mirror = mirror_at(between.address());
    wait_for_present(&mirror, &source);
    assert_loading(&mirror.anonymous().get("/v1/changes"));
    let lost = source.anonymous().log_head();

    source.stop();
    source.put_back(&kept);
    log_command(&source, &["new-epoch", "--reason", "恢复昨日备份"]);
    source.restart();
    for n in 1..=written_since {
        source.as_city().create("370200", row(&format!("GB/T {n}-1999")));
    }
    between.decide(|_| Fate::Pass);
    wait_until_equal(&mirror, &source);
    assert_same_answers(&mirror, &source);
    assert_sound(&mirror);
    mirror.restart();
    source.as_city().create("370200", row("GB/T 1.1-2020"));
    wait_until_equal(&mirror, &source);
    let shown = run("mirror", mirror.data(), &["--status"]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    let witnessed = format!("/1 {} ", lost + 1);
    assert!(
        shown
            .lines()
            .any(|line| line.contains(&witnessed) && line.ends_with("not held")),
        "{shown}"
    );
}

#[rstest]
fn what_was_erased_is_told_before_the_history_is_there(#[values(Sqlite, Postgres)] backend: Backend) {
    let source = Registry::start(backend);
    write_history(&source);
    let early = source.as_city().create("370200", row("GB/T 2-2020"));
    let late = source.as_city().create("370200", row("GB/T 3-2020"));
    let erase = |entry: &str| {
        let order = json!({"entry": entry, "revisions": [1], "reason": "含个人信息", "basis": "个人信息保护法第四十七条"});
        let counsel = source.as_subject("counsel", &["370200"], "admin");
        counsel.post("/v1/redactions", &order).expect(201);
    };
    erase(&early.id);
    let between = source.middleman();
    hold_history(&between);
    let mirror = mirror_at(between.address());
    wait_for_present(&mirror, &source);
    erase(&late.id);
    wait_for_present(&mirror, &source);
    for entry in [&early, &late] {
        let (expected, found) = (
            source.anonymous().get(&entry.path),
            mirror.anonymous().get(&entry.path),
        );
        assert_eq!(found.status.as_u16(), 410);
        assert_eq!(found.json(), expected.json());
    }
    between.decide(|_| Fate::Pass);
    wait_until_equal(&mirror, &source);
    assert_same_answers(&mirror, &source);
    assert_sound(&mirror);
}

#[rstest]
fn a_log_with_several_keys_is_begun_with_its_present(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut source = Registry::start(backend);
    write_much(&source.as_city());
    for round in 1..=2 {
        source.stop();
        log_command(&source, &["rotate-key", "--reason", "年度轮换"]);
        source.restart();
        source
            .as_city()
            .create("370200", row(&format!("GB/T {round}-2020")));
    }
    let between = source.middleman();
    hold_history(&between);
    let first = source.anonymous().get("/v1/log/keys").at("/items/0/verifier_key");
    let settings = [
        ("REGISTRY_MIRROR_OF", between.address()),
        ("REGISTRY_MIRROR_KEY", first.as_str().unwrap()),
    ];
    let mirror = Registry::start_with(Sqlite, &settings);
    wait_for_present(&mirror, &source);
    let log = mirror.log();
    assert_eq!(log.matches("has handed over to another").count(), 2, "{log}");
    between.decide(|_| Fate::Pass);
    wait_until_equal(&mirror, &source);
    assert_same_digest(&mirror, &source);
    assert_sound(&mirror);
}
