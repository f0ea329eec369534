//! SQL put together from parts, with its values bound and never spliced. It reads the same on both databases.

use diesel::deserialize::QueryableByName;
use diesel::pg::Pg;
use diesel::sql_types::{BigInt, Text};
use diesel::sqlite::Sqlite;
use diesel::{RunQueryDsl, sql_query};

use crate::store::conn::Conn;
use crate::store::error::StoreError;

/// A value bound into a statement.
#[derive(Clone, Debug)]
pub enum Bind {
    Text(String),
    Integer(i64),
}

impl From<&str> for Bind {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Bind {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<i64> for Bind {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

/// A statement in the making. `?` in a pushed part stands for the next of its values.
#[derive(Clone, Debug, Default)]
pub struct Sql {
    text: String,
    binds: Vec<Bind>,
}

impl Sql {
    pub fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            binds: Vec::new(),
        }
    }

    /// Adds a part without values.
    pub fn push(&mut self, part: &str) -> &mut Self {
        self.text.push_str(part);
        self
    }

    /// Adds a part whose `?` are filled with `values`, in order.
    pub fn bind<B: Into<Bind>>(&mut self, part: &str, values: impl IntoIterator<Item = B>) -> &mut Self {
        let mut pieces = part.split('?');
        self.text.push_str(pieces.next().unwrap_or_default());
        for (piece, value) in pieces.zip(values) {
            self.binds.push(value.into());
            // Both databases take `$n` when numbers appear in the order of their first use.
            self.text.push_str(&format!("${}", self.binds.len()));
            self.text.push_str(piece);
        }
        self
    }

    /// Adds `(?, ?, …)` for a list that is not empty.
    pub fn bind_list<B: Into<Bind>>(&mut self, values: impl IntoIterator<Item = B>) -> &mut Self {
        self.text.push('(');
        for (index, value) in values.into_iter().enumerate() {
            if index > 0 {
                self.text.push_str(", ");
            }
            self.binds.push(value.into());
            self.text.push_str(&format!("${}", self.binds.len()));
        }
        self.text.push(')');
        self
    }

    /// Makes a larger statement of which this one is a part.
    pub fn wrap(&mut self, before: &str, after: &str) -> &mut Self {
        self.text.insert_str(0, before);
        self.text.push_str(after);
        self
    }

    pub fn load<T>(self, conn: &mut Conn) -> Result<Vec<T>, StoreError>
    where
        T: QueryableByName<Pg> + QueryableByName<Sqlite> + 'static,
    {
        macro_rules! run {
            ($backend:ty, $inner:expr) => {{
                let mut query = sql_query(self.text).into_boxed::<$backend>();
                for bind in self.binds {
                    query = match bind {
                        Bind::Text(value) => query.bind::<Text, _>(value),
                        Bind::Integer(value) => query.bind::<BigInt, _>(value),
                    };
                }
                query.load::<T>($inner)
            }};
        }
        let rows = match conn {
            Conn::Postgres(c) => run!(Pg, c),
            Conn::Sqlite(c) => run!(Sqlite, c),
        };
        rows.map_err(StoreError::from)
    }
}
