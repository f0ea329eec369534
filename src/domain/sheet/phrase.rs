//! Several values in one cell: `养老; 评估`, and values with particulars: `GB/T 1.1-2020 extent=partial note="第4章"`.
//!
//! What would be misread stands in double quotes, a quote inside doubled. So every list can be written and comes back.

/// Between the items of a list. People write any of these.
pub const LIST: &[char] = &[';', '；', '、', '\n'];

/// Between phrases, whose values may hold a `、` of their own.
pub const PHRASES: &[char] = &[';', '；', '\n'];

/// One item with its particulars.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Phrase {
    /// The words before the first particular.
    pub head: Option<String>,
    pub members: Vec<(String, String)>,
}

/// The items of a list.
pub fn items(cell: &str) -> Vec<String> {
    let pieces = split(cell, LIST).into_iter();
    pieces
        .map(|piece| match quoted(piece) {
            Some((words, "")) => words,
            _ => piece.to_owned(),
        })
        .collect()
}

/// A list as one cell.
pub fn join<'i>(items: impl IntoIterator<Item = &'i str>) -> String {
    let items = items.into_iter().map(|item| {
        if item.trim() != item || item.contains('"') || item.contains(LIST) || item.is_empty() {
            quote(item)
        } else {
            item.to_owned()
        }
    });
    items.collect::<Vec<_>>().join("; ")
}

/// The phrases of a cell.
pub fn phrases(cell: &str) -> Vec<Phrase> {
    split(cell, PHRASES).into_iter().map(Phrase::read).collect()
}

impl Phrase {
    fn read(piece: &str) -> Self {
        let mut phrase = Self::default();
        let mut rest = piece.trim_start();
        while !rest.is_empty() {
            rest = phrase.take(rest).trim_start();
        }
        phrase
    }

    /// Reads one token and answers what is left.
    fn take<'t>(&mut self, rest: &'t str) -> &'t str {
        if let Some((words, rest)) = quoted(rest) {
            return match rest.strip_prefix('=') {
                Some(value) => self.take_value(words, value),
                None => {
                    self.go_on(&words);
                    rest
                }
            };
        }
        let end = rest.find(|c: char| c == '=' || c.is_whitespace());
        let (word, rest) = rest.split_at(end.unwrap_or(rest.len()));
        match rest.strip_prefix('=') {
            Some(value) => self.take_value(word.to_owned(), value),
            None => {
                self.go_on(word);
                rest
            }
        }
    }

    fn take_value<'t>(&mut self, name: String, rest: &'t str) -> &'t str {
        let (value, rest) = match quoted(rest) {
            Some((value, rest)) => (value, rest),
            None => {
                let (value, rest) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
                (value.to_owned(), rest)
            }
        };
        self.members.push((name, value));
        rest
    }

    /// A word without a name belongs to what stands before it.
    fn go_on(&mut self, word: &str) {
        match (self.members.last_mut(), &mut self.head) {
            (Some((_, before)), _) | (None, Some(before)) => {
                before.push(' ');
                before.push_str(word);
            }
            (None, head) => *head = Some(word.to_owned()),
        }
    }
}

impl std::fmt::Display for Phrase {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let head = self.head.as_deref().map(|head| {
            let words: Vec<&str> = head.split_whitespace().collect();
            if words.join(" ") != head || is_special(head) || head.contains('=') {
                quote(head)
            } else {
                head.to_owned()
            }
        });
        let members = self.members.iter().map(|(name, value)| {
            let single = |words: &str| !words.contains(char::is_whitespace) && !is_special(words);
            let name = if single(name) && !name.contains('=') {
                name.clone()
            } else {
                quote(name)
            };
            let value = if single(value) {
                value.clone()
            } else {
                quote(value)
            };
            format!("{name}={value}")
        });
        let words: Vec<String> = head.into_iter().chain(members).collect();
        f.write_str(&words.join(" "))
    }
}

fn is_special(words: &str) -> bool {
    words.is_empty() || words.contains('"') || words.contains(PHRASES)
}

fn quote(words: &str) -> String {
    format!("\"{}\"", words.replace('"', "\"\""))
}

/// Reads the quoted words a text begins with and answers what follows them.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut words = String::new();
    let mut rest = text.strip_prefix('"')?;
    loop {
        let (before, after) = rest.split_once('"')?;
        words.push_str(before);
        match after.strip_prefix('"') {
            Some(more) => {
                words.push('"');
                rest = more;
            }
            None => return Some((words, after)),
        }
    }
}

/// The pieces between separators that stand outside quotes, trimmed, without empty ones.
fn split<'t>(text: &'t str, separators: &[char]) -> Vec<&'t str> {
    let mut pieces = Vec::new();
    let mut begin = 0;
    let mut at = 0;
    // Quotes open where a word or a value begins; elsewhere they are what they are.
    let mut opens = true;
    while let Some(rest) = text.get(at..) {
        let Some(c) = rest.chars().next() else { break };
        if opens && let Some((_, after)) = quoted(rest) {
            at = text.len() - after.len();
            opens = false;
            continue;
        }
        if separators.contains(&c) {
            pieces.extend(text.get(begin..at));
            begin = at + c.len_utf8();
        }
        opens = c.is_whitespace() || c == '=' || separators.contains(&c);
        at += c.len_utf8();
    }
    pieces.extend(text.get(begin..));
    pieces
        .into_iter()
        .map(str::trim)
        .filter(|piece| !piece.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn people_separate_as_they_like() {
        assert_eq!(
            items("养老；评估、 社区;\n助餐;;"),
            ["养老", "评估", "社区", "助餐"]
        );
        assert_eq!(items("\"甲、乙\"; 丙\"丁"), ["甲、乙", "丙\"丁"]);
    }

    #[test]
    fn a_phrase_is_a_head_with_particulars() {
        let read = phrases("GB/T 1.1-2020 extent=partial note=\"第4章; 第5章\"；subsystem=两个 词");
        let member = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            read,
            [
                Phrase {
                    head: Some("GB/T 1.1-2020".to_owned()),
                    members: vec![member("extent", "partial"), member("note", "第4章; 第5章")],
                },
                Phrase {
                    head: None,
                    members: vec![member("subsystem", "两个 词")],
                },
            ]
        );
    }

    proptest! {
        #[test]
        fn every_list_comes_back(list in prop::collection::vec("[甲a\"; ；、=\n']{1,6}", 0..5)) {
            prop_assert_eq!(items(&join(list.iter().map(String::as_str))), list);
        }

        #[test]
        fn every_phrase_comes_back(
            head in prop::option::of("[甲a\"; ；、=\n']{1,6}"),
            members in prop::collection::vec(("[甲a\" =;]{1,4}", "[甲a\"; ；、=\n']{0,6}"), 0..4),
        ) {
            let phrase = Phrase { head, members };
            let cell = format!("{phrase}; {phrase}");
            if phrase == Phrase::default() {
                prop_assert_eq!(phrases(&cell), []);
            } else {
                prop_assert_eq!(phrases(&cell), [phrase.clone(), phrase]);
            }
        }
    }
}
