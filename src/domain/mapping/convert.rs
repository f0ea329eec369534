//! Values as people write them.

use chrono::NaiveDate;
use serde_json::Value;

use crate::domain::time::parse_date;

/// Nothing to read: null, blanks, an empty list.
pub(super) fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(words) => words.trim().is_empty(),
        Value::Array(items) => items.iter().all(is_blank),
        _ => false,
    }
}

/// A single value as text; lists and objects have none.
pub(super) fn words(value: &Value) -> Option<String> {
    match value {
        Value::String(words) => Some(words.trim().to_owned()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The pieces between any of the separators, trimmed, without empty ones.
pub(super) fn split(text: &str, separators: &[String]) -> Vec<String> {
    let mut pieces = vec![text];
    for separator in separators.iter().filter(|separator| !separator.is_empty()) {
        pieces = pieces
            .into_iter()
            .flat_map(|piece| piece.split(separator.as_str()))
            .collect();
    }
    let trimmed = pieces.into_iter().map(str::trim);
    trimmed
        .filter(|piece| !piece.is_empty())
        .map(str::to_owned)
        .collect()
}

/// `2018-05-14`, `2018/5/14`, `2018.5.14`, `20180514`, `2018年5月14日`, each with or without a time after it.
pub fn date(words: &str) -> Option<NaiveDate> {
    let day = words.split(['T', ' ']).next().unwrap_or(words);
    if let Some(date) = parse_date(day) {
        return Some(date);
    }
    if day.len() == 8 && day.bytes().all(|b| b.is_ascii_digit()) {
        return NaiveDate::parse_from_str(day, "%Y%m%d").ok();
    }
    let day = day.strip_suffix('日').unwrap_or(day);
    let parts: Vec<&str> = day.split(['-', '/', '.', '年', '月']).collect();
    match parts.as_slice() {
        [year, month, day] if year.len() == 4 => {
            NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
        }
        _ => None,
    }
}
