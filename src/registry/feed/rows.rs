//! Revisions as followers need them: versions joined with leaf hash, content and note, in one statement.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};

use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::sql::Sql;

/// One revision with all that its line says.
#[derive(QueryableByName)]
pub struct Row {
    /// 0 where a selection was left by this revision, 1 where it is selected.
    #[diesel(sql_type = Integer)]
    pub selected: i32,
    #[diesel(sql_type = BigInt)]
    pub position: i64,
    #[diesel(sql_type = Text)]
    pub entry_id: String,
    #[diesel(sql_type = Text)]
    pub kind: String,
    #[diesel(sql_type = BigInt)]
    pub revision: i64,
    #[diesel(sql_type = Text)]
    pub owner: String,
    #[diesel(sql_type = Text)]
    pub action: String,
    #[diesel(sql_type = Text)]
    pub actor: String,
    #[diesel(sql_type = BigInt)]
    pub recorded_at: i64,
    #[diesel(sql_type = Bool)]
    pub withdrawn: bool,
    #[diesel(sql_type = Binary)]
    pub content_sha256: Vec<u8>,
    #[diesel(sql_type = Binary)]
    pub leaf_hash: Vec<u8>,
    /// Absent when it was not asked for.
    #[diesel(sql_type = Nullable<Binary>)]
    pub envelope: Option<Vec<u8>>,
    /// Absent when erased.
    #[diesel(sql_type = Nullable<Binary>)]
    pub content: Option<Vec<u8>>,
    /// The position of the redaction that erased the content.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub redacted_by: Option<i64>,
    /// Absent when erased.
    #[diesel(sql_type = Nullable<Binary>)]
    pub note: Option<Vec<u8>>,
}

/// The rows of the positions that a subquery `m (position, selected)` names, in order.
pub fn load(conn: &mut Conn, named: Sql, with_envelope: bool) -> Result<Vec<Row>, StoreError> {
    let envelope = if with_envelope { "l.envelope" } else { "NULL" };
    let mut sql = named;
    sql.wrap(
        &format!(
            "SELECT m.selected, m.position, v.entry_id, v.kind, v.revision, v.owner, v.action, v.actor, \
             v.recorded_at, v.withdrawn, v.content_sha256, l.leaf_hash, {envelope} AS envelope, \
             c.bytes AS content, r.position AS redacted_by, n.bytes AS note FROM ("
        ),
        ") m JOIN entry_version v ON v.from_position = m.position \
         JOIN log_leaf l ON l.position = m.position \
         JOIN content c ON c.sha256 = v.content_sha256 \
         LEFT JOIN redaction r ON r.sha256 = v.content_sha256 \
         JOIN content n ON n.sha256 = v.note_sha256 ORDER BY m.position",
    );
    sql.load(conn)
}
