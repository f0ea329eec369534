//! Reading JSON into typed content, naming every fault on the way.
//!
//! `serde` stops at the first mistake. People who fill in a catalogue want all of them, each with its place.

use chrono::NaiveDate;
use serde_json::{Map, Value};

use crate::domain::division::{self, Divisions};
use crate::domain::fault::Faults;
use crate::domain::term::Term;
use crate::text;

/// The largest integer that every JSON reader holds exactly: 2^53 − 1.
pub const MAX_INTEGER: i64 = 9_007_199_254_740_991;

/// The members of one object, read one by one; what was never asked for is reported as unknown.
pub struct Fields<'v, 'f> {
    members: &'v Map<String, Value>,
    pointer: String,
    asked: Vec<&'static str>,
    pub faults: &'f mut Faults,
}

impl<'v, 'f> Fields<'v, 'f> {
    /// Opens an object; anything else is a fault and nothing to read.
    pub fn open(value: &'v Value, pointer: impl Into<String>, faults: &'f mut Faults) -> Option<Self> {
        let pointer = pointer.into();
        match value {
            Value::Object(members) => Some(Self {
                members,
                pointer,
                asked: Vec::new(),
                faults,
            }),
            other => {
                wrong_type(faults, &pointer, "object", other);
                None
            }
        }
    }

    pub fn pointer_to(&self, name: &str) -> String {
        format!("{}/{}", self.pointer, escape(name))
    }

    /// Names a fault of one member.
    pub fn fault(&mut self, name: &str, code: &'static str, detail: crate::domain::text::Text) {
        let pointer = self.pointer_to(name);
        self.faults.push(pointer, code, detail);
    }

    /// The member as it stands; null means the same as absent.
    pub fn value(&mut self, name: &'static str) -> Option<&'v Value> {
        self.asked.push(name);
        self.members.get(name).filter(|value| !value.is_null())
    }

    /// Whether the member is there with a value.
    pub fn has(&self, name: &str) -> bool {
        self.members.get(name).is_some_and(|value| !value.is_null())
    }

    /// Whether the member is there and null: what a merge patch removes.
    pub fn is_unset(&self, name: &str) -> bool {
        self.members.get(name).is_some_and(Value::is_null)
    }

    /// Reports the member as missing unless it was found (or was there and already found faulty).
    pub fn required<T>(&mut self, name: &'static str, found: Option<T>) -> Option<T> {
        if found.is_none() && !self.has(name) {
            self.fault(name, "required", text!("此项必填", "this member is required"));
        }
        found
    }

    /// A text of 1 to `max` characters that is not all blanks, kept verbatim.
    pub fn text(&mut self, name: &'static str, max: usize) -> Option<String> {
        let value = self.value(name)?;
        let pointer = self.pointer_to(name);
        read_text(value, &pointer, max, self.faults)
    }

    /// The code of a division there is.
    pub fn division(&mut self, name: &'static str) -> Option<String> {
        let code = self.text(name, division::MAX_CODE)?;
        Divisions::built_in()
            .known(code)
            .map_err(|detail| self.fault(name, division::UNKNOWN, detail))
            .ok()
    }

    pub fn boolean(&mut self, name: &'static str) -> Option<bool> {
        let value = self.value(name)?;
        let pointer = self.pointer_to(name);
        match value {
            Value::Bool(flag) => Some(*flag),
            other => {
                wrong_type(self.faults, &pointer, "boolean", other);
                None
            }
        }
    }

    /// An integer of `min ..= max`.
    pub fn integer(&mut self, name: &'static str, min: i64, max: i64) -> Option<i64> {
        let value = self.value(name)?;
        let pointer = self.pointer_to(name);
        match value.as_i64() {
            Some(number) if (min..=max).contains(&number) => Some(number),
            Some(_) => {
                self.faults.push(
                    pointer,
                    "out_of_range",
                    text!("应在 {min} 到 {max} 之间", "must be between {min} and {max}"),
                );
                None
            }
            None => {
                wrong_type(self.faults, &pointer, "integer", value);
                None
            }
        }
    }

    /// A calendar day, `YYYY-MM-DD`.
    pub fn date(&mut self, name: &'static str) -> Option<NaiveDate> {
        let value = self.value(name)?;
        let pointer = self.pointer_to(name);
        let words = read_text(value, &pointer, 32, self.faults)?;
        let date = crate::domain::time::parse_date(&words);
        if date.is_none() {
            self.faults.push(
                pointer,
                "not_a_date",
                text!(
                    "「{words}」不是日期，应为 YYYY-MM-DD",
                    "\"{words}\" is not a date, write YYYY-MM-DD"
                ),
            );
        }
        date
    }

    /// One value of a closed vocabulary, by its identifier.
    pub fn term<T: Term>(&mut self, name: &'static str) -> Option<T> {
        let value = self.value(name)?;
        let pointer = self.pointer_to(name);
        read_term(value, &pointer, self.faults)
    }

    /// A list of at most `max` items, each read by `read`; faulty items are left out.
    pub fn list<T>(
        &mut self,
        name: &'static str,
        max: usize,
        mut read: impl FnMut(&'v Value, &str, &mut Faults) -> Option<T>,
    ) -> Vec<T> {
        let Some(value) = self.value(name) else {
            return Vec::new();
        };
        let pointer = self.pointer_to(name);
        let Value::Array(items) = value else {
            wrong_type(self.faults, &pointer, "array", value);
            return Vec::new();
        };
        if items.len() > max {
            let count = items.len();
            self.faults.push(
                pointer,
                "too_many_items",
                text!(
                    "最多 {max} 项，现有 {count} 项",
                    "at most {max} items, found {count}"
                ),
            );
            return Vec::new();
        }
        let mut read_items = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            read_items.extend(read(item, &format!("{pointer}/{index}"), self.faults));
        }
        read_items
    }

    /// A set of texts: sorted, without duplicates.
    pub fn text_set(&mut self, name: &'static str, max_items: usize, max_chars: usize) -> Vec<String> {
        let mut texts = self.list(name, max_items, |item, pointer, faults| {
            read_text(item, pointer, max_chars, faults)
        });
        texts.sort();
        texts.dedup();
        texts
    }

    /// A set of terms: in the vocabulary's order, without duplicates.
    pub fn term_set<T: Term + Ord>(&mut self, name: &'static str) -> Vec<T> {
        let mut terms = self.list(name, 100, read_term::<T>);
        terms.sort();
        terms.dedup();
        terms
    }

    /// Reports every member nobody asked for.
    pub fn finish(self) {
        for name in self.members.keys() {
            if !self.asked.contains(&name.as_str()) {
                let known = self.asked.join(", ");
                self.faults.push(
                    format!("{}/{}", self.pointer, escape(name)),
                    "unknown_member",
                    text!("没有这一项；可用：{known}", "no such member; known: {known}"),
                );
            }
        }
    }
}

/// A text of 1 to `max` characters that is not all blanks.
pub fn read_text(value: &Value, pointer: &str, max: usize, faults: &mut Faults) -> Option<String> {
    let Value::String(words) = value else {
        wrong_type(faults, pointer, "string", value);
        return None;
    };
    let length = words.chars().count();
    if words.trim().is_empty() {
        faults.push(pointer, "blank", text!("不能为空", "must not be blank"));
        return None;
    }
    if length > max {
        faults.push(
            pointer,
            "too_long",
            text!(
                "最多 {max} 字，现有 {length} 字",
                "at most {max} characters, found {length}"
            ),
        );
        return None;
    }
    Some(words.clone())
}

pub fn read_term<T: Term>(value: &Value, pointer: &str, faults: &mut Faults) -> Option<T> {
    let Value::String(words) = value else {
        wrong_type(faults, pointer, "string", value);
        return None;
    };
    let term = T::from_id(words);
    if term.is_none() {
        let choices = T::choices();
        faults.push(
            pointer,
            "unknown_value",
            text!(
                "「{words}」不在可选值之中：{choices}",
                "\"{words}\" is not one of: {choices}"
            ),
        );
    }
    term
}

/// Reports a value of the wrong JSON type.
pub fn wrong_type(faults: &mut Faults, pointer: &str, expected: &'static str, found: &Value) {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    faults.push(
        pointer,
        "wrong_type",
        text!(
            "应为 {expected}，现为 {found}",
            "must be {expected}, found {found}"
        ),
    );
}

/// Escapes one token of an RFC 6901 pointer.
pub fn escape(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}
