//! A place in a tidied number, moving only forward.

/// What is still to be read. Copying it marks a place to come back to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    pub rest: &'a str,
}

impl<'a> Cursor<'a> {
    pub fn new(tidied: &'a str) -> Self {
        Self { rest: tidied }
    }

    pub fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    /// The character after the next one.
    pub fn peek_second(&self) -> Option<char> {
        self.rest.chars().nth(1)
    }

    pub fn eat(&mut self, word: &str) -> bool {
        match self.rest.strip_prefix(word) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    pub fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches(' ');
    }

    pub fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    pub fn take_digits(&mut self) -> &'a str {
        self.take_while(|c| c.is_ascii_digit())
    }

    pub fn take_letters(&mut self) -> &'a str {
        self.take_while(|c| c.is_ascii_uppercase())
    }
}

/// Chinese characters, as they stand in 建标, 第1号修改单 and the names of enterprises.
pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}')
}
