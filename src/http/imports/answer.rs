//! What an import answers: the plan, row by row, and what is wrong, cell by cell.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::problem::{Problem, ProblemType};
use crate::domain::sheet::{Column, Header, Holds, letters};
use crate::domain::text::Language;
use crate::http::imports::Mode;
use crate::registry::catalogue::{Plan, PlanCounts, PlanItem};
use crate::registry::intake::sheet::Rows;
use crate::text;

/// What an import does, or would do.
#[derive(Serialize, ToSchema)]
pub struct ImportPlan {
    #[schema(example = "370214")]
    pub owner: String,
    pub mode: Mode,
    /// Whether the plan was written.
    pub applied: bool,
    /// Send it as `If-Match` to apply exactly this plan.
    #[schema(example = "\"5f0c1a9e7d3b4826a1c0e9f8d7b6a594\"")]
    pub plan_etag: String,
    /// How many rows may leave the catalogue before it needs `max_withdrawals`.
    pub max_withdrawals: usize,
    pub counts: PlanCounts,
    /// The sheet that was read; absent for CSV.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "标准目录")]
    pub sheet: Option<String>,
    /// Sheets that were not.
    #[schema(example = json!(["说明"]))]
    pub other_sheets: Vec<String>,
    /// Every column that has a heading, and what was made of it.
    pub columns: Vec<ImportColumn>,
    /// Fields without a column, without which no new row can be registered.
    #[schema(example = json!(["origin"]))]
    pub missing: Vec<String>,
    pub items: Vec<ImportItem>,
    /// Everything that is wrong, all at once; nothing is written while there is any.
    pub errors: Vec<ImportError>,
}

/// One column of the sheet.
#[derive(Serialize, ToSchema)]
pub struct ImportColumn {
    #[schema(example = "B")]
    pub column: String,
    #[schema(example = "标准名称")]
    pub heading: String,
    /// The field it holds; absent for columns that are the sender's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "title")]
    pub field: Option<String>,
    /// Whether it was read: the sender's own columns and what the registry works out by itself are passed over.
    pub read: bool,
}

/// What is to happen to one row.
#[derive(Serialize, ToSchema)]
pub struct ImportItem {
    /// The row's number in the sheet; entries that no row speaks of have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 7)]
    pub row: Option<u32>,
    #[serde(flatten)]
    pub item: PlanItem,
}

/// One thing wrong with one cell.
#[derive(Clone, Serialize, ToSchema)]
pub struct ImportError {
    /// Absent for CSV, which has one sheet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "标准目录")]
    pub sheet: Option<String>,
    #[schema(example = 7)]
    pub row: u32,
    /// Absent where the sheet has no such column, or the whole row is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "C")]
    pub column: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "来源")]
    pub heading: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "C7")]
    pub cell: Option<String>,
    /// The field in the content, as an RFC 6901 pointer.
    #[schema(example = "/origin")]
    pub pointer: String,
    #[schema(example = "unknown_value")]
    pub code: String,
    #[schema(example = "「抄来」不在可选值之中")]
    pub detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "其中之一：引用、自建")]
    pub expected: Option<String>,
}

/// A sheet with the words its answer is told in.
pub struct Told<'t> {
    pub rows: &'t Rows,
    pub mode: Mode,
    pub language: Language,
}

impl Told<'_> {
    pub fn plan(&self, plan: Plan) -> ImportPlan {
        let header = &self.rows.header;
        let errors = plan.items.iter().flat_map(|item| self.errors_of(item));
        ImportPlan {
            errors: errors.collect(),
            owner: plan.owner,
            mode: self.mode,
            applied: plan.applied,
            plan_etag: plan.plan_etag,
            max_withdrawals: plan.max_withdrawals,
            counts: plan.counts,
            sheet: self.sheet(),
            other_sheets: self.rows.others.clone(),
            columns: columns(header),
            missing: ["title", "origin"]
                .into_iter()
                .filter(|field| !header.has(field))
                .map(str::to_owned)
                .collect(),
            items: plan
                .items
                .into_iter()
                .map(|item| ImportItem {
                    row: self.row_of(&item),
                    item: PlanItem {
                        columns: Vec::new(),
                        ..item
                    },
                })
                .collect(),
        }
    }

    /// A refusal that names a plan, with that plan in the words of the sheet.
    pub fn problem(&self, mut problem: Problem) -> Problem {
        let plan = problem.extra.get("plan").cloned();
        let Some(plan) = plan.and_then(|plan| serde_json::from_value::<Plan>(plan).ok()) else {
            return problem;
        };
        let plan = self.plan(plan);
        if problem.kind == ProblemType::PlanRefused {
            let count = plan.errors.len();
            problem.detail = text!(
                "共 {count} 处错误，见 errors；全部未写入",
                "{count} faults, see errors; nothing was written"
            );
            problem = problem.with("errors", serde_json::to_value(&plan.errors).unwrap_or_default());
        }
        let plan = ImportPlan {
            errors: Vec::new(),
            ..plan
        };
        problem.with("plan", serde_json::to_value(plan).unwrap_or_default())
    }

    fn sheet(&self) -> Option<String> {
        Some(self.rows.name.clone()).filter(|name| !name.is_empty())
    }

    fn row_of(&self, item: &PlanItem) -> Option<u32> {
        let edit = item.index.and_then(|index| self.rows.edits.get(index));
        edit.map(|edit| edit.row)
    }

    fn errors_of(&self, item: &PlanItem) -> Vec<ImportError> {
        let (Some(row), Some(problem)) = (self.row_of(item), &item.problem) else {
            return Vec::new();
        };
        let errors = problem.get("errors").and_then(Value::as_array);
        let Some(errors) = errors.filter(|errors| !errors.is_empty()) else {
            // The row as a whole is refused: what names it is where people look.
            return vec![self.error(row, self.naming_column(), problem, &slug(problem))];
        };
        let columns = item.columns.iter().copied().chain(std::iter::repeat(None));
        let located = errors.iter().zip(columns);
        located
            .map(|(error, column)| self.error(row, column, error, text(error, "code")))
            .collect()
    }

    fn error(&self, row: u32, place: Option<usize>, told: &Value, code: &str) -> ImportError {
        let mut headings = self.rows.header.headings.iter();
        let heading = headings.find(|heading| Some(heading.place) == place);
        let column = heading.map(|heading| letters(heading.place));
        let expected = heading.and_then(|heading| heading.column).map(Column::expected);
        ImportError {
            sheet: self.sheet(),
            row,
            cell: column.as_ref().map(|column| format!("{column}{row}")),
            column,
            heading: heading.map(|heading| heading.words.clone()),
            pointer: text(told, "pointer").to_owned(),
            code: code.to_owned(),
            detail: text(told, "detail").to_owned(),
            expected: expected.map(|expected| expected.in_language(self.language).to_owned()),
        }
    }

    fn naming_column(&self) -> Option<usize> {
        ["number", "external_id", "id", "title"]
            .into_iter()
            .find_map(|name| {
                let mut named = self.rows.header.named();
                named
                    .find(|(_, column)| column.name == name)
                    .map(|(place, _)| place)
            })
    }
}

fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value.get(member).and_then(Value::as_str).unwrap_or_default()
}

/// `duplicate` of `/problems/duplicate`.
fn slug(problem: &Value) -> String {
    let kind = text(problem, "type");
    kind.rsplit('/').next().unwrap_or(kind).replace('-', "_")
}

fn columns(header: &Header) -> Vec<ImportColumn> {
    let headings = header.headings.iter();
    headings
        .map(|heading| ImportColumn {
            column: letters(heading.place),
            heading: heading.words.clone(),
            field: heading.column.map(|column| column.name.to_owned()),
            read: heading
                .column
                .is_some_and(|column| !matches!(column.holds, Holds::Computed(_))),
        })
        .collect()
}
