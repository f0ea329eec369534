//! Sheets of standards into a catalogue: a plan first, then one append.

mod answer;

use actix_web::http::header::{self, HeaderMap};
use actix_web::{HttpRequest, HttpResponse, web};

use crate::domain::problem::Problem;
use crate::domain::text::Language;
use crate::http::body::RawBody;
use crate::http::bulk::read_off_worker;
use crate::http::catalogue::{expected_plan, owner};
use crate::http::document::Document;
use crate::http::negotiate::{self, Format};
use crate::http::params::Params;
use crate::http::writing::{Writing, durable};
use crate::log::hash::{Hash, sha256};
use crate::registry::catalogue::Extent;
use crate::registry::intake::body::MAX_WORDS;
use crate::registry::intake::push::PushTerms;
use crate::registry::intake::sheet::push::{self, ImportTerms};
use crate::registry::intake::sheet::{self, Kind, Rows};
use crate::registry::operation::Words;
use crate::registry::work::{Answer, Work};
use crate::{terms, text};

pub use answer::{ImportColumn, ImportError, ImportItem, ImportPlan};

use answer::Told;

const CSV: &str = "text/csv";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

terms! {
    /// What becomes of entries that the sheet does not name.
    pub enum Mode = "import_mode" {
        Merge "merge" "合并" "They stay",
        Replace "replace" "整体替换" "They are withdrawn",
    }
}

/// Import a sheet
///
/// The rows of a CSV file or a workbook into the catalogue of exactly this owner. Columns are recognised by the
/// headings an export has, in Chinese or English, or by names of fields; others are passed over and named in the
/// answer. A row is matched by `id`, `external_id` or number, and speaks only of the columns there are: an empty cell
/// unsets its field, a field without a column stays. `dry_run=true` answers the plan with everything that is wrong,
/// cell by cell; its `plan_etag` sent as `If-Match` applies exactly that plan. Applying is one atomic append, and
/// nothing is written while any cell is wrong.
#[utoipa::path(
    post, path = "/v1/imports", operation_id = "import_sheet", tag = "sync",
    params(
        ("owner" = String, Query, description = "Whose catalogue, exactly", example = "370214"),
        ("dry_run" = Option<bool>, Query, description = "Answer the plan, write nothing"),
        ("mode" = Option<Mode>, Query, description = "`merge` (default): entries the sheet does not name stay; `replace`: they are withdrawn", example = "merge"),
        ("reason" = Option<String>, Query, max_length = 2000, description = "Why; needed unless it is a dry run", example = "2026 年第四季度复核"),
        ("basis" = Option<String>, Query, max_length = 2000, description = "The document (文号) this rests on", example = "青城市监〔2026〕31 号"),
        ("base" = Option<i64>, Query, minimum = 0, description = "The log position the sheet was taken at: what others changed since is a conflict", example = 812),
        ("max_withdrawals" = Option<i64>, Query, minimum = 0, description = "How many rows may leave; by default a tenth of the live rows, at least 10", example = 25),
        ("If-Match" = Option<String>, Header, description = "The `plan_etag` of the plan to apply"),
    ),
    request_body(
        description = "A CSV file (UTF-8 or GB 18030; commas, semicolons or tabs) or an XLSX workbook, whose first sheet with a header is read. At most 10,000 rows.",
        content(
            (String = "text/csv", example = "编号,名称,来源,实施日期\nGB 38600-2019,养老机构服务安全基本规范,引用,2022/1/1\n"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ),
    ),
    responses((status = 200, description = "The plan, applied unless it was a dry run", body = ImportPlan))
)]
pub async fn import(
    request: HttpRequest,
    writing: Writing,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let (terms, mode) = read_terms(&request)?;
    let body = RawBody::read(request.headers(), payload.into_inner(), &[CSV, XLSX]).await?;
    let told = (mode, terms.push.language);
    let whole_sha256 = with_parameters(&request, &body.sha256);
    let kind = kind(&body, request.headers());
    let owner = terms.push.owner.clone();
    let read = move || {
        let rows = read_rows(&body.bytes, &kind, &owner, told.1)?;
        let push = push::read(&rows, terms);
        Ok((rows, push))
    };
    let (rows, push) = read_off_worker(read).await?;
    let accepted = writing.submit(Work::Push(Box::new(push)), whole_sha256).await;
    let told = Told {
        rows: &rows,
        mode: told.0,
        language: told.1,
    };
    let accepted = accepted.map_err(|problem| told.problem(problem))?;
    let Answer::Push(plan) = accepted.answer else {
        return Err(Problem::internal("an import was answered as something else"));
    };
    let document = Document::json(&told.plan(plan.into_shown()))?;
    Ok(durable(document, accepted.position, accepted.replayed))
}

fn read_rows(bytes: &[u8], kind: &Kind, owner: &str, language: Language) -> Result<Rows, Problem> {
    let sheet = sheet::open(bytes, kind);
    let rows = sheet.and_then(|sheet| sheet.rows(Some(owner)));
    rows.map_err(|refusal| refusal.into_problem(language))
}

fn read_terms(request: &HttpRequest) -> Result<(ImportTerms, Mode), Problem> {
    let mut params = Params::of(request);
    let owner = owner(&mut params);
    let dry_run = params.boolean("dry_run").unwrap_or(false);
    let mode = params.term::<Mode>("mode").unwrap_or(Mode::Merge);
    let reason = params.text("reason", MAX_WORDS);
    let basis = params.text("basis", MAX_WORDS);
    let base = params.integer("base", 0..=i64::MAX);
    let max_withdrawals = params.integer("max_withdrawals", 0..=i64::MAX);
    if reason.is_none() && !dry_run && params.faults.is_empty() {
        params.fault("reason", "required", text!("须说明理由", "say why"));
    }
    params.finish()?;
    let push = PushTerms {
        owner: owner.unwrap_or_default(),
        max_withdrawals: max_withdrawals.and_then(|most| usize::try_from(most).ok()),
        dry_run,
        expected_plan: expected_plan(request)?,
        language: negotiate::language(request.headers()),
    };
    let terms = ImportTerms {
        push,
        extent: match mode {
            Mode::Merge => Extent::Part,
            Mode::Replace => Extent::Whole,
        },
        base,
        words: Words { reason, basis },
    };
    Ok((terms, mode))
}

/// A retry is the same request only if it asks for the same.
fn with_parameters(request: &HttpRequest, body: &Hash) -> Hash {
    let mut whole = body.to_vec();
    whole.extend_from_slice(request.query_string().as_bytes());
    sha256(&whole)
}

fn kind(body: &RawBody, headers: &HeaderMap) -> Kind {
    if body.media_type == Format::Xlsx.media_type() {
        return Kind::Xlsx;
    }
    let sent = headers.get(header::CONTENT_TYPE);
    let parameters = sent.and_then(|sent| sent.to_str().ok()).unwrap_or_default();
    let charset = parameters.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"').to_owned();
        name.trim().eq_ignore_ascii_case("charset").then_some(value)
    });
    Kind::Csv { charset }
}
