//! Resumption tokens: the question, the horizon it is answered at and how far the answer has come. The service keeps
//! nothing, so they outlive restarts and do not expire.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::domain::time::Instant;
use crate::http::oai::arguments::{Format, Verb};
use crate::registry::read::harvest::Horizon;
use crate::registry::read::harvest::list::Selection;
use crate::registry::read::harvest::set::Set;

/// Where a list goes on. Instants are microseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    #[serde(rename = "v")]
    verb: Verb,
    #[serde(rename = "m")]
    format: Format,
    #[serde(rename = "f")]
    from: Option<i64>,
    #[serde(rename = "u")]
    until: Option<i64>,
    #[serde(rename = "s")]
    set: Option<String>,
    /// Where the horizon is, and the position it was found to be.
    #[serde(rename = "h")]
    before: i64,
    #[serde(rename = "p")]
    position: i64,
    /// The last position that was listed.
    #[serde(rename = "a")]
    pub after: i64,
    /// How many items came before, and how many there are in all.
    #[serde(rename = "c")]
    pub cursor: i64,
    #[serde(rename = "n")]
    pub complete_list_size: i64,
}

/// A list as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    pub verb: Verb,
    pub format: Format,
    pub selection: Selection,
}

impl Token {
    pub fn new(
        listing: &Listing,
        horizon: &Horizon,
        after: i64,
        cursor: i64,
        complete_list_size: i64,
    ) -> Self {
        let Listing {
            verb,
            format,
            selection,
        } = listing;
        Self {
            verb: *verb,
            format: *format,
            from: selection.from.map(|from| from.0),
            until: selection.until.map(|until| until.0),
            set: selection.set.as_ref().map(Set::to_string),
            before: horizon.before.0,
            position: horizon.position,
            after,
            cursor,
            complete_list_size,
        }
    }

    /// Reads a token; nothing when it was never given out for this verb.
    pub fn decode(words: &str, verb: Verb) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(words).ok()?;
        let token: Self = serde_json::from_slice(&bytes).ok()?;
        let set_reads = token.set.as_deref().is_none_or(|spec| Set::parse(spec).is_some());
        let in_order = token.after >= 0 && token.cursor > 0 && token.cursor <= token.complete_list_size;
        (token.verb == verb && set_reads && in_order).then_some(token)
    }

    pub fn encode(&self) -> String {
        // Numbers and texts always serialise.
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    pub fn listing(&self) -> Listing {
        Listing {
            verb: self.verb,
            format: self.format,
            selection: Selection {
                from: self.from.map(Instant),
                until: self.until.map(Instant),
                set: self.set.as_deref().and_then(Set::parse),
            },
        }
    }

    pub fn horizon(&self) -> Horizon {
        Horizon {
            before: Instant(self.before),
            position: self.position,
        }
    }
}
