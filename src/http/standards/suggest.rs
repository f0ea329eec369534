//! Suggestions while typing.

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::problem::Problem;
use crate::domain::search::{self, Beginning};
use crate::domain::text::Language;
use crate::http::answer::{self, JSON};
use crate::http::context;
use crate::http::document::Document;
use crate::http::params::Params;
use crate::http::standards::query;
use crate::http::state::Shared;
use crate::registry::read::filter::{Filters, Withdrawn};
use crate::registry::read::suggest::{self, Question, Suggestion};
use crate::terms;
use crate::text;

/// How many suggestions are given unless asked otherwise.
const SUGGESTIONS: i64 = 10;

terms! {
    /// The language of suggested titles, where there is one in it.
    pub enum TitleLanguage = "lang" {
        Chinese "zh" "中文" "Chinese",
        English "en" "英文" "English",
    }
}

/// What somebody who is typing may mean.
#[derive(Serialize, ToSchema)]
pub struct Suggestions {
    /// Numbers first, then titles, keywords, bodies and nodes; no text of one kind twice.
    pub items: Vec<Suggestion>,
    /// The log position they were read at.
    pub position: i64,
}

/// Suggest while typing
///
/// Numbers that begin as typed, in any spelling; titles that hold it, those that begin with it first; keywords, lead
/// departments and issuing bodies that begin with it; nodes of frameworks. Nothing to go by is an empty list.
#[utoipa::path(
    get, path = "/v1/suggest", operation_id = "suggest", tag = "standards",
    params(
        ("q" = String, Query, description = "What was typed so far, at most 200 characters", example = "gbt357"),
        ("owner" = Option<String>, Query, description = "Rows of this division and of those below it", example = "370214"),
        ("framework" = Option<String>, Query, description = "Nodes of this framework only", example = "qingdao"),
        ("limit" = Option<i64>, Query, description = "How many, 1 to 50", example = 10),
        ("lang" = Option<TitleLanguage>, Query, description = "The language of titles, where there is one in it"),
    ),
    responses((status = 200, description = "Suggestions", body = Suggestions))
)]
pub async fn suggest(request: HttpRequest, state: Shared) -> Result<HttpResponse, Problem> {
    let mut params = Params::of(&request);
    let typed = params.single("q").unwrap_or_default();
    check_typed(&mut params, &typed);
    let mut all = Vec::new();
    query::owners(&mut params, &mut all);
    let framework = params.text("framework", 100);
    let limit = params.integer("limit", 1..=50).unwrap_or(SUGGESTIONS);
    let language = match params.term::<TitleLanguage>("lang") {
        Some(TitleLanguage::English) => Language::English,
        Some(TitleLanguage::Chinese) | None => Language::Chinese,
    };
    let read_at = context::read_at(&request, &mut params);
    params.finish()?;
    let question = Beginning::parse(&typed).map(|typed| Question {
        typed,
        filters: Filters {
            all,
            withdrawn: Withdrawn::Exclude,
        },
        framework,
        limit: usize::try_from(limit).unwrap_or_default(),
        language,
    });
    let cache = state.registry.cache().clone();
    answer::read(&request, &state, JSON, read_at, move |snapshot, view| {
        let items = match &question {
            Some(question) => suggest::suggest(snapshot, &cache, &view.at, question)?,
            None => Vec::new(),
        };
        Document::json(&Suggestions {
            items,
            position: view.at.position,
        })
    })
    .await
}

fn check_typed(params: &mut Params, typed: &str) {
    let (most, length) = (search::MAX_CHARACTERS, typed.chars().count());
    if length > most {
        params.fault(
            "q",
            "too_long",
            text!(
                "最多 {most} 字，现有 {length} 字",
                "at most {most} characters, found {length}"
            ),
        );
    }
    if typed.contains('\0') {
        params.fault(
            "q",
            "control_character",
            text!("不得含有 NUL 字符", "must not hold a NUL character"),
        );
    }
}
