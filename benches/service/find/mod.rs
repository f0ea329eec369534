//! Finding: searches, counts and suggestions in 100,000 standards, beside the bare SQL of the same index.

mod search;

use chrono::{Days, NaiveDate};
use standards_registry::registry::moment::Moment;
use standards_registry::registry::read::At;
use standards_registry::store::head::{self, Head};
use standards_registry::store::pool::Snapshot;
use standards_registry::store::sql::Sql;
use standards_registry::store::version::Version;
use standards_registry::store::{content, dialect};

use crate::Outcome;
use crate::clients;
use crate::report::{Aim, Report};
use crate::stage::Stage;

/// As many standards as are searched.
const STANDARDS: usize = 100_000;

/// How many clients ask at once.
const CLIENTS: usize = 16;

/// The SQL that an answer needs at least.
type Bare = Box<dyn Fn(&mut Snapshot, &Moment) -> Outcome<()> + Sync>;

/// One kind of question: a line that the day it asks for makes new each time, and its SQL.
struct Question {
    name: &'static str,
    line: String,
    aim: Aim,
    bare: Bare,
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
                dialect::begin_snapshot(conn)?;
                let head = head::read(conn)?.ok_or("no head")?;
                let moment = moment(&head)?;
                let mut snapshot = Snapshot {
                    conn,
                    head,
                    loading: None,
                };
                (question.bare)(&mut snapshot, &moment)?;
                dialect::rollback(conn);
                Ok(())
            })
        },
    )?;
    let times = clients::ask(&stage.address, CLIENTS, time * 2, next)?;
    report.spread(&format!("{}, {CLIENTS} clients", question.name), 5.0, &times);
    Ok(())
}

fn moment(head: &Head) -> Outcome<Moment> {
    Ok(Moment {
        position: head.position(),
        at: At::Head,
        as_of: standards_registry::domain::time::Instant(head.last_recorded_at),
        valid_at: NaiveDate::from_ymd_opt(2026, 11, 21).ok_or("no such day")?,
    })
}

/// Rows and their contents.
fn rows(snapshot: &mut Snapshot, sql: Sql) -> Outcome<()> {
    let versions: Vec<Version> = sql.load(snapshot.conn)?;
    let hashes: Vec<Vec<u8>> = versions
        .into_iter()
        .flat_map(|version| [version.content_sha256, version.note_sha256])
        .collect();
    content::by_hashes(snapshot.conn, &hashes)?;
    Ok(())
}
