//! What became of all rows, in one line.

use crate::cli::words::say;
use crate::text;

/// How many rows took which way.
#[derive(Debug, Default)]
pub struct Summary {
    pub rows: usize,
    pub new: usize,
    pub there: usize,
    pub dirty: usize,
    pub warnings: usize,
    pub created: usize,
    pub updated: usize,
    /// The newest log position written.
    pub position: Option<u64>,
}

impl Summary {
    pub fn tell(&self) {
        let Self {
            rows,
            new,
            there,
            dirty,
            warnings,
            created,
            updated,
            ..
        } = self;
        let found = text!(
            "{rows} 行：{new} 行可新登记，{there} 行已有，{dirty} 行有误；{warnings} 条警告",
            "{rows} rows: {new} new, {there} already there, {dirty} wrong; {warnings} warnings"
        );
        say(found.in_both());
        let done = match self.position {
            Some(position) => text!(
                "新登记 {created} 行，更新 {updated} 行，日志位置 {position}",
                "{created} rows registered, {updated} updated, log position {position}"
            ),
            None => text!("未写入任何内容", "nothing was written"),
        };
        say(done.in_both());
    }
}
