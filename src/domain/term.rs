//! Closed vocabularies: enumerations whose values carry an identifier and labels in Chinese and English.

/// One value of a closed vocabulary.
pub trait Term: Copy + 'static {
    /// The vocabulary's own name, as fields and parameters spell it.
    const NAME: &'static str;
    /// All values in the order people expect to see them.
    const ALL: &'static [Self];

    fn id(self) -> &'static str;
    fn zh(self) -> &'static str;
    fn en(self) -> &'static str;

    fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|term| term.id() == id)
    }

    /// Reads an identifier or a label: what a spreadsheet written by people holds.
    fn from_words(words: &str) -> Option<Self> {
        let words = words.trim();
        Self::ALL
            .iter()
            .copied()
            .find(|term| term.id() == words || term.zh() == words || term.en().eq_ignore_ascii_case(words))
    }

    /// `a, b, c`: for messages that name what was expected.
    fn choices() -> String {
        let ids: Vec<_> = Self::ALL.iter().map(|term| term.id()).collect();
        ids.join(", ")
    }
}

/// Declares a vocabulary: `terms! { /// doc  pub enum Origin = "origin" { SelfBuilt "self_built" "自建" "Self-built", … } }`
///
/// An identifier is taken as a `tt`: as a `literal` it would reach the derives wrapped up, and the specification would
/// not see it.
#[macro_export]
macro_rules! terms {
    ($(#[$meta:meta])* pub enum $name:ident = $vocabulary:literal {
        $($(#[$variant_meta:meta])* $variant:ident $id:tt $zh:literal $en:literal),+ $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        pub enum $name {
            $($(#[$variant_meta])* #[serde(rename = $id)] $variant),+
        }

        impl $crate::domain::term::Term for $name {
            const NAME: &'static str = $vocabulary;
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn id(self) -> &'static str {
                match self { $(Self::$variant => $id),+ }
            }
            fn zh(self) -> &'static str {
                match self { $(Self::$variant => $zh),+ }
            }
            fn en(self) -> &'static str {
                match self { $(Self::$variant => $en),+ }
            }
        }
    };
}
