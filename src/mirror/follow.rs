//! From page to page, and what to do when one does not come.

use std::time::Duration;

use crate::domain::time::Instant;
use crate::log::hash::Hash;
use crate::mirror::copy::LocalCopy;
use crate::mirror::line::{self, Closing, Line};
use crate::mirror::source::Source;
use crate::mirror::status::Status;
use crate::mirror::trouble::Trouble;
use crate::registry::absorb::{Incoming, Refused};
use crate::registry::check::at;
use crate::registry::service::Registry;
use crate::store::head::Head;

/// Those who read the copy while it grows.
pub trait Readers: Send {
    /// The copy has grown, and some contents were erased.
    fn moved(&self, head: &Head, erased: &[Hash]);
    /// The copy is all that the source has.
    fn equal(&self, head: &Head);
    /// So many entries of the history have come.
    fn loaded(&self, entries: i64);
    /// Another copy stands in its place.
    fn replaced(&self, head: &Head) -> Result<(), Trouble>;
}

impl Readers for Registry {
    fn moved(&self, head: &Head, erased: &[Hash]) {
        self.hears(head, erased);
    }

    fn equal(&self, head: &Head) {
        self.hears_equal(head);
    }

    fn loaded(&self, entries: i64) {
        if let Some(loading) = self.loading() {
            loading.come_to(entries);
        }
    }

    fn replaced(&self, head: &Head) -> Result<(), Trouble> {
        Ok(self.reopen(head)?)
    }
}

/// Nobody reads.
impl Readers for () {
    fn moved(&self, _: &Head, _: &[Hash]) {}

    fn equal(&self, _: &Head) {}

    fn loaded(&self, _: i64) {}

    fn replaced(&self, _: &Head) -> Result<(), Trouble> {
        Ok(())
    }
}

/// Where a page has led.
#[derive(Debug, PartialEq, Eq)]
pub enum Reached {
    /// There is more to come.
    More,
    /// The source had nothing more, and holds what is held here.
    End,
}

/// Asks for the page after what the copy holds, and takes over what comes of it, whole or cut.
pub fn page(
    source: &Source,
    copy: &mut LocalCopy,
    wait: Duration,
    status: &Status,
    readers: &dyn Readers,
) -> Result<Reached, Trouble> {
    let place = copy.place()?;
    let page = Page::receive(source.changes(&place, wait)?, copy.due());
    status.change(|standing| standing.last_contact = Some(Instant::now()));
    let taken = copy.take(page.leaves);
    let erased = copy.take_erased();
    readers.moved(&copy.head, &erased);
    status.change(|standing| standing.position = copy.head.position());
    let grown = taken?;
    if let Some(refused) = page.refused {
        return Err(refused);
    }
    let Some(closing) = page.closing else {
        return if grown {
            Ok(Reached::More)
        } else {
            Err(Trouble::passing(page.cut.unwrap_or_default()))
        };
    };
    status.change(|standing| standing.source_position = Some(closing.position));
    if !closing.end || copy.due() <= closing.position {
        return Ok(Reached::More);
    }
    if copy.holds_back() {
        return Err(Refused::Unfinished.into());
    }
    copy.all_explained()?;
    compare(copy, &closing)?;
    readers.equal(&copy.head);
    Ok(Reached::End)
}

/// What came of a page.
#[derive(Default)]
struct Page {
    leaves: Vec<Incoming>,
    closing: Option<Closing>,
    refused: Option<Trouble>,
    cut: Option<String>,
}

impl Page {
    /// Reads lines up to the closing one, to where the body breaks off, or to one that cannot be believed.
    fn receive(lines: impl Iterator<Item = Result<String, String>>, first: i64) -> Self {
        let mut page = Self::default();
        for (due, line) in (first..).zip(lines) {
            let line = match line {
                Ok(line) => line,
                Err(cut) => {
                    page.cut = Some(format!("the answer broke off: {cut}"));
                    return page;
                }
            };
            match line::read(&line, due) {
                Ok(Line::Leaf(leaf)) if leaf.envelope.position() == due => page.leaves.push(*leaf),
                Ok(Line::Leaf(leaf)) => {
                    let came = leaf.envelope.position();
                    page.refused = Some(Trouble::Refused(at(
                        due,
                        &format!("position {came} came instead"),
                    )));
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
        page.cut = Some("the answer broke off".to_owned());
        page
    }
}

/// Two copies at one position are equal exactly when their digests are.
fn compare(copy: &LocalCopy, closing: &Closing) -> Result<(), Trouble> {
    let digest = copy.digest();
    let differs = closing.count.is_some_and(|count| count != digest.count())
        || closing.digest.as_ref().is_some_and(|hex| *hex != digest.hex());
    if copy.head.position() == closing.position && differs {
        let (ours, theirs) = (digest.hex(), closing.digest.clone().unwrap_or_default());
        return Err(Trouble::Refused(at(
            closing.position,
            &format!("the state here has the digest {ours}, at the source {theirs}"),
        )));
    }
    Ok(())
}
