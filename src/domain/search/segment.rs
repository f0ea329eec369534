//! Chinese text has no blanks: where its words begin and end is told by a dictionary.

use std::sync::LazyLock;

use jieba_rs::Jieba;

use super::query::EMPTY_WORDS;

static DICTIONARY: LazyLock<Jieba> = LazyLock::new(Jieba::new);

/// Loads the dictionary, so that nobody's request has to wait for it.
pub fn warm_up() {
    LazyLock::force(&DICTIONARY);
}

/// The words of a query, each once, in order. 体育场馆 is asked for as 体育 and 场馆: what has it in one comes first anyway.
/// Characters that the dictionary leaves standing side by side are a word it does not know, such as 托育.
pub(super) fn words(run: &str) -> Vec<&str> {
    let cut = DICTIONARY.cut(run, false);
    let together = cut.chunk_by(|one, next| is_left_over(one.word) && is_left_over(next.word));
    distinct(together.flat_map(|tokens| match tokens {
        [token] => halves(token.word).map_or_else(|| vec![token.word], Vec::from),
        [first, .., last] => {
            let word = run.get(first.byte_start..last.byte_start + last.word.len());
            word.into_iter().collect()
        }
        [] => Vec::new(),
    }))
}

/// Whether it is a single character that means something.
fn is_left_over(word: &str) -> bool {
    word.chars().nth(1).is_none() && !EMPTY_WORDS.contains(&word)
}

/// The two words of which a word of four characters is made.
fn halves(word: &str) -> Option<[&str; 2]> {
    let (middle, _) = word.char_indices().nth(2)?;
    let (first, second) = word.split_at_checked(middle)?;
    let is_of_four = second.chars().count() == 2;
    let are_words = DICTIONARY.has_word(first) && DICTIONARY.has_word(second);
    (is_of_four && are_words).then_some([first, second])
}

/// Every word a reader may see in a text: 服务质量 holds 服务 and 质量 too.
pub(super) fn all_words(run: &str) -> Vec<&str> {
    let cut = DICTIONARY.cut_for_search(run, false);
    distinct(cut.into_iter().map(|token| token.word))
}

/// What is left of a text from the beginning of each of its words on.
pub(super) fn starts(run: &str) -> Vec<&str> {
    let cut = DICTIONARY.cut_for_search(run, false);
    let starts = cut.into_iter().map(|token| token.byte_start);
    starts.filter_map(|start| run.get(start..)).collect()
}

fn distinct<'a>(words: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut distinct: Vec<&str> = Vec::new();
    for word in words {
        if !distinct.contains(&word) {
            distinct.push(word);
        }
    }
    distinct
}
