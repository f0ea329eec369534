//! The keys the log names: each signs from its own leaf on, until the next one's.

use crate::domain::problem::Problem;
use crate::log::envelope::Envelope;
use crate::log::note::VerifierKey;
use crate::store::conn::Conn;
use crate::store::leaf;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedKey {
    /// The position of the leaf that names it.
    pub position: i64,
    pub key: VerifierKey,
}

/// The keys named after one position and up to another, in order.
pub fn between(conn: &mut Conn, after: i64, until: i64) -> Result<Vec<NamedKey>, Problem> {
    let mut named = Vec::new();
    for leaf in leaf::events(conn, after, until)? {
        let Ok(Envelope::Key { key, .. }) = Envelope::from_bytes(&leaf.envelope) else {
            continue;
        };
        let position = leaf.position;
        let key = VerifierKey::from_ref(&key)
            .ok_or_else(|| Problem::internal(format!("position {position}: the key leaf names no key")))?;
        named.push(NamedKey { position, key });
    }
    Ok(named)
}

/// All keys named up to a position.
pub fn all(conn: &mut Conn, until: i64) -> Result<Vec<NamedKey>, Problem> {
    between(conn, -1, until)
}
