//! Finding: searches, counts and suggestions in 100,000 standards, beside the bare SQL of the same index.

mod search;

use chrono::{Days, NaiveDate};
use standards_registry::registry::moment::Moment;
use standards_registry::registry::read::At;
use standards_registry::store::conn::Conn;
use standards_registry::store::sql::Sql;
use standards_registry::store::version::Version;
use standards_registry::store::{content, dialect, head};

use crate::Outcome;
use crate::clients;
use crate::report::{Aim, Report};
use crate::stage::Stage;

/// As many standards as are searched.
const STANDARDS: usize = 100_000;

/// How many clients ask at once.
const CLIENTS: usize = 16;

/// Makes the statement that reads at a moment.
type AtMoment = Box<dyn Fn(&Moment) -> Outcome<Sql> + Sync>;

/// One kind of question: a line that the day it asks for makes new each time, and the SQL an answer needs at least.
struct Question {
    name: &'static str,
    line: String,
    aim: Aim,
    sql: AtMoment,
}

pub fn measure(stage: &Stage, report: &mut Report) -> Outcome<()> {
    stage.fill(STANDARDS)?;
    for question in search::questions()? {
        beside_its_sql(stage, report, &question)?;
    }
    Ok(())
}

/// Answers never given before beside one thread per core that only runs the SQL; then how far the slowest answers to
/// 16 clients lag behind the middle one.
fn beside_its_sql(stage: &Stage, report: &mut Report, question: &Question) -> Outcome<()> {
    let time = report.time;
    let cores = std::thread::available_parallelism()?.get();
    let days = std::sync::atomic::AtomicU64::new(0);
    let next = || {
        let day = Days::new(days.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        let day = NaiveDate::from_ymd_opt(1990, 1, 1).and_then(|first| first.checked_add_days(day));
        format!("{}&valid_at={}", question.line, day.unwrap_or_default())
    };
    report.line(
        question.name,
        question.aim,
        |_| Ok(clients::ask(&stage.address, cores, time, next)?.per_second()),
        |_| {
            crate::bare_database::on_every_core(&stage.location, time, |conn, _| {
                let moment = moment(conn)?;
                run(conn, (question.sql)(&moment)?)
            })
        },
    )?;
    let times = clients::ask(&stage.address, CLIENTS, time * 2, next)?;
    report.spread(&format!("{}, {CLIENTS} clients", question.name), 5.0, &times);
    Ok(())
}

fn moment(conn: &mut Conn) -> Outcome<Moment> {
    let head = head::read(conn)?.ok_or("no head")?;
    Ok(Moment {
        position: head.position(),
        at: At::Head,
        as_of: standards_registry::domain::time::Instant(head.last_recorded_at),
        valid_at: NaiveDate::from_ymd_opt(2026, 11, 21).ok_or("no such day")?,
    })
}

/// Rows and their contents, in one snapshot.
fn run(conn: &mut Conn, sql: Sql) -> Outcome<()> {
    dialect::begin_snapshot(conn)?;
    let versions: Vec<Version> = sql.load(conn)?;
    let hashes: Vec<Vec<u8>> = versions
        .into_iter()
        .flat_map(|version| [version.content_sha256, version.note_sha256])
        .collect();
    content::by_hashes(conn, &hashes)?;
    dialect::rollback(conn);
    Ok(())
}
