//! What is kept of a standard to be found by.

use super::fold::{Folded, Marks, Script, fold, script};
use super::segment;
use super::token;
use crate::domain::standard::StandardContent;

/// How texts are folded, cut and looked up. What was kept under another version is made again at start: change it with
/// anything in this folder, or in the dictionary, that changes what is kept.
pub const VERSION: &str = "1 jieba-rs 0.11";

/// A standard's texts, folded. Each text is a line, so that nothing is found across two of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchText {
    /// Numbers and keys: as canonical, as written, with letters apart and together.
    pub numbers: String,
    /// The title, and on a second line the words a dictionary sees in it.
    pub title: String,
    pub rest: String,
}

impl SearchText {
    pub fn of(standard: &StandardContent) -> Self {
        let keys = [
            &standard.number,
            &standard.number_as_written,
            &standard.plan_number,
            &standard.external_id,
        ];
        let mut numbers: Vec<String> = Vec::new();
        for key in keys.into_iter().flatten() {
            for marks in [Marks::Part, Marks::Join] {
                let folded = Folded::of(key, marks).text();
                if !numbers.contains(&folded) {
                    numbers.push(folded);
                }
            }
        }
        let title = fold(&standard.title);
        let runs = title.split_whitespace().filter(|word| is_han(word));
        let words: Vec<&str> = runs.flat_map(segment::all_words).collect();
        let words = format!(" {} ", words.join(" "));
        let single = standard.title_en.iter().chain(&standard.scope);
        let several = [&standard.keywords, &standard.issued_by, &standard.lead_department];
        let rest = single.chain(several.into_iter().flatten()).map(|text| fold(text));
        Self {
            numbers: lines(numbers),
            title: lines([title.clone(), words]),
            rest: lines(rest),
        }
    }

    /// What an index must know of it, parted by blanks.
    pub fn tokens(&self) -> String {
        tokens([&self.numbers, &self.title, &self.rest])
    }
}

/// The tokens of folded texts, in order, parted by blanks.
pub fn tokens(folded: [&str; 3]) -> String {
    let tokens = token::tokens(folded);
    tokens.into_iter().collect::<Vec<_>>().join(" ")
}

fn is_han(word: &str) -> bool {
    word.chars().next().is_some_and(|c| script(c) == Script::Han)
}

/// Each text between line breaks, the first and the last one too.
fn lines(texts: impl IntoIterator<Item = String>) -> String {
    let mut lines = String::from("\n");
    for text in texts {
        lines.push_str(&text);
        lines.push('\n');
    }
    lines
}
