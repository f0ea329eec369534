//! Findings over a hundred thousand standards: first answers, beside the bare SQL of the same index, and how far the
//! slowest of sixteen clients' answers lie from the median.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};
use standards_registry::registry::read::At;
use standards_registry::store::conn::{Conn, Purpose};

use crate::Outcome;
use crate::bare_coverage;
use crate::client::Client;
use crate::clients;
use crate::report::{Aim, Report};
use crate::stage::Stage;

/// How many standards there are.
const STANDARDS: usize = 100_000;

/// How many are registered at a time.
const AT_A_TIME: usize = 5_000;

/// How many ask at the same time.
const CLIENTS: usize = 16;

/// Whose catalogues: the city's and six districts'.
const OWNERS: [&str; 7] = [
    "370200", "370202", "370203", "370211", "370212", "370213", "370214",
];

const SUBSYSTEMS: [&str; 9] = [
    "幼有善育",
    "学有优教",
    "劳有应得",
    "病有良医",
    "老有颐养",
    "住有宜居",
    "弱有所扶",
    "优军服务",
    "公共安全",
];
const DIMENSIONS: [&str; 3] = ["opportunity", "process", "outcome"];
const YEARS: [u64; 4] = [2008, 2015, 2020, 2025];

/// How far off the median the slowest hundredth may lie.
const SPREAD: f64 = 5.0;

/// The SQL that a request cannot do without, for a day.
type Bare = Box<dyn Fn(&mut Conn, NaiveDate) -> Outcome<()> + Sync>;

/// One kind of request: what is asked for on a day, and its SQL.
struct Question {
    name: &'static str,
    line: String,
    /// What it is meant to reach beside its SQL; findings work out more than SQL can say.
    aim: Aim,
    bare: Bare,
}

/// The standard that most others cite, in the catalogue that cites it.
struct MostCited {
    id: String,
    number: String,
}

pub fn measure(stage: &Stage, report: &mut Report) -> Outcome<()> {
    let cited = register(stage)?;
    let questions = questions(stage, &cited)?;
    for question in &questions {
        let ours = |round: u64| ask_on_other_days(stage, report_time(), &question.line, round);
        let bare = |round: u64| run_on_other_days(stage, report_time(), &question.bare, round);
        report.line(question.name, question.aim, ours, bare)?;
    }
    for question in questions.iter().filter(|question| question.aim != Aim::None) {
        spread(stage, report, question)?;
    }
    Ok(())
}

/// Long enough for the slowest of them to be asked several times.
fn report_time() -> Duration {
    Duration::from_secs(5)
}

fn questions(stage: &Stage, cited: &MostCited) -> Outcome<Vec<Question>> {
    let position = stage.client()?.get("/v1/log/head", &[])?.expect(200)?;
    let size = serde_json::from_slice::<Value>(&position.body)?;
    let then = size.get("size").and_then(Value::as_i64).ok_or("no size")? / 2;
    let district = "owner=370214&supply=existing";
    let number = cited.number.clone();
    Ok(vec![
        Question {
            name: "list, filtered",
            aim: Aim::Ratio(0.5),
            line: format!("/v1/standards?{district}"),
            bare: Box::new(|conn, _| bare_coverage::list(conn, At::Head)),
        },
        Question {
            name: "list, filtered, as_of",
            aim: Aim::Ratio(0.5),
            line: format!("/v1/standards?{district}&as_of={then}"),
            bare: Box::new(move |conn, _| bare_coverage::list(conn, At::Position(then))),
        },
        Question {
            name: "facets",
            aim: Aim::Ratio(0.5),
            line: "/v1/standards?limit=1&owner=370214&facets=level,origin,validity".to_owned(),
            bare: Box::new(bare_coverage::facets),
        },
        Question {
            name: "matrix",
            aim: Aim::Ratio(0.5),
            line: "/v1/frameworks/qingdao/matrix?by=supply,validity".to_owned(),
            bare: Box::new(bare_coverage::matrix),
        },
        Question {
            name: "impact",
            aim: Aim::Ratio(0.5),
            line: format!("/v1/standards/{}/relations?type=cites", cited.id),
            bare: Box::new(move |conn, _| bare_coverage::impact(conn, &number)),
        },
        Question {
            name: "gaps",
            aim: Aim::None,
            line: "/v1/coverage/gaps".to_owned(),
            bare: Box::new(bare_coverage::matrix),
        },
        Question {
            name: "duplicates of a district",
            aim: Aim::None,
            line: "/v1/coverage/duplicates?owner=370214".to_owned(),
            bare: Box::new(|conn, _| bare_coverage::rows(conn)),
        },
        Question {
            name: "drift of a district",
            aim: Aim::None,
            line: "/v1/drift?owner=370214&severity=high".to_owned(),
            bare: Box::new(|conn, _| bare_coverage::editions(conn)),
        },
    ])
}

fn register(stage: &Stage) -> Outcome<MostCited> {
    let token = stage.token_for("370200")?;
    let mut client = stage.client()?;
    let mut first = None;
    for batch in (0..STANDARDS).step_by(AT_A_TIME) {
        let operations: Vec<Value> = (batch..batch + AT_A_TIME)
            .map(|made| creation(stage, made))
            .collect::<Outcome<_>>()?;
        let body = serde_json::to_vec(&json!({"operations": operations}))?;
        let reply = client.post("/v1/bulk", &token, &body)?.expect(200)?;
        let answer: Value = serde_json::from_slice(&reply.body)?;
        let id = answer
            .pointer("/results/0/id")
            .and_then(Value::as_str)
            .map(str::to_owned);
        first = first.or(id);
    }
    Ok(MostCited {
        id: first.ok_or("nothing was registered")?,
        number: number(0)?,
    })
}

/// A real standard under another number, placed in a cell; every third cites another, every twentieth replaces one.
fn creation(stage: &Stage, made: usize) -> Outcome<Value> {
    let mut content = stage
        .catalogue
        .next_creation()?
        .get("content")
        .cloned()
        .ok_or("no content")?;
    let members = content.as_object_mut().ok_or("no content")?;
    for name in [
        "level",
        "mandate",
        "published_on",
        "abolished_on",
        "external_id",
        "claimed_status",
        "number_as_written",
    ] {
        members.remove(name);
    }
    let pick = |of: &[&'static str], number: usize| of.get(number % of.len()).copied().unwrap_or_default();
    // Districts hold the same standards as the city.
    let standard = made / OWNERS.len();
    let year = year(standard)?;
    let mut relations = Vec::new();
    if standard % 3 == 2 && standard > 100 {
        relations.push(json!({"type": "cites", "target": {"number": number(standard % 100)?}}));
    }
    if standard % 20 == 19 {
        relations.push(json!({"type": "replaces", "target": {"number": number(standard - 1)?}}));
    }
    let cell =
        json!({"subsystem": pick(&SUBSYSTEMS, standard), "dimension": pick(&DIMENSIONS, standard / 9)});
    for (name, value) in [
        ("number", json!(number(standard)?)),
        ("supply", json!("existing")),
        ("implemented_on", json!(format!("{year}-06-01"))),
        ("placements", json!([{"framework": "qingdao", "cell": cell}])),
        ("relations", json!(relations)),
    ] {
        members.insert(name.to_owned(), value);
    }
    if standard.is_multiple_of(25) && year < 2020 {
        members.insert("abolished_on".to_owned(), json!("2022-01-01"));
    }
    Ok(
        json!({"op": "create", "kind": "standard", "owner": pick(&OWNERS, made), "reason": "列入目录", "content": content}),
    )
}

fn year(standard: usize) -> Outcome<u64> {
    Ok(YEARS.get(standard % YEARS.len()).copied().ok_or("no year")?)
}

fn number(standard: usize) -> Outcome<String> {
    Ok(format!("GB/T {}-{}", 300_000 + standard, year(standard)?))
}

/// A day never asked for before.
fn day(round: u64, turn: u64) -> Outcome<NaiveDate> {
    let first = NaiveDate::from_ymd_opt(2026, 1, 1).ok_or("no day")?;
    Ok(first
        .checked_add_days(Days::new(round * 1_000 + turn))
        .ok_or("no day")?)
}

/// Answers a second, none of them at hand.
fn ask_on_other_days(stage: &Stage, time: Duration, line: &str, round: u64) -> Outcome<f64> {
    let mut client = stage.client()?;
    at_a_rate(time, |turn| ask(&mut client, line, day(round, turn)?))
}

/// Runs a second of the SQL alone, on the service's own database.
fn run_on_other_days(stage: &Stage, time: Duration, bare: &Bare, round: u64) -> Outcome<f64> {
    let mut conn = Conn::establish(&stage.location, Purpose::Read)?;
    at_a_rate(time, |turn| bare(&mut conn, day(round, turn)?))
}

fn at_a_rate(time: Duration, mut work: impl FnMut(u64) -> Outcome<()>) -> Outcome<f64> {
    let started = Instant::now();
    let mut turn = 0;
    while started.elapsed() < time {
        work(turn)?;
        turn += 1;
    }
    Ok(turn as f64 / started.elapsed().as_secs_f64())
}

fn ask(client: &mut Client, line: &str, day: NaiveDate) -> Outcome<()> {
    client
        .get(&on(line, day), &[("Accept-Encoding", "identity")])?
        .expect(200)?;
    Ok(())
}

/// A request for one day.
fn on(line: &str, day: NaiveDate) -> String {
    let joint = if line.contains('?') { '&' } else { '?' };
    format!("{line}{joint}valid_at={day}")
}

/// How far the slowest hundredth of sixteen clients' answers lies off the median.
fn spread(stage: &Stage, report: &mut Report, question: &Question) -> Outcome<()> {
    /// Rounds before this one were asked for already.
    const ROUND: u64 = 100;
    let turn = AtomicU64::new(0);
    let next = || {
        let turn = turn.fetch_add(1, Ordering::Relaxed);
        day(ROUND, turn).map_or_else(|_| question.line.clone(), |day| on(&question.line, day))
    };
    let times = clients::ask(&stage.address, CLIENTS, report_time(), next)?;
    report.spread(question.name, SPREAD, &times);
    Ok(())
}
