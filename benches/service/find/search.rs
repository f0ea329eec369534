//! Searches: a frequent and a rarer word of two characters, a part of a number, a phrase, counts, suggestions.

use standards_registry::domain::search::{Beginning, SearchQuery};
use standards_registry::registry::moment::Moment;
use standards_registry::registry::read::filter::{Filter, Filters};
use standards_registry::registry::read::search;
use standards_registry::store::pool::Snapshot;
use standards_registry::store::sql::Sql;

use crate::Outcome;
use crate::bare_coverage::Counted;
use crate::find::{Question, rows};
use crate::report::Aim;

/// 服务, 托育, 养老机构, 养, as a request line spells them.
const SERVICE: &str = "%E6%9C%8D%E5%8A%A1";
const NURSERY: &str = "%E6%89%98%E8%82%B2";
const CARE_HOME: &str = "%E5%85%BB%E8%80%81%E6%9C%BA%E6%9E%84";
const CARE: &str = "%E5%85%BB";

pub fn questions() -> Outcome<Vec<Question>> {
    Ok(vec![
        found("search, a word of every fifth row", SERVICE, "服务"),
        found("search, a word of two characters", NURSERY, "托育"),
        found("search, a part of a number", "150001", "150001"),
        found(
            "search, a phrase and a word",
            &format!("%22{CARE_HOME}%22+{SERVICE}"),
            "\"养老机构\" 服务",
        ),
        Question {
            name: "search with two facets",
            line: format!("/v1/standards?q={NURSERY}&limit=50&facets=level,supply"),
            aim: Aim::Ratio(0.5),
            bare: Box::new(|snapshot, moment| counted(snapshot, "托育", moment)),
        },
        Question {
            name: "suggest, one character (bare: titles alone)",
            line: format!("/v1/suggest?q={CARE}"),
            aim: Aim::None,
            bare: Box::new(|snapshot, moment| rows(snapshot, titles("养", moment)?)),
        },
        Question {
            name: "suggest, a number (bare: titles alone)",
            line: "/v1/suggest?q=gbt1500".to_owned(),
            aim: Aim::None,
            bare: Box::new(|snapshot, moment| rows(snapshot, titles("gbt1500", moment)?)),
        },
    ])
}

fn found(name: &'static str, encoded: &str, words: &'static str) -> Question {
    Question {
        name,
        line: format!("/v1/standards?q={encoded}&limit=50"),
        aim: Aim::Ratio(0.5),
        bare: Box::new(move |snapshot, moment| rows(snapshot, ranked(words, moment)?)),
    }
}

/// The first page of what is found.
fn ranked(words: &str, moment: &Moment) -> Outcome<Sql> {
    let query = SearchQuery::parse(words).map_err(|fault| fault.detail.en)?;
    let filters = Filters {
        all: vec![Filter::Search(query.clone())],
        ..Filters::default()
    };
    let mut sql = Sql::new("");
    search::push_ranked(&mut sql, &query, &filters, moment).map_err(|problem| problem.detail.en)?;
    sql.wrap(
        "SELECT v.* FROM (",
        ") v ORDER BY v.relevance, v.sort_number, v.entry_id LIMIT 51",
    );
    Ok(sql)
}

/// The first page, and how many of all that is found have each value of two columns.
fn counted(snapshot: &mut Snapshot, words: &str, moment: &Moment) -> Outcome<()> {
    rows(snapshot, ranked(words, moment)?)?;
    let query = SearchQuery::parse(words).map_err(|fault| fault.detail.en)?;
    let found = search::positions(snapshot, &query, moment)?;
    let filters = Filters {
        all: vec![Filter::Found(found)],
        ..Filters::default()
    };
    for column in ["level", "supply"] {
        let mut sql = Sql::new(&format!("SELECT v.{column} AS value, COUNT(*) AS count FROM "));
        filters.push_rows(&mut sql);
        filters
            .push(&mut sql, moment, |_| false)
            .map_err(|problem| problem.detail.en)?;
        sql.push(&format!(" GROUP BY v.{column}"));
        sql.load::<Counted>(snapshot.conn)?;
    }
    Ok(())
}

/// The newest titles that hold what was typed.
fn titles(typed: &str, moment: &Moment) -> Outcome<Sql> {
    let typed = Beginning::parse(typed).ok_or("nothing was typed")?;
    let mut sql = Sql::new("SELECT v.* FROM version_search s CROSS JOIN entry_version v");
    let filters = Filters::default();
    filters
        .push(&mut sql, moment, |_| false)
        .map_err(|problem| problem.detail.en)?;
    sql.push(" AND v.from_position = s.from_position AND ");
    sql.has_tokens(&typed.title_tokens());
    sql.push(" ORDER BY s.from_position DESC LIMIT 10");
    Ok(sql)
}
