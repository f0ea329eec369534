//! What a mirror makes of broken connections, crashes, tampering, restored backups and forks.

use std::fs;

use rstest::rstest;
use serde_json::{Value, json};
use standards_registry::store::conn::{Conn, Location, Purpose};
use standards_registry::store::{content, version};

use crate::mirror::{assert_same_answers, assert_sound, mirror_at, run, wait_until_equal, write_history};
use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::catalogue::creation;
use crate::support::chance::Chance;
use crate::support::entry::{care_home_safety, problem, row};
use crate::support::middleman::{Fate, Middleman};
use crate::support::{Client, Registry};

/// A mirror that begins with the log's first entry.
pub fn mirror_by_history(address: &str) -> Registry {
    let settings = [("REGISTRY_MIRROR_OF", address), ("REGISTRY_BOOTSTRAP", "history")];
    Registry::start_with(Sqlite, &settings)
}

/// Enough for several pages.
pub fn write_much(client: &Client) {
    for batch in 0..5 {
        let many: Vec<Value> = (1..=500)
            .map(|n| {
                creation(
                    "370202",
                    row(&format!("GB/T {}-2020", 30_000 + batch * 1_000 + n)),
                )
            })
            .collect();
        client.bulk(&many).expect(200);
    }
}

#[rstest]
fn a_connection_that_keeps_breaking_only_takes_longer(#[values(Sqlite, Postgres)] backend: Backend) {
    let source = Registry::start(backend);
    write_much(&source.as_city());
    let between = source.middleman();
    let mut chance = Chance::of(7);
    between.decide(move |_| match chance.below(10) {
        0..3 => Fate::Busy,
        3..8 => Fate::Cut(chance.below(900_000)),
        _ => Fate::Pass,
    });
    let mirror = mirror_at(between.address());
    wait_until_equal(&mirror, &source);
    source.as_city().create("370200", care_home_safety());
    wait_until_equal(&mirror, &source);
    assert_same_digest(&mirror, &source);
    assert_sound(&mirror);
}

#[track_caller]
pub fn assert_same_digest(mirror: &Registry, source: &Registry) {
    let digest = |registry: &Registry| {
        registry
            .anonymous()
            .get("/v1/digest?buckets=true")
            .expect(200)
            .json()
    };
    assert_eq!(digest(mirror), digest(source));
}

#[rstest]
fn a_mirror_killed_at_work_goes_on_where_it_was(#[values(Sqlite, Postgres)] backend: Backend) {
    let source = Registry::start(backend);
    write_much(&source.as_city());
    let between = source.middleman();
    let mut mirror = mirror_at(between.address());
    let mut before = 0;
    for round in 1..=4 {
        mirror.wait_until("fetching", || between.passed() > before + 1);
        mirror.kill();
        source
            .as_city()
            .create("370200", row(&format!("GB/T {round}-2021")));
        before = between.passed();
        mirror.restart();
    }
    wait_until_equal(&mirror, &source);
    assert_same_digest(&mirror, &source);
    assert_sound(&mirror);
}

#[rstest]
fn a_source_that_comes_and_goes_is_followed(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut source = Registry::start(backend);
    write_history(&source);
    let between = source.middleman();
    let mirror = mirror_at(between.address());
    wait_until_equal(&mirror, &source);
    source.kill();
    // What is held can be read while the source is away.
    mirror.anonymous().get("/v1/standards").expect(200);
    source.restart();
    source.as_city().create("370200", row("GB/T 1.1-2020"));
    wait_until_equal(&mirror, &source);
    assert_same_answers(&mirror, &source);
}

#[rstest]
fn what_was_changed_on_the_way_is_refused_with_its_position(#[values(Sqlite, Postgres)] backend: Backend) {
    let source = Registry::start(backend);
    let city = source.as_city();
    city.create("370200", row("GB/T 1.1-2020"));
    let wanted = city.create("370200", care_home_safety());
    let position = wanted.position;
    for (found, by, cause) in [
        // A word of a content: its hash is in the leaf.
        ("养老机构服务安全基本规范", "养老机构服务安全基本规定", "content"),
        // A letter of the actor: it is the leaf.
        ("\"recorded_at\":", "\"recorded_at\" ", "does not read"),
    ] {
        let between = source.middleman();
        between.decide(replacing(found, by));
        let folder = tempfile::tempdir().unwrap();
        let copied = run("mirror", folder.path(), &[between.address(), "--once"]);
        let told = String::from_utf8_lossy(&copied.stderr).into_owned();
        assert_eq!(copied.status.code(), Some(1), "{told}");
        assert!(told.contains(cause), "{told}");
        // What was sent in order is kept, and nothing else.
        between.decide(|_| Fate::Pass);
        let copied = run("mirror", folder.path(), &[between.address(), "--once"]);
        assert!(copied.status.success());
    }
    let between = source.middleman();
    between.decide(replacing("养老机构服务安全基本规范", "养老机构服务安全基本规定"));
    let mirror = mirror_by_history(between.address());
    let refusal = format!("position {position}: the content does not have the hash the leaf names");
    mirror.wait_until("refusing", || {
        mirror.anonymous().get("/readyz").text().contains(&refusal)
    });
    assert_eq!(mirror.anonymous().log_head(), position - 1);
    between.decide(|_| Fate::Pass);
    wait_until_equal(&mirror, &source);
}

fn replacing(found: &str, by: &str) -> impl FnMut(&str) -> Fate + Send + use<> {
    let (found, by) = (found.as_bytes().to_vec(), by.as_bytes().to_vec());
    move |line| {
        if line.contains("/v1/changes") {
            Fate::Replace(found.clone(), by.clone())
        } else {
            Fate::Pass
        }
    }
}

/// What keeps a registry from signing another history lies beside its key: whoever means to do so removes it.
fn forget_what_was_signed(registry: &Registry) {
    fs::remove_file(registry.data().join("guard.note")).unwrap();
}

/// Has the log's own command done on a stopped registry.
#[track_caller]
pub fn log_command(registry: &Registry, arguments: &[&str]) {
    let done = registry.command("log").args(arguments).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// A source whose history was written anew from some point on, with the same key.
pub fn rewritten(source: &mut Registry, write: impl Fn(&Registry), rewrite: impl Fn(&Registry)) {
    source.stop();
    let kept = source.back_up();
    source.restart();
    write(source);
    source.stop();
    source.put_back(&kept);
    forget_what_was_signed(source);
    source.restart();
    rewrite(source);
}

#[rstest]
fn a_source_that_rewrites_what_it_signed_is_found_out(
    #[values(Sqlite, Postgres)] backend: Backend,
    #[values(1, 2, 5)] rows: i64,
) {
    let mut source = Registry::start(backend);
    write_history(&source);
    let between = source.middleman();
    let mirror = mirror_at(between.address());
    rewritten(
        &mut source,
        |source| {
            for n in 1..=2 {
                source.as_city().create("370200", row(&format!("GB/T {n}-2020")));
            }
            wait_until_equal(&mirror, source);
        },
        |source| {
            for n in 1..=rows {
                source.as_city().create("370200", row(&format!("GB/T {n}-1999")));
            }
        },
    );
    mirror.wait_until("alarmed", || mirror.anonymous().get("/readyz").status == 503);
    assert_fork_is_told(&mirror, &between);
}

#[track_caller]
fn assert_fork_is_told(mirror: &Registry, between: &Middleman) {
    let standing = mirror.anonymous().get("/readyz").expect(503);
    assert!(standing.text().contains("has forked"), "{standing:?}");
    assert_eq!(standing.at("/mirror/forked"), true);
    assert!(mirror.log().contains("FORKED"));
    // Both statements are kept, each signed.
    let evidence = fs::read_to_string(mirror.data().join("fork.json")).unwrap();
    let evidence: Value = serde_json::from_str(&evidence).unwrap();
    for side in ["held", "contradicting"] {
        assert!(evidence[side].as_str().unwrap().contains("\n— "), "{evidence}");
    }
    assert_ne!(evidence["held"], evidence["contradicting"]);
    // What is held goes on being served, nothing more is asked.
    mirror.anonymous().get("/v1/standards").expect(200);
    assert_eq!(mirror.anonymous().numbers("number=GB/T+2-2020"), ["GB/T 2-2020"]);
    let asked = between.passed();
    mirror.anonymous().get("/readyz").expect(503);
    assert_eq!(between.passed(), asked);
    let (code, told) = mirror.fsck();
    assert_eq!(code, Some(0), "{told}");
}

#[rstest]
fn a_restarted_mirror_does_not_forget_a_fork(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut source = Registry::start(backend);
    write_history(&source);
    let between = source.middleman();
    let mut mirror = mirror_at(between.address());
    rewritten(
        &mut source,
        |source| {
            source.as_city().create("370200", row("GB/T 2-2020"));
            wait_until_equal(&mirror, source);
        },
        |source| {
            source.as_city().create("370200", row("GB/T 2-1999"));
        },
    );
    mirror.wait_until("alarmed", || mirror.anonymous().get("/readyz").status == 503);
    mirror.stop();
    let again = run("mirror", mirror.data(), &[between.address(), "--once"]);
    let told = String::from_utf8_lossy(&again.stderr).into_owned();
    assert_eq!(again.status.code(), Some(1), "{told}");
    assert!(told.contains("has forked"), "{told}");
    assert_eq!(run("mirror", mirror.data(), &["--status"]).status.code(), Some(1));
}

#[rstest]
fn a_source_that_lost_its_tail_is_waited_for_and_nothing_is_thrown_away(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let mut source = Registry::start(backend);
    write_history(&source);
    let between = source.middleman();
    let mirror = mirror_at(between.address());
    rewritten(
        &mut source,
        |source| {
            source.as_city().create("370200", row("GB/T 2-2020"));
            wait_until_equal(&mirror, source);
        },
        |_| {},
    );
    mirror.wait_until("aware of the loss", || {
        mirror
            .anonymous()
            .get("/readyz")
            .text()
            .contains("has lost what came after")
    });
    mirror.anonymous().get("/readyz").expect(200);
    assert_eq!(mirror.anonymous().numbers("number=GB/T+2-2020"), ["GB/T 2-2020"]);
}

#[rstest]
fn a_restored_source_that_says_so_is_copied_anew(
    #[values(Sqlite, Postgres)] backend: Backend,
    #[values(0, 1, 9)] written_since: i64,
) {
    let mut source = Registry::start(backend);
    write_history(&source);
    let between = source.middleman();
    let mut mirror = mirror_at(between.address());
    source.stop();
    let kept = source.back_up();
    source.restart();
    for n in 1..=4 {
        source.as_city().create("370200", row(&format!("GB/T {n}-2020")));
    }
    wait_until_equal(&mirror, &source);
    let lost = source.anonymous().log_head();

    source.stop();
    source.put_back(&kept);
    log_command(&source, &["new-epoch", "--reason", "恢复昨日备份"]);
    source.restart();
    for n in 1..=written_since {
        source.as_city().create("370200", row(&format!("GB/T {n}-1999")));
    }
    wait_until_equal(&mirror, &source);
    assert_same_answers(&mirror, &source);
    assert_sound(&mirror);
    assert_eq!(mirror.anonymous().numbers("number=GB/T+1-2020"), [""; 0]);

    // It goes on, also after a restart.
    mirror.restart();
    source.as_city().create("370200", row("GB/T 1.1-2020"));
    wait_until_equal(&mirror, &source);

    // The earlier copy and what was signed for it are kept.
    assert!(mirror.data().join("registry-1.sqlite").is_file());
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
fn what_the_source_erases_is_erased_in_every_copy(#[values(Sqlite, Postgres)] backend: Backend) {
    let source = Registry::start(backend);
    write_history(&source);
    let entry = source.as_city().create("370200", row("GB/T 2-2020"));
    let early = mirror_at(&source.address());
    wait_until_equal(&early, &source);
    let order = json!({"entry": entry.id, "revisions": [1], "reason": "含个人信息", "basis": "个人信息保护法第四十七条"});
    source
        .as_subject("counsel", &["370200"], "admin")
        .post("/v1/redactions", &order)
        .expect(201);
    let late = mirror_at(&source.address());
    for mirror in [&early, &late] {
        wait_until_equal(mirror, &source);
        assert_same_answers(mirror, &source);
        assert_sound(mirror);
        let location = Location::Sqlite(mirror.data().join("registry.sqlite"));
        let mut held = Conn::establish(&location, Purpose::Read).unwrap();
        let version = version::current(&mut held, std::slice::from_ref(&entry.id))
            .unwrap()
            .remove(0);
        let stored = content::by_hashes(&mut held, &[version.content_sha256])
            .unwrap()
            .remove(0);
        assert_eq!(stored.bytes, None);
    }
}

#[rstest]
fn what_is_withheld_without_a_redaction_is_refused() {
    let mut source = Registry::start(Sqlite);
    write_history(&source);
    let entry = source.as_city().create("370200", row("GB/T 2-2020"));
    source.stop();
    {
        let location = Location::Sqlite(source.data().join("registry.sqlite"));
        let mut conn = Conn::establish(&location, Purpose::Write).unwrap();
        let version = version::current(&mut conn, std::slice::from_ref(&entry.id))
            .unwrap()
            .remove(0);
        content::erase(&mut conn, &[version.content_sha256], 1).unwrap();
    }
    source.restart();
    let folder = tempfile::tempdir().unwrap();
    let copied = run("mirror", folder.path(), &[&source.address(), "--once"]);
    assert_eq!(copied.status.code(), Some(1));
    let told = String::from_utf8_lossy(&copied.stderr);
    assert!(told.contains("no redaction names them"), "{told}");
}

#[rstest]
fn a_key_that_the_one_before_vouches_for_is_trusted(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut source = Registry::start(backend);
    write_history(&source);
    let between = source.middleman();
    let early = mirror_at(between.address());
    wait_until_equal(&early, &source);
    for round in 1..=2 {
        source.stop();
        log_command(&source, &["rotate-key", "--reason", "年度轮换"]);
        source.restart();
        source
            .as_city()
            .create("370200", row(&format!("GB/T {round}-2020")));
        wait_until_equal(&early, &source);
    }
    // Who comes later, or through a mirror, finds all of it.
    let late = mirror_at(&early.address());
    wait_until_equal(&late, &source);
    assert_same_answers(&early, &source);
    assert_same_answers(&late, &source);
}

#[rstest]
fn a_key_that_nobody_vouches_for_is_not_trusted() {
    let mut source = Registry::start(Sqlite);
    write_history(&source);
    let folder = tempfile::tempdir().unwrap();
    assert!(
        run("mirror", folder.path(), &[&source.address(), "--once"])
            .status
            .success()
    );
    source.stop();
    fs::remove_file(source.data().join("log-key.pem")).unwrap();
    log_command(
        &source,
        &["rotate-key", "--old-key-lost", "--reason", "密钥随硬盘损坏"],
    );
    source.restart();
    let refused = run("mirror", folder.path(), &[&source.address(), "--once"]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{told}");
    assert!(told.contains("not signed by a trusted key"), "{told}");

    // The operator of the mirror was told the new key in another way.
    let keys = source.anonymous().get("/v1/log/keys").at("/items");
    let newest = keys.as_array().unwrap().last().unwrap();
    let key = newest["verifier_key"].as_str().unwrap();
    fs::remove_file(folder.path().join("source.vkey")).unwrap();
    let trusted = run(
        "mirror",
        folder.path(),
        &[&source.address(), "--once", "--key", key],
    );
    assert!(
        trusted.status.success(),
        "{}",
        String::from_utf8_lossy(&trusted.stderr)
    );
}

/// The redaction stands a page behind what it erased.
#[rstest]
fn what_was_erased_is_told_before_the_redaction_has_come(#[values(Sqlite, Postgres)] backend: Backend) {
    let source = Registry::start(backend);
    let entry = source.as_city().create("370200", row("GB/T 2-2020"));
    write_much(&source.as_city());
    let order = json!({"entry": entry.id, "revisions": [1], "parts": ["content", "note"],
        "reason": "含个人信息", "basis": "个人信息保护法第四十七条"});
    source
        .as_subject("counsel", &["370200"], "admin")
        .post("/v1/redactions", &order)
        .expect(201);
    let between = source.middleman();
    let mut pages = 0;
    between.decide(move |line| {
        pages += i32::from(line.contains("/v1/changes"));
        if pages > 1 { Fate::Busy } else { Fate::Pass }
    });
    let mirror = mirror_by_history(between.address());
    mirror.wait_until("holding the first page", || mirror.anonymous().log_head() >= 1000);
    let anyone = mirror.anonymous();
    let gone = anyone.get(&entry.path).expect(410);
    assert_eq!(problem(&gone), "redacted");
    let position = entry.position;
    let path = &entry.path;
    for question in [
        format!("{path}/revisions"),
        format!("{path}/relations"),
        format!("{path}/revisions/1"),
        format!("{path}/revisions/1/tlog-proof"),
        format!("{path}/diff"),
        "/v1/standards?withdrawn=include&limit=1000".to_owned(),
        "/v1/standards?facets=level,validity&count=true".to_owned(),
        format!("/v1/standards?as_of={position}"),
        "/v1/standards/lookup?number=GB/T+2-2020".to_owned(),
        "/v1/changes?limit=1000&leaf=true".to_owned(),
        "/v1/changes?owner=370200&limit=1000".to_owned(),
        "/v1/snapshot?limit=1000&leaf=true".to_owned(),
        "/v1/digest".to_owned(),
        "/v1/redactions".to_owned(),
        format!("/v1/diff?from=1&to={position}"),
        "/v1/frameworks/qingdao/matrix".to_owned(),
        "/oai?verb=ListRecords&metadataPrefix=oai_dc".to_owned(),
        format!(
            "/oai?verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:x:{}",
            entry.id
        ),
    ] {
        // What no checkpoint covers yet cannot be proved: 503, but never 500.
        let answer = anyone.get(&question);
        assert_ne!(answer.status.as_u16(), 500, "{question}: {answer:?}");
    }
    let auditor = mirror.as_auditor();
    for question in [
        "/v1/audit/revisions?limit=1000".to_owned(),
        format!("/v1/audit/bundle?entry={}", entry.id),
    ] {
        let answer = auditor.get(&question);
        assert_ne!(answer.status.as_u16(), 500, "{question}: {answer:?}");
    }
    between.decide(|_| Fate::Pass);
    wait_until_equal(&mirror, &source);
    assert_sound(&mirror);
}
