//! Standards as a table: the columns an import reads, and a list of any length in one answer.

use serde_json::Value;

use crate::domain::problem::Problem;
use crate::domain::sheet::{self, COLUMNS, Cell, Style, Titles, Words};
use crate::domain::time::Instant;
use crate::http::export::{Column, Head, Source, Table};
use crate::registry::moment::{self, Moment, ReadAt};
use crate::registry::read::frameworks;
use crate::registry::read::list::{Cursor, ListQuery};
use crate::registry::read::view::{Computed, EntryView};
use crate::registry::stored::ContentCache;
use crate::store::pool::Snapshot;

const TITLE: Words = Words::fixed("standards", "标准目录", "Standards");

/// How many rows are read at a time for an answer that holds them all.
const PER_STEP: i64 = 1000;

/// Entries as rows, in the style asked for.
pub fn table(
    snapshot: &mut Snapshot,
    cache: &ContentCache,
    at: &Moment,
    style: Style,
) -> Result<Table<EntryView>, Problem> {
    let titles = match style {
        Style::Names => Titles::default(),
        Style::Labels(_) => Titles::of(&frameworks::contents(snapshot, cache, at)?),
    };
    let heads = COLUMNS.iter().map(|column| Head {
        words: Words::fixed(column.name, column.zh, column.en),
        width: column.width,
    });
    Ok(Table::new(TITLE, heads.collect(), move |entry| {
        cells(entry, &titles, style)
    }))
}

fn cells(entry: &EntryView, titles: &Titles, style: Style) -> Vec<Cell> {
    let content = entry.content.as_ref().map_or("null", |content| content.get());
    // Stored bytes are canonical JSON.
    let content: Value = serde_json::from_str(content).unwrap_or_default();
    let row = sheet::Row {
        id: &entry.id,
        owner: &entry.owner,
        revision: entry.revision,
        position: entry.position,
        recorded_at: Instant::parse(&entry.recorded_at),
        withdrawn: entry.withdrawn,
        validity: match &entry.computed {
            Some(Computed::Standard(computed)) => computed.validity,
            _ => None,
        },
        content: &content,
    };
    sheet::cells(&row, titles, style)
}

/// A list of standards from its first row to its last, page by page at one position.
pub struct Catalogue {
    list: ListQuery,
    cache: ContentCache,
    at: Moment,
    ended: bool,
}

impl Catalogue {
    pub fn new(list: ListQuery, cache: ContentCache, at: Moment) -> Self {
        let list = ListQuery {
            limit: PER_STEP,
            after: None,
            facets: Vec::new(),
            count: false,
            ..list
        };
        Self {
            list,
            cache,
            at,
            ended: false,
        }
    }
}

impl Source for Catalogue {
    type Row = EntryView;

    const TITLE: Words = TITLE;

    fn columns() -> &'static [Column<EntryView>] {
        &[]
    }

    fn next(&mut self, snapshot: &mut Snapshot) -> Result<Vec<EntryView>, Problem> {
        if self.ended {
            return Ok(Vec::new());
        }
        // The head may have moved on since the step before.
        let pinned = moment::resolve(snapshot, &ReadAt::position(self.at.position))?;
        let at = Moment {
            at: pinned.at,
            ..self.at
        };
        let page = self.list.page(snapshot, &self.cache, &at)?;
        self.list.after = page.next.as_deref().map(Cursor::decode).transpose()?;
        self.ended = self.list.after.is_none();
        Ok(page.items)
    }

    fn position(&self) -> i64 {
        self.at.position
    }

    fn moment(&self) -> Option<Moment> {
        Some(self.at)
    }
}
