//! Real data kept outside the project because its licence is unclear. Tests use it where it is there
//! and the project's own data where it is not.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// A file of the shared data: under `REGISTRY_SHARED_DATA`, else `../shared/data` beside the project.
pub fn shared(path: &str) -> Option<PathBuf> {
    let folder = match std::env::var_os("REGISTRY_SHARED_DATA") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
    };
    Some(folder.join(path)).filter(|file| file.is_file())
}

/// One state of a real catalogue: what a commit changed, and all rows as published then.
pub struct State {
    pub commit: String,
    pub time: String,
    pub events: Vec<Value>,
    pub rows: BTreeMap<String, Value>,
}

/// The states of a real catalogue's history in order, by replaying its events. `None` without the data.
pub fn history() -> Option<Vec<State>> {
    let file = shared("catalogue/history-first-60.jsonl.gz")?;
    let mut states: Vec<State> = Vec::new();
    for event in gunzipped_lines(&file) {
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let (commit, time) = (text("commit"), text("time"));
        if states.last().is_none_or(|state| state.commit != commit) {
            let rows = states.last().map(|state| state.rows.clone()).unwrap_or_default();
            states.push(State {
                commit,
                time,
                events: Vec::new(),
                rows,
            });
        }
        let state = states.last_mut().expect("the state just pushed");
        replay(&event, &mut state.rows);
        state.events.push(event);
    }
    Some(states)
}

/// An update names only the changed members, each with its value before and after.
fn replay(event: &Value, rows: &mut BTreeMap<String, Value>) {
    let id = event["id"].as_str().expect("an event names its row").to_owned();
    match event["op"].as_str() {
        Some("create") => {
            rows.insert(id, event["record"].clone());
        }
        Some("update") => {
            let row = rows.get_mut(&id).expect("an updated row exists");
            for (member, change) in event["changes"].as_object().expect("changes") {
                row[member.as_str()] = change[1].clone();
            }
        }
        Some("delete") => {
            rows.remove(&id).expect("a deleted row exists");
        }
        other => panic!("an event of unknown kind {other:?}"),
    }
}

fn gunzipped_lines(file: &Path) -> Vec<Value> {
    let mut gzip = Command::new("gzip")
        .arg("-dc")
        .arg(file)
        .stdout(Stdio::piped())
        .spawn()
        .expect("gzip");
    let unpacked = BufReader::new(gzip.stdout.take().expect("a pipe"));
    let lines = unpacked
        .lines()
        .map(|line| serde_json::from_str(&line.unwrap()).expect("a line of JSON"));
    let lines = lines.collect();
    assert!(
        gzip.wait().expect("gzip ends").success(),
        "gzip could not read {}",
        file.display()
    );
    lines
}

#[test]
fn every_event_of_the_real_history_replays() {
    let Some(states) = history() else { return };
    assert_eq!(states.len(), 60);
    let events = states.iter().map(|state| state.events.len()).sum::<usize>();
    assert_eq!(events, 3_253);
    assert_eq!(states.last().unwrap().rows.len(), 1_234 - 860);
}
