//! A plan as people read it: how many rows, then which, then what changes in each.

use std::fmt::Write;

use serde_json::Value;

use crate::cli::client;
use crate::cli::source::Record;
use crate::domain::diff::FieldChange;
use crate::registry::catalogue::{Plan, PlanAction, PlanCounts, PlanItem};

/// How many rows of each action are shown unless all are asked for.
const SHOWN: usize = 10;

/// The longest value shown whole.
const LONGEST: usize = 60;

/// In the order people want to see them: what stops the plan, what is lost, what changes, what is new.
const ACTIONS: [(PlanAction, &str, &str); 7] = [
    (PlanAction::Refused, "拒绝 refused", "!"),
    (PlanAction::Conflict, "冲突 conflict", "!"),
    (PlanAction::Withdraw, "移出 withdraw", "-"),
    (PlanAction::Update, "修改 update", "~"),
    (PlanAction::Restore, "恢复 restore", "+"),
    (PlanAction::Create, "新增 create", "+"),
    (PlanAction::Unchanged, "不变 unchanged", "="),
];

/// How many rows a plan writes.
pub fn changes(counts: &PlanCounts) -> usize {
    counts.create + counts.update + counts.restore + counts.withdraw
}

/// The whole plan; rows are named by their place in the file they came from.
pub fn plan(plan: &Plan, records: &[Record], all: bool) -> String {
    let mut shown = format!("计划 Plan · {}\n", plan.owner);
    for (action, label, _) in ACTIONS {
        let count = count(&plan.counts, action);
        if count > 0 {
            line(&mut shown, format_args!("  {label}: {count}"));
        }
    }
    for (action, _, mark) in ACTIONS {
        if action == PlanAction::Unchanged && !all {
            continue;
        }
        let items: Vec<&PlanItem> = plan.items.iter().filter(|item| item.action == action).collect();
        let most = if all { items.len() } else { SHOWN };
        for item in items.iter().take(most) {
            describe(&mut shown, item, mark, records);
        }
        if let Some(more) = items.len().checked_sub(most).filter(|more| *more > 0) {
            line(
                &mut shown,
                format_args!("{mark} … 另有 {more} 行 / {more} more (--all)"),
            );
        }
    }
    shown
}

fn count(counts: &PlanCounts, action: PlanAction) -> usize {
    match action {
        PlanAction::Create => counts.create,
        PlanAction::Update => counts.update,
        PlanAction::Restore => counts.restore,
        PlanAction::Withdraw => counts.withdraw,
        PlanAction::Unchanged => counts.unchanged,
        PlanAction::Conflict => counts.conflict,
        PlanAction::Refused => counts.refused,
    }
}

fn describe(shown: &mut String, item: &PlanItem, mark: &str, records: &[Record]) {
    let key = item
        .number
        .as_deref()
        .or(item.external_id.as_deref())
        .unwrap_or("-");
    let title = item.title.as_deref().unwrap_or_default();
    let place = item.index.and_then(|index| records.get(index));
    let place = place
        .map(|record| format!("  (行 row {})", record.row))
        .unwrap_or_default();
    line(shown, format_args!("{mark} {key}  {title}{place}"));
    for change in &item.changes {
        line(shown, format_args!("    {}", field(change)));
    }
    if let Some(problem) = &item.problem {
        for reason in client::reasons(problem) {
            line(shown, format_args!("    {reason}"));
        }
    }
}

fn field(change: &FieldChange) -> String {
    let side = |value: &Option<Value>| value.as_ref().map_or_else(|| "∅".to_owned(), short);
    format!(
        "{}: {} → {}",
        change.path,
        side(&change.before),
        side(&change.after)
    )
}

fn short(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text
        .char_indices()
        .nth(LONGEST)
        .and_then(|(end, _)| text.get(..end))
    {
        Some(head) => format!("{head}…"),
        None => text,
    }
}

fn line(shown: &mut String, words: std::fmt::Arguments) {
    // Writing to a string cannot fail.
    let _ = writeln!(shown, "{words}");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn example() -> Plan {
        let created = (0..12).map(|index| {
            json!({"index": index, "action": "create", "number": format!("GB {index}-2020"), "title": "新"})
        });
        let mut items = vec![
            json!({"action": "withdraw", "number": "GB 90-2010", "title": "旧"}),
            json!({"index": 12, "action": "update", "number": "GB 91-2010", "title": "改", "changes": [
                {"path": "/title", "before": "原", "after": "改"},
                {"path": "/keywords", "after": ["养老"]},
            ]}),
            json!({"index": 13, "action": "refused", "external_id": "K-1", "title": "误", "problem": {
                "detail": "1 处错误",
                "errors": [{"pointer": "/standards/13/level", "code": "required", "detail": "须给出"}],
            }}),
        ];
        items.extend(created);
        serde_json::from_value(json!({
            "owner": "370214", "applied": false, "plan_etag": "\"e\"", "max_withdrawals": 10, "items": items,
            "counts": {"create": 12, "update": 1, "restore": 0, "withdraw": 1, "unchanged": 3, "conflict": 0, "refused": 1},
        }))
        .unwrap()
    }

    fn records() -> Vec<Record> {
        (2..20)
            .map(|row| Record {
                row,
                value: Value::Null,
            })
            .collect()
    }

    #[test]
    fn a_plan_shows_counts_then_rows_then_fields() {
        let shown = plan(&example(), &records(), false);
        let expected = "\
计划 Plan · 370214
  拒绝 refused: 1
  移出 withdraw: 1
  修改 update: 1
  新增 create: 12
  不变 unchanged: 3
! K-1  误  (行 row 15)
    /standards/13/level: 须给出 (required)
- GB 90-2010  旧
~ GB 91-2010  改  (行 row 14)
    /title: 原 → 改
    /keywords: ∅ → [\"养老\"]
+ GB 0-2020  新  (行 row 2)
";
        assert!(shown.starts_with(expected), "{shown}");
        assert!(shown.ends_with("+ … 另有 2 行 / 2 more (--all)\n"), "{shown}");
    }

    #[test]
    fn everything_is_shown_when_asked_for() {
        let shown = plan(&example(), &records(), true);
        assert!(shown.ends_with("+ GB 11-2020  新  (行 row 13)\n"), "{shown}");
    }

    #[test]
    fn long_values_are_cut_between_characters() {
        assert_eq!(short(&json!("标".repeat(61))), format!("{}…", "标".repeat(60)));
        assert_eq!(short(&json!("标".repeat(60))), "标".repeat(60));
    }
}
