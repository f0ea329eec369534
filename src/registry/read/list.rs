//! Lists of standards: filtered, sorted, paged at one pinned position, with counts beside them.

use std::collections::{BTreeMap, HashSet};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Text};
use serde::{Deserialize, Serialize};

use crate::domain::fault::Faults;
use crate::domain::problem::Problem;
use crate::domain::time::{AsOf, parse_date};
use crate::log::hash::{sha256, to_hex};
use crate::registry::moment::{Moment, ReadAt};
use crate::registry::read::filter::{Column, Filter, Filters, Words};
use crate::registry::read::search::{self, Ranked as Row, SearchMatch};
use crate::registry::read::validity_sql;
use crate::registry::read::view::{self, EntryView};
use crate::registry::stored::{ContentCache, as_hash, open_contents};
use crate::store::pool::Snapshot;
use crate::store::sql::{Bind, Sql};
use crate::store::version::Version;
use crate::text;

/// A question for a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListQuery {
    pub filters: Filters,
    pub sort: Sort,
    pub descending: bool,
    /// Counts beside the rows do not make it another list: whoever had them with the first page may go on without.
    #[serde(skip)]
    pub facets: Vec<Facet>,
    #[serde(skip)]
    pub count: bool,
    #[serde(skip)]
    pub limit: i64,
    #[serde(skip)]
    pub after: Option<Cursor>,
}

/// What a list is ordered by; rows that tie come in the order of their ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// The natural order of standard numbers: parts and serials as numbers, rows without a number last.
    #[default]
    Number,
    Title,
    PublishedOn,
    ImplementedOn,
    AbolishedOn,
    /// The order in which rows were last written.
    Position,
    /// How well rows meet what is searched for.
    Relevance,
}

/// What can be counted beside a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Facet {
    Column(Column),
    Words(Words),
    Validity,
    /// One axis of a framework.
    Axis(usize),
}

/// A place to go on from. Opaque outside; it carries the moment, so that later pages show the same state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    #[serde(rename = "p")]
    pub position: i64,
    #[serde(rename = "d")]
    valid_at: String,
    #[serde(rename = "q")]
    question: String,
    #[serde(rename = "k")]
    key: String,
    #[serde(rename = "i")]
    id: String,
}

/// One page.
#[derive(Debug, Serialize)]
pub struct Page {
    pub items: Vec<EntryView>,
    pub next: Option<String>,
    pub position: i64,
    pub valid_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facets: Option<BTreeMap<String, Vec<FacetCount>>>,
}

/// How many rows have one value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FacetCount {
    #[schema(example = "national")]
    pub value: String,
    #[schema(example = 375)]
    pub count: i64,
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = Nullable<Text>)]
    value: Option<String>,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct PlacedRow {
    #[diesel(sql_type = BigInt)]
    from_position: i64,
    #[diesel(sql_type = Text)]
    cell: String,
}

impl Cursor {
    pub fn decode(words: &str) -> Result<Self, Problem> {
        let decoded = URL_SAFE_NO_PAD.decode(words).ok();
        let cursor = decoded.and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok());
        // What we never issue is refused here, before it reaches the log or the database.
        let issued = |cursor: &Self| {
            cursor.position >= 0
                && parse_date(&cursor.valid_at).is_some()
                && !cursor.key.contains('\0')
                && !cursor.id.contains('\0')
        };
        cursor.filter(issued).ok_or_else(|| {
            Problem::parameter(
                "cursor",
                "malformed_cursor",
                text!(
                    "cursor 须原样使用上一页的 next",
                    "use the `next` of the page before as it is"
                ),
            )
        })
    }

    fn encode(&self) -> Result<String, Problem> {
        let bytes = serde_json::to_vec(self).map_err(Problem::internal)?;
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The moment the first page was read at.
    pub fn read_at(&self) -> ReadAt {
        ReadAt {
            as_of: Some(AsOf::Position(self.position)),
            valid_at: parse_date(&self.valid_at),
            min_position: Some(self.position),
        }
    }
}

impl Sort {
    fn expression(self) -> &'static str {
        match self {
            Self::Number => "v.sort_number",
            Self::Title => "v.title",
            Self::PublishedOn => "COALESCE(v.published_on, '')",
            Self::ImplementedOn => "COALESCE(v.implemented_on, '')",
            Self::AbolishedOn => "COALESCE(v.abolished_on, '')",
            Self::Position => "v.from_position",
            Self::Relevance => "v.relevance, v.sort_number",
        }
    }

    fn key(self, row: &Row) -> String {
        let version = &row.version;
        let day = |day: &Option<String>| day.clone().unwrap_or_default();
        match self {
            Self::Number => version.sort_number.clone(),
            Self::Title => version.title.clone(),
            Self::PublishedOn => day(&version.published_on),
            Self::ImplementedOn => day(&version.implemented_on),
            Self::AbolishedOn => day(&version.abolished_on),
            Self::Position => version.from_position.to_string(),
            Self::Relevance => format!("{} {}", row.relevance, version.sort_number),
        }
    }
}

impl Sort {
    /// The values of a row's key, as they are compared.
    fn binds(self, key: &str) -> Vec<Bind> {
        let integer = |digits: &str| Bind::from(digits.parse::<i64>().unwrap_or_default());
        match self {
            Self::Position => vec![integer(key)],
            Self::Relevance => {
                let (relevance, number) = key.split_once(' ').unwrap_or_default();
                vec![integer(relevance), Bind::from(number)]
            }
            _ => vec![Bind::from(key)],
        }
    }
}

impl ListQuery {
    /// What makes two questions the same: a cursor belongs to one question only.
    fn fingerprint(&self) -> Result<String, Problem> {
        let bytes = serde_json::to_vec(self).map_err(Problem::internal)?;
        Ok(to_hex(&sha256(&bytes)).chars().take(16).collect())
    }

    /// Reads one page at a moment; a cursor's own moment has been taken into account by the caller.
    pub fn page(
        &self,
        snapshot: &mut Snapshot,
        cache: &ContentCache,
        moment: &Moment,
    ) -> Result<Page, Problem> {
        let question = self.fingerprint()?;
        if self
            .after
            .as_ref()
            .is_some_and(|after| after.question != question)
        {
            let mut faults = Faults::default();
            faults.push(
                "?cursor",
                "cursor_of_another_question",
                text!(
                    "cursor 属于条件不同的查询",
                    "the cursor belongs to a list with other filters"
                ),
            );
            return Err(Problem::parameters(faults));
        }
        let page = self.answer(snapshot, cache, moment, &question)?;
        if !page.items.is_empty() {
            return Ok(page);
        }
        match self.near(snapshot, moment)? {
            Some(nearest) => nearest.answer(snapshot, cache, moment, &question),
            None => Ok(page),
        }
    }

    fn answer(
        &self,
        snapshot: &mut Snapshot,
        cache: &ContentCache,
        moment: &Moment,
        question: &str,
    ) -> Result<Page, Problem> {
        let mut rows = self.rows(snapshot, moment)?;
        let more = i64::try_from(rows.len()).is_ok_and(|found| found > self.limit);
        rows.truncate(usize::try_from(self.limit).unwrap_or(usize::MAX));
        let next = match rows.last() {
            Some(last) if more => Some(
                Cursor {
                    position: moment.position,
                    valid_at: moment.valid_at.to_string(),
                    question: question.to_owned(),
                    key: self.sort.key(last),
                    id: last.version.entry_id.clone(),
                }
                .encode()?,
            ),
            _ => None,
        };
        let mut page = Page {
            items: self.show(snapshot, cache, rows, moment)?,
            next,
            position: moment.position,
            valid_at: moment.valid_at.to_string(),
            total: None,
            facets: None,
        };
        if self.count || !self.facets.is_empty() {
            let counting = self.counting(snapshot, moment)?;
            if self.count {
                page.total = Some(counting.total(snapshot, moment)?);
            }
            if !self.facets.is_empty() {
                page.facets = Some(counting.count_facets(snapshot, moment)?);
            }
        }
        Ok(page)
    }

    /// The same question for counts, which all rest on one search.
    fn counting(&self, snapshot: &mut Snapshot, moment: &Moment) -> Result<Self, Problem> {
        let mut counting = self.clone();
        if let (Some(query), None) = (self.filters.search(), self.filters.near_numbers()) {
            let found = search::positions(snapshot, query, moment)?;
            counting.filters = self.filters.searching_by(Filter::Found(found));
        }
        Ok(counting)
    }

    /// The same question for numbers near the one searched for, when nothing has that one.
    fn near(&self, snapshot: &mut Snapshot, moment: &Moment) -> Result<Option<Self>, Problem> {
        let Some(query) = self.filters.search() else {
            return Ok(None);
        };
        let numbers = search::near_numbers(snapshot, query, &self.filters, moment)?;
        if numbers.is_empty() {
            return Ok(None);
        }
        let mut nearest = self.clone();
        nearest.filters = self.filters.searching_by(Filter::Near(query.clone(), numbers));
        Ok(Some(nearest))
    }

    fn show(
        &self,
        snapshot: &mut Snapshot,
        cache: &ContentCache,
        rows: Vec<Row>,
        moment: &Moment,
    ) -> Result<Vec<EntryView>, Problem> {
        let (versions, ranks): (Vec<Version>, Vec<i64>) =
            rows.into_iter().map(|row| (row.version, row.match_rank)).unzip();
        let mut views = view::show(snapshot, cache, &versions, moment)?;
        if let Some(query) = self.filters.search() {
            let contents = open_contents(snapshot.conn, cache, &versions)?;
            for ((view, version), rank) in views.iter_mut().zip(&versions).zip(ranks) {
                let sealed = contents.get(&as_hash(&version.content_sha256)?);
                let standard = sealed.and_then(|sealed| sealed.standard());
                view.found = Some(SearchMatch::new(rank, query, standard));
            }
        }
        Ok(views)
    }

    /// One row more than asked for, to know whether there is a next page.
    fn rows(&self, snapshot: &mut Snapshot, moment: &Moment) -> Result<Vec<Row>, Problem> {
        let mut sql = Sql::new("");
        if let Some(query) = self.filters.search() {
            search::push_ranked(&mut sql, query, &self.filters, moment)?;
            sql.wrap("SELECT v.* FROM (", ") v WHERE TRUE");
        } else {
            sql.push("SELECT v.*, CAST(0 AS BIGINT) AS match_rank, CAST(0 AS BIGINT) AS relevance FROM entry_version v");
            self.filters.push(&mut sql, moment, |_| false)?;
        }
        if let Some(after) = &self.after {
            self.push_after(&mut sql, after);
        }
        let expression = self.sort.expression();
        let direction = if self.descending { " DESC" } else { "" };
        sql.bind(
            &format!(" ORDER BY {expression}{direction}, v.entry_id LIMIT ?"),
            [self.limit + 1],
        );
        Ok(sql.load(snapshot.conn)?)
    }

    fn push_after(&self, sql: &mut Sql, after: &Cursor) {
        let expression = self.sort.expression();
        let id = Bind::from(after.id.as_str());
        let keys = self.sort.binds(&after.key);
        if let ([key], true) = (keys.as_slice(), self.descending) {
            sql.bind(
                &format!(" AND ({expression} < ? OR ({expression} = ? AND v.entry_id > ?))"),
                [key.clone(), key.clone(), id],
            );
        } else {
            let marks = vec!["?"; keys.len() + 1].join(", ");
            sql.bind(
                &format!(" AND ({expression}, v.entry_id) > ({marks})"),
                keys.into_iter().chain([id]),
            );
        }
    }

    fn total(&self, snapshot: &mut Snapshot, moment: &Moment) -> Result<i64, Problem> {
        let mut sql = Sql::new("SELECT NULL AS value, COUNT(*) AS count FROM ");
        self.filters.push_rows(&mut sql);
        self.filters.push(&mut sql, moment, |_| false)?;
        let counted: Vec<Counted> = sql.load(snapshot.conn)?;
        Ok(counted.first().map_or(0, |counted| counted.count))
    }

    fn count_facets(
        &self,
        snapshot: &mut Snapshot,
        moment: &Moment,
    ) -> Result<BTreeMap<String, Vec<FacetCount>>, Problem> {
        let mut facets = BTreeMap::new();
        for facet in &self.facets {
            let counts = match facet {
                Facet::Axis(axis) => self.count_axis(snapshot, moment, *axis)?,
                _ => self.count_values(snapshot, moment, *facet)?,
            };
            facets.insert(facet.name().to_owned(), counts);
        }
        Ok(facets)
    }

    fn count_values(
        &self,
        snapshot: &mut Snapshot,
        moment: &Moment,
        facet: Facet,
    ) -> Result<Vec<FacetCount>, Problem> {
        let mut sql = Sql::new("SELECT value, COUNT(*) AS count FROM (SELECT ");
        match facet {
            Facet::Column(column) => {
                sql.push(&format!("v.{}", column.name()));
            }
            Facet::Validity => validity_sql::push_for_all(&mut sql, moment.at, moment.valid_at),
            Facet::Words(_) => {
                sql.push("t.term");
            }
            Facet::Axis(_) => return Ok(Vec::new()),
        }
        sql.push(" AS value FROM ");
        self.filters.push_rows(&mut sql);
        if let Facet::Words(words) = facet {
            sql.bind(
                " JOIN version_term t ON t.from_position = v.from_position AND t.field = ?",
                [words.name()],
            );
        }
        self.filters
            .push(&mut sql, moment, |filter| facet.is_filtered_by(filter))?;
        sql.push(") counted WHERE value IS NOT NULL GROUP BY value ORDER BY COUNT(*) DESC, value");
        let counted: Vec<Counted> = sql.load(snapshot.conn)?;
        Ok(counted
            .into_iter()
            .filter_map(|row| {
                Some(FacetCount {
                    value: row.value?,
                    count: row.count,
                })
            })
            .collect())
    }

    /// Counts rows by their value on one axis of the default framework; a row in two cells of one value counts once.
    fn count_axis(
        &self,
        snapshot: &mut Snapshot,
        moment: &Moment,
        axis: usize,
    ) -> Result<Vec<FacetCount>, Problem> {
        let Some(axis) = DEFAULT_AXES.get(axis) else {
            return Ok(Vec::new());
        };
        let mut sql = Sql::new("SELECT v.from_position, p.cell FROM ");
        self.filters.push_rows(&mut sql);
        sql.bind(
            " JOIN version_placement p ON p.from_position = v.from_position AND p.framework = ?",
            [DEFAULT_FRAMEWORK],
        );
        let mut without = self.filters.clone();
        for filter in &mut without.all {
            if let Filter::Placed(place) = filter
                && place.framework == DEFAULT_FRAMEWORK
            {
                place.cell.remove(*axis);
                // The placement counted is the one that meets the other terms, not just any of the row.
                place.push_terms(&mut sql)?;
            }
        }
        without.push(&mut sql, moment, |_| false)?;
        let rows: Vec<PlacedRow> = sql.load(snapshot.conn)?;
        let mut seen = HashSet::new();
        let mut counts: BTreeMap<String, i64> = BTreeMap::new();
        for row in rows {
            let cell: BTreeMap<String, String> =
                serde_json::from_str(&row.cell).map_err(Problem::internal)?;
            if let Some(value) = cell.get(*axis)
                && seen.insert((row.from_position, value.clone()))
            {
                *counts.entry(value.clone()).or_default() += 1;
            }
        }
        let mut counts: Vec<_> = counts
            .into_iter()
            .map(|(value, count)| FacetCount { value, count })
            .collect();
        counts.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
        Ok(counts)
    }
}

/// The framework that `subsystem` and `dimension` belong to.
pub const DEFAULT_FRAMEWORK: &str = "qingdao";

/// The axes of the default framework that have parameters of their own.
pub const DEFAULT_AXES: [&str; 2] = ["subsystem", "dimension"];

impl Facet {
    pub fn name(self) -> &'static str {
        match self {
            Self::Column(column) => column.name(),
            Self::Words(words) => words.name(),
            Self::Validity => "validity",
            Self::Axis(axis) => DEFAULT_AXES.get(axis).copied().unwrap_or_default(),
        }
    }

    fn is_filtered_by(self, filter: &Filter) -> bool {
        match (self, filter) {
            (Self::Column(Column::Owner), Filter::Owner(_) | Filter::OwnerExact(_)) => true,
            (Self::Column(mine), Filter::Column(other, _)) => mine == *other,
            (Self::Words(mine), Filter::Words(other, _)) => mine == *other,
            (Self::Validity, Filter::Validity(_)) => true,
            _ => false,
        }
    }
}
