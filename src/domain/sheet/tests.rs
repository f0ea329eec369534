//! Out and in again.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::domain::canonical::canonical_bytes;
use crate::domain::fault::Faults;
use crate::domain::framework::builtin;
use crate::domain::standard;
use crate::domain::text::Language;

/// A grid of one entry's row, as typed cells or as CSV would carry it.
fn grid(content: &Value, style: Style, typed: bool) -> Grid {
    let frameworks = [builtin::qingdao().unwrap()];
    let titles = Titles::of(frameworks.iter());
    let row = Row {
        id: "01938f5e-7b1a-7000-8000-000000000001",
        owner: "370214",
        revision: 3,
        position: 812,
        recorded_at: None,
        withdrawn: false,
        validity: None,
        content,
    };
    let cells = cells(&row, &titles, style).into_iter().map(|cell| match cell {
        Cell::Empty => Raw::Empty,
        Cell::Day(day) if typed => Raw::Day(day),
        Cell::Integer(number) if typed => Raw::Number(number as f64),
        Cell::Text(words) if typed => Raw::Text(words),
        other => Raw::Text(unguarded(&other.plain(style)).to_owned()),
    });
    let heads = COLUMNS
        .iter()
        .map(|column| Raw::Text(column.heading(style).to_owned()));
    let rows = [heads.collect(), cells.collect()];
    Grid {
        sheet: String::new(),
        rows: (1..)
            .zip(rows)
            .map(|(number, cells)| GridRow { number, cells })
            .collect(),
    }
}

fn read_back(grid: &Grid) -> Edit {
    let header = Header::find(grid).expect("a header");
    assert_eq!(header.known(), COLUMNS.len());
    read::row(&grid.rows[1], &header, Some("370214"))
}

fn normal(content: &Value) -> Value {
    let mut faults = Faults::default();
    let read = standard::read(content, "", &mut faults);
    let read = read.unwrap_or_else(|| panic!("{faults:?} in {content:#}"));
    let bytes = canonical_bytes(&read).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// Titles that came back are put in the ids' place, as the registry does.
fn settled(content: &Value) -> Value {
    let frameworks = [builtin::qingdao().unwrap()];
    let mut content = content.clone();
    let placements = content.get_mut("placements").and_then(Value::as_array_mut);
    for placement in placements.into_iter().flatten() {
        let framework = frameworks.iter().find(|f| placement["framework"] == f.slug);
        let Some(framework) = framework else { continue };
        let cell = serde_json::from_value(placement["cell"].clone()).unwrap();
        let node = placement["node"].as_str().map(str::to_owned);
        let found = framework.resolve_cell(&cell, node.as_deref()).unwrap();
        placement["cell"] = json!(found.cell);
        if let Some(node) = found.node {
            placement["node"] = node.into();
        }
    }
    normal(&content)
}

fn assert_comes_back(content: &Value) {
    let content = &normal(content);
    for style in [
        Style::Names,
        Style::Labels(Language::Chinese),
        Style::Labels(Language::English),
    ] {
        for typed in [true, false] {
            let edit = read_back(&grid(content, style, typed));
            assert_eq!(edit.faults, [], "{content:#}");
            assert_eq!((edit.row, edit.revision), (2, Some(3)));
            assert_eq!(&settled(&edit.onto(Some(content))), content, "{style:?}");
            // Blanks around a text are lost where nothing is there to compare with.
            let anew = settled(&edit.onto(None));
            assert_eq!(trimmed(&anew), trimmed(content), "{style:?}, as a new row");
        }
    }
}

fn trimmed(content: &Value) -> Value {
    let mut content = content.clone();
    for (_, value) in content.as_object_mut().unwrap() {
        if let Some(words) = value.as_str() {
            *value = words.trim().into();
        }
    }
    if let Some(source) = content.pointer_mut("/claimed_status/source") {
        *source = source.as_str().unwrap_or_default().trim().into();
    }
    content
}

fn words() -> impl Strategy<Value = String> {
    "[ '=+@\t-]{0,2}[a标准\"'；;、,=:_ \n()x0-9]{0,12}[标a\";，]"
        .prop_filter("not blank", |words| !words.trim().is_empty())
}

fn day() -> impl Strategy<Value = String> {
    (1901..2100i32, 1..13u32, 1..29u32).prop_map(|(y, m, d)| format!("{y:04}-{m:02}-{d:02}"))
}

fn placement() -> impl Strategy<Value = Value> {
    let frameworks = [builtin::qingdao().unwrap()];
    let axes = frameworks[0].axes.clone();
    let known = (
        0..axes[0].values.len(),
        0..axes[1].values.len(),
        prop::option::of(words()),
        prop::option::of(0..99i64),
    )
        .prop_map(move |(first, second, code, order)| {
            let mut place = json!({"framework": "qingdao", "cell": {
                &axes[0].id: axes[0].values[first].id, &axes[1].id: axes[1].values[second].id,
            }});
            if let Some(code) = code {
                place["code"] = code.into();
            }
            if let Some(order) = order {
                place["order"] = order.into();
            }
            place
        });
    let foreign = (words(), words(), words()).prop_map(
        |(axis, value, node)| json!({"framework": "other", "cell": {axis: value, "code": "x", "cell:a": "b"}, "node": node}),
    );
    prop_oneof![known, foreign]
}

fn relation() -> impl Strategy<Value = Value> {
    let number = (1..9999u32, 1990..2030u32)
        .prop_map(|(serial, year)| json!({"number": format!("GB/T {serial}-{year}")}));
    let document = (words(), prop::option::of(words())).prop_map(|(title, number)| match number {
        Some(number) => {
            json!({"document": {"title": title, "doc_number": number, "url": "http://a.cn/?b=c;d"}})
        }
        None => json!({"document": {"title": title}}),
    });
    let id = Just(json!({"id": "01938f5e-7b1a-7000-8000-0000000000ff"}));
    let target = prop_oneof![number, document, id];
    let particular = prop_oneof![
        Just(json!({"type": "replaces", "extent": "whole"})),
        Just(json!({"type": "replaces", "extent": "partial"})),
        Just(json!({"type": "derives_from", "aspects": ["application_conditions", "time_limit"]})),
        Just(json!({"type": "adopts", "degree": "IDT"})),
        Just(json!({"type": "cites"})),
        Just(json!({"type": "copied_from"})),
    ];
    (particular, target, prop::option::of(words())).prop_map(|(mut relation, target, note)| {
        relation["target"] = target;
        if let Some(note) = note {
            relation["note"] = note.into();
        }
        relation
    })
}

fn content() -> impl Strategy<Value = Value> {
    let texts = prop::collection::btree_map(
        prop::sample::select(vec![
            "title_en",
            "scope",
            "plan_number",
            "external_id",
            "number_as_written",
        ]),
        words().prop_map(Value::from),
        0..5,
    );
    let lists = prop::collection::btree_map(
        prop::sample::select(vec!["issued_by", "lead_department", "keywords"]),
        prop::collection::vec(words(), 1..4).prop_map(Value::from),
        0..3,
    );
    let terms = prop::sample::subsequence(
        vec![
            ("audience", json!("internal_manual")),
            ("elements", json!(["facilities", "content"])),
            ("ics", json!(["03.080.30", "11.020"])),
            ("ccs", json!(["A12"])),
            ("source_url", json!("https://openstd.samr.gov.cn/bzgk/gb/?a=b;c")),
            ("supply", json!("drafting")),
            (
                "claimed_status",
                json!({"value": "abolished", "source": " 某=平台; ", "on": "2026-08-18"}),
            ),
        ],
        0..7,
    );
    let number = prop_oneof![
        Just(json!({"level": "internal", "number": "院标 7=a; b"})),
        Just(json!({"number": "DB3702/T 12-2021"})),
        Just(json!({"level": "group"})),
    ];
    let parts = (
        (words(), number, texts, lists, terms),
        prop::option::of(day()),
        prop::collection::vec(placement(), 0..4),
        prop::collection::vec(relation(), 0..5),
    );
    parts.prop_map(
        |((title, number, texts, lists, terms), published, placements, relations)| {
            let mut content = number;
            content["title"] = title.into();
            content["origin"] = "self_built".into();
            for (name, value) in texts.into_iter().chain(lists).chain(terms) {
                content[name] = value;
            }
            if let Some(day) = published {
                content["published_on"] = day.into();
            }
            content["placements"] = placements.into();
            content["relations"] = relations.into();
            content
        },
    )
}

proptest! {
    #[test]
    fn whatever_is_written_out_reads_the_same(content in content()) {
        assert_comes_back(&content);
    }
}

fn sheet(rows: &[&[&str]]) -> Grid {
    let cells = |row: &&[&str]| row.iter().map(|cell| Raw::Text((*cell).to_owned())).collect();
    Grid {
        sheet: "目录".to_owned(),
        rows: (1..)
            .zip(rows)
            .map(|(number, row)| GridRow {
                number,
                cells: cells(row),
            })
            .collect(),
    }
}

#[test]
fn a_header_is_found_below_a_title_whatever_it_is_called() {
    let grid = sheet(&[
        &["城阳区标准目录", "", ""],
        &["序号", "标准编号*", "标准名称", "Origin", "备注"],
        &["1", "GB 38600-2019", "养老", "引用", "x"],
    ]);
    let header = Header::find(&grid).unwrap();
    assert_eq!(header.index, 1);
    let names: Vec<_> = header
        .named()
        .map(|(place, column)| (place, column.name))
        .collect();
    assert_eq!(names, [(1, "number"), (2, "title"), (3, "origin")]);
    assert!(Header::find(&sheet(&[&["甲", "乙"], &["1", "2"]])).is_none());
}

#[test]
fn a_row_speaks_of_its_columns_only() {
    let grid = sheet(&[
        &["编号", "关键词", "代替标准", "子体系", "维度"],
        &["GB/T 2-2020", "", "GB/T 1-2009", "", ""],
    ]);
    let edit = read::row(&grid.rows[1], &Header::find(&grid).unwrap(), None);
    let current = json!({
        "number": "GB/T 2-2020", "number_as_written": "GB/T2—2020", "title": "留", "keywords": ["去"],
        "relations": [
            {"type": "replaces", "extent": "whole", "target": {"number": "GB/T 0-2001"}},
            {"type": "cites", "target": {"number": "GB/T 3-2001"}},
        ],
        "placements": [
            {"framework": "other", "cell": {"a": "b"}},
            {"framework": "qingdao", "cell": {"subsystem": "老有颐养", "dimension": "process"}},
        ],
    });
    assert_eq!(
        edit.onto(Some(&current)),
        json!({
            "number": "GB/T 2-2020", "number_as_written": "GB/T2—2020", "title": "留",
            "relations": [
                {"type": "replaces", "target": {"number": "GB/T 1-2009"}},
                {"type": "cites", "target": {"number": "GB/T 3-2001"}},
            ],
            "placements": [{"framework": "other", "cell": {"a": "b"}}],
        })
    );
}

#[test]
fn a_new_number_takes_its_level_along() {
    let grid = sheet(&[&["编号", "级别", "约束力"], &["DB37/T 5-2026", "国家", "推荐性"]]);
    let edit = read::row(&grid.rows[1], &Header::find(&grid).unwrap(), None);
    let current = normal(&json!({"number": "GB/T 5-2020", "title": "一", "origin": "referenced"}));
    let after = normal(&edit.onto(Some(&current)));
    assert_eq!(
        (&after["level"], &after["number"]),
        (&json!("local"), &json!("DB37/T 5-2026"))
    );
}

#[test]
fn what_cannot_be_read_is_named_cell_by_cell() {
    let grid = sheet(&[
        &[
            "编号",
            "名称",
            "来源",
            "发布日期",
            "要素",
            "条目标识",
            "行政区划代码",
        ],
        &[
            "GB 1-2020",
            "一",
            "抄来",
            "去年",
            "人员配备、心情",
            "abc",
            "370213",
        ],
    ]);
    let edit = read::row(&grid.rows[1], &Header::find(&grid).unwrap(), Some("370214"));
    let found: Vec<_> = edit
        .faults
        .iter()
        .map(|fault| (fault.place, fault.code))
        .collect();
    assert_eq!(
        found,
        [
            (2, "unknown_value"),
            (3, "not_a_date"),
            (4, "unknown_value"),
            (5, "not_a_uuid"),
            (6, "another_owner")
        ]
    );
}

#[test]
fn a_day_is_read_however_it_is_written() {
    for raw in [
        Raw::Day("2018-07-01".parse().unwrap()),
        Raw::Number(43_282.0),
        Raw::Number(20_180_701.0),
        Raw::Text("2018-07-01".to_owned()),
        Raw::Text("2018/7/1".to_owned()),
        Raw::Text(" 2018年7月1日 ".to_owned()),
    ] {
        let rows = vec![
            GridRow {
                number: 1,
                cells: vec![Raw::Text("编号".to_owned()), Raw::Text("发布日期".to_owned())],
            },
            GridRow {
                number: 2,
                cells: vec![Raw::Text("GB 1-2018".to_owned()), raw.clone()],
            },
        ];
        let grid = Grid {
            sheet: String::new(),
            rows,
        };
        let edit = read::row(&grid.rows[1], &Header::find(&grid).unwrap(), None);
        assert_eq!(edit.members["published_on"], "2018-07-01", "{raw:?}");
    }
}
