//! Why a row is in the answer to a search, and where its texts show it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::search::{Highlight, MatchReason, SearchQuery, highlights};
use crate::domain::standard::StandardContent;
use crate::registry::read::search::rank;

/// Why a row was found, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SearchMatch {
    /// `number`, `title`, else `text`. `near_number` when nothing has the number asked for and this one is near it: all
    /// items of the answer are then such.
    pub reason: MatchReason,
    /// Each text in which something was found.
    pub highlights: Vec<Highlight>,
}

impl SearchMatch {
    pub fn new(match_rank: i64, query: &SearchQuery, standard: Option<&StandardContent>) -> Self {
        let reason = if match_rank >= rank::NEAR {
            MatchReason::NearNumber
        } else if rank::NUMBER.contains(&match_rank) {
            MatchReason::Number
        } else if rank::TITLE.contains(&match_rank) {
            MatchReason::Title
        } else {
            MatchReason::Text
        };
        let mut highlights = standard.map_or_else(Vec::new, |standard| highlights(query, standard));
        let number = standard.and_then(|standard| standard.number.as_deref());
        match (reason, &query.number, number) {
            (MatchReason::NearNumber, _, Some(number)) => {
                highlights = vec![Highlight::whole("number", number)];
            }
            (MatchReason::Number, Some(wanted), _) if match_rank == rank::FORMER_NUMBER => {
                highlights.insert(0, Highlight::whole("former_number", &wanted.canonical));
            }
            _ => {}
        }
        Self { reason, highlights }
    }
}
