//! The commands as operators run them, beside a running server.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use rstest::rstest;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::entry::row;
use crate::support::{Registry, data};

const CHENGYANG: &str = "370214";

/// A file of this name and content, in a folder of its own.
fn file(name: &str, content: &str) -> (TempDir, PathBuf) {
    let folder = TempDir::with_prefix("registry-cli-").unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    (folder, path)
}

fn project(path: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), path].iter().collect()
}

/// A command that speaks to this registry and tells refusals in English.
fn command(registry: &Registry, name: &str) -> Command {
    let mut command = registry.command(name);
    command.env("LC_ALL", "en_GB.UTF-8");
    if matches!(name, "import" | "push" | "export") {
        command.args(["--server", &registry.address()]);
    }
    command
}

#[track_caller]
fn run(command: &mut Command, code: i32) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("the command runs");
    let (told, complained) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert_eq!(status.code(), Some(code), "\n{told}\n{complained}");
    format!("{told}{complained}")
}

fn rows(registry: &Registry, owner: &str) -> Value {
    let path = format!("/v1/standards?owner_exact={owner}&count=true&sort=number");
    registry.anonymous().get(&path).expect(200).json()
}

#[rstest]
fn the_sample_catalogue_is_imported_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let sample = project("data/sample-catalogue.json");
    let count = serde_json::from_slice::<Vec<Value>>(&fs::read(&sample).unwrap())
        .unwrap()
        .len();
    let mut import = command(&registry, "import");
    import.arg(&sample).args(["--owner", "370200"]);
    let told = run(&mut import, 0);
    assert!(told.contains(&format!("{count} rows registered")), "{told}");
    assert_eq!(rows(&registry, "370200")["total"], count);
    let again = run(&mut import, 0);
    assert!(again.contains(&format!("{count} already there")), "{again}");
    assert!(again.contains("nothing was written"), "{again}");
}

#[rstest]
fn a_foreign_catalogue_is_imported_by_its_mapping() {
    let Some(catalogue) = data::shared("catalogue/catalogue-2026-08-18.json") else {
        return;
    };
    let registry = Registry::start(Sqlite);
    let mut import = command(&registry, "import");
    import.arg(&catalogue).args(["--owner", "370200", "--skip-dirty"]);
    import
        .arg("--mapping")
        .arg(project("data/mapping-sports-catalogue.toml"));
    run(&mut import, 0);
    let total = rows(&registry, "370200")["total"].as_u64().unwrap();
    assert!(total > 300, "{total} rows");
    let again = run(&mut import, 0);
    assert!(again.contains(&format!("{total} already there")), "{again}");
}

#[rstest]
fn a_wrong_row_keeps_all_rows_out_unless_it_is_skipped() {
    let registry = Registry::start(Sqlite);
    let (_folder, table) = file(
        "rows.csv",
        "\u{feff}number,title,origin,level,published_on,keywords,placement\n\
         GB/T 42195-2022,老年人能力评估规范,引用,,2022/12/30,养老; 评估,subsystem=老有颐养 dimension=process\n\
         ,没有层级,自建,,,,\n\
         待定,社区助餐,自建,地方,,,\n",
    );
    let mut import = command(&registry, "import");
    import.arg(&table).args(["--owner", CHENGYANG]);
    let told = run(&mut import, 1);
    assert!(told.contains("row 3"), "{told}");
    assert!(told.contains("/level"), "{told}");
    assert_eq!(rows(&registry, CHENGYANG)["total"], 0);

    let report = table.with_file_name("report.csv");
    import.arg("--skip-dirty").arg("--report").arg(&report);
    run(&mut import, 0);
    let imported = rows(&registry, CHENGYANG);
    assert_eq!(imported["total"], 2);
    let items = imported["items"].as_array().unwrap();
    let content = |title: &str| {
        let item = items.iter().find(|item| item["content"]["title"] == title);
        item.map(|item| item["content"].clone()).unwrap_or_default()
    };
    assert_eq!(content("老年人能力评估规范")["published_on"], "2022-12-30");
    assert_eq!(
        content("老年人能力评估规范")["placements"][0]["framework"],
        "qingdao"
    );
    assert_eq!(content("社区助餐")["number_as_written"], "待定");
    let report = fs::read_to_string(report).unwrap();
    assert!(report.contains("3,error,/level,required"), "{report}");
    assert!(report.contains("4,warning,/number"), "{report}");
}

#[rstest]
fn an_update_changes_what_the_file_says_and_keeps_the_rest() {
    let registry = Registry::start(Sqlite);
    let row = |title: &str| {
        json!([{"number": "DB3702/T 12-2021", "title": title, "origin": "self_built"}]).to_string()
    };
    let district = registry.as_district(CHENGYANG);
    let content =
        json!({"number": "DB3702/T 12-2021", "title": "旧", "origin": "self_built", "keywords": ["养老"]});
    district
        .post("/v1/standards", &json!({"owner": CHENGYANG, "content": content}))
        .expect(201);
    let (_folder, path) = file("rows.json", &row("新"));
    let mut import = command(&registry, "import");
    import.arg(&path).args(["--owner", CHENGYANG, "--update"]);
    run(&mut import, 2);
    run(import.args(["--reason", "复核"]), 0);
    let imported = rows(&registry, CHENGYANG);
    assert_eq!(imported["items"][0]["content"]["title"], "新");
    assert_eq!(imported["items"][0]["content"]["keywords"], json!(["养老"]));
}

#[rstest]
fn a_push_shows_its_plan_and_applies_it_when_told_to(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let row = |number: &str, title: &str| json!({"number": number, "title": title, "origin": "referenced"});
    let first = json!([row("GB 38600-2019", "一"), row("GB/T 42195-2022", "二")]).to_string();
    let (_folder, path) = file("catalogue.json", &first);
    let push = || {
        let mut push = command(&registry, "push");
        push.arg(&path).args(["--owner", CHENGYANG, "--reason", "目录"]);
        push
    };
    let plan = run(push().arg("--dry-run"), 0);
    assert!(plan.contains("新增 create: 2"), "{plan}");
    // Nobody is there to agree.
    let unasked = run(&mut push(), 2);
    assert!(unasked.contains("--yes"), "{unasked}");
    assert_eq!(rows(&registry, CHENGYANG)["total"], 0);
    let applied = run(push().arg("--yes"), 0);
    assert!(applied.contains("2 rows written"), "{applied}");

    fs::write(
        &path,
        json!({"standards": [row("GB 38600-2019", "改")]}).to_string(),
    )
    .unwrap();
    let plan = run(push().arg("--yes"), 0);
    assert!(plan.contains("- GB/T 42195-2022  二"), "{plan}");
    assert!(plan.contains("/title: 一 → 改"), "{plan}");
    assert_eq!(rows(&registry, CHENGYANG)["total"], 1);

    fs::write(
        &path,
        json!([row("GB 38600-2019", "改"), {"title": "无键"}]).to_string(),
    )
    .unwrap();
    let refused = run(push().arg("--yes"), 1);
    assert!(refused.contains("拒绝 refused: 1"), "{refused}");
    assert!(refused.contains("row 2"), "{refused}");
}

#[rstest]
fn a_sound_store_is_good_and_can_be_rebuilt(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    let sample = project("data/sample-catalogue.json");
    run(
        command(&registry, "import")
            .arg(&sample)
            .args(["--owner", "370200"]),
        0,
    );
    let before = rows(&registry, "370200");
    let checked = run(&mut command(&registry, "fsck"), 0);
    assert!(checked.contains("all is well"), "{checked}");
    registry.stop();
    let rebuilt = run(&mut command(&registry, "rebuild"), 0);
    assert!(rebuilt.contains("revisions projected"), "{rebuilt}");
    run(&mut command(&registry, "fsck"), 0);
    registry.restart();
    assert_eq!(rows(&registry, "370200"), before);
}

#[rstest]
fn the_embedded_database_serves_one_process_at_a_time() {
    let registry = Registry::start(Sqlite);
    for name in ["rebuild", "serve"] {
        let mut second = command(&registry, name);
        if name == "serve" {
            second.args(["--bind", "127.0.0.1:0"]);
        }
        let refused = run(&mut second, 1);
        assert!(refused.contains("in use by another process"), "{name}: {refused}");
    }
}

#[rstest]
fn what_is_asked_wrongly_is_misuse() {
    let registry = Registry::start(Sqlite);
    let (_folder, path) = file("rows.json", "[]");
    run(
        command(&registry, "import")
            .arg(&path)
            .args(["--owner", CHENGYANG]),
        2,
    );
    run(
        command(&registry, "import")
            .arg(&path)
            .args(["--owner", "999999"]),
        2,
    );
    run(command(&registry, "fsck").arg("--nonsense"), 2);
    let nowhere = TempDir::with_prefix("registry-cli-").unwrap();
    run(
        command(&registry, "fsck")
            .env_remove("DATABASE_URL")
            .arg("--data")
            .arg(nowhere.path().join("none")),
        2,
    );
}

#[rstest]
fn the_token_command_prints_one_token_and_nothing_else() {
    let registry = Registry::start(Sqlite);
    let mut order = command(&registry, "token");
    order.args(["--subject", "chengyang-sync", "--district", CHENGYANG]);
    order.args(["--scope", "standards:write", "--ttl", "15m"]);
    let made = order.output().unwrap();
    assert!(made.status.success());
    assert!(
        made.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let token = String::from_utf8(made.stdout).unwrap();
    let token = token.strip_suffix('\n').unwrap();
    assert_eq!(token.split('.').count(), 3, "{token}");
    let bearer = registry
        .anonymous()
        .with("Authorization", &format!("Bearer {token}"));
    let told = bearer.get("/v1/whoami").expect(200);
    assert_eq!(told.at("/subject"), "chengyang-sync");

    for wrong in [
        ["--district", "999999"],
        ["--scope", "standards:erase"],
        ["--ttl", "soon"],
    ] {
        let mut order = command(&registry, "token");
        order.args(["--subject", "x"]).args(wrong);
        let refused = order.output().unwrap();
        assert_eq!(refused.status.code(), Some(2), "{wrong:?}");
        assert!(refused.stdout.is_empty(), "{wrong:?}");
    }
}

#[rstest]
fn rows_may_come_one_a_line(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let line = |number: &str| json!({"number": number, "title": number, "origin": "referenced"});
    let lines = format!("{}\n\n{}\n", line("GB38600—2019"), line("GB/T 42195-2022"));
    let (_folder, path) = file("rows.ndjson", &lines);
    let mut import = command(&registry, "import");
    run(import.arg(&path).args(["--owner", CHENGYANG]), 0);
    let imported = rows(&registry, CHENGYANG);
    assert_eq!(imported["total"], 2);
    let numbers = [0, 1].map(|index| imported["items"][index]["content"]["number"].clone());
    assert!(numbers.contains(&json!("GB 38600-2019")), "{numbers:?}");
}

#[rstest]
fn a_catalogue_goes_out_as_a_workbook_and_comes_back(#[values("xlsx", "csv")] extension: &str) {
    let registry = Registry::start(Sqlite);
    let district = registry.as_district(CHENGYANG);
    let keyed = json!({"external_id": "a", "title": "养老", "origin": "self_built", "level": "local", "keywords": ["一、二"]});
    let rows = [row("GB 38600-2019"), keyed];
    district.push(CHENGYANG, &rows).expect(200);
    let folder = TempDir::with_prefix("registry-cli-").unwrap();
    let out = folder.path().join(format!("目录.{extension}"));
    let mut export = command(&registry, "export");
    export
        .args(["standards", "--owner", CHENGYANG, "--out"])
        .arg(&out);
    let told = run(&mut export, 0);
    assert!(told.contains("log position"), "{told}");

    let mut push = command(&registry, "push");
    push.arg(&out)
        .args(["--owner", CHENGYANG, "--reason", "原样", "--yes"]);
    let told = run(&mut push, 0);
    assert!(told.contains("unchanged: 2"), "{told}");
    let mut import = command(&registry, "import");
    import.arg(&out).args(["--owner", "370213"]);
    run(&mut import, 0);
    assert_eq!(self::rows(&registry, "370213")["total"], 2);

    let mut wrong = command(&registry, "export");
    wrong.args(["standards", "--out", "a.doc"]);
    assert!(run(&mut wrong, 2).contains(".xlsx"));
    let mut refused = command(&registry, "export");
    refused
        .args(["standards", "--query", "colour=red", "--out"])
        .arg(folder.path().join("b.csv"));
    assert!(run(&mut refused, 1).contains("colour"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let mut audit = command(&registry, "export");
    audit
        .args(["audit", "--owner", CHENGYANG, "--out"])
        .arg(folder.path().join("audit.csv"));
    run(&mut audit, 0);
}

#[rstest]
fn a_command_finds_the_server_where_it_listens(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    registry
        .as_district(CHENGYANG)
        .create(CHENGYANG, row("GB 38600-2019"));
    let listens = registry.address().replace("http://", "");
    let (folder, _) = file("seen.txt", "");
    let list = folder.path().join("list.csv");
    let mut export = registry.command("export");
    export
        .env("REGISTRY_BIND", listens)
        .arg("standards")
        .arg("--out")
        .arg(&list);
    run(&mut export, 0);
    assert!(fs::read_to_string(&list).unwrap().contains("GB 38600-2019"));
}
