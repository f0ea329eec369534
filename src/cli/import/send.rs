//! Rows to the registry: all of them tried first, then written.

use serde_json::{Value, json};
use uuid::Uuid;

use super::known::{Known, is_keyless};
use super::prepare::{Prepared, Row};
use super::summary::Summary;
use super::verdict::{Verdict, classify, errors};
use super::{ImportArgs, Note, note, parts};
use crate::cli::client::{Answer, Call, Client};
use crate::cli::{Failure, progress};
use crate::text;

/// What is to be written of one row.
struct Planned {
    row: Row,
    operation: Value,
}

/// Rows that may be written, and everything found about the others.
#[derive(Default)]
pub struct Checked {
    operations: Vec<Planned>,
    pub notes: Vec<Note>,
    pub new: usize,
    pub there: usize,
    pub dirty: usize,
}

impl Checked {
    fn refuse(&mut self, notes: Vec<Note>) {
        self.dirty += 1;
        self.notes.extend(notes);
    }
}

pub struct Sender<'s> {
    client: &'s Client,
    args: &'s ImportArgs,
}

impl<'s> Sender<'s> {
    pub fn new(client: &'s Client, args: &'s ImportArgs) -> Self {
        Self { client, args }
    }

    /// Tries every row without writing any.
    pub fn check(&self, prepared: Prepared, doubled: &[usize]) -> Result<Checked, Failure> {
        let mut checked = Checked {
            notes: prepared.notes,
            dirty: doubled.len(),
            ..Checked::default()
        };
        let known = if prepared.rows.iter().any(|row| is_keyless(&row.content)) {
            Known::read(self.client, &self.args.owner)?
        } else {
            Known::default()
        };
        let mut there = Vec::new();
        let mut to_try = Vec::new();
        for row in prepared
            .rows
            .into_iter()
            .filter(|row| !doubled.contains(&row.row))
        {
            match known.find(&row.content) {
                Some(id) => there.push((row, id.to_owned())),
                None => to_try.push(self.create(row)),
            }
        }
        for (planned, verdict) in self.try_out(to_try)? {
            match verdict {
                Verdict::Clean => {
                    checked.new += 1;
                    checked.operations.push(planned);
                }
                Verdict::There(id) => there.push((planned.row, id)),
                Verdict::Dirty(notes) => checked.refuse(notes),
            }
        }
        self.check_updates(there, &mut checked)?;
        checked.notes.sort_by_key(|note| note.row);
        Ok(checked)
    }

    /// Rows that are there already: passed over, or tried as changes of what is there.
    fn check_updates(&self, there: Vec<(Row, String)>, checked: &mut Checked) -> Result<(), Failure> {
        checked.there = there.len();
        if !self.args.update {
            return Ok(());
        }
        let patches = there.into_iter().map(|(row, id)| self.patch(row, &id)).collect();
        for (planned, verdict) in self.try_out(patches)? {
            match verdict {
                Verdict::Clean => checked.operations.push(planned),
                Verdict::There(id) => {
                    let taken = text!(
                        "编号与 external_id 分属两个条目，另一个是 {id}",
                        "its number and external_id belong to two entries, the other is {id}"
                    );
                    let row = planned.row.row;
                    checked.refuse(vec![Note::error(row, "", "duplicate", &taken, None)]);
                }
                Verdict::Dirty(notes) => checked.refuse(notes),
            }
        }
        Ok(())
    }

    fn try_out(&self, planned: Vec<Planned>) -> Result<Vec<(Planned, Verdict)>, Failure> {
        let bar = progress::bar("检查 checking");
        bar.set_length(planned.len() as u64);
        let mut verdicts = Vec::with_capacity(planned.len());
        let mut rest = planned.into_iter();
        for length in self.lengths(rest.as_slice(), self.batch()) {
            let part: Vec<Planned> = rest.by_ref().take(length).collect();
            let answer = self.send("/v1/bulk?dry_run=true", &part, false, Vec::new())?;
            if !answer.is_success() {
                return Err(answer.refusal());
            }
            let results = results(&answer, part.len())?;
            for (planned, result) in part.into_iter().zip(results) {
                let verdict = classify(planned.row.row, &planned.row.content, result)?;
                verdicts.push((planned, verdict));
            }
            bar.inc(length as u64);
        }
        bar.finish_and_clear();
        Ok(verdicts)
    }

    /// Writes what was found right: in one transaction if it fits into one request.
    pub fn write(&self, checked: &Checked, summary: &mut Summary) -> Result<(), Failure> {
        let operations = checked.operations.as_slice();
        let mut lengths = self.lengths(operations, parts::MOST_ROWS);
        if lengths.len() > 1 {
            lengths = self.lengths(operations, self.batch());
        }
        let bar = progress::bar("写入 writing");
        bar.set_length(operations.len() as u64);
        let mut rest = operations.iter();
        for length in lengths {
            let part: Vec<&Planned> = rest.by_ref().take(length).collect();
            let key = ("Idempotency-Key", Uuid::now_v7().to_string());
            let answer = self.send("/v1/bulk", &part, true, vec![key])?;
            if !answer.is_success() {
                return Err(refuse_part(&part, &answer));
            }
            for result in results(&answer, part.len())? {
                count(result, summary);
            }
            bar.inc(length as u64);
        }
        bar.finish_and_clear();
        Ok(())
    }

    fn send<P: std::borrow::Borrow<Planned>>(
        &self,
        path: &str,
        part: &[P],
        atomic: bool,
        headers: Vec<(&'static str, String)>,
    ) -> Result<Answer, Failure> {
        let operations: Vec<&Value> = part.iter().map(|planned| &planned.borrow().operation).collect();
        self.client.send(&Call {
            method: "POST",
            path: path.to_owned(),
            body: &json!({ "atomic": atomic, "operations": operations }),
            headers,
        })
    }

    fn create(&self, row: Row) -> Planned {
        let operation =
            json!({ "op": "create", "kind": "standard", "owner": self.args.owner, "content": row.content });
        self.with_words(row, operation)
    }

    /// What the row says; what it does not say stays as it is.
    fn patch(&self, row: Row, id: &str) -> Planned {
        let operation = json!({ "op": "patch", "kind": "standard", "id": id, "content": row.content });
        self.with_words(row, operation)
    }

    fn with_words(&self, row: Row, mut operation: Value) -> Planned {
        if let Value::Object(members) = &mut operation {
            let words = [("reason", &self.args.reason), ("basis", &self.args.basis)];
            let given = words
                .into_iter()
                .filter_map(|(name, words)| Some((name, words.as_deref()?)));
            members.extend(given.map(|(name, words)| (name.to_owned(), words.into())));
        }
        Planned { row, operation }
    }

    fn batch(&self) -> usize {
        usize::try_from(self.args.batch).unwrap_or(parts::MOST_ROWS)
    }

    fn lengths(&self, planned: &[Planned], most_rows: usize) -> Vec<usize> {
        let operations: Vec<&Value> = planned.iter().map(|planned| &planned.operation).collect();
        parts::lengths(&operations, most_rows, parts::MOST_BYTES)
    }
}

fn results(answer: &Answer, expected: usize) -> Result<&Vec<Value>, Failure> {
    let results = answer.body.get("results").and_then(Value::as_array);
    results
        .filter(|results| results.len() == expected)
        .ok_or_else(|| {
            let strange = text!(
                "服务的回答没有逐行结果",
                "the server's answer has no result for each row"
            );
            Failure::failed(strange.in_both())
        })
}

/// Where nothing changed there is no position.
fn count(result: &Value, summary: &mut Summary) {
    let Some(position) = result.get("position").and_then(Value::as_u64) else {
        return;
    };
    summary.position = summary.position.max(Some(position));
    match result.get("status").and_then(Value::as_u64) {
        Some(201) => summary.created += 1,
        _ => summary.updated += 1,
    }
}

/// Somebody wrote between the check and the import: the rows that no longer fit are told.
fn refuse_part(part: &[&Planned], answer: &Answer) -> Failure {
    let results = answer.body.get("results").and_then(Value::as_array);
    let refused: Vec<Note> = part
        .iter()
        .zip(results.into_iter().flatten())
        .filter(|(_, result)| result.get("status").and_then(Value::as_u64) != Some(424))
        .filter_map(|(planned, result)| Some((planned, result.get("problem")?)))
        .flat_map(|(planned, problem)| errors(planned.row.row, &planned.row.content, problem))
        .collect();
    note::tell(&refused);
    answer.refusal()
}
