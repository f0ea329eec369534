//! The whole catalogue at two moments: what came, what changed, what left.

use actix_web::HttpRequest;
use askama::Template;
use chrono::NaiveDate;

use crate::domain::problem::{Problem, ProblemType};
use crate::domain::term::Term;
use crate::domain::time::AsOf;
use crate::http::audit::point;
use crate::http::explorer::address::Address;
use crate::http::explorer::batches::{Listed, counted};
use crate::http::explorer::facets::{self, Condition};
use crate::http::explorer::frame::{Frame, Section};
use crate::http::explorer::page::{Desk, Page, rendered};
use crate::http::explorer::sheets;
use crate::http::params::Params;
use crate::http::standards::query;
use crate::registry::moment::{Moment, ReadAt};
use crate::registry::read::catalogue_diff::{CatalogueDiff, DiffCounts, Side};
use crate::registry::read::cursor::{self, Cursor};
use crate::registry::read::filter::Filters;
use crate::registry::read::{places, span};

/// How many of each list the first page shows.
const GLIMPSE: i64 = 8;

/// How many a page of one list shows.
const PER_PAGE: i64 = 200;

/// What the page is asked for.
pub struct Asked {
    filters: Filters,
    from: Option<AsOf>,
    to: Option<AsOf>,
    valid_at: Option<NaiveDate>,
    fingerprint: String,
    cursor: Option<Cursor>,
    side: Option<Side>,
}

#[derive(Template)]
#[template(path = "days.html")]
struct DaysPage {
    frame: Frame,
    /// As they were asked for.
    from: String,
    to: String,
    from_position: i64,
    to_position: i64,
    tiles: Vec<Tile>,
    sides: Vec<Listed>,
    conditions: Vec<Condition>,
    next: Option<Address>,
    first: Option<Address>,
    downloads: Vec<(&'static str, Address)>,
}

/// How many stand in one list, and the way to it.
struct Tile {
    label: &'static str,
    count: u64,
    href: Address,
    chosen: bool,
}

impl Page for Asked {
    const SECTION: Section = Section::Changes;

    fn ask(_: &HttpRequest, params: &mut Params) -> Result<Self, Problem> {
        let filters = query::filters(params);
        let (from, from_words) = point(params, "from");
        let (to, to_words) = point(params, "to");
        let valid_at = params.date("valid_at");
        let side = params.term::<Side>("side");
        let fingerprint = cursor::fingerprint(&(&filters, from_words, to_words, valid_at, side))?;
        let cursor = params.single("cursor");
        let cursor = cursor
            .map(|words| Cursor::decode(&words, &fingerprint))
            .transpose()?;
        Ok(Self {
            filters,
            from,
            to,
            valid_at,
            fingerprint,
            cursor,
            side,
        })
    }

    fn pinned(&self) -> Option<ReadAt> {
        let pinned = self.cursor.as_ref().map(|cursor| AsOf::Position(cursor.to));
        Some(ReadAt {
            as_of: Some(pinned.or(self.to)?),
            valid_at: self.valid_at,
            min_position: None,
        })
    }

    fn write(mut self, desk: &mut Desk) -> Result<String, Problem> {
        let from = self.begin(desk)?;
        if from.position > desk.at.position {
            return Err(Problem::parameter(
                "from",
                "after_to",
                crate::text!("from 不得晚于 to", "from must not be later than to"),
            ));
        }
        places::settle(&mut self.filters, desk.snapshot, desk.cache, &desk.at)?;
        let diff = CatalogueDiff::new(self.filters.clone(), from, desk.at);
        let counts = diff.count(desk.snapshot)?;
        let (sides, next) = match self.side {
            Some(side) => self.whole(desk, &diff.only(Some(side)), side, &counts)?,
            None => (glimpses(desk, &diff, &counts)?, None),
        };
        let frame = desk.frame.clone();
        let page = DaysPage {
            from: shown(&frame, "from", from),
            to: shown(&frame, "to", desk.at),
            from_position: from.position,
            to_position: desk.at.position,
            tiles: self.tiles(&frame, &counts),
            sides,
            conditions: facets::conditions(&frame, None),
            next: next.map(|next| frame.here.clone().with("cursor", next)),
            first: self
                .cursor
                .as_ref()
                .map(|_| frame.here.clone().without(&["cursor"])),
            downloads: downloads(&frame, from.position),
            frame,
        };
        rendered(&page)
    }
}

impl Asked {
    /// The earlier moment. Before the registry there was nothing, so everything has come since.
    fn begin(&self, desk: &mut Desk) -> Result<Moment, Problem> {
        let pinned = self.cursor.as_ref().map(|cursor| AsOf::Position(cursor.from));
        let from = pinned.or(self.from).unwrap_or(AsOf::Position(0));
        match span::until(desk.snapshot, "from", Some(from)) {
            Err(problem) if problem.kind == ProblemType::InvalidParameter => {
                span::until(desk.snapshot, "from", Some(AsOf::Position(0)))
            }
            moment => moment,
        }
    }

    fn tiles(&self, frame: &Frame, counts: &DiffCounts) -> Vec<Tile> {
        let tiles = Side::ALL.iter().map(|side| {
            let chosen = self.side == Some(*side);
            Tile {
                label: frame.term(*side),
                count: counted(counts, *side),
                href: if chosen {
                    frame.here.clone().without(&["side", "cursor"])
                } else {
                    list_of(frame, *side)
                },
                chosen,
            }
        });
        tiles.collect()
    }

    /// A page of one list, and where the next begins.
    fn whole(
        &self,
        desk: &mut Desk,
        diff: &CatalogueDiff,
        side: Side,
        counts: &DiffCounts,
    ) -> Result<(Vec<Listed>, Option<String>), Problem> {
        let after = self.cursor.as_ref().map_or(diff.begin(), |cursor| cursor.after);
        let mut found = diff.page(desk.snapshot, desk.cache, after, PER_PAGE + 1)?;
        let limit = usize::try_from(PER_PAGE).unwrap_or(usize::MAX);
        let more = found.len() > limit;
        found.truncate(limit);
        let (from, to) = (diff.from.position, diff.to.position);
        let next = found
            .last()
            .filter(|_| more)
            .map(|last| Cursor::new(from, to, last.position, &self.fingerprint).encode())
            .transpose()?;
        let listed = Listed::of(&desk.frame, side, counts, &found, None);
        Ok((vec![listed], next))
    }
}

/// The beginning of every list that holds anything.
fn glimpses(desk: &mut Desk, diff: &CatalogueDiff, counts: &DiffCounts) -> Result<Vec<Listed>, Problem> {
    let mut sides = Vec::new();
    for side in Side::ALL {
        if counted(counts, *side) == 0 {
            continue;
        }
        let diff = diff.clone().only(Some(*side));
        let found = diff.page(desk.snapshot, desk.cache, diff.begin(), GLIMPSE)?;
        let more = counted(counts, *side) > found.len() as u64;
        let whole = more.then(|| list_of(&desk.frame, *side));
        sides.push(Listed::of(&desk.frame, *side, counts, &found, whole));
    }
    Ok(sides)
}

fn list_of(frame: &Frame, side: Side) -> Address {
    let first_page = frame.here.clone().without(&["cursor"]);
    first_page.with("side", side.id())
}

/// A moment as a field for days shows it.
fn shown(frame: &Frame, name: &str, moment: Moment) -> String {
    let asked = frame
        .here
        .first(name)
        .filter(|words| words.len() == 10 && words.contains('-'));
    asked.map_or_else(|| moment.as_of.shanghai_day().to_string(), str::to_owned)
}

fn downloads(frame: &Frame, from: i64) -> Vec<(&'static str, Address)> {
    let mut diff = frame.here.clone().without(&["side", "cursor", "as_of"]);
    if diff.first("from").is_none() {
        diff = diff.plus("from", from.to_string());
    }
    sheets::forms(frame, &diff.at("/v1/diff"))
}
