//! Where a query meets a standard's texts, for pages that mark it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::fold::{Folded, Marks};
use super::query::SearchQuery;
use crate::domain::standard::StandardContent;

/// Longer texts are shown around the first place.
const LONGEST: usize = 160;

/// How much is shown before the first place.
const BEFORE: usize = 40;

/// One text in which the query was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Highlight {
    /// The member of the content; `former_number` for a number the entry once bore.
    #[schema(example = "title")]
    pub field: String,
    /// The text, or a part of it where it is long.
    #[schema(example = "养老机构服务安全基本规范")]
    pub text: String,
    /// Pairs of start and length, counted in characters (Unicode code points) of `text`.
    #[schema(example = json!([[0, 4]]))]
    pub ranges: Vec<[usize; 2]>,
}

/// Every text of a standard in which a term of the query occurs.
pub fn highlights(query: &SearchQuery, standard: &StandardContent) -> Vec<Highlight> {
    let one = |field, text: &Option<String>| (field, text.iter().cloned().collect::<Vec<_>>());
    let fields = [
        one("number", &standard.number),
        one("number_as_written", &standard.number_as_written),
        one("plan_number", &standard.plan_number),
        one("external_id", &standard.external_id),
        ("title", vec![standard.title.clone()]),
        one("title_en", &standard.title_en),
        ("keywords", standard.keywords.clone()),
        ("issued_by", standard.issued_by.clone()),
        ("lead_department", standard.lead_department.clone()),
        one("scope", &standard.scope),
    ];
    let texts = fields
        .into_iter()
        .flat_map(|(field, texts)| texts.into_iter().map(move |text| (field, text)));
    texts
        .filter_map(|(field, text)| {
            let ranges = ranges(query, &text);
            (!ranges.is_empty()).then(|| excerpt(field, &text, ranges))
        })
        .collect()
}

impl Highlight {
    /// A text all of which was found.
    pub fn whole(field: &str, text: &str) -> Self {
        Self {
            field: field.to_owned(),
            text: text.to_owned(),
            ranges: vec![[0, text.chars().count()]],
        }
    }
}

/// The places of all terms, in order, none touching another.
fn ranges(query: &SearchQuery, text: &str) -> Vec<[usize; 2]> {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for marks in [Marks::Part, Marks::Join] {
        let folded = Folded::of(text, marks);
        for needle in query.terms.iter().flat_map(|term| &term.needles) {
            spans.extend(occurrences(&folded, needle));
        }
    }
    spans.sort_unstable();
    let mut merged: Vec<(usize, usize)> = Vec::new();
    for (start, end) in spans {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    merged
        .into_iter()
        .map(|(start, end)| [start, end - start])
        .collect()
}

/// Where a needle occurs, as start and end in the source.
fn occurrences(folded: &Folded, needle: &str) -> Vec<(usize, usize)> {
    let needle: Vec<char> = needle.chars().collect();
    if needle.is_empty() {
        return Vec::new();
    }
    let windows = folded.characters.windows(needle.len());
    let sources = folded.sources.windows(needle.len());
    windows
        .zip(sources)
        .filter(|(window, _)| **window == *needle)
        .filter_map(|(window, sources)| {
            // Blanks at the ends are ends of words, not part of what was found.
            let mut found = window.iter().zip(sources).filter(|(c, _)| **c != ' ');
            let (_, start) = found.next()?;
            let (_, last) = found.next_back().unwrap_or((&' ', start));
            Some((*start, last + 1))
        })
        .collect()
}

fn excerpt(field: &str, text: &str, ranges: Vec<[usize; 2]>) -> Highlight {
    let length = text.chars().count();
    let first = ranges.first().map_or(0, |[start, _]| *start);
    let from = if length > LONGEST {
        first.saturating_sub(BEFORE)
    } else {
        0
    };
    let to = length.min(from + LONGEST);
    Highlight {
        field: field.to_owned(),
        text: text.chars().skip(from).take(to - from).collect(),
        ranges: ranges
            .into_iter()
            .filter(|[start, _]| *start < to)
            .map(|[start, length]| [start - from, length.min(to - start)])
            .collect(),
    }
}
