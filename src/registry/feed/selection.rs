//! Which part of the registry somebody follows.

use serde::Serialize;

use crate::domain::problem::Problem;
use crate::domain::term::Term;
use crate::domain::vocabulary::Kind;
use crate::registry::moment::Moment;
use crate::registry::read::filter::{Filter, Filters};
use crate::registry::read::places;
use crate::registry::stored::ContentCache;
use crate::store::pool::Snapshot;
use crate::store::sql::Sql;

/// Kinds and filters that all must hold. Whether a version is selected depends on nothing but its own row, so what
/// enters and leaves can be told from the versions that begin and end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Selection {
    kinds: Vec<Kind>,
    filters: Filters,
}

impl Selection {
    pub fn new(mut kinds: Vec<Kind>, filters: Vec<Filter>) -> Self {
        kinds.sort_unstable();
        kinds.dedup();
        Self {
            kinds,
            filters: Filters {
                all: filters,
                ..Filters::default()
            },
        }
    }

    /// Whether nothing is left out.
    pub fn is_everything(&self) -> bool {
        self.kinds.is_empty() && self.filters.all.is_empty()
    }

    /// Whether it depends on what a content says, which can be erased.
    pub fn is_by_place(&self) -> bool {
        let mut filters = self.filters.all.iter();
        filters.any(|filter| matches!(filter, Filter::Placed(_)))
    }

    /// The same with places by their ids.
    pub fn settled(
        &self,
        snapshot: &mut Snapshot,
        cache: &ContentCache,
        moment: &Moment,
    ) -> Result<Self, Problem> {
        let mut settled = self.clone();
        places::settle(&mut settled.filters, snapshot, cache, moment)?;
        Ok(settled)
    }

    /// Adds ` AND …` for each condition on the version `v`.
    pub fn push(&self, sql: &mut Sql, moment: &Moment) -> Result<(), Problem> {
        if !self.kinds.is_empty() {
            sql.push(" AND v.kind IN ");
            sql.bind_list(self.kinds.iter().map(|kind| kind.id()));
        }
        for filter in &self.filters.all {
            sql.push(" AND ");
            filter.push(sql, moment)?;
        }
        Ok(())
    }
}
