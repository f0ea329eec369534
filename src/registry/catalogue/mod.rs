//! The declarative push: an owner says what its catalogue shall be, the registry works out what that changes.

mod matching;
mod plan;
mod planner;
mod wanted;

use crate::domain::problem::{Problem, ProblemType};
use crate::domain::vocabulary::Kind;
use crate::registry::catalogue::matching::match_rows;
use crate::registry::catalogue::planner::Planner;
use crate::registry::decide::{self, Author};
use crate::registry::state::State;
use crate::text;

pub use plan::{Extent, Plan, PlanAction, PlanCounts, PlanItem, Push, Row, Wanted};

/// Works the plan out and, unless it is only asked for, stages it.
pub fn decide(state: &mut State, author: &Author, push: &Push) -> Result<Plan, Problem> {
    author.grant.require_scope(decide::scope_for(Kind::Standard))?;
    decide::require_reach(&author.grant, &push.owner)?;
    check_base(state, push)?;
    let start = state.mark();
    let owned = state.owned_standards(&push.owner)?;
    let live = owned.iter().filter(|current| !current.withdrawn).count();
    let mut planner = Planner::new(state, author, push);
    let matched = wanted::settle(push, match_rows(push, &owned))?;
    let leaving = match push.extent {
        Extent::Whole => planner.plan_leaving(&owned, &matched),
        Extent::Part => Vec::new(),
    };
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
                "计划制定之后目录已变",
                "the catalogue has changed since the plan was made"
            ),
        )
        .next(text!(
            "请查看新的计划，再以其 plan_etag 作为 If-Match 重发",
            "look at the new plan, then send again with its `plan_etag` as `If-Match`"
        ))
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
