//! The signer: one signature for each size of the tree, given only to what extends everything signed before.

use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;

use crate::domain::problem::Problem;
use crate::domain::text::Text;
use crate::log::checkpoint::{self, Checkpoint};
use crate::log::merkle;
use crate::log::note::{NoteSigner, VerifierKey};
use crate::registry::signing::continuity;
use crate::registry::signing::guard::{Guard, Signed};
use crate::registry::signing::key_source::KeySource;
use crate::registry::signing::refusal::Refusal;
use crate::registry::signing::verified::Verified;
use crate::registry::tree::{StoredTree, root_at};
use crate::store::conn::{Conn, Location, Purpose};
use crate::store::head::Head;
use crate::store::pool::{Snapshot, on_snapshot};
use crate::text;

/// What the signer works with. It has a connection of its own, so that who holds one of the readers' can wait for it.
pub struct Signer {
    location: Location,
    keys: KeySource,
    guard: Guard,
    work: Mutex<Work>,
    standing: ArcSwap<Standing>,
    /// That a log signed before came without its guard.
    guard_was_missing: Option<Text>,
}

#[derive(Default)]
struct Work {
    conn: Option<Conn>,
    tree: Option<Verified>,
    signer: Option<NoteSigner>,
    /// A head found to be wrong: it need not be looked at again until it changes.
    unsound: Option<(Head, Text)>,
}

/// How things stand, for all who only look.
#[derive(Clone, Default)]
struct Standing {
    newest: Option<Arc<Signed>>,
    refusal: Option<Refusal>,
}

impl Signer {
    /// Begins with a log that has just been checked whole. Whether it can be signed is found out, not required.
    pub fn open(
        location: &Location,
        keys: KeySource,
        guard: Guard,
        snapshot: &mut Snapshot,
    ) -> Result<Self, Problem> {
        let tree = Verified::whole(snapshot)?;
        let first_start = tree
            .key
            .as_ref()
            .is_some_and(|named| named.position == snapshot.head.position());
        let missing = matches!(guard.read(), Ok(None)) && !first_start;
        let shown = guard.path().display();
        let guard_was_missing = missing.then(|| {
            text!(
                "启动时没有 {shown}：若数据库在此之前被回退，本实例无从察觉；请与留存于他处的检查点核对",
                "{shown} was missing at start: had the database been put back before, this instance could not tell; \
                 compare with a checkpoint kept elsewhere"
            )
        });
        if let Some(warning) = &guard_was_missing {
            tracing::error!("{}", warning.en);
        }
        Ok(Self {
            location: location.clone(),
            keys,
            guard,
            work: Mutex::new(Work {
                tree: Some(tree),
                ..Work::default()
            }),
            standing: ArcSwap::default(),
            guard_was_missing,
        })
    }

    /// What was signed last, unless something is wrong since.
    pub fn newest(&self) -> Option<Arc<Signed>> {
        self.standing.load().newest.clone()
    }

    /// Why nothing is signed, and what else the operator should know.
    pub fn concerns(&self) -> Vec<Text> {
        let refusal = self.standing.load().refusal.clone();
        let refused = refusal.map(|refusal| refusal.why);
        refused
            .into_iter()
            .chain(self.guard_was_missing.clone())
            .collect()
    }

    /// Refuses to add to a log whose history is in doubt.
    pub fn admit_writes(&self) -> Result<(), Problem> {
        match &self.standing.load().refusal {
            Some(refusal) if refusal.history_in_doubt => Err(refusal.clone().into()),
            _ => Ok(()),
        }
    }

    /// The checkpoint of everything written, signed now if it has not been yet.
    pub fn sign(&self) -> Result<Arc<Signed>, Problem> {
        let mut work = self.at_work()?;
        // Read before the log is: what another process signs meanwhile is of a log that came later.
        let guarded = self.guard.read();
        let outcome = self.on_own_snapshot(&mut work, |work, snapshot| match guarded {
            Ok(guarded) => self.examine(work, snapshot, guarded.as_ref()),
            Err(cause) => Ok(Err(Refusal::of_history(text!(
                "上次签名的记录无法读取（{cause}）；若确认数据库未被回退，移走该文件后重启",
                "what was signed last cannot be read ({cause}); if the database was surely not put back, move that \
                 file away and restart"
            )))),
        })?;
        self.show(&outcome);
        outcome.map_err(Problem::from)
    }

    /// The checkpoint of an earlier size, which must be a beginning of what was signed last; that itself when it is no
    /// larger.
    pub fn sign_at(&self, size: u64, newest: Arc<Signed>) -> Result<Arc<Signed>, Problem> {
        if newest.size() <= size {
            return Ok(newest);
        }
        let mut work = self.at_work()?;
        self.on_own_snapshot(&mut work, |work, snapshot| {
            let root = root_at(snapshot.conn, size)?;
            let proof = merkle::consistency(&mut StoredTree::new(snapshot.conn), size, newest.size())?;
            merkle::verify_consistency(size, newest.size(), &root, &newest.checkpoint.root, &proof)
                .map_err(|fault| Problem::internal(format!("the stored nodes below size {size}: {fault}")))?;
            let signer = work
                .signer
                .as_ref()
                .ok_or_else(|| Problem::internal("signed without a key"))?;
            let checkpoint = Checkpoint {
                size,
                root,
                ..newest.checkpoint.clone()
            };
            Ok(Arc::new(signed(signer, checkpoint, newest.epoch, &newest.log)))
        })
    }

    fn at_work(&self) -> Result<std::sync::MutexGuard<'_, Work>, Problem> {
        self.work
            .lock()
            .map_err(|_| Problem::internal("a thread ended while it signed"))
    }

    /// Runs on the signer's own connection, which is given up when anything fails.
    fn on_own_snapshot<T>(
        &self,
        work: &mut Work,
        look: impl FnOnce(&mut Work, &mut Snapshot) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let mut conn = match work.conn.take() {
            Some(conn) => conn,
            None => Conn::establish(&self.location, Purpose::Read)?,
        };
        let seen = on_snapshot(&mut conn, &self.location, |snapshot| look(work, snapshot))?;
        work.conn = Some(conn);
        Ok(seen)
    }

    /// Looks whether the log may be signed as it is, and signs it.
    fn examine(
        &self,
        work: &mut Work,
        snapshot: &mut Snapshot,
        guarded: Option<&Signed>,
    ) -> Result<Result<Arc<Signed>, Refusal>, Problem> {
        if let Some((head, why)) = &work.unsound
            && *head == snapshot.head
        {
            return Ok(Err(Refusal::of_history(why.clone())));
        }
        work.unsound = None;
        let tree = match Verified::follow(work.tree.take(), snapshot)? {
            Ok(tree) => work.tree.insert(tree),
            Err(why) => {
                work.unsound = Some((snapshot.head.clone(), why.clone()));
                return Ok(Err(Refusal::of_history(why)));
            }
        };
        let checkpoint = tree.checkpoint(&snapshot.head);
        if let Some(guarded) = guarded
            && let Some(why) = self.contradiction(snapshot, guarded)?
        {
            return Ok(Err(Refusal::of_history(why)));
        }
        let signer = match self.signer(work, &snapshot.head) {
            Ok(signer) => signer,
            Err(why) => return Ok(Err(Refusal::of_key(why))),
        };
        if let Some(newest) = self.newest()
            && newest.checkpoint == checkpoint
            && guarded.is_some()
        {
            return Ok(Ok(newest));
        }
        let signed = signed(signer, checkpoint, snapshot.head.epoch, &snapshot.head.origin);
        // Kept before it is shown: what anybody has seen is guarded.
        Ok(match self.guard.advance(&signed) {
            Ok(()) => Ok(Arc::new(signed)),
            Err(cause) => Err(Refusal::of_key(text!(
                "无法记录所签内容（{cause}），因此不签名",
                "what is signed could not be kept ({cause}), so nothing is signed"
            ))),
        })
    }

    /// How the log contradicts what was signed before, if it does.
    fn contradiction(&self, snapshot: &mut Snapshot, guarded: &Signed) -> Result<Option<Text>, Problem> {
        if self.newest().is_some_and(|newest| newest.note == guarded.note)
            && guarded.epoch == snapshot.head.epoch
        {
            // Verified when it was signed; the tree has only grown from it since.
            return Ok(None);
        }
        let key = self.keys.open().ok().flatten();
        let key = key.map(|key| key.verifying_key().to_bytes());
        continuity::contradiction(snapshot, guarded, key)
    }

    /// The key that the log names as its own, if it is at hand.
    fn signer<'w>(&self, work: &'w mut Work, head: &Head) -> Result<&'w NoteSigner, Text> {
        let named = work.tree.as_ref().and_then(|tree| tree.key.as_ref());
        let Some(named) = named else {
            return Err(text!("日志尚未指明签名密钥", "the log names no key yet"));
        };
        let name = checkpoint::origin(&head.origin, head.epoch);
        if named.key.name != name {
            let (position, other) = (named.position, &named.key.name);
            return Err(text!(
                "位置 {position} 指明的密钥属于 {other}，而日志为 {name}",
                "position {position} names a key of {other}, the log is {name}"
            ));
        }
        let at_hand = work.signer.take_if(|signer| *signer.verifier() == named.key);
        let signer = match at_hand {
            Some(signer) => signer,
            None => find(&self.keys, &named.key, named.position)?,
        };
        Ok(work.signer.insert(signer))
    }

    fn show(&self, outcome: &Result<Arc<Signed>, Refusal>) {
        let before = self.standing.load();
        let now = match outcome {
            Ok(newest) => Standing {
                newest: Some(Arc::clone(newest)),
                refusal: None,
            },
            Err(refusal) => Standing {
                newest: None,
                refusal: Some(refusal.clone()),
            },
        };
        if now.refusal != before.refusal {
            match &now.refusal {
                Some(refusal) => tracing::error!("the log is not signed: {}", refusal.why.en),
                None => tracing::info!("the log is signed again"),
            }
        }
        self.standing.store(Arc::new(now));
    }
}

fn find(keys: &KeySource, wanted: &VerifierKey, position: i64) -> Result<NoteSigner, Text> {
    let found = keys.find(&wanted.public).map_err(|cause| {
        text!(
            "签名密钥无法读取：{cause}",
            "the signing key cannot be read: {cause}"
        )
    })?;
    found
        .map(|key| NoteSigner::new(&wanted.name, key))
        .ok_or_else(|| {
            text!(
                "{keys} 不是日志在位置 {position} 指明的密钥（{wanted}）：请放回原密钥；若已遗失，运行 log rotate-key --old-key-lost",
                "{keys} is not the key that the log names at position {position} ({wanted}): put that key back or, if \
                 it is lost, run log rotate-key --old-key-lost"
            )
        })
}

fn signed(signer: &NoteSigner, checkpoint: Checkpoint, epoch: i64, log: &str) -> Signed {
    Signed {
        log: log.to_owned(),
        epoch,
        note: signer.sign(&checkpoint.to_text()),
        checkpoint,
    }
}
