//! Answers kept so that a retry gets the first one's.

use diesel::prelude::*;

use crate::on;
use crate::store::conn::Conn;
use crate::store::dialect;
use crate::store::error::StoreError;
use crate::store::schema::idempotency;

/// An accepted write's answer, under the key its sender chose.
#[derive(Clone, Debug, Queryable, QueryableByName, Insertable)]
#[diesel(table_name = idempotency)]
pub struct KeptAnswer {
    pub subject: String,
    pub method: String,
    pub path: String,
    pub key: String,
    pub body_sha256: Vec<u8>,
    pub created_at: i64,
    pub answer: Vec<u8>,
}

pub fn find(
    conn: &mut Conn,
    (subject, method, path, key): (&str, &str, &str, &str),
) -> Result<Option<KeptAnswer>, StoreError> {
    on!(conn, c => idempotency::table.find((subject, method, path, key)).first(c).optional())
        .map_err(StoreError::from)
}

pub fn keep(conn: &mut Conn, answer: &KeptAnswer) -> Result<(), StoreError> {
    on!(conn, c => diesel::insert_into(idempotency::table).values(answer).execute(c))?;
    Ok(())
}

/// The answers in which a text occurs.
pub fn naming(conn: &mut Conn, text: &str) -> Result<Vec<KeptAnswer>, StoreError> {
    dialect::kept_answers_naming(conn, text)
}

/// Forgets one answer.
pub fn forget(conn: &mut Conn, kept: &KeptAnswer) -> Result<(), StoreError> {
    let row = (&kept.subject, &kept.method, &kept.path, &kept.key);
    on!(conn, c => diesel::delete(idempotency::table.find(row)).execute(c))?;
    Ok(())
}

/// Forgets the oldest answers from before an instant, `most` of them.
pub fn forget_before(conn: &mut Conn, instant: i64, most: usize) -> Result<usize, StoreError> {
    let first_to_stay = idempotency::table
        .select(idempotency::created_at)
        .order(idempotency::created_at)
        .offset(i64::try_from(most).unwrap_or(i64::MAX));
    let first_to_stay: Option<i64> = on!(conn, c => first_to_stay.first(c).optional())?;
    let until = first_to_stay.map_or(instant, |stays| stays.min(instant));
    on!(conn, c => diesel::delete(idempotency::table.filter(idempotency::created_at.lt(until))).execute(c))
        .map_err(StoreError::from)
}
