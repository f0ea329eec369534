//! Finding what a request asks for, at its horizon.

use crate::domain::problem::Problem;
use crate::domain::time::Instant;
use crate::http::oai::arguments::{Format, Question, Verb, bad_token};
use crate::http::oai::fault::{Code, Fault};
use crate::http::oai::identifier;
use crate::http::oai::reply::{Record, Reply, Resumption};
use crate::http::oai::token::{Listing, Token};
use crate::registry::read::harvest::list::{self, Item};
use crate::registry::read::harvest::{self, Horizon, set_list};
use crate::registry::stored::ContentCache;
use crate::store::pool::Snapshot;
use crate::text;

/// How many headers one part of a list holds.
const IDENTIFIERS_PER_PART: i64 = 500;

/// How many records one part of a list holds.
const RECORDS_PER_PART: i64 = 200;

/// What a search rests on.
pub struct Search<'s, 'c> {
    pub snapshot: &'s mut Snapshot<'c>,
    pub cache: &'s ContentCache,
    /// Nothing is recorded before it any more.
    pub settled: Instant,
    pub namespace: &'s str,
}

impl Search<'_, '_> {
    pub fn answer(&mut self, question: Question) -> Result<Reply, Problem> {
        let horizon = Horizon::at(self.snapshot, self.settled)?;
        match question {
            Question::Identify => Ok(Reply::Identify {
                earliest: harvest::earliest(self.snapshot)?,
            }),
            Question::Formats(None) => Ok(Reply::Formats),
            Question::Formats(Some(identifier)) => Ok(match self.item(&identifier, &horizon)? {
                None => unknown(&identifier),
                Some(item) if item.deleted => no_formats(),
                Some(_) => Reply::Formats,
            }),
            Question::Sets => Ok(Reply::Sets(set_list::sets(self.snapshot, self.cache, &horizon)?)),
            Question::Record(identifier, format) => match self.item(&identifier, &horizon)? {
                None => Ok(unknown(&identifier)),
                Some(item) => Ok(Reply::Record(Box::new(Record::new(item, format)?))),
            },
            Question::List(listing) => self.first_part(&listing, &horizon),
            Question::Resume(token) => self.next_part(&token),
        }
    }

    fn item(&mut self, identifier: &str, horizon: &Horizon) -> Result<Option<Item>, Problem> {
        match identifier::entry_of(identifier, self.namespace) {
            Some(id) => list::one(self.snapshot, self.cache, horizon, id),
            None => Ok(None),
        }
    }

    fn first_part(&mut self, listing: &Listing, horizon: &Horizon) -> Result<Reply, Problem> {
        let size = listing.selection.count(self.snapshot, horizon)?;
        if size == 0 {
            return Ok(Reply::Faults(vec![Fault::new(
                Code::NoRecordsMatch,
                text!("没有符合条件的记录", "no records match"),
            )]));
        }
        self.part(listing, horizon, 0, 0, size)
    }

    fn next_part(&mut self, token: &Token) -> Result<Reply, Problem> {
        let horizon = token.horizon();
        // A log that was set back to an earlier backup is another one to who was in the middle of a list.
        let same_log =
            horizon.before <= self.settled && Horizon::at(self.snapshot, horizon.before)? == horizon;
        if !same_log {
            return Ok(Reply::Faults(vec![bad_token()]));
        }
        self.part(
            &token.listing(),
            &horizon,
            token.after,
            token.cursor,
            token.complete_list_size,
        )
    }

    fn part(
        &mut self,
        listing: &Listing,
        horizon: &Horizon,
        after: i64,
        cursor: i64,
        size: i64,
    ) -> Result<Reply, Problem> {
        let limit = match listing.verb {
            Verb::ListIdentifiers => IDENTIFIERS_PER_PART,
            _ => RECORDS_PER_PART,
        };
        let mut items = listing
            .selection
            .page(self.snapshot, self.cache, horizon, after, limit + 1)?;
        let more = i64::try_from(items.len()).is_ok_and(|found| found > limit);
        items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let token = match items.last() {
            Some(last) if more => {
                Some(Token::new(listing, horizon, last.entry.position, cursor + limit, size).encode())
            }
            _ => None,
        };
        // A list that fits into one answer says nothing of parts.
        let resumption = (cursor > 0 || token.is_some()).then_some(Resumption {
            token,
            cursor,
            complete_list_size: size,
        });
        let records = records(items, listing.format)?;
        Ok(match listing.verb {
            Verb::ListIdentifiers => Reply::Identifiers(records, resumption),
            _ => Reply::Records(records, resumption),
        })
    }
}

fn records(items: Vec<Item>, format: Format) -> Result<Vec<Record>, Problem> {
    items.into_iter().map(|item| Record::new(item, format)).collect()
}

fn unknown(identifier: &str) -> Reply {
    Reply::Faults(vec![Fault::new(
        Code::IdDoesNotExist,
        text!("没有条目「{identifier}」", "there is no item \"{identifier}\""),
    )])
}

fn no_formats() -> Reply {
    Reply::Faults(vec![Fault::new(
        Code::NoMetadataFormats,
        text!(
            "条目已删除，不再有任何格式的元数据",
            "the item is deleted and has no metadata in any format any more"
        ),
    )])
}
