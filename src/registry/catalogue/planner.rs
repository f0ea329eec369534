//! The plan in the making: each step is staged as it is planned, so that rows see one another.

use std::collections::HashSet;
use std::sync::Arc;

use uuid::Uuid;

use crate::domain::diff::{self, FieldChange};
use crate::domain::problem::{Problem, ProblemType};
use crate::domain::text::Language;
use crate::domain::vocabulary::{Action, Kind};
use crate::log::hash::{sha256, to_hex};
use crate::registry::bulk::new_id;
use crate::registry::catalogue::matching::Matched;
use crate::registry::catalogue::plan::{Plan, PlanAction, PlanCounts, PlanItem, Push, Row};
use crate::registry::catalogue::wanted;
use crate::registry::decide::{self, Author, Proposal};
use crate::registry::operation::{Effect, Written};
use crate::registry::sealed::{Matter, Sealed};
use crate::registry::state::{Current, Since, State};
use crate::text;

/// Builds the plan while staging it.
pub struct Planner<'s, 'c> {
    state: &'s mut State<'c>,
    author: &'s Author,
    push: &'s Push,
    items: Vec<PlanItem>,
    counts: PlanCounts,
    written: Vec<(usize, Written)>,
    fingerprint: Vec<u8>,
}

impl<'s, 'c> Planner<'s, 'c> {
    pub fn new(state: &'s mut State<'c>, author: &'s Author, push: &'s Push) -> Self {
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
    pub fn plan_leaving(&self, owned: &[Current], matched: &[Matched]) -> Vec<Current> {
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
    pub fn release(&mut self, matched: &[Matched], leaving: &[Current]) {
        for row in matched.iter().filter(|row| row.problem.is_none()) {
            if let (Some(current), Some(content)) = (&row.current, &row.content)
                && current.content_sha256 != content.sha256()
            {
                self.state.release_keys(current.id);
            }
        }
        for current in leaving {
            self.state.release_keys(current.id);
        }
    }

    pub fn withdraw(&mut self, current: &Current) -> Result<(), Problem> {
        let item = item_for(None, PlanAction::Withdraw, Some(current));
        if let Some(problem) = self.conflict(current, None) {
            let item = refuse(item, PlanAction::Conflict, &problem, self.push.language);
            return self.add(item, Some(current), None);
        }
        let proposal = Proposal {
            kind: Kind::Standard,
            owner: current.owner.clone(),
            content: self.state.matter_of(current)?,
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

    pub fn put(&mut self, row: &Matched) -> Result<(), Problem> {
        if let Some(content) = &row.content {
            self.fingerprint.extend_from_slice(&content.sha256());
        }
        let language = self.push.language;
        let current = row.current.as_ref();
        let content = row.content.as_ref();
        let (Some(content), None) = (content, &row.problem) else {
            let problem = row
                .problem
                .clone()
                .unwrap_or_else(|| Problem::internal("a row without content"));
            let item = PlanItem {
                columns: row.columns.clone(),
                ..describe(item_for(Some(row.index), PlanAction::Refused, current), content)
            };
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
                // Its words differed (titles for ids), so its keys had been released.
                self.state.retake_keys(written.id);
                let unchanged = PlanItem {
                    action: PlanAction::Unchanged,
                    ..item
                };
                self.add(unchanged, current, None)
            }
            Ok(written) => {
                let taken_from = self.push.rows.get(row.index).and_then(Row::revision);
                if let Some(problem) = current.and_then(|current| self.conflict(current, taken_from)) {
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
                let item = PlanItem {
                    columns: wanted::locate(self.push, row.index, &problem, content),
                    ..refuse(item, PlanAction::Refused, &problem, language)
                };
                self.add(item, current, None)
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
            kind: Kind::Standard,
            owner: self.push.owner.clone(),
            content: Matter::Whole(Arc::clone(content)),
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
    fn conflict(&self, current: &Current, taken_from: Option<i64>) -> Option<Problem> {
        let Since::Stored { position, .. } = current.since else {
            return None;
        };
        if current.actor == self.author.grant.subject {
            return None;
        }
        let revision = current.revision;
        let detail = match (self.push.base, taken_from) {
            (Some(base), _) if position > base => text!(
                "base {base} 之后他人已于位置 {position} 修改此行",
                "somebody else changed this row at position {position}, after base {base}"
            ),
            (_, Some(taken_from)) if revision > taken_from => text!(
                "此行取自第 {taken_from} 版，他人已将其改至第 {revision} 版",
                "the row was taken from revision {taken_from}; somebody else has made revision {revision} since"
            ),
            _ => return None,
        };
        let problem = Problem::new(ProblemType::Conflict, detail).next(text!(
            "请取得最新内容，合并后重新推送",
            "fetch the newest content, merge, and push again"
        ));
        Some(
            problem
                .with("position", position)
                .with("current_revision", revision),
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
        self.written
            .extend(written.map(|written| (self.items.len(), written)));
        self.items.push(item);
        Ok(())
    }

    pub fn finish(self, max_withdrawals: usize) -> Plan {
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
        columns: Vec::new(),
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
