//! Evidence that leaves the registry: bundles that verify, and tampering that is found with position and cause.

use std::fs;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::process::Command;

use rstest::rstest;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::Registry;
use crate::support::catalogue::register_large;
use crate::support::entry::{Entry, care_home_safety, faults, row};

const CHENGYANG: &str = "370214";
const SHIBEI: &str = "370203";

/// Some history: the first entry has three revisions and moved from one district to another.
fn fill(registry: &Registry) -> Entry {
    let city = registry.as_city();
    let first = city.create(CHENGYANG, care_home_safety());
    let moved = city.replace(&first, SHIBEI, care_home_safety());
    city.create(CHENGYANG, row("GB/T 35796-2017"));
    city.change(&moved, json!({"title": "新名称"}));
    let gone = city.create(SHIBEI, row("GB/T 42195-2022"));
    city.withdraw(&gone);
    first
}

/// A bundle in a folder of its own, packed and unpacked.
struct Bundle {
    folder: TempDir,
}

impl Bundle {
    #[track_caller]
    fn of(registry: &Registry, query: &str) -> Self {
        let answer = registry
            .as_auditor()
            .get(&format!("/v1/audit/bundle?{query}"))
            .expect(200);
        assert_eq!(answer.header("Content-Type").as_deref(), Some("application/zip"));
        let bundle = Self {
            folder: TempDir::with_prefix("registry-bundle-").unwrap(),
        };
        fs::write(bundle.packed(), &answer.body).unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(answer.body)).expect("a whole archive");
        fs::create_dir(bundle.unpacked()).unwrap();
        for index in 0..archive.len() {
            let mut file = archive.by_index(index).unwrap();
            let path = bundle.file(&file.name().unwrap());
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            fs::write(path, bytes).unwrap();
        }
        bundle
    }

    fn packed(&self) -> PathBuf {
        self.folder.path().join("bundle.zip")
    }

    fn unpacked(&self) -> PathBuf {
        self.folder.path().join("bundle")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.unpacked().join(name)
    }

    fn lines(&self, name: &str) -> Vec<String> {
        let text = fs::read_to_string(self.file(name)).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    fn write_lines(&self, name: &str, lines: &[String]) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        fs::write(self.file(name), text).unwrap();
    }

    /// Changes one line, as somebody with an editor would.
    fn edit(&self, name: &str, line: usize, change: impl Fn(&str) -> String) {
        let mut lines = self.lines(name);
        lines[line] = change(&lines[line]);
        self.write_lines(name, &lines);
    }

    /// Takes one leaf out of every file.
    fn drop_leaf(&self, line: usize) {
        for name in ["envelopes.ndjson", "contents.ndjson", "notes.ndjson"] {
            let mut lines = self.lines(name);
            lines.remove(line);
            self.write_lines(name, &lines);
        }
        let mut hashes = fs::read(self.file("leaf-hashes.bin")).unwrap();
        hashes.drain(line * 32..(line + 1) * 32);
        fs::write(self.file("leaf-hashes.bin"), hashes).unwrap();
    }

    /// The last line that speaks of a revision.
    fn newest_revision(&self) -> usize {
        let lines = self.lines("envelopes.ndjson");
        lines
            .iter()
            .rposition(|line| line.contains("\"type\":\"revision\""))
            .unwrap()
    }
}

/// The command on evidence, and what it told.
fn verify(evidence: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    run(evidence.as_os_str(), arguments)
}

fn run(evidence: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_standards-registry"));
    command.arg("verify").arg(evidence).args(arguments);
    let done = command.output().expect("verify runs");
    let told = [done.stdout, done.stderr].concat();
    (done.status.code(), String::from_utf8_lossy(&told).into_owned())
}

#[track_caller]
fn holds(evidence: &Path, arguments: &[&str]) -> String {
    let (code, told) = verify(evidence, arguments);
    assert_eq!(code, Some(0), "{told}");
    told
}

#[track_caller]
fn fails(evidence: &Path, arguments: &[&str], words: &[&str]) {
    let (code, told) = verify(evidence, arguments);
    assert_eq!(code, Some(1), "{told}");
    for word in words {
        assert!(told.contains(word), "no {word:?} in\n{told}");
    }
}

#[rstest]
fn a_bundle_of_anything_verifies_by_itself(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let first = fill(&registry);
    let all = Bundle::of(&registry, "all=true");
    for evidence in [all.packed(), all.unpacked()] {
        let told = holds(&evidence, &[]);
        assert!(told.contains("none missing, altered or added"), "{told}");
        assert!(told.contains("not that it is true"), "{told}");
    }
    let key = fs::read_to_string(all.file("keys.txt")).unwrap();
    let told = holds(&all.packed(), &["--key", key.trim()]);
    assert!(!told.contains("the key came with the evidence"), "{told}");

    let entry = Bundle::of(&registry, &format!("entry={}", first.id));
    let told = holds(&entry.packed(), &[]);
    assert!(told.contains("is proven to stand in the signed log"), "{told}");
    assert!(told.contains("3 revisions of 1 entries"), "{told}");
    // What moved out keeps all its revisions: the chain has no hole.
    let owner = Bundle::of(&registry, "owner=370214");
    let told = holds(&owner.unpacked(), &[]);
    assert!(told.contains("4 revisions of 2 entries"), "{told}");
}

#[rstest]
fn every_tampering_is_found_with_position_and_cause(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    fill(&registry);
    let bundle = || Bundle::of(&registry, "all=true");

    let forged = bundle();
    let line = forged.newest_revision();
    forged.edit("envelopes.ndjson", line, |envelope| {
        envelope.replace("\"city\"", "\"mayor\"")
    });
    let at = format!("position {line}: ");
    fails(&forged.unpacked(), &[], &[&at, "do not have the leaf's hash"]);
    // With its hash made to fit, it is the root that does not.
    let envelope = forged.lines("envelopes.ndjson")[line].clone();
    let mut hashes = fs::read(forged.file("leaf-hashes.bin")).unwrap();
    let hash = standards_registry::log::hash::leaf_hash(envelope.as_bytes());
    hashes[line * 32..(line + 1) * 32].copy_from_slice(&hash);
    fs::write(forged.file("leaf-hashes.bin"), hashes).unwrap();
    fails(
        &forged.unpacked(),
        &[],
        &["the root made from the leaf hashes is not the one the checkpoint signs"],
    );

    let altered = bundle();
    altered.edit("contents.ndjson", line, |content| {
        content.replacen("标准", "文件", 1) + " "
    });
    fails(&altered.unpacked(), &[], &[&at, "does not have the hash"]);

    let reworded = bundle();
    reworded.edit("notes.ndjson", line, |note| note.replace("\"salt\"", "\"SALT\""));
    fails(&reworded.unpacked(), &[], &[&at, "does not have the hash"]);

    let silenced = bundle();
    silenced.edit("contents.ndjson", line, |_| String::new());
    fails(
        &silenced.unpacked(),
        &[],
        &[&at, "no leaf says that it was erased"],
    );

    let holed = bundle();
    holed.drop_leaf(4);
    fails(&holed.unpacked(), &[], &["position 4: ", "the leaf is missing"]);

    let cut = bundle();
    let last = cut.lines("envelopes.ndjson").len() - 1;
    cut.drop_leaf(last);
    fails(
        &cut.unpacked(),
        &[],
        &[&format!("position {last}: "), "the log breaks off"],
    );

    let lost = bundle();
    fs::remove_file(lost.file("notes.ndjson")).unwrap();
    fails(&lost.unpacked(), &[], &["the file notes.ndjson is missing"]);

    let packed = bundle();
    let bytes = fs::read(packed.packed()).unwrap();
    fs::write(packed.packed(), &bytes[..bytes.len() / 2]).unwrap();
    fails(&packed.packed(), &[], &["cannot be used"]);
}

#[rstest]
fn a_checkpoint_is_that_of_this_log_and_key_or_none(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    fill(&registry);
    let older = Bundle::of(&registry, "all=true");
    registry.as_city().create(CHENGYANG, row("GB/T 1-2020"));
    let bundle = Bundle::of(&registry, "all=true");
    let other_registry = Registry::start(Sqlite);
    fill(&other_registry);
    let other = Bundle::of(&other_registry, "all=true");

    let key = fs::read_to_string(other.file("keys.txt")).unwrap();
    fails(
        &bundle.packed(),
        &["--key", key.trim()],
        &["bears no valid signature"],
    );

    // An older checkpoint is a true one, but of less.
    let size = older.lines("envelopes.ndjson").len();
    fs::copy(older.file("checkpoint"), bundle.file("checkpoint")).unwrap();
    fails(
        &bundle.unpacked(),
        &[],
        &[&format!("position {size}: "), "a leaf beyond the checkpoint"],
    );

    fs::copy(other.file("checkpoint"), bundle.file("checkpoint")).unwrap();
    fails(&bundle.unpacked(), &[], &["bears no valid signature"]);
    fs::copy(other.file("keys.txt"), bundle.file("keys.txt")).unwrap();
    fails(
        &bundle.unpacked(),
        &[],
        &["but the checkpoint is signed by", "the checkpoint is of"],
    );
}

#[rstest]
fn an_earlier_checkpoint_shows_that_history_was_kept(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let first = fill(&registry);
    let older = Bundle::of(&registry, "all=true");
    let kept = older.file("checkpoint");
    let kept = kept.to_str().unwrap();
    registry.as_city().create(CHENGYANG, row("GB/T 1-2020"));
    let newer = Bundle::of(&registry, "all=true");
    let told = holds(&newer.packed(), &["--checkpoint", kept]);
    assert!(told.contains("still begin the log, unchanged"), "{told}");

    let newest = newer.file("checkpoint");
    fails(
        &older.packed(),
        &["--checkpoint", newest.to_str().unwrap()],
        &["history was cut"],
    );
    let other_registry = Registry::start(Sqlite);
    fill(&other_registry);
    let other = Bundle::of(&other_registry, "all=true");
    fails(&other.packed(), &["--checkpoint", kept], &["of another log"]);

    let part = Bundle::of(&registry, &format!("entry={}", first.id));
    let (code, told) = verify(&part.packed(), &["--checkpoint", kept]);
    assert_eq!(code, Some(2), "{told}");
}

#[rstest]
fn evidence_of_a_part_fails_where_it_was_touched(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let first = fill(&registry);
    let bundle = || Bundle::of(&registry, &format!("entry={}", first.id));
    let position = |bundle: &Bundle, line: usize| {
        let envelope: Value = serde_json::from_str(&bundle.lines("envelopes.ndjson")[line]).unwrap();
        envelope["position"].clone()
    };
    let forged = bundle();
    let line = forged.newest_revision();
    let at = format!("position {}: ", position(&forged, line));
    forged.edit("envelopes.ndjson", line, |envelope| {
        envelope.replace("\"city\"", "\"mayor\"")
    });
    fails(&forged.unpacked(), &[], &[&at, "the inclusion proof fails"]);

    let holed = bundle();
    for name in [
        "envelopes.ndjson",
        "contents.ndjson",
        "notes.ndjson",
        "proofs.ndjson",
    ] {
        let mut lines = holed.lines(name);
        lines.remove(line - 1);
        holed.write_lines(name, &lines);
    }
    fails(
        &holed.unpacked(),
        &[],
        &[&at, "revision 3 of", "comes where revision 2 belongs"],
    );
}

#[rstest]
fn the_recipe_in_the_bundle_works_as_written(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let first = fill(&registry);
    for (query, words) in [
        ("all=true".to_owned(), "the leaves make the signed root"),
        (format!("entry={}", first.id), "the leaf stands in the signed log"),
    ] {
        let bundle = Bundle::of(&registry, &query);
        let recipe = fs::read_to_string(bundle.file("VERIFY.md")).unwrap();
        let follow = |folder: &Path| {
            let script: String = blocks(&recipe).concat();
            let done = Command::new("bash")
                .args(["-euo", "pipefail", "-c", &script])
                .current_dir(folder)
                .output();
            let done = done.expect("bash, openssl and coreutils");
            let told = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
            (done.status.success(), told)
        };
        let (success, told) = follow(&bundle.unpacked());
        assert!(success, "{told}");
        for expected in ["Signature Verified Successfully", "content.json: OK", words] {
            assert!(told.contains(expected), "no {expected:?} in\n{told}");
        }

        let last = bundle.lines("envelopes.ndjson").len() - 1;
        bundle.edit("envelopes.ndjson", last, |envelope| {
            envelope.replace("\"city\"", "\"mayor\"")
        });
        let (_, told) = follow(&bundle.unpacked());
        assert!(!told.contains(words), "{told}");
        bundle.edit("checkpoint", 1, |size| format!("{size}0"));
        let (success, told) = follow(&bundle.unpacked());
        assert!(
            !success && told.contains("Signature Verification Failure"),
            "{told}"
        );
    }
}

/// The commands of a recipe.
fn blocks(recipe: &str) -> Vec<String> {
    let blocks = recipe.split("```sh\n").skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap().to_owned())
        .collect()
}

#[rstest]
fn bundles_are_for_auditors_and_of_something(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    registry.anonymous().get("/v1/audit/bundle?all=true").expect(401);
    registry.as_city().get("/v1/audit/bundle?all=true").expect(403);
    let auditor = registry.as_auditor();
    for (query, code) in [
        ("", "one_of_three"),
        ("all=true&owner=370214", "one_of_three"),
        ("owner=999999", "unknown_division"),
        ("entry=x", "not_a_uuid"),
    ] {
        let refused = auditor.get(&format!("/v1/audit/bundle?{query}")).expect(400);
        assert_eq!(faults(&refused)[0].1, code, "{query}");
    }
    auditor
        .get("/v1/audit/bundle?entry=01938f5e-7b1a-7000-8000-0000000000ff")
        .expect(404);
    auditor.get("/v1/audit/bundle?owner=370214").expect(404);
}

#[rstest]
fn misuse_is_told_apart_from_a_failed_check() {
    let folder = TempDir::new().unwrap();
    let nowhere = folder.path().join("none.zip");
    for arguments in [&[][..], &["--key", "no key"], &["--checkpoint", "/nowhere"]] {
        let (code, told) = verify(&nowhere, arguments);
        assert_eq!(code, Some(2), "{told}");
    }
    fs::write(folder.path().join("text.zip"), "no archive").unwrap();
    fails(&folder.path().join("text.zip"), &[], &["cannot be used"]);
}

/// How much an archive holds.
fn unpacked_size(archive: &[u8]) -> u64 {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).unwrap();
    (0..archive.len())
        .map(|index| archive.by_index(index).unwrap().size())
        .sum()
}

#[rstest]
fn a_bundle_of_any_size_takes_constant_memory(#[values(Sqlite, Postgres)] backend: Backend) {
    const COUNT: usize = 6_000;
    let mut registry = Registry::start(backend);
    let city = registry.as_city();
    register_large(&city, COUNT);
    // What writing took shall not hide what reading takes.
    registry.restart();
    let auditor = registry.as_auditor();
    let items = auditor
        .get("/v1/audit/revisions?limit=1&kind=standard")
        .expect(200)
        .at("/items");
    let entry = format!("/v1/audit/bundle?entry={}", items[0]["id"].as_str().unwrap());
    let (_, few) = registry.peak_memory(|| auditor.get(&entry).expect(200));
    for query in ["all=true", "owner=370200"] {
        let bundle = format!("/v1/audit/bundle?{query}");
        let (answer, many) = registry.peak_memory(|| auditor.get(&bundle).expect(200));
        let unpacked = unpacked_size(&answer.body);
        let grown = many.saturating_sub(few);
        assert!(unpacked > 32 << 20, "enough to tell: {unpacked}");
        assert!(
            grown < unpacked / 2,
            "{query}: {grown} bytes more of memory for {unpacked} of evidence"
        );
    }
    let told = holds(&Bundle::of(&registry, "all=true").packed(), &[]);
    assert!(told.contains(&format!("{} revisions", COUNT + 1)), "{told}");
}

#[rstest]
fn a_running_registry_verifies_over_its_open_interface(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    fill(&registry);
    let folder = TempDir::new().unwrap();
    let kept = folder.path().join("kept.txt");
    let checkpoint = registry.anonymous().get("/log/checkpoint").expect(200);
    fs::write(&kept, &checkpoint.body).unwrap();
    registry.as_city().create(CHENGYANG, row("GB/T 1-2020"));
    let verify = |registry: &Registry, arguments: &[&str]| run(registry.address(), arguments);

    let (code, told) = verify(&registry, &["--checkpoint", kept.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{told}");
    for words in ["none missing, altered or added", "still begin the log, unchanged"] {
        assert!(told.contains(words), "no {words:?} in\n{told}");
    }
    let other = Registry::start(Sqlite);
    fill(&other);
    let (code, told) = verify(&other, &["--checkpoint", kept.to_str().unwrap()]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("of another log"), "{told}");

    // Somebody with the database's password rewords what was registered.
    let wanted = registry
        .as_auditor()
        .get("/v1/audit/revisions?action=update")
        .expect(200)
        .at("/items");
    let position = &wanted[0]["position"];
    let bytes = match backend {
        Sqlite => "CAST(REPLACE(CAST(bytes AS TEXT), 'GB 38600', 'GB 38601') AS BLOB)",
        Postgres => "convert_to(replace(convert_from(bytes, 'UTF8'), 'GB 38600', 'GB 38601'), 'UTF8')",
    };
    crate::integrity::disarm(&registry, backend, "content");
    let sql = format!(
        "UPDATE content SET bytes = {bytes} WHERE sha256 = \
         (SELECT content_sha256 FROM entry_version WHERE from_position = {position})"
    );
    registry.execute(&sql).unwrap();
    registry.restart();
    let (code, told) = verify(&registry, &[]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains(&format!("position {position}: ")), "{told}");
    assert!(told.contains("does not have the hash"), "{told}");

    let (code, told) = run("http://127.0.0.1:1", &[]);
    assert_eq!(code, Some(1), "{told}");
}
