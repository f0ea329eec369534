use serde_json::{Value, json};

use super::{changed, qingdao, read};
use crate::domain::framework::revision::{Usage, check};
use crate::domain::problem::{Problem, ProblemType};

fn usage() -> Usage {
    let mut usage = Usage::default();
    usage
        .values
        .insert(("dimension".to_owned(), "outcome".to_owned()), 7);
    usage.nodes.insert("产前筛查".to_owned(), 2);
    usage.nodes.insert("儿童关爱服务".to_owned(), 1);
    usage
}

fn check_after(change: impl FnOnce(&mut Value)) -> Result<(), Problem> {
    check(&qingdao(), &read(&changed(change)), &usage())
}

fn remove(list: &mut Value, id: &str) {
    list.as_array_mut().unwrap().retain(|item| item["id"] != id);
}

#[test]
fn what_is_in_use_stays_and_is_counted() {
    let problem = check_after(|framework| {
        remove(&mut framework["axes"][1]["values"], "outcome");
        remove(&mut framework["nodes"], "产前筛查");
        let moved = framework["nodes"].as_array_mut().unwrap().last_mut().unwrap();
        moved["cell"] = json!({"subsystem": "公共安全"});
    })
    .unwrap_err();
    assert_eq!(problem.kind, ProblemType::InUse);
    assert_eq!(
        problem.extra["usage"],
        json!([
            {"change": "removed", "axis": "dimension", "value": "outcome", "rows": 7},
            {"change": "removed", "node": "产前筛查", "rows": 2},
            {"change": "moved", "node": "儿童关爱服务", "rows": 1}
        ])
    );
}

#[test]
fn what_is_not_in_use_may_go_and_anything_may_retire_or_be_retitled() {
    let revised = check_after(|framework| {
        remove(&mut framework["axes"][0]["values"], "公共安全");
        remove(&mut framework["nodes"], "生育保险");
        framework["axes"][1]["values"][2]["retired"] = json!(true);
        framework["axes"][1]["values"][0]["title"] = json!("机会公平");
        framework["edition"] = json!("正式");
        framework.as_object_mut().unwrap().remove("trial_to");
    });
    assert!(revised.is_ok(), "{revised:?}");
}

#[test]
fn other_axes_are_another_framework() {
    let problem = check_after(|framework| {
        framework["axes"][1]["id"] = json!("stage");
    })
    .unwrap_err();
    assert_eq!(problem.kind, ProblemType::Conflict);
    assert!(problem.detail.en.contains("`replaces`"));
    assert_eq!(
        problem.extra["axes"],
        json!({"added": ["stage"], "removed": ["dimension"]})
    );
}

#[test]
fn a_slug_stays() {
    let problem = check_after(|framework| framework["slug"] = json!("qd")).unwrap_err();
    assert_eq!(problem.kind, ProblemType::Conflict);
}
