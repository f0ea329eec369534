//! What somebody who is typing may mean: numbers, titles, keywords, bodies, nodes of frameworks. One look into an index
//! for each.

use std::collections::HashSet;

use diesel::QueryableByName;
use diesel::sql_types::Text;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::problem::Problem;
use crate::domain::search::{Beginning, begins_a_word};
use crate::domain::text::Language;
use crate::registry::moment::Moment;
use crate::registry::read::filter::Filters;
use crate::registry::stored::{ContentCache, as_hash, open_contents};
use crate::store::pool::Snapshot;
use crate::store::sql::Sql;
use crate::store::version::Version;
use crate::terms;

/// How many of the newest titles that hold what was typed are weighed against one another.
const TITLES_WEIGHED: i64 = 200;

terms! {
    /// What is suggested.
    pub enum SuggestionKind = "suggestion_kind" {
        Number "number" "编号" "Number",
        Title "title" "名称" "Title",
        Keyword "keyword" "关键词" "Keyword",
        Department "department" "牵头单位" "Lead department",
        IssuingBody "issuing_body" "发布机构" "Issuing body",
        Node "node" "体系节点" "Framework node",
    }
}

/// One suggestion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Suggestion {
    /// What to search for.
    #[schema(example = "GB/T 35796-2017")]
    pub text: String,
    pub kind: SuggestionKind,
    /// The standard it names, for numbers and titles.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Uuid)]
    pub id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "GB/T 35796-2017")]
    pub number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "养老机构服务质量基本规范")]
    pub title: Option<String>,
    /// The framework and the node in it, for nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "qingdao")]
    pub framework: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "产前筛查")]
    pub node: Option<String>,
}

/// A question for suggestions.
#[derive(Clone, Debug)]
pub struct Question {
    pub typed: Beginning,
    /// Whose rows; everybody's when empty.
    pub filters: Filters,
    /// The framework whose nodes are suggested; every one's when absent.
    pub framework: Option<String>,
    pub limit: usize,
    pub language: Language,
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    term: String,
}

/// Suggestions, numbers first, no text of one kind twice.
pub fn suggest(
    snapshot: &mut Snapshot,
    cache: &ContentCache,
    moment: &Moment,
    question: &Question,
) -> Result<Vec<Suggestion>, Problem> {
    let mut asking = Asking {
        snapshot,
        cache,
        moment,
        question,
    };
    let mut all = asking.numbers()?;
    all.extend(asking.titles()?);
    for (field, kind) in [
        ("keywords", SuggestionKind::Keyword),
        ("lead_department", SuggestionKind::Department),
        ("issued_by", SuggestionKind::IssuingBody),
    ] {
        all.extend(asking.words(field, kind)?);
    }
    all.extend(asking.nodes()?);
    let mut seen = HashSet::new();
    all.retain(|suggestion| seen.insert((suggestion.kind, suggestion.text.clone())));
    Ok(shared_out(all, question.limit))
}

/// Kinds share the places: each gets half of them at first, what is left goes to whoever has more.
fn shared_out(all: Vec<Suggestion>, limit: usize) -> Vec<Suggestion> {
    let at_first = limit.div_ceil(2);
    let mut of_kind: std::collections::HashMap<SuggestionKind, usize> = std::collections::HashMap::new();
    let (mut chosen, more): (Vec<_>, Vec<_>) = all.into_iter().partition(|suggestion| {
        let count = of_kind.entry(suggestion.kind).or_default();
        *count += 1;
        *count <= at_first
    });
    chosen.truncate(limit);
    let free = limit - chosen.len();
    chosen.extend(more.into_iter().take(free));
    chosen.sort_by_key(|suggestion| suggestion.kind);
    chosen
}

struct Asking<'a, 's> {
    snapshot: &'a mut Snapshot<'s>,
    cache: &'a ContentCache,
    moment: &'a Moment,
    question: &'a Question,
}

impl Asking<'_, '_> {
    fn limit(&self) -> i64 {
        i64::try_from(self.question.limit).unwrap_or(i64::MAX)
    }

    fn numbers(&mut self) -> Result<Vec<Suggestion>, Problem> {
        let mut versions: Vec<Version> = Vec::new();
        for (from, to) in self.question.typed.number_stretches() {
            let mut sql = Sql::new("SELECT v.* FROM entry_version v");
            self.question.filters.push(&mut sql, self.moment, |_| false)?;
            sql.bind(" AND v.sort_number >= ? AND v.sort_number < ?", [from, to]);
            sql.bind(
                " AND v.number IS NOT NULL ORDER BY v.sort_number, v.entry_id LIMIT ?",
                [self.limit()],
            );
            versions.extend(sql.load::<Version>(self.snapshot.conn)?);
        }
        if let Some(tokens) = self.question.typed.number_tokens() {
            let mut sql = Sql::new("SELECT v.* FROM version_search s CROSS JOIN entry_version v");
            self.question.filters.push(&mut sql, self.moment, |_| false)?;
            sql.push(" AND v.from_position = s.from_position AND v.number IS NOT NULL AND ");
            sql.has_tokens(&tokens);
            sql.bind(
                " AND s.numbers LIKE ?",
                [format!("%{}%", self.question.typed.needle)],
            );
            sql.bind(" ORDER BY v.sort_number, v.entry_id LIMIT ?", [self.limit()]);
            versions.extend(sql.load::<Version>(self.snapshot.conn)?);
        }
        let suggestion = |version: Version| {
            let number = version.number?;
            Some(Suggestion {
                text: number.clone(),
                id: Some(version.entry_id),
                number: Some(number),
                title: Some(version.title),
                ..Suggestion::of(SuggestionKind::Number)
            })
        };
        Ok(versions.into_iter().filter_map(suggestion).collect())
    }

    fn titles(&mut self) -> Result<Vec<Suggestion>, Problem> {
        let typed = &self.question.typed;
        let mut sql = Sql::new("SELECT v.* FROM version_search s CROSS JOIN entry_version v");
        self.question.filters.push(&mut sql, self.moment, |_| false)?;
        sql.push(" AND v.from_position = s.from_position AND ");
        sql.has_tokens(&typed.title_tokens());
        sql.bind(" AND s.title LIKE ?", [format!("%{}%", typed.needle)]);
        sql.bind(" ORDER BY s.from_position DESC LIMIT ?", [TITLES_WEIGHED]);
        let mut versions: Vec<Version> = sql.load(self.snapshot.conn)?;
        // What begins so comes first, then what has a word that does; then the shorter.
        versions.sort_by_cached_key(|version| {
            let begins = !begins_like(&version.title, &typed.text);
            let word = !begins_a_word(&version.title, &typed.needle);
            (
                begins,
                word,
                version.title.chars().count(),
                version.sort_number.clone(),
            )
        });
        versions.truncate(self.question.limit);
        let contents = match self.question.language {
            Language::English => open_contents(self.snapshot.conn, self.cache, &versions)?,
            Language::Chinese => Default::default(),
        };
        versions
            .into_iter()
            .map(|version| {
                let sealed = contents.get(&as_hash(&version.content_sha256)?);
                let english = sealed.and_then(|sealed| sealed.standard()?.title_en.clone());
                Ok(Suggestion {
                    text: english.unwrap_or_else(|| version.title.clone()),
                    id: Some(version.entry_id),
                    number: version.number,
                    title: Some(version.title),
                    ..Suggestion::of(SuggestionKind::Title)
                })
            })
            .collect()
    }

    /// Words of a set-like field that begin as typed and that somebody's row still has.
    fn words(&mut self, field: &'static str, kind: SuggestionKind) -> Result<Vec<Suggestion>, Problem> {
        let from = self.question.typed.text.as_str();
        let mut sql = Sql::new("SELECT term FROM (SELECT DISTINCT t.term FROM version_term t ");
        sql.bind(
            "WHERE t.field = ? AND t.term >= ? AND t.term < ?) w WHERE EXISTS (SELECT 1 FROM version_term x ",
            [field, from, &format!("{from}\u{10ffff}")],
        );
        sql.bind(
            "JOIN entry_version v ON v.from_position = x.from_position AND x.field = ? AND x.term = w.term",
            [field],
        );
        self.question.filters.push(&mut sql, self.moment, |_| false)?;
        sql.bind(") ORDER BY term LIMIT ?", [self.limit()]);
        let words: Vec<Word> = sql.load(self.snapshot.conn)?;
        let suggestion = |word: Word| Suggestion {
            text: word.term,
            ..Suggestion::of(kind)
        };
        Ok(words.into_iter().map(suggestion).collect())
    }

    /// Frameworks are few and small: they are looked through.
    fn nodes(&mut self) -> Result<Vec<Suggestion>, Problem> {
        let mut sql =
            Sql::kept("SELECT v.* FROM entry_version v WHERE v.kind = 'framework' AND NOT v.withdrawn AND ");
        self.moment.at.holds(&mut sql, "v");
        sql.push(" ORDER BY v.slug");
        let mut versions: Vec<Version> = sql.load(self.snapshot.conn)?;
        versions.retain(|version| {
            let wanted = self.question.framework.as_ref();
            wanted.is_none_or(|wanted| version.slug.as_ref() == Some(wanted))
        });
        let contents = open_contents(self.snapshot.conn, self.cache, &versions)?;
        let mut suggestions = Vec::new();
        for version in versions {
            let sealed = contents.get(&as_hash(&version.content_sha256)?);
            let Some(framework) = sealed.and_then(|sealed| sealed.framework()) else {
                continue;
            };
            let nodes = framework.nodes.iter().filter(|node| !node.retired);
            let found = nodes.filter(|node| begins_a_word(&node.title, &self.question.typed.needle));
            suggestions.extend(found.map(|node| Suggestion {
                text: match (self.question.language, &node.title_en) {
                    (Language::English, Some(english)) => english.clone(),
                    _ => node.title.clone(),
                },
                framework: version.slug.clone(),
                node: Some(node.id.clone()),
                ..Suggestion::of(SuggestionKind::Node)
            }));
        }
        suggestions.truncate(self.question.limit);
        Ok(suggestions)
    }
}

impl Suggestion {
    fn of(kind: SuggestionKind) -> Self {
        Self {
            text: String::new(),
            kind,
            id: None,
            number: None,
            title: None,
            framework: None,
            node: None,
        }
    }
}

fn begins_like(title: &str, typed: &str) -> bool {
    title.to_lowercase().starts_with(&typed.to_lowercase())
}
