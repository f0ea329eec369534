//! The list of standards.

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

use crate::domain::problem::Problem;
use crate::domain::term::Term;
use crate::domain::text::Text;
use crate::http::answer;
use crate::http::context;
use crate::http::document::Document;
use crate::http::entries::StandardEntry;
use crate::http::export::{self, Layout};
use crate::http::negotiate::{self, Format};
use crate::http::params::Params;
use crate::http::standards::query;
use crate::http::standards::sheet::{self, Catalogue};
use crate::http::state::{Shared, State};
use crate::http::tables;
use crate::registry::moment::{self, Moment, ReadAt};
use crate::registry::read::filter::{Column, Withdrawn, Words};
use crate::registry::read::list::{Cursor, Facet, FacetCount, ListQuery, Sort};
use crate::registry::read::places;
use crate::registry::stored::ContentCache;
use crate::store::pool::Snapshot;
use crate::{terms, text};

/// How many rows one page holds unless asked otherwise.
const PER_PAGE: i64 = 50;

terms! {
    /// What a list can be sorted by; a leading `-` turns it round.
    pub enum SortBy = "sort" {
        Number "number" "编号" "Number, in natural order",
        Title "title" "名称" "Title",
        PublishedOn "published_on" "发布日期" "Date of publication",
        ImplementedOn "implemented_on" "实施日期" "Date of implementation",
        AbolishedOn "abolished_on" "废止日期" "Date of abolition",
        Position "position" "登记先后" "Order of recording",
        Relevance "relevance" "相关度" "Relevance, with q",
    }
}

terms! {
    /// What can be counted beside a list.
    pub enum FacetBy = "facets" {
        Owner "owner" "行政区划" "Division",
        Origin "origin" "来源" "Origin",
        Level "level" "级别" "Level",
        Mandate "mandate" "约束力" "Mandate",
        Supply "supply" "供给状态" "Supply",
        Validity "validity" "有效性" "Validity",
        Audience "audience" "适用对象" "Audience",
        Elements "elements" "要素" "Elements",
        LeadDepartment "lead_department" "牵头单位" "Lead department",
        IssuedBy "issued_by" "发布机构" "Issuing body",
        Ics "ics" "国际标准分类" "ICS",
        Ccs "ccs" "中国标准分类" "CCS",
        Keywords "keywords" "关键词" "Keywords",
        Subsystem "subsystem" "子体系" "Subsystem",
        Dimension "dimension" "维度" "Dimension",
    }
}

/// One page of standards.
#[derive(Serialize, ToSchema)]
pub struct StandardPage {
    pub items: Vec<StandardEntry>,
    /// The cursor of the next page; null at the end.
    #[schema(required)]
    pub next: Option<String>,
    /// The log position all pages are read at.
    pub position: i64,
    #[schema(format = Date)]
    pub valid_at: String,
    /// How many rows there are on all pages, when asked for by `count=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
    /// Counts by facet, each ignoring its own filter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facets: Option<BTreeMap<String, Vec<FacetCount>>>,
}

/// List standards
///
/// Filtered, sorted, in pages that are all read at one log position, so that nothing is doubled or skipped while
/// others write. Repeated values of one filter mean "or".
#[utoipa::path(
    get, path = "/v1/standards", operation_id = "list_standards", tag = "standards",
    params(
        ("cursor" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<i64>, Query, description = "Rows a page, 1 to 1,000", example = 50),
        ("sort" = Option<String>, Query, description = "`number` (natural order), `title`, `published_on`, `implemented_on`, `abolished_on`, `position`, with `q` also `relevance`, its default; a leading `-` descends", example = "-published_on"),
        ("count" = Option<bool>, Query, description = "Whether to count all rows"),
        ("all" = Option<bool>, Query, description = "Everything in one answer; CSV and XLSX do so unless `limit` is given"),
        ("facets" = Option<String>, Query, description = "Comma-separated fields to count", example = "level,origin,validity"),
    ),
    responses((status = 200, description = "One page", body = StandardPage))
)]
pub async fn list(request: HttpRequest, state: Shared) -> Result<HttpResponse, Problem> {
    let mut params = Params::of(&request);
    let filters = query::filters(&mut params);
    let (sort, descending) = sort(&mut params, filters.search().is_some());
    let facets = facets(&mut params);
    let count = params.boolean("count").unwrap_or(false);
    let limit = params.integer("limit", 1..=1000);
    let cursor = params.single("cursor");
    let all = params.boolean("all").unwrap_or(false);
    let mut read_at = context::read_at(&request, &mut params);
    let layout = Layout::read(&request, &mut params, tables::FORMATS)?;
    let in_pages = limit.is_some() || cursor.is_some();
    if all && in_pages {
        params.fault("all", "contradiction", all_in_pages());
    }
    params.finish()?;
    let after = cursor.as_deref().map(Cursor::decode).transpose()?;
    if let Some(after) = &after {
        // The cursor carries the moment of the first page; an `as_of` repeated beside it changes nothing.
        read_at = after.read_at();
    }
    let mut list = ListQuery {
        filters,
        sort,
        descending,
        facets,
        count,
        limit: limit.unwrap_or(PER_PAGE),
        after,
    };
    let cache = state.registry.cache().clone();
    let is_table = matches!(layout.format, Format::Csv | Format::Xlsx);
    if all || (is_table && !in_pages) {
        return whole(&request, &state, list, read_at, layout).await;
    }
    let line = request.uri().clone();
    answer::read(
        &request,
        &state,
        tables::FORMATS,
        read_at,
        move |snapshot, view| {
            settle(&mut list, snapshot, &cache, &view.at)?;
            let page = list.page(snapshot, &cache, &view.at)?;
            let document = match layout.format {
                Format::Json => Document::json(&page)?,
                Format::Ndjson => export::lines(&page.items)?,
                _ => {
                    let table = sheet::table(snapshot, &cache, &view.at, layout.style)?;
                    export::listing(&layout, table, &view.at, &page.items)?
                }
            };
            Ok(document.leading_on(&line, page.next.as_deref()))
        },
    )
    .await
}

/// The list from its first row to its last in one answer.
async fn whole(
    request: &HttpRequest,
    state: &State,
    mut list: ListQuery,
    read_at: ReadAt,
    layout: Layout,
) -> Result<HttpResponse, Problem> {
    if let Some(position) = read_at.min_position {
        state.registry.wait_for(position, answer::PATIENCE).await?;
    }
    let cache = state.registry.cache().clone();
    let style = layout.style;
    let begin = move |snapshot: &mut Snapshot| {
        let at = moment::resolve(snapshot, &read_at)?;
        settle(&mut list, snapshot, &cache, &at)?;
        let table = sheet::table(snapshot, &cache, &at, style)?;
        Ok((Catalogue::new(list, cache, at), table))
    };
    let (catalogue, table) = state.registry.read(begin).await?;
    let encoding = negotiate::encoding(request.headers());
    export::whole_table(state, catalogue, table, layout, encoding).await
}

/// Makes sure that the question can be answered at its moment: a copy still loading history knows of no row that left.
fn settle(
    list: &mut ListQuery,
    snapshot: &mut Snapshot,
    cache: &ContentCache,
    at: &Moment,
) -> Result<(), Problem> {
    if list.filters.withdrawn != Withdrawn::Exclude {
        snapshot.must_be_whole()?;
    }
    places::settle(&mut list.filters, snapshot, cache, at)
}

/// Why everything cannot come in pages.
pub fn all_in_pages() -> Text {
    text!(
        "all=true 不能与 limit、cursor 并用",
        "all=true goes with neither limit nor cursor"
    )
}

/// What is searched for comes by relevance unless asked otherwise.
pub fn sort(params: &mut Params, searches: bool) -> (Sort, bool) {
    let Some(words) = params.text("sort", 64) else {
        let sort = if searches {
            Sort::Relevance
        } else {
            Sort::default()
        };
        return (sort, false);
    };
    let (name, descending) = match words.strip_prefix('-') {
        Some(name) => (name, true),
        None => (words.as_str(), false),
    };
    let sort = match SortBy::from_id(name) {
        Some(SortBy::Number) => Sort::Number,
        Some(SortBy::Title) => Sort::Title,
        Some(SortBy::PublishedOn) => Sort::PublishedOn,
        Some(SortBy::ImplementedOn) => Sort::ImplementedOn,
        Some(SortBy::AbolishedOn) => Sort::AbolishedOn,
        Some(SortBy::Position) => Sort::Position,
        Some(SortBy::Relevance) if searches && !descending => Sort::Relevance,
        Some(SortBy::Relevance) => {
            params.fault(
                "sort",
                "needs_q",
                text!(
                    "relevance 只用于带 q 的查询，且只有从高到低",
                    "relevance is for questions with q, and goes from the best down"
                ),
            );
            Sort::default()
        }
        None => {
            let choices = SortBy::choices();
            params.fault(
                "sort",
                "unknown_value",
                text!(
                    "「{words}」不在可选值之中：{choices}（前加 - 为降序）",
                    "\"{words}\" is not one of: {choices} (a leading - descends)"
                ),
            );
            Sort::default()
        }
    };
    (sort, descending)
}

fn facets(params: &mut Params) -> Vec<Facet> {
    let given = params.texts("facets", 500);
    let names = given
        .iter()
        .flat_map(|list| list.split(','))
        .map(str::trim)
        .filter(|name| !name.is_empty());
    let mut facets = Vec::new();
    for name in names {
        match FacetBy::from_id(name) {
            Some(facet) if !facets.contains(&counted(facet)) => facets.push(counted(facet)),
            Some(_) => {}
            None => {
                let choices = FacetBy::choices();
                params.fault(
                    "facets",
                    "unknown_value",
                    text!(
                        "「{name}」不在可选值之中：{choices}",
                        "\"{name}\" is not one of: {choices}"
                    ),
                );
            }
        }
    }
    facets
}

fn counted(facet: FacetBy) -> Facet {
    match facet {
        FacetBy::Owner => Facet::Column(Column::Owner),
        FacetBy::Origin => Facet::Column(Column::Origin),
        FacetBy::Level => Facet::Column(Column::Level),
        FacetBy::Mandate => Facet::Column(Column::Mandate),
        FacetBy::Supply => Facet::Column(Column::Supply),
        FacetBy::Audience => Facet::Column(Column::Audience),
        FacetBy::Validity => Facet::Validity,
        FacetBy::Elements => Facet::Words(Words::Elements),
        FacetBy::LeadDepartment => Facet::Words(Words::LeadDepartment),
        FacetBy::IssuedBy => Facet::Words(Words::IssuedBy),
        FacetBy::Ics => Facet::Words(Words::Ics),
        FacetBy::Ccs => Facet::Words(Words::Ccs),
        FacetBy::Keywords => Facet::Words(Words::Keywords),
        FacetBy::Subsystem => Facet::Axis(0),
        FacetBy::Dimension => Facet::Axis(1),
    }
}
