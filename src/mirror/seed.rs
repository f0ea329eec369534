//! Beginning with the present: a signed tree, what is live in it, and the digest that says that nothing is missing.

use std::collections::BTreeSet;
use std::path::Path;

use crate::log::cursor::Cursor;
use crate::log::hash::to_hex;
use crate::mirror::copy::LocalCopy;
use crate::mirror::files;
use crate::mirror::line::{self, Closing, Line};
use crate::mirror::signed::Signed;
use crate::mirror::source::{Lines, Source};
use crate::mirror::tiles;
use crate::mirror::trouble::Trouble;
use crate::mirror::trust::Trust;
use crate::mirror::witness::Witness;
use crate::registry::absorb::Incoming;
use crate::registry::check::at;
use crate::registry::feed::snapshot::PageCursor;
use crate::registry::seed::{self, Trunk};
use crate::registry::stored::as_hash;
use crate::store::conn::{Conn, Location, Purpose};
use crate::store::migrate::migrate;
use crate::store::{head, leaf, version};

/// Brings a database that is to begin with the present to where it can be read. Cut off at any moment, it goes on with
/// the same position; what does not hold against the signed tree as a whole is thrown away.
pub fn seed(source: &Source, data: &Path, key: Option<&str>, database: &Path) -> Result<(), Trouble> {
    let source = &source.patient();
    let location = Location::Sqlite(database.to_owned());
    let mut conn = Conn::establish(&location, Purpose::Write)?;
    migrate(&mut conn)?;
    if head::read(&mut conn)?.is_none() {
        begin(source, &mut conn)?;
    }
    let Some(checkpoint) = seed::checkpoint(&mut conn)? else {
        return Ok(());
    };
    drop(conn);
    let trust = Trust::open(data, key)?;
    let mut copy = open(source, &location)?;
    let grown = is_signed(source, trust, &mut copy, &checkpoint)
        .and_then(|()| grow(source, copy))
        .and_then(|closing| finish(source, &location, &closing));
    if let Err(Outcome::Void(trouble)) = grown {
        tracing::warn!(cause = %trouble, "the snapshot is of no use: it is begun anew");
        files::remove(database).map_err(Trouble::passing)?;
        return Err(match trouble {
            // The source was restored meanwhile: another snapshot will do.
            Trouble::Gone => Trouble::passing("the source no longer holds the snapshot's position"),
            trouble => trouble,
        });
    }
    grown.map_err(|outcome| match outcome {
        Outcome::Void(trouble) | Outcome::Unfinished(trouble) => trouble,
    })
}

/// Why seeding has not come to its end.
enum Outcome {
    /// What is there is good; more may come.
    Unfinished(Trouble),
    /// What is there cannot become a copy.
    Void(Trouble),
}

impl<E: Into<Trouble>> From<E> for Outcome {
    fn from(trouble: E) -> Self {
        match trouble.into() {
            Trouble::Gone => Self::Void(Trouble::Gone),
            trouble => Self::Unfinished(trouble),
        }
    }
}

fn open(source: &Source, location: &Location) -> Result<LocalCopy, Trouble> {
    LocalCopy::open(location, source.base(), || {
        Err(Trouble::passing("the snapshot has not begun"))
    })
}

/// Fetches the tree that the newest checkpoint speaks of, and those entries that tell whose signature counts.
fn begin(source: &Source, conn: &mut Conn) -> Result<(), Trouble> {
    let checkpoint = source.checkpoint()?;
    let signed = Signed::read(&checkpoint)
        .map_err(|fault| Trouble::refused(None, format!("the checkpoint: {fault}")))?;
    let size = u64::try_from(signed.size).map_err(Trouble::passing)?;
    let keys = source.keys()?.into_iter().filter(|key| key.from < signed.size);
    // The first tile has the beginning, the last the tree's edge; a hand-over is a checkpoint of its own.
    let mut wanted = BTreeSet::from([0, tiles::tile_of(signed.size - 1)]);
    for key in keys {
        wanted.insert(tiles::tile_of(key.from));
        let hand_over = key.hand_over.and_then(|note| Signed::read(&note).ok());
        let size = hand_over.map(|hand_over| hand_over.size);
        wanted.extend(
            size.filter(|size| (1..signed.size).contains(size))
                .map(|size| tiles::tile_of(size - 1)),
        );
    }
    let nodes = tiles::nodes(source, size)?;
    let entries = tiles::entries(source, size, &nodes, &wanted)?;
    tracing::info!(position = signed.size - 1, "taking a snapshot of the source");
    let trunk = Trunk {
        origin: signed.log,
        epoch: signed.epoch,
        size: signed.size,
        checkpoint,
        nodes,
        entries,
    };
    Ok(seed::begin(conn, source.base(), &trunk)?)
}

/// Whether a trusted key vouches for the tree.
fn is_signed(source: &Source, trust: Trust, copy: &mut LocalCopy, checkpoint: &str) -> Result<(), Outcome> {
    let signed = Signed::read(checkpoint)
        .map_err(|fault| Outcome::Void(Trouble::refused(None, format!("the checkpoint: {fault}"))))?;
    if copy.root() != to_hex(&signed.root) {
        let cause = "the source's tiles do not have the root it signed";
        return Err(Outcome::Void(Trouble::refused(Some(signed.size - 1), cause)));
    }
    let mut witness = Witness::new(trust, copy)?;
    witness.trust.learn(&source.hand_overs()?, copy)?;
    witness.hear(checkpoint, copy).map_err(Outcome::Void)
}

/// Takes over what is live, from where an earlier attempt broke off. Answers what the source says of the whole.
fn grow(source: &Source, mut copy: LocalCopy) -> Result<Closing, Outcome> {
    let position = copy.head.position();
    let size = u64::try_from(copy.head.size).map_err(Trouble::passing)?;
    let newest = leaf::hash_at(&mut copy.conn, position)?.unwrap_or_default();
    let place = Cursor::new(position, copy.head.epoch, &as_hash(&newest)?);
    loop {
        let after = version::newest(&mut copy.conn)?.unwrap_or(0);
        let lines = source.snapshot(&PageCursor::new(place, after))?;
        let page = Page::receive(lines, after, position);
        tiles::hold(source, &mut copy.conn, size, &page.live)?;
        seed::plant(&mut copy.conn, &page.live).map_err(Trouble::from)?;
        if let Some(refused) = page.refused {
            return Err(Outcome::Unfinished(refused));
        }
        match page.closing {
            Some(closing) if closing.end => return Ok(closing),
            None if page.live.is_empty() => {
                return Err(Outcome::Unfinished(Trouble::passing("the snapshot broke off")));
            }
            _ => {}
        }
    }
}

/// What came of a page.
#[derive(Default)]
struct Page {
    live: Vec<Incoming>,
    closing: Option<Closing>,
    refused: Option<Trouble>,
}

impl Page {
    /// Reads lines up to the closing one, to where the body breaks off, or to one that cannot be believed.
    fn receive(lines: Lines, after: i64, until: i64) -> Self {
        let mut page = Self::default();
        let mut last = after;
        for line in lines.map_while(Result::ok) {
            match line::read(&line, last + 1) {
                Ok(Line::Leaf(leaf)) if (last + 1..=until).contains(&leaf.envelope.position()) => {
                    last = leaf.envelope.position();
                    page.live.push(*leaf);
                }
                Ok(Line::Leaf(leaf)) => {
                    let came = leaf.envelope.position();
                    let cause = format!("position {came} came after {last} in a snapshot of {until}");
                    page.refused = Some(Trouble::Refused(at(came, &cause)));
                    return page;
                }
                Ok(Line::Closing(closing)) => {
                    page.closing = Some(closing);
                    return page;
                }
                Err(finding) => {
                    page.refused = Some(Trouble::Refused(finding));
                    return page;
                }
            }
        }
        page
    }
}

/// Compares the whole with what the source says of it, and takes over the redactions that explain what is not there.
fn finish(source: &Source, location: &Location, closing: &Closing) -> Result<(), Outcome> {
    let mut copy = open(source, location)?;
    let position = copy.head.position();
    let digest = copy.digest();
    let is_equal = closing.position == position
        && closing.count == Some(digest.count())
        && closing.digest.as_ref() == Some(&digest.hex());
    if !is_equal {
        let (ours, theirs) = (digest.hex(), closing.digest.clone().unwrap_or_default());
        let cause = format!("the snapshot here has the digest {ours}, at the source {theirs}");
        return Err(Outcome::Void(Trouble::Refused(at(position, &cause))));
    }
    let mut redactions = Vec::new();
    for redacted in source.redactions()? {
        if redacted <= position {
            redactions.push(redaction(source, redacted)?);
        }
    }
    let size = u64::try_from(copy.head.size).map_err(Trouble::passing)?;
    tiles::hold(source, &mut copy.conn, size, &redactions)?;
    seed::finish(&mut copy.conn, &redactions).map_err(Trouble::from)?;
    tracing::info!(
        position,
        count = digest.count(),
        "the present is held; the history follows"
    );
    Ok(())
}

/// The leaf of a redaction, with its reason.
fn redaction(source: &Source, position: i64) -> Result<Incoming, Trouble> {
    let line = source.line_at(position)?.next();
    let line = line
        .ok_or_else(|| Trouble::passing("the answer broke off"))?
        .map_err(Trouble::passing)?;
    match line::read(&line, position).map_err(Trouble::Refused)? {
        Line::Leaf(leaf) if leaf.envelope.position() == position => Ok(*leaf),
        _ => Err(Trouble::refused(
            Some(position),
            "the source does not show this redaction",
        )),
    }
}
