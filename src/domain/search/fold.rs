//! One form of a text in which spellings that people take for the same are the same.

use unicode_normalization::UnicodeNormalization;

/// A folded text and where each of its characters came from.
///
/// Words of Latin letters and of digits have a blank on either side, `3岁以下` becomes ` 3 岁以下 `; between Chinese
/// characters a blank stands for punctuation only. A needle that begins with a blank thus finds beginnings of words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Folded {
    pub characters: Vec<char>,
    /// For each folded character the index of the source's character; blanks carry that of the one before.
    pub sources: Vec<usize>,
}

/// What a character is to a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    Han,
    Letter,
    Digit,
    /// Blank or punctuation.
    None,
}

pub(super) fn script(c: char) -> Script {
    match c {
        _ if !c.is_alphanumeric() => Script::None,
        '\u{3400}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{323af}'
        | '々'
        | '〇'
        | '\u{3041}'..='\u{30ff}' => Script::Han,
        _ if c.is_numeric() => Script::Digit,
        _ => Script::Letter,
    }
}

/// How a slash or another mark between two letters is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marks {
    /// As a blank: `GB/T` is ` gb t `.
    Part,
    /// Not at all: `GB/T` is ` gbt `, as people type it.
    Join,
}

impl Folded {
    pub fn of(text: &str, marks: Marks) -> Self {
        let mut folded = Self::default();
        folded.push(' ', 0);
        let mut before = Script::None;
        let (mut gap, mut blank) = (false, false);
        for (source, c) in text.chars().enumerate() {
            // Folding one character may give several: ㎡ is `m2`.
            for c in std::iter::once(c).nfkc().flat_map(char::to_lowercase) {
                let script = script(c);
                if script == Script::None {
                    gap = true;
                    blank |= c.is_whitespace();
                    continue;
                }
                let between_letters = before == Script::Letter && script == Script::Letter;
                let joins = marks == Marks::Join && between_letters && !blank;
                if before != Script::None && (gap || script != before) && !joins {
                    folded.push(' ', source);
                }
                folded.push(c, source);
                (before, gap, blank) = (script, false, false);
            }
        }
        if before != Script::None {
            folded.push(' ', text.chars().count());
        }
        folded
    }

    fn push(&mut self, c: char, source: usize) {
        self.characters.push(c);
        self.sources.push(source);
    }

    pub fn text(&self) -> String {
        self.characters.iter().collect()
    }
}

/// A text folded, as it is kept.
pub(super) fn fold(text: &str) -> String {
    Folded::of(text, Marks::Part).text()
}
