//! The catalogue on any date: chosen once, kept by every link.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::NaiveDate;

use crate::domain::problem::Problem;
use crate::domain::time::AsOf;
use crate::http::explorer::address::Address;
use crate::http::explorer::frame::{Frame, LANGUAGE, Section, TIME};
use crate::http::explorer::page::{self, Desk, Page, rendered};
use crate::http::params::Params;
use crate::http::state::Shared;
use crate::registry::read::span;
use crate::terms;

terms! {
    /// As whose knowledge a day is asked about.
    pub enum Known = "known" {
        Then "then" "当时所知" "As then known",
        Now "now" "现在所知" "As now known",
    }
}

/// What the page is asked for: nothing.
struct Asked;

#[derive(Template)]
#[template(path = "dates.html")]
struct DatesPage {
    frame: Frame,
    /// The day the log began.
    first: String,
}

impl Page for Asked {
    const SECTION: Section = Section::Dates;

    fn ask(_: &HttpRequest, params: &mut Params) -> Result<Self, Problem> {
        // What the form would send if its date were filled in.
        params.repeated("known");
        params.repeated("to");
        Ok(Self)
    }

    fn write(self, desk: &mut Desk) -> Result<String, Problem> {
        let first = span::until(desk.snapshot, "from", Some(AsOf::Position(0)))?;
        rendered(&DatesPage {
            first: first.as_of.shanghai_day().to_string(),
            frame: desk.frame.clone(),
        })
    }
}

/// Shows the page, or goes to the date that was chosen there.
pub async fn dates(request: HttpRequest, state: Shared) -> HttpResponse {
    let here = page::here(&request);
    if here.first("date").is_none() {
        return page::show::<Asked>(request, state).await;
    }
    let language = page::language(&request, &here);
    match chosen(&request, &here) {
        Ok(target) => {
            let mut response = HttpResponse::SeeOther();
            response.insert_header((header::LOCATION, target.to_string()));
            page::dressed(response.finish(), language)
        }
        Err(problem) => page::refused(&problem, Frame::new(language, here, Section::Dates)),
    }
}

/// The page asked for, at the date asked for.
fn chosen(request: &HttpRequest, here: &Address) -> Result<Address, Problem> {
    let mut params = page::params(request, here);
    let date = params.date("date");
    let known = params.term::<Known>("known").unwrap_or(Known::Then);
    let to = params.single("to").unwrap_or_else(|| "/".to_owned());
    for name in TIME {
        params.repeated(name);
    }
    params.finish()?;
    let target = local(&to).without(&TIME).without(&["cursor", "before"]);
    let target = match here.first(LANGUAGE) {
        Some(language) => target.with(LANGUAGE, language),
        None => target,
    };
    Ok(match (date, known) {
        (None, _) => target,
        (Some(date), Known::Then) => target.plus("as_of", day(date)),
        (Some(date), Known::Now) => target.plus("valid_at", day(date)),
    })
}

fn day(date: NaiveDate) -> String {
    date.to_string()
}

/// An address on this server; whatever else somebody put there is the front page.
fn local(words: &str) -> Address {
    let within = words.starts_with('/') && !words.starts_with("//") && !words.contains(['\\', '\r', '\n']);
    if !within {
        return Address::new("/");
    }
    let (path, query) = words.split_once('?').unwrap_or((words, ""));
    Address::read(path, query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for elsewhere in ["https://example.org/", "//example.org", "/\\example.org", "x", ""] {
            assert_eq!(local(elsewhere).to_string(), "/", "{elsewhere}");
        }
        assert_eq!(
            local("/changes?owner=370214").to_string(),
            "/changes?owner=370214"
        );
    }
}
