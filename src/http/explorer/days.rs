//! The whole catalogue at two moments: what came, what changed, what left.

use actix_web::HttpRequest;
use askama::Template;
use chrono::NaiveDate;

use crate::domain::problem::{Problem, ProblemType};
use crate::domain::time::AsOf;
use crate::http::audit::point;
use crate::http::explorer::address::Address;
use crate::http::explorer::changed::{self, Change};
use crate::http::explorer::facets::{self, Condition};
use crate::http::explorer::frame::{Frame, Section};
use crate::http::explorer::page::{Desk, Page, rendered};
use crate::http::explorer::timeline::when;
use crate::http::params::Params;
use crate::http::standards::query;
use crate::registry::moment::{Moment, ReadAt};
use crate::registry::read::catalogue_diff::{CatalogueDiff, DiffCounts, Difference, Side};
use crate::registry::read::cursor::{self, Cursor};
use crate::registry::read::filter::Filters;
use crate::registry::read::{places, span};

const PER_PAGE: i64 = 50;

/// What the page is asked for.
pub struct Asked {
    filters: Filters,
    from: Option<AsOf>,
    to: Option<AsOf>,
    valid_at: Option<NaiveDate>,
    fingerprint: String,
    cursor: Option<Cursor>,
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
    counts: DiffCounts,
    sides: Vec<(&'static str, &'static str, Vec<Item>)>,
    conditions: Vec<Condition>,
    next: Option<Address>,
    downloads: Vec<(&'static str, Address)>,
}

/// A standard that differs.
struct Item {
    href: Address,
    number: Option<String>,
    title: String,
    owner: String,
    word: &'static str,
    when: String,
    actor: String,
    reason: Option<String>,
    changes: Vec<Change>,
    compare: Option<Address>,
}

impl Page for Asked {
    const SECTION: Section = Section::Changes;

    fn ask(_: &HttpRequest, params: &mut Params) -> Result<Self, Problem> {
        let filters = query::filters(params);
        let (from, from_words) = point(params, "from");
        let (to, to_words) = point(params, "to");
        let valid_at = params.date("valid_at");
        let fingerprint = cursor::fingerprint(&(&filters, from_words, to_words, valid_at))?;
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
        let after = self.cursor.as_ref().map_or(diff.begin(), |cursor| cursor.after);
        let mut found = diff.page(desk.snapshot, desk.cache, after, PER_PAGE + 1)?;
        let limit = usize::try_from(PER_PAGE).unwrap_or(usize::MAX);
        let more = found.len() > limit;
        found.truncate(limit);
        let counts = diff.count(desk.snapshot)?;
        let next = found
            .last()
            .filter(|_| more)
            .map(|last| {
                Cursor::new(from.position, desk.at.position, last.position, &self.fingerprint).encode()
            })
            .transpose()?;
        let frame = desk.frame.clone();
        let page = DaysPage {
            from: shown(&frame, "from", from),
            to: shown(&frame, "to", desk.at),
            from_position: from.position,
            to_position: desk.at.position,
            counts,
            sides: sides(&frame, &found),
            conditions: facets::conditions(&frame, None),
            next: next.map(|next| frame.here.clone().with("cursor", next)),
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
}

/// A moment as a field for days shows it.
fn shown(frame: &Frame, name: &str, moment: Moment) -> String {
    let asked = frame
        .here
        .first(name)
        .filter(|words| words.len() == 10 && words.contains('-'));
    asked.map_or_else(|| moment.as_of.shanghai_day().to_string(), str::to_owned)
}

fn sides(frame: &Frame, found: &[Difference]) -> Vec<(&'static str, &'static str, Vec<Item>)> {
    let side = |side: Side| {
        let here = found.iter().filter(move |one| one.change.side() == side);
        here.map(|one| item(frame, one)).collect::<Vec<_>>()
    };
    let all = [
        ("added", frame.t("新增", "Added"), side(Side::Added)),
        ("changed", frame.t("有改动", "Changed"), side(Side::Changed)),
        ("left", frame.t("移出目录", "Withdrawn"), side(Side::Withdrawn)),
    ];
    all.into_iter()
        .filter(|(_, _, items)| !items.is_empty())
        .collect()
}

fn item(frame: &Frame, one: &Difference) -> Item {
    let page = frame.standard(&one.id);
    let compare = one.from_revision.filter(|from| *from != one.revision);
    Item {
        compare: compare.map(|from| {
            let path = format!("{}/diff", page.path());
            let address = page.clone().at(path);
            address
                .plus("from", from.to_string())
                .plus("to", one.revision.to_string())
        }),
        href: page,
        number: one.number.clone(),
        title: one.title.clone(),
        owner: frame.division(&one.owner),
        word: frame.term(one.change),
        when: when(&one.recorded_at),
        actor: one.actor.clone(),
        reason: one.reason.clone(),
        changes: changed::told(frame, one.changes.as_deref().unwrap_or_default()),
    }
}

fn downloads(frame: &Frame, from: i64) -> Vec<(&'static str, Address)> {
    let mut diff = frame.here.clone().without(&["lang", "cursor", "as_of"]);
    if diff.first("from").is_none() {
        diff = diff.plus("from", from.to_string());
    }
    vec![
        ("JSON", diff.clone().at("/v1/diff")),
        ("CSV", diff.clone().at("/diff.csv")),
        ("XLSX", diff.at("/diff.xlsx")),
    ]
}
