//! The SQL that findings cannot do without, alone: rows are read and forgotten.

use chrono::NaiveDate;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Text};
use standards_registry::registry::read::{At, push_reach, successors, validity_sql};
use standards_registry::store::conn::Conn;
use standards_registry::store::content;
use standards_registry::store::sql::Sql;
use standards_registry::store::version::Version;

use crate::Outcome;

const DISTRICT: &str = "370214";

/// A value and how many rows have it.
#[derive(QueryableByName)]
pub struct Counted {
    #[expect(dead_code, reason = "read as the service reads it")]
    #[diesel(sql_type = Nullable<Text>)]
    value: Option<String>,
    #[expect(dead_code, reason = "read as the service reads it")]
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// The first fifty standards of a district, with their contents and what replaces them.
pub fn list(conn: &mut Conn, at: At) -> Outcome<()> {
    let mut sql =
        Sql::new("SELECT v.* FROM entry_version v WHERE v.kind = 'standard' AND v.supply = 'existing' AND ");
    at.holds(&mut sql, "v");
    push_district(&mut sql);
    sql.push(" ORDER BY v.sort_number, v.entry_id LIMIT 51");
    let versions: Vec<Version> = sql.load(conn)?;
    let hashes: Vec<Vec<u8>> = versions
        .iter()
        .flat_map(|version| [version.content_sha256.clone(), version.note_sha256.clone()])
        .collect();
    content::by_hashes(conn, &hashes)?;
    successors::find(conn, at, &versions)?;
    Ok(())
}

/// A district's standards by level, origin and validity.
pub fn facets(conn: &mut Conn, day: NaiveDate) -> Outcome<()> {
    for column in ["level", "origin", "validity"] {
        let mut sql = Sql::new("SELECT value, COUNT(*) AS count FROM (SELECT ");
        match column {
            "validity" => validity_sql::push(&mut sql, At::Head, day),
            column => {
                sql.push(&format!("v.{column}"));
            }
        }
        sql.push(" AS value FROM entry_version v WHERE v.kind = 'standard' AND ");
        At::Head.holds(&mut sql, "v");
        push_district(&mut sql);
        sql.push(") counted GROUP BY value");
        sql.load::<Counted>(conn)?;
    }
    Ok(())
}

/// All cells by supply and validity.
pub fn matrix(conn: &mut Conn, day: NaiveDate) -> Outcome<()> {
    let mut sql = Sql::new("SELECT cell AS value, COUNT(*) AS count FROM (SELECT p.cell, v.supply, ");
    validity_sql::push(&mut sql, At::Head, day);
    sql.push(
        " AS validity FROM entry_version v \
         JOIN version_placement p ON p.from_position = v.from_position AND p.framework = 'qingdao' \
         WHERE v.kind = 'standard' AND NOT v.withdrawn AND ",
    );
    At::Head.holds(&mut sql, "v");
    sql.push(") placed GROUP BY cell, supply, validity");
    sql.load::<Counted>(conn)?;
    Ok(())
}

/// What cites a standard, and what cites that, by id or number.
pub fn impact(conn: &mut Conn, number: &str) -> Outcome<()> {
    let direct = citing(conn, &[number])?;
    let names: Vec<&str> = direct
        .iter()
        .flat_map(|version| [Some(version.entry_id.as_str()), version.number.as_deref()])
        .flatten()
        .collect();
    citing(conn, &names)?;
    Ok(())
}

fn citing(conn: &mut Conn, names: &[&str]) -> Outcome<Vec<Version>> {
    let mut sql = Sql::new(
        "SELECT v.* FROM version_relation r JOIN entry_version v ON v.from_position = r.from_position \
         WHERE r.relation_type = 'cites' AND NOT v.withdrawn AND r.target IN ",
    );
    sql.bind_list(names.iter().copied()).push(" AND ");
    At::Head.holds(&mut sql, "v");
    Ok(sql.load(conn)?)
}

/// A district's standards, whole.
pub fn rows(conn: &mut Conn) -> Outcome<()> {
    let mut sql = Sql::new("SELECT v.* FROM entry_version v WHERE NOT v.withdrawn AND ");
    At::Head.holds(&mut sql, "v");
    push_district(&mut sql);
    sql.load::<Version>(conn)?;
    Ok(())
}

/// A district's standards, and everybody's rows of the same numbers and editions.
pub fn editions(conn: &mut Conn) -> Outcome<()> {
    rows(conn)?;
    let mut sql = Sql::new(
        "SELECT o.* FROM entry_version v JOIN entry_version o ON o.number_undated = v.number_undated WHERE ",
    );
    At::Head.holds(&mut sql, "o");
    sql.push(" AND ");
    At::Head.holds(&mut sql, "v");
    push_district(&mut sql);
    sql.load::<Version>(conn)?;
    Ok(())
}

fn push_district(sql: &mut Sql) {
    sql.push(" AND NOT v.withdrawn AND ");
    push_reach(sql, "v.owner", [DISTRICT]);
}
