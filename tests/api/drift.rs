//! Drift: which rows rest on something that changed, and what is told of it.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::entry::{row, row_with};
use crate::support::{Client, Entry, Registry};

const CITY: &str = "370200";
const CHENGYANG: &str = "370214";
const LICANG: &str = "370213";
const NOTHING: [u64; 0] = [];

/// A row that has been in force since 2018.
fn in_force(number: &str) -> Value {
    row_with(number, json!({"implemented_on": "2018-01-01"}))
}

/// A row of the owner's own making with relations.
fn own(number: &str, relations: Value) -> Value {
    row_with(
        number,
        json!({"origin": "self_built", "implemented_on": "2021-01-01", "relations": relations}),
    )
}

fn replacing(number: &str, replaced: &str, implemented_on: Option<&str>) -> Value {
    let mut row = row_with(
        number,
        json!({"relations": [{"type": "replaces", "target": {"number": replaced}}]}),
    );
    if let Some(day) = implemented_on {
        row["implemented_on"] = json!(day);
    }
    row
}

fn drift(client: &Client, parameters: &str) -> Vec<Value> {
    client.every(&format!("/v1/drift?{parameters}"))
}

/// Number of the row, what happened, and to which number.
fn told(findings: &[Value]) -> Vec<(String, String, String)> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    findings
        .iter()
        .map(|one| {
            (
                word(&one["row"]["number"]),
                word(&one["drift"]),
                word(&one["rests_on"]["number"]),
            )
        })
        .collect()
}

fn one(row: &str, drift: &str, on: &str) -> (String, String, String) {
    (row.to_owned(), drift.to_owned(), on.to_owned())
}

/// A city's and a district's catalogue of real standards, nothing drifting yet.
struct Scene {
    registry: Registry,
    quality: Entry,
}

impl Scene {
    fn set(backend: Backend) -> Self {
        let registry = Registry::start(backend);
        let city = registry.as_city();
        let quality = city.create(CITY, in_force("GB/T 35796-2017"));
        let cites = json!([{"type": "derives_from", "target": {"number": "GB/T 35796-2017"}, "aspects": ["process"]}]);
        city.create(CITY, own("DB3702/T 35-2021", cites));
        city.create(CHENGYANG, in_force("GB/T 35796-2017"));
        let guide = json!([{"type": "implements", "target": {"number": "DB3702/T 35-2021"}}]);
        city.create(CHENGYANG, own("Q/CYMZ 12-2022", guide));
        Self { registry, quality }
    }
}

#[rstest]
fn a_replaced_standard_is_told_to_all_who_rest_on_it(#[values(Sqlite, Postgres)] backend: Backend) {
    let Scene { registry, .. } = Scene::set(backend);
    let city = registry.as_city();
    assert_eq!(told(&drift(&city, "owner=370200")), []);
    let newer = city.create(
        CITY,
        replacing("GB/T 35796-2025", "GB/T 35796-2017", Some("2025-09-01")),
    );

    let district = drift(&city, "owner=370214&valid_at=2026-01-01");
    assert_eq!(
        told(&district),
        [
            one("GB/T 35796-2017", "superseded", "GB/T 35796-2017"),
            one("Q/CYMZ 12-2022", "superseded", "GB/T 35796-2017"),
        ]
    );
    let [own, through] = [&district[0], &district[1]];
    assert_eq!(
        (&own["depth"], &own["path"], &own["known_by"]),
        (&json!(0), &json!([]), &json!("above"))
    );
    assert_eq!(own["since"], "2025-09-01");
    assert_eq!(own["recorded"]["position"], newer.position);
    assert_eq!(own["successors"][0]["number"], "GB/T 35796-2025");
    assert_eq!(
        (&own["severity"], &own["action"]),
        (&json!("high"), &json!("switch_to_successor"))
    );
    assert_eq!(through["depth"], 2);
    let path: Vec<_> = through["path"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (step["relation"].clone(), step["number"].clone()))
        .collect();
    assert_eq!(
        path,
        [
            (json!("implements"), json!("DB3702/T 35-2021")),
            (json!("derives_from"), json!("GB/T 35796-2017")),
        ]
    );
    assert_eq!(drift(&city, "owner=370214&valid_at=2026-01-01&depth=1").len(), 1);
    assert_eq!(
        drift(&city, "owner=370200&valid_at=2026-01-01").len(),
        4,
        "the city's rows and those below"
    );
    // A neighbour's word counts, too, but says so.
    assert_eq!(drift(&city, "owner_exact=370203&valid_at=2026-01-01").len(), 0);
    city.create("370203", in_force("GB/T 35796-2017"));
    assert_eq!(drift(&city, "owner_exact=370203&valid_at=2026-01-01").len(), 1);

    // Before its day it is to come; far before, nothing yet but a newer edition.
    let on = |day: &str| drift(&city, &format!("owner=370214&depth=0&valid_at={day}"));
    assert_eq!(on("2025-08-31")[0]["drift"], "ending");
    assert_eq!(on("2025-08-31")[0]["action"], "prepare");
    assert_eq!(on("2024-08-31")[0]["drift"], "newer_edition");
    assert_eq!(
        drift(&city, "owner=370214&depth=0&valid_at=2024-08-31&days=400")[0]["drift"],
        "ending"
    );
    // As of then nobody knew.
    let before = newer.position - 1;
    assert_eq!(
        drift(&city, &format!("owner=370214&valid_at=2026-01-01&as_of={before}")).len(),
        0
    );
}

#[rstest]
fn an_abolition_counts_wherever_it_is_known(#[values(Sqlite, Postgres)] backend: Backend) {
    let Scene { registry, quality } = Scene::set(backend);
    let city = registry.as_city();
    let abolished = city.change(&quality, json!({"abolished_on": "2025-05-01"}));
    let retitled = city.change(&abolished, json!({"title": "养老机构服务质量基本规范"}));
    let found = drift(&city, "owner=370214&valid_at=2026-01-01");
    assert_eq!(
        told(&found),
        [
            one("GB/T 35796-2017", "abolished", "GB/T 35796-2017"),
            one("Q/CYMZ 12-2022", "abolished", "GB/T 35796-2017"),
        ]
    );
    assert_eq!(
        found[0]["recorded"]["position"], abolished.position,
        "a later revision is no news"
    );
    assert_eq!(
        drift(&city, "owner=370214&valid_at=2025-04-30")[0]["drift"],
        "ending"
    );

    let since = |since: &str| {
        drift(
            &city,
            &format!("owner=370214&depth=0&valid_at=2026-01-01&since={since}"),
        )
        .len()
    };
    assert_eq!(since(&abolished.position.to_string()), 1);
    assert_eq!(since(&retitled.position.to_string()), 0);
    assert_eq!(since("2025-04-30"), 1, "it came to pass since");
    assert_eq!(
        drift(&city, "owner=370214&valid_at=2026-01-01&severity=low,medium").len(),
        0
    );
    assert_eq!(
        drift(&city, "owner=370214&valid_at=2026-01-01&drift=abolished").len(),
        2
    );
    // Corrected, it drifts no more.
    city.change(&retitled, json!({"abolished_on": null}));
    assert_eq!(drift(&city, "owner=370214&valid_at=2026-01-01").len(), 0);
}

#[rstest]
fn a_claim_counts_where_dates_are_missing(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    city.create(
        CHENGYANG,
        row_with(
            "GB/T 20647.9-2006",
            json!({"claimed_status": {"value": "废止", "source": "全国标准信息公共服务平台"}}),
        ),
    );
    city.create(
        CHENGYANG,
        row_with(
            "GB/T 20647.8-2006",
            json!({"implemented_on": "2006-12-01", "claimed_status": {"value": "废止"}}),
        ),
    );
    let found = drift(&city, "owner=370214");
    assert_eq!(
        told(&found),
        [one("GB/T 20647.9-2006", "abolished", "GB/T 20647.9-2006")]
    );
    assert_eq!(
        (&found[0]["since"], &found[0]["known_by"]),
        (&Value::Null, &json!("own"))
    );
}

#[rstest]
fn a_new_number_reaches_who_holds_the_old_one(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let seismic = city.create(CITY, in_force("GB 50011-2010"));
    city.create(CHENGYANG, in_force("GB 50011-2010"));
    let cites = json!([{"type": "cites", "target": {"number": "GB 50011-2010"}}, {"type": "cites", "target": {"id": seismic.id}}]);
    city.create(LICANG, own("Q/LC 1-2022", cites));
    let renumbered = city.change(&seismic, json!({"number": "GB/T 50011-2010"}));

    let found = drift(&city, "owner=370200");
    assert_eq!(
        told(&found),
        [
            one("GB 50011-2010", "renumbered", "GB 50011-2010"),
            one("Q/LC 1-2022", "renumbered", "GB 50011-2010"),
        ],
        "who names the entry itself is not told"
    );
    assert_eq!(found[0]["recorded"]["position"], renumbered.position);
    assert_eq!(found[0]["successors"][0]["number"], "GB/T 50011-2010");
    assert_eq!(found[0]["action"], "update_number");

    // A correction says that the number was never right.
    let slip = city.create(CITY, in_force("GB/T 9999-2020"));
    city.create(CHENGYANG, in_force("GB/T 9999-2020"));
    let corrected =
        json!({"reason": "编号有误", "action": "correct", "content": {"number": "GB/T 9998-2020"}});
    city.if_match(&slip.etag)
        .patch(&slip.path, &corrected)
        .expect(200);
    assert_eq!(drift(&city, "owner=370214").len(), 1);
}

#[rstest]
fn what_left_and_what_never_was_there_is_told(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let base = city.create(CITY, in_force("DB37/T 2721-2015"));
    let relations = json!([
        {"type": "cites", "target": {"id": base.id}},
        {"type": "cites", "target": {"number": "GB/T 42195-2022"}},
        {"type": "implements", "target": {"document": {"title": "养老机构管理办法"}}},
    ]);
    city.create(CHENGYANG, own("Q/CYMZ 12-2022", relations));
    assert_eq!(
        told(&drift(&city, "owner=370214")),
        [one("Q/CYMZ 12-2022", "missing", "GB/T 42195-2022")]
    );
    let left = city.withdraw(&base);
    let found = drift(&city, "owner=370214");
    assert_eq!(
        told(&found),
        [
            one("Q/CYMZ 12-2022", "withdrawn", "DB37/T 2721-2015"),
            one("Q/CYMZ 12-2022", "missing", "GB/T 42195-2022"),
        ]
    );
    assert_eq!(found[0]["recorded"]["position"], left.position);
    assert_eq!(found[1]["recorded"], Value::Null);
    assert_eq!(found[1]["severity"], "low");
    // In a neighbour's catalogue it is not within reach; above it is.
    city.create(LICANG, row("GB/T 42195-2022"));
    assert_eq!(drift(&city, "owner=370214&drift=missing").len(), 1);
    city.create(CITY, row("GB/T 42195-2022"));
    assert_eq!(drift(&city, "owner=370214&drift=missing").len(), 0);
}

#[rstest]
fn a_newer_edition_is_told_but_no_amendment(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    city.create(CHENGYANG, in_force("GB/T 35796-2017"));
    let relations = json!([{"type": "cites", "target": {"number": "GB/T 35796"}}]);
    city.create(CHENGYANG, own("Q/CYMZ 12-2022", relations));
    city.create(LICANG, row("GB/T 35796-2017/XG1-2020"));
    city.create(LICANG, row("GB/T 35796.1-2025"));
    assert_eq!(drift(&city, "owner=370214").len(), 0);
    let newer = city.create(LICANG, row("GB/T 35796-2025"));
    let found = drift(&city, "owner=370214");
    assert_eq!(
        told(&found),
        [one("GB/T 35796-2017", "newer_edition", "GB/T 35796-2017")],
        "who names no year means the newest"
    );
    assert_eq!(found[0]["successors"][0]["id"], newer.id);
    assert_eq!(
        (&found[0]["known_by"], &found[0]["recorded"]["position"]),
        (&json!("other"), &json!(newer.position))
    );
}

#[rstest]
fn circles_end_and_the_nearest_way_is_told(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let cites = |numbers: &[&str]| {
        let relations: Vec<_> = numbers
            .iter()
            .map(|number| json!({"type": "cites", "target": {"number": number}}))
            .collect();
        json!(relations)
    };
    city.create(
        CITY,
        own("DB3702/T 1-2020", cites(&["DB3702/T 2-2020", "DB3702/T 3-2020"])),
    );
    city.create(
        CITY,
        own("DB3702/T 2-2020", cites(&["DB3702/T 3-2020", "DB3702/T 1-2020"])),
    );
    city.create(
        CITY,
        own("DB3702/T 3-2020", cites(&["DB3702/T 1-2020", "GB/T 35796-2017"])),
    );
    city.create(
        CITY,
        row_with(
            "GB/T 35796-2017",
            json!({"abolished_on": "2025-01-01", "origin": "self_built"}),
        ),
    );
    let found = drift(&city, "owner=370200&valid_at=2026-01-01");
    let depths: Vec<_> = found
        .iter()
        .map(|one| {
            (
                one["row"]["number"].as_str().unwrap(),
                one["depth"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        depths,
        [
            ("DB3702/T 1-2020", 2),
            ("DB3702/T 2-2020", 2),
            ("DB3702/T 3-2020", 1)
        ]
    );
}

#[rstest]
fn drift_is_a_table_too_and_takes_all_conventions(#[values(Sqlite, Postgres)] backend: Backend) {
    let Scene { registry, .. } = Scene::set(backend);
    let city = registry.as_city();
    city.create(
        CITY,
        replacing("GB/T 35796-2025", "GB/T 35796-2017", Some("2025-09-01")),
    );
    let path = "/v1/drift?owner=370200&valid_at=2026-01-01";
    let csv = city.with("Accept", "text/csv").get(path).expect(200);
    assert_eq!(csv.text().lines().count(), 5);
    assert!(
        csv.text()
            .contains("落实 DB3702/T 35-2021 → 细化自 GB/T 35796-2017"),
        "{csv:?}"
    );
    let pages = city.every(&format!("{path}&limit=1"));
    assert_eq!(pages.len(), 4);
    assert_eq!(
        city.get(&format!("{path}&count=true&limit=1"))
            .expect(200)
            .at("/total"),
        4
    );
    for refused in [
        "severity=grave",
        "drift=lost",
        "depth=21",
        "days=0",
        "since=soon",
        "owner=999999",
        "framework=x",
        "q=x",
        "as_of=9999",
    ] {
        city.get(&format!("/v1/drift?{refused}")).expect(400);
    }
}

/// Positions of the revisions a feed tells.
fn followed(client: &Client, parameters: &str) -> Vec<u64> {
    let page = client
        .get(&format!("/v1/changes?limit=1000&{parameters}"))
        .expect(200);
    assert_eq!(page.at("/end"), true);
    page.at("/items")
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["position"].as_u64().unwrap())
        .collect()
}

#[rstest]
fn a_district_follows_what_concerns_its_rows_and_nothing_else(#[values(Sqlite, Postgres)] backend: Backend) {
    let Scene { registry, quality } = Scene::set(backend);
    let city = registry.as_city();
    let before = city.log_head();
    let tell = |parameters: &str| followed(&city, &format!("after={before}&{parameters}"));
    let mut expected = Vec::new();

    // Nothing of the district's is touched by these.
    city.create(CITY, row("WS/T 423-2022"));
    city.create(
        LICANG,
        own(
            "Q/LC 1-2022",
            json!([{"type": "cites", "target": {"number": "WS/T 423-2022"}}]),
        ),
    );
    assert_eq!(tell("drift=370214"), NOTHING);
    // A neighbour knows of a later edition; the city's row is retitled; a draft replaces what a row names.
    expected.push(city.create(LICANG, row("GB/T 35796-2025")).position);
    expected.push(
        city.change(&quality, json!({"title": "养老机构服务质量基本规范"}))
            .position,
    );
    let draft = city.create(CITY, replacing("DB3702/T 36-2024", "DB3702/T 35-2021", None));
    expected.push(draft.position);
    expected.push(
        city.change(&draft, json!({"implemented_on": "2025-01-01"}))
            .position,
    );
    assert_eq!(tell("drift=370214"), expected);
    assert_eq!(tell("drift=370214&mode=latest").len(), 3);
    // Its own: what rests on something is told, what rests on nothing is not.
    city.create(
        CHENGYANG,
        row_with("Q/CYMZ 77-2022", json!({"origin": "self_built"})),
    );
    let guide = own(
        "Q/CYMZ 78-2022",
        json!([{"type": "cites", "target": {"number": "MZ/T 32-2012"}}]),
    );
    let guide = city.create(CHENGYANG, guide);
    expected.push(guide.position);
    expected.push(city.create("370203", row("MZ/T 32-2012")).position);
    expected.push(city.withdraw(&guide).position);
    // From then on nobody of the district's rests on it.
    city.create(LICANG, row("MZ/T 32-2012"));
    assert_eq!(tell("drift=370214"), expected);
    assert_eq!(tell("drift=370211"), NOTHING);
    assert!(tell("drift=370200").len() > expected.len());

    // The other forms tell the same, and cursors resume anywhere.
    let lines = city
        .with("Accept", "application/x-ndjson")
        .get(&format!("/v1/changes?after={before}&drift=370214"))
        .expect(200)
        .lines();
    let (closing, lines) = lines.split_last().unwrap();
    assert_eq!(
        lines
            .iter()
            .map(|line| line["position"].as_u64().unwrap())
            .collect::<Vec<_>>(),
        expected
    );
    assert_eq!(
        (&closing["end"], &closing["digest"]),
        (&json!(true), &Value::Null)
    );
    let cursor = lines[2]["cursor"].as_str().unwrap();
    assert_eq!(
        followed(&city, &format!("after={cursor}&drift=370214")),
        expected[3..]
    );
    let mut events = city.events(&format!("/v1/changes?after={before}&drift=370214"));
    for position in &expected {
        assert_eq!(events.event().unwrap().data["position"], *position);
    }
    for refused in [
        "drift=370214&owner=370214",
        "drift=370214&kind=standard",
        "drift=999999",
        "drift=370214&subsystem=x",
    ] {
        city.get(&format!("/v1/changes?{refused}")).expect(400);
    }
    city.get("/v1/snapshot?drift=370214").expect(400);
}
