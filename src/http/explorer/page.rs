//! From a request to a page: read like any other answer, dressed for a browser; refusals are pages, too.

use actix_web::http::Method;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::domain::problem::{Problem, ProblemType};
use crate::domain::text::Language;
use crate::http::answer::{self, View};
use crate::http::context;
use crate::http::document::Document;
use crate::http::explorer::address::Address;
use crate::http::explorer::frame::{Frame, LANGUAGE, Section, TIME};
use crate::http::negotiate::{self, Format};
use crate::http::params::Params;
use crate::http::problem::{language_tag, refusal, report};
use crate::http::state::Shared;
use crate::registry::moment::{Moment, ReadAt};
use crate::registry::stored::ContentCache;
use crate::store::pool::Snapshot;
use crate::text;

/// A page may load what this server serves, and nothing else, nothing written into it included.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HTML: &[Format] = &[Format::Html];

/// A page: what it asks for, and how it is made of what the registry knows.
pub trait Page: Sized + Send + 'static {
    const SECTION: Section;

    /// Reads path and parameters; faults of parameters are gathered in `params`.
    fn ask(request: &HttpRequest, params: &mut Params) -> Result<Self, Problem>;

    /// The moment its parameters pin it to, whatever `as_of` says.
    fn pinned(&self) -> Option<ReadAt> {
        None
    }

    fn write(self, desk: &mut Desk) -> Result<String, Problem>;
}

/// What a page is made with.
pub struct Desk<'d, 's> {
    pub snapshot: &'d mut Snapshot<'s>,
    pub cache: &'d ContentCache,
    pub at: Moment,
    pub frame: Frame,
}

/// Answers with a page.
pub async fn show<P: Page>(request: HttpRequest, state: Shared) -> HttpResponse {
    let here = here(&request);
    let language = language(&request, &here);
    let frame = Frame::new(language, here, P::SECTION);
    match answered::<P>(&request, &state, frame.clone()).await {
        Ok(response) => dressed(response, language),
        Err(problem) => refused(&problem, frame),
    }
}

async fn answered<P: Page>(
    request: &HttpRequest,
    state: &Shared,
    frame: Frame,
) -> Result<HttpResponse, Problem> {
    let mut params = params(request, &frame.here);
    let page = P::ask(request, &mut params)?;
    let read_at = context::read_at(request, &mut params);
    params.finish()?;
    let read_at = page.pinned().unwrap_or(read_at);
    let cache = state.registry.cache().clone();
    answer::read(request, state, HTML, read_at, move |snapshot, view: &View| {
        let mut desk = Desk {
            snapshot,
            cache: &cache,
            at: view.at,
            frame: Frame {
                at: Some(view.at),
                ..frame
            },
        };
        let html = page.write(&mut desk)?;
        Ok(Document::of(Format::Html.media_type(), html))
    })
    .await
}

/// Parameters as a page takes them: the language is read already. What does not decode is refused here as everywhere.
pub fn params(request: &HttpRequest, here: &Address) -> Params {
    let sound = Params::of(request).faults.is_empty();
    let mut params = if sound {
        Params::parse(&here.query())
    } else {
        Params::of(request)
    };
    if let Some(language) = params.single(LANGUAGE)
        && named(&language).is_none()
    {
        params.fault(
            LANGUAGE,
            "unknown_value",
            text!("应为 zh 或 en", "must be zh or en"),
        );
    }
    params
}

pub fn here(request: &HttpRequest) -> Address {
    Address::read(request.path(), request.query_string())
}

/// The language asked for by name, else the browser's.
pub fn language(request: &HttpRequest, here: &Address) -> Language {
    let asked = here.first(LANGUAGE).and_then(named);
    asked.unwrap_or_else(|| negotiate::language(request.headers()))
}

fn named(language: &str) -> Option<Language> {
    match language {
        "zh" => Some(Language::Chinese),
        "en" => Some(Language::English),
        _ => None,
    }
}

pub fn rendered(template: &impl Template) -> Result<String, Problem> {
    template.render().map_err(Problem::internal)
}

/// A page with the headers of pages.
pub fn dressed(mut response: HttpResponse, language: Language) -> HttpResponse {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CONTENT_LANGUAGE, language_tag(language)),
        (header::REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[derive(Template)]
#[template(path = "refused.html")]
struct Refused<'p> {
    frame: Frame,
    problem: &'p Problem,
    status: u16,
    /// The page of the entry that is gone as data.
    entry: Option<String>,
}

impl Refused<'_> {
    /// What to do next.
    fn hint(&self) -> Option<&'static str> {
        Some(match self.status {
            400 | 422 => self.frame.t(
                "改正或去掉有误的参数再试，或从这里重新查找：",
                "Mend the parameters or leave them out, or search anew:",
            ),
            404 => self.frame.t(
                "地址可能抄漏了，或者条目在所选日期之后才登记。可以按编号或名称查找：",
                "The address may be incomplete, or the entry was recorded after the day looked at. Search by number or title:",
            ),
            410 => self.frame.t(
                "其历史仍在。可以查找取代它的条目：",
                "Its history remains. Search for what took its place:",
            ),
            _ => return None,
        })
    }

    /// Whether the same page may be had a little later.
    fn may_be_repeated(&self) -> bool {
        let is_page = self.frame.section != Section::None;
        is_page && (self.problem.retry_after.is_some() || self.status >= 500)
    }

    /// The same page without what was asked of it.
    fn without_parameters(&self) -> Option<Address> {
        let here = &self.frame.here;
        let faulty = self.status == 400 && here.pairs().iter().any(|(name, _)| name != LANGUAGE);
        faulty.then(|| self.frame.to(here.path()).without(&TIME))
    }

    fn title(&self) -> String {
        let title = self.problem.kind.title();
        self.frame.told(&title).to_owned()
    }

    fn said(&self, name: &str) -> Option<&str> {
        self.problem.extra.get(name)?.as_str()
    }
}

/// A refusal as a page.
pub fn refused(problem: &Problem, frame: Frame) -> HttpResponse {
    report(problem);
    as_page(problem, frame, None)
}

/// A refusal by an operation, for somebody who followed a link there with a browser.
pub fn refused_elsewhere(request: &HttpRequest, problem: &Problem) -> HttpResponse {
    // Operations speak no language that an address could name: the frame's links lead to the start page.
    let language = language(request, &here(request));
    let frame = Frame::new(language, Address::new("/"), Section::None);
    as_page(problem, frame, request.path().strip_prefix("/v1/standards/"))
}

fn as_page(problem: &Problem, frame: Frame, entry: Option<&str>) -> HttpResponse {
    let language = frame.language;
    let page = Refused {
        frame,
        problem,
        status: problem.kind.status(),
        entry: entry
            .filter(|id| problem.kind.status() == 410 && !id.contains('/'))
            .map(|id| format!("/standards/{id}")),
    };
    let mut response = refusal(problem);
    response
        .insert_header((header::CONTENT_TYPE, Format::Html.media_type()))
        .insert_header((header::VARY, "Accept, Accept-Language"));
    match page.render() {
        Ok(html) => dressed(response.body(html), language),
        Err(error) => response.body(error.to_string()),
    }
}

/// Whether somebody looks with a browser: all of them ask for pages by name and take anything else besides, which
/// programs do not, be it that they want data or nothing but pages.
pub fn is_for_browser(request: &HttpRequest) -> bool {
    let wishes = request.headers().get(header::ACCEPT);
    let wishes = wishes.and_then(|wishes| wishes.to_str().ok()).unwrap_or_default();
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    reads && wishes.contains("text/html") && wishes.contains("*/*") && !wishes.contains("json")
}

/// Where no route leads: a page for browsers, a problem for programs.
pub async fn nothing_here(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let problem = Problem::new(
        ProblemType::NotFound,
        text!("没有此路径", "there is no such path"),
    );
    if !is_for_browser(&request) {
        return Err(problem);
    }
    let here = here(&request);
    let frame = Frame::new(language(&request, &here), here, Section::None);
    Ok(refused(&problem, frame))
}
