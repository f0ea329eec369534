//! Two revisions of one entry, side by side.

use actix_web::HttpRequest;
use askama::Template;

use crate::domain::problem::Problem;
use crate::domain::vocabulary::Kind;
use crate::http::entries::id_in_path;
use crate::http::explorer::address::Address;
use crate::http::explorer::changed::{self, Change};
use crate::http::explorer::frame::{Frame, Section};
use crate::http::explorer::page::{Desk, Page, rendered};
use crate::http::explorer::sheets;
use crate::http::explorer::timeline::{self, Revision};
use crate::http::frameworks::name;
use crate::http::params::Params;
use crate::registry::read::history::{self, Name};
use crate::registry::read::view;

/// Two revisions of a standard.
pub struct Standards(Question);

/// Two revisions of a framework.
pub struct Frameworks(Question);

struct Question {
    kind: Kind,
    name: Name,
    from: Option<i64>,
    to: Option<i64>,
}

#[derive(Template)]
#[template(path = "compare.html")]
struct Compare {
    frame: Frame,
    title: String,
    number: Option<String>,
    back: Address,
    newest: i64,
    from: Revision,
    to: Revision,
    changes: Vec<Change>,
    earlier: Option<Address>,
    later: Option<Address>,
    downloads: Vec<(&'static str, Address)>,
}

impl Compare {
    fn both(&self) -> [&Revision; 2] {
        [&self.from, &self.to]
    }
}

impl Page for Standards {
    const SECTION: Section = Section::Search;

    fn ask(request: &HttpRequest, params: &mut Params) -> Result<Self, Problem> {
        let id = request.match_info().get("id").unwrap_or_default();
        let name = id_in_path(id, Kind::Standard).map(Name::Id)?;
        Ok(Self(Question::ask(Kind::Standard, name, params)))
    }

    fn write(self, desk: &mut Desk) -> Result<String, Problem> {
        self.0.write(desk)
    }
}

impl Page for Frameworks {
    const SECTION: Section = Section::Matrix;

    fn ask(request: &HttpRequest, params: &mut Params) -> Result<Self, Problem> {
        let named = name(request.match_info().get("framework").unwrap_or_default());
        Ok(Self(Question::ask(Kind::Framework, named, params)))
    }

    fn write(self, desk: &mut Desk) -> Result<String, Problem> {
        self.0.write(desk)
    }
}

impl Question {
    fn ask(kind: Kind, name: Name, params: &mut Params) -> Self {
        Self {
            kind,
            name,
            from: params.integer("from", 1..=i64::MAX),
            to: params.integer("to", 1..=i64::MAX),
        }
    }

    fn write(self, desk: &mut Desk) -> Result<String, Problem> {
        let current = history::version_at(desk.snapshot, self.kind, &self.name, desk.at.at)?;
        let to = self.to.unwrap_or(current.revision);
        let from = self.from.unwrap_or((to - 1).max(1));
        let before = history::revision(desk.snapshot, &current, from, &desk.at)?;
        let after = history::revision(desk.snapshot, &current, to, &desk.at)?;
        let diff = history::diff(desk.snapshot, desk.cache, &before, &after)?;
        let versions = [before, after];
        let shown = view::show_plain(desk.snapshot, desk.cache, &versions)?;
        let ([before, after], [from_view, to_view]) = (&versions, shown.as_slice()) else {
            return Err(Problem::internal("two versions were not shown as two"));
        };
        let frame = desk.frame.clone();
        let page = timeline::page_of(&frame, to_view);
        let pair = |from: i64, to: i64| {
            let address = frame.to(&format!("{page}/diff"));
            address.plus("from", from.to_string()).plus("to", to.to_string())
        };
        let data = frame.data(&format!("/v1{page}/diff"));
        let data = data.without(&["valid_at"]);
        let data = data.plus("from", from.to_string()).plus("to", to.to_string());
        let compare = Compare {
            title: after.title.clone(),
            number: after.number.clone(),
            back: frame.to(&page),
            newest: current.revision,
            from: timeline::revision(&frame, None, from_view)?,
            to: timeline::revision(&frame, None, to_view)?,
            changes: changed::told(&frame, &diff.changes),
            earlier: (before.revision > 1).then(|| pair(before.revision - 1, before.revision)),
            later: (after.revision < current.revision).then(|| pair(after.revision, after.revision + 1)),
            downloads: sheets::forms(&frame, &data),
            frame,
        };
        rendered(&compare)
    }
}
