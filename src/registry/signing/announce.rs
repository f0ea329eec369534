//! Naming a key in the log: from its leaf on the log is signed with it, and a note signed by it and by the key before
//! says so to those who trust only that one.

use ed25519_dalek::SigningKey;

use crate::domain::problem::Problem;
use crate::log::checkpoint::{self, Checkpoint};
use crate::log::envelope::{Event, Note};
use crate::log::note::NoteSigner;
use crate::registry::append::{self, Appended, Occurrence};
use crate::registry::decide;
use crate::registry::signing::guard::Signed;
use crate::registry::signing::key_source::KeySource;
use crate::registry::signing::named_key;
use crate::store::conn::{Conn, Location, Purpose};
use crate::store::dialect;
use crate::store::hand_over::{self, HandOver};
use crate::store::head::Head;

/// Who has something done to the log, and why.
pub struct Order<'o> {
    pub actor: &'o str,
    pub reason: &'o str,
    /// The request by which it can be found again.
    pub request: &'o str,
}

impl Order<'_> {
    pub fn occurrence(&self, event: Event) -> Result<Occurrence, Problem> {
        Ok(Occurrence {
            actor: self.actor.to_owned(),
            request: self.request.to_owned(),
            note: Note::new(Some(self.reason.to_owned()), None, decide::salt()?),
            event,
        })
    }
}

/// A key that the log now names.
pub struct Announced {
    pub appended: Appended,
    /// The checkpoint that ends with the key's leaf.
    pub signed: Signed,
}

/// Names a key in a log that names none yet; the key is made where there is none.
pub fn first_key(location: &Location, keys: &KeySource) -> Result<(), Problem> {
    let mut conn = Conn::establish(location, Purpose::Write)?;
    dialect::in_write(&mut conn, |conn| {
        let head = dialect::lock_head(conn)?.ok_or_else(|| Problem::internal("the log has no head row"))?;
        if !named_key::all(conn, head.position())?.is_empty() {
            return Ok(());
        }
        let key = keys.open_or_create().map_err(Problem::internal)?;
        let order = Order {
            actor: "registry",
            reason: "首个签名密钥",
            request: "setup",
        };
        name(conn, &head, &order, key, &[])?;
        Ok(())
    })
}

/// Appends the leaf of a key and keeps its hand-over, signed by those before too. The caller has locked the head.
pub fn name(
    conn: &mut Conn,
    head: &Head,
    order: &Order,
    key: SigningKey,
    before: &[NoteSigner],
) -> Result<Announced, Problem> {
    let signer = NoteSigner::new(&checkpoint::origin(&head.origin, head.epoch), key);
    let event = Event::Key(signer.verifier().to_ref());
    let appended = append::append_event(conn, head, &order.occurrence(event)?)?;
    let checkpoint = Checkpoint {
        origin: signer.verifier().name.clone(),
        size: u64::try_from(appended.head.size).map_err(Problem::internal)?,
        root: appended.head.frontier()?.root(),
    };
    let mut note = signer.sign(&checkpoint.to_text());
    for earlier in before {
        note = earlier.cosign(&note).map_err(Problem::internal)?;
    }
    let position = appended.head.position();
    hand_over::keep(
        conn,
        &HandOver {
            position,
            note: note.clone(),
        },
    )?;
    Ok(Announced {
        signed: Signed {
            log: head.origin.clone(),
            epoch: head.epoch,
            checkpoint,
            note,
        },
        appended,
    })
}
