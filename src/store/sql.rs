//! SQL put together from parts, with its values bound and never spliced. It reads the same on both databases.

use diesel::backend::Backend;
use diesel::deserialize::QueryableByName;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, HasSqlType, Text, Untyped};
use diesel::sqlite::Sqlite;
use diesel::{Connection, RunQueryDsl};

use crate::domain::search::TokenQuery;
use crate::on;
use crate::store::conn::Conn;
use crate::store::dialect::{Dialect, TokenQuestion};
use crate::store::error::StoreError;

/// A value bound into a statement.
#[derive(Clone, Debug)]
pub enum Bind {
    Text(String),
    Integer(i64),
    /// A question for the index of tokens, as each database asks it.
    Tokens(TokenQuestion),
    /// Positions as an array of JSON.
    Positions(String),
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
    /// Text and the value that follows it.
    parts: Vec<(String, Bind)>,
    /// The text after the last value.
    rest: String,
    kept: bool,
}

impl Sql {
    pub fn new(text: &str) -> Self {
        Self {
            rest: text.to_owned(),
            ..Self::default()
        }
    }

    /// A statement that each connection plans once and keeps: for those asked often and in few shapes, because what is
    /// kept is never let go.
    pub fn kept(text: &str) -> Self {
        Self {
            kept: true,
            ..Self::new(text)
        }
    }

    /// Adds a part without values.
    pub fn push(&mut self, part: &str) -> &mut Self {
        self.rest.push_str(part);
        self
    }

    /// Adds a part whose `?` are filled with `values`, in order.
    pub fn bind<B: Into<Bind>>(&mut self, part: &str, values: impl IntoIterator<Item = B>) -> &mut Self {
        let mut pieces = part.split('?');
        self.rest.push_str(pieces.next().unwrap_or_default());
        for (piece, value) in pieces.zip(values) {
            self.value(value.into());
            self.rest.push_str(piece);
        }
        self
    }

    /// Adds `(?, ?, …)` for a list that is not empty. In a kept statement the list is filled up to a power of two with
    /// its last value, so that lists of all lengths make few shapes.
    pub fn bind_list<B: Into<Bind>>(&mut self, values: impl IntoIterator<Item = B>) -> &mut Self {
        let mut values: Vec<Bind> = values.into_iter().map(Into::into).collect();
        if self.kept
            && let Some(last) = values.last().cloned()
        {
            values.resize(values.len().next_power_of_two(), last);
        }
        self.rest.push('(');
        for (index, value) in values.into_iter().enumerate() {
            if index > 0 {
                self.rest.push_str(", ");
            }
            self.value(value);
        }
        self.rest.push(')');
        self
    }

    /// Adds the condition that the texts `s` have the tokens.
    pub fn has_tokens(&mut self, tokens: &TokenQuery) -> &mut Self {
        self.value(Bind::Tokens(TokenQuestion::new(tokens)));
        self
    }

    /// Adds `SELECT from_position` for positions known already, however many.
    pub fn positions(&mut self, positions: &[i64]) -> &mut Self {
        let listed: Vec<String> = positions.iter().map(i64::to_string).collect();
        self.value(Bind::Positions(format!("[{}]", listed.join(","))));
        self
    }

    /// Makes a larger statement of which this one is a part.
    pub fn wrap(&mut self, before: &str, after: &str) -> &mut Self {
        let first = self.parts.first_mut().map_or(&mut self.rest, |(text, _)| text);
        first.insert_str(0, before);
        self.push(after)
    }

    fn value(&mut self, value: Bind) {
        self.parts.push((std::mem::take(&mut self.rest), value));
    }

    pub fn load<T>(self, conn: &mut Conn) -> Result<Vec<T>, StoreError>
    where
        T: QueryableByName<Pg> + QueryableByName<Sqlite> + 'static,
    {
        on!(conn, c => RunQueryDsl::load(self, c)).map_err(StoreError::from)
    }
}

impl<DB> QueryFragment<DB> for Sql
where
    DB: Backend + HasSqlType<Text> + HasSqlType<BigInt>,
    String: ToSql<Text, DB>,
    i64: ToSql<BigInt, DB>,
    DB: Dialect,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        if !self.kept {
            out.unsafe_to_cache_prepared();
        }
        for (text, value) in &self.parts {
            out.push_sql(text);
            match value {
                Bind::Text(value) => out.push_bind_param::<Text, _>(value)?,
                Bind::Integer(value) => out.push_bind_param::<BigInt, _>(value)?,
                Bind::Tokens(question) => {
                    let (before, after) = DB::HAS_TOKENS;
                    out.push_sql(before);
                    out.push_bind_param::<Text, _>(DB::own(question))?;
                    out.push_sql(after);
                }
                Bind::Positions(listed) => {
                    let (before, after) = DB::POSITIONS;
                    out.push_sql(before);
                    out.push_bind_param::<Text, _>(listed)?;
                    out.push_sql(after);
                }
            }
        }
        out.push_sql(&self.rest);
        Ok(())
    }
}

/// Known by its text alone.
impl QueryId for Sql {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Sql {
    type SqlType = Untyped;
}

impl<C: Connection> RunQueryDsl<C> for Sql {}
