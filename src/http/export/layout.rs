//! How a client wants its rows: by `Accept` and `Accept-Language`, or, as addresses cannot carry headers, by parameters.

use actix_web::HttpRequest;

use crate::domain::problem::Problem;
use crate::domain::sheet::{Cell, Style, Words};
use crate::domain::text::Language;
use crate::http::negotiate::{self, Format};
use crate::http::params::Params;
use crate::registry::moment::Moment;

/// The parameters that say how, not what.
const HOW: &[&str] = &["format", "lang", "bom", "all", "limit", "cursor"];

/// How a client wants its rows.
#[derive(Clone, Debug)]
pub struct Layout {
    pub format: Format,
    /// Whether CSV begins with a byte order mark.
    pub bom: bool,
    pub style: Style,
    pub language: Language,
    /// The request line, which a workbook names as its source.
    source: String,
    /// What narrowed the rows down.
    filters: Vec<(String, String)>,
}

impl Layout {
    /// Reads `format`, `lang` and `bom`. To be asked last, when `params` knows all other names.
    pub fn read(request: &HttpRequest, params: &mut Params, offered: &[Format]) -> Result<Self, Problem> {
        let named = params.term::<Format>("format");
        if let Some(format) = named.filter(|format| !offered.contains(format)) {
            params.fault("format", "unknown_value", negotiate::not_offered(format, offered));
        }
        let lang = params.term::<negotiate::Tongue>("lang");
        let bom = params.boolean("bom").unwrap_or(false);
        let format = match named {
            Some(format) => format,
            None => negotiate::wanted(request, offered)?,
        };
        let language = negotiate::spoken(request);
        let style = match (format, lang) {
            // What programs read stays the same in every language, unless one is asked for.
            (Format::Csv, None) => Style::Names,
            _ => Style::Labels(language),
        };
        let filters = params.pairs().filter(|(name, _)| !HOW.contains(&name.as_str()));
        Ok(Self {
            format,
            bom,
            style,
            language,
            source: request.uri().to_string(),
            filters: filters.cloned().collect(),
        })
    }

    /// Whether rows come as a table, all in one answer unless a part is asked for.
    pub fn is_whole(&self) -> bool {
        matches!(self.format, Format::Csv | Format::Xlsx | Format::Ndjson)
    }

    /// What a workbook says of itself on a sheet of its own.
    pub(super) fn about(
        &self,
        title: &Words,
        position: i64,
        moment: Option<&Moment>,
        rows: u64,
    ) -> Vec<[Cell; 2]> {
        let style = self.style;
        let line = |zh: &'static str, en: &'static str, cell: Cell| {
            [Cell::text(Words::fixed(en, zh, en).in_style(style)), cell]
        };
        let mut lines = vec![
            line("内容", "Content", Cell::text(title.in_style(style))),
            line("行数", "Rows", Cell::count(rows)),
        ];
        // What does not come from the log has no place in it.
        if position > 0 {
            lines.push(line("日志位置", "Log position", Cell::Integer(position)));
        }
        if let Some(moment) = moment {
            lines.push(line(
                "登记时点（北京时间）",
                "As of (Beijing time)",
                Cell::Instant(moment.as_of),
            ));
            lines.push(line("有效性判定日", "Valid at", Cell::Day(moment.valid_at)));
        }
        lines.extend(
            self.filters
                .iter()
                .map(|(name, value)| line("条件", "Condition", Cell::text(format!("{name} = {value}")))),
        );
        lines.push(line("来源", "Source", Cell::text(&self.source)));
        lines
    }
}
