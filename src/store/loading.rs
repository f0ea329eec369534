//! A copy that holds the present before it holds the past: from which position on it is whole, and how far the rest
//! has come.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::domain::problem::{Problem, ProblemType};
use crate::store::conn::Conn;
use crate::store::error::StoreError;
use crate::store::setting;
use crate::text;

/// The name of the setting that holds the position a copy begins with.
const SETTING: &str = "history_from";

/// How soon it is worth asking again for what needs history.
const RETRY_SECONDS: u32 = 5;

/// What a copy has not loaded yet.
#[derive(Debug)]
pub struct Loading {
    /// The first position at which the state can be read.
    pub from: i64,
    /// How many entries of the whole log have been loaded, for those who wait.
    loaded: AtomicI64,
}

impl Loading {
    /// What the database says of itself; nothing for one that is whole.
    pub fn read(conn: &mut Conn) -> Result<Option<Self>, StoreError> {
        Ok(from(conn)?.map(|from| Self {
            from,
            loaded: AtomicI64::new(0),
        }))
    }

    /// Takes note of how far the load is.
    pub fn come_to(&self, loaded: i64) {
        self.loaded.store(loaded, Ordering::Relaxed);
    }

    /// The refusal to speak of what is not held yet.
    pub fn refusal(&self) -> Problem {
        let (from, loaded) = (self.from, self.loaded.load(Ordering::Relaxed));
        Problem {
            retry_after: Some(RETRY_SECONDS),
            ..Problem::new(
                ProblemType::HistoryLoading,
                text!(
                    "位置 {from} 之前的历史正在载入，已载入 {loaded} 个条目；当前内容可照常读取",
                    "the history before position {from} is being loaded, {loaded} entries so far; the present can be read"
                ),
            )
        }
        .with("history_from", from)
        .with("history_loaded", loaded)
    }
}

/// The first position at which the state can be read; nothing for a database that is whole.
pub fn from(conn: &mut Conn) -> Result<Option<i64>, StoreError> {
    setting::read(conn, SETTING)?
        .map(|digits| {
            digits
                .parse()
                .map_err(|_| StoreError::Corrupt(format!("setting {SETTING}: {digits} is no position")))
        })
        .transpose()
}

/// Notes that nothing before a position can be read.
pub fn begin_with(conn: &mut Conn, from: i64) -> Result<(), StoreError> {
    setting::write(conn, SETTING, &from.to_string())
}
