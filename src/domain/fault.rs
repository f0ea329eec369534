//! What is wrong with an input, named place by place.

use crate::domain::text::Text;

/// One thing wrong with one place of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// RFC 6901 pointer into the body (`/content/title`), or `?name` for a query parameter.
    pub pointer: String,
    /// Machine-readable and stable: `required`, `unknown_member`, `not_a_date` …
    pub code: &'static str,
    pub detail: Text,
}

/// Every fault of one input: reading goes on after the first, so that people mend all at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    pub fn push(&mut self, pointer: impl Into<String>, code: &'static str, detail: Text) {
        self.0.push(Fault {
            pointer: pointer.into(),
            code,
            detail,
        });
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
