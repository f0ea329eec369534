//! Everything in which the two databases differ, in one place.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Text};
use diesel::sqlite::Sqlite;

use crate::domain::problem::Problem;
use crate::domain::search::{Token, TokenQuery};
use crate::on;
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::head::Head;
use crate::store::idempotency::KeptAnswer;
use crate::store::schema::{division_reach, log_head, version_search};
use crate::store::search::SearchRow;

diesel::table! {
    /// The index of tokens on SQLite.
    version_token (rowid) {
        rowid -> BigInt,
        tokens -> Text,
    }
}

/// How many rows one statement carries to PostgreSQL, which takes 65,535 values in each.
const ROWS_PER_STATEMENT: usize = 1_000;

/// The key of the advisory lock under which instances migrate and set up, one after the other.
const SETUP_LOCK: i64 = 0x5245_4749_5354_5259;

/// Inserts rows: PostgreSQL in multi-row statements, SQLite by one prepared statement used again and again.
#[macro_export]
macro_rules! insert_rows {
    ($conn:expr, $table:expr, $rows:expr) => {
        $crate::insert_rows!($conn, $table, $rows, on_conflict_do_nothing: false)
    };
    ($conn:expr, $table:expr, $rows:expr, on_conflict_do_nothing: true) => {{
        match $conn {
            $crate::store::conn::Conn::Postgres(c) => {
                for chunk in $rows.chunks($crate::store::dialect::rows_per_statement()) {
                    diesel::insert_into($table).values(chunk).on_conflict_do_nothing().execute(c)?;
                }
            }
            $crate::store::conn::Conn::Sqlite(c) => {
                for row in $rows {
                    diesel::insert_into($table).values(row).on_conflict_do_nothing().execute(c)?;
                }
            }
        }
    }};
    ($conn:expr, $table:expr, $rows:expr, on_conflict_do_nothing: false) => {{
        match $conn {
            $crate::store::conn::Conn::Postgres(c) => {
                for chunk in $rows.chunks($crate::store::dialect::rows_per_statement()) {
                    diesel::insert_into($table).values(chunk).execute(c)?;
                }
            }
            $crate::store::conn::Conn::Sqlite(c) => {
                for row in $rows {
                    diesel::insert_into($table).values(row).execute(c)?;
                }
            }
        }
    }};
}

pub const fn rows_per_statement() -> usize {
    ROWS_PER_STATEMENT
}

/// Begins the writing transaction. SQLite takes its write lock at once: a read that later wants to write would fail.
pub fn begin_write(conn: &mut Conn) -> Result<(), StoreError> {
    conn.batch_execute(match conn {
        Conn::Postgres(_) => "BEGIN ISOLATION LEVEL READ COMMITTED",
        Conn::Sqlite(_) => "BEGIN IMMEDIATE",
    })
}

/// Begins a reading transaction in which every statement sees one and the same state.
pub fn begin_snapshot(conn: &mut Conn) -> Result<(), StoreError> {
    conn.batch_execute(match conn {
        Conn::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        Conn::Sqlite(_) => "BEGIN DEFERRED",
    })
}

/// Runs `work` in a writing transaction of its own: all of it or nothing.
pub fn in_write<T>(
    conn: &mut Conn,
    work: impl FnOnce(&mut Conn) -> Result<T, Problem>,
) -> Result<T, Problem> {
    begin_write(conn)?;
    match work(conn) {
        Ok(done) => {
            commit(conn)?;
            Ok(done)
        }
        Err(error) => {
            rollback(conn);
            Err(error)
        }
    }
}

pub fn commit(conn: &mut Conn) -> Result<(), StoreError> {
    conn.batch_execute("COMMIT")
}

/// Undoes the transaction; an error here means that the connection is gone, and with it the transaction.
pub fn rollback(conn: &mut Conn) {
    let _ = conn.batch_execute("ROLLBACK");
}

/// Reads the head row and keeps it locked until the transaction ends. On SQLite the whole file is locked already.
pub fn lock_head(conn: &mut Conn) -> Result<Option<Head>, StoreError> {
    let head = match conn {
        Conn::Postgres(c) => log_head::table.for_update().first(c).optional(),
        Conn::Sqlite(c) => log_head::table.first(c).optional(),
    };
    head.map_err(StoreError::from)
}

/// Marks superseded versions as ended: pairs of (the version's own position, the position that ends it).
pub fn close_versions(conn: &mut Conn, closings: &[(i64, i64)]) -> Result<(), StoreError> {
    if closings.is_empty() {
        return Ok(());
    }
    match conn {
        Conn::Postgres(c) => {
            let (from, to): (Vec<i64>, Vec<i64>) = closings.iter().copied().unzip();
            diesel::sql_query(
                "UPDATE entry_version v SET to_position = x.ended \
                 FROM unnest($1, $2) AS x (started, ended) WHERE v.from_position = x.started",
            )
            .bind::<Array<BigInt>, _>(from)
            .bind::<Array<BigInt>, _>(to)
            .execute(c)?;
        }
        Conn::Sqlite(c) => {
            use crate::store::schema::entry_version::dsl::{entry_version, to_position};
            for (started, ended) in closings {
                diesel::update(entry_version.find(started))
                    .set(to_position.eq(ended))
                    .execute(c)?;
            }
        }
    }
    Ok(())
}

/// The condition by which the index `log_leaf_event` finds the few leaves that are no revision; word for word as the
/// index has it, or it would not be used.
pub fn is_event(conn: &Conn) -> &'static str {
    match conn {
        Conn::Postgres(_) => {
            r#"substring(envelope FROM octet_length(envelope) - 23) <> '"type":"revision","v":1}'::bytea"#
        }
        Conn::Sqlite(_) => r#"substr(envelope, -24) <> CAST('"type":"revision","v":1}' AS BLOB)"#,
    }
}

/// Replaces the table of divisions' reach by these pairs of (ancestor, descendant), in one statement.
pub fn replace_reach(conn: &mut Conn, pairs: &[(&str, &str)]) -> Result<(), StoreError> {
    on!(conn, c => diesel::delete(division_reach::table).execute(c))?;
    match conn {
        Conn::Postgres(c) => {
            let (ancestors, descendants): (Vec<&str>, Vec<&str>) = pairs.iter().copied().unzip();
            diesel::sql_query(
                "INSERT INTO division_reach (ancestor, descendant) SELECT * FROM unnest($1, $2)",
            )
            .bind::<Array<Text>, _>(ancestors)
            .bind::<Array<Text>, _>(descendants)
            .execute(c)?;
        }
        Conn::Sqlite(c) => {
            let pairs = serde_json::to_string(pairs)
                .map_err(|error| StoreError::Corrupt(format!("divisions: {error}")))?;
            diesel::sql_query(
                "INSERT INTO division_reach (ancestor, descendant) \
                 SELECT value ->> 0, value ->> 1 FROM json_each($1)",
            )
            .bind::<Text, _>(pairs)
            .execute(c)?;
        }
    }
    Ok(())
}

/// Answers kept for retries in which a text occurs. They are bytes, which the databases search differently.
pub fn kept_answers_naming(conn: &mut Conn, text: &str) -> Result<Vec<KeptAnswer>, StoreError> {
    let found = match conn {
        Conn::Postgres(c) => diesel::sql_query("SELECT * FROM idempotency WHERE position($1 IN answer) > 0")
            .bind::<Binary, _>(text.as_bytes())
            .load(c),
        Conn::Sqlite(c) => diesel::sql_query("SELECT * FROM idempotency WHERE instr(answer, $1) > 0")
            .bind::<Binary, _>(text.as_bytes())
            .load(c),
    };
    found.map_err(StoreError::from)
}

/// Takes erased bytes off the disk as far as the database lets its clients. SQLite has overwritten them in its pages
/// (`secure_delete`) but its write-ahead log may still hold the pages of before: it is folded in and cut. PostgreSQL
/// gives the space up when it is vacuumed.
pub fn scrub(conn: &mut Conn) -> Result<(), StoreError> {
    match conn {
        Conn::Postgres(_) => Ok(()),
        Conn::Sqlite(_) => conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)"),
    }
}

/// A question for the index of tokens, as each database asks it.
#[derive(Clone, Debug)]
pub struct TokenQuestion {
    postgres: String,
    sqlite: String,
}

impl TokenQuestion {
    pub fn new(tokens: &TokenQuery) -> Self {
        Self {
            postgres: spell(tokens, [" & ", " | "], |token| {
                let mark = if token.is_prefix { ":*" } else { "" };
                format!("'{}'{mark}", token.text)
            }),
            sqlite: spell(tokens, [" AND ", " OR "], |token| {
                let mark = if token.is_prefix { " *" } else { "" };
                format!("\"{}\"{mark}", token.text)
            }),
        }
    }
}

/// What stands before and after a bound value.
pub type Around = (&'static str, &'static str);

/// What each database says in its own words, inside statements that read the same otherwise.
pub trait Dialect {
    /// The condition that the texts `s` have the tokens of a question.
    const HAS_TOKENS: Around;

    /// `SELECT from_position` for an array of JSON.
    const POSITIONS: Around;

    fn own(question: &TokenQuestion) -> &String;
}

impl Dialect for Pg {
    const HAS_TOKENS: Around = ("s.tokens @@ CAST(", " AS tsquery)");

    const POSITIONS: Around = (
        "SELECT CAST(value AS BIGINT) AS from_position FROM json_array_elements_text(CAST(",
        " AS json)) AS positions (value)",
    );

    fn own(question: &TokenQuestion) -> &String {
        &question.postgres
    }
}

impl Dialect for Sqlite {
    const HAS_TOKENS: Around = (
        "s.from_position IN (SELECT rowid FROM version_token WHERE version_token MATCH ",
        ")",
    );

    const POSITIONS: Around = ("SELECT value AS from_position FROM json_each(", ")");

    fn own(question: &TokenQuestion) -> &String {
        &question.sqlite
    }
}

/// Tokens are letters and digits, so nothing in them needs to be escaped.
fn spell(tokens: &TokenQuery, [and, or]: [&str; 2], token: impl Fn(&Token) -> String) -> String {
    let all = |tokens: &Vec<Token>| tokens.iter().map(&token).collect::<Vec<_>>().join(and);
    let any = |alternatives: &Vec<Vec<Token>>| {
        let alternatives: Vec<String> = alternatives.iter().map(all).collect();
        format!("({})", alternatives.join(&format!("){or}(")))
    };
    let terms: Vec<String> = tokens.0.iter().map(|term| format!("({})", any(term))).collect();
    terms.join(and)
}

/// Adds folded texts and what the index must know of them.
pub fn insert_search(conn: &mut Conn, rows: &[SearchRow]) -> Result<(), StoreError> {
    match conn {
        Conn::Postgres(c) => {
            for chunk in rows.chunks(ROWS_PER_STATEMENT) {
                let texts = |text: fn(&SearchRow) -> &String| chunk.iter().map(text).collect::<Vec<_>>();
                let tokens: Vec<String> = chunk.iter().map(SearchRow::tokens).collect();
                diesel::sql_query(
                    "INSERT INTO version_search (from_position, numbers, title, rest, tokens) \
                     SELECT position, numbers, title, rest, array_to_tsvector(string_to_array(tokens, ' ')) \
                     FROM unnest($1, $2, $3, $4, $5) AS x (position, numbers, title, rest, tokens)",
                )
                .bind::<Array<BigInt>, _>(chunk.iter().map(|row| row.from_position).collect::<Vec<_>>())
                .bind::<Array<Text>, _>(texts(|row| &row.numbers))
                .bind::<Array<Text>, _>(texts(|row| &row.title))
                .bind::<Array<Text>, _>(texts(|row| &row.rest))
                .bind::<Array<Text>, _>(tokens)
                .execute(c)?;
            }
        }
        Conn::Sqlite(c) => {
            for row in rows {
                diesel::insert_into(version_search::table)
                    .values(row)
                    .execute(c)?;
                diesel::insert_into(version_token::table)
                    .values((
                        version_token::rowid.eq(row.from_position),
                        version_token::tokens.eq(row.tokens()),
                    ))
                    .execute(c)?;
            }
        }
    }
    Ok(())
}

/// Takes tokens out of the index; on PostgreSQL they go with their row. SQLite's index keeps no texts: it is told what
/// to take away.
pub fn unindex(conn: &mut Conn, rows: &[SearchRow]) -> Result<(), StoreError> {
    let Conn::Sqlite(c) = conn else {
        return Ok(());
    };
    for row in rows {
        diesel::sql_query(
            "INSERT INTO version_token (version_token, rowid, tokens) VALUES ('delete', $1, $2)",
        )
        .bind::<BigInt, _>(row.from_position)
        .bind::<Text, _>(row.tokens())
        .execute(c)?;
    }
    Ok(())
}

/// Empties the index; on PostgreSQL it empties with its table.
pub fn clear_index(conn: &mut Conn) -> Result<(), StoreError> {
    match conn {
        Conn::Postgres(_) => Ok(()),
        Conn::Sqlite(_) => {
            conn.batch_execute("INSERT INTO version_token (version_token) VALUES ('delete-all')")
        }
    }
}

/// The query for what the index knows of every version.
pub fn token_sums(conn: &Conn) -> &'static str {
    match conn {
        Conn::Postgres(_) => {
            "SELECT s.from_position, COUNT(token) AS tokens, SUM(length(token))::bigint AS characters, \
             SUM(ascii(token))::bigint AS beginnings \
             FROM version_search s CROSS JOIN unnest(tsvector_to_array(s.tokens)) AS token \
             GROUP BY s.from_position ORDER BY s.from_position"
        }
        Conn::Sqlite(_) => {
            "SELECT doc AS from_position, COUNT(*) AS tokens, SUM(length(term)) AS characters, \
             SUM(unicode(term)) AS beginnings FROM version_token_row GROUP BY doc ORDER BY doc"
        }
    }
}

/// Runs set-up work while no other instance can: an advisory lock on PostgreSQL, the data folder's lock on SQLite.
pub fn alone<T, E: From<StoreError>>(
    conn: &mut Conn,
    work: impl FnOnce(&mut Conn) -> Result<T, E>,
) -> Result<T, E> {
    if !matches!(conn, Conn::Postgres(_)) {
        return work(conn);
    }
    // Waiting for one's turn may take as long as the others' work: the writers' short patience is not for this.
    conn.batch_execute(&format!(
        "BEGIN; SET LOCAL lock_timeout = 0; SELECT pg_advisory_lock({SETUP_LOCK}); COMMIT"
    ))?;
    let outcome = work(conn);
    let unlocked = conn.batch_execute(&format!("SELECT pg_advisory_unlock({SETUP_LOCK})"));
    let done = outcome?;
    unlocked?;
    Ok(done)
}
