//! What an administrator sends about a webhook, read with every fault named.

use serde_json::Value;

use crate::domain::fault::Faults;
use crate::domain::problem::Problem;
use crate::domain::shape::Fields;
use crate::registry::webhooks::target;

const LONGEST_URL: usize = 2_048;
const LONGEST_DESCRIPTION: usize = 500;

/// What was sent; in a creation `url` is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    pub url: Option<String>,
    /// Given as null it is taken away.
    pub description: Option<Option<String>>,
    pub disabled: Option<bool>,
}

/// Reads a whole webhook or, as a merge patch, part of one.
pub fn read(value: &Value, whole: bool, allow_private: bool) -> Result<Given, Problem> {
    let mut faults = Faults::default();
    let mut given = Given::default();
    if let Some(mut fields) = Fields::open(value, "", &mut faults) {
        let url = fields.text("url", LONGEST_URL);
        given.url = if whole || value.get("url").is_some() {
            fields.required("url", url)
        } else {
            url
        };
        if let Some(url) = &given.url
            && let Err((code, detail)) = target::check(url, allow_private)
        {
            fields.fault("url", code, detail);
        }
        let description = fields.text("description", LONGEST_DESCRIPTION);
        given.description = value.get("description").map(|_| description);
        given.disabled = fields.boolean("disabled");
        fields.finish();
    }
    if faults.is_empty() {
        Ok(given)
    } else {
        Err(Problem::invalid(faults))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_names_only_what_changes() {
        let given = read(&json!({"description": null}), false, false).unwrap();
        assert_eq!(given.description, Some(None));
        assert_eq!((given.url, given.disabled), (None, None));
    }

    #[test]
    fn every_fault_is_named() {
        let refused = read(
            &json!({"url": "http://10.0.0.1/", "disabled": "no", "secret": "x"}),
            true,
            false,
        );
        let faults = refused.unwrap_err().errors.0;
        let named: Vec<_> = faults.iter().map(|f| (f.pointer.as_str(), f.code)).collect();
        assert_eq!(
            named,
            [
                ("/url", "private_address"),
                ("/disabled", "wrong_type"),
                ("/secret", "unknown_member")
            ]
        );
        assert!(read(&json!({}), true, false).is_err());
        assert!(read(&json!({"url": null}), false, false).is_err());
    }
}
