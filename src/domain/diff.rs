//! What changed between two contents: as people read it, and as a patch that programs apply.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa::openapi::Ref;

use crate::domain::problem::Problem;
use crate::domain::shape::escape;

/// One place that differs. `before` is absent where something was added, `after` where it was taken away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FieldChange {
    /// RFC 6901 pointer into the content. In an array it counts in the later content, or for what was taken away in
    /// the earlier one.
    #[schema(example = "/implemented_on")]
    pub path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = any_member, required = false)]
    pub before: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = any_member, required = false)]
    pub after: Option<Value>,
}

impl FieldChange {
    /// A change from one value to another.
    pub fn new(path: impl Into<String>, before: impl Into<Value>, after: impl Into<Value>) -> Self {
        Self {
            path: path.into(),
            before: Some(before.into()),
            after: Some(after.into()),
        }
    }

    fn added(path: String, after: &Value) -> Self {
        Self {
            path,
            before: None,
            after: Some(after.clone()),
        }
    }

    fn removed(path: String, before: &Value) -> Self {
        Self {
            path,
            before: Some(before.clone()),
            after: None,
        }
    }
}

/// Whatever a member of content may be.
fn any_member() -> Ref {
    Ref::from_schema_name("JsonValue")
}

/// What changed, field by field; nothing exactly where the two are equal.
///
/// Objects are compared member by member. Lists of words or numbers are short and read as one value, so they change
/// whole. Of lists of objects, only the elements that came, went or changed are named: elements that carry an `id` are
/// the same element before and after, others are equal or different. A list whose elements merely changed places
/// changes whole.
pub fn changes(before: &Value, after: &Value) -> Vec<FieldChange> {
    let mut found = Vec::new();
    compare("", before, after, &mut found);
    found
}

/// The same as an RFC 6902 patch that turns one into the other.
pub fn patch(before: &Value, after: &Value) -> Result<Value, Problem> {
    serde_json::to_value(json_patch::diff(before, after)).map_err(Problem::internal)
}

fn compare(path: &str, before: &Value, after: &Value, found: &mut Vec<FieldChange>) {
    match (before, after) {
        (before, after) if before == after => {}
        (Value::Object(before), Value::Object(after)) => compare_members(path, before, after, found),
        (Value::Array(before), Value::Array(after)) if all_objects(before) && all_objects(after) => {
            compare_elements(path, before, after, found);
        }
        (before, after) => found.push(FieldChange::new(path, before.clone(), after.clone())),
    }
}

fn compare_members(
    path: &str,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    found: &mut Vec<FieldChange>,
) {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        let path = format!("{path}/{}", escape(name));
        match (before.get(name), after.get(name)) {
            (Some(before), Some(after)) => compare(&path, before, after, found),
            (None, Some(after)) => found.push(FieldChange::added(path, after)),
            (Some(before), None) => found.push(FieldChange::removed(path, before)),
            (None, None) => {}
        }
    }
}

fn compare_elements(path: &str, before: &[Value], after: &[Value], found: &mut Vec<FieldChange>) {
    let known_before = found.len();
    let mut gone: Vec<(usize, &Value)> = before.iter().enumerate().collect();
    let mut come = Vec::new();
    for (index, element) in after.iter().enumerate() {
        let counterpart = gone.iter().position(|(_, other)| is_same(other, element));
        match counterpart.map(|place| gone.remove(place)) {
            Some((_, other)) => compare(&format!("{path}/{index}"), other, element, found),
            None => come.push((index, element)),
        }
    }
    for (index, element) in gone {
        found.push(FieldChange::removed(format!("{path}/{index}"), element));
    }
    for (index, element) in come {
        found.push(FieldChange::added(format!("{path}/{index}"), element));
    }
    if found.len() == known_before {
        found.push(FieldChange::new(path, before, after));
    }
}

fn is_same(one: &Value, other: &Value) -> bool {
    match (one.get("id"), other.get("id")) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

fn all_objects(elements: &[Value]) -> bool {
    elements.iter().all(Value::is_object)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn shown(before: Value, after: Value) -> Value {
        serde_json::to_value(changes(&before, &after)).unwrap()
    }

    #[test]
    fn fields_change_come_and_go() {
        let before =
            json!({"title": "旧", "scope": "全市", "claimed_status": {"value": "upcoming", "source": "甲"}});
        let after = json!({"title": "新", "audience": "general", "claimed_status": {"value": "in_force", "source": "甲"}});
        assert_eq!(
            shown(before, after),
            json!([
                {"path": "/audience", "after": "general"},
                {"path": "/claimed_status/value", "before": "upcoming", "after": "in_force"},
                {"path": "/scope", "before": "全市"},
                {"path": "/title", "before": "旧", "after": "新"},
            ])
        );
    }

    #[test]
    fn lists_of_words_change_whole() {
        assert_eq!(
            shown(
                json!({"keywords": ["安全"]}),
                json!({"keywords": ["养老", "安全"]})
            ),
            json!([{"path": "/keywords", "before": ["安全"], "after": ["养老", "安全"]}])
        );
    }

    #[test]
    fn of_lists_of_objects_only_what_came_or_went_is_named() {
        let cites = |number: &str| json!({"type": "cites", "target": {"number": number}});
        let before = json!({"relations": [cites("GB 1-2000"), cites("GB 2-2000"), cites("GB 3-2000")]});
        let after = json!({"relations": [cites("GB 2-2000"), cites("GB 3-2000"), cites("GB 4-2000")]});
        assert_eq!(
            shown(before, after),
            json!([
                {"path": "/relations/0", "before": cites("GB 1-2000")},
                {"path": "/relations/2", "after": cites("GB 4-2000")},
            ])
        );
    }

    #[test]
    fn elements_with_an_id_stay_the_same_element() {
        let before = json!({"nodes": [{"id": "a", "title": "甲"}, {"id": "b", "title": "乙"}]});
        let after = json!({"nodes": [{"id": "b", "title": "丙"}, {"id": "a", "title": "甲"}]});
        assert_eq!(
            shown(before, after),
            json!([{"path": "/nodes/0/title", "before": "乙", "after": "丙"}])
        );
        let moved = (
            json!([{"id": "a"}, {"id": "b"}]),
            json!([{"id": "b"}, {"id": "a"}]),
        );
        assert_eq!(
            shown(moved.0.clone(), moved.1.clone()),
            json!([{"path": "", "before": moved.0, "after": moved.1}])
        );
    }

    fn any_content() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::from),
            (0..4_i64).prop_map(Value::from),
            "[a-c/~]{0,2}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map("id|[a-c/~]{0,2}", inner, 0..5)
                    .prop_map(|members| members.into_iter().collect::<Value>()),
            ]
        })
    }

    proptest! {
        #[test]
        fn applying_the_patch_makes_the_later_of_the_earlier(before in any_content(), after in any_content()) {
            let patch: json_patch::Patch = serde_json::from_value(patch(&before, &after).unwrap()).unwrap();
            let mut patched = before.clone();
            json_patch::patch(&mut patched, &patch).unwrap();
            prop_assert_eq!(patched, after);
        }

        #[test]
        fn there_are_changes_exactly_where_there_is_a_difference(before in any_content(), after in any_content()) {
            prop_assert_eq!(changes(&before, &after).is_empty(), before == after);
            prop_assert_eq!(changes(&after, &after), Vec::new());
        }
    }
}
