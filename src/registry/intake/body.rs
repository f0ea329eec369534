//! The body of a single write: `{owner, reason, basis?, action?, content}`.

use std::sync::Arc;

use serde_json::Value;

use crate::domain::fault::Faults;
use crate::domain::problem::Problem;
use crate::domain::shape::{Fields, wrong_type};
use crate::domain::vocabulary::Kind;
use crate::registry::operation::{Change, Revising, Words};
use crate::registry::sealed::{Content, Sealed};
use crate::text;

/// The longest reason and basis, in characters.
pub const MAX_WORDS: usize = 2_000;

/// A change and the words that go with it.
#[derive(Clone, Debug)]
pub struct Body {
    pub change: Change,
    pub words: Words,
}

/// Whether a body creates or replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whole {
    Create,
    Put,
}

/// Reads a whole entry.
pub fn read_whole(value: &Value, kind: Kind, whole: Whole) -> Result<Body, Problem> {
    all_or_faults(|faults| {
        let mut fields = Fields::open(value, "", faults)?;
        let body = whole_from(&mut fields, kind, whole, "/content");
        fields.finish();
        body
    })
}

/// Reads a merge patch: `owner` and `content` merge, the words are never inherited.
pub fn read_patch(value: &Value) -> Result<Body, Problem> {
    all_or_faults(|faults| {
        let mut fields = Fields::open(value, "", faults)?;
        let body = patch_from(&mut fields);
        fields.finish();
        body
    })
}

/// Reads `{reason, basis?, action?, placements: […]}` for one framework.
pub fn read_placements(value: &Value, framework: &str) -> Result<Body, Problem> {
    all_or_faults(|faults| {
        let mut fields = Fields::open(value, "", faults)?;
        let words = words_from(&mut fields, true);
        let action = action_from(&mut fields);
        let placements = match fields.value("placements") {
            Some(Value::Array(placements)) => Some(placements.clone()),
            Some(other) => {
                wrong_type(fields.faults, "/placements", "array", other);
                None
            }
            None => fields.required("placements", None),
        };
        fields.finish();
        Some(Body {
            change: Change::Place {
                framework: framework.to_owned(),
                placements: placements?,
                action,
            },
            words,
        })
    })
}

/// Runs a reader and turns what it found faulty into a problem.
pub fn all_or_faults<T>(read: impl FnOnce(&mut Faults) -> Option<T>) -> Result<T, Problem> {
    let mut faults = Faults::default();
    match read(&mut faults) {
        Some(read) if faults.is_empty() => Ok(read),
        _ => Err(Problem::invalid(faults)),
    }
}

pub fn whole_from(fields: &mut Fields, kind: Kind, whole: Whole, content_pointer: &str) -> Option<Body> {
    let owner = match fields.has("owner") {
        true => fields.division("owner"),
        false => fields.required("owner", None),
    };
    let words = words_from(fields, whole == Whole::Put);
    let action = match whole {
        Whole::Put => action_from(fields),
        Whole::Create => Revising::default(),
    };
    let content = sealed_from(fields, kind, content_pointer);
    let (owner, content) = (owner?, content?);
    let change = match whole {
        Whole::Create => Change::Create { owner, content },
        Whole::Put => Change::Put {
            owner,
            content,
            action,
        },
    };
    Some(Body { change, words })
}

pub fn patch_from(fields: &mut Fields) -> Option<Body> {
    for kept in ["owner", "content"] {
        if fields.is_unset(kept) {
            fields.fault(
                kept,
                "required",
                text!("不能去除", "this member cannot be removed"),
            );
        }
    }
    let owner = fields.division("owner");
    let words = words_from(fields, true);
    let action = action_from(fields);
    let content = fields.value("content").cloned();
    if let Some(content) = &content
        && !content.is_object()
    {
        wrong_type(fields.faults, "/content", "object", content);
    }
    Some(Body {
        change: Change::Patch {
            owner,
            content,
            action,
        },
        words,
    })
}

pub fn words_from(fields: &mut Fields, reason_required: bool) -> Words {
    let reason = fields.text("reason", MAX_WORDS);
    let reason = if reason_required {
        fields.required("reason", reason)
    } else {
        reason
    };
    Words {
        reason,
        basis: fields.text("basis", MAX_WORDS),
    }
}

fn action_from(fields: &mut Fields) -> Revising {
    let Some(action) = fields.text("action", 64) else {
        return Revising::default();
    };
    match action.as_str() {
        "update" => Revising::Update,
        "correct" => Revising::Correct,
        _ => {
            fields.fault(
                "action",
                "unknown_value",
                text!(
                    "「{action}」不在可选值之中：update, correct",
                    "\"{action}\" is not one of: update, correct"
                ),
            );
            Revising::default()
        }
    }
}

fn sealed_from(fields: &mut Fields, kind: Kind, pointer: &str) -> Option<Arc<Sealed>> {
    let Some(value) = fields.value("content") else {
        return fields.required("content", None);
    };
    let known = fields.faults.0.len();
    let content = Content::read(kind, value, pointer, fields.faults)?;
    if fields.faults.0.len() > known {
        return None;
    }
    match Sealed::new(content) {
        Ok(sealed) => Some(Arc::new(sealed)),
        Err(problem) => {
            fields.fault("content", "not_canonical", problem.detail);
            None
        }
    }
}
