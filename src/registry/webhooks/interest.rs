//! What a webhook wants to hear of: everything, one kind, one division with all below it. A hint is due when the feed,
//! under the same conditions, has a line to show.

use diesel::QueryableByName;
use diesel::sql_types::BigInt;

use crate::log::envelope::Envelope;
use crate::registry::read::push_reach;
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::leaf;
use crate::store::sql::Sql;
use crate::store::webhook::WebhookRow;

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// The conditions as the feed takes them, to be added to its address.
pub fn parameters(webhook: &WebhookRow) -> String {
    let conditions = [("kind", &webhook.kind), ("owner", &webhook.owner)];
    conditions
        .into_iter()
        .filter_map(|(name, value)| Some(format!("&{name}={}", value.as_ref()?)))
        .collect()
}

/// Whether the feed has a line for it between what it has heard of and `head`.
pub fn has_news(conn: &mut Conn, webhook: &WebhookRow, head: i64) -> Result<bool, StoreError> {
    let everything = webhook.kind.is_none() && webhook.owner.is_none();
    Ok(everything || has_revision(conn, webhook, head)? || has_redaction(conn, webhook.announced, head)?)
}

/// A revision that meets the conditions, or comes after one that did.
fn has_revision(conn: &mut Conn, webhook: &WebhookRow, head: i64) -> Result<bool, StoreError> {
    let (after, until) = (webhook.announced, head);
    let mut sql = Sql::new("SELECT COUNT(*) AS count FROM (SELECT 1 FROM entry_version v WHERE ");
    sql.bind(
        "((v.from_position > ? AND v.from_position <= ?) OR (v.to_position > ? AND v.to_position <= ?))",
        [after, until, after, until],
    );
    if let Some(kind) = &webhook.kind {
        sql.bind(" AND v.kind = ?", [kind.as_str()]);
    }
    if let Some(owner) = &webhook.owner {
        sql.push(" AND ");
        push_reach(&mut sql, "v.owner", [owner.as_str()]);
    }
    sql.push(" LIMIT 1) found");
    let found: Vec<Found> = sql.load(conn)?;
    Ok(found.iter().any(|found| found.count > 0))
}

/// A redaction, of which everybody hears.
fn has_redaction(conn: &mut Conn, after: i64, until: i64) -> Result<bool, StoreError> {
    let events = leaf::events(conn, after, until)?;
    Ok(events
        .iter()
        .any(|leaf| matches!(Envelope::from_bytes(&leaf.envelope), Ok(Envelope::Redact { .. }))))
}
