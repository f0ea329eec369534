//! Query parameters, read strictly: what does not decode, is unknown or is faulty is refused, all at once.

use std::ops::RangeInclusive;

use actix_web::HttpRequest;
use chrono::NaiveDate;

use crate::domain::division::{self, Divisions};
use crate::domain::fault::Faults;
use crate::domain::problem::Problem;
use crate::domain::term::Term;
use crate::domain::text::Text;
use crate::domain::time::{AsOf, parse_date};
use crate::text;

/// The parameters of one request. Ask for each by name, then call [`Params::finish`].
#[derive(Debug)]
pub struct Params {
    pairs: Vec<(String, String)>,
    asked: Vec<String>,
    pub faults: Faults,
}

impl Params {
    pub fn of(request: &HttpRequest) -> Self {
        Self::parse(request.query_string())
    }

    pub fn parse(query: &str) -> Self {
        let mut params = Self {
            pairs: Vec::new(),
            asked: Vec::new(),
            faults: Faults::default(),
        };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match (decode(name), decode(value)) {
                (Some(name), Some(value)) => params.pairs.push((name, value)),
                (decoded, _) => {
                    let name = decoded.unwrap_or_else(|| name.to_owned());
                    params.fault(
                        &name,
                        "not_utf8",
                        text!("不是 UTF-8 的百分号编码", "not percent-encoded UTF-8"),
                    );
                    params.asked.push(name);
                }
            }
        }
        params
    }

    /// Names a fault of one parameter.
    pub fn fault(&mut self, name: &str, code: &'static str, detail: Text) {
        self.faults.push(format!("?{name}"), code, detail);
    }

    /// Refuses the request if anything was faulty or was never asked for.
    pub fn finish(mut self) -> Result<(), Problem> {
        let mut unknown: Vec<String> = Vec::new();
        for (name, _) in &self.pairs {
            if !self.asked.contains(name) && !unknown.contains(name) {
                unknown.push(name.clone());
            }
        }
        let known = self.asked.join(", ");
        for name in unknown {
            let detail = if known.is_empty() {
                text!("此处不接受参数", "no parameters are taken here")
            } else {
                text!(
                    "未知参数；可用者：{known}",
                    "unknown parameter; known here: {known}"
                )
            };
            self.fault(&name, "unknown_parameter", detail);
        }
        if self.faults.is_empty() {
            Ok(())
        } else {
            Err(Problem::parameters(self.faults))
        }
    }

    /// All there is, as sent and decoded.
    pub fn pairs(&self) -> impl Iterator<Item = &(String, String)> {
        self.pairs.iter()
    }

    /// Every value given for a name, as sent.
    pub fn repeated(&mut self, name: &str) -> Vec<String> {
        self.asked.push(name.to_owned());
        let given = self.pairs.iter().filter(|(given, _)| given == name);
        given.map(|(_, value)| value.clone()).collect()
    }

    /// The one value given for a name; giving it twice is a fault.
    pub fn single(&mut self, name: &str) -> Option<String> {
        let mut values = self.repeated(name).into_iter();
        let first = values.next()?;
        if values.next().is_some() {
            self.fault(name, "repeated", text!("只能给出一次", "may be given only once"));
            return None;
        }
        Some(first)
    }

    /// A text of 1 to `max` characters.
    pub fn text(&mut self, name: &str, max: usize) -> Option<String> {
        let value = self.single(name)?;
        self.checked_text(name, value, max)
    }

    /// Texts of 1 to `max` characters each; several values mean or.
    pub fn texts(&mut self, name: &str, max: usize) -> Vec<String> {
        let values = self.repeated(name);
        values
            .into_iter()
            .filter_map(|value| self.checked_text(name, value, max))
            .collect()
    }

    /// The code of a division there is.
    pub fn division(&mut self, name: &str) -> Option<String> {
        let code = self.text(name, division::MAX_CODE)?;
        self.known_division(name, code)
    }

    /// Codes of divisions there are; several mean or.
    pub fn divisions(&mut self, name: &str) -> Vec<String> {
        let codes = self.texts(name, division::MAX_CODE);
        codes
            .into_iter()
            .filter_map(|code| self.known_division(name, code))
            .collect()
    }

    fn known_division(&mut self, name: &str, code: String) -> Option<String> {
        Divisions::built_in()
            .known(code)
            .map_err(|detail| self.fault(name, division::UNKNOWN, detail))
            .ok()
    }

    fn checked_text(&mut self, name: &str, value: String, max: usize) -> Option<String> {
        let length = value.chars().count();
        if value.trim().is_empty() {
            self.fault(name, "blank", text!("不能为空", "must not be blank"));
            return None;
        }
        if length > max {
            self.fault(
                name,
                "too_long",
                text!(
                    "最多 {max} 字，现有 {length} 字",
                    "at most {max} characters, found {length}"
                ),
            );
            return None;
        }
        if value.chars().any(|c| c == '\0') {
            self.fault(
                name,
                "control_character",
                text!("不得含有 NUL 字符", "must not hold a NUL character"),
            );
            return None;
        }
        Some(value)
    }

    pub fn integer(&mut self, name: &str, range: RangeInclusive<i64>) -> Option<i64> {
        let value = self.single(name)?;
        let digits = value.strip_prefix('-').unwrap_or(&value);
        let shaped = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        let number = value
            .parse()
            .ok()
            .filter(|number| shaped && range.contains(number));
        if number.is_none() {
            let (min, max) = (range.start(), range.end());
            self.fault(
                name,
                if shaped { "out_of_range" } else { "not_an_integer" },
                text!(
                    "应为 {min} 到 {max} 之间的整数",
                    "must be an integer between {min} and {max}"
                ),
            );
        }
        number
    }

    pub fn boolean(&mut self, name: &str) -> Option<bool> {
        match self.single(name)?.as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => {
                self.fault(
                    name,
                    "not_a_boolean",
                    text!("应为 true 或 false", "must be true or false"),
                );
                None
            }
        }
    }

    /// A calendar day, `YYYY-MM-DD`.
    pub fn date(&mut self, name: &str) -> Option<NaiveDate> {
        let value = self.single(name)?;
        let date = parse_date(&value);
        if date.is_none() {
            self.fault(
                name,
                "not_a_date",
                text!(
                    "「{value}」不是日期，应为 YYYY-MM-DD",
                    "\"{value}\" is not a date, write YYYY-MM-DD"
                ),
            );
        }
        date
    }

    /// A point of transaction time: a position, a day, or an instant with its offset.
    pub fn as_of(&mut self, name: &str) -> Option<AsOf> {
        // The `+` of an offset, sent as it is, reads as a blank.
        let value = self.single(name)?.replace(' ', "+");
        let as_of = AsOf::parse(&value);
        if as_of.is_none() {
            self.fault(
                name,
                "not_a_time",
                text!(
                    "「{value}」不是时点：应为日志位置（数字）、日期 YYYY-MM-DD，或带时区的 RFC 3339 时刻",
                    "\"{value}\" is not a time: write a position (digits), a date YYYY-MM-DD, or an RFC 3339 instant with offset"
                ),
            );
        }
        as_of
    }

    /// One value of a vocabulary, by its identifier.
    pub fn term<T: Term>(&mut self, name: &str) -> Option<T> {
        let value = self.single(name)?;
        self.checked_term(name, &value)
    }

    /// Values of a vocabulary; several mean or.
    pub fn terms<T: Term>(&mut self, name: &str) -> Vec<T> {
        let values = self.repeated(name);
        values
            .iter()
            .filter_map(|value| self.checked_term(name, value))
            .collect()
    }

    fn checked_term<T: Term>(&mut self, name: &str, value: &str) -> Option<T> {
        let term = T::from_id(value);
        if term.is_none() {
            let choices = T::choices();
            self.fault(
                name,
                "unknown_value",
                text!(
                    "「{value}」不在可选值之中：{choices}",
                    "\"{value}\" is not one of: {choices}"
                ),
            );
        }
        term
    }
}

/// Undoes form encoding; nothing when a `%` is not followed by two hex digits or the bytes are not UTF-8.
pub fn decode(words: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(words.len());
    let mut bytes = words.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let high = char::from(bytes.next()?).to_digit(16)?;
                let low = char::from(bytes.next()?).to_digit(16)?;
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::vocabulary::Origin;

    fn codes(params: Params) -> Vec<(String, &'static str)> {
        let faults = params.finish().unwrap_err().errors;
        faults.0.into_iter().map(|f| (f.pointer, f.code)).collect()
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let mut params =
            Params::parse("limit=0&q=%FF&owner=1&owner=2&lmit=3&%zz=1&on=2026-2-1&origin=other&count=yes");
        assert_eq!(params.integer("limit", 1..=1000), None);
        assert_eq!(params.text("q", 10), None);
        assert_eq!(params.single("owner"), None);
        assert_eq!(params.date("on"), None);
        assert_eq!(params.terms::<Origin>("origin"), []);
        assert_eq!(params.boolean("count"), None);
        let codes = codes(params);
        for expected in [
            ("?q", "not_utf8"),
            ("?%zz", "not_utf8"),
            ("?limit", "out_of_range"),
            ("?owner", "repeated"),
            ("?on", "not_a_date"),
            ("?origin", "unknown_value"),
            ("?count", "not_a_boolean"),
            ("?lmit", "unknown_parameter"),
        ] {
            assert!(
                codes.contains(&(expected.0.to_owned(), expected.1)),
                "{expected:?} in {codes:?}"
            );
        }
        assert_eq!(codes.len(), 8);
    }

    #[test]
    fn values_decode_as_forms_write_them() {
        let mut params = Params::parse("q=%E5%85%BB%E8%80%81+bed&origin=self_built&origin=referenced");
        assert_eq!(params.text("q", 10).as_deref(), Some("养老 bed"));
        assert_eq!(
            params.terms::<Origin>("origin"),
            [Origin::SelfBuilt, Origin::Referenced]
        );
        assert!(params.finish().is_ok());
    }

    #[test]
    fn an_offset_may_be_sent_unescaped() {
        let mut params = Params::parse("as_of=2026-08-31T00:00:00+08:00");
        assert!(matches!(params.as_of("as_of"), Some(AsOf::Instant(_))));
    }

    #[test]
    fn an_integer_is_digits_only() {
        for refused in ["+5", "5.0", "", "0x5", "99999999999999999999"] {
            assert_eq!(
                Params::parse(&format!("n={refused}")).integer("n", 0..=10),
                None,
                "{refused}"
            );
        }
    }
}
