//! The front page: a search, a few telling numbers, the matrix, and what changed this week. Asked for anything, it
//! becomes the list of what was found.

use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::domain::framework::matrix::Breakdown;
use crate::domain::problem::Problem;
use crate::domain::term::Term;
use crate::domain::vocabulary::Validity;
use crate::http::explorer::address::Address;
use crate::http::explorer::changes::{self, Day};
use crate::http::explorer::facets;
use crate::http::explorer::frame::{Frame, LANGUAGE, Section, TIME};
use crate::http::explorer::frameworks::framework_title;
use crate::http::explorer::grid::{Drawing, Grid};
use crate::http::explorer::heat::Shown;
use crate::http::explorer::matrix::framework_at;
use crate::http::explorer::page::{self, Desk, Page, rendered};
use crate::http::explorer::results;
use crate::http::explorer::review;
use crate::http::explorer::sheets;
use crate::http::explorer::timeline::when;
use crate::http::params::Params;
use crate::http::standards::{list, query};
use crate::http::state::Shared;
use crate::registry::moment::ReadAt;
use crate::registry::read::filter::Filters;
use crate::registry::read::list::{Cursor, DEFAULT_FRAMEWORK, Facet, ListQuery, Sort};
use crate::registry::read::{distinct, matrix};

/// How many standards one page of results holds.
const PER_PAGE: i64 = 30;

/// How many groups of changes the front page shows.
const MOST_CHANGES: usize = 8;

/// Start page
///
/// The explorer: pages for people, in Chinese and English. Without parameters the front page; with any filter of the
/// list of standards, what was found.
#[utoipa::path(
    get, path = "/", operation_id = "landing", tag = "operation",
    responses((status = 200, description = "The page", content_type = "text/html", body = String))
)]
pub async fn landing(request: HttpRequest, state: Shared) -> HttpResponse {
    page::show::<Asked>(request, state).await
}

/// What the page is asked for.
enum Asked {
    Front,
    Results(Box<ListQuery>),
}

#[derive(Template)]
#[template(path = "front.html")]
struct Front {
    frame: Frame,
    numbers: Option<Numbers>,
    framework: Option<(String, Address)>,
    grid: Option<Grid>,
    /// The pages that take stock of all rows.
    reviews: Vec<(&'static str, Address)>,
    days: Vec<Day>,
    /// Changes of the week beyond those shown.
    more_changes: usize,
    downloads: Vec<(&'static str, Address)>,
}

/// What tells most about a catalogue.
struct Numbers {
    rows: i64,
    distinct: i64,
    in_force: i64,
    in_force_list: Address,
    last_change: String,
}

impl Page for Asked {
    const SECTION: Section = Section::Search;

    fn ask(request: &HttpRequest, params: &mut Params) -> Result<Self, Problem> {
        let here = page::here(request);
        let around = |name: &str| name == LANGUAGE || TIME.contains(&name);
        if here.pairs().iter().all(|(name, _)| around(name)) {
            return Ok(Self::Front);
        }
        let filters = query::filters(params);
        let (sort, descending) = list::sort(params, filters.search().is_some());
        let after = params.single("cursor");
        let after = after.as_deref().map(Cursor::decode).transpose()?;
        Ok(Self::Results(Box::new(ListQuery {
            filters,
            sort,
            descending,
            facets: facets::COUNTED.to_vec(),
            count: true,
            limit: PER_PAGE,
            after,
        })))
    }

    fn pinned(&self) -> Option<ReadAt> {
        match self {
            Self::Front => None,
            Self::Results(list) => list.after.as_ref().map(Cursor::read_at),
        }
    }

    fn write(self, desk: &mut Desk) -> Result<String, Problem> {
        match self {
            Self::Front => front(desk),
            Self::Results(list) => results::write(*list, desk),
        }
    }
}

fn front(desk: &mut Desk) -> Result<String, Problem> {
    let numbers = numbers(desk)?;
    let framework = framework_at(desk, DEFAULT_FRAMEWORK)?;
    let counted = match &framework {
        Some(content) => Some(matrix::count(
            desk.snapshot,
            content,
            &Filters::default(),
            &[Breakdown::Supply],
            &desk.at,
        )?),
        None => None,
    };
    let (days, more_changes) = changes::latest(desk, MOST_CHANGES)?;
    let frame = desk.frame.clone();
    let drawing = Drawing {
        frame: &frame,
        slug: DEFAULT_FRAMEWORK,
        shown: Shown::Count,
        narrowed: &[],
    };
    let grid = counted.as_ref().and_then(|matrix| {
        let (down, across) = (matrix.axes.first()?, matrix.axes.get(1)?);
        Some(Grid::draw(&drawing, matrix, down, Some(across)))
    });
    rendered(&Front {
        numbers,
        framework: framework.as_ref().map(|content| {
            (
                framework_title(&frame, content).to_owned(),
                frame.framework(&content.slug),
            )
        }),
        grid,
        reviews: review::links(&frame, None),
        days,
        more_changes,
        downloads: sheets::of(&frame, "/v1/standards"),
        frame,
    })
}

/// Nothing while there is no standard.
fn numbers(desk: &mut Desk) -> Result<Option<Numbers>, Problem> {
    let list = ListQuery {
        filters: Filters::default(),
        sort: Sort::Position,
        descending: true,
        facets: vec![Facet::Validity],
        count: true,
        limit: 1,
        after: None,
    };
    let page = list.page(desk.snapshot, desk.cache, &desk.at)?;
    let Some(last) = page.items.first() else {
        return Ok(None);
    };
    let validity = page
        .facets
        .and_then(|mut facets| facets.remove(Facet::Validity.name()));
    let in_force = validity
        .into_iter()
        .flatten()
        .find(|counted| counted.value == Validity::InForce.id());
    let frame = &desk.frame;
    Ok(Some(Numbers {
        rows: page.total.unwrap_or_default(),
        distinct: distinct::count(desk.snapshot, &Filters::default(), &desk.at)?,
        in_force: in_force.map_or(0, |counted| counted.count),
        in_force_list: frame.to("/").plus("validity", Validity::InForce.id()),
        last_change: when(&last.recorded_at),
    }))
}
