//! The door for JSON: what RFC 8785 cannot carry faithfully is refused here, before anything is read from it.
//!
//! Duplicate members, integers beyond 2^53 − 1, fractions, lone surrogates, NUL and deep nesting each have a
//! reading that differs between parsers; a log whose bytes are hashed cannot hold any of them.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::domain::fault::Faults;
use crate::domain::problem::{Problem, ProblemType};
use crate::domain::shape::{MAX_INTEGER, escape};
use crate::text;

/// How deep arrays and objects may nest.
pub const MAX_DEPTH: usize = 64;

/// Parses a body strictly: 400 when it is not JSON, 422 when it is JSON that must not be hashed.
pub fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    let words = std::str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        malformed(
            "not_utf8",
            text!("第 {offset} 字节起不是 UTF-8", "not UTF-8 from byte {offset} on"),
        )
    })?;
    let faults = RefCell::new(Faults::default());
    let mut deserializer = serde_json::Deserializer::from_str(words);
    let strict = Strict {
        faults: &faults,
        path: Path::Root,
        depth: 0,
    };
    let value = strict
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| explain(&error))?;
    let faults = faults.into_inner();
    if faults.is_empty() {
        Ok(value)
    } else {
        Err(Problem::invalid(faults))
    }
}

fn malformed(code: &'static str, detail: crate::domain::text::Text) -> Problem {
    let mut problem = Problem::new(ProblemType::MalformedJson, detail.clone());
    problem.errors.push("", code, detail);
    problem
}

fn explain(error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    let words = error.to_string();
    if words.contains("surrogate") || words.contains("unexpected end of hex escape") {
        let mut faults = Faults::default();
        faults.push(
            "",
            "lone_surrogate",
            text!(
                "第 {line} 行第 {column} 列：不成对的代理字符不是文字",
                "line {line}, column {column}: a lone surrogate is not a character"
            ),
        );
        return Problem::invalid(faults);
    }
    if words.contains(TOO_DEEP) || words.contains("recursion limit") {
        return malformed(
            "too_deep",
            text!("嵌套超过 {MAX_DEPTH} 层", "nested more than {MAX_DEPTH} deep"),
        );
    }
    malformed(
        "malformed",
        text!(
            "第 {line} 行第 {column} 列：{words}",
            "line {line}, column {column}: {words}"
        ),
    )
}

const TOO_DEEP: &str = "nested too deep";

/// The way to a value, written out as a pointer only when there is a fault to tell.
#[derive(Clone, Copy)]
enum Path<'p> {
    Root,
    Item(&'p Path<'p>, usize),
    Member(&'p Path<'p>, &'p str),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Item(parent, index) => write!(f, "{parent}/{index}"),
            Self::Member(parent, name) => write!(f, "{parent}/{}", escape(name)),
        }
    }
}

/// Reads one value at a path, gathering faults that still let the rest be read.
struct Strict<'p> {
    faults: &'p RefCell<Faults>,
    path: Path<'p>,
    depth: usize,
}

impl Strict<'_> {
    fn below<'c>(&'c self, path: Path<'c>) -> Strict<'c> {
        Strict {
            faults: self.faults,
            path,
            depth: self.depth + 1,
        }
    }

    fn fault(&self, code: &'static str, detail: crate::domain::text::Text) {
        self.faults.borrow_mut().push(self.path.to_string(), code, detail);
    }

    fn check_text(&self, words: &str) {
        if words.contains('\0') {
            self.fault(
                "control_character",
                text!("不得含有 NUL 字符", "must not hold a NUL character"),
            );
        }
    }

    fn check_depth<E: Error>(&self) -> Result<(), E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom(TOO_DEEP));
        }
        Ok(())
    }

    fn unsafe_number(&self) -> Value {
        self.fault(
            "unsafe_number",
            text!(
                "只接受 ±(2^53−1) 以内的整数",
                "only integers within ±(2^53−1) are taken"
            ),
        );
        Value::Null
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        if value.unsigned_abs() > MAX_INTEGER.unsigned_abs() {
            return Ok(self.unsafe_number());
        }
        Ok(Value::Number(Number::from(value)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        if value > MAX_INTEGER.unsigned_abs() {
            return Ok(self.unsafe_number());
        }
        Ok(Value::Number(Number::from(value)))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(self.unsafe_number())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        self.check_text(value);
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        self.check_text(&value);
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        self.check_depth()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(self.below(Path::Item(&self.path, array.len())))? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        self.check_depth()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            self.check_text(&name);
            let child = self.below(Path::Member(&self.path, &name));
            if object.contains_key(&name) {
                child.fault(
                    "duplicate_member",
                    text!("成员重复出现", "the member occurs twice"),
                );
            }
            let value = members.next_value_seed(child)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(body: &[u8]) -> (u16, Vec<(String, &'static str)>) {
        let problem = parse(body).unwrap_err();
        let codes = problem
            .errors
            .0
            .iter()
            .map(|f| (f.pointer.clone(), f.code))
            .collect();
        (problem.kind.status(), codes)
    }

    #[test]
    fn what_cannot_be_hashed_faithfully_is_refused_with_its_place() {
        assert_eq!(
            codes(br#"{"a":{"b":1,"b":2}}"#),
            (422, vec![("/a/b".into(), "duplicate_member")])
        );
        assert_eq!(
            codes(b"[9007199254740992]"),
            (422, vec![("/0".into(), "unsafe_number")])
        );
        assert_eq!(codes(b"[1.5]"), (422, vec![("/0".into(), "unsafe_number")]));
        assert_eq!(
            codes(br#"["\ud800"]"#),
            (422, vec![(String::new(), "lone_surrogate")])
        );
        assert_eq!(
            codes(br#"["\u0000"]"#),
            (422, vec![("/0".into(), "control_character")])
        );
        assert_eq!(
            codes(&[b'[', 0xff, b']']),
            (400, vec![(String::new(), "not_utf8")])
        );
        assert_eq!(codes(b"{"), (400, vec![(String::new(), "malformed")]));
        assert_eq!(codes(b"{} {}"), (400, vec![(String::new(), "malformed")]));
        assert_eq!(
            codes("[".repeat(10_000).as_bytes()),
            (400, vec![(String::new(), "too_deep")])
        );
    }
}
