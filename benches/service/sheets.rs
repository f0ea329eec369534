//! Tables: all of 100,000 standards in one answer, beside the database reading the same rows in the same order.

use std::time::Instant;

use diesel::QueryableByName;
use diesel::sql_types::{Binary, Nullable};
use standards_registry::store::conn::{Conn, Location, Purpose};
use standards_registry::store::sql::Sql;
use standards_registry::store::version::Version;

use crate::Outcome;
use crate::report::{Aim, Report};
use crate::stage::Stage;

/// As many standards as are exported.
const STANDARDS: usize = 100_000;

const PLAIN: &[(&str, &str)] = &[("Accept-Encoding", "identity")];

/// What a row of an export is made of, in the order of the list.
const SAME_ROWS: &str = "SELECT v.*, c.bytes AS content, n.bytes AS note FROM entry_version v \
    LEFT JOIN content c ON c.sha256 = v.content_sha256 LEFT JOIN content n ON n.sha256 = v.note_sha256 \
    WHERE v.kind = 'standard' AND v.to_position IS NULL AND NOT v.withdrawn ORDER BY v.sort_number, v.entry_id";

#[derive(QueryableByName)]
struct SameRow {
    #[expect(dead_code, reason = "read as the service reads it")]
    #[diesel(embed)]
    version: Version,
    #[expect(dead_code, reason = "read as the service reads it")]
    #[diesel(sql_type = Nullable<Binary>)]
    content: Option<Vec<u8>>,
    #[expect(dead_code, reason = "read as the service reads it")]
    #[diesel(sql_type = Nullable<Binary>)]
    note: Option<Vec<u8>>,
}

pub fn measure(stage: &Stage, report: &mut Report) -> Outcome<()> {
    stage.fill(STANDARDS)?;
    for format in ["xlsx", "csv", "ndjson"] {
        report.line(
            &format!("export as {}, rows (bare: its SQL)", format.to_uppercase()),
            Aim::Ratio(0.5),
            |_| exported(stage, format),
            |_| same_rows(&stage.location),
        )?;
    }
    Ok(())
}

/// Rows a second of all standards in one answer.
fn exported(stage: &Stage, format: &str) -> Outcome<f64> {
    let line = format!("/v1/standards?format={format}&all=true");
    let started = Instant::now();
    stage.client()?.count_bytes(&line, PLAIN)?;
    Ok(stage.catalogue.made()? as f64 / started.elapsed().as_secs_f64())
}

fn same_rows(location: &Location) -> Outcome<f64> {
    let started = Instant::now();
    let mut conn = Conn::establish(location, Purpose::Read)?;
    let rows = Sql::new(SAME_ROWS).load::<SameRow>(&mut conn)?.len();
    Ok(rows as f64 / started.elapsed().as_secs_f64())
}
