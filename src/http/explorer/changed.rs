//! Changes of fields as people read them: what it said, what it says, and which words differ.

use serde_json::Value;

use crate::domain::diff::{self, FieldChange};
use crate::domain::problem::Problem;
use crate::http::explorer::fields;
use crate::http::explorer::frame::Frame;
use crate::http::explorer::marks::{self, Part};
use crate::registry::read::view::EntryView;

/// One field that differs.
pub struct Change {
    pub label: String,
    pub before: Option<Vec<Part>>,
    pub after: Option<Vec<Part>>,
}

/// Field changes with labels and marks.
pub fn told(frame: &Frame, changes: &[FieldChange]) -> Vec<Change> {
    let mut changes: Vec<&FieldChange> = changes.iter().collect();
    changes.sort_by_key(|change| fields::place_of(&change.path));
    changes.into_iter().map(|change| one(frame, change)).collect()
}

fn one(frame: &Frame, change: &FieldChange) -> Change {
    let member = fields::member_of(&change.path);
    let words = |value: &Option<Value>| {
        let value = value.as_ref()?;
        Some(fields::value(frame.language, member, value))
    };
    let (before, after) = match (words(&change.before), words(&change.after)) {
        (Some(before), Some(after)) => {
            let (before, after) = marks::differences(&before, &after);
            (Some(before), Some(after))
        }
        (before, after) => (before.map(marks::plain), after.map(marks::plain)),
    };
    Change {
        label: fields::path_label(frame.language, &change.path),
        before,
        after,
    }
}

/// What differs between two revisions of one entry, as shown. Of erased contents nothing is said, and that an entry left
/// or came back is told by the action.
pub fn between(before: &EntryView, after: &EntryView) -> Result<Vec<FieldChange>, Problem> {
    let mut changes = match (content(before)?, content(after)?) {
        (Some(before), Some(after)) => diff::changes(&before, &after),
        _ => Vec::new(),
    };
    if before.owner != after.owner {
        changes.insert(0, FieldChange::new("/owner", &*before.owner, &*after.owner));
    }
    Ok(changes)
}

fn content(entry: &EntryView) -> Result<Option<Value>, Problem> {
    let content = entry.content.as_ref();
    content
        .map(|content| serde_json::from_str(content.get()).map_err(Problem::internal))
        .transpose()
}
