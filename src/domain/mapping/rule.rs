//! One rule: which members of a record are read, as what, and where the result goes.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::convert;
use crate::domain::fault::Faults;
use crate::domain::shape::escape;
use crate::text;

/// How members of a record become a member of the content.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "as", rename_all = "snake_case", deny_unknown_fields)]
pub enum Rule {
    /// The first member of `from` that is filled, trimmed.
    Text { from: Vec<String>, to: String },
    /// A calendar day, as people write them.
    Date { from: Vec<String>, to: String },
    /// A number of a standard; what is none goes to `otherwise`, verbatim.
    Number {
        from: Vec<String>,
        to: String,
        otherwise: String,
    },
    /// A value of a closed table; an empty right side means "leave out". With `wrap` the result is an object that holds
    /// the value under that name, beside the members of `with`.
    Term {
        from: Vec<String>,
        to: String,
        values: BTreeMap<String, String>,
        wrap: Option<String>,
        #[serde(default)]
        with: Map<String, Value>,
    },
    /// The texts of all members of `from` together; a text holds several where one of `split` stands between them.
    List {
        from: Vec<String>,
        to: String,
        #[serde(default)]
        split: Vec<String>,
    },
    /// Numbers of standards this one relates to; one that ends in a mark of `partial` is related in part only.
    Relations {
        from: Vec<String>,
        relation: String,
        #[serde(default)]
        split: Vec<String>,
        #[serde(default)]
        partial: Vec<String>,
    },
    /// Numbers of the standards that replace this one.
    SupersededBy {
        from: Vec<String>,
        #[serde(default)]
        split: Vec<String>,
    },
}

/// The record being read and what has come of it so far.
pub(super) struct Reading<'r> {
    pub members: &'r Map<String, Value>,
    pub is_number: &'r dyn Fn(&str) -> bool,
    pub content: &'r mut Map<String, Value>,
    pub superseded_by: &'r mut Vec<String>,
    pub faults: &'r mut Faults,
}

impl Rule {
    pub(super) fn reads(&self, name: &str) -> bool {
        self.from().iter().any(|from| from == name)
    }

    fn from(&self) -> &[String] {
        match self {
            Self::Text { from, .. }
            | Self::Date { from, .. }
            | Self::Number { from, .. }
            | Self::Term { from, .. }
            | Self::List { from, .. }
            | Self::Relations { from, .. }
            | Self::SupersededBy { from, .. } => from,
        }
    }

    pub(super) fn apply(&self, reading: &mut Reading<'_>) {
        match self {
            Self::List { to, split, .. } => {
                let words = reading.every_word(self.from(), split);
                let texts = words.into_iter().map(|word| Value::String(word.text)).collect();
                reading.extend(to, texts);
            }
            Self::Relations {
                relation,
                split,
                partial,
                ..
            } => {
                let words = reading.every_word(self.from(), split);
                let related = reading.related(words, relation, partial);
                reading.extend("relations", related);
            }
            Self::SupersededBy { split, .. } => {
                let words = reading.every_word(self.from(), split);
                let numbers: Vec<String> = reading.numbers_among(words).map(|word| word.text).collect();
                reading.superseded_by.extend(numbers);
            }
            single => single.apply_to_first(reading),
        }
    }

    /// The rules that take one value: the first that is filled.
    fn apply_to_first(&self, reading: &mut Reading<'_>) {
        let Some(word) = reading.first_word(self.from()) else {
            return;
        };
        match self {
            Self::Date { to, .. } => match convert::date(&word.text) {
                Some(day) => reading.set(to, json!(day.format("%Y-%m-%d").to_string())),
                None => reading.refuse(&word, "not_a_date"),
            },
            Self::Number { to, otherwise, .. } => {
                if (reading.is_number)(&word.text) {
                    reading.set(to, json!(word.text));
                } else {
                    reading.set(otherwise, json!(word.text));
                    reading.refuse(&word, "not_a_number");
                }
            }
            Self::Term {
                to,
                values,
                wrap,
                with,
                ..
            } => match values.get(&word.text).map(String::as_str) {
                Some("") => {}
                Some(term) => reading.set(to, wrapped(term, wrap.as_deref(), with)),
                None => reading.refuse(&word, "unknown_value"),
            },
            Self::Text { to, .. } => reading.set(to, json!(word.text)),
            Self::List { .. } | Self::Relations { .. } | Self::SupersededBy { .. } => {}
        }
    }
}

fn wrapped(term: &str, wrap: Option<&str>, with: &Map<String, Value>) -> Value {
    let Some(name) = wrap else {
        return json!(term);
    };
    let mut object = with.clone();
    object.insert(name.to_owned(), json!(term));
    Value::Object(object)
}

/// One piece of text and the place it was found in.
pub(super) struct Word {
    pub text: String,
    pub pointer: String,
}

impl Reading<'_> {
    fn set(&mut self, to: &str, value: Value) {
        self.content.insert(to.to_owned(), value);
    }

    /// Adds to a list that other rules may have begun.
    fn extend(&mut self, to: &str, values: Vec<Value>) {
        if values.is_empty() {
            return;
        }
        let list = self.content.entry(to.to_owned()).or_insert_with(|| json!([]));
        if let Value::Array(list) = list {
            for value in values {
                if !list.contains(&value) {
                    list.push(value);
                }
            }
        }
    }

    fn refuse(&mut self, word: &Word, code: &'static str) {
        let words = &word.text;
        let detail = match code {
            "not_a_date" => text!("「{words}」不是日期", "\"{words}\" is not a date"),
            "not_a_number" => text!(
                "「{words}」不是标准编号",
                "\"{words}\" is not a standard's number"
            ),
            _ => text!(
                "「{words}」不在对照表中",
                "\"{words}\" is not in the table of values"
            ),
        };
        self.faults.push(word.pointer.clone(), code, detail);
    }

    fn first_word(&mut self, from: &[String]) -> Option<Word> {
        let members = self.members;
        let (name, value) = from
            .iter()
            .filter_map(|name| members.get_key_value(name))
            .find(|(_, value)| !convert::is_blank(value))?;
        let pointer = format!("/{}", escape(name));
        match convert::words(value) {
            Some(text) => Some(Word { text, pointer }),
            None => {
                crate::domain::shape::wrong_type(self.faults, &pointer, "string", value);
                None
            }
        }
    }

    /// All the texts of all the members, taken apart.
    fn every_word(&mut self, from: &[String], split: &[String]) -> Vec<Word> {
        let mut words = Vec::new();
        for name in from {
            let Some(value) = self.members.get(name) else {
                continue;
            };
            let pointer = format!("/{}", escape(name));
            match value {
                Value::Array(items) => {
                    for (index, item) in items.iter().enumerate() {
                        self.take_apart(item, &format!("{pointer}/{index}"), split, &mut words);
                    }
                }
                single => self.take_apart(single, &pointer, split, &mut words),
            }
        }
        words
    }

    fn take_apart(&mut self, value: &Value, pointer: &str, split: &[String], words: &mut Vec<Word>) {
        if convert::is_blank(value) {
            return;
        }
        let Some(text) = convert::words(value) else {
            crate::domain::shape::wrong_type(self.faults, pointer, "string", value);
            return;
        };
        words.extend(convert::split(&text, split).into_iter().map(|piece| Word {
            text: piece,
            pointer: pointer.to_owned(),
        }));
    }

    fn numbers_among(&mut self, words: Vec<Word>) -> impl Iterator<Item = Word> + use<> {
        let mut numbers = Vec::new();
        for word in words {
            if (self.is_number)(&word.text) {
                numbers.push(word);
            } else {
                self.refuse(&word, "not_a_number");
            }
        }
        numbers.into_iter()
    }

    fn related(&mut self, words: Vec<Word>, relation: &str, partial: &[String]) -> Vec<Value> {
        let mut related = Vec::new();
        for mut word in words {
            let whole = partial
                .iter()
                .find_map(|mark| word.text.strip_suffix(mark.as_str()));
            let in_part = whole.map(|number| number.trim().to_owned());
            let extent = if in_part.is_some() { "partial" } else { "whole" };
            word.text = in_part.unwrap_or(word.text);
            related.extend(self.numbers_among(vec![word]).map(|number| match relation {
                "replaces" => {
                    json!({ "type": relation, "extent": extent, "target": { "number": number.text } })
                }
                _ => json!({ "type": relation, "target": { "number": number.text } }),
            }));
        }
        related
    }
}
