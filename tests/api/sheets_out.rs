//! Lists, matrices, differences and relations as tables that people open.

use calamine::Data;
use rstest::rstest;
use serde_json::json;

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::entry::{faults, row_with};
use crate::support::workbook::{XLSX, part, sheets};
use crate::support::{Client, Entry, Registry};

const DISTRICT: &str = "370214";

/// 养老机构服务安全基本规范, with everything a table has to carry.
fn safety(client: &Client) -> Entry {
    client.create(
        DISTRICT,
        row_with(
            "GB 38600-2019",
            json!({
                "title": "养老机构服务安全基本规范",
                "published_on": "2019-12-27",
                "implemented_on": "2022-01-01",
                "elements": ["staffing", "process"],
                "keywords": ["养老机构", "安全、应急"],
                "issued_by": ["国家市场监督管理总局", "国家标准化管理委员会"],
                "scope": "=1+1",
                "placements": [
                    {"framework": "qingdao", "cell": {"subsystem": "老有颐养", "dimension": "process"}, "code": "QDBPS 205.1-03"},
                    {"framework": "qingdao", "cell": {"subsystem": "公共安全", "dimension": "outcome"}},
                ],
                "relations": [
                    {"type": "cites", "target": {"number": "GB/T 35796-2017"}},
                    {"type": "derives_from", "aspects": ["materials"], "target": {"document": {"title": "养老机构管理办法", "doc_number": "民政部令第66号"}}},
                ],
            }),
        ),
    )
}

#[rstest]
fn a_list_is_a_workbook_that_people_can_work_with(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let entry = safety(&registry.as_district(DISTRICT));
    let position = entry.position;
    let line = format!("/v1/standards?owner=370214&as_of={position}&valid_at=2026-11-21");
    let anyone = registry.anonymous();
    let answer = anyone.with("Accept", XLSX).get(&line).expect(200);
    assert_eq!(answer.header("Log-Position"), Some(position.to_string()));
    assert_eq!(answer.header("Valid-At").as_deref(), Some("2026-11-21"));
    let disposition = answer.header("Content-Disposition").unwrap();
    assert!(
        disposition.starts_with(&format!("attachment; filename=\"standards-{position}.xlsx\"")),
        "{disposition}"
    );
    assert!(
        disposition.ends_with(&format!(
            "filename*=UTF-8''%E6%A0%87%E5%87%86%E7%9B%AE%E5%BD%95-{position}.xlsx"
        )),
        "{disposition}"
    );

    let found = sheets(&answer);
    let [list, about] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!((list.name.as_str(), about.name.as_str()), ("标准目录", "说明"));
    assert_eq!(list.rows.len(), 1);
    for (head, words) in [
        ("编号", "GB 38600-2019"),
        ("来源", "引用"),
        ("级别", "国家"),
        ("约束力", "强制性"),
        ("供给状态", "现有"),
        ("有效性", "现行"),
        ("框架", "qingdao"),
        ("子体系", "公共安全"),
        ("维度", "结果均等"),
        (
            "其他位置",
            "qingdao 均等化维度=过程均等 子体系=老有颐养 体系编号=\"QDBPS 205.1-03\"",
        ),
        ("要素", "人员配备; 服务流程"),
        ("关键词", "养老机构; \"安全、应急\""),
        ("发布机构", "国家市场监督管理总局; 国家标准化管理委员会"),
        ("适用范围", "=1+1"),
        ("引用文件", "GB/T 35796-2017"),
        (
            "细化自",
            "文件=养老机构管理办法 文号=民政部令第66号 方面=提交材料",
        ),
        ("行政区划", "城阳区"),
        ("条目标识", entry.id.as_str()),
    ] {
        assert_eq!(list.words(0, head), words, "{head}");
    }
    let Data::DateTime(day) = list.cell(0, "实施日期") else {
        panic!("a date is a date: {:?}", list.cell(0, "实施日期"));
    };
    // Days since 1899-12-30.
    assert_eq!(day.as_f64(), 44_562.0);
    assert_eq!(list.cell(0, "版次"), &Data::Float(1.0));

    let stored = part(&answer, "xl/worksheets/sheet1.xml");
    for wanted in [
        "ySplit=\"1\"",
        "state=\"frozen\"",
        "<autoFilter ref=\"A1:",
        "<cols>",
    ] {
        assert!(stored.contains(wanted), "{wanted}");
    }
    let told: Vec<(String, String)> = about
        .rows
        .iter()
        .map(|row| (row[0].to_string(), row[1].to_string()))
        .collect();
    for (item, value) in [
        ("日志位置", position.to_string().as_str()),
        ("行数", "1"),
        ("条件", "owner = 370214"),
        ("来源", line.as_str()),
    ] {
        assert!(
            told.contains(&(item.to_owned(), value.to_owned())),
            "{item} {value} in {told:?}"
        );
    }
    assert!(
        told.iter().any(|(item, _)| item == "登记时点（北京时间）"),
        "{told:?}"
    );
}

#[rstest]
fn an_address_can_name_format_and_language(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    safety(&registry.as_district(DISTRICT));
    let anyone = registry.anonymous();

    let english = sheets(&anyone.get("/v1/standards?format=xlsx&lang=en").expect(200));
    assert_eq!(english[0].name, "Standards");
    assert_eq!(english[0].words(0, "Origin"), "Referenced");
    assert_eq!(english[0].words(0, "Division"), "城阳区");
    assert_eq!(english[1].name, "About");
    let by_header = anyone
        .with("Accept-Language", "en")
        .get("/v1/standards?format=xlsx")
        .expect(200);
    assert_eq!(sheets(&by_header)[0].heads, english[0].heads);

    // For programs CSV stays the same in every language, unless one is named.
    let plain = anyone.get("/v1/standards?format=csv").expect(200);
    assert!(
        plain.text().starts_with("number,title,origin,"),
        "{}",
        plain.text()
    );
    assert!(plain.text().contains(",referenced,"), "{}", plain.text());
    let labelled = anyone
        .get("/v1/standards?format=csv&lang=zh&bom=true")
        .expect(200);
    assert!(
        labelled.text().starts_with("\u{feff}编号,名称,来源,"),
        "{}",
        labelled.text()
    );
    assert!(labelled.text().contains(",引用,"), "{}", labelled.text());
    assert!(labelled.text().contains(",'=1+1,"), "{}", labelled.text());

    assert!(
        anyone
            .get("/v1/standards?format=json")
            .expect(200)
            .json()
            .is_object()
    );
    let refused = anyone.get("/v1/standards?format=xls&lang=fr").expect(400);
    assert_eq!(
        faults(&refused),
        [("?format", "unknown_value"), ("?lang", "unknown_value")].map(|(p, c)| (p.to_owned(), c.to_owned()))
    );
    assert_eq!(
        faults(&anyone.get("/v1/standards?format=sse").expect(400)),
        [("?format".to_owned(), "unknown_value".to_owned())]
    );
    assert_eq!(
        faults(
            &anyone
                .get("/v1/standards/lookup?number=GB%2038600-2019&format=xlsx")
                .expect(400)
        ),
        [("?format".to_owned(), "unknown_parameter".to_owned())]
    );
}

#[rstest]
fn a_table_holds_the_whole_list_unless_a_part_is_asked_for(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let rows: Vec<_> = (1..=120)
        .map(|n| row_with(&format!("GB/T {n}-2020"), json!({})))
        .collect();
    district.push(DISTRICT, &rows).expect(200);
    let anyone = registry.anonymous();

    let all = sheets(&anyone.get("/v1/standards?format=xlsx").expect(200));
    assert_eq!(all[0].rows.len(), 120);
    assert_eq!(all[0].words(1, "编号"), "GB/T 2-2020");
    let csv = anyone.get("/v1/standards?format=csv&sort=-number").expect(200);
    assert_eq!(csv.text().lines().count(), 121);
    assert!(csv.text().lines().nth(1).unwrap().starts_with("GB/T 120-2020,"));
    let part = anyone.get("/v1/standards?format=csv&limit=50").expect(200);
    assert_eq!(part.text().lines().count(), 51);
    let next = part.header("Link").unwrap();
    let next = next.trim_start_matches('<').split_once('>').unwrap().0;
    assert!(
        anyone
            .get(next)
            .expect(200)
            .text()
            .lines()
            .nth(1)
            .unwrap()
            .starts_with("GB/T 51-2020,")
    );

    let json = anyone.get("/v1/standards?all=true").expect(200);
    assert_eq!(json.at("/items").as_array().unwrap().len(), 120);
    assert_eq!(json.at("/next"), json!(null));
    assert!(json.at("/valid_at").is_string());
    let lines = anyone
        .get("/v1/standards?all=true&format=ndjson")
        .expect(200)
        .lines();
    assert_eq!(lines.len(), 121);
    assert_eq!(lines[120]["end"], true);
    assert_eq!(
        faults(&anyone.get("/v1/standards?all=true&limit=5").expect(400)),
        [("?all".to_owned(), "contradiction".to_owned())]
    );
}

#[rstest]
fn the_matrix_is_a_grid_and_a_table_of_counts(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    safety(&district);
    district.create(DISTRICT, row_with("GB/T 1.1-2020", json!({})));
    let anyone = registry.anonymous();
    let answer = anyone
        .get("/v1/frameworks/qingdao/matrix?format=xlsx")
        .expect(200);
    let found = sheets(&answer);
    let names: Vec<&str> = found.iter().map(|sheet| sheet.name.as_str()).collect();
    assert_eq!(names, ["矩阵", "分项计数", "说明"]);

    let grid = &found[0];
    assert_eq!(grid.heads, ["子体系", "机会均等", "过程均等", "结果均等", "合计"]);
    assert_eq!(grid.rows.len(), 12);
    let row = |title: &str| {
        let row = grid.rows.iter().find(|row| row[0] == *title).unwrap();
        row[1..].iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(row("老有颐养"), ["0", "1", "0", "1"]);
    assert_eq!(row("公共安全"), ["0", "0", "1", "1"]);
    assert_eq!(row("合计"), ["0", "1", "1", "1"]);
    assert_eq!(row("未归入"), ["", "", "", "1"]);

    let flat = &found[1];
    assert_eq!(flat.rows.len(), 32);
    let cell = |sub: &str, dimension: &str, head: &str| {
        let at = |row: &Vec<Data>| row[0] == *sub && row[1] == *dimension;
        let row = flat.rows.iter().position(at).unwrap();
        flat.words(row, head)
    };
    assert_eq!(cell("老有颐养", "过程均等", "来源：引用"), "1");
    assert_eq!(cell("老有颐养", "过程均等", "级别：国家"), "1");
    assert_eq!(cell("老有颐养", "机会均等", "行数"), "0");
    let csv = anyone
        .get("/v1/frameworks/qingdao/matrix?format=csv&by=origin")
        .expect(200);
    assert!(
        csv.text().starts_with(
            "subsystem,dimension,rows,distinct,origin.referenced,origin.self_built,origin.none\r\n"
        ),
        "{}",
        csv.text()
    );
    assert!(
        csv.text().contains("\r\n老有颐养,process,1,1,1,0,0\r\n"),
        "{}",
        csv.text()
    );
}

#[rstest]
fn histories_differences_and_relations_are_tables_too(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district(DISTRICT);
    let entry = safety(&district);
    district.change(&entry, json!({"origin": "self_built", "keywords": null}));
    let anyone = registry.anonymous();
    let table = |path: &str| {
        let separator = if path.contains('?') { '&' } else { '?' };
        sheets(&anyone.get(&format!("{path}{separator}format=xlsx")).expect(200)).remove(0)
    };

    let revisions = table(&format!("{}/revisions", entry.path));
    assert_eq!(revisions.rows.len(), 2);
    assert_eq!(revisions.words(1, "动作"), "修改");
    assert_eq!(revisions.words(0, "编号"), "GB 38600-2019");
    assert!(matches!(
        revisions.cell(0, "记录时间（北京时间）"),
        Data::DateTime(_)
    ));

    let diff = table(&format!("{}/diff", entry.path));
    let fields: Vec<String> = (0..diff.rows.len()).map(|row| diff.words(row, "字段")).collect();
    let origin = fields.iter().position(|field| field == "来源").unwrap();
    assert_eq!(diff.words(origin, "原值"), "引用");
    assert_eq!(diff.words(origin, "现值"), "自建");

    let relations = table(&format!("{}/relations", entry.path));
    assert_eq!(relations.words(0, "方向"), "指向");
    assert_eq!(relations.words(1, "关系"), "引用文件");
    assert_eq!(relations.words(1, "所指"), "GB/T 35796-2017");

    let frameworks = table("/v1/frameworks");
    assert_eq!(frameworks.words(0, "简称"), "qingdao");
    assert_eq!(frameworks.words(0, "维度与取值数"), "子体系 10 × 均等化维度 3");
    let divisions = table("/v1/divisions?parent=370200");
    assert_eq!(divisions.heads[0], "代码");
    let catalogue = table("/v1/diff?from=1");
    assert_eq!(catalogue.words(0, "差异"), "新登记");
    let audit = registry
        .as_auditor()
        .with("Accept", XLSX)
        .get("/v1/audit/revisions")
        .expect(200);
    assert_eq!(sheets(&audit)[0].words(0, "种类"), "标准体系框架");
}
