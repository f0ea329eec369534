//! What an administrator sends about a webhook, read with every fault named.

use serde_json::Value;

use crate::domain::fault::Faults;
use crate::domain::problem::Problem;
use crate::domain::shape::Fields;
use crate::domain::term::Term;
use crate::domain::vocabulary::Kind;
use crate::registry::webhooks::address::Allowed;
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
    /// Given as null the condition is taken away.
    pub kind: Option<Option<Kind>>,
    pub owner: Option<Option<String>>,
}

impl Given {
    /// The kind as it is stored.
    pub fn kind_id(&self) -> Option<Option<String>> {
        self.kind.map(|kind| kind.map(|kind| kind.id().to_owned()))
    }
}

/// Reads a whole webhook or, as a merge patch, part of one.
pub fn read(value: &Value, whole: bool, allowed: &Allowed) -> Result<Given, Problem> {
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
            && let Err((code, detail)) = target::check(url, allowed)
        {
            fields.fault("url", code, detail);
        }
        let description = fields.text("description", LONGEST_DESCRIPTION);
        given.description = value.get("description").map(|_| description);
        given.disabled = fields.boolean("disabled");
        let kind = fields.term("kind");
        given.kind = value.get("kind").map(|_| kind);
        let owner = fields.division("owner");
        given.owner = value.get("owner").map(|_| owner);
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
        let given = read(
            &json!({"description": null, "owner": null}),
            false,
            &Allowed::default(),
        )
        .unwrap();
        assert_eq!(given.description, Some(None));
        assert_eq!(given.owner, Some(None));
        assert_eq!((given.url, given.disabled, given.kind), (None, None, None));
    }

    #[test]
    fn every_fault_is_named() {
        let refused = read(
            &json!({"url": "http://10.0.0.1/", "disabled": "no", "kind": "law", "owner": "999999", "secret": "x"}),
            true,
            &Allowed::default(),
        );
        let faults = refused.unwrap_err().errors.0;
        let named: Vec<_> = faults.iter().map(|f| (f.pointer.as_str(), f.code)).collect();
        assert_eq!(
            named,
            [
                ("/url", "private_address"),
                ("/disabled", "wrong_type"),
                ("/kind", "unknown_value"),
                ("/owner", "unknown_division"),
                ("/secret", "unknown_member")
            ]
        );
        assert!(read(&json!({}), true, &Allowed::default()).is_err());
        assert!(read(&json!({"url": null}), false, &Allowed::default()).is_err());
    }
}
