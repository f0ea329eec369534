//! Which words of a text are marked: as found by a search, or as they differ from another text.

/// A stretch of text, marked or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub marked: bool,
    pub words: String,
}

/// Beyond so many comparisons a difference is told as a whole.
const MOST_COMPARED: usize = 4_000_000;

/// A text without marks.
pub fn plain(words: impl Into<String>) -> Vec<Part> {
    vec![Part {
        marked: false,
        words: words.into(),
    }]
}

/// A text with its marks: pairs of start and length in characters, in order.
pub fn ranged(text: &str, ranges: &[[usize; 2]]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for (place, character) in text.chars().enumerate() {
        let marked = ranges
            .iter()
            .any(|[start, length]| (*start..start + length).contains(&place));
        match parts.last_mut() {
            Some(last) if last.marked == marked => last.words.push(character),
            _ => parts.push(Part {
                marked,
                words: character.to_string(),
            }),
        }
    }
    parts
}

/// What left the first text and what came into the second.
pub fn differences(before: &str, after: &str) -> (Vec<Part>, Vec<Part>) {
    let (old, new) = (tokens(before), tokens(after));
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (old.get(same..).unwrap_or(&[]), new.get(same..).unwrap_or(&[]));
    let tail = old_rest.iter().rev().zip(new_rest.iter().rev());
    let tail = tail.take_while(|(a, b)| a == b).count();
    let old_middle = old_rest.get(..old_rest.len() - tail).unwrap_or(&[]);
    let new_middle = new_rest.get(..new_rest.len() - tail).unwrap_or(&[]);
    let (gone, come) = unmatched(old_middle, new_middle);
    (marked(&old, same, &gone), marked(&new, same, &come))
}

/// Words of letters and digits, and every other character by itself: Chinese has no blanks to split at.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_ascii_alphanumeric();
        let end = if is_word(first) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (token, after) = rest.split_at(end);
        tokens.push(token);
        rest = after;
    }
    tokens
}

/// Of each list, whether its elements are outside the longest common subsequence.
fn unmatched(old: &[&str], new: &[&str]) -> (Vec<bool>, Vec<bool>) {
    let (mut gone, mut come) = (vec![true; old.len()], vec![true; new.len()]);
    if old.len().saturating_mul(new.len()) > MOST_COMPARED {
        return (gone, come);
    }
    let lengths = common_lengths(old, new);
    let length = |i: usize, j: usize| lengths.get(i).and_then(|row| row.get(j)).copied().unwrap_or(0);
    let (mut i, mut j) = (0, 0);
    while let (Some(a), Some(b)) = (old.get(i), new.get(j)) {
        if a == b {
            if let (Some(old), Some(new)) = (gone.get_mut(i), come.get_mut(j)) {
                (*old, *new) = (false, false);
            }
            (i, j) = (i + 1, j + 1);
        } else if length(i + 1, j) >= length(i, j + 1) {
            i += 1;
        } else {
            j += 1;
        }
    }
    (gone, come)
}

/// How long the longest common subsequence is from each pair of places on.
fn common_lengths(old: &[&str], new: &[&str]) -> Vec<Vec<u16>> {
    let mut rows = vec![vec![0_u16; new.len() + 1]];
    for a in old.iter().rev() {
        let below = rows.last().cloned().unwrap_or_default();
        let mut row: Vec<u16> = vec![0];
        for (b, pair) in new.iter().rev().zip(below.windows(2).rev()) {
            let right = row.last().copied().unwrap_or(0);
            row.push(match pair {
                [_, diagonal] if a == b => diagonal.saturating_add(1),
                [down, _] => right.max(*down),
                _ => right,
            });
        }
        row.reverse();
        rows.push(row);
    }
    rows.reverse();
    rows
}

/// Joins tokens again, those marked whose flag says so; `flags` begin after the first `skipped` tokens.
fn marked(tokens: &[&str], skipped: usize, flags: &[bool]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let flag = index.checked_sub(skipped).and_then(|index| flags.get(index));
        let marked = flag.copied().unwrap_or(false);
        match parts.last_mut() {
            Some(last) if last.marked == marked => last.words.push_str(token),
            _ => parts.push(Part {
                marked,
                words: (*token).to_owned(),
            }),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(parts: &[Part]) -> String {
        let shown = parts.iter().map(|part| match part.marked {
            true => format!("[{}]", part.words),
            false => part.words.clone(),
        });
        shown.collect()
    }

    #[test]
    fn only_what_differs_is_marked() {
        let (before, after) = differences(
            "适用于养老机构的服务安全管理，自 2022 年起",
            "适用于养老机构及社区的服务安全管理，自 2023 年起",
        );
        assert_eq!(shown(&before), "适用于养老机构的服务安全管理，自 [2022] 年起");
        assert_eq!(
            shown(&after),
            "适用于养老机构[及社区]的服务安全管理，自 [2023] 年起"
        );
    }

    #[test]
    fn ranges_count_characters() {
        assert_eq!(
            shown(&ranged("养老机构服务", &[[0, 2], [4, 2]])),
            "[养老]机构[服务]"
        );
        assert_eq!(shown(&ranged("养老", &[])), "养老");
    }

    #[test]
    fn nothing_in_common_is_marked_whole() {
        let (before, after) = differences("甲乙", "");
        assert_eq!(
            (shown(&before), shown(&after)),
            ("[甲乙]".to_owned(), String::new())
        );
    }

    #[test]
    fn long_texts_are_not_compared_for_ever() {
        let (before, _) = differences(&"甲".repeat(3000), &"乙".repeat(3000));
        assert_eq!(before.len(), 1);
    }
}
