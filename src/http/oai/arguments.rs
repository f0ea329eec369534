//! What a request asks for, read as the protocol says, with every fault named.

use serde::{Deserialize, Serialize};

use crate::domain::text::Text;
use crate::http::oai::fault::{Code, Fault};
use crate::http::oai::stamp::Stamp;
use crate::http::oai::token::{Listing, Token};
use crate::http::params;
use crate::registry::read::harvest::list::Selection;
use crate::registry::read::harvest::set::Set;
use crate::text;

/// The requests of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verb {
    Identify,
    ListMetadataFormats,
    ListSets,
    ListIdentifiers,
    ListRecords,
    GetRecord,
}

/// In what form records can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    DublinCore,
    Registry,
}

/// A request that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    Identify,
    /// Of one item, or of all.
    Formats(Option<String>),
    Sets,
    List(Listing),
    Resume(Box<Token>),
    Record(String, Format),
}

/// A request's arguments as they were sent.
pub struct Arguments {
    pub pairs: Vec<(String, String)>,
    pub faults: Vec<Fault>,
}

impl Verb {
    const ALL: [Self; 6] = [
        Self::Identify,
        Self::ListMetadataFormats,
        Self::ListSets,
        Self::ListIdentifiers,
        Self::ListRecords,
        Self::GetRecord,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Identify => "Identify",
            Self::ListMetadataFormats => "ListMetadataFormats",
            Self::ListSets => "ListSets",
            Self::ListIdentifiers => "ListIdentifiers",
            Self::ListRecords => "ListRecords",
            Self::GetRecord => "GetRecord",
        }
    }

    /// The arguments it takes, and which of them it needs.
    fn takes(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::Identify => (&[], &[]),
            Self::ListMetadataFormats => (&["identifier"], &[]),
            Self::ListSets => (&["resumptionToken"], &[]),
            Self::ListIdentifiers | Self::ListRecords => (
                &["from", "until", "set", "metadataPrefix", "resumptionToken"],
                &["metadataPrefix"],
            ),
            Self::GetRecord => (
                &["identifier", "metadataPrefix"],
                &["identifier", "metadataPrefix"],
            ),
        }
    }
}

impl Format {
    pub const ALL: [Self; 2] = [Self::DublinCore, Self::Registry];

    pub fn prefix(self) -> &'static str {
        match self {
            Self::DublinCore => "oai_dc",
            Self::Registry => "registry",
        }
    }

    fn of(prefix: &str) -> Result<Self, Fault> {
        let mut all = Self::ALL.into_iter();
        all.find(|format| format.prefix() == prefix).ok_or_else(|| {
            let known = Self::ALL.map(Self::prefix).join(", ");
            Fault::new(
                Code::CannotDisseminateFormat,
                text!(
                    "没有格式「{prefix}」；可用：{known}",
                    "there is no format \"{prefix}\"; available: {known}"
                ),
            )
        })
    }
}

impl Arguments {
    /// Reads the form encoding that both the query and the body have.
    pub fn parse(form: &str) -> Self {
        let mut arguments = Self {
            pairs: Vec::new(),
            faults: Vec::new(),
        };
        for pair in form.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match (params::decode(name), params::decode(value)) {
                (Some(name), Some(value)) => arguments.pairs.push((name, value)),
                _ => arguments.bad(text!(
                    "「{pair}」不是 UTF-8 的百分号编码",
                    "\"{pair}\" is not percent-encoded UTF-8"
                )),
            }
        }
        arguments
    }

    /// What is asked for; nothing when there were faults.
    pub fn question(&mut self) -> Option<Question> {
        let verb = self.verb()?;
        self.check_names(verb);
        if let Some(words) = self.value("resumptionToken")
            && verb.takes().0.contains(&"resumptionToken")
        {
            return self.resumed(verb, &words);
        }
        for name in verb.takes().1 {
            if self.value(name).is_none() {
                self.bad(text!("缺少参数 {name}", "the argument {name} is missing"));
            }
        }
        let question = match verb {
            Verb::Identify => Some(Question::Identify),
            Verb::ListMetadataFormats => Some(Question::Formats(self.value("identifier"))),
            Verb::ListSets => Some(Question::Sets),
            Verb::GetRecord => {
                let format = self.format();
                let identifier = self.value("identifier");
                identifier
                    .zip(format)
                    .map(|(id, format)| Question::Record(id, format))
            }
            Verb::ListIdentifiers | Verb::ListRecords => self.listing(verb).map(Question::List),
        };
        question.filter(|_| self.faults.is_empty())
    }

    /// The one value given for a name.
    fn value(&self, name: &str) -> Option<String> {
        let mut given = self.pairs.iter().filter(|(given, _)| given == name);
        given.next().map(|(_, value)| value.clone())
    }

    fn bad(&mut self, detail: Text) {
        self.faults.push(Fault::new(Code::BadArgument, detail));
    }

    fn verb(&mut self) -> Option<Verb> {
        let given: Vec<&str> = self
            .pairs
            .iter()
            .filter(|(name, _)| name == "verb")
            .map(|(_, value)| value.as_str())
            .collect();
        let known = Verb::ALL.map(Verb::name).join(", ");
        let detail = match given.as_slice() {
            [one] => match Verb::ALL.into_iter().find(|verb| verb.name() == *one) {
                Some(verb) => return Some(verb),
                None => text!(
                    "没有动词「{one}」；可用：{known}",
                    "there is no verb \"{one}\"; it is one of: {known}"
                ),
            },
            [] => text!(
                "缺少 verb；可用：{known}",
                "verb is missing; it is one of: {known}"
            ),
            _ => text!("verb 只能给出一次", "verb may be given only once"),
        };
        self.faults.push(Fault::new(Code::BadVerb, detail));
        None
    }

    fn check_names(&mut self, verb: Verb) {
        let (taken, verb) = (verb.takes().0, verb.name());
        let mut seen: Vec<String> = vec!["verb".to_owned()];
        for (name, _) in self.pairs.clone() {
            if name == "verb" {
                continue;
            }
            if seen.contains(&name) {
                self.bad(text!("{name} 只能给出一次", "{name} may be given only once"));
            } else if !taken.contains(&name.as_str()) {
                self.bad(text!("{verb} 没有参数 {name}", "{verb} takes no argument {name}"));
            }
            seen.push(name);
        }
    }

    /// A token stands for all other arguments.
    fn resumed(&mut self, verb: Verb, words: &str) -> Option<Question> {
        if self.pairs.len() > 2 {
            self.bad(text!(
                "resumptionToken 不能与其他参数同时给出",
                "resumptionToken excludes all other arguments"
            ));
        }
        let token = Token::decode(words, verb);
        if token.is_none() {
            self.faults.push(bad_token());
        }
        let token = token.filter(|_| self.faults.is_empty())?;
        Some(Question::Resume(Box::new(token)))
    }

    fn format(&mut self) -> Option<Format> {
        let prefix = self.value("metadataPrefix")?;
        Format::of(&prefix).map_err(|fault| self.faults.push(fault)).ok()
    }

    fn listing(&mut self, verb: Verb) -> Option<Listing> {
        let format = self.format();
        let (from, until) = (self.stamp("from"), self.stamp("until"));
        if let (Some(from), Some(until)) = (from, until) {
            if from.is_day != until.is_day {
                self.bad(text!(
                    "from 与 until 的精度须相同",
                    "from and until must have the same granularity"
                ));
            } else if from.first > until.last {
                self.bad(text!("from 晚于 until", "from is later than until"));
            }
        }
        let set = self.set();
        Some(Listing {
            verb,
            format: format?,
            selection: Selection {
                from: from.map(|from| from.first),
                until: until.map(|until| until.last),
                set,
            },
        })
    }

    fn stamp(&mut self, name: &str) -> Option<Stamp> {
        let words = self.value(name)?;
        let stamp = Stamp::parse(&words);
        if stamp.is_none() {
            self.bad(text!(
                "{name}「{words}」应为 YYYY-MM-DD 或 YYYY-MM-DDThh:mm:ssZ",
                "{name} \"{words}\" must be YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ"
            ));
        }
        stamp
    }

    fn set(&mut self) -> Option<Set> {
        let spec = self.value("set")?;
        let set = Set::parse(&spec);
        if set.is_none() {
            let (code, detail) = if is_set_spec(&spec) {
                let detail = text!("没有集合「{spec}」", "there is no set \"{spec}\"");
                (Code::NoRecordsMatch, detail)
            } else {
                let detail = text!("「{spec}」不是 setSpec", "\"{spec}\" is not a setSpec");
                (Code::BadArgument, detail)
            };
            self.faults.push(Fault::new(code, detail));
        }
        set
    }
}

/// A token that was never given out, or not by this log.
pub fn bad_token() -> Fault {
    Fault::new(
        Code::BadResumptionToken,
        text!(
            "resumptionToken 无效：须原样使用上一页所给，且用于同一 verb",
            "the resumptionToken is not valid: use the one of the page before as it is, with the same verb"
        ),
    )
}

/// The protocol's grammar of set names.
fn is_set_spec(spec: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.!~*'()".contains(c);
    spec.split(':')
        .all(|part| !part.is_empty() && part.chars().all(allowed))
}
