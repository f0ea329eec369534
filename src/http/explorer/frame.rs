//! What every page shows around its own matter, and how its links keep language and time.

use crate::domain::division::Divisions;
use crate::domain::term::Term;
use crate::domain::text::{Language, Text};
use crate::domain::time::Instant;
use crate::http::explorer::address::Address;
use crate::http::explorer::assets;
use crate::http::problem::language_tag;
use crate::registry::moment::Moment;

/// The language of a page, where it is chosen.
pub const LANGUAGE: &str = "lang";

/// The time a page speaks of; links keep it.
pub const TIME: [&str; 2] = ["as_of", "valid_at"];

/// A part of the explorer, for the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Search,
    Matrix,
    Review,
    Changes,
    Dates,
    Log,
    None,
}

/// What all templates share.
#[derive(Clone, Debug)]
pub struct Frame {
    pub language: Language,
    /// As it was asked for, blanks left out.
    pub here: Address,
    /// What the page was read at; a refusal has none.
    pub at: Option<Moment>,
    pub section: Section,
}

impl Frame {
    pub fn new(language: Language, here: Address, section: Section) -> Self {
        Self {
            language,
            here,
            at: None,
            section,
        }
    }

    /// Words in the page's language.
    pub fn t<'w>(&self, zh: &'w str, en: &'w str) -> &'w str {
        match self.language {
            Language::Chinese => zh,
            Language::English => en,
        }
    }

    pub fn told<'w>(&self, text: &'w Text) -> &'w str {
        text.in_language(self.language)
    }

    pub fn term<T: Term>(&self, term: T) -> &'static str {
        match self.language {
            Language::Chinese => term.zh(),
            Language::English => term.en(),
        }
    }

    pub fn tag(&self) -> &'static str {
        language_tag(self.language)
    }

    /// Whether the page belongs to the part that templates name so.
    pub fn is_in(&self, section: &str) -> bool {
        let name = match self.section {
            Section::Search => "search",
            Section::Matrix => "matrix",
            Section::Review => "review",
            Section::Changes => "changes",
            Section::Dates => "dates",
            Section::Log => "log",
            Section::None => return false,
        };
        name == section
    }

    /// Another page, in the same language and at the same time.
    pub fn to(&self, path: &str) -> Address {
        let kept = [LANGUAGE].into_iter().chain(TIME);
        kept.fold(Address::new(path), |address, name| match self.here.first(name) {
            Some(value) => address.plus(name, value),
            None => address,
        })
    }

    /// The same as data: at the same time, in no language.
    pub fn data(&self, path: &str) -> Address {
        self.to(path).without(&[LANGUAGE])
    }

    pub fn standard(&self, id: &str) -> Address {
        self.to(&format!("/standards/{id}"))
    }

    pub fn framework(&self, slug: &str) -> Address {
        self.to(&format!("/frameworks/{slug}"))
    }

    /// This page in the other language.
    pub fn translated(&self) -> Address {
        let other = self.t("en", "zh");
        self.here.clone().with(LANGUAGE, other)
    }

    /// This page as it is now.
    pub fn now(&self) -> Address {
        self.here.clone().without(&TIME)
    }

    pub fn asset(&self, name: &str) -> String {
        assets::path(name)
    }

    /// Parameters that a form hands on besides its own fields.
    pub fn kept(&self) -> Vec<(&str, &str)> {
        let kept = [LANGUAGE].into_iter().chain(TIME);
        kept.filter_map(|name| Some((name, self.here.first(name)?)))
            .collect()
    }

    pub fn as_of(&self) -> Option<&str> {
        self.here.first("as_of")
    }

    pub fn valid_at(&self) -> Option<&str> {
        self.here.first("valid_at")
    }

    /// Whether the page shows another time than now.
    pub fn travels(&self) -> bool {
        // The log is what it is now.
        self.section != Section::Log && (self.as_of().is_some() || self.valid_at().is_some())
    }

    /// The position read at, if the page was read at one.
    pub fn position(&self) -> i64 {
        self.at.map_or(0, |at| at.position)
    }

    /// The day on which the page judges what is in force.
    pub fn day(&self) -> String {
        self.at.map_or_else(String::new, |at| at.valid_at.to_string())
    }

    /// The instant the page speaks of.
    pub fn instant(&self) -> String {
        self.at.map_or_else(String::new, |at| clock(at.as_of))
    }

    /// What an entry is called where only its title is known: erased contents leave none.
    pub fn titled(&self, title: &str) -> String {
        if title.is_empty() {
            self.t("内容已依法删除", "Content erased for a legal reason")
                .to_owned()
        } else {
            title.to_owned()
        }
    }

    pub fn division(&self, code: &str) -> String {
        division_name(self.language, code)
    }
}

/// What people call a division.
pub fn division_name(language: Language, code: &str) -> String {
    let Some(division) = Divisions::built_in().get(code) else {
        return code.to_owned();
    };
    match (language, &division.name_en) {
        (Language::English, Some(name)) => name.clone(),
        _ => division.name.clone(),
    }
}

/// An instant as a clock in Shanghai shows it, to the minute.
pub fn clock(instant: Instant) -> String {
    const OFFSET: i64 = 8 * 3600;
    let words = instant.plus_seconds(OFFSET).to_rfc3339();
    let minutes = words.get(..16).unwrap_or(&words);
    minutes.replace('T', " ")
}
