//! The SQL of a search: the index of tokens finds candidates, their folded texts decide, and say how well they meet.

use diesel::QueryableByName;
use diesel::sql_types::BigInt;

use crate::domain::search::{SearchQuery, Term};
use crate::registry::moment::Moment;
use crate::registry::read::At;
use crate::registry::read::search::rank;
use crate::store::error::StoreError;
use crate::store::pool::Snapshot;
use crate::store::sql::Sql;

#[derive(QueryableByName)]
struct Position {
    #[diesel(sql_type = BigInt)]
    from_position: i64,
}

/// Adds `SELECT from_position, match_rank`: the versions in which every term is found, at whatever position they hold.
pub fn push_hits(sql: &mut Sql, query: &SearchQuery, at: At) {
    let Some(wanted) = query.number.as_ref().filter(|wanted| wanted.is_dated) else {
        push_ranks(sql, query);
        return;
    };
    sql.push("SELECT from_position, MIN(match_rank) AS match_rank FROM (");
    push_ranks(sql, query);
    sql.push(&format!(
        " UNION ALL SELECT v.from_position, {} AS match_rank",
        rank::FORMER_NUMBER
    ));
    push_renumbered(sql, &wanted.canonical, at);
    sql.push(") hit GROUP BY from_position");
}

fn push_ranks(sql: &mut Sql, query: &SearchQuery) {
    sql.push("SELECT s.from_position, ");
    push_rank(sql, query);
    sql.push(" AS match_rank FROM version_search s WHERE ");
    push_condition(sql, query);
}

/// Adds the condition that `v` is found.
pub fn push_found(sql: &mut Sql, query: &SearchQuery, at: At) {
    sql.push("v.from_position IN (");
    push_positions(sql, query, at);
    sql.push(")");
}

/// The versions in which every term is found, at whatever position they hold.
pub fn positions(
    snapshot: &mut Snapshot,
    query: &SearchQuery,
    moment: &Moment,
) -> Result<Vec<i64>, StoreError> {
    let mut sql = Sql::new("");
    push_positions(&mut sql, query, moment.at);
    let found: Vec<Position> = sql.load(snapshot.conn)?;
    Ok(found.into_iter().map(|row| row.from_position).collect())
}

fn push_positions(sql: &mut Sql, query: &SearchQuery, at: At) {
    sql.push("SELECT s.from_position FROM version_search s WHERE ");
    push_condition(sql, query);
    if let Some(wanted) = query.number.as_ref().filter(|wanted| wanted.is_dated) {
        sql.push(" UNION SELECT v.from_position");
        push_renumbered(sql, &wanted.canonical, at);
    }
}

/// Adds `FROM` and `WHERE` for the present versions `v` of entries that once bore a number.
fn push_renumbered(sql: &mut Sql, number: &str, at: At) {
    sql.bind(
        " FROM entry_version o JOIN entry_version v ON v.entry_id = o.entry_id AND v.from_position > o.from_position \
         WHERE o.number = ? AND ",
        [number],
    );
    at.holds(sql, "v");
}

/// Every term in some text.
fn push_condition(sql: &mut Sql, query: &SearchQuery) {
    sql.has_tokens(&query.tokens());
    for term in &query.terms {
        sql.push(" AND (");
        push_any(sql, "s.title", &term.needles);
        sql.push(" OR ");
        push_any(sql, "s.numbers", &term.needles);
        sql.push(" OR ");
        push_any(sql, "s.rest", &term.needles);
        sql.push(")");
    }
}

/// Adds an expression for how well the texts `s` meet the query, the best first.
fn push_rank(sql: &mut Sql, query: &SearchQuery) {
    let as_line: Vec<String> = query
        .spellings
        .iter()
        .map(|words| format!("\n{words}\n"))
        .collect();
    let at_start: Vec<String> = query.spellings.iter().map(|words| format!("\n{words}")).collect();
    let needles = |term: &Term| term.needles.clone();
    let words = |term: &Term| term.words.clone();
    sql.push("CASE WHEN ");
    push_any(sql, "s.numbers", &as_line);
    sql.push(" THEN 0 WHEN ");
    push_any(sql, "s.numbers", &at_start);
    sql.push(" THEN 2 WHEN ");
    push_any(sql, "s.numbers", &query.spellings);
    sql.push(" THEN 3 WHEN ");
    push_all(sql, &["s.numbers"], query, needles);
    sql.push(" THEN 4 WHEN ");
    push_any(sql, "s.title", &as_line);
    sql.push(" THEN 10 WHEN ");
    push_all(sql, &["s.title"], query, words);
    sql.push(" THEN CASE WHEN ");
    push_any(sql, "s.title", &query.stretches());
    sql.push(" THEN 11 ELSE 12 END WHEN ");
    push_any(sql, "s.title", &query.stretches());
    sql.push(" THEN 13 WHEN ");
    push_all(sql, &["s.title"], query, needles);
    sql.push(" THEN 14 WHEN ");
    push_all(sql, &["s.title", "s.numbers"], query, needles);
    sql.push(" THEN 15 WHEN ");
    push_any(sql, "s.rest", &query.stretches());
    sql.push(" THEN 20 ELSE 21 END");
}

fn push_all(sql: &mut Sql, columns: &[&str], query: &SearchQuery, of: impl Fn(&Term) -> Vec<String>) {
    for (index, term) in query.terms.iter().enumerate() {
        sql.push(if index > 0 { " AND (" } else { "(" });
        for (index, column) in columns.iter().enumerate() {
            sql.push(if index > 0 { " OR " } else { "" });
            push_any(sql, column, &of(term));
        }
        sql.push(")");
    }
}

/// Folded texts hold neither `%` nor `_`, and no capital letters that one database might take for small ones.
fn push_any(sql: &mut Sql, column: &str, needles: &[String]) {
    for (index, needle) in needles.iter().enumerate() {
        sql.push(if index > 0 { " OR " } else { "(" });
        sql.bind(&format!("{column} LIKE ?"), [format!("%{needle}%")]);
    }
    sql.push(")");
}

/// Adds `SELECT from_position, match_rank` for numbers near the one asked for.
pub fn push_near_hits(sql: &mut Sql, numbers: &[String]) {
    sql.push("SELECT n.from_position, CASE n.number");
    for (number, rank) in numbers.iter().zip(rank::NEAR..) {
        sql.bind(&format!(" WHEN ? THEN {rank}"), [number.as_str()]);
    }
    sql.push(" END AS match_rank FROM entry_version n WHERE n.number IN ");
    sql.bind_list(numbers.iter().map(String::as_str));
}

/// Adds the condition that `v` has one of the numbers near the one asked for.
pub fn push_near(sql: &mut Sql, numbers: &[String]) {
    sql.push("v.number IN ");
    sql.bind_list(numbers.iter().map(String::as_str));
}
