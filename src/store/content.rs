//! Contents and notes, by the SHA-256 of their canonical bytes.

use diesel::prelude::*;

use crate::insert_rows;
use crate::log::hash::Hash;
use crate::on;
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::schema::content;

/// How many values one `IN` list carries.
const HASHES_PER_QUERY: usize = 500;

/// A stored content or note. Erased bytes leave their hash behind.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = content, treat_none_as_default_value = false)]
pub struct StoredBytes {
    pub sha256: Vec<u8>,
    pub bytes: Option<Vec<u8>>,
    pub erased_at: Option<i64>,
}

impl StoredBytes {
    pub fn new(sha256: Hash, bytes: Vec<u8>) -> Self {
        Self {
            sha256: sha256.to_vec(),
            bytes: Some(bytes),
            erased_at: None,
        }
    }
}

/// Stores what is not there yet; equal bytes are stored once.
pub fn insert(conn: &mut Conn, rows: &[StoredBytes]) -> Result<(), StoreError> {
    insert_rows!(conn, content::table, rows, on_conflict_do_nothing: true);
    Ok(())
}

/// Those of the wanted bytes that are there, in no order.
pub fn by_hashes(conn: &mut Conn, hashes: &[Vec<u8>]) -> Result<Vec<StoredBytes>, StoreError> {
    let mut found = Vec::with_capacity(hashes.len());
    for chunk in hashes.chunks(HASHES_PER_QUERY) {
        found.extend(on!(conn, c => content::table
            .filter(content::sha256.eq_any(chunk))
            .load::<StoredBytes>(c))?);
    }
    Ok(found)
}

/// Stored as erased before the redaction that explains it has been seen.
const UNEXPLAINED: i64 = 0;

impl StoredBytes {
    /// What came without its bytes. The redaction that follows says when they were erased.
    pub fn withheld(sha256: Hash) -> Self {
        Self {
            sha256: sha256.to_vec(),
            bytes: None,
            erased_at: Some(UNEXPLAINED),
        }
    }
}

/// One of those that came without their bytes and that no redaction has explained.
pub fn unexplained(conn: &mut Conn) -> Result<Option<Vec<u8>>, StoreError> {
    on!(conn, c => content::table
        .filter(content::erased_at.eq(UNEXPLAINED))
        .select(content::sha256)
        .first(c)
        .optional())
    .map_err(StoreError::from)
}

/// Whether any bytes were erased at an instant or since.
pub fn any_erased_since(conn: &mut Conn, instant: i64) -> Result<bool, StoreError> {
    let erased = content::table
        .filter(content::erased_at.is_not_null())
        .filter(content::erased_at.ge(instant));
    on!(conn, c => diesel::select(diesel::dsl::exists(erased)).get_result(c)).map_err(StoreError::from)
}

/// Erases bytes for good and keeps their hashes. The log must hold the redaction that names them.
pub fn erase(conn: &mut Conn, hashes: &[Vec<u8>], erased_at: i64) -> Result<(), StoreError> {
    for chunk in hashes.chunks(HASHES_PER_QUERY) {
        on!(conn, c => diesel::update(content::table.filter(content::sha256.eq_any(chunk)))
            .set((content::bytes.eq(None::<Vec<u8>>), content::erased_at.eq(Some(erased_at))))
            .execute(c))?;
    }
    Ok(())
}
