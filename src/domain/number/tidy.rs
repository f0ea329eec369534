//! One spelling out of many: width, dashes, blanks and invisible characters, before any grammar is looked at.

use unicode_normalization::UnicodeNormalization;

/// Tidies a number of a basic-level organisation's own, which follows no grammar.
///
/// ```
/// use standards_registry::domain::number::tidy_house_number;
/// assert_eq!(tidy_house_number("ＱＤ—ＦＷ \n ０１ － ２０２４"), "QD-FW 01-2024");
/// ```
pub fn tidy_house_number(written: &str) -> String {
    tighten(&fold(written))
}

/// Tidies what should be a standard's number; its letters carry no case.
pub(super) fn tidy_number(written: &str) -> String {
    let mut tidied = tidy_house_number(written);
    tidied.make_ascii_uppercase();
    tidied
}

/// Brings every character to the one form the grammar knows.
fn fold(written: &str) -> String {
    written
        .chars()
        .filter(|c| !is_invisible(*c))
        .nfkc()
        .map(fold_mark)
        .collect()
}

/// Characters that no reader sees but copying from pages and PDF files brings along.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

fn fold_mark(c: char) -> char {
    match c {
        // Hyphens, dashes, minus signs, and the strokes typed or scanned in their place.
        '\u{ad}'
        | '\u{2d7}'
        | '\u{1806}'
        | '\u{2010}'..='\u{2015}'
        | '\u{2043}'
        | '\u{2212}'
        | '\u{2500}'
        | '\u{2501}'
        | '\u{2796}'
        | '\u{2e3a}'
        | '\u{2e3b}'
        | '\u{30fc}' => '-',
        '\u{223c}' | '\u{301c}' => '~',
        '\u{2044}' | '\u{2215}' | '\u{29f8}' | '\\' => '/',
        '\u{3014}' | '\u{3010}' | '[' => '(',
        '\u{3015}' | '\u{3011}' | ']' => ')',
        _ if c.is_whitespace() || c.is_control() => ' ',
        _ => c,
    }
}

/// Runs of dashes become one, runs of blanks one, and marks stand without blanks around them.
fn tighten(folded: &str) -> String {
    let mut tidied = String::with_capacity(folded.len());
    let mut blank_waits = false;
    let mut characters = folded.chars().peekable();
    while let Some(c) = characters.next() {
        if c == ' ' {
            blank_waits = true;
            continue;
        }
        let last = tidied.chars().next_back();
        let next_is_digit = characters.peek().is_some_and(char::is_ascii_digit);
        let c = if is_dash_of_the_hand(c, last, next_is_digit) {
            '-'
        } else {
            c
        };
        if c == '-' && last == Some('-') {
            blank_waits = false;
            continue;
        }
        if blank_waits && !binds(c) && last.is_some_and(|last| !binds(last)) {
            tidied.push(' ');
        }
        blank_waits = false;
        tidied.push(c);
    }
    tidied
}

/// 一 (one) between digits is a dash that an input method or a scanner mistook.
fn is_dash_of_the_hand(c: char, last: Option<char>, next_is_digit: bool) -> bool {
    c == '一' && next_is_digit && last.is_some_and(|last| last.is_ascii_digit())
}

fn binds(c: char) -> bool {
    matches!(c, '-' | '/' | ':' | '.' | '~' | '+' | '(' | ')')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_dash_is_one_dash() {
        for dash in [
            "-", "‐", "‑", "‒", "–", "—", "―", "−", "－", "﹣", "﹘", "ー", "─", "——", "--", " — ", "\n—\n",
            "一",
        ] {
            assert_eq!(
                tidy_number(&format!("GB/T 1.1{dash}2020")),
                "GB/T 1.1-2020",
                "{dash:?}"
            );
        }
    }

    #[test]
    fn width_line_breaks_and_invisible_characters_leave_no_trace() {
        assert_eq!(
            tidy_number("\u{feff}ｇｂ／ｔ\r\n １．１\u{3000}－\u{200b}２０２０ "),
            "GB/T 1.1-2020"
        );
    }

    #[test]
    fn a_house_number_keeps_its_case_and_its_words() {
        assert_eq!(tidy_house_number(" 青标（服） a—01\t号 "), "青标(服)a-01 号");
    }

    proptest! {
        #[test]
        fn tidying_twice_changes_nothing(written in any::<String>()) {
            let once = tidy_house_number(&written);
            prop_assert_eq!(tidy_house_number(&once), once);
        }
    }
}
