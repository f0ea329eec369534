//! A standard: what it is, where it stands, what it rests on, and how it came to be so.

use actix_web::HttpRequest;
use askama::Template;
use chrono::NaiveDate;
use serde_json::Value;

use crate::domain::problem::Problem;
use crate::domain::standard::StandardContent;
use crate::domain::vocabulary::{Kind, Validity, ValiditySource};
use crate::http::entries::id_in_path;
use crate::http::explorer::address::Address;
use crate::http::explorer::fields;
use crate::http::explorer::frame::{Frame, Section};
use crate::http::explorer::page::{Desk, Page, rendered};
use crate::http::explorer::placed::{self, Placed};
use crate::http::explorer::related::{self, Related};
use crate::http::explorer::row::{Standing, content_of, validity_of};
use crate::http::explorer::timeline::{self, Revision};
use crate::http::explorer::validity_line::{self, ValidityLine};
use crate::http::params::Params;
use crate::registry::read::history::{self, Name};
use crate::registry::read::relations;
use crate::registry::read::view;
use crate::registry::read::view::{Computed, ComputedStandard, EntryView};
use crate::store::version::Version;

/// Members told elsewhere on the page.
const TOLD_ELSEWHERE: [&str; 5] = ["title", "title_en", "number", "placements", "relations"];

/// Members whose values lead to all standards that share them.
const LEADS_TO_LIST: [&str; 8] = [
    "keywords",
    "issued_by",
    "lead_department",
    "ics",
    "ccs",
    "level",
    "origin",
    "supply",
];

/// What the page of a standard is asked for.
pub struct Asked {
    id: Name,
}

#[derive(Template)]
#[template(path = "standard.html")]
struct StandardPage {
    frame: Frame,
    entry: EntryView,
    owner: String,
    content: Option<StandardContent>,
    standing: Option<Standing>,
    /// What its validity rests on.
    source: Option<&'static str>,
    superseded_by: Vec<(String, Address)>,
    line: Option<ValidityLine>,
    facts: Vec<Fact>,
    placed: Vec<Placed>,
    related: Related,
    former: Vec<(String, String)>,
    revisions: Vec<Revision>,
    more_revisions: bool,
    downloads: Vec<(&'static str, Address)>,
}

/// A member and its values, each with the list it leads to.
struct Fact {
    label: String,
    values: Vec<(String, Option<Address>)>,
    long: bool,
}

impl Page for Asked {
    const SECTION: Section = Section::Search;

    fn ask(request: &HttpRequest, _: &mut Params) -> Result<Self, Problem> {
        let id = request.match_info().get("id").unwrap_or_default();
        Ok(Self {
            id: id_in_path(id, Kind::Standard).map(Name::Id)?,
        })
    }

    fn write(self, desk: &mut Desk) -> Result<String, Problem> {
        let version = history::version_at(desk.snapshot, Kind::Standard, &self.id, desk.at.at)?;
        let entry = shown(desk, &version)?;
        let content = content_of(&entry)?;
        let computed = match &entry.computed {
            Some(Computed::Standard(computed)) => Some(computed.clone()),
            _ => None,
        };
        let replaced_on = match &computed {
            Some(computed) => replaced_on(desk, computed)?,
            None => None,
        };
        let placed = match &content {
            Some(content) => placed::of(desk, content)?,
            None => Vec::new(),
        };
        let relations = relations::read(
            desk.snapshot,
            desk.cache,
            &version,
            &desk.at,
            &relations::Scope::default(),
        )?;
        let revisions = timeline::of(desk, &version)?;
        let former = former_numbers(desk, &version, content.as_ref())?;
        let frame = desk.frame.clone();
        let validity = validity_of(&entry);
        let page = StandardPage {
            owner: frame.division(&entry.owner),
            standing: content
                .as_ref()
                .map(|content| Standing::of(&frame, content, validity)),
            source: computed.as_ref().and_then(|computed| source(&frame, computed)),
            superseded_by: computed
                .as_ref()
                .map_or_else(Vec::new, |computed| successors(&frame, computed)),
            line: content.as_ref().and_then(|content| {
                validity_line::draw(&frame, content, validity, replaced_on, desk.at.valid_at)
            }),
            facts: facts(&frame, &entry)?,
            placed,
            related: related::told(&frame, &relations),
            former,
            more_revisions: revisions.last().is_some_and(|oldest| oldest.number > 1),
            revisions,
            downloads: downloads(&frame, &entry),
            content,
            entry,
            frame,
        };
        rendered(&page)
    }
}

impl StandardPage {
    fn title(&self) -> &str {
        match &self.content {
            Some(content) => &content.title,
            None => self
                .frame
                .t("内容已依法删除", "Content erased for a legal reason"),
        }
    }

    fn number(&self) -> Option<&str> {
        let content = self.content.as_ref()?;
        content.number.as_deref().or(content.number_as_written.as_deref())
    }

    /// When and why the row left its catalogue, if it did.
    fn left(&self) -> Option<&Revision> {
        self.revisions.first().filter(|_| self.entry.withdrawn)
    }
}

fn shown(desk: &mut Desk, version: &Version) -> Result<EntryView, Problem> {
    let versions = std::slice::from_ref(version);
    let shown = view::show(desk.snapshot, desk.cache, versions, &desk.at)?;
    shown
        .into_iter()
        .next()
        .ok_or_else(|| Problem::internal("a version was not shown"))
}

fn source(frame: &Frame, computed: &ComputedStandard) -> Option<&'static str> {
    Some(match computed.validity_source? {
        ValiditySource::Dates => frame.t("按日期判定", "judged by its dates"),
        ValiditySource::Relation => frame.t("按代替关系判定", "judged by what replaces it"),
        ValiditySource::Claim => frame.t(
            "来源如此称，日期不详",
            "as a source claims; its dates are unknown",
        ),
    })
}

fn successors(frame: &Frame, computed: &ComputedStandard) -> Vec<(String, Address)> {
    let successors = computed.superseded_by.iter().map(|successor| {
        let name = successor.number.clone().unwrap_or_else(|| successor.id.clone());
        (name, frame.standard(&successor.id))
    });
    successors.collect()
}

/// The first day on which a successor was in force.
fn replaced_on(desk: &mut Desk, computed: &ComputedStandard) -> Result<Option<NaiveDate>, Problem> {
    if computed.validity != Some(Validity::Superseded) {
        return Ok(None);
    }
    let mut days = Vec::new();
    for successor in &computed.superseded_by {
        let name = id_in_path(&successor.id, Kind::Standard).map(Name::Id)?;
        let version = history::version_at(desk.snapshot, Kind::Standard, &name, desk.at.at)?;
        let day = version.implemented_on.as_deref();
        days.extend(day.and_then(crate::domain::time::parse_date));
    }
    Ok(days.into_iter().min())
}

/// Numbers it bore before, each with the time of the last revision that said so.
fn former_numbers(
    desk: &mut Desk,
    version: &Version,
    content: Option<&StandardContent>,
) -> Result<Vec<(String, String)>, Problem> {
    let current = content.and_then(|content| content.number.as_deref());
    let mut former: Vec<(String, String)> = Vec::new();
    for entry in timeline::entries(desk, version, 0)? {
        let Some(number) = content_of(&entry)?.and_then(|content| content.number) else {
            continue;
        };
        if Some(number.as_str()) != current {
            former.retain(|(known, _)| *known != number);
            former.push((number, timeline::when(&entry.recorded_at)));
        }
    }
    Ok(former)
}

/// Members in the order people read them.
fn facts(frame: &Frame, entry: &EntryView) -> Result<Vec<Fact>, Problem> {
    let Some(content) = &entry.content else {
        return Ok(Vec::new());
    };
    let content: serde_json::Map<String, Value> =
        serde_json::from_str(content.get()).map_err(Problem::internal)?;
    let members = fields::in_order(&content);
    let members = members.filter(|(name, _)| !TOLD_ELSEWHERE.contains(name));
    Ok(members.map(|(name, value)| fact(frame, name, value)).collect())
}

fn fact(frame: &Frame, name: &str, value: &Value) -> Fact {
    let one = |value: &Value| {
        let said = fields::value(frame.language, name, value);
        let href = match (name, value.as_str()) {
            ("source_url", Some(url)) => web_address(url),
            (name, Some(id)) if LEADS_TO_LIST.contains(&name) => Some(frame.to("/").plus(name, id)),
            _ => None,
        };
        (said, href)
    };
    let values = match value {
        Value::Array(items) => items.iter().map(one).collect(),
        value => vec![one(value)],
    };
    Fact {
        label: fields::label(frame.language, name),
        long: values.iter().any(|(said, _)| said.chars().count() > 40),
        values,
    }
}

/// A source's address, if it is one that a browser may be sent to.
fn web_address(url: &str) -> Option<Address> {
    let safe = url.starts_with("https://") || url.starts_with("http://");
    safe.then(|| Address::new(url))
}

fn downloads(frame: &Frame, entry: &EntryView) -> Vec<(&'static str, Address)> {
    let id = &entry.id;
    vec![
        ("JSON", frame.data(&format!("/v1/standards/{id}"))),
        (
            frame.t("全部版本", "All revisions"),
            frame
                .data(&format!("/v1/standards/{id}/revisions"))
                .without(&["valid_at"]),
        ),
        (
            frame.t("关系", "Relations"),
            frame.data(&format!("/v1/standards/{id}/relations")),
        ),
    ]
}
