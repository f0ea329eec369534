//! A copy to begin from: everything that is live at one position, in pages that all show that position.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::problem::Problem;
use crate::domain::time::AsOf;
use crate::log::cursor::{After, Cursor};
use crate::registry::feed::changes::{cursor_at, stand};
use crate::registry::feed::line::Line;
use crate::registry::feed::rows::{self, LeafPart};
use crate::registry::feed::selection::Selection;
use crate::registry::feed::{Closing, Feed, Page, Paged};
use crate::registry::moment::{self, ReadAt};
use crate::store::pool::Snapshot;
use crate::store::sql::Sql;

/// How the cursors of pages begin.
const MARK: char = 's';

/// Where a page begins: what it is a page of, and the last position on the page before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageCursor {
    /// The place in the log that all pages show.
    pub at: Cursor,
    after: i64,
}

/// A question for what is live.
#[derive(Clone, Debug)]
pub struct Live {
    /// The newest state when absent.
    pub at: Option<AsOf>,
    /// Absent on the first page.
    pub page: Option<PageCursor>,
    pub limit: i64,
    pub with_leaf: bool,
    pub selection: Selection,
}

impl PageCursor {
    /// Reads what a page gave as `next`.
    pub fn parse(words: &str) -> Option<Self> {
        let (at, after) = words.strip_prefix(MARK)?.split_once('.')?;
        let After::Cursor(at) = After::parse(at)? else {
            return None;
        };
        let bytes: [u8; 8] = URL_SAFE_NO_PAD.decode(after).ok()?.try_into().ok()?;
        let after = i64::from_be_bytes(bytes);
        Some(Self { at, after }).filter(|cursor| (0..=at.position).contains(&cursor.after))
    }
}

impl std::fmt::Display for PageCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let after = URL_SAFE_NO_PAD.encode(self.after.to_be_bytes());
        write!(f, "{MARK}{}.{after}", self.at)
    }
}

impl serde::Serialize for PageCursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Live {
    /// The time all pages speak of.
    pub fn read_at(&self) -> ReadAt {
        ReadAt {
            as_of: match self.page {
                Some(page) => Some(AsOf::Position(page.at.position)),
                None => self.at,
            },
            ..ReadAt::default()
        }
    }
}

impl Paged for Live {
    type Next = PageCursor;

    fn page(&self, feed: &Feed, snapshot: &mut Snapshot) -> Result<Page<PageCursor>, Problem> {
        let moment = moment::resolve(snapshot, &self.read_at())?;
        let at = match self.page {
            Some(page) => stand(snapshot, After::Cursor(page.at))?,
            None => cursor_at(snapshot, moment.position)?,
        };
        let after = self.page.map_or(0, |page| page.after);
        let selection = self.selection.settled(snapshot, &feed.cache, &moment)?;
        let mut sql = Sql::new("SELECT 1 AS selected, v.* FROM entry_version v WHERE NOT v.withdrawn AND ");
        moment.at.holds(&mut sql, "v");
        sql.bind(" AND v.from_position > ?", [after]);
        selection.push(&mut sql, &moment)?;
        // One more than asked for, to know whether there is a next page.
        sql.bind(" ORDER BY v.from_position LIMIT ?", [self.limit + 1]);
        let leaf = match self.with_leaf {
            true => LeafPart::Whole,
            false => LeafPart::Nothing,
        };
        let mut rows = rows::load(snapshot.conn, sql, leaf)?;
        let wanted = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let end = rows.len() <= wanted;
        rows.truncate(wanted);
        let next = rows.last().filter(|_| !end).map(|last| PageCursor {
            at,
            after: last.position,
        });
        let lines = rows
            .iter()
            .map(|row| Line::of_row(row, None))
            .collect::<Result<_, _>>()?;
        let digest = feed.digest_at_end(end, snapshot, &selection, &moment)?;
        Ok(Page {
            lines,
            closing: Closing {
                next,
                end,
                position: moment.position,
                changes_after: Some(at),
                count: digest.map(|digest| digest.count()),
                digest: digest.map(|digest| digest.hex()),
            },
        })
    }

    fn going_on(&self, next: PageCursor) -> Self {
        Self {
            page: Some(next),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_cursor_reads_as_what_was_written_and_nothing_else_does() {
        let cursor = PageCursor {
            at: Cursor::new(812, 1, &[0xab; 32]),
            after: 640,
        };
        let words = cursor.to_string();
        assert_eq!(words, "scAAAAAAAAAywAAAAAAAAAAaurq6urq6ur.AAAAAAAAAoA");
        assert_eq!(PageCursor::parse(&words), Some(cursor));
        for refused in [
            "",
            "s",
            "812",
            "s812.AAAAAAAAAoA",
            "scAAAAAAAAAywAAAAAAAAAAaurq6urq6ur",
            "scAAAAAAAAAywAAAAAAAAAAaurq6urq6ur.AAAAAAAAA_-",
            "scAAAAAAAAAywAAAAAAAAAAaurq6urq6ur.__________8",
            "scAAAAAAAAAywAAAAAAAAAAaurq6urq6ur.AAAAAAAABAA",
        ] {
            assert_eq!(PageCursor::parse(refused), None, "{refused}");
        }
    }
}
