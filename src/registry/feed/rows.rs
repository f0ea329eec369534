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
    /// Absent when it was not asked for.
    #[diesel(sql_type = Nullable<Binary>)]
    pub leaf_hash: Option<Vec<u8>>,
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

/// What of its leaf a line is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeafPart {
    Nothing,
    /// For a cursor.
    Hash,
    /// For the bytes that prove the line.
    Whole,
}

/// The rows of the versions that a subquery names, each with `selected`, in order.
///
/// Every table joined is looked up once a row, which is most of what a copy costs the database: what a line can be made
/// without is left out.
pub fn load(conn: &mut Conn, versions: Sql, leaf: LeafPart) -> Result<Vec<Row>, StoreError> {
    let (hash, envelope) = match leaf {
        LeafPart::Nothing => ("NULL", "NULL"),
        LeafPart::Hash => ("l.leaf_hash", "NULL"),
        LeafPart::Whole => ("l.leaf_hash", "l.envelope"),
    };
    let join_leaf = match leaf {
        LeafPart::Nothing => "",
        LeafPart::Hash | LeafPart::Whole => "JOIN log_leaf l ON l.position = v.from_position ",
    };
    let mut sql = versions;
    sql.wrap(
        &format!(
            "SELECT v.selected, v.from_position AS position, v.entry_id, v.kind, v.revision, v.owner, v.action, v.actor, \
             v.recorded_at, v.withdrawn, v.content_sha256, {hash} AS leaf_hash, {envelope} AS envelope, \
             c.bytes AS content, CASE WHEN c.bytes IS NULL THEN \
             (SELECT r.position FROM redaction r WHERE r.sha256 = v.content_sha256) END AS redacted_by, \
             n.bytes AS note FROM ("
        ),
        &format!(
            ") v {join_leaf}JOIN content c ON c.sha256 = v.content_sha256 \
             JOIN content n ON n.sha256 = v.note_sha256 ORDER BY v.from_position"
        ),
    );
    sql.load(conn)
}
