//! Sentences in the registry's two languages.

/// One sentence, in Chinese and in English. Which one is shown is decided where it is rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    pub zh: String,
    pub en: String,
}

/// The language of words written for people; identifiers and codes have none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    #[default]
    Chinese,
    English,
}

impl Text {
    /// Both sentences on one line, for readers whose language nobody told.
    pub fn in_both(&self) -> String {
        let Self { zh, en } = self;
        format!("{zh} / {en}")
    }

    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Chinese => &self.zh,
            Language::English => &self.en,
        }
    }
}

/// `text!("中文 {x}", "English {x}")`: both sentences formatted with the values in scope.
#[macro_export]
macro_rules! text {
    ($zh:literal, $en:literal $(, $($args:tt)*)?) => {
        $crate::domain::text::Text {
            zh: format!($zh $(, $($args)*)?),
            en: format!($en $(, $($args)*)?),
        }
    };
}
