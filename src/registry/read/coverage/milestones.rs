//! Days on which something begins or ends: trials of frameworks, implementations, abolitions.

use std::collections::HashSet;

use chrono::{Days, NaiveDate};
use serde::Serialize;

use crate::domain::coverage::Milestone;
use crate::domain::division::Divisions;
use crate::domain::framework::FrameworkContent;
use crate::domain::problem::Problem;
use crate::domain::time::parse_date;
use crate::domain::vocabulary::{Kind, Trial};
use crate::registry::moment::Moment;
use crate::registry::read::filter::{Column, Filter, Filters, Place};
use crate::registry::read::frameworks;
use crate::registry::stored::{ContentCache, as_hash, open_contents};
use crate::store::pool::Snapshot;
use crate::store::sql::Sql;
use crate::store::version::Version;

/// Something that begins or ends on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MilestoneFinding {
    pub milestone: Milestone,
    /// The last day of a trial, the first day in force, the first day no longer in force.
    #[schema(value_type = String, format = Date, example = "2024-11-14")]
    pub on: NaiveDate,
    /// How many days after `valid_at`; below zero for what has passed.
    #[schema(example = 30)]
    pub days: i64,
    pub kind: Kind,
    #[schema(format = Uuid)]
    pub id: String,
    #[schema(example = "370200")]
    pub owner: String,
    /// Of a framework.
    #[schema(example = "qingdao")]
    pub slug: Option<String>,
    /// Of a standard.
    #[schema(example = json!(null))]
    pub number: Option<String>,
    #[schema(example = "青岛市基本公共服务标准体系框架")]
    pub title: String,
}

/// What is looked for.
#[derive(Clone, Debug, Serialize)]
pub struct Question {
    /// Only this framework, and standards placed in it.
    pub framework: Option<String>,
    pub owner: Vec<String>,
    pub owner_exact: Vec<String>,
    /// How many days ahead.
    pub days: u32,
    /// Only these; all when empty.
    pub milestones: Vec<Milestone>,
}

impl Question {
    fn wants(&self, milestone: Milestone) -> bool {
        self.milestones.is_empty() || self.milestones.contains(&milestone)
    }

    /// Whether a framework of this owner is one that the divisions asked about place rows in, or have below them.
    fn concerns(&self, owner: &str) -> bool {
        let divisions = Divisions::built_in();
        let related = |code: &String| divisions.reaches(owner, code) || divisions.reaches(code, owner);
        let mut exact = self.owner_exact.iter();
        (self.owner.is_empty() && self.owner_exact.is_empty())
            || self.owner.iter().any(related)
            || exact.any(|code| divisions.reaches(owner, code))
    }
}

/// Finds them in the order of their days.
pub fn find(
    snapshot: &mut Snapshot,
    cache: &ContentCache,
    framework: Option<&FrameworkContent>,
    question: &Question,
    moment: &Moment,
) -> Result<Vec<MilestoneFinding>, Problem> {
    let mut found = trials(snapshot, cache, framework, question, moment)?;
    let ahead = [
        (Milestone::Implementation, Column::ImplementedOn),
        (Milestone::Abolition, Column::AbolishedOn),
    ];
    for (milestone, column) in ahead {
        if question.wants(milestone) {
            found.extend(of_standards(
                snapshot,
                framework,
                question,
                moment,
                (milestone, column),
            )?);
        }
    }
    // Standards come in the order of numbers, which stays within a day.
    found.sort_by_key(|one| (one.on, one.milestone));
    Ok(found)
}

fn trials(
    snapshot: &mut Snapshot,
    cache: &ContentCache,
    only: Option<&FrameworkContent>,
    question: &Question,
    moment: &Moment,
) -> Result<Vec<MilestoneFinding>, Problem> {
    let versions = frameworks::versions(snapshot, moment)?;
    let contents = open_contents(snapshot.conn, cache, &versions)?;
    let mut all: Vec<(&Version, &FrameworkContent)> = Vec::with_capacity(versions.len());
    for version in &versions {
        let sealed = contents.get(&as_hash(&version.content_sha256)?);
        all.extend(
            sealed
                .and_then(|sealed| sealed.framework())
                .map(|framework| (version, framework)),
        );
    }
    // A final edition of its own or one that takes its place ends a trial for good.
    let replaced: HashSet<&str> = all
        .iter()
        .filter(|(_, framework)| framework.status(moment.valid_at) != Trial::Expired)
        .filter_map(|(_, framework)| framework.replaces.as_deref())
        .collect();
    let mut found = Vec::new();
    for (version, framework) in &all {
        let (Some(on), true) = (framework.trial_to, question.concerns(&version.owner)) else {
            continue;
        };
        let is_replaced =
            replaced.contains(framework.slug.as_str()) || replaced.contains(version.entry_id.as_str());
        let days = (on - moment.valid_at).num_days();
        let milestone = match framework.status(moment.valid_at) {
            _ if is_replaced || only.is_some_and(|only| only.slug != framework.slug) => None,
            Trial::Expired => Some(Milestone::TrialEnded),
            Trial::Trial if days <= i64::from(question.days) => Some(Milestone::TrialEnds),
            Trial::Trial | Trial::Final => None,
        };
        found.extend(
            milestone
                .filter(|milestone| question.wants(*milestone))
                .map(|milestone| MilestoneFinding {
                    milestone,
                    on,
                    days,
                    kind: Kind::Framework,
                    id: version.entry_id.clone(),
                    owner: version.owner.clone(),
                    slug: version.slug.clone(),
                    number: None,
                    title: version.title.clone(),
                }),
        );
    }
    Ok(found)
}

/// Standards with a day after `valid_at` that is near.
fn of_standards(
    snapshot: &mut Snapshot,
    framework: Option<&FrameworkContent>,
    question: &Question,
    moment: &Moment,
    (milestone, column): (Milestone, Column),
) -> Result<Vec<MilestoneFinding>, Problem> {
    let day = |days: u64| {
        moment
            .valid_at
            .checked_add_days(Days::new(days))
            .map(|day| day.to_string())
    };
    let mut all = vec![
        Filter::Days {
            column,
            from: day(1),
            to: day(u64::from(question.days)),
        },
        Filter::Column(Column::Supply, vec!["existing".to_owned()]),
    ];
    if !question.owner.is_empty() {
        all.push(Filter::Owner(question.owner.clone()));
    }
    if !question.owner_exact.is_empty() {
        all.push(Filter::OwnerExact(question.owner_exact.clone()));
    }
    if let Some(framework) = framework {
        all.push(Filter::Placed(Place {
            framework: framework.slug.clone(),
            ..Place::default()
        }));
    }
    let filters = Filters {
        all,
        ..Filters::default()
    };
    let mut sql = Sql::new("SELECT v.* FROM entry_version v");
    filters.push(&mut sql, moment, |_| false)?;
    sql.push(" ORDER BY v.sort_number, v.entry_id");
    let versions: Vec<Version> = sql.load(snapshot.conn)?;
    let found = versions.into_iter().filter_map(|version| {
        let on = match column {
            Column::AbolishedOn => version.abolished_on.as_deref(),
            _ => version.implemented_on.as_deref(),
        };
        let on = on.and_then(parse_date)?;
        Some(MilestoneFinding {
            milestone,
            on,
            days: (on - moment.valid_at).num_days(),
            kind: Kind::Standard,
            id: version.entry_id,
            owner: version.owner,
            slug: None,
            number: version.number,
            title: version.title,
        })
    });
    Ok(found.collect())
}
