//! What people and systems rely on when they write a standard.

use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::domain::canonical::{canonical_bytes, sha256_hex};
use crate::domain::draft::merge;
use crate::domain::fault::Faults;

fn read_all(content: &Value) -> Result<StandardContent, Vec<(String, &'static str)>> {
    let mut faults = Faults::default();
    match read(content, "/content", &mut faults) {
        Some(content) if faults.is_empty() => Ok(content),
        _ => Err(faults
            .0
            .into_iter()
            .map(|fault| (fault.pointer, fault.code))
            .collect()),
    }
}

/// The least a standard needs, with these members besides.
fn with(members: Value) -> Value {
    let least =
        json!({"number": "GB 38600-2019", "title": "养老机构服务安全基本规范", "origin": "referenced"});
    merge(&least, &members)
}

fn normal(members: Value) -> Value {
    serde_json::to_value(read_all(&with(members)).unwrap()).unwrap()
}

fn faults(members: Value) -> Vec<(String, &'static str)> {
    read_all(&with(members)).unwrap_err()
}

fn one_fault(members: Value) -> (String, &'static str) {
    let mut found = faults(members);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

/// A real standard with every member there is, written carelessly.
fn full() -> Value {
    json!({
        "number": "ｇｂ 38600—2019", "plan_number": "20191234-Q-314", "external_id": "QD-YL-001",
        "title": "养老机构服务安全基本规范", "title_en": "Basic specification of service safety for senior care organization",
        "origin": "referenced", "published_on": "2019-12-27", "implemented_on": "2022-01-01", "abolished_on": "2030-01-01",
        "claimed_status": {"value": "现行", "source": "全国标准信息公共服务平台", "on": "2026-08-18"},
        "issued_by": ["国家市场监督管理总局", "国家标准化管理委员会", "国家市场监督管理总局"], "lead_department": ["市民政局"],
        "ics": ["03.080.30", "03.080", "03.080.30"], "ccs": ["A14", "A"], "scope": "适用于养老机构的服务安全管理",
        "keywords": ["养老机构", "安全", "安全"], "source_url": "https://openstd.samr.gov.cn/bzgk/gb/", "audience": "general",
        "elements": ["process", "staffing", "process"],
        "placements": [
            {"framework": "qingdao", "cell": {"subsystem": "老有颐养", "dimension": "process"}, "node": "养老服务", "code": "205.1", "order": 3},
            {"framework": "chengyang", "cell": {"part": "实施提供"}},
            {"framework": "chengyang", "cell": {"part": "实施提供"}, "node": null},
        ],
        "relations": [
            {"type": "cites", "target": {"number": "GB/T 35796"}},
            {"type": "implements", "target": {"document": {"title": "养老机构管理办法", "doc_number": "民政部令第66号", "url": "https://www.gov.cn/"}}},
            {"type": "derives_from", "target": {"id": "01935B5C-7A3E-7000-8000-6F2D1C9BE0A4"}, "aspects": ["time_limit", "materials"]},
            {"type": "adopts", "target": {"number": "ISO  9001：2015"}, "degree": "MOD", "note": "第8章"},
            {"type": "replaces", "target": {"number": "MZ 008-2001"}},
        ],
    })
}

#[test]
fn the_bytes_of_a_standard_are_pinned() {
    let bytes = canonical_bytes(&read_all(&full()).unwrap()).unwrap();
    let expected = include_str!("golden.json").trim_end();
    assert_eq!(String::from_utf8(bytes.clone()).unwrap(), expected);
    assert_eq!(
        sha256_hex(&bytes),
        "dcdbfa580d20be5150c9d216624780c7dff51483e931ac23cd36c189fc680a8e"
    );
}

#[test]
fn little_is_required_and_what_follows_is_written() {
    assert_eq!(
        normal(json!({})),
        json!({
            "number": "GB 38600-2019", "title": "养老机构服务安全基本规范", "origin": "referenced",
            "level": "national", "mandate": "mandatory", "supply": "existing",
        })
    );
    let nothing = read_all(&json!({})).unwrap_err();
    let required: Vec<_> = ["level", "title", "origin"]
        .map(|name| (format!("/content/{name}"), "required"))
        .into();
    assert_eq!(nothing, required);
}

#[test]
fn unset_null_and_empty_are_the_same() {
    let unset =
        json!({"scope": null, "keywords": [], "relations": [], "abolished_on": null, "claimed_status": null});
    let content = with(json!({}));
    let mut spelt_out = content.clone();
    spelt_out
        .as_object_mut()
        .unwrap()
        .extend(unset.as_object().unwrap().clone());
    assert_eq!(read_all(&spelt_out).unwrap(), read_all(&content).unwrap());
}

#[test]
fn any_spelling_of_a_number_is_read_and_kept_beside_the_canonical_one() {
    let content = normal(json!({"number": "ＧＢ／Ｔ35796——2017"}));
    assert_eq!(content["number"], "GB/T 35796-2017");
    assert_eq!(content["number_as_written"], "ＧＢ／Ｔ35796——2017");
    assert_eq!(content["mandate"], "recommended");
    let given = normal(json!({"number": "GBT35796-2017", "number_as_written": "GB/T35796（见附件）"}));
    assert_eq!(given["number_as_written"], "GB/T35796（见附件）");
}

#[test]
fn a_house_number_is_tidied_and_has_no_grammar() {
    let content = normal(json!({"number": "青福院 ＦＷ—01", "level": "internal"}));
    assert_eq!(content["number"], "青福院 FW-01");
    assert_eq!(content.get("mandate"), None);
}

#[test]
fn rows_without_a_number_need_a_level() {
    let unread = json!({"number": null, "number_as_written": "DB37 待定", "level": "local"});
    assert_eq!(normal(unread)["number_as_written"], "DB37 待定");
    let planned = json!({"number": null, "supply": "planned"});
    assert_eq!(one_fault(planned), ("/content/level".into(), "required"));
}

#[test]
fn before_1990_the_number_tells_no_mandate() {
    assert_eq!(normal(json!({"number": "GB 11643-1989"})).get("mandate"), None);
    let recommended = normal(json!({"number": "GB 11643-1989", "mandate": "recommended"}));
    assert_eq!(recommended["mandate"], "recommended");
}

#[rstest]
#[case(json!({"number": "TC291"}), "number", "committee_code")]
#[case(json!({"number": "GB/T 22239"}), "number", "undated")]
#[case(json!({"level": "group"}), "level", "contradicts_number")]
#[case(json!({"mandate": "voluntary"}), "mandate", "contradicts_number")]
#[case(json!({"title": "字".repeat(501)}), "title", "too_long")]
#[case(json!({"origin": "自建"}), "origin", "unknown_value")]
#[case(json!({"published_on": "2019-13-01"}), "published_on", "not_a_date")]
#[case(json!({"published_on": "2020-02-01", "implemented_on": "2020-01-31"}), "implemented_on", "dates_out_of_order")]
#[case(json!({"implemented_on": "2020-02-01", "abolished_on": "2020-01-31"}), "abolished_on", "dates_out_of_order")]
#[case(json!({"published_on": "2020-02-01", "abolished_on": "2020-01-31"}), "abolished_on", "dates_out_of_order")]
#[case(json!({"claimed_status": {"value": "有效"}}), "claimed_status/value", "unknown_value")]
#[case(json!({"ics": ["03.080", "99.999"]}), "ics/1", "unknown_class")]
#[case(json!({"ccs": ["a14"]}), "ccs/0", "unknown_class")]
#[case(json!({"source_url": "javascript:alert(1)"}), "source_url", "not_a_url")]
#[case(json!({"source_url": "https:///x"}), "source_url", "not_a_url")]
#[case(json!({"keywords": vec!["词"; 51]}), "keywords", "too_many_items")]
#[case(json!({"publisher": "中国标准出版社"}), "publisher", "unknown_member")]
#[case(json!({"placements": [{"cell": {}}]}), "placements/0/framework", "required")]
#[case(json!({"placements": [{"framework": "qingdao", "cell": {"a/b": 1}}]}), "placements/0/cell/a~1b", "wrong_type")]
#[case(json!({"relations": [{"type": "cites"}]}), "relations/0/target", "required")]
#[case(json!({"relations": [{"type": "cites", "target": {}}]}), "relations/0/target", "exactly_one")]
#[case(json!({"relations": [{"type": "cites", "target": {"number": "GB 1-2000", "document": {"title": "法"}}}]}), "relations/0/target", "exactly_one")]
#[case(json!({"relations": [{"type": "cites", "target": {"id": "17"}}]}), "relations/0/target/id", "not_an_id")]
#[case(json!({"relations": [{"type": "cites", "target": {"number": "GB 5009.1~GB 5009.9"}}]}), "relations/0/target/number", "a_range")]
#[case(json!({"relations": [{"type": "cites", "target": {"number": "GB/T 19851(所有部分)"}}]}), "relations/0/target/number", "a_series")]
#[case(json!({"relations": [{"type": "cites", "target": {"number": "鲁政发〔2020〕1号"}}]}), "relations/0/target/number", "document_number")]
#[case(json!({"relations": [{"type": "replaces", "target": {"number": "gb38600—2019"}}]}), "relations/0/target/number", "self_reference")]
#[case(json!({"relations": [{"type": "cites", "extent": "whole", "target": {"number": "GB 1-2000"}}]}), "relations/0/extent", "not_applicable")]
#[case(json!({"relations": [{"type": "cites", "aspects": ["materials"], "target": {"number": "GB 1-2000"}}]}), "relations/0/aspects", "not_applicable")]
#[case(json!({"relations": [{"type": "cites", "degree": "IDT", "target": {"number": "GB 1-2000"}}]}), "relations/0/degree", "not_applicable")]
fn what_contradicts_itself_or_means_nothing_is_refused_at_its_place(
    #[case] members: Value,
    #[case] place: &str,
    #[case] code: &str,
) {
    assert_eq!(one_fault(members), (format!("/content/{place}"), code));
}

#[test]
fn every_fault_is_named_at_once() {
    let found = faults(json!({
        "title": null, "number": "x", "ics": ["?"], "relations": [{"type": "replace", "target": {"id": "1"}}],
    }));
    let places: Vec<&str> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
    assert_eq!(
        places,
        [
            "/content/number",
            "/content/title",
            "/content/ics/0",
            "/content/relations/0/type",
            "/content/relations/0/target/id",
        ]
    );
}

#[test]
fn relations_lead_to_ids_and_canonical_numbers_but_not_to_documents() {
    let targets = read_all(&full()).unwrap().relation_targets();
    let shown: Vec<Value> = targets
        .into_iter()
        .map(|target| json!([target.relation_type, target.extent, target.key]))
        .collect();
    assert_eq!(
        shown,
        [
            json!(["replaces", "whole", "MZ 008-2001"]),
            json!(["derives_from", null, "01935b5c-7a3e-7000-8000-6f2d1c9be0a4"]),
            json!(["adopts", null, "ISO 9001:2015"]),
            json!(["cites", null, "GB/T 35796"]),
        ]
    );
}

#[test]
fn inside_a_house_relations_may_name_house_numbers() {
    let house = json!({
        "number": "青福院-01", "level": "internal",
        "relations": [{"type": "replaces", "target": {"number": "青福院 — 00"}}],
    });
    assert_eq!(normal(house)["relations"][0]["target"]["number"], "青福院-00");
}

#[test]
fn every_row_of_the_sample_catalogue_reads() {
    let rows: Vec<Value> = serde_json::from_str(include_str!("../../../data/sample-catalogue.json")).unwrap();
    for row in rows {
        let content = read_all(&row).unwrap_or_else(|faults| panic!("{row}: {faults:?}"));
        let written = serde_json::to_value(&content).unwrap();
        assert_eq!(read_all(&written), Ok(content));
    }
}

fn any_written() -> impl Strategy<Value = Value> {
    let number = prop::sample::select(vec![
        json!(null),
        json!("ＧＢ/T 35796—2017"),
        json!("db3702/t 98-2019"),
        json!("T/CSGF 001-2020"),
        json!("建标 109-2008"),
        json!("JGJ 39-2016（2019年版）"),
        json!("GB/T 42061-2022/ISO 13485:2016"),
    ]);
    let word = "[a-c养老 ]{0,2}[安全x]";
    let day = "20(1|2)[0-9]-0[1-9]-(0[1-9]|1[0-9]|2[0-8])";
    let target = prop_oneof![
        prop::sample::select(vec!["GB 1—2000", "GB/T 22239", "ISO 9001:2015", "WS/T 423-2013"])
            .prop_map(|number| json!({"number": number})),
        any::<u128>().prop_map(|id| json!({"id": uuid::Uuid::from_u128(id)})),
        word.prop_map(|title| json!({"document": {"title": title}})),
    ];
    let relation_type = prop::sample::select(vec![
        "replaces",
        "amends",
        "derives_from",
        "adopts",
        "cites",
        "implements",
    ]);
    let relation = (relation_type, target).prop_map(|(of, target)| json!({"type": of, "target": target}));
    let placement = (word, word, prop::option::of(word), prop::option::of(0..9_i64)).prop_map(
        |(framework, value, node, order)| json!({"framework": framework, "cell": {"axis": value}, "node": node, "order": order}),
    );
    let words = || prop::collection::vec(word, 0..5);
    (
        (number, word, prop::option::of(day), prop::option::of(word)),
        (words(), words(), words()),
        prop::collection::vec(prop::sample::select(vec!["process", "content", "staffing"]), 0..4),
        prop::collection::vec(relation, 0..5),
        prop::collection::vec(placement, 0..5),
    )
        .prop_map(|((number, title, day, as_written), (keywords, bodies, departments), elements, relations, placements)| {
            let level = if number.is_null() { json!("local") } else { json!(null) };
            json!({
                "number": number, "number_as_written": as_written, "level": level, "title": title, "origin": "self_built",
                "implemented_on": day, "keywords": keywords, "issued_by": bodies, "lead_department": departments,
                "elements": elements, "relations": relations, "placements": placements,
            })
        })
}

proptest! {
    #[test]
    fn normal_form_is_a_fixed_point(written in any_written()) {
        let content = read_all(&written).unwrap();
        let normal = serde_json::to_value(&content).unwrap();
        prop_assert_eq!(&read_all(&normal).unwrap(), &content);
        prop_assert_eq!(serde_json::from_value::<StandardContent>(normal).unwrap(), content);
    }
}
