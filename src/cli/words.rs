//! How the commands speak: what they say themselves in both languages, what the server says in the reader's.

use std::io::Write;

use crate::domain::text::Language;

/// One line for whoever reads standard output. That the reader has had enough, as with `| head`, is no failure.
pub fn say(line: impl AsRef<str>) {
    let _ = writeln!(std::io::stdout(), "{}", line.as_ref());
}

/// The language of the terminal, Chinese unless its locale names another.
pub fn language() -> Language {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty());
    language_of(locale.as_deref())
}

fn language_of(locale: Option<&str>) -> Language {
    match locale {
        // `C` and `POSIX` say that nobody chose.
        None | Some("C" | "POSIX") => Language::Chinese,
        Some(locale) if locale.starts_with("zh") || locale.starts_with("C.") => Language::Chinese,
        Some(_) => Language::English,
    }
}

/// As `Accept-Language` wants it.
pub fn tag(language: Language) -> &'static str {
    match language {
        Language::Chinese => "zh",
        Language::English => "en",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_tells_the_language() {
        for (locale, language) in [
            (None, Language::Chinese),
            (Some("C.UTF-8"), Language::Chinese),
            (Some("zh_CN.UTF-8"), Language::Chinese),
            (Some("en_GB.UTF-8"), Language::English),
        ] {
            assert_eq!(language_of(locale), language, "{locale:?}");
        }
    }
}
