//! One standard through time: its revisions, what changed, and how it stood.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::entry::{care_home_safety, faults, problem, row, row_with};
use crate::support::{Client, Registry};

#[rstest]
fn revisions_are_paged_newest_last(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let mut entry = district.create("370214", row("GB 38600-2019"));
    for title in ["甲", "乙", "丙", "丁"] {
        entry = district.change(&entry, json!({"title": title}));
    }
    let anyone = registry.anonymous();
    let path = format!("{}/revisions", entry.path);

    let all = anyone.get(&format!("{path}?count=true")).expect(200);
    assert_eq!(all.at("/next"), Value::Null);
    assert_eq!(all.at("/total"), 5);
    assert_eq!(all.at("/items/4/content/title"), "丁");

    let mut seen = Vec::new();
    let mut page = anyone.get(&format!("{path}?limit=2")).expect(200);
    loop {
        seen.extend(page.at("/items").as_array().unwrap().clone());
        // Written between pages; the pages show the state of the first.
        entry = district.change(&entry, json!({"title_en": format!("{}", seen.len())}));
        let Value::String(cursor) = page.at("/next") else {
            break;
        };
        page = anyone.get(&format!("{path}?limit=2&cursor={cursor}")).expect(200);
    }
    assert_eq!(Value::Array(seen), all.at("/items"));
    anyone.get(&format!("{path}?cursor=nonsense")).expect(400);
}

#[rstest]
fn one_revision_is_shown_whole_for_ever(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let first = district.create("370214", care_home_safety());
    let early = district.get(&format!("{}/revisions/1", first.path)).expect(200);
    let second = district.change(&first, json!({"title": "甲"}));
    district.withdraw(&second);

    let late = district.get(&format!("{}/revisions/1", first.path)).expect(200);
    assert_eq!(late.json(), early.json());
    assert_eq!(late.at("/content/title"), "养老机构服务安全基本规范");
    assert_eq!(late.at("/action"), "create");
    assert_eq!(late.at("/position"), first.position);
    for missing in ["4", "0", "-1", "x"] {
        district
            .get(&format!("{}/revisions/{missing}", first.path))
            .expect(404);
    }
}

#[rstest]
fn a_diff_s_patch_turns_one_revision_into_the_other(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let first = district.create("370214", care_home_safety());
    let second = district.change(
        &first,
        json!({"title": "甲", "title_en": null, "keywords": ["安全", "火灾", "养老机构"], "scope": "全部",
               "claimed_status": {"value": "in_force", "source": "平台"}}),
    );
    let third = district.replace(&second, "370214", row("GB 38600-2019"));

    for (from, to) in [(1, 2), (2, 3), (1, 3), (3, 1), (2, 2)] {
        let diff = district
            .get(&format!("{}/diff?from={from}&to={to}", third.path))
            .expect(200);
        assert_eq!(diff.at("/from"), from);
        assert_eq!(diff.at("/to"), to);
        let mut content = content_of(&district, &third.path, from);
        let patch: json_patch::Patch = serde_json::from_value(diff.at("/patch")).unwrap();
        json_patch::patch(&mut content, &patch).unwrap();
        assert_eq!(content, content_of(&district, &third.path, to), "{from} → {to}");
    }
}

fn content_of(client: &Client, path: &str, revision: u64) -> Value {
    client
        .get(&format!("{path}/revisions/{revision}"))
        .expect(200)
        .at("/content")
}

#[rstest]
fn a_diff_names_each_change_with_its_value_before_and_after(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let first = city.create("370214", care_home_safety());
    let second = city.change(
        &first,
        json!({"title": "甲", "implemented_on": null, "scope": "全部"}),
    );
    let moved = json!({"reason": "划转", "owner": "370213"});
    let moved = city.if_match(&second.etag).patch(&first.path, &moved).expect(200);
    city.if_match(&moved.etag())
        .delete(&format!("{}?reason=x", first.path))
        .expect(200);

    let change = |diff: &Value, path: &str| {
        let changes = diff.as_array().expect("changes");
        let found: Vec<_> = changes.iter().filter(|change| change["path"] == path).collect();
        assert_eq!(found.len(), 1, "{path} in {diff:#}");
        (found[0]["before"].clone(), found[0]["after"].clone())
    };
    let diff = city
        .get(&format!("{}/diff?from=1&to=2", first.path))
        .expect(200)
        .at("/changes");
    assert_eq!(diff.as_array().map(Vec::len), Some(3));
    assert_eq!(
        change(&diff, "/title"),
        (json!("养老机构服务安全基本规范"), json!("甲"))
    );
    assert_eq!(
        change(&diff, "/implemented_on"),
        (json!("2022-01-01"), Value::Null)
    );
    assert_eq!(change(&diff, "/scope"), (Value::Null, json!("全部")));

    let diff = city
        .get(&format!("{}/diff?from=2&to=4", first.path))
        .expect(200)
        .at("/changes");
    assert_eq!(change(&diff, "/owner"), (json!("370214"), json!("370213")));
    assert_eq!(change(&diff, "/withdrawn"), (json!(false), json!(true)));

    for missing in ["from=1&to=9", "from=9&to=1"] {
        city.get(&format!("{}/diff?{missing}", first.path)).expect(404);
    }
    for faulty in ["from=x", "from=0", "to=-1", "from=1&from=2", "form=1"] {
        city.get(&format!("{}/diff?{faulty}", first.path)).expect(400);
    }
}

#[rstest]
fn an_entry_is_read_as_it_stood_at_a_position_or_an_instant(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let before = district.log_head();
    let first = district.create("370214", row("GB 38600-2019"));
    let second = district.change(&first, json!({"title": "甲"}));
    let anyone = registry.anonymous();
    let recorded = |revision: u64| {
        let read = anyone
            .get(&format!("{}/revisions/{revision}", first.path))
            .expect(200);
        read.at("/recorded_at").as_str().unwrap().to_owned()
    };

    for (as_of, revision) in [
        (first.position.to_string(), 1),
        (second.position.to_string(), 2),
        (recorded(1), 1),
        (recorded(2), 2),
        (in_shanghai(&recorded(1)), 1),
    ] {
        let read = anyone.get(&format!("{}?as_of={as_of}", first.path)).expect(200);
        assert_eq!(read.at("/revision"), revision, "{as_of}");
        let position = if revision == 1 {
            first.position
        } else {
            second.position
        };
        assert_eq!(read.header("Log-Position"), Some(position.to_string()), "{as_of}");
        assert!(read.header("As-Of").is_some() && read.header("Valid-At").is_some());
    }
    // Before it was created there is no entry, nor before the log began.
    for before in [
        before.to_string(),
        "1999-01-01".to_owned(),
        "1999-01-01T00:00:00Z".to_owned(),
    ] {
        let earlier = anyone.get(&format!("{}?as_of={before}", first.path)).expect(404);
        assert_eq!(problem(&earlier), "not-found");
    }
    let empty = anyone
        .get("/v1/standards?as_of=1999-01-01&count=true")
        .expect(200);
    assert_eq!((empty.at("/total"), empty.at("/position")), (json!(0), json!(0)));
    assert_eq!(empty.header("Valid-At").as_deref(), Some("1999-01-01"));
}

/// The same instant, as a clock in Shanghai shows it.
fn in_shanghai(instant: &str) -> String {
    let instant: chrono::DateTime<chrono::Utc> = instant.parse().unwrap();
    let shanghai = chrono::FixedOffset::east_opt(8 * 3600).unwrap();
    instant
        .with_timezone(&shanghai)
        .to_rfc3339_opts(chrono::SecondsFormat::Micros, false)
}

#[rstest]
fn a_day_means_its_end_in_shanghai_and_today_the_day_so_far(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let entry = district.create("370214", row("GB 38600-2019"));
    let recorded_at = district.get(&entry.path).expect(200).at("/recorded_at");
    let day = in_shanghai(recorded_at.as_str().unwrap())[..10].to_owned();

    let read = district.get(&format!("{}?as_of={day}", entry.path)).expect(200);
    assert_eq!(read.at("/revision"), 1);
    assert_eq!(read.header("Valid-At"), Some(day));
}

#[rstest]
fn a_time_that_has_not_come_or_does_not_read_is_400(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let entry = district.create("370214", row("GB 38600-2019"));
    let path = &entry.path;

    for beyond in [
        (entry.position + 1).to_string(),
        "2199-01-01".into(),
        "2199-01-01T00:00:00Z".into(),
    ] {
        let refused = district.get(&format!("{path}?as_of={beyond}")).expect(400);
        assert_eq!(problem(&refused), "beyond-head", "{beyond}");
        assert_eq!(refused.at("/head"), entry.position);
    }
    for faulty in [
        "",
        "x",
        "-1",
        "1.5",
        "2026-13-01",
        "2026-02-30",
        "2026-1-1",
        "2026-01-01T00:00:00",
        "20260101T000000Z",
        "99999999999999999999",
        "yesterday",
    ] {
        let refused = district.get(&format!("{path}?as_of={faulty}")).expect(400);
        assert!(
            problem(&refused) == "beyond-head" || faults(&refused)[0].0 == "?as_of",
            "{faulty}\n{refused:?}"
        );
        if !faulty.starts_with("999") {
            let refused = district.get(&format!("{path}?valid_at={faulty}")).expect(400);
            assert_eq!(faults(&refused)[0].0, "?valid_at", "{faulty}");
        }
    }
}

#[rstest]
fn a_read_at_a_position_repeats_byte_for_byte(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let first = district.create("370214", care_home_safety());
    let old = district.create(
        "370214",
        row_with("GB/T 35796-2017", json!({"implemented_on": "2018-05-01"})),
    );
    let at = old.position;
    let anyone = registry.anonymous();
    let questions = [
        format!("{}?as_of={at}", first.path),
        format!("{}?as_of={at}", old.path),
        format!("{}/revisions?as_of={at}", first.path),
        format!("{}/relations?as_of={at}", old.path),
        format!("/v1/standards?as_of={at}&count=true&facets=level,validity"),
        format!("/v1/standards/lookup?as_of={at}&number=GB/T%2035796-2017"),
        format!("/v1/frameworks/qingdao/matrix?as_of={at}"),
    ];
    let before: Vec<_> = questions
        .iter()
        .map(|question| anyone.get(question).expect(200))
        .collect();

    let changed = district.change(&first, json!({"title": "甲"}));
    district.withdraw(&changed);
    let successor = json!({"implemented_on": "2020-01-01", "relations": [{"type": "replaces", "target": {"number": "GB/T 35796-2017"}}]});
    district.create("370214", row_with("GB/T 35796-2019", successor));

    for (question, before) in questions.iter().zip(before) {
        let after = anyone.get(question).expect(200);
        assert_eq!(after.text(), before.text(), "{question}");
        assert_eq!(after.etag(), before.etag(), "{question}");
    }
}

#[rstest]
fn only_what_can_never_change_is_immutable(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let entry = district.create("370214", row("GB 38600-2019"));
    let anyone = registry.anonymous();
    let today = &district.get(&entry.path).expect(200).header("Valid-At").unwrap();
    for question in [
        entry.path.clone(),
        format!("{}?as_of={today}", entry.path),
        format!("{}?as_of={}", entry.path, entry.position),
        format!("{}/revisions", entry.path),
        format!("{}/revisions/1", entry.path),
        "/v1/standards".to_owned(),
        format!("/v1/standards?as_of={today}"),
    ] {
        let caching = anyone
            .get(&question)
            .expect(200)
            .header("Cache-Control")
            .unwrap_or_default();
        // A content may still be erased for a legal reason, so whatever shows one is revalidated.
        assert!(
            caching.contains("no-cache") && !caching.contains("immutable"),
            "{question}: {caching}"
        );
    }
}
