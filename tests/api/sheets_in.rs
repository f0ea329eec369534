//! Sheets coming in: a plan, what is wrong cell by cell, then one append; what was written out comes back the same.

use calamine::Data;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::catalogue::{actions, creation};
use crate::support::entry::{faults, problem, row, row_with};
use crate::support::workbook::{XLSX, saved, sheets};
use crate::support::{Answer, Client, Registry, data};

const DISTRICT: &str = "370214";
const CSV: &str = "text/csv";
/// 复核
const REASON: &str = "reason=%E5%A4%8D%E6%A0%B8";

fn import(client: &Client, parameters: &str, kind: &str, bytes: impl Into<Vec<u8>>) -> Answer {
    client.raw(
        "POST",
        &format!("/v1/imports?owner={DISTRICT}&{parameters}"),
        kind,
        bytes,
    )
}

fn count(client: &Client) -> Value {
    client
        .get("/v1/standards?owner=370214&count=true")
        .expect(200)
        .at("/total")
}

fn rich(number: &str) -> Value {
    row_with(
        number,
        json!({
            "title": "=SUM(养老) 服务", "scope": "第一行\n第二行；含、各种；符号", "keywords": ["养老、护理", "安全;应急"],
            "published_on": "2019-12-27", "issued_by": ["市民政局", "市卫生健康委"], "elements": ["staffing", "process"],
            "claimed_status": {"value": "in_force", "source": "全国标准信息公共服务平台", "on": "2026-08-18"},
            "placements": [
                {"framework": "qingdao", "cell": {"subsystem": "老有颐养", "dimension": "process"}, "code": "QDBPS 205.1-03", "order": 3},
                {"framework": "qingdao", "cell": {"subsystem": "公共安全", "dimension": "outcome"}},
            ],
            "relations": [
                {"type": "replaces", "extent": "partial", "target": {"number": "GB/T 1-1990"}, "note": "第4章；附录A"},
                {"type": "derives_from", "aspects": ["materials", "time_limit"], "target": {"document": {"title": "养老机构管理办法", "doc_number": "民政部令第66号"}}},
            ],
        }),
    )
}

#[rstest]
fn a_sheet_as_people_write_it_is_planned_and_then_registered(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let sheet = "城阳区标准目录,,,,,,,\n\
                 序号,标准编号,标准名称,来源,实施日期,牵头单位,子体系,维度\n\
                 1,GB38600—2019,养老机构服务安全基本规范,引用,2022年1月1日,市民政局、市卫健委,老有颐养,过程均等\n\
                 2,DB3702/T 12-2021,社区食堂服务规范,自建,2021/6/1,,,\n";
    let before = district.log_head();
    let plan = import(&district, "dry_run=true", CSV, sheet).expect(200);
    assert_eq!(actions(&plan.json()), ["create", "create"]);
    assert_eq!(plan.at("/errors"), json!([]));
    assert_eq!(plan.at("/items/1/row"), 4);
    assert_eq!(
        plan.at("/columns/0"),
        json!({"column": "A", "heading": "序号", "read": false})
    );
    assert_eq!(plan.at("/columns/1/field"), "number");
    assert_eq!(district.log_head(), before);

    let etag = plan.at("/plan_etag").as_str().unwrap().to_owned();
    let keyed = district.with("Idempotency-Key", "import-1").if_match(&etag);
    let done = import(&keyed, REASON, CSV, sheet).expect(200);
    assert_eq!(done.at("/applied"), true);
    assert_eq!(district.log_head(), before + 2);
    let entry = district
        .get(&format!(
            "/v1/standards/{}",
            done.at("/items/0/id").as_str().unwrap()
        ))
        .expect(200);
    assert_eq!(entry.at("/content/number"), "GB 38600-2019");
    assert_eq!(entry.at("/content/implemented_on"), "2022-01-01");
    assert_eq!(
        entry.at("/content/lead_department"),
        json!(["市民政局", "市卫健委"])
    );
    assert_eq!(
        entry.at("/content/placements"),
        json!([{"framework": "qingdao", "cell": {"subsystem": "老有颐养", "dimension": "process"}}])
    );
    assert_eq!(entry.at("/reason"), "复核");

    let replayed = import(&keyed, REASON, CSV, sheet).expect(200);
    assert_eq!(replayed.header("Idempotency-Replayed").as_deref(), Some("true"));
    assert_eq!(replayed.at("/items/0/position"), done.at("/items/0/position"));
    let other = import(&keyed, &format!("{REASON}&mode=replace"), CSV, sheet).expect(422);
    assert_eq!(problem(&other), "idempotency-mismatch");
    assert_eq!(
        problem(&import(&district.if_match(&etag), REASON, CSV, sheet).expect(412)),
        "precondition-failed"
    );
}

#[rstest]
fn everything_wrong_is_named_by_its_cell_and_nothing_is_written(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let before = district.log_head();
    let sheet = "编号,名称,来源,发布日期,国际标准分类号,子体系,维度,代替标准\n\
                 GB 1-2020,好,引用,2020-01-01,,,,\n\
                 GB 2-2020,坏,抄来,去年,99.99,老有颐养,不均等,一派胡言\n\
                 GB 1-2020,重,引用,,,,,\n\
                 ,无号,引用,,,,,\n";
    let plan = import(&district, "dry_run=true", CSV, sheet).expect(200);
    let errors = plan.at("/errors");
    let found: Vec<(String, String)> = errors
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            let word = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
            (word("cell"), word("code"))
        })
        .collect();
    for (cell, code) in [
        ("C3", "unknown_value"),
        ("D3", "not_a_date"),
        ("E3", "unknown_class"),
        ("A2", "duplicate"),
        ("A4", "duplicate"),
        ("", "required"),
    ] {
        assert!(
            found.contains(&(cell.to_owned(), code.to_owned())),
            "{cell} {code} in {found:?}"
        );
    }
    assert!(found.iter().any(|(cell, _)| cell == "H3"), "{found:?}");
    let date = errors
        .as_array()
        .unwrap()
        .iter()
        .find(|error| error["cell"] == "D3")
        .unwrap();
    assert_eq!(date["heading"], "发布日期");
    assert_eq!(date["row"], 3);
    assert_eq!(date["pointer"], "/published_on");
    assert!(date["expected"].as_str().unwrap().contains("2018/7/1"), "{date}");
    assert!(
        errors
            .as_array()
            .unwrap()
            .iter()
            .any(|error| error["detail"].as_str().unwrap().contains("第 4 行")),
        "{errors:#}"
    );

    let refused = import(&district, REASON, CSV, sheet).expect(422);
    assert_eq!(problem(&refused), "plan-refused");
    assert_eq!(refused.at("/errors"), errors);
    assert_eq!(refused.at("/plan/counts/refused"), 4);
    assert_eq!(district.log_head(), before);
    let english = import(
        &district.with("Accept-Language", "en"),
        "dry_run=true",
        CSV,
        sheet,
    )
    .expect(200);
    assert!(
        english.text().contains("one of: referenced, self_built"),
        "{}",
        english.text()
    );

    // What only the registry can know: the cell of a framework.
    let placed = "编号,名称,来源,子体系,维度\nGB 2-2020,坏,引用,老有颐养,不均等\n";
    let plan = import(&district, "dry_run=true", CSV, placed).expect(200);
    assert_eq!(plan.at("/errors/0/cell"), "E2");
    assert_eq!(plan.at("/errors/0/code"), "unknown_value");
}

#[rstest]
fn a_merge_touches_only_the_rows_and_columns_there_are(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    district
        .push(DISTRICT, &[rich("GB/T 2-2020"), row("GB/T 3-2020")])
        .expect(200);
    let sheet = "number,title,keywords\nGB/T 2-2020,新名称,\n";
    let done = import(&district, REASON, CSV, sheet).expect(200);
    assert_eq!(done.at("/counts/update"), 1);
    assert_eq!(done.at("/counts/withdraw"), 0);
    assert_eq!(count(&district), 2);
    let entry = district
        .get("/v1/standards?number=GB/T%202-2020")
        .expect(200)
        .at("/items/0/content");
    assert_eq!(entry["title"], "新名称");
    assert_eq!(entry["keywords"], Value::Null);
    assert_eq!(entry["relations"].as_array().unwrap().len(), 2);
    assert_eq!(entry["scope"], "第一行\n第二行；含、各种；符号");

    let replaced = import(&district, &format!("{REASON}&mode=replace"), CSV, sheet).expect(200);
    assert_eq!(actions(&replaced.json()), ["unchanged", "withdraw"]);
    assert_eq!(count(&district), 1);
    let rows: Vec<Value> = (1..=20).map(|n| row(&format!("GB/T 50{n}-2020"))).collect();
    let operations: Vec<Value> = rows.iter().map(|row| creation(DISTRICT, row.clone())).collect();
    district.bulk(&operations).expect(200);
    let guarded = import(&district, &format!("{REASON}&mode=replace"), CSV, sheet).expect(409);
    assert_eq!(problem(&guarded), "too-many-withdrawals");
    import(
        &district,
        &format!("{REASON}&mode=replace&max_withdrawals=20"),
        CSV,
        sheet,
    )
    .expect(200);
    assert_eq!(count(&district), 1);
}

#[rstest]
fn what_somebody_else_changed_meanwhile_is_a_conflict(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let entry = district.create(DISTRICT, row("GB/T 2-2020"));
    let mut sheet = sheets(&district.get("/v1/standards?owner=370214&format=xlsx").expect(200)).remove(0);
    registry.as_city().change(&entry, json!({"title": "市里改过"}));
    let title = sheet.heads.iter().position(|head| head == "名称").unwrap();
    sheet.rows[0][title] = Data::String("区里改过".to_owned());
    let refused = import(&district, REASON, XLSX, saved(&sheet)).expect(422);
    assert_eq!(refused.at("/plan/counts/conflict"), 1);
    assert_eq!(refused.at("/errors/0/code"), "conflict");
    assert_eq!(refused.at("/errors/0/sheet"), "标准目录");
}

#[rstest]
fn out_and_in_again_changes_nothing_and_an_edit_changes_that_alone(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let rows = [
        rich("GB/T 2-2020"),
        row("GB/T 3-2020"),
        json!({"external_id": "c", "title": " 尚无编号 ", "origin": "self_built", "level": "local", "supply": "planned"}),
    ];
    district.push(DISTRICT, &rows).expect(200);
    for (format, kind) in [
        ("xlsx", XLSX),
        ("xlsx&lang=en", XLSX),
        ("csv", CSV),
        ("csv&lang=zh&bom=true", CSV),
        ("csv&lang=en", CSV),
    ] {
        let out = district
            .get(&format!("/v1/standards?owner=370214&format={format}"))
            .expect(200);
        for mode in ["merge", "replace"] {
            let back = import(
                &district,
                &format!("{REASON}&mode={mode}"),
                kind,
                out.body.clone(),
            )
            .expect(200);
            assert_eq!(actions(&back.json()), ["unchanged"; 3], "{format} {mode}");
        }
    }
    let mut sheet = sheets(&district.get("/v1/standards?owner=370214&format=xlsx").expect(200)).remove(0);
    let column = |name: &str| sheet.heads.iter().position(|head| head == name).unwrap();
    let (origin, day) = (column("来源"), column("实施日期"));
    sheet.rows[1][origin] = Data::String("自建".to_owned());
    sheet.rows[1][day] = Data::String("2021/3/1".to_owned());
    let done = import(&district, REASON, XLSX, saved(&sheet)).expect(200);
    assert_eq!(actions(&done.json()), ["unchanged", "update", "unchanged"]);
    let changes = done.at("/items/1/changes");
    let paths: Vec<&str> = changes
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["path"].as_str().unwrap())
        .collect();
    assert_eq!(paths, ["/implemented_on", "/origin"]);
}

#[rstest]
fn the_real_catalogue_comes_back_the_same(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some(catalogue) = data::shared("catalogue/catalogue-2026-08-18.json") else {
        return;
    };
    let registry = Registry::start(backend);
    let mapping = concat!(env!("CARGO_MANIFEST_DIR"), "/data/mapping-sports-catalogue.toml");
    let mut filled = registry.command("import");
    filled.args(["--server", &registry.address()]);
    filled
        .arg(&catalogue)
        .args(["--owner", DISTRICT, "--skip-dirty", "--mapping", mapping]);
    assert!(filled.output().unwrap().status.success());
    let district = registry.as_district(DISTRICT);
    let count = count(&district);
    assert!(count.as_u64() > Some(300), "{count}");
    for (format, kind) in [("xlsx", XLSX), ("csv&lang=zh&bom=true", CSV)] {
        let out = district
            .get(&format!("/v1/standards?owner=370214&format={format}"))
            .expect(200);
        let plan = import(&district, "dry_run=true&mode=replace", kind, out.body).expect(200);
        assert_eq!(plan.at("/errors"), json!([]));
        assert_eq!(plan.at("/counts/unchanged"), count, "{}", plan.at("/counts"));
        assert_eq!(
            plan.at("/items").as_array().unwrap().len() as u64,
            count.as_u64().unwrap()
        );
    }
}

#[rstest]
fn a_file_that_is_no_sheet_is_refused_whole(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let code = |answer: Answer| answer.at("/errors/0/code");
    assert_eq!(
        code(import(&district, "dry_run=true", CSV, "甲,乙\n1,2\n").expect(422)),
        "no_header"
    );
    assert_eq!(
        code(import(&district, "dry_run=true", CSV, "").expect(422)),
        "no_header"
    );
    assert_eq!(
        code(import(&district, "dry_run=true", CSV, "编号,名称,标准编号\n").expect(422)),
        "repeated_column"
    );
    assert_eq!(
        code(import(&district, "dry_run=true", CSV, b"\xff\xff".to_vec()).expect(422)),
        "not_text"
    );
    assert_eq!(
        code(import(&district, "dry_run=true", XLSX, "PK").expect(422)),
        "not_a_workbook"
    );
    let rows: String = (0..=10_001).map(|n| format!("GB/T {n}-2020\n")).collect();
    assert_eq!(
        code(import(&district, "dry_run=true", CSV, format!("编号\n{rows}")).expect(413)),
        "too_many_rows"
    );
    assert_eq!(
        code(import(&district, "dry_run=true", XLSX, bomb()).expect(413)),
        "too_large_unpacked"
    );
    let json = import(&district, "dry_run=true", "application/json", "{}").expect(415);
    assert_eq!(json.at("/expected/0"), CSV);
    let refused = district
        .raw("POST", "/v1/imports?mode=add&dry_run=maybe", CSV, "编号\n")
        .expect(400);
    let names: Vec<String> = faults(&refused).into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(names, ["?dry_run", "?mode", "?owner"]);
    assert_eq!(
        faults(&import(&district, "", CSV, "编号\n").expect(400))[0].0,
        "?reason"
    );
    import(&registry.anonymous(), "dry_run=true", CSV, "编号\n").expect(401);
    import(
        &registry.as_district("370213"),
        "dry_run=true",
        CSV,
        "编号\nGB 1-2020\n",
    )
    .expect(403);
    let other = "编号,名称,来源,行政区划代码\nGB 1-2020,一,引用,370213\n";
    assert_eq!(
        code(import(&district, "dry_run=true", CSV, other).expect(200)),
        "another_owner"
    );
}

/// Small as it is sent, enormous unpacked.
fn bomb() -> Vec<u8> {
    use std::io::Write;
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    archive.start_file("xl/worksheets/sheet1.xml", options).unwrap();
    let nothing = vec![b' '; 1024 * 1024];
    for _ in 0..200 {
        archive.write_all(&nothing).unwrap();
    }
    archive.finish().unwrap().into_inner()
}
