//! Copies: whole catalogues by snapshot and by feed beside the database handing the same rows over, waiting readers,
//! proofs, and a mirror made from nothing.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde::Deserialize;
use standards_registry::store::conn::{Conn, Location, Purpose};
use standards_registry::store::sql::Sql;

use crate::Outcome;
use crate::bare_database::Rows;
use crate::bare_web::Answers;
use crate::client::Client;
use crate::report::{Aim, Report};
use crate::stage::{self, Stage};
use crate::wrk;

/// As many entries as the copies are made of.
const ENTRIES: usize = 100_000;

/// How many readers wait while others read.
const WAITING: usize = 500;

const PLAIN: &[(&str, &str)] = &[("Accept-Encoding", "identity")];

/// What stands in the rows of a copy, read from the database as it lies there.
const SAME_ROWS: &str = "SELECT v.from_position, v.entry_id, v.kind, v.revision, v.recorded_at, v.owner, v.action, v.actor, \
    v.withdrawn, c.bytes AS content, n.bytes AS note \
    FROM entry_version v JOIN content c ON c.sha256 = v.content_sha256 JOIN content n ON n.sha256 = v.note_sha256 \
    WHERE v.to_position IS NULL ORDER BY v.from_position";

/// The part of a page that leads to the next.
#[derive(Deserialize)]
struct Page {
    items: Vec<serde::de::IgnoredAny>,
    next: Option<String>,
    end: bool,
}

pub fn measure(stage: &Stage, report: &mut Report) -> Outcome<()> {
    stage.fill(ENTRIES)?;
    copies(stage, report)?;
    small_questions(stage, report)?;
    waiting_readers(stage, report)?;
    mirror(stage, report)
}

/// Everything there is, page after page on one connection.
fn copies(stage: &Stage, report: &mut Report) -> Outcome<()> {
    let bare = match stage.location {
        Location::Postgres(_) => "COPY",
        Location::Sqlite(_) => "driver",
    };
    for resource in ["snapshot", "changes"] {
        report.line(
            &format!("{resource}, rows, in one answer (bare: {bare})"),
            Aim::Ratio(0.5),
            |_| one_answer(stage, resource),
            |_| same_rows(&stage.location),
        )?;
        report.line(
            &format!("{resource}, rows, page by page (bare: {bare})"),
            Aim::Ratio(0.5),
            |_| all_pages(stage, resource),
            |_| same_rows(&stage.location),
        )?;
    }
    Ok(())
}

/// Rows a second of a whole copy that comes as lines.
fn one_answer(stage: &Stage, resource: &str) -> Outcome<f64> {
    let started = Instant::now();
    let headers = [PLAIN, &[("Accept", "application/x-ndjson")]].concat();
    let lines = stage
        .client()?
        .count_lines(&format!("/v1/{resource}"), &headers)?;
    // The last line closes the body.
    Ok((lines - 1) as f64 / started.elapsed().as_secs_f64())
}

/// Rows a second of a whole copy, each page asked for when the one before is there.
fn all_pages(stage: &Stage, resource: &str) -> Outcome<f64> {
    let mut client = stage.client()?;
    let mut line = format!("/v1/{resource}?limit=1000");
    let (mut rows, mut reading) = (0, Duration::ZERO);
    loop {
        let started = Instant::now();
        let reply = client.get(&line, PLAIN)?.expect(200)?;
        // What the reader does with a page is not the service's time.
        reading += started.elapsed();
        let page: Page = serde_json::from_slice(&reply.body)?;
        rows += page.items.len();
        match page.next {
            Some(next) if !page.end => line = format!("/v1/{resource}?limit=1000&after={next}"),
            _ => return Ok(rows as f64 / reading.as_secs_f64()),
        }
    }
}

/// Rows a second of the same rows as the database gives them: `COPY` of PostgreSQL, the driver on SQLite.
fn same_rows(location: &Location) -> Outcome<f64> {
    let started = Instant::now();
    let rows = match location {
        Location::Postgres(url) => copied(url)?,
        Location::Sqlite(_) => {
            let mut conn = Conn::establish(location, Purpose::Read)?;
            Sql::new(SAME_ROWS).load::<SameRow>(&mut conn)?.len()
        }
    };
    Ok(rows as f64 / started.elapsed().as_secs_f64())
}

#[derive(diesel::QueryableByName)]
#[allow(
    dead_code,
    reason = "read because the rows are, not because they are looked at"
)]
struct SameRow {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    from_position: i64,
    #[diesel(sql_type = diesel::sql_types::Text)]
    entry_id: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    kind: String,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    revision: i64,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    recorded_at: i64,
    #[diesel(sql_type = diesel::sql_types::Text)]
    owner: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    action: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    actor: String,
    #[diesel(sql_type = diesel::sql_types::Bool)]
    withdrawn: bool,
    #[diesel(sql_type = diesel::sql_types::Binary)]
    content: Vec<u8>,
    #[diesel(sql_type = diesel::sql_types::Binary)]
    note: Vec<u8>,
}

fn copied(url: &str) -> Outcome<usize> {
    let readable = SAME_ROWS
        .replace("c.bytes AS content", "convert_from(c.bytes, 'UTF8')")
        .replace("n.bytes AS note", "convert_from(n.bytes, 'UTF8')");
    let mut psql = Command::new("psql")
        .args(["--no-psqlrc", "--quiet", "--command"])
        .arg(format!("COPY ({readable}) TO STDOUT"))
        .arg(url)
        .stdout(Stdio::piped())
        .spawn()?;
    let mut out = psql.stdout.take().ok_or("no pipe")?;
    let (mut rows, mut buffer) = (0, vec![0; 1 << 18]);
    loop {
        let length = out.read(&mut buffer)?;
        if length == 0 {
            break;
        }
        let lines = buffer.iter().take(length).filter(|byte| **byte == b'\n');
        rows += lines.count();
    }
    if psql.wait()?.success() {
        Ok(rows)
    } else {
        Err("psql failed".into())
    }
}

/// What is asked often, beside a bare handler that gives the same bytes.
fn small_questions(stage: &Stage, report: &mut Report) -> Outcome<()> {
    let newest = newest_cursor(stage)?;
    let questions = [
        (
            "changes, a page of 1,000, again",
            "/v1/changes?limit=1000".to_owned(),
        ),
        ("changes, empty poll", format!("/v1/changes?after={newest}")),
        (
            "inclusion proof",
            "/v1/log/proofs/inclusion?position=5000".to_owned(),
        ),
        (
            "consistency proof",
            "/v1/log/proofs/consistency?from=5000&to=90000".to_owned(),
        ),
        ("tile, full", "/log/tile/0/003".to_owned()),
        ("checkpoint", "/log/checkpoint".to_owned()),
    ];
    let (time, folder) = (report.time, stage.folder.path());
    for (name, line) in questions {
        let mut answers = Answers::default();
        answers.add(&line, &stage.client()?.get(&line, PLAIN)?.expect(200)?)?;
        let bare = answers.serve()?.to_string();
        let lines = [line];
        let load = |address: &str| wrk::load(address, &lines, PLAIN, time, folder);
        report.line(name, Aim::None, |_| load(&stage.address), |_| load(&bare))?;
    }
    // Proofs never asked for before, beside the same proof asked for again and again.
    let positions: Vec<String> = (2..50_000)
        .map(|position| format!("/v1/log/proofs/inclusion?position={position}"))
        .collect();
    let again = [positions.first().cloned().ok_or("no positions")?];
    report.line(
        "inclusion proofs, first time (bare: again)",
        Aim::None,
        |_| wrk::load(&stage.address, &positions, PLAIN, time, folder),
        |_| wrk::load(&stage.address, &again, PLAIN, time, folder),
    )
}

fn newest_cursor(stage: &Stage) -> Outcome<String> {
    let mut client = stage.client()?;
    let mut line = "/v1/changes?limit=1000".to_owned();
    loop {
        let page: Page = serde_json::from_slice(&client.get(&line, PLAIN)?.expect(200)?.body)?;
        let next = page.next.ok_or("a page without a cursor")?;
        if page.end {
            return Ok(next);
        }
        line = format!("/v1/changes?limit=1000&after={next}");
    }
}

/// Reads while hundreds wait for the next change, beside reads while nobody does.
fn waiting_readers(stage: &Stage, report: &mut Report) -> Outcome<()> {
    let newest = newest_cursor(stage)?;
    let id = stage.ids.first().ok_or("nothing was registered")?;
    let lines = [format!("/v1/standards/{id}")];
    let (time, folder) = (report.time, stage.folder.path());
    let load = || wrk::load(&stage.address, &lines, PLAIN, time, folder);
    report.line(
        &format!("reads while {WAITING} wait (bare: nobody does)"),
        Aim::Ratio(0.9),
        |_| {
            let waiting = (0..WAITING)
                .map(|_| wait_for_a_change(stage, &newest))
                .collect::<Outcome<Vec<_>>>()?;
            let rate = load()?;
            drop(waiting);
            Ok(rate)
        },
        |_| load(),
    )
}

/// A connection on which a long poll has been asked and not answered.
fn wait_for_a_change(stage: &Stage, newest: &str) -> Outcome<Client> {
    let mut client = stage.client()?;
    client.ask(&format!("/v1/changes?after={newest}&wait=60"), PLAIN)?;
    Ok(client)
}

/// Entries a second of a mirror made from nothing and verified, beside the bare driver inserting as many rows.
fn mirror(stage: &Stage, report: &mut Report) -> Outcome<()> {
    let mut rows = Rows::like_those_in(&stage.location)?;
    let beside = Location::Sqlite(stage.folder.path().join("beside.sqlite"));
    standards_registry::registry::setup::set_up(&beside, Some("bench"))
        .map_err(|problem| problem.detail.en)?;
    let entries = ENTRIES as f64;
    report.line(
        "mirror of 100,000 entries (bare: driver)",
        Aim::None,
        |round| {
            let folder = stage.folder.path().join(format!("mirror-{round}"));
            let started = Instant::now();
            stage::mirror_once(&stage.address, &folder)?;
            let rate = entries / started.elapsed().as_secs_f64();
            std::fs::remove_dir_all(&folder)?;
            Ok(rate)
        },
        |_| rows.together(&beside, ENTRIES / 4),
    )
}
