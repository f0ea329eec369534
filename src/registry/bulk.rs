//! Many operations in one request: all or nothing, or each on its own.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::domain::problem::{Problem, ProblemType};
use crate::domain::text::Language;
use crate::registry::decide::{self, Author};
use crate::registry::operation::{Effect, Operation, Written};
use crate::registry::state::{Needs, State};
use crate::text;

/// Operations as they were read; those that did not read are refused one by one, not for all.
pub struct Batch {
    pub atomic: bool,
    pub dry_run: bool,
    /// The language in which refusals inside the results are told.
    pub language: Language,
    pub items: Vec<Item>,
}

/// One operation of a batch.
pub struct Item {
    /// The sender's name for the entry, by which later operations may refer to it.
    pub reference: Option<String>,
    pub operation: Result<Operation, Problem>,
}

/// What became of each operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatchOutcome {
    pub dry_run: bool,
    pub results: Vec<ItemOutcome>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ItemOutcome {
    pub index: usize,
    pub reference: Option<String>,
    pub status: u16,
    pub written: Option<Written>,
    pub problem: Option<Value>,
}

impl Batch {
    pub fn needs(&self, needs: &mut Needs) {
        for operation in self.items.iter().filter_map(|item| item.operation.as_ref().ok()) {
            operation.needs(needs);
        }
    }
}

impl BatchOutcome {
    /// What was written, in order; nothing after a dry run.
    pub fn written_mut(&mut self) -> impl Iterator<Item = &mut Written> {
        let wet = !self.dry_run;
        self.results
            .iter_mut()
            .filter_map(|result| result.written.as_mut())
            .filter(move |_| wet)
    }
}

impl ItemOutcome {
    fn accepted(index: usize, item: &Item, written: Written) -> Self {
        Self {
            index,
            reference: item.reference.clone(),
            status: if written.effect == Effect::Created {
                201
            } else {
                200
            },
            written: Some(written),
            problem: None,
        }
    }

    fn refused(index: usize, item: &Item, problem: &Problem, language: Language) -> Self {
        Self {
            index,
            reference: item.reference.clone(),
            status: problem.kind.status(),
            written: None,
            problem: Some(problem.to_value(language)),
        }
    }

    /// The result as it is shown.
    pub fn to_value(&self, dry_run: bool) -> Value {
        let mut shown = serde_json::Map::new();
        shown.insert("index".to_owned(), self.index.into());
        if let Some(reference) = &self.reference {
            shown.insert("ref".to_owned(), reference.as_str().into());
        }
        shown.insert("status".to_owned(), self.status.into());
        if let Some(written) = &self.written {
            // An id or position that a dry run made up would name nothing.
            if !(dry_run && written.effect == Effect::Created) {
                shown.insert("id".to_owned(), written.id.to_string().into());
            }
            shown.insert("revision".to_owned(), written.revision.into());
            if written.position > 0 {
                shown.insert("position".to_owned(), written.position.into());
            }
        }
        if let Some(problem) = &self.problem {
            shown.insert("problem".to_owned(), problem.clone());
        }
        Value::Object(shown)
    }
}

/// Decides all operations in order; those on one entry see one another.
pub fn decide(state: &mut State, author: &Author, batch: &Batch) -> Result<BatchOutcome, Problem> {
    let start = state.mark();
    let mut results = Vec::with_capacity(batch.items.len());
    let mut failed = false;
    for (index, item) in batch.items.iter().enumerate() {
        let mark = state.mark();
        let outcome = match &item.operation {
            Ok(operation) => decide::decide(state, author, operation),
            Err(problem) => Err(problem.clone()),
        };
        results.push(match outcome {
            Ok(written) => ItemOutcome::accepted(index, item, written),
            Err(problem) if problem.kind.status() >= 500 => return Err(problem),
            Err(problem) => {
                state.go_back(mark);
                failed = true;
                ItemOutcome::refused(index, item, &problem, batch.language)
            }
        });
    }
    if batch.atomic && failed {
        return Err(refuse_all(batch, results));
    }
    if batch.dry_run {
        state.go_back(start);
    }
    Ok(BatchOutcome {
        dry_run: batch.dry_run,
        results,
    })
}

/// Nothing of an atomic batch is written when one operation fails; the others are told so.
fn refuse_all(batch: &Batch, mut results: Vec<ItemOutcome>) -> Problem {
    let bystander = Problem::new(
        ProblemType::FailedDependency,
        text!(
            "同批其他操作失败，未执行",
            "another operation of this batch failed, so this one was not applied"
        ),
    );
    let failures = results.iter().filter(|result| result.problem.is_some()).count();
    for (result, item) in results.iter_mut().zip(&batch.items) {
        if result.problem.is_none() {
            *result = ItemOutcome::refused(result.index, item, &bystander, batch.language);
        }
    }
    let shown: Vec<Value> = results
        .iter()
        .map(|result| result.to_value(batch.dry_run))
        .collect();
    let total = results.len();
    Problem::new(
        ProblemType::BatchRefused,
        text!(
            "{total} 项操作中有 {failures} 项失败，全部未写入",
            "{failures} of {total} operations failed, nothing was written"
        ),
    )
    .with("results", shown)
}

/// An id for an entry that is about to be created.
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}
