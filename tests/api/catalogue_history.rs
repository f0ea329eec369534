//! A catalogue pushed state by state, as its source published it, and every state read back as it was.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rstest::rstest;
use serde_json::{Map, Value, json};
use standards_registry::domain::number;

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::catalogue::log_position;
use crate::support::{Answer, Client, Registry, data};

const OWNER: &str = "370200";

/// One published state: rows by the source's own id.
type State = BTreeMap<String, Value>;

#[rstest]
fn every_state_of_a_real_history_can_be_read_back(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let states = states();
    let mut pushed = Vec::new();
    let mut raised = 0;
    for (index, state) in states.iter().enumerate() {
        let (answer, was_raised) = push(&city, index, state);
        raised += usize::from(was_raised);
        assert_eq!(answer.at("/counts/refused"), 0, "state {index}");
        pushed.push((log_position(&answer), state));
    }

    for (index, (position, state)) in pushed.iter().enumerate() {
        let then = read_back(&city, &format!("&as_of={position}"));
        assert_same(&then, state, &format!("state {index} at position {position}"));
    }
    let now = read_back(&city, "");
    assert_same(&now, pushed.last().unwrap().1, "the newest state");

    let rows: usize = states.iter().map(BTreeMap::len).sum();
    println!(
        "{} states, {rows} rows, {raised} needed max_withdrawals",
        states.len()
    );
}

/// Pushes a state; where more leaves than a slip would explain, says that it is meant.
fn push(city: &Client, index: usize, state: &State) -> (Answer, bool) {
    let standards: Vec<_> = state.values().cloned().collect();
    let body = json!({"reason": format!("第 {index} 次发布"), "standards": standards});
    let answer = city.push_with(OWNER, "", &body);
    if answer.status == 422 {
        let items = answer.at("/plan/items");
        let refused = items.as_array().into_iter().flatten();
        let refused: Vec<_> = refused.filter(|item| !item["problem"].is_null()).collect();
        panic!("state {index}: {refused:#?}");
    }
    if answer.status != 409 {
        return (answer.expect(200), false);
    }
    let leaving = answer.at("/withdrawals");
    let parameters = format!("&max_withdrawals={leaving}");
    (city.push_with(OWNER, &parameters, &body).expect(200), true)
}

fn read_back(city: &Client, parameters: &str) -> State {
    let path = format!("/v1/standards?owner_exact={OWNER}&limit=500{parameters}");
    let items = city.every(&path).into_iter();
    items
        .map(|item| {
            let key = item["content"]["external_id"].as_str().unwrap().to_owned();
            (key, item["content"].clone())
        })
        .collect()
}

/// Stored content is what was pushed and what the registry tells from it: level, mandate and supply.
fn assert_same(stored: &State, pushed: &State, what: &str) {
    let keys = |state: &State| state.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(keys(stored), keys(pushed), "{what}");
    for (key, row) in pushed {
        let mut found = stored[key].clone();
        for told in ["level", "mandate", "supply"] {
            if row.get(told).is_none() {
                found.as_object_mut().unwrap().remove(told);
            }
        }
        assert_eq!(&found, row, "{what}, row {key}");
    }
}

/// The real history where it is at hand, else one made from the sample catalogue.
fn states() -> Vec<State> {
    let Some(history) = data::history() else {
        return made_up_states();
    };
    let mut collisions = 0;
    let states: Vec<State> = history
        .iter()
        .map(|state| {
            let mut taken = BTreeSet::new();
            let rows = state.rows.iter();
            rows.map(|(id, record)| (id.clone(), content(id, record, &mut taken, &mut collisions)))
                .collect()
        })
        .collect();
    println!("{collisions} rows share their number with another of the same state");
    assert_eq!(states.len(), 60);
    states
}

/// A source's record in our terms and in normal form.
fn content(id: &str, record: &Value, taken: &mut BTreeSet<String>, collisions: &mut usize) -> Value {
    let text = |name: &str| {
        record[name]
            .as_str()
            .map(str::trim)
            .filter(|text| !text.is_empty())
    };
    let mut row = Map::new();
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            row.insert(name.to_owned(), value);
        }
    };
    let parsed = text("code").and_then(|code| number::parse(code).ok());
    let canonical = parsed.map(|number| number.canonical);
    let is_free = canonical.clone().is_some_and(|number| taken.insert(number));
    *collisions += usize::from(canonical.is_some() && !is_free);
    let numbered = canonical.filter(|_| is_free);
    let level = match text("type") {
        _ if numbered.is_some() => None,
        Some("行业标准") => Some("industry"),
        Some("地方标准") => Some("local"),
        Some("团体标准" | "团标") => Some("group"),
        Some("企业标准") => Some("enterprise"),
        _ => Some("national"),
    };
    let claim = match text("status") {
        Some("现行") => Some("in_force"),
        Some("即将实施") => Some("upcoming"),
        Some("废止") => Some("abolished"),
        Some("被代替") => Some("superseded"),
        _ => None,
    };
    let day = |name: &str| text(name).filter(|day| NaiveDate::parse_from_str(day, "%Y-%m-%d").is_ok());
    let mut bodies: Vec<&str> = Vec::new();
    for body in text("issuedBy")
        .unwrap_or_default()
        .split([' ', '、', '，', ',', '；'])
    {
        if !body.is_empty() && !bodies.contains(&body) {
            bodies.push(body);
        }
    }
    set("external_id", Some(json!(id)));
    set("number", numbered.map(Value::from));
    set("number_as_written", text("code").map(Value::from));
    set("title", Some(json!(text("title").unwrap_or(id))));
    set("origin", Some(json!("referenced")));
    set("level", level.map(Value::from));
    set("claimed_status", claim.map(|value| json!({ "value": value })));
    // A few rows were implemented before they were published, by their source: the later day is left out.
    let mut earliest = "";
    for (name, source) in [
        ("published_on", "issueDate"),
        ("implemented_on", "implementDate"),
        ("abolished_on", "abolishDate"),
    ] {
        if let Some(day) = day(source).filter(|day| *day >= earliest) {
            earliest = day;
            set(name, Some(json!(day)));
        }
    }
    set("issued_by", Some(json!(bodies)).filter(|_| !bodies.is_empty()));
    Value::Object(row)
}

/// States in which rows come, change, go for a while, trade numbers, and once nearly all of them are gone.
fn made_up_states() -> Vec<State> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/sample-catalogue.json");
    let sample: Vec<Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let all: Vec<Value> = sample
        .iter()
        .enumerate()
        .filter(|(_, row)| row["number"].is_string())
        .map(|(index, row)| {
            json!({"external_id": format!("row-{index:03}"), "number": row["number"], "title": row["title"], "origin": row["origin"]})
        })
        .collect();
    (0..24)
        .map(|round| {
            let mut rows: Vec<Value> = all
                .iter()
                .enumerate()
                .filter(|(index, _)| {
                    if round == 12 {
                        *index < 3
                    } else {
                        (index + round) % 7 != 0
                    }
                })
                .map(|(_, row)| row.clone())
                .collect();
            for row in rows.iter_mut().skip(round).step_by(5) {
                row["keywords"] = json!([format!("第{round}次")]);
            }
            if let [first, second, ..] = rows.as_mut_slice()
                && round % 2 == 1
            {
                let number = first["number"].take();
                first["number"] = std::mem::replace(&mut second["number"], number);
            }
            rows.into_iter()
                .map(|row| (row["external_id"].as_str().unwrap().to_owned(), row))
                .collect()
        })
        .collect()
}

#[rstest]
fn the_sample_catalogue_can_be_pushed(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/sample-catalogue.json");
    let sample: Vec<Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();

    let answer = city.push(OWNER, &sample).expect(200);
    assert_eq!(answer.at("/counts/create"), sample.len());
    assert_eq!(answer.at("/counts/refused"), 0);
    let again = city.push(OWNER, &sample).expect(200);
    assert_eq!(again.at("/counts/unchanged"), sample.len());
}
