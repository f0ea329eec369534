//! The body of a bulk request: `{atomic?, operations: […]}`, or one operation a line.

use std::collections::HashMap;

use serde_json::Value;
use uuid::Uuid;

use crate::domain::fault::Faults;
use crate::domain::json;
use crate::domain::problem::Problem;
use crate::domain::shape::{Fields, wrong_type};
use crate::domain::text::Language;
use crate::domain::vocabulary::Kind;
use crate::registry::bulk::{Batch, Item, new_id};
use crate::registry::intake::body::{Body, Whole, patch_from, whole_from, words_from};
use crate::registry::operation::{Change, Expected, Operation, Target};
use crate::terms;
use crate::text;

/// How many operations one request may hold.
pub const MAX_OPERATIONS: usize = 10_000;

terms! {
    /// What one operation of a bulk request does.
    pub enum BulkOp = "op" {
        Create "create" "登记" "Create",
        Put "put" "替换" "Replace",
        Patch "patch" "修改" "Patch",
        Withdraw "withdraw" "移出目录" "Withdraw",
    }
}

/// Reads a JSON bulk body.
pub fn read(value: &Value, dry_run: bool, language: Language) -> Result<Batch, Problem> {
    let mut faults = Faults::default();
    let Some(mut fields) = Fields::open(value, "", &mut faults) else {
        return Err(Problem::invalid(faults));
    };
    let atomic = fields.boolean("atomic").unwrap_or(true);
    let operations = fields.value("operations");
    let operations = fields.required("operations", operations);
    if let Some(other) = operations.filter(|operations| !operations.is_array()) {
        wrong_type(fields.faults, "/operations", "array", other);
    }
    fields.finish();
    let Some(operations) = operations.and_then(Value::as_array).filter(|_| faults.is_empty()) else {
        return Err(Problem::invalid(faults));
    };
    check_count(operations.len())?;
    Ok(Batch {
        atomic,
        dry_run,
        language,
        items: read_items(operations.iter().map(Ok)),
    })
}

/// Reads an NDJSON bulk body: one operation a line, blank lines passed over. A line that is no JSON fails alone.
pub fn read_lines(bytes: &[u8], atomic: bool, dry_run: bool, language: Language) -> Result<Batch, Problem> {
    let lines: Vec<&[u8]> = bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.iter().all(u8::is_ascii_whitespace))
        .collect();
    check_count(lines.len())?;
    let parsed: Vec<Result<Value, Problem>> = lines.into_iter().map(json::parse).collect();
    let values = parsed.iter().map(|line| line.as_ref().map_err(Clone::clone));
    Ok(Batch {
        atomic,
        dry_run,
        language,
        items: read_items(values),
    })
}

fn check_count(count: usize) -> Result<(), Problem> {
    if (1..=MAX_OPERATIONS).contains(&count) {
        return Ok(());
    }
    let mut faults = Faults::default();
    faults.push(
        "/operations",
        if count == 0 {
            "too_few_items"
        } else {
            "too_many_items"
        },
        text!(
            "应有 1 到 {MAX_OPERATIONS} 项操作，现有 {count} 项",
            "1 to {MAX_OPERATIONS} operations are taken, found {count}"
        ),
    );
    Err(Problem::invalid(faults))
}

/// Reads operations in order; `ref`s name the entries of earlier creations.
fn read_items<'v>(operations: impl Iterator<Item = Result<&'v Value, Problem>>) -> Vec<Item> {
    let mut references: HashMap<String, Uuid> = HashMap::new();
    operations
        .map(|value| {
            let value = match value {
                Ok(value) => value,
                Err(problem) => {
                    return Item {
                        reference: None,
                        operation: Err(problem),
                    };
                }
            };
            let reference = value.get("ref").and_then(Value::as_str).map(str::to_owned);
            let operation = read_operation(value, &references);
            let operation = match &reference {
                Some(taken) if references.contains_key(taken) => Err(doubled_reference(taken)),
                _ => operation,
            };
            if let (Some(reference), Ok(operation)) = (&reference, &operation)
                && let (Change::Create { .. }, Target::Id(id)) = (&operation.change, &operation.target)
            {
                references.insert(reference.clone(), *id);
            }
            Item { reference, operation }
        })
        .collect()
}

/// A name that stood for two entries would stand for neither.
fn doubled_reference(reference: &str) -> Problem {
    let mut faults = Faults::default();
    faults.push(
        "/ref",
        "duplicate_ref",
        text!(
            "ref「{reference}」已用于此前的操作",
            "the ref \"{reference}\" already names an earlier operation's entry"
        ),
    );
    Problem::invalid(faults)
}

fn read_operation(value: &Value, references: &HashMap<String, Uuid>) -> Result<Operation, Problem> {
    let mut faults = Faults::default();
    // Most operations refer to nothing: only those that do are copied.
    let resolved = mentions_ref(value).then(|| {
        let mut resolved = value.clone();
        resolve_refs(&mut resolved, references, "", &mut faults);
        resolved
    });
    let operation = operation_from(resolved.as_ref().unwrap_or(value), &mut faults);
    match operation {
        Some(operation) if faults.is_empty() => Ok(operation),
        _ => Err(Problem::invalid(faults)),
    }
}

fn operation_from(value: &Value, faults: &mut Faults) -> Option<Operation> {
    let mut fields = Fields::open(value, "", faults)?;
    let op = fields.term::<BulkOp>("op");
    let op = fields.required("op", op);
    let kind = fields.term::<Kind>("kind");
    let kind = fields.required("kind", kind);
    fields.text("ref", 128);
    let id = fields.text("id", 64).and_then(|id| read_id(&id, &mut fields));
    let revision = fields.integer("if_revision", 1, i64::MAX);
    let (op, kind) = (op?, kind?);
    let body = match op {
        BulkOp::Create => whole_from(&mut fields, kind, Whole::Create, "/content"),
        BulkOp::Put => whole_from(&mut fields, kind, Whole::Put, "/content"),
        BulkOp::Patch => patch_from(&mut fields),
        BulkOp::Withdraw => Some(Body {
            words: words_from(&mut fields, true),
            change: Change::Withdraw,
        }),
    };
    let id = match op {
        BulkOp::Create => Some(id.unwrap_or_else(new_id)),
        _ => fields.required("id", id),
    };
    if op == BulkOp::Create && revision.is_some() {
        fields.fault(
            "if_revision",
            "not_applicable",
            text!(
                "新登记的条目没有版本",
                "an entry that is created has no revision yet"
            ),
        );
    }
    fields.finish();
    let body = body?;
    Some(Operation {
        kind,
        target: Target::Id(id?),
        expected: match (op, revision) {
            (BulkOp::Create, _) => Expected::Absent,
            (_, Some(revision)) => Expected::Revisions(vec![revision]),
            (_, None) => Expected::Anything,
        },
        change: body.change,
        words: body.words,
    })
}

fn read_id(words: &str, fields: &mut Fields) -> Option<Uuid> {
    let id = Uuid::parse_str(words).ok().filter(|id| !id.is_nil());
    if id.is_none() {
        fields.fault(
            "id",
            "not_a_uuid",
            text!("「{words}」不是 UUID", "\"{words}\" is not a UUID"),
        );
    }
    id
}

/// Whether something in here stands for an earlier creation's id.
fn mentions_ref(value: &Value) -> bool {
    match value {
        Value::Object(members) => as_ref(members).is_some() || members.values().any(mentions_ref),
        Value::Array(items) => items.iter().any(mentions_ref),
        _ => false,
    }
}

/// `{"ref": "a"}` and nothing beside it.
fn as_ref(members: &serde_json::Map<String, Value>) -> Option<&str> {
    match members.get("ref") {
        Some(Value::String(reference)) if members.len() == 1 => Some(reference),
        _ => None,
    }
}

/// Puts ids where references stand: as a relation's target it becomes `{"id": …}`, elsewhere the id itself.
fn resolve_refs(value: &mut Value, references: &HashMap<String, Uuid>, pointer: &str, faults: &mut Faults) {
    match value {
        Value::Object(members) => {
            if let Some(reference) = as_ref(members) {
                let Some(id) = references.get(reference) else {
                    faults.push(
                        pointer,
                        "unknown_ref",
                        text!(
                            "此前没有成功读取的 create 使用 ref「{reference}」",
                            "no earlier create in this request has the ref \"{reference}\""
                        ),
                    );
                    return;
                };
                let id = Value::from(id.to_string());
                *value = if pointer.ends_with("/target") {
                    serde_json::json!({ "id": id })
                } else {
                    id
                };
                return;
            }
            for (name, member) in members.iter_mut() {
                let pointer = format!("{pointer}/{}", crate::domain::shape::escape(name));
                resolve_refs(member, references, &pointer, faults);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                resolve_refs(item, references, &format!("{pointer}/{index}"), faults);
            }
        }
        _ => {}
    }
}
