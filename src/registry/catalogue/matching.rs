//! Which entry each row of a push speaks of.

use std::collections::HashMap;

use uuid::Uuid;

use crate::domain::problem::{Problem, ProblemType};
use crate::registry::catalogue::plan::Push;
use crate::registry::sealed::Sealed;
use crate::registry::state::Current;
use crate::text;

/// A row of the request with the entry it speaks of.
pub struct Matched {
    pub index: usize,
    pub current: Option<Current>,
    pub problem: Option<Problem>,
}

/// Finds the entry each row speaks of: by id, else by external id, else by number; live ones before withdrawn ones.
pub fn match_rows(push: &Push, owned: &[Current]) -> Vec<Matched> {
    let mut by_id = HashMap::new();
    let mut by_external_id = HashMap::new();
    let mut by_number = HashMap::new();
    // Later insertions win: withdrawn rows first, then live ones, newest last.
    let (withdrawn, live): (Vec<_>, Vec<_>) = owned.iter().partition(|current| current.withdrawn);
    for current in withdrawn.into_iter().chain(live) {
        by_id.insert(current.id, current);
        if let Some(standard) = current.content.as_ref().and_then(|content| content.standard()) {
            if let Some(external_id) = &standard.external_id {
                by_external_id.insert(external_id.as_str(), current);
            }
            if let Some(number) = &standard.number {
                by_number.insert(number.as_str(), current);
            }
        }
    }
    let mut matched: Vec<Matched> = push
        .rows
        .iter()
        .enumerate()
        .map(|(index, row)| {
            let (current, problem) = match (&row.content, row.id) {
                (Err(problem), id) => (id.and_then(|id| by_id.get(&id)), Some(problem.clone())),
                (Ok(_), Some(id)) => match by_id.get(&id) {
                    Some(current) => (Some(current), None),
                    None => (None, Some(foreign_id(id))),
                },
                (Ok(content), None) => find_by_key(content, &by_external_id, &by_number),
            };
            Matched {
                index,
                current: current.map(|current| (*current).clone()),
                problem,
            }
        })
        .collect();
    refuse_doubles(push, &mut matched);
    matched
}

type Index<'o> = HashMap<&'o str, &'o Current>;

fn find_by_key<'i, 'o>(
    content: &Sealed,
    by_external_id: &'i Index<'o>,
    by_number: &'i Index<'o>,
) -> (Option<&'i &'o Current>, Option<Problem>) {
    let Some(standard) = content.standard() else {
        return (None, Some(Problem::internal("a push holds standards only")));
    };
    if standard.external_id.is_none() && standard.number.is_none() {
        let problem = Problem::new(
            ProblemType::InvalidContent,
            text!(
                "此行没有 id、external_id 或编号，无法与目录对应",
                "the row has no id, external_id or number to match it by"
            ),
        );
        return (None, Some(problem));
    }
    let by_key = standard
        .external_id
        .as_deref()
        .and_then(|key| by_external_id.get(key));
    let found = by_key.or_else(|| standard.number.as_deref().and_then(|key| by_number.get(key)));
    (found, None)
}

fn foreign_id(id: Uuid) -> Problem {
    Problem::new(
        ProblemType::NotFound,
        text!("此目录中没有条目 {id}", "this catalogue has no entry {id}"),
    )
}

/// Two rows that speak of one entry contradict each other: neither can be right by itself.
fn refuse_doubles(push: &Push, matched: &mut [Matched]) {
    let mut first_with: HashMap<String, usize> = HashMap::new();
    let mut doubled: Vec<(usize, usize)> = Vec::new();
    for row in matched.iter() {
        let standard = push
            .rows
            .get(row.index)
            .and_then(|r| r.content.as_ref().ok()?.standard());
        let mut names = Vec::new();
        names.extend(row.current.as_ref().map(|current| format!("id {}", current.id)));
        names.extend(
            standard
                .and_then(|s| s.number.as_ref())
                .map(|number| format!("number {number}")),
        );
        names.extend(
            standard
                .and_then(|s| s.external_id.as_ref())
                .map(|id| format!("external_id {id}")),
        );
        for name in names {
            match first_with.get(&name) {
                Some(&first) if first != row.index => doubled.push((first, row.index)),
                Some(_) => {}
                None => {
                    first_with.insert(name, row.index);
                }
            }
        }
    }
    for (one, other) in doubled {
        for (index, twin) in [(one, other), (other, one)] {
            if let Some(row) = matched.get_mut(index) {
                row.problem.get_or_insert_with(|| {
                    Problem::new(
                        ProblemType::Duplicate,
                        text!("与第 {twin} 行是同一条目", "the same entry as row {twin}"),
                    )
                });
            }
        }
    }
}
