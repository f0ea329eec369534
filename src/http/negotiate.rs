//! What the client would rather have: language, format and encoding, from the headers that list preferences.

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap, HeaderName};

use crate::domain::problem::{Problem, ProblemType};
use crate::domain::term::Term;
use crate::domain::text::{Language, Text};
use crate::{terms, text};

terms! {
    /// A form in which a resource can be had.
    pub enum Format = "format" {
        Json "json" "JSON" "JSON",
        Ndjson "ndjson" "JSON 行" "JSON lines",
        Csv "csv" "CSV" "CSV",
        Xlsx "xlsx" "Excel 工作簿" "Excel workbook",
        EventStream "sse" "事件流" "Event stream",
        Html "html" "网页" "Web page",
    }
}

terms! {
    /// A language by name, for those who cannot send `Accept-Language`.
    pub enum Tongue = "lang" {
        Chinese "zh" "中文" "Chinese",
        English "en" "英文" "English",
    }
}

impl Format {
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            // Readers that guess take text without a charset for Latin-1.
            Self::EventStream => "text/event-stream; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
        }
    }

    /// The media type without parameters, as `Accept` names it.
    pub fn essence(self) -> &'static str {
        let whole = self.media_type();
        whole.split_once(';').map_or(whole, |(essence, _)| essence)
    }
}

/// How a body is packed on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    Identity,
    Brotli,
    Zstd,
    Gzip,
}

impl Encoding {
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
        }
    }
}

/// The language of words for people; Chinese unless English is asked for.
pub fn language(headers: &HeaderMap) -> Language {
    let of_range = |range: &str| match range.split('-').next().unwrap_or_default() {
        primary if primary.eq_ignore_ascii_case("en") => Some(Language::English),
        primary if primary.eq_ignore_ascii_case("zh") => Some(Language::Chinese),
        "*" => Some(Language::Chinese),
        _ => None,
    };
    let mut best = (0, Language::default());
    for (range, quality) in preferences(headers, &header::ACCEPT_LANGUAGE) {
        if let Some(language) = of_range(range)
            && quality > best.0
        {
            best = (quality, language);
        }
    }
    best.1
}

/// The language of an answer: by the parameter `lang`, else by `Accept-Language`.
pub fn spoken(request: &HttpRequest) -> Language {
    match parameter(request, Tongue::NAME) {
        Some(Tongue::English) => Language::English,
        Some(Tongue::Chinese) => Language::Chinese,
        None => language(request.headers()),
    }
}

/// The format of an answer: by the parameter `format`, else by `Accept`.
pub fn wanted(request: &HttpRequest, offered: &[Format]) -> Result<Format, Problem> {
    match parameter(request, Format::NAME).filter(|format| offered.contains(format)) {
        Some(format) => Ok(format),
        None => format(request.headers(), offered),
    }
}

/// A parameter that stands in for a header; whether it is taken and right is for `Params` to say.
fn parameter<T: Term>(request: &HttpRequest, name: &str) -> Option<T> {
    let mut pairs = request.query_string().split('&');
    pairs.find_map(|pair| T::from_id(pair.strip_prefix(name)?.strip_prefix('=')?))
}

pub fn not_offered(format: Format, offered: &[Format]) -> Text {
    let (format, names) = (format.id(), offered.iter().map(|format| format.id()));
    let names = names.collect::<Vec<_>>().join(", ");
    text!(
        "此处没有 {format}；可用：{names}",
        "{format} is not to be had here, only: {names}"
    )
}

/// The best encoding both sides know; at equal wish the one that packs best.
pub fn encoding(headers: &HeaderMap) -> Encoding {
    let wishes = preferences(headers, &header::ACCEPT_ENCODING);
    let quality_of = |encoding: Encoding| {
        let named = wishes
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(encoding.name()));
        let wish = named.or_else(|| wishes.iter().find(|(name, _)| *name == "*"));
        wish.map_or(0, |(_, quality)| *quality)
    };
    let mut best = (0, Encoding::Identity);
    for encoding in [Encoding::Brotli, Encoding::Zstd, Encoding::Gzip] {
        let quality = quality_of(encoding);
        if quality > best.0 {
            best = (quality, encoding);
        }
    }
    best.1
}

/// The format to answer in: the client's best among those `offered`, whose first is the default.
pub fn format(headers: &HeaderMap, offered: &[Format]) -> Result<Format, Problem> {
    let wishes = preferences(headers, &header::ACCEPT);
    let default = offered.first().copied().unwrap_or(Format::Json);
    if wishes.is_empty() {
        return Ok(default);
    }
    let mut best: Option<(u16, Format)> = None;
    for format in offered {
        let quality = quality_of_format(&wishes, *format);
        if quality > best.map_or(0, |(quality, _)| quality) {
            best = Some((quality, *format));
        }
    }
    best.map(|(_, format)| format).ok_or_else(|| {
        let available: Vec<_> = offered.iter().map(|format| format.essence()).collect();
        let names = available.join(", ");
        Problem::new(
            ProblemType::NotAcceptable,
            text!("此处只提供：{names}", "only available here: {names}"),
        )
        .with("available", available)
    })
}

/// The most specific range that matches decides (RFC 9110 §12.5.1).
fn quality_of_format(wishes: &[(&str, u16)], format: Format) -> u16 {
    let essence = format.essence();
    let family = essence.split('/').next().unwrap_or_default();
    let specificity = |range: &str| {
        if range.eq_ignore_ascii_case(essence) {
            3
        } else if range
            .strip_suffix("/*")
            .is_some_and(|f| f.eq_ignore_ascii_case(family))
        {
            2
        } else if range == "*/*" {
            1
        } else {
            0
        }
    };
    let matching = wishes.iter().filter(|(range, _)| specificity(range) > 0);
    matching
        .max_by_key(|(range, _)| specificity(range))
        .map_or(0, |(_, quality)| *quality)
}

/// The values of a preference header with their weights in thousandths; parameters other than `q` are left out.
fn preferences<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Vec<(&'h str, u16)> {
    let lines = headers.get_all(name).filter_map(|line| line.to_str().ok());
    lines
        .flat_map(|line| line.split(','))
        .filter_map(|item| {
            let mut parts = item.split(';').map(str::trim);
            let value = parts.next().filter(|value| !value.is_empty())?;
            let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
            Some((value, weight.map_or(1000, thousandths)))
        })
        .collect()
}

/// `0.8` is 800; what is no weight counts as none.
fn thousandths(weight: &str) -> u16 {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    if whole == "1" {
        return 1000;
    }
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    digits.parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_str(value).unwrap());
        headers
    }

    #[test]
    fn chinese_unless_english_is_preferred() {
        let chosen = |value| language(&headers(header::ACCEPT_LANGUAGE, value));
        assert_eq!(language(&HeaderMap::new()), Language::Chinese);
        assert_eq!(chosen("en-GB,en;q=0.9"), Language::English);
        assert_eq!(chosen("zh-CN,zh;q=0.9,en;q=0.8"), Language::Chinese);
        assert_eq!(chosen("fr, en;q=0.5"), Language::English);
        assert_eq!(chosen("fr"), Language::Chinese);
        assert_eq!(chosen("en;q=0, *"), Language::Chinese);
    }

    #[test]
    fn the_best_common_encoding_is_chosen() {
        let chosen = |value| encoding(&headers(header::ACCEPT_ENCODING, value));
        assert_eq!(chosen("gzip, deflate, br, zstd"), Encoding::Brotli);
        assert_eq!(chosen("gzip;q=1.0, br;q=0.5"), Encoding::Gzip);
        assert_eq!(chosen("br;q=0, *"), Encoding::Zstd);
        assert_eq!(chosen("identity"), Encoding::Identity);
        assert_eq!(encoding(&HeaderMap::new()), Encoding::Identity);
    }

    #[test]
    fn the_format_follows_accept_or_is_refused() {
        let offered = [Format::Json, Format::Csv];
        let chosen = |value| format(&headers(header::ACCEPT, value), &offered);
        assert_eq!(chosen("*/*").unwrap(), Format::Json);
        assert_eq!(chosen("text/csv").unwrap(), Format::Csv);
        assert_eq!(chosen("text/*, application/json;q=0.9").unwrap(), Format::Csv);
        assert_eq!(chosen("application/json;q=0, */*").unwrap(), Format::Csv);
        let refused = chosen("image/png").unwrap_err();
        assert_eq!(refused.kind.status(), 406);
        assert_eq!(refused.extra["available"][1], "text/csv");
    }
}
