//! `push`: an owner's catalogue made equal to a file, once somebody has seen what that changes.

mod show;

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::cli::Failure;
use crate::cli::client::{Answer, Call, Client};
use crate::cli::server::{ServerArgs, check_owner};
use crate::cli::source::{self, List, Source};
use crate::cli::words::say;
use crate::config::Config;
use crate::registry::catalogue::Plan;
use crate::text;

pub const EXAMPLES: &str = "\
Examples / 示例:
  standards-registry push chengyang.json --owner 370214 --reason \"2026 年第四季度目录\"
      Show the plan, ask, apply exactly that plan
  standards-registry push chengyang.csv --owner 370214 --reason \"…\" --dry-run --all
      Only show the plan, every row of it
  standards-registry push rows.ndjson --owner 370214 --reason \"…\" --base 812 --yes \\
      --server https://registry.example.cn --token \"$TOKEN\"
      Every night, without asking; what others changed after position 812 is a conflict
  standards-registry push half.json --owner 370214 --reason \"…\" --max-withdrawals 200
      Rows the file does not name are withdrawn; let up to 200 go

The file holds contents: a JSON array or {\"standards\": […]}, NDJSON, or CSV or XLSX under headings as `export` writes them. Rows are
matched by id, external_id or number. Nothing is written while a row is refused or in conflict.
Exit codes: 0 good, 1 refused or changed meanwhile, 2 misuse.";

#[derive(Args, Debug)]
pub struct PushArgs {
    /// The whole catalogue: .json, .ndjson, .jsonl, .csv or .xlsx
    file: PathBuf,
    /// Whose catalogue it is: a division code
    #[arg(long, value_name = "CODE")]
    owner: String,
    /// Why the catalogue changes
    #[arg(long, value_name = "WORDS")]
    reason: String,
    /// The document it rests on (文号)
    #[arg(long, value_name = "WORDS")]
    basis: Option<String>,
    /// Log position the file was taken at: what others changed since is a conflict
    #[arg(long, value_name = "POSITION")]
    base: Option<u64>,
    /// How many rows may leave the catalogue [default: a tenth of the live rows, at least 10]
    #[arg(long, value_name = "COUNT")]
    max_withdrawals: Option<u64>,
    /// Show the plan and stop
    #[arg(long)]
    dry_run: bool,
    /// Apply without asking
    #[arg(long, conflicts_with = "dry_run")]
    yes: bool,
    /// Show every row of the plan, unchanged ones too
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    server: ServerArgs,
}

pub fn run(config: &Config, args: &PushArgs) -> Result<(), Failure> {
    check_owner(&args.owner)?;
    let source = source::read(&args.file, &List::Ours)?;
    source.tell_passed_over();
    let client = args.server.connect(config, &args.owner)?;
    let body = body(args, &source);
    let plan = ask_for_plan(&client, args, &body)?;
    say(show::plan(&plan, &source.records, args.all).trim_end());
    check(&plan)?;
    if args.dry_run || show::changes(&plan.counts) == 0 {
        return Ok(());
    }
    if !args.yes && !confirmed()? {
        let left = text!("未写入任何内容", "nothing was written");
        return Err(Failure::failed(left.in_both()));
    }
    apply(&client, args, &body, &plan)
}

fn body(args: &PushArgs, source: &Source) -> Value {
    let contents = source.records.iter().map(|record| record.value.clone());
    let mut body = json!({ "reason": args.reason, "standards": contents.collect::<Vec<_>>() });
    if let Value::Object(members) = &mut body {
        members.extend(
            args.basis
                .as_deref()
                .map(|basis| ("basis".to_owned(), basis.into())),
        );
        members.extend(args.base.map(|base| ("base".to_owned(), base.into())));
        members.extend(
            args.max_withdrawals
                .map(|most| ("max_withdrawals".to_owned(), most.into())),
        );
    }
    body
}

fn path(args: &PushArgs) -> String {
    format!("/v1/catalogue?owner={}", args.owner)
}

fn ask_for_plan(client: &Client, args: &PushArgs, body: &Value) -> Result<Plan, Failure> {
    let answer = client.send(&Call {
        method: "PUT",
        path: format!("{}&dry_run=true", path(args)),
        body,
        headers: Vec::new(),
    })?;
    if answer.is_success() {
        read_plan(answer.body)
    } else {
        Err(answer.refusal())
    }
}

fn read_plan(value: Value) -> Result<Plan, Failure> {
    serde_json::from_value(value).map_err(|error| {
        let strange = text!(
            "服务的回答不是推送计划：{error}",
            "the server's answer is no plan: {error}"
        );
        Failure::failed(strange.in_both())
    })
}

/// What would keep the plan from being applied, told before anybody is asked to confirm it.
fn check(plan: &Plan) -> Result<(), Failure> {
    let (refused, conflict) = (plan.counts.refused, plan.counts.conflict);
    if refused + conflict > 0 {
        let told = text!(
            "{refused} 行被拒绝，{conflict} 行冲突：请先更正；未写入任何内容",
            "{refused} rows refused, {conflict} in conflict: mend them first; nothing was written"
        );
        return Err(Failure::failed(told.in_both()));
    }
    let (leaving, most) = (plan.counts.withdraw, plan.max_withdrawals);
    if leaving > most {
        let told = text!(
            "将移出 {leaving} 行，上限为 {most} 行：确属有意请加 --max-withdrawals {leaving}；未写入任何内容",
            "{leaving} rows would be withdrawn, at most {most} may: if that is meant, add --max-withdrawals {leaving}; nothing was written"
        );
        return Err(Failure::failed(told.in_both()));
    }
    Ok(())
}

/// Asks on the terminal. Where there is none, nobody can have agreed.
fn confirmed() -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        let ask = text!(
            "没有终端可供确认：加 --yes 应用计划，或加 --dry-run 只看计划；未写入任何内容",
            "there is no terminal to ask on: add --yes to apply the plan or --dry-run to only see it; nothing was written"
        );
        return Err(Failure::misuse(ask.in_both()));
    }
    let question = text!("应用此计划？", "Apply this plan?");
    eprint!("{} [y/N] ", question.in_both());
    let mut reply = String::new();
    let failed = |error: std::io::Error| Failure::failed(error.to_string());
    std::io::stderr().flush().map_err(failed)?;
    std::io::stdin().read_line(&mut reply).map_err(failed)?;
    Ok(matches!(reply.trim(), "y" | "Y" | "yes" | "是"))
}

fn apply(client: &Client, args: &PushArgs, body: &Value, plan: &Plan) -> Result<(), Failure> {
    let answer = client.send(&Call {
        method: "PUT",
        path: path(args),
        body,
        headers: vec![
            ("If-Match", plan.plan_etag.clone()),
            ("Idempotency-Key", Uuid::now_v7().to_string()),
        ],
    })?;
    if !answer.is_success() {
        return Err(refusal(&answer));
    }
    let applied = read_plan(answer.body)?;
    let count = show::changes(&applied.counts);
    let newest = applied.items.iter().filter_map(|item| item.position).max();
    let position = newest.map_or_else(|| "-".to_owned(), |position| position.to_string());
    let done = text!(
        "已写入 {count} 行，日志位置 {position}",
        "{count} rows written, log position {position}"
    );
    say(done.in_both());
    Ok(())
}

fn refusal(answer: &Answer) -> Failure {
    let failure = answer.refusal();
    if answer.status != 412 {
        return failure;
    }
    let again = text!("请再次运行以查看新计划", "run it again to see the new plan");
    Failure::failed(format!("{}\n{}", failure.message, again.in_both()))
}
