//! One standard in a list.

use crate::domain::framework::FrameworkContent;
use crate::domain::problem::Problem;
use crate::domain::search::MatchReason;
use crate::domain::standard::{Placement, StandardContent};
use crate::domain::term::Term;
use crate::domain::vocabulary::Validity;
use crate::http::explorer::address::Address;
use crate::http::explorer::facets::title;
use crate::http::explorer::fields;
use crate::http::explorer::frame::Frame;
use crate::http::explorer::marks::{Part, plain, ranged};
use crate::registry::read::view::{Computed, EntryView};

/// What a list shows of a standard.
pub struct Row {
    pub href: Address,
    pub number: Vec<Part>,
    pub title: Vec<Part>,
    pub owner: String,
    pub standing: Standing,
    /// Level, origin and the like, in words.
    pub facts: Vec<String>,
    /// The cells it stands in, by the names of their values.
    pub places: Vec<String>,
    /// Other texts in which a search found it.
    pub excerpts: Vec<Excerpt>,
    /// Its number is only near the one searched for.
    pub near: bool,
    pub withdrawn: bool,
}

/// A text other than number and title, with what was found in it.
pub struct Excerpt {
    pub label: String,
    pub parts: Vec<Part>,
}

/// How a standard stands on the page's day: a class for colours and a word for people.
#[derive(Clone)]
pub struct Standing {
    pub class: &'static str,
    pub word: &'static str,
}

impl Standing {
    /// By its validity, or by its supply when it does not exist yet.
    pub fn of(frame: &Frame, content: &StandardContent, validity: Option<Validity>) -> Self {
        match validity {
            Some(validity) => Self {
                class: validity.id(),
                word: frame.term(validity),
            },
            None => Self {
                class: content.supply.id(),
                word: frame.term(content.supply),
            },
        }
    }
}

impl Standing {
    /// Whether a framework is on trial.
    pub fn of_framework(frame: &Frame, entry: &EntryView) -> Option<Self> {
        match &entry.computed {
            Some(Computed::Framework(computed)) => Some(Self {
                class: computed.status.id(),
                word: frame.term(computed.status),
            }),
            _ => None,
        }
    }
}

impl Row {
    /// `framework` is the one whose values are known by name; others are told by their ids.
    pub fn of(
        frame: &Frame,
        entry: &EntryView,
        framework: Option<&FrameworkContent>,
    ) -> Result<Self, Problem> {
        let Some(content) = content_of(entry)? else {
            return Ok(Self::erased(frame, entry));
        };
        let standing = Standing::of(frame, &content, validity_of(entry));
        let mut facts = vec![frame.term(content.level).to_owned()];
        facts.extend(content.mandate.map(|mandate| frame.term(mandate).to_owned()));
        facts.push(frame.term(content.origin).to_owned());
        if let Some(day) = content.implemented_on {
            facts.push(format!("{day} {}", frame.t("实施", "implemented")));
        } else if let Some(day) = content.published_on {
            facts.push(format!("{day} {}", frame.t("发布", "published")));
        }
        let places = content.placements.iter();
        let places = places.map(|placement| place(frame, placement, framework));
        Ok(Self {
            href: frame.standard(&entry.id),
            places: places.collect(),
            number: found(entry, "number")
                .unwrap_or_else(|| plain(content.number.or(content.plan_number).unwrap_or_default())),
            title: found(entry, "title").unwrap_or_else(|| plain(content.title)),
            excerpts: excerpts(frame, entry),
            near: is_near(entry),
            owner: frame.division(&entry.owner),
            standing,
            facts,
            withdrawn: entry.withdrawn,
        })
    }

    fn erased(frame: &Frame, entry: &EntryView) -> Self {
        Self {
            href: frame.standard(&entry.id),
            number: Vec::new(),
            title: plain(frame.titled("")),
            owner: frame.division(&entry.owner),
            standing: Standing {
                class: "erased",
                word: frame.t("已删除", "Erased"),
            },
            facts: Vec::new(),
            places: Vec::new(),
            excerpts: Vec::new(),
            near: false,
            withdrawn: entry.withdrawn,
        }
    }

    pub fn has_number(&self) -> bool {
        self.number.iter().any(|part| !part.words.is_empty())
    }
}

/// A member with marks where the search found it.
fn found(entry: &EntryView, field: &str) -> Option<Vec<Part>> {
    let highlights = &entry.found.as_ref()?.highlights;
    let here = highlights.iter().find(|highlight| highlight.field == field)?;
    Some(ranged(&here.text, &here.ranges))
}

fn excerpts(frame: &Frame, entry: &EntryView) -> Vec<Excerpt> {
    let highlights = entry.found.iter().flat_map(|found| &found.highlights);
    let others = highlights.filter(|one| !["number", "title"].contains(&one.field.as_str()));
    let excerpts = others.map(|one| Excerpt {
        label: fields::label(frame.language, &one.field),
        parts: ranged(&one.text, &one.ranges),
    });
    excerpts.collect()
}

fn is_near(entry: &EntryView) -> bool {
    let reason = entry.found.as_ref().map(|found| found.reason);
    reason == Some(MatchReason::NearNumber)
}

/// The values of a cell by their names.
fn place(frame: &Frame, placement: &Placement, framework: Option<&FrameworkContent>) -> String {
    let framework = framework.filter(|framework| framework.slug == placement.framework);
    let values: Vec<&str> = match framework {
        None => placement.cell.values().map(String::as_str).collect(),
        Some(framework) => framework
            .axes
            .iter()
            .filter_map(|axis| Some(title(frame, axis.value(placement.cell.get(&axis.id)?)?)))
            .collect(),
    };
    values.join(" · ")
}

/// What an entry says, unless it was erased.
pub fn content_of(entry: &EntryView) -> Result<Option<StandardContent>, Problem> {
    let content = entry.content.as_ref();
    content
        .map(|content| serde_json::from_str(content.get()).map_err(Problem::internal))
        .transpose()
}

pub fn validity_of(entry: &EntryView) -> Option<Validity> {
    match &entry.computed {
        Some(Computed::Standard(computed)) => computed.validity,
        _ => None,
    }
}
