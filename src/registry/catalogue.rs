//! The declarative push: an owner says what its catalogue shall be, the registry works out what that changes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::domain::diff::{self, FieldChange};
use crate::domain::problem::{Problem, ProblemType};
use crate::domain::text::Language;
use crate::domain::vocabulary::{Action, Kind};
use crate::log::hash::{sha256, to_hex};
use crate::registry::bulk::new_id;
use crate::registry::decide::{self, Author, Proposal};
use crate::registry::operation::{Effect, Words, Written};
use crate::registry::sealed::Sealed;
use crate::registry::state::{Current, Since, State};
use crate::text;

/// What an owner wants its catalogue to be.
pub struct Push {
    pub owner: String,
    /// The position the sender's copy was taken at; what others changed since is a conflict.
    pub base: Option<i64>,
    /// How many rows may leave the catalogue; a slip in a spreadsheet must not empty it.
    pub max_withdrawals: Option<usize>,
    pub dry_run: bool,
    /// The plan the sender has seen; anything else is refused.
    pub expected_plan: Option<String>,
    pub words: Words,
    pub language: Language,
    pub rows: Vec<Row>,
}

/// One row as sent.
pub struct Row {
    pub id: Option<Uuid>,
    pub content: Result<Arc<Sealed>, Problem>,
}

/// What is to happen to one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlanAction {
    Create,
    Update,
    Restore,
    Withdraw,
    Unchanged,
    /// Somebody else changed the row since `base`.
    Conflict,
    /// The row breaks a rule; `problem` says which.
    Refused,
}

/// One line of the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PlanItem {
    /// The row's place in the request; rows that are only in the registry have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    pub action: PlanAction,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<i64>,
    /// The log position written, once the plan has been applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<FieldChange>,
    /// Why the row is refused or in conflict: a problem document.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub problem: Option<Value>,
}

/// How many rows each action takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PlanCounts {
    pub create: usize,
    pub update: usize,
    pub restore: usize,
    pub withdraw: usize,
    pub unchanged: usize,
    pub conflict: usize,
    pub refused: usize,
}

/// What a push does, row by row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Plan {
    pub owner: String,
    /// Whether the plan was written.
    pub applied: bool,
    /// Send it as `If-Match` to apply exactly this plan.
    pub plan_etag: String,
    /// How many rows a push may withdraw before it needs `max_withdrawals`.
    pub max_withdrawals: usize,
    pub counts: PlanCounts,
    pub items: Vec<PlanItem>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(ignore)]
    written: Vec<(usize, Written)>,
}

impl Plan {
    /// What was written, in the order it was staged.
    pub fn written_mut(&mut self) -> impl Iterator<Item = &mut Written> {
        self.written.iter_mut().map(|(_, written)| written)
    }

    /// The plan as it is shown: with the positions of what was written.
    pub fn into_shown(mut self) -> Self {
        for (item, written) in std::mem::take(&mut self.written) {
            if let Some(item) = self.items.get_mut(item) {
                item.position = Some(written.position);
                item.revision = Some(written.revision);
                item.id = Some(written.id);
            }
        }
        self
    }
}

/// A row of the request with the entry it speaks of.
struct Matched {
    index: usize,
    current: Option<Current>,
    problem: Option<Problem>,
}

/// Works the plan out and, unless it is only asked for, stages it.
pub fn decide(state: &mut State, author: &Author, push: &Push) -> Result<Plan, Problem> {
    author.grant.require_scope(decide::scope_for(Kind::Standard))?;
    decide::require_reach(&author.grant, &push.owner)?;
    check_base(state, push)?;
    let start = state.mark();
    let owned = state.owned_standards(&push.owner)?;
    let live = owned.iter().filter(|current| !current.withdrawn).count();
    let mut planner = Planner::new(state, author, push);
    let matched = match_rows(push, &owned);
    let leaving = planner.plan_leaving(&owned, &matched);
    planner.release(&matched, &leaving);
    for current in leaving {
        planner.withdraw(&current)?;
    }
    for row in &matched {
        planner.put(row)?;
    }
    let max_withdrawals = push.max_withdrawals.unwrap_or_else(|| (live / 10).max(10));
    let plan = planner.finish(max_withdrawals);
    if push.dry_run {
        state.go_back(start);
        return Ok(Plan {
            applied: false,
            written: Vec::new(),
            ..plan
        });
    }
    check_plan(push, plan)
}

fn check_base(state: &State, push: &Push) -> Result<(), Problem> {
    let head = state.position();
    match push.base {
        Some(base) if base > head => Err(Problem::new(
            ProblemType::BeyondHead,
            text!(
                "base {base} 在日志最新位置 {head} 之后",
                "base {base} lies beyond the log's head {head}"
            ),
        )
        .with("head", head)),
        _ => Ok(()),
    }
}

/// What keeps a plan from being applied.
fn check_plan(push: &Push, plan: Plan) -> Result<Plan, Problem> {
    let shown = |plan: &Plan| {
        let mut unapplied = plan.clone();
        unapplied.applied = false;
        unapplied.written.clear();
        serde_json::to_value(unapplied).unwrap_or_default()
    };
    if let Some(expected) = &push.expected_plan
        && *expected != plan.plan_etag
    {
        return Err(Problem::new(
            ProblemType::PreconditionFailed,
            text!(
                "计划制定之后目录已变，请重新查看计划",
                "the catalogue has changed since the plan was made; look at the plan again"
            ),
        )
        .with("plan_etag", plan.plan_etag.as_str())
        .with("plan", shown(&plan)));
    }
    let PlanCounts {
        refused,
        conflict,
        withdraw,
        ..
    } = plan.counts;
    if refused + conflict > 0 {
        return Err(Problem::new(
            ProblemType::PlanRefused,
            text!(
                "{refused} 行被拒绝，{conflict} 行冲突，全部未写入",
                "{refused} rows refused and {conflict} in conflict, nothing was written"
            ),
        )
        .with("plan", shown(&plan)));
    }
    let most = plan.max_withdrawals;
    if withdraw > most {
        return Err(Problem::new(
            ProblemType::TooManyWithdrawals,
            text!(
                "将移出 {withdraw} 行，上限为 {most} 行；确属有意请设 max_withdrawals={withdraw}",
                "{withdraw} rows would be withdrawn, at most {most} are allowed; if that is meant, set max_withdrawals={withdraw}"
            ),
        )
        .with("withdrawals", withdraw)
        .with("max_withdrawals", most)
        .with("plan", shown(&plan)));
    }
    Ok(plan)
}

/// Finds the entry each row speaks of: by id, else by external id, else by number; live ones before withdrawn ones.
fn match_rows(push: &Push, owned: &[Current]) -> Vec<Matched> {
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

/// Builds the plan while staging it.
struct Planner<'s, 'c> {
    state: &'s mut State<'c>,
    author: &'s Author,
    push: &'s Push,
    items: Vec<PlanItem>,
    counts: PlanCounts,
    written: Vec<(usize, Written)>,
    fingerprint: Vec<u8>,
}

impl<'s, 'c> Planner<'s, 'c> {
    fn new(state: &'s mut State<'c>, author: &'s Author, push: &'s Push) -> Self {
        Self {
            state,
            author,
            push,
            items: Vec::with_capacity(push.rows.len()),
            counts: PlanCounts::default(),
            written: Vec::new(),
            fingerprint: push.owner.clone().into_bytes(),
        }
    }

    /// The live entries that no row speaks of.
    fn plan_leaving(&self, owned: &[Current], matched: &[Matched]) -> Vec<Current> {
        let kept: HashSet<Uuid> = matched
            .iter()
            .filter_map(|row| row.current.as_ref())
            .map(|c| c.id)
            .collect();
        let leaving = owned
            .iter()
            .filter(|current| !current.withdrawn && !kept.contains(&current.id));
        leaving.cloned().collect()
    }

    /// Frees the keys of everything that is about to change, so that rows may trade numbers.
    fn release(&mut self, matched: &[Matched], leaving: &[Current]) {
        for row in matched.iter().filter(|row| row.problem.is_none()) {
            let content = self
                .push
                .rows
                .get(row.index)
                .and_then(|r| r.content.as_ref().ok());
            if let (Some(current), Some(content)) = (&row.current, content)
                && current.content_sha256 != content.sha256()
            {
                self.state.release_keys(current.id);
            }
        }
        for current in leaving {
            self.state.release_keys(current.id);
        }
    }

    fn withdraw(&mut self, current: &Current) -> Result<(), Problem> {
        let mut item = item_for(None, PlanAction::Withdraw, Some(current));
        if let Some(problem) = self.conflict(current) {
            return self.add(
                refuse(item, PlanAction::Conflict, &problem, self.push.language),
                Some(current),
                None,
            );
        }
        let Some(content) = current.content.clone() else {
            // Erased content cannot be withdrawn with its bytes; its row stays until it is written anew.
            item.action = PlanAction::Unchanged;
            return self.add(item, Some(current), None);
        };
        let proposal = Proposal {
            owner: current.owner.clone(),
            content,
            action: Action::Withdraw,
            withdrawn: true,
        };
        let written = decide::stage(
            self.state,
            self.author,
            &self.push.words,
            Some(current),
            current.id,
            proposal,
        )?;
        self.add(item, Some(current), Some(written))
    }

    fn put(&mut self, row: &Matched) -> Result<(), Problem> {
        let language = self.push.language;
        let current = row.current.as_ref();
        let content = self
            .push
            .rows
            .get(row.index)
            .and_then(|r| r.content.as_ref().ok());
        let (Some(content), None) = (content, &row.problem) else {
            let problem = row
                .problem
                .clone()
                .unwrap_or_else(|| Problem::internal("a row without content"));
            let item = describe(item_for(Some(row.index), PlanAction::Refused, current), content);
            return self.add(
                refuse(item, PlanAction::Refused, &problem, language),
                current,
                None,
            );
        };
        let action = match current {
            None => PlanAction::Create,
            Some(current) if current.withdrawn => PlanAction::Restore,
            Some(_) => PlanAction::Update,
        };
        let item = describe(item_for(Some(row.index), action, current), Some(content));
        let mark = self.state.mark();
        match self.stage(current, content, action) {
            Ok(written) if written.effect == Effect::Unchanged => {
                let unchanged = PlanItem {
                    action: PlanAction::Unchanged,
                    ..item
                };
                self.add(unchanged, current, None)
            }
            Ok(written) => {
                if let Some(problem) = current.and_then(|current| self.conflict(current)) {
                    self.state.go_back(mark);
                    return self.add(
                        refuse(item, PlanAction::Conflict, &problem, language),
                        current,
                        None,
                    );
                }
                let changes = self.changes(current, written.id)?;
                self.add(PlanItem { changes, ..item }, current, Some(written))
            }
            Err(problem) if problem.kind.status() >= 500 => Err(problem),
            Err(problem) => {
                self.state.go_back(mark);
                self.add(
                    refuse(item, PlanAction::Refused, &problem, language),
                    current,
                    None,
                )
            }
        }
    }

    fn stage(
        &mut self,
        current: Option<&Current>,
        content: &Arc<Sealed>,
        action: PlanAction,
    ) -> Result<Written, Problem> {
        let proposal = Proposal {
            owner: self.push.owner.clone(),
            content: Arc::clone(content),
            action: match action {
                PlanAction::Create => Action::Create,
                PlanAction::Restore => Action::Restore,
                _ => Action::Update,
            },
            withdrawn: false,
        };
        let id = current.map_or_else(new_id, |current| current.id);
        decide::stage(self.state, self.author, &self.push.words, current, id, proposal)
    }

    /// Whether somebody else changed the row after the sender's copy was taken.
    fn conflict(&self, current: &Current) -> Option<Problem> {
        let base = self.push.base?;
        let Since::Stored { position, .. } = current.since else {
            return None;
        };
        if position <= base || current.actor == self.author.grant.subject {
            return None;
        }
        Some(
            Problem::new(
                ProblemType::Conflict,
                text!(
                    "base {base} 之后他人已于位置 {position} 修改此行",
                    "somebody else changed this row at position {position}, after base {base}"
                ),
            )
            .with("position", position)
            .with("current_revision", current.revision),
        )
    }

    fn changes(&mut self, current: Option<&Current>, id: Uuid) -> Result<Vec<FieldChange>, Problem> {
        let Some(before) = current.and_then(|current| current.content.as_ref()) else {
            return Ok(Vec::new());
        };
        let Some(after) = self.state.entry(id)?.and_then(|after| after.content) else {
            return Ok(Vec::new());
        };
        Ok(diff::changes(&before.value()?, &after.value()?))
    }

    fn add(
        &mut self,
        item: PlanItem,
        current: Option<&Current>,
        written: Option<Written>,
    ) -> Result<(), Problem> {
        let count = match item.action {
            PlanAction::Create => &mut self.counts.create,
            PlanAction::Update => &mut self.counts.update,
            PlanAction::Restore => &mut self.counts.restore,
            PlanAction::Withdraw => &mut self.counts.withdraw,
            PlanAction::Unchanged => &mut self.counts.unchanged,
            PlanAction::Conflict => &mut self.counts.conflict,
            PlanAction::Refused => &mut self.counts.refused,
        };
        *count += 1;
        let line = (
            item.index,
            item.action,
            current.map(|c| (c.id, c.revision)),
            &item.changes,
        );
        let line = serde_json::to_vec(&line).map_err(Problem::internal)?;
        self.fingerprint.extend_from_slice(&line);
        if let Some(content) = item
            .index
            .and_then(|index| self.push.rows.get(index)?.content.as_ref().ok())
        {
            self.fingerprint.extend_from_slice(&content.sha256());
        }
        self.written
            .extend(written.map(|written| (self.items.len(), written)));
        self.items.push(item);
        Ok(())
    }

    fn finish(self, max_withdrawals: usize) -> Plan {
        let fingerprint = to_hex(&sha256(&self.fingerprint));
        Plan {
            owner: self.push.owner.clone(),
            applied: true,
            plan_etag: format!("\"{}\"", fingerprint.get(..32).unwrap_or_default()),
            max_withdrawals,
            counts: self.counts,
            items: self.items,
            written: self.written,
        }
    }
}

fn item_for(index: Option<usize>, action: PlanAction, current: Option<&Current>) -> PlanItem {
    let item = PlanItem {
        index,
        action,
        id: current.map(|current| current.id),
        revision: current.map(|current| current.revision),
        position: None,
        number: None,
        external_id: None,
        title: None,
        changes: Vec::new(),
        problem: None,
    };
    describe(item, current.and_then(|current| current.content.as_ref()))
}

/// Adds the words by which people recognise a row.
fn describe(item: PlanItem, content: Option<&Arc<Sealed>>) -> PlanItem {
    match content.and_then(|content| content.standard()) {
        None => item,
        Some(standard) => PlanItem {
            number: standard.number.clone(),
            external_id: standard.external_id.clone(),
            title: Some(standard.title.clone()),
            ..item
        },
    }
}

fn refuse(item: PlanItem, action: PlanAction, problem: &Problem, language: Language) -> PlanItem {
    PlanItem {
        action,
        problem: Some(problem.to_value(language)),
        ..item
    }
}
