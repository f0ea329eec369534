//! Changing a content by naming only what changes.

use serde_json::Value;

/// Applies a merge patch (RFC 7396): objects merge, null unsets, anything else replaces what was there, arrays whole.
/// As deep as the patch, which the door for JSON bounds.
pub fn merge(base: &Value, patch: &Value) -> Value {
    let mut merged = base.clone();
    json_patch::merge(&mut merged, patch);
    merged
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_change_null_unsets_and_arrays_are_replaced_whole() {
        let base = json!({
            "title": "养老机构服务规范", "keywords": ["养老", "服务"],
            "claimed_status": {"value": "in_force", "source": "市民政局"}, "audience": "general",
        });
        let patch = json!({
            "title": "养老机构服务安全规范", "keywords": ["安全"],
            "claimed_status": {"source": null, "on": "2026-08-18"}, "audience": null, "scope": null,
        });
        let merged = json!({
            "title": "养老机构服务安全规范", "keywords": ["安全"],
            "claimed_status": {"value": "in_force", "on": "2026-08-18"},
        });
        assert_eq!(merge(&base, &patch), merged);
        assert_eq!(merge(&merged, &json!({})), merged);
    }

    #[test]
    fn nulls_within_a_new_object_unset_nothing_and_are_not_kept() {
        let patch = json!({"claimed_status": {"value": "in_force", "on": null}});
        assert_eq!(
            merge(&json!({}), &patch),
            json!({"claimed_status": {"value": "in_force"}})
        );
        assert_eq!(merge(&json!({"title": "旧"}), &json!("新")), json!("新"));
    }
}
