//! Drift beside a model that knows nothing of databases: the same histories, looked at row by row.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::chance::Chance;
use crate::support::{Client, Entry, Registry};

const TODAY: &str = "2026-01-01";
const SOON: &str = "2026-06-30";
const OWNERS: [&str; 3] = ["370200", "370214", "370213"];
const NUMBERS: [&str; 7] = [
    "GB/T 35796-2017",
    "GB/T 35796-2025",
    "GB 50011-2010",
    "GB/T 50011-2010",
    "DB3702/T 35-2021",
    "DB3702/T 36-2022",
    "MZ/T 32-2012",
];
const DAYS: [&str; 5] = [
    "2012-05-01",
    "2025-12-31",
    "2026-01-01",
    "2026-03-01",
    "2027-01-01",
];

/// A row as it was last written.
#[derive(Clone, Debug)]
struct Row {
    entry: Entry,
    owner: String,
    content: Value,
    withdrawn: bool,
}

/// Everything at one position.
#[derive(Clone, Debug, Default)]
struct Model {
    rows: BTreeMap<String, Row>,
    /// Former number and entry.
    renumbered: Vec<(String, String)>,
}

/// Row, what happened, to what, how many steps away.
type Told = BTreeSet<(String, String, String, u64)>;

impl Row {
    fn text(&self, name: &str) -> Option<&str> {
        self.content[name].as_str()
    }

    fn number(&self) -> Option<&str> {
        self.text("number")
    }

    fn existing(&self) -> bool {
        self.text("supply") == Some("existing")
    }

    fn relations(&self, wanted: &[&str]) -> Vec<(String, String)> {
        let relations = self.content["relations"].as_array().into_iter().flatten();
        relations
            .filter_map(|one| {
                let kind = one["type"].as_str()?;
                let target = one["target"]["id"]
                    .as_str()
                    .or(one["target"]["number"].as_str())?;
                let whole = kind != "replaces" || one["extent"] != "partial";
                (wanted.contains(&kind) && whole).then(|| (kind.to_owned(), target.to_owned()))
            })
            .collect()
    }

    fn rests_on(&self) -> Vec<String> {
        let relations = self.relations(&["cites", "derives_from"]);
        relations.into_iter().map(|(_, target)| target).collect()
    }
}

fn undated(number: &str) -> &str {
    number.rsplit_once('-').map_or(number, |(undated, _)| undated)
}

impl Model {
    fn live(&self) -> impl Iterator<Item = &Row> {
        self.rows.values().filter(|row| !row.withdrawn)
    }

    fn resolve(&self, key: &str, owner: &str) -> Option<&Row> {
        if let Some(row) = self.rows.get(key) {
            return Some(row);
        }
        let line: &[&str] = if owner == "370200" {
            &["370200"]
        } else {
            &[owner, "370200"]
        };
        line.iter().find_map(|code| {
            let here = self.live().filter(|row| row.owner == *code);
            let meant = here.filter(|row| {
                row.number()
                    .is_some_and(|number| number == key || undated(number) == key)
            });
            meant.max_by_key(|row| row.number().unwrap().to_owned())
        })
    }

    /// What happened to what a row of this owner names, or stands for.
    fn judge(&self, key: &str, owner: &str, own: bool) -> Option<&'static str> {
        let target = if own { None } else { self.resolve(key, owner) };
        let number = if own {
            Some(key)
        } else {
            target.map_or(Some(key), Row::number)
        };
        let mut rows: Vec<&Row> = self
            .live()
            .filter(|row| number.is_some() && row.number() == number)
            .collect();
        if let Some(target) = target
            .filter(|target| !target.withdrawn && !rows.iter().any(|row| row.entry.id == target.entry.id))
        {
            rows.push(target);
        }
        let replacements: Vec<Option<&str>> = self
            .live()
            .filter(|row| number.is_none() || row.number() != number)
            .filter(|row| {
                row.relations(&["replaces"]).iter().any(|(_, replaced)| {
                    Some(replaced.as_str()) == number || rows.iter().any(|row| row.entry.id == *replaced)
                })
            })
            .map(|row| row.text("implemented_on"))
            .collect();
        let ends: Vec<&str> = rows
            .iter()
            .filter(|row| row.existing())
            .filter_map(|row| row.text("abolished_on"))
            .collect();
        let abolished = ends.iter().any(|end| *end <= TODAY);
        let in_transition = ends.iter().any(|end| *end > TODAY);
        let replaced = !in_transition && replacements.iter().flatten().any(|day| *day <= TODAY);
        if abolished || replaced {
            return Some(if replacements.is_empty() {
                "abolished"
            } else {
                "superseded"
            });
        }
        let renumbered = |(former, id): &(String, String)| {
            Some(former.as_str()) == number
                && self
                    .rows
                    .get(id)
                    .is_some_and(|row| !row.withdrawn && row.number().is_some() && row.number() != number)
        };
        if self.renumbered.iter().any(renumbered) {
            return Some("renumbered");
        }
        if !target.is_some_and(|target| target.withdrawn) {
            let mut days = ends.iter().chain(replacements.iter().flatten());
            if days.any(|day| *day > TODAY && *day <= SOON) {
                return Some("ending");
            }
            let any_edition = target.is_some() && !NUMBERS.contains(&key) && !self.rows.contains_key(key);
            let newer = |row: &Row| {
                row.existing()
                    && row
                        .number()
                        .zip(number)
                        .is_some_and(|(other, this)| undated(other) == undated(this) && other > this)
            };
            let is_dated = number.is_some_and(|number| NUMBERS.contains(&number));
            if !any_edition && (replacements.contains(&None) || (is_dated && self.live().any(newer))) {
                return Some("newer_edition");
            }
        }
        match target {
            _ if own => None,
            Some(target) => target.withdrawn.then_some("withdrawn"),
            None => {
                let within_reach =
                    |row: &&Row| row.withdrawn && (row.owner == owner || row.owner == "370200");
                let left = self
                    .rows
                    .values()
                    .filter(within_reach)
                    .any(|row| row.number() == Some(key));
                Some(if left { "withdrawn" } else { "missing" })
            }
        }
    }

    /// All drift of an owner and those below, `depth` steps away at most.
    fn drift(&self, owner: &str, depth: u64) -> Told {
        let mut told = Told::new();
        for row in self.live().filter(|row| owner == "370200" || row.owner == owner) {
            let mut standards = BTreeSet::new();
            let id = row.entry.id.clone();
            if let (Some(number), "referenced", true) =
                (row.number(), row.text("origin").unwrap(), row.existing())
            {
                standards.insert(number.to_owned());
                if let Some(drift) = self.judge(number, &row.owner, true) {
                    told.insert((id.clone(), drift.to_owned(), id.clone(), 0));
                }
            }
            let mut seen = BTreeSet::from([id.clone()]);
            let mut ahead = VecDeque::from([(row, 0)]);
            while let Some((at, steps)) = ahead.pop_front() {
                if steps == depth {
                    continue;
                }
                for key in at.rests_on() {
                    let to = self.resolve(&key, &at.owner);
                    if to.is_some_and(|to| to.entry.id == id) {
                        continue;
                    }
                    let standard =
                        to.map_or(key.clone(), |to| to.number().unwrap_or(&to.entry.id).to_owned());
                    let on = to.map_or(key.clone(), |to| to.entry.id.clone());
                    if standards.insert(standard)
                        && let Some(drift) = self.judge(&key, &at.owner, false)
                        && (steps == 0 || drift != "missing")
                    {
                        told.insert((id.clone(), drift.to_owned(), on, steps + 1));
                    }
                    if let Some(to) = to.filter(|to| !to.withdrawn && seen.insert(to.entry.id.clone())) {
                        ahead.push_back((to, steps + 1));
                    }
                }
            }
        }
        told
    }
}

/// One of some values.
fn any<'a>(chance: &mut Chance, values: &[&'a str]) -> &'a str {
    values[chance.below(values.len())]
}

/// Content that a row of this owner may have: unique numbers aside, anything goes.
fn content(chance: &mut Chance, model: &Model, own: Option<&Row>, owner: &str) -> Value {
    let taken: Vec<&str> = model
        .rows
        .values()
        .filter(|row| row.owner == owner && own.is_none_or(|own| own.entry.id != row.entry.id))
        .filter_map(Row::number)
        .collect();
    let free: Vec<&str> = NUMBERS
        .into_iter()
        .filter(|number| !taken.contains(number))
        .collect();
    let number = (!free.is_empty() && chance.percent(90)).then(|| any(chance, &free));
    let mut content = json!({
        "title": format!("标准 {}", chance.below(5)),
        "origin": any(chance, &["referenced", "referenced", "self_built"]),
        "supply": any(chance, &["existing", "existing", "existing", "existing", "planned"]),
    });
    match number {
        Some(number) => content["number"] = json!(number),
        None => content["level"] = json!("local"),
    }
    for (name, percent) in [("implemented_on", 60), ("abolished_on", 20)] {
        if chance.percent(percent) {
            content[name] = json!(any(chance, &DAYS));
        }
    }
    // Only what begins before it ends is a standard.
    if content["abolished_on"].as_str().is_some_and(|end| {
        content["implemented_on"]
            .as_str()
            .is_some_and(|begin| begin >= end)
    }) {
        content.as_object_mut().unwrap().remove("implemented_on");
    }
    let ids: Vec<&str> = model
        .rows
        .keys()
        .map(String::as_str)
        .filter(|id| own.is_none_or(|own| own.entry.id != *id))
        .collect();
    let mut relations = Vec::new();
    for _ in 0..chance.below(4) {
        let kind = any(chance, &["replaces", "cites", "derives_from"]);
        let mut target = json!({"number": any(chance, &NUMBERS)});
        if chance.percent(15) && kind != "replaces" {
            target = json!({"number": "GB/T 35796"});
        }
        if !ids.is_empty() && chance.percent(40) {
            target = json!({"id": any(chance, &ids)});
        }
        if target["number"].as_str() != number {
            relations.push(json!({"type": kind, "target": target}));
        }
    }
    content["relations"] = json!(relations);
    content
}

/// One more change of a random history; the position it came to, if it changed anything.
fn step(chance: &mut Chance, client: &Client, model: &mut Model) -> Option<u64> {
    let ids: Vec<String> = model.rows.keys().cloned().collect();
    if ids.is_empty() || chance.percent(35) {
        let owner = any(chance, &OWNERS).to_owned();
        let content = content(chance, model, None, &owner);
        let entry = client.create(&owner, content);
        let content = in_normal_form(client, &entry);
        let position = entry.position;
        let row = Row {
            entry,
            owner,
            content,
            withdrawn: false,
        };
        model.rows.insert(row.entry.id.clone(), row);
        return Some(position);
    }
    let mut row = model.rows[&ids[chance.below(ids.len())]].clone();
    if !row.withdrawn && chance.percent(25) {
        row.entry = client.withdraw(&row.entry);
        row.withdrawn = true;
    } else {
        let content = content(chance, model, Some(&row), &row.owner);
        let entry = client.replace(&row.entry, &row.owner, content);
        let content = in_normal_form(client, &entry);
        if entry.position == row.entry.position {
            return None;
        }
        if let (Some(former), Some(number)) = (row.number(), content["number"].as_str())
            && former != number
        {
            model.renumbered.push((former.to_owned(), row.entry.id.clone()));
        }
        (row.entry, row.content, row.withdrawn) = (entry, content, false);
    }
    let position = row.entry.position;
    model.rows.insert(row.entry.id.clone(), row);
    Some(position)
}

/// Which of two relations comes first decides which of two ways of equal length is told.
fn in_normal_form(client: &Client, entry: &Entry) -> Value {
    client.get(&entry.path).expect(200).at("/content")
}

/// What the registry tells.
fn told(client: &Client, parameters: &str) -> Told {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    client
        .every(&format!("/v1/drift?valid_at={TODAY}&{parameters}"))
        .iter()
        .map(|one| {
            let on = one["rests_on"]["id"]
                .as_str()
                .unwrap_or_else(|| one["rests_on"]["number"].as_str().unwrap());
            (
                word(&one["row"]["id"]),
                word(&one["drift"]),
                on.to_owned(),
                one["depth"].as_u64().unwrap(),
            )
        })
        .collect()
}

/// Positions that a feed tells, in pages of some size.
fn followed(client: &Client, owner: &str, limit: usize) -> Vec<u64> {
    let mut positions = Vec::new();
    let mut after = "0".to_owned();
    loop {
        let page = client
            .get(&format!("/v1/changes?drift={owner}&limit={limit}&after={after}"))
            .expect(200)
            .json();
        positions.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|line| line["position"].as_u64().unwrap()),
        );
        after = page["next"].as_str().unwrap().to_owned();
        if page["end"] == true {
            assert_eq!((&page["count"], &page["digest"]), (&Value::Null, &Value::Null));
            return positions;
        }
    }
}

#[rstest]
fn drift_is_what_a_model_without_a_database_finds(
    #[values(Sqlite, Postgres)] backend: Backend,
    #[values(1, 2, 3)] seed: u64,
) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let mut chance = Chance::of(seed);
    let mut model = Model::default();
    let mut history: Vec<(u64, Model)> = Vec::new();
    while history.len() < 90 {
        if let Some(position) = step(&mut chance, &city, &mut model) {
            history.push((position, model.clone()));
        }
    }
    for (position, model) in history.iter().skip(9).step_by(16).chain(history.last()) {
        for owner in OWNERS {
            let found = told(&city, &format!("owner={owner}&depth=5&as_of={position}"));
            let expected = model.drift(owner, 5);
            let differing: Vec<_> = found.symmetric_difference(&expected).collect();
            assert!(
                differing.is_empty(),
                "{owner} at {position}, seed {seed}: {differing:#?}\nof {expected:#?}\nwith {:#?}",
                model.rows
            );
        }
    }
    assert!(
        !model.drift("370200", 5).is_empty(),
        "a history in which nothing drifts says nothing"
    );

    // Whatever changes drift of the first order is in the feed, and pages of any size tell the same.
    for owner in OWNERS {
        let feed = followed(&city, owner, 1_000);
        assert_eq!(followed(&city, owner, 7), feed);
        let mut before = Told::new();
        for (position, model) in &history {
            let now = model.drift(owner, 1);
            assert!(
                now == before || feed.contains(position),
                "{position} is missing for {owner}, seed {seed}: {feed:?}"
            );
            before = now;
        }
    }
}
