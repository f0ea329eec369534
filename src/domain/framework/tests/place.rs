use std::collections::BTreeMap;

use serde_json::json;

use super::{changed, chengyang, qingdao, read};
use crate::domain::framework::{FrameworkContent, ResolvedPlace};

fn cell(values: &[(&str, &str)]) -> BTreeMap<String, String> {
    values
        .iter()
        .map(|(axis, value)| ((*axis).to_owned(), (*value).to_owned()))
        .collect()
}

fn refused(
    framework: &FrameworkContent,
    values: &[(&str, &str)],
    node: Option<&str>,
) -> Vec<(String, &'static str)> {
    let faults = framework.resolve_cell(&cell(values), node).unwrap_err();
    faults
        .into_iter()
        .map(|fault| (fault.pointer, fault.code))
        .collect()
}

#[test]
fn titles_and_ids_name_the_same_place() {
    let expected = ResolvedPlace {
        cell: cell(&[("subsystem", "幼有善育"), ("dimension", "opportunity")]),
        node: Some("产前筛查".to_owned()),
    };
    let framework = qingdao();
    for written in [
        [("subsystem", "幼有善育"), ("dimension", "opportunity")],
        [("子体系", "幼有善育"), ("均等化维度", "机会均等")],
        [
            ("Subsystem", "childcare"),
            ("dimension", " Equality of opportunity "),
        ],
    ] {
        assert_eq!(
            framework.resolve_cell(&cell(&written), Some("产前筛查")).as_ref(),
            Ok(&expected)
        );
    }
}

#[test]
fn a_node_implies_the_value_it_hangs_under_but_no_other() {
    let framework = qingdao();
    let place = framework
        .resolve_cell(&cell(&[("dimension", "process")]), Some("Prenatal screening"))
        .unwrap();
    assert_eq!(place.cell["subsystem"], "幼有善育");
    assert_eq!(
        refused(&framework, &[], Some("产前筛查")),
        [("/cell".to_owned(), "missing_axis")]
    );
    assert_eq!(
        refused(
            &framework,
            &[("subsystem", "公共安全"), ("dimension", "process")],
            Some("产前筛查")
        ),
        [("/node".to_owned(), "contradictory")]
    );
}

#[test]
fn one_axis_needs_one_value() {
    let place = chengyang()
        .resolve_cell(&cell(&[("子体系", "基准指标")]), None)
        .unwrap();
    assert_eq!(place.cell, cell(&[("subsystem", "基准指标")]));
}

#[test]
fn refusals_name_what_was_expected() {
    let framework = qingdao();
    let written = cell(&[("dimension", "nothing"), ("size", "big")]);
    let faults = framework.resolve_cell(&written, Some("nowhere")).unwrap_err();
    let codes: Vec<_> = faults
        .iter()
        .map(|fault| (fault.pointer.as_str(), fault.code))
        .collect();
    assert_eq!(
        codes,
        [
            ("/cell/dimension", "unknown_value"),
            ("/cell/size", "unknown_axis"),
            ("/node", "unknown_node"),
            ("/cell", "missing_axis")
        ]
    );
    assert!(
        faults[0].detail.en.contains("opportunity (机会均等)"),
        "{}",
        faults[0].detail.en
    );
    assert_eq!(
        refused(
            &framework,
            &[
                ("subsystem", "公共安全"),
                ("子体系", "公共安全"),
                ("dimension", "process")
            ],
            None
        ),
        [("/cell/子体系".to_owned(), "axis_twice")]
    );
}

#[test]
fn what_is_retired_stays_only_on_rows_that_had_it() {
    let framework = read(&changed(|framework| {
        framework["axes"][1]["values"][1]["retired"] = json!(true);
        framework["nodes"][0]["retired"] = json!(true);
    }));
    let written = cell(&[("dimension", "process")]);
    assert_eq!(
        refused(&framework, &[("dimension", "process")], Some("产前筛查")),
        [
            ("/cell/dimension".to_owned(), "retired"),
            ("/node".to_owned(), "retired")
        ]
    );
    let had = qingdao().resolve_cell(&written, Some("产前筛查")).unwrap();
    assert_eq!(
        framework.resolve_place(&written, Some("产前筛查"), std::slice::from_ref(&had)),
        Ok(had)
    );
}

#[test]
fn a_shared_title_needs_an_id_unless_the_cell_tells() {
    let framework = read(&changed(|framework| {
        framework["nodes"] = json!([
            {"id": "n1", "title": "培训", "cell": {"subsystem": "劳有应得"}},
            {"id": "n2", "title": "培训", "cell": {"subsystem": "优军服务"}}
        ]);
    }));
    let place = framework.resolve_cell(
        &cell(&[("subsystem", "优军服务"), ("dimension", "process")]),
        Some("培训"),
    );
    assert_eq!(place.unwrap().node.as_deref(), Some("n2"));
    assert!(
        refused(&framework, &[("dimension", "process")], Some("培训"))
            .contains(&("/node".to_owned(), "ambiguous"))
    );
}
