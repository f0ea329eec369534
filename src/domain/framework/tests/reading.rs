use chrono::NaiveDate;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{changed, chengdu, chengyang, qingdao, read, yuexiu};
use crate::domain::fault::Faults;
use crate::domain::framework;
use crate::domain::vocabulary::Trial;

fn faults_of(value: &Value) -> Vec<(String, &'static str)> {
    let mut faults = Faults::default();
    assert_eq!(framework::read(value, "/content", &mut faults), None);
    faults
        .0
        .into_iter()
        .map(|fault| (fault.pointer, fault.code))
        .collect()
}

#[test]
fn the_built_in_framework_is_the_citys() {
    let framework = qingdao();
    let sizes: Vec<usize> = framework.axes.iter().map(|axis| axis.values.len()).collect();
    assert_eq!(sizes, [10, 3]);
    assert_eq!(framework.axis("subsystem").unwrap().values[0].id, "幼有善育");
    let dimensions: Vec<&str> = framework.axes[1]
        .values
        .iter()
        .map(|value| value.id.as_str())
        .collect();
    assert_eq!(dimensions, ["opportunity", "process", "outcome"]);
    assert_eq!(framework.issuers, ["市市场监管局", "市发展改革委"]);
    let screening = framework.node("产前筛查").unwrap();
    assert_eq!(screening.parent.as_deref(), Some("优孕优生服务"));
    assert_eq!(framework.hangs_under(screening), Some(("subsystem", "幼有善育")));
}

#[test]
fn other_cities_frameworks_are_data_of_the_same_schema() {
    let sizes = |framework: framework::FrameworkContent| -> Vec<usize> {
        framework.axes.iter().map(|axis| axis.values.len()).collect()
    };
    assert_eq!(sizes(chengyang()), [5]);
    assert_eq!(sizes(chengdu()), [3]);
    assert_eq!(sizes(yuexiu()), [4, 9, 5]);
}

#[test]
fn normal_form_writes_orders_and_drops_what_a_child_inherits() {
    let content = read(&json!({
        "slug": "x1", "title": "X", "title_en": null, "issuers": ["b", "a", "b"],
        "replaces": "0193A000-0000-7000-8000-000000000000",
        "axes": [{"id": "a", "title": "A", "retired": false, "values": [
            {"id": "late", "title": "Late", "order": 9}, {"id": "early", "title": "Early"}]}],
        "nodes": [{"id": "child", "title": "C", "parent": "root", "cell": {"a": "late"}},
                  {"id": "root", "title": "R", "cell": {"a": "late"}}]
    }));
    assert_eq!(
        json!(content),
        json!({
            "slug": "x1", "title": "X", "issuers": ["b", "a"], "replaces": "0193a000-0000-7000-8000-000000000000",
            "axes": [{"id": "a", "title": "A", "order": 1, "values": [
                {"id": "early", "title": "Early", "order": 2}, {"id": "late", "title": "Late", "order": 9}]}],
            "nodes": [{"id": "child", "title": "C", "order": 1, "parent": "root"},
                      {"id": "root", "title": "R", "order": 2, "cell": {"a": "late"}}]
        })
    );
}

#[test]
fn every_fault_is_named_at_once_where_it_was_written() {
    let axes = json!([
        {"id": "a", "title": "A", "values": [{"id": "1", "title": "One", "order": 5}, {"id": "1", "title": "Uno"}]},
        {"id": "a", "title": "A", "retired": true, "values": [{"id": "2:3", "title": "Two"}]}
    ]);
    let found = faults_of(&json!({
        "slug": "Not A Slug", "trial_from": "2022-02-01", "trial_to": "2022-01-31", "replaces": "?!", "colour": 1,
        "axes": axes,
        "nodes": [
            {"id": "lost", "title": "L", "parent": "nobody"},
            {"id": "round", "title": "R", "parent": "about"},
            {"id": "about", "title": "A", "parent": "round"},
            {"id": "bare", "title": "B"},
            {"id": "wide", "title": "W", "cell": {"a": "1", "b": "1"}},
            {"id": "off", "title": "O", "cell": {"z": "1"}},
            {"id": "gone", "title": "G", "cell": {"a": "7"}},
            {"id": "root", "title": "R", "cell": {"a": "1"}},
            {"id": "torn", "title": "T", "parent": "root", "cell": {"a": "2:3"}}
        ]
    }));
    for expected in [
        ("/content/slug", "not_a_slug"),
        ("/content/title", "required"),
        ("/content/trial_to", "ends_before_it_begins"),
        ("/content/replaces", "not_a_framework"),
        ("/content/colour", "unknown_member"),
        ("/content/axes/0/values/1/id", "duplicate_id"),
        ("/content/axes/1/id", "duplicate_id"),
        ("/content/axes/1/retired", "axis_retired"),
        ("/content/axes/1/values/0/id", "not_an_id"),
        ("/content/nodes/0/parent", "unknown_parent"),
        ("/content/nodes/1/parent", "cyclic"),
        ("/content/nodes/2/parent", "cyclic"),
        ("/content/nodes/3/cell", "required"),
        ("/content/nodes/4/cell", "not_one_axis_value"),
        ("/content/nodes/5/cell/z", "unknown_axis"),
        ("/content/nodes/6/cell/a", "unknown_value"),
        ("/content/nodes/8/cell", "contradicts_parent"),
    ] {
        assert!(
            found.contains(&(expected.0.to_owned(), expected.1)),
            "{expected:?} in {found:?}"
        );
    }
    assert_eq!(found.len(), 17, "{found:?}");
}

#[test]
fn sizes_are_bounded() {
    let values = |count: usize| -> Vec<Value> {
        (0..count)
            .map(|n| json!({"id": n.to_string(), "title": "v"}))
            .collect()
    };
    let with_axes = |axes: Value| {
        changed(|framework| {
            framework["axes"] = axes;
            framework["nodes"] = json!([]);
        })
    };
    let axis = |id: &str, count| json!({"id": id, "title": id, "values": values(count)});
    let too_many = with_axes(json!([axis("a", 200), axis("b", 101)]));
    assert_eq!(
        faults_of(&too_many),
        [("/content/axes".to_owned(), "too_many_cells")]
    );
    let too_long = with_axes(json!([axis("a", 201)]));
    assert_eq!(
        faults_of(&too_long),
        [("/content/axes/0/values".to_owned(), "too_many_items")]
    );
    assert_eq!(
        faults_of(&with_axes(json!([]))),
        [("/content/axes".to_owned(), "required")]
    );
    let chain = changed(|framework| {
        let mut nodes = vec![json!({"id": "0", "title": "n", "cell": {"subsystem": "公共安全"}})];
        nodes.extend(
            (1..12).map(|n| json!({"id": n.to_string(), "title": "n", "parent": (n - 1).to_string()})),
        );
        framework["nodes"] = nodes.into();
    });
    assert_eq!(
        faults_of(&chain),
        [("/content/nodes/10/parent".to_owned(), "too_deep")]
    );
}

#[test]
fn a_slug_is_never_taken_for_an_id() {
    for slug in [
        "0193a000-0000-7000-8000-000000000000",
        "a",
        "-a",
        "a_b",
        "青岛",
        "Ab",
    ] {
        let value = changed(|framework| framework["slug"] = slug.into());
        assert_eq!(
            faults_of(&value),
            [("/content/slug".to_owned(), "not_a_slug")],
            "{slug}"
        );
    }
}

#[test]
fn a_trial_includes_its_last_day() {
    let on = |day: &str| day.parse::<NaiveDate>().unwrap();
    let mut framework = qingdao();
    assert_eq!(framework.status(on("2022-08-15")), Trial::Trial);
    assert_eq!(framework.status(on("2024-12-30")), Trial::Trial);
    assert_eq!(framework.status(on("2024-12-31")), Trial::Expired);
    framework.trial_to = None;
    assert_eq!(framework.status(on("2030-01-01")), Trial::Trial);
    framework.trial_from = None;
    assert_eq!(framework.status(on("2022-08-15")), Trial::Final);
}

proptest! {
    #[test]
    fn reading_the_normal_form_gives_it_back(
        orders in prop::collection::vec(prop::option::of(0u32..5), 1..12),
        parents in prop::collection::vec(prop::option::of(0usize..4), 0..9),
    ) {
        let values: Vec<Value> = orders.iter().enumerate().map(|(n, order)| {
            json!({"id": format!("值{n}"), "title": "v", "order": order, "retired": n % 3 == 1})
        }).collect();
        let nodes: Vec<Value> = parents.iter().enumerate().map(|(n, parent)| match parent {
            Some(parent) if *parent < n => json!({"id": n.to_string(), "title": "n", "parent": parent.to_string()}),
            _ => json!({"id": n.to_string(), "title": "n", "cell": {"a": "值0"}}),
        }).collect();
        let once = read(&json!({"slug": "any", "title": "t", "nodes": nodes,
            "axes": [{"id": "a", "title": "A", "values": values}]}));
        prop_assert_eq!(&read(&json!(once)), &once);
        let stored: framework::FrameworkContent = serde_json::from_value(json!(once)).unwrap();
        prop_assert_eq!(stored, once);
    }
}
