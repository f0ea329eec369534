//! What the registry thinks of one row.

use serde_json::Value;

use super::Note;
use super::note::Severity;
use crate::cli::Failure;
use crate::cli::client;

/// A row after a dry run.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It would be written.
    Clean,
    /// The catalogue has it: the entry's id.
    There(String),
    /// It breaks rules: each place that is wrong.
    Dirty(Vec<Note>),
}

/// Reads one of a bulk answer's results. A refusal that no row can help ends the import.
pub fn classify(row: usize, content: &Value, result: &Value) -> Result<Verdict, Failure> {
    let status = result.get("status").and_then(Value::as_u64).unwrap_or_default();
    let Some(problem) = result.get("problem") else {
        return Ok(Verdict::Clean);
    };
    if matches!(status, 401 | 403) {
        return Err(Failure::failed(client::reasons(problem).join("\n")));
    }
    let is_duplicate = status == 409;
    if let Some(id) = problem
        .pointer("/existing/id")
        .and_then(Value::as_str)
        .filter(|_| is_duplicate)
    {
        return Ok(Verdict::There(id.to_owned()));
    }
    Ok(Verdict::Dirty(errors(row, content, problem)))
}

/// One note for each place, pointing into the row itself.
pub fn errors(row: usize, content: &Value, problem: &Value) -> Vec<Note> {
    let faults = problem.get("errors").and_then(Value::as_array);
    let notes: Vec<Note> = faults
        .into_iter()
        .flatten()
        .map(|fault| {
            let pointer = member(fault, "pointer");
            let pointer = pointer.strip_prefix("/content").unwrap_or(&pointer).to_owned();
            Note {
                row,
                severity: Severity::Error,
                value: content.pointer(&pointer).filter(|_| !pointer.is_empty()).cloned(),
                pointer,
                code: member(fault, "code"),
                detail: member(fault, "detail"),
            }
        })
        .collect();
    if !notes.is_empty() {
        return notes;
    }
    let kind = member(problem, "type");
    vec![Note {
        row,
        severity: Severity::Error,
        pointer: String::new(),
        code: kind.trim_start_matches("/problems/").to_owned(),
        detail: member(problem, "detail"),
        value: None,
    }]
}

fn member(of: &Value, name: &str) -> String {
    of.get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_duplicate_is_there_and_an_error_points_into_the_row() {
        let content = json!({"level": "县级", "title": "一"});
        let verdict = |result| classify(5, &content, &result).unwrap();
        assert_eq!(verdict(json!({"status": 201})), Verdict::Clean);
        let there = json!({"status": 409, "problem": {"existing": {"id": "0193", "owner": "370214"}}});
        assert_eq!(verdict(there), Verdict::There("0193".to_owned()));
        let dirty = json!({"status": 422, "problem": {"errors": [
            {"pointer": "/content/level", "code": "unknown_value", "detail": "县级 is not one of …"},
        ]}});
        let Verdict::Dirty(notes) = verdict(dirty) else {
            panic!("not dirty");
        };
        assert_eq!((notes[0].row, notes[0].pointer.as_str()), (5, "/level"));
        assert_eq!(notes[0].value, Some(json!("县级")));
    }

    #[test]
    fn a_problem_without_places_is_told_whole() {
        let problem = json!({"type": "/problems/conflict", "detail": "为何"});
        let notes = errors(3, &json!({}), &problem);
        assert_eq!(
            (notes[0].code.as_str(), notes[0].detail.as_str()),
            ("conflict", "为何")
        );
    }

    #[test]
    fn a_token_that_does_not_reach_ends_the_import_at_once() {
        let result = json!({"status": 403, "problem": {"detail": "out of reach"}});
        assert_eq!(
            classify(1, &json!({}), &result).unwrap_err().message,
            "out of reach"
        );
    }
}
