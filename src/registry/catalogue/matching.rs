//! Which entry each row of a push speaks of.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use uuid::Uuid;

use crate::domain::problem::{Problem, ProblemType};
use crate::registry::catalogue::plan::{Push, Row, Wanted};
use crate::registry::sealed::Sealed;
use crate::registry::state::Current;
use crate::text;

/// A row of the request with the entry it speaks of.
pub struct Matched {
    pub index: usize,
    pub current: Option<Current>,
    /// The content asked for, unless that cannot be.
    pub content: Option<Arc<Sealed>>,
    pub problem: Option<Problem>,
    /// Of a sheet's row: the column of each of the problem's errors.
    pub columns: Vec<Option<usize>>,
}

/// Finds the entry each row speaks of: by id, else by external id, else by number; live ones before withdrawn ones.
///
/// A number can move from one row to another, an id cannot: an entry that some row names by id or external id is that
/// row's alone, whatever number it had.
pub fn match_rows(push: &Push, owned: &[Current]) -> Vec<Matched> {
    let entries = Entries::of(owned);
    let claimed: HashSet<Uuid> = push
        .rows
        .iter()
        .filter_map(|row| entries.named_by(row))
        .map(|current| current.id)
        .collect();
    let mut matched: Vec<Matched> = push
        .rows
        .iter()
        .enumerate()
        .map(|(index, row)| {
            let (current, problem) = match entries.find(row, &claimed) {
                Ok(current) => (current, None),
                Err(problem) => (entries.named_by(row), Some(problem)),
            };
            Matched {
                index,
                current: current.cloned(),
                content: None,
                problem,
                columns: Vec::new(),
            }
        })
        .collect();
    refuse_doubles(push, &mut matched);
    matched
}

/// The entries of one catalogue by everything that may name them.
struct Entries<'o> {
    by_id: HashMap<Uuid, &'o Current>,
    by_external_id: HashMap<&'o str, &'o Current>,
    by_number: HashMap<&'o str, &'o Current>,
}

impl<'o> Entries<'o> {
    fn of(owned: &'o [Current]) -> Self {
        let mut entries = Self {
            by_id: HashMap::new(),
            by_external_id: HashMap::new(),
            by_number: HashMap::new(),
        };
        // Later insertions win: withdrawn rows first, then live ones, newest last.
        let (withdrawn, live): (Vec<_>, Vec<_>) = owned.iter().partition(|current| current.withdrawn);
        for current in withdrawn.into_iter().chain(live) {
            entries.by_id.insert(current.id, current);
            let Some(standard) = current.content.as_ref().and_then(|content| content.standard()) else {
                continue;
            };
            if let Some(external_id) = &standard.external_id {
                entries.by_external_id.insert(external_id, current);
            }
            if let Some(number) = &standard.number {
                entries.by_number.insert(number, current);
            }
        }
        entries
    }

    /// The entry a row names by what cannot move: its id, else its external id.
    fn named_by(&self, row: &Row) -> Option<&'o Current> {
        match row.id {
            Some(id) => self.by_id.get(&id).copied(),
            None => self.by_external_id.get(row.external_id()?).copied(),
        }
    }

    /// The entry a row speaks of, none if it is a new one.
    fn find(&self, row: &Row, claimed: &HashSet<Uuid>) -> Result<Option<&'o Current>, Problem> {
        if let Wanted::Whole(content) = &row.wanted {
            content.as_ref().map_err(Clone::clone)?;
        }
        if let Some(current) = self.named_by(row) {
            return Ok(Some(current));
        }
        if let Some(id) = row.id {
            return Err(foreign_id(id));
        }
        let numbers = row.numbers();
        if row.external_id().is_none() && numbers.is_empty() {
            return Err(Problem::new(
                ProblemType::InvalidContent,
                text!(
                    "此行没有 id、external_id 或编号，无法与目录对应",
                    "the row has no id, external_id or number to match it by"
                ),
            ));
        }
        let bearers = numbers.iter();
        let mut bearers = bearers.filter_map(|number| self.by_number.get(number.as_str()).copied());
        let bearer = bearers.next();
        Ok(bearer.filter(|current| !claimed.contains(&current.id)))
    }
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
        let Some(sent) = push.rows.get(row.index) else {
            continue;
        };
        let mut names = Vec::new();
        names.extend(row.current.as_ref().map(|current| format!("id {}", current.id)));
        let number = sent.numbers().into_iter().next();
        names.extend(number.map(|number| format!("number {number}")));
        names.extend(sent.external_id().map(|id| format!("external_id {id}")));
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
            let twin = push.rows.get(twin).map_or(twin, |row| row.number);
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
