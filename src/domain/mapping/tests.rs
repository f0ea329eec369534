use serde_json::json;

use super::*;

fn sports() -> Mapping {
    Mapping::parse(include_str!("../../../data/mapping-sports-catalogue.toml")).unwrap()
}

/// Enough of the grammar to tell a number from a committee: letters, digits, a dash before the year.
fn looks_like_a_number(words: &str) -> bool {
    let year = words.rsplit(['-', '—']).next().unwrap_or_default();
    words.contains(['-', '—']) && year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit())
}

fn map(record: Value) -> Mapped {
    sports().apply(&record, &looks_like_a_number)
}

fn warnings(mapped: &Mapped) -> Vec<(&str, &str)> {
    let named = mapped.warnings.iter();
    named.map(|fault| (fault.pointer.as_str(), fault.code)).collect()
}

#[test]
fn a_clean_record_becomes_content_without_a_warning() {
    let mapped = map(json!({
        "id": "GB36246-2018", "code": "GB 36246-2018", "title": "中小学合成材料面层运动场地",
        "english": "Synthetic surface sports ground for primary and secondary schools", "type": "国家标准", "status": "现行",
        "issueDate": "2018-05-14", "implementDate": "2018-11-01", "abolishDate": null, "replaces": "GB/T 14833-2011（部分）",
        "issuedBy": "国家市场监督管理总局 国家标准化管理委员会", "category": "合成材料面层", "tags": ["跑道", "操场"],
        "isMandatory": true, "scope": "适用于中小学校", "isFree": true, "downloadUrl": "https://openstd.samr.gov.cn/"
    }));
    assert_eq!(warnings(&mapped), []);
    assert_eq!(
        mapped.content,
        json!({
            "number": "GB 36246-2018", "title": "中小学合成材料面层运动场地",
            "title_en": "Synthetic surface sports ground for primary and secondary schools",
            "origin": "referenced", "supply": "existing", "level": "national", "mandate": "mandatory",
            "published_on": "2018-05-14", "implemented_on": "2018-11-01",
            "claimed_status": { "value": "in_force", "source": "haiqing85/sports-standards1" },
            "issued_by": ["国家市场监督管理总局", "国家标准化管理委员会"], "keywords": ["合成材料面层", "跑道", "操场"],
            "scope": "适用于中小学校",
            "relations": [{ "type": "replaces", "target": { "number": "GB/T 14833-2011" }, "extent": "partial" }]
        })
    );
}

#[test]
fn a_committee_given_as_successor_is_reported_and_left_out() {
    let mapped = map(json!({ "code": "GB/T 8391-1987", "title": "乒乓球台", "replacedBy": "TC291" }));
    assert_eq!(warnings(&mapped), [("/replacedBy", "not_a_number")]);
    assert!(mapped.superseded_by.is_empty());
}

#[test]
fn a_successor_is_handed_on_because_only_its_own_row_can_state_it() {
    let mapped =
        map(json!({ "code": "GB 19272-2011", "title": "室外健身器材的安全", "replacedBy": "GB 19272-2024" }));
    assert_eq!(mapped.superseded_by, ["GB 19272-2024"]);
    assert_eq!(mapped.content.get("relations"), None);
    assert_eq!(warnings(&mapped), []);
}

#[test]
fn several_predecessors_are_taken_apart_each_with_its_extent() {
    let mapped = map(json!({
        "code": "GB 9668-1996", "title": "体育馆卫生标准", "replaces": "GB 1-1990、GB 2-1991(部分)；旧版，GB 3-1992"
    }));
    assert_eq!(
        mapped.content["relations"],
        json!([
            { "type": "replaces", "target": { "number": "GB 1-1990" }, "extent": "whole" },
            { "type": "replaces", "target": { "number": "GB 2-1991" }, "extent": "partial" },
            { "type": "replaces", "target": { "number": "GB 3-1992" }, "extent": "whole" }
        ])
    );
    assert_eq!(warnings(&mapped), [("/replaces", "not_a_number")]);
}

#[test]
fn what_is_no_number_is_kept_as_written() {
    let mapped = map(json!({ "code": " T/XCFW TG06 ", "title": "体能训练" }));
    assert_eq!(mapped.content["number_as_written"], "T/XCFW TG06");
    assert_eq!(mapped.content.get("number"), None);
    assert_eq!(warnings(&mapped), [("/code", "not_a_number")]);
}

#[test]
fn days_are_read_as_people_write_them_and_reported_otherwise() {
    for written in [
        "2018-05-04",
        "2018/5/4",
        "2018.05.04",
        "20180504",
        "2018年5月4日",
        "2018-05-04T00:00:00Z",
    ] {
        let mapped = map(json!({ "issueDate": written }));
        assert_eq!(mapped.content["published_on"], "2018-05-04", "{written}");
    }
    for written in ["2018-02-30", "2018-05", "2018年", "待定", "18-5-4"] {
        let mapped = map(json!({ "issueDate": written }));
        assert_eq!(warnings(&mapped), [("/issueDate", "not_a_date")], "{written}");
        assert_eq!(mapped.content.get("published_on"), None);
    }
}

#[test]
fn values_outside_the_table_and_of_the_wrong_type_are_reported() {
    let mapped = map(
        json!({ "type": "企标", "status": ["现行"], "title": { "zh": "标题" }, "tags": ["跑道", 7, {}] }),
    );
    assert_eq!(
        warnings(&mapped),
        [
            ("/title", "wrong_type"),
            ("/type", "unknown_value"),
            ("/status", "wrong_type"),
            ("/tags/2", "wrong_type")
        ]
    );
    assert_eq!(mapped.content["keywords"], json!(["跑道", "7"]));
}

#[test]
fn blanks_are_absent_and_a_false_mandate_leaves_it_to_the_number() {
    let mapped =
        map(json!({ "title": "  ", "issuedBy": "", "replaces": null, "tags": [], "isMandatory": false }));
    assert_eq!(warnings(&mapped), []);
    assert_eq!(
        mapped.content,
        json!({ "origin": "referenced", "supply": "existing" })
    );
}

#[test]
fn members_nobody_asked_for_are_reported_unless_ignored() {
    let mapped = map(json!({ "title": "乒乓球台", "isHot": true, "price/€": 30 }));
    assert_eq!(warnings(&mapped), [("/price~1€", "unmapped_member")]);
    assert_eq!(warnings(&map(json!("GB 1-1990"))), [("", "wrong_type")]);
}

#[test]
fn the_list_of_records_is_found_where_the_mapping_says() {
    let document = json!({ "version": "2026.07.05", "standards": [{ "title": "乒乓球台" }] });
    assert_eq!(sports().records(&document).map(Vec::len), Some(1));
    assert_eq!(sports().records(&json!([])), None);
}

#[test]
fn a_faulty_mapping_file_is_refused_with_its_place() {
    for faulty in [
        "title = 'x'",
        "title = 'x'\n[[rule]]\nas = 'guess'\nfrom = ['a']\nto = 'b'",
        "title = 'x'\n[[rule]]\nas = 'text'\nfrom = ['a']\nto = 'b'\nsplt = ['、']",
    ] {
        assert!(Mapping::parse(faulty).is_err(), "{faulty}");
    }
}
