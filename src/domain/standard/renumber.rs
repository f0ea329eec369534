//! Merging a patch into a standard whose number it changes.

use serde_json::Value;

use crate::domain::draft;
use crate::domain::number;

/// Merges a patch into a standard in normal form.
///
/// What followed from the old number goes with it, unless the patch sets it: GB 50011-2010 became GB/T 50011-2010, and
/// whoever writes only the new number should not be told that it contradicts the mandate of the old.
pub fn merge(base: &Value, patch: &Value) -> Value {
    let is_renumbered = patch.get("number").is_some_and(Value::is_string);
    let old = base.get("number").and_then(Value::as_str);
    let Some(old) = old.filter(|_| is_renumbered) else {
        return draft::merge(base, patch);
    };
    let mut base = base.clone();
    if let Value::Object(members) = &mut base {
        members.remove("number_as_written");
        let is_house_number = members.get("level").is_some_and(|level| level == "internal");
        if let Some(told) = number::parse(old).ok().filter(|_| !is_house_number) {
            members.remove("level");
            if told.mandate.is_some() {
                members.remove("mandate");
            }
        }
    }
    draft::merge(&base, patch)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::fault::Faults;
    use crate::domain::standard::read;

    fn patched(base: Value, patch: Value) -> Value {
        let mut faults = Faults::default();
        let content = read(&merge(&base, &patch), "", &mut faults);
        assert_eq!(faults, Faults::default());
        serde_json::to_value(content.unwrap()).unwrap()
    }

    #[test]
    fn what_the_old_number_told_is_told_by_the_new_one() {
        let base = json!({
            "number": "GB 50011-2010", "number_as_written": "GB50011—2010", "level": "national", "mandate": "mandatory",
            "title": "建筑抗震设计规范", "origin": "referenced", "supply": "existing",
        });
        let converted = patched(base.clone(), json!({"number": "GB/T 50011-2010"}));
        assert_eq!(converted["mandate"], "recommended");
        assert_eq!(converted.get("number_as_written"), None);
        assert_eq!(
            patched(base.clone(), json!({"title": "建筑抗震设计标准"}))["mandate"],
            "mandatory"
        );
        assert_eq!(patched(base, json!({"number": null}))["level"], "national");
    }

    #[test]
    fn what_the_old_number_left_open_stays() {
        let base = json!({
            "number": "青福院-01", "level": "internal", "mandate": "mandatory",
            "title": "入院服务规范", "origin": "self_built", "supply": "existing",
        });
        let renumbered = patched(base, json!({"number": "青福院-02"}));
        assert_eq!(renumbered["level"], "internal");
        assert_eq!(renumbered["mandate"], "mandatory");
    }
}
