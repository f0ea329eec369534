//! The body of a redaction: `{entry, revisions, parts?, include_copies?, reason, basis}`.

use serde_json::Value;
use uuid::Uuid;

use crate::domain::fault::Faults;
use crate::domain::problem::Problem;
use crate::domain::shape::{Fields, MAX_INTEGER, read_text, wrong_type};
use crate::log::envelope::ErasedPart;
use crate::registry::intake::body::{MAX_WORDS, all_or_faults};
use crate::registry::redaction::{MOST_ERASED, Redaction};
use crate::text;

/// Reads what is to be erased and why. Both the reason and what it rests on must be stated.
pub fn read(value: &Value) -> Result<Redaction, Problem> {
    all_or_faults(|faults| {
        let mut fields = Fields::open(value, "", faults)?;
        let entry = entry_from(&mut fields);
        let revisions = revisions_from(&mut fields);
        let parts = parts_from(&mut fields);
        let include_copies = fields.boolean("include_copies").unwrap_or(false);
        let reason = fields.text("reason", MAX_WORDS);
        let reason = fields.required("reason", reason);
        let basis = fields.text("basis", MAX_WORDS);
        let basis = fields.required("basis", basis);
        fields.finish();
        Some(Redaction {
            entry: entry?,
            revisions,
            parts,
            include_copies,
            reason: reason?,
            basis: basis?,
        })
    })
}

fn entry_from(fields: &mut Fields) -> Option<Uuid> {
    let words = fields.text("entry", 64);
    let words = fields.required("entry", words)?;
    let id = Uuid::parse_str(&words).ok();
    if id.is_none() {
        fields.fault(
            "entry",
            "not_a_uuid",
            text!("「{words}」不是 UUID", "\"{words}\" is not a UUID"),
        );
    }
    id
}

/// As they were sent, so that one that does not exist can be named by its place.
fn revisions_from(fields: &mut Fields) -> Vec<i64> {
    let known = fields.faults.0.len();
    let revisions = fields.list("revisions", MOST_ERASED, read_revision);
    if revisions.is_empty() && fields.faults.0.len() == known {
        fields.fault(
            "revisions",
            "required",
            text!("须列出至少一个版本", "name at least one revision"),
        );
    }
    revisions
}

fn read_revision(item: &Value, pointer: &str, faults: &mut Faults) -> Option<i64> {
    let Some(revision) = item.as_i64() else {
        wrong_type(faults, pointer, "integer", item);
        return None;
    };
    if (1..=MAX_INTEGER).contains(&revision) {
        return Some(revision);
    }
    faults.push(
        pointer.to_owned(),
        "out_of_range",
        text!("版本号自 1 起", "revisions count from 1"),
    );
    None
}

fn parts_from(fields: &mut Fields) -> Vec<ErasedPart> {
    if !fields.has("parts") {
        // Asked for all the same, so that it counts as known.
        fields.value("parts");
        return vec![ErasedPart::Content];
    }
    let known = fields.faults.0.len();
    let mut parts = fields.list("parts", 2, read_part);
    if parts.is_empty() && fields.faults.0.len() == known {
        fields.fault(
            "parts",
            "required",
            text!("须为 content、note 之一或二者", "name `content`, `note` or both"),
        );
    }
    parts.dedup();
    parts
}

fn read_part(item: &Value, pointer: &str, faults: &mut Faults) -> Option<ErasedPart> {
    match read_text(item, pointer, 64, faults)?.as_str() {
        "content" => Some(ErasedPart::Content),
        "note" => Some(ErasedPart::Note),
        other => {
            faults.push(
                pointer.to_owned(),
                "unknown_value",
                text!(
                    "「{other}」不在可选值之中：content, note",
                    "\"{other}\" is not one of: content, note"
                ),
            );
            None
        }
    }
}
