//! The frameworks there are.

use actix_web::HttpRequest;
use askama::Template;

use crate::domain::framework::FrameworkContent;
use crate::domain::problem::Problem;
use crate::domain::text::Language;
use crate::http::explorer::address::Address;
use crate::http::explorer::facets::title;
use crate::http::explorer::frame::{Frame, Section};
use crate::http::explorer::page::{Desk, Page, rendered};
use crate::http::explorer::row::Standing;
use crate::http::explorer::sheets;
use crate::http::params::Params;
use crate::registry::read::frameworks;

/// The list of frameworks.
pub struct Asked;

#[derive(Template)]
#[template(path = "frameworks.html")]
struct FrameworksPage {
    frame: Frame,
    frameworks: Vec<Card>,
    downloads: Vec<(&'static str, Address)>,
}

struct Card {
    title: String,
    edition: Option<String>,
    issuers: Vec<String>,
    owner: String,
    status: Option<Standing>,
    /// `10 × 3`
    shape: String,
    axes: Vec<String>,
    href: Address,
}

impl Page for Asked {
    const SECTION: Section = Section::Matrix;

    fn ask(_: &HttpRequest, _: &mut Params) -> Result<Self, Problem> {
        Ok(Self)
    }

    fn write(self, desk: &mut Desk) -> Result<String, Problem> {
        let entries = frameworks::all(desk.snapshot, desk.cache, &desk.at)?;
        let frame = desk.frame.clone();
        let mut cards = Vec::new();
        for entry in &entries {
            let Some(content) = &entry.content else { continue };
            let content: FrameworkContent = serde_json::from_str(content.get()).map_err(Problem::internal)?;
            let sizes = content.axes.iter().map(|axis| axis.values.len().to_string());
            cards.push(Card {
                title: framework_title(&frame, &content).to_owned(),
                shape: sizes.collect::<Vec<_>>().join(" × "),
                axes: content
                    .axes
                    .iter()
                    .map(|axis| title(&frame, axis).to_owned())
                    .collect(),
                owner: frame.division(&entry.owner),
                status: Standing::of_framework(&frame, entry),
                href: frame.framework(&content.slug),
                edition: content.edition,
                issuers: content.issuers,
            });
        }
        rendered(&FrameworksPage {
            downloads: sheets::of(&frame, "/v1/frameworks"),
            frame,
            frameworks: cards,
        })
    }
}

/// What a framework is called in the page's language.
pub fn framework_title<'c>(frame: &Frame, content: &'c FrameworkContent) -> &'c str {
    match (frame.language, &content.title_en) {
        (Language::English, Some(title)) => title,
        _ => &content.title,
    }
}
