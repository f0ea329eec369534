//! What changed between two contents: as people read it, and as a patch that programs apply.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::problem::Problem;
use crate::domain::shape::escape;

/// One place that differs; `before` is absent where something was added, `after` where it was removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FieldChange {
    /// RFC 6901 pointer.
    #[schema(example = "/title")]
    pub path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub before: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub after: Option<Value>,
}

impl FieldChange {
    pub fn new(path: &str, before: impl Into<Value>, after: impl Into<Value>) -> Self {
        Self {
            path: path.to_owned(),
            before: Some(before.into()),
            after: Some(after.into()),
        }
    }
}

/// Every place that differs. Objects are compared member by member; arrays are sets or short lists and compared whole.
pub fn changes(before: &Value, after: &Value) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    compare(Some(before), Some(after), String::new(), &mut changes);
    changes
}

fn compare(before: Option<&Value>, after: Option<&Value>, path: String, changes: &mut Vec<FieldChange>) {
    match (before, after) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for name in names {
                compare(
                    old.get(name),
                    new.get(name),
                    format!("{path}/{}", escape(name)),
                    changes,
                );
            }
        }
        (before, after) if before == after => {}
        (before, after) => changes.push(FieldChange {
            path,
            before: before.cloned(),
            after: after.cloned(),
        }),
    }
}

/// The RFC 6902 patch that makes `after` of `before`.
pub fn patch(before: &Value, after: &Value) -> Result<Value, Problem> {
    serde_json::to_value(json_patch::diff(before, after)).map_err(Problem::internal)
}
