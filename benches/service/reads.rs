//! Reads: answers at hand beside a bare handler that gives the same bytes, first answers beside the bare database.

use chrono::{Days, NaiveDate};

use crate::Outcome;
use crate::bare_database;
use crate::bare_web::Answers;
use crate::client::Reply;
use crate::report::{Aim, Report};
use crate::stage::Stage;
use crate::wrk;

/// One kind of request: the lines asked for in turn, under the same headers.
struct Question {
    name: &'static str,
    aim: Aim,
    lines: Vec<String>,
    headers: Vec<(&'static str, String)>,
}

const PLAIN: &str = "identity";

pub fn measure(stage: &Stage, report: &mut Report) -> Outcome<()> {
    let questions = questions(stage)?;
    for question in &questions {
        answers_at_hand(stage, report, question)?;
    }
    first_answers(stage, report)
}

fn questions(stage: &Stage) -> Outcome<Vec<Question>> {
    let entries: Vec<String> = stage.ids.iter().map(|id| entry(id)).collect();
    let one = entries.first().cloned().ok_or("nothing was registered")?;
    let list = "/v1/standards?limit=50".to_owned();
    let tag = ask(stage, &one, &[("Accept-Encoding", PLAIN)])?;
    let tag = tag.header("etag").ok_or("no ETag")?.to_owned();
    let question = |name, aim, lines: Vec<String>, encoding: &str| Question {
        name,
        aim,
        lines,
        headers: vec![("Accept-Encoding", encoding.to_owned())],
    };
    let aim = Aim::Ratio(0.5);
    let mut unchanged = question("one standard, 304", aim, vec![one.clone()], PLAIN);
    unchanged.headers.push(("If-None-Match", tag));
    Ok(vec![
        question("one standard, 200, the same one", aim, vec![one], PLAIN),
        question("one standard, 200, all in turn", aim, entries, PLAIN),
        unchanged,
        question("list of 50", aim, vec![list.clone()], PLAIN),
        question("list of 50, gzip", aim, vec![list.clone()], "gzip"),
        question("list of 50, br", aim, vec![list], "br"),
    ])
}

/// Answers the service gives again, beside a bare handler with the same answers.
fn answers_at_hand(stage: &Stage, report: &mut Report, question: &Question) -> Outcome<()> {
    let headers: Vec<(&str, &str)> = question
        .headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let mut answers = Answers::default();
    for line in &question.lines {
        answers.add(line, &ask(stage, line, &headers)?)?;
    }
    let bare = answers.serve()?.to_string();
    let (time, folder) = (report.time, stage.folder.path());
    let load = |address: &str| wrk::load(address, &question.lines, &headers, time, folder);
    report.line(
        question.name,
        question.aim,
        |_| load(&stage.address),
        |_| load(&bare),
    )
}

/// Requests never made before, beside threads that only run the SQL they need.
fn first_answers(stage: &Stage, report: &mut Report) -> Outcome<()> {
    let (time, folder) = (report.time, stage.folder.path());
    let headers = [("Accept-Encoding", PLAIN)];
    report.line(
        "one standard, first time (bare: its SQL)",
        Aim::None,
        |round| {
            let lines = on_other_days(round, |day, index| {
                let id = stage.ids.get(index % stage.ids.len())?;
                Some(format!("{}?valid_at={day}", entry(id)))
            });
            wrk::load(&stage.address, &lines, &headers, time, folder)
        },
        |_| bare_database::entries(&stage.location, &stage.ids, time),
    )?;
    report.line(
        "list of 50, first time (bare: its SQL)",
        Aim::None,
        |round| {
            let lines = on_other_days(round, |day, index| {
                let years = 1950 + index % 40;
                Some(format!(
                    "/v1/standards?limit=50&implemented_on_from={years}-01-01&valid_at={day}"
                ))
            });
            wrk::load(&stage.address, &lines, &headers, time, folder)
        },
        |_| bare_database::lists(&stage.location, time),
    )
}

/// Far more requests than a round can make, none of them like those of another round.
fn on_other_days(round: u64, line: impl Fn(NaiveDate, usize) -> Option<String>) -> Vec<String> {
    const PER_DAY: usize = 40;
    const DAYS_PER_ROUND: u64 = 2_000;
    (0..DAYS_PER_ROUND)
        .filter_map(|day| {
            NaiveDate::from_ymd_opt(1990, 1, 1)?.checked_add_days(Days::new(round * DAYS_PER_ROUND + day))
        })
        .enumerate()
        .flat_map(|(number, day)| (0..PER_DAY).map(move |index| (day, number * PER_DAY + index)))
        .filter_map(|(day, index)| line(day, index))
        .collect()
}

fn ask(stage: &Stage, line: &str, headers: &[(&str, &str)]) -> Outcome<Reply> {
    let reply = stage.client()?.get(line, headers)?;
    let expected = if reply.status == 304 { 304 } else { 200 };
    reply.expect(expected)
}

fn entry(id: &str) -> String {
    format!("/v1/standards/{id}")
}
