//! What a standard points to, what points to it, and what rests on it.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::catalogue::creation;
use crate::support::entry::{row, row_with};
use crate::support::{Client, Entry, Registry};

fn related(client: &Client, entry: &Entry) -> Value {
    client
        .get(&format!("{}/relations", entry.path))
        .expect(200)
        .json()
}

/// A row that points to numbers.
fn pointing(number: &str, to: &[(&str, &str)]) -> Value {
    let relations: Vec<_> = to
        .iter()
        .map(|(kind, number)| json!({"type": kind, "target": {"number": number}}))
        .collect();
    row_with(number, json!({"relations": relations}))
}

#[rstest]
fn a_number_resolves_once_it_is_registered(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let guide = district.create(
        "370214",
        pointing("DB3702/T 12-2021", &[("cites", "GB/T 35796-2017")]),
    );
    let before = related(&district, &guide);
    assert_eq!(
        before["outgoing"][0]["relation"],
        json!({"type": "cites", "target": {"number": "GB/T 35796-2017"}})
    );
    assert_eq!(before["outgoing"][0]["entry"], Value::Null);

    let cited = district.create("370214", row("GB/T 35796-2017"));
    let after = related(&district, &guide);
    assert_eq!(
        after["outgoing"][0]["entry"],
        json!({"id": cited.id, "owner": "370214", "number": "GB/T 35796-2017", "title": "GB/T 35796-2017 的名称", "withdrawn": false})
    );
    let incoming = related(&district, &cited);
    assert_eq!(incoming["incoming"][0]["type"], "cites");
    assert_eq!(incoming["incoming"][0]["entry"]["id"], guide.id);
    // As of then it was not there yet.
    let then = district
        .get(&format!("{}/relations?as_of={}", guide.path, guide.position))
        .expect(200);
    assert_eq!(then.at("/outgoing/0/entry"), Value::Null);
}

#[rstest]
fn a_number_means_the_own_catalogue_first_then_those_above(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let guide = city.create(
        "370214",
        pointing("DB3702/T 12-2021", &[("cites", "GB/T 35796-2017")]),
    );
    let target = || related(&city, &guide)["outgoing"][0]["entry"]["owner"].clone();

    city.create("370213", row("GB/T 35796-2017"));
    assert_eq!(target(), Value::Null, "a neighbour's row is none of ours");
    let above = city.create("370200", row("GB/T 35796-2017"));
    assert_eq!(target(), "370200");
    assert_eq!(related(&city, &above)["incoming"][0]["entry"]["id"], guide.id);
    let own = city.create("370214", row("GB/T 35796-2017"));
    assert_eq!(target(), "370214");
    assert_eq!(related(&city, &own)["incoming"][0]["entry"]["id"], guide.id);
    assert_eq!(related(&city, &above)["incoming"], json!([]), "both ends agree");
}

#[rstest]
fn every_kind_of_target_can_be_named(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let base = district.create("370214", row("GB/T 35796-2017"));
    let relations = json!([
        {"type": "derives_from", "target": {"id": base.id}, "aspects": ["time_limit", "materials"]},
        {"type": "adopts", "target": {"number": "ISO 9001:2015"}, "degree": "IDT"},
        {"type": "implements", "target": {"document": {"title": "养老机构管理办法", "doc_number": "民政部令第66号"}}},
    ]);
    let guide = district.create(
        "370214",
        row_with("DB3702/T 12-2021", json!({"relations": relations})),
    );
    let outgoing = related(&district, &guide)["outgoing"].clone();
    let of = |kind: &str| {
        let found = outgoing
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["relation"]["type"] == kind);
        found.unwrap_or_else(|| panic!("{kind} in {outgoing:#}")).clone()
    };
    assert_eq!(of("derives_from")["entry"]["id"], base.id);
    assert_eq!(
        of("derives_from")["relation"]["aspects"],
        json!(["materials", "time_limit"])
    );
    assert_eq!(of("adopts")["relation"]["degree"], "IDT");
    assert_eq!(
        of("implements")["relation"]["target"]["document"]["doc_number"],
        "民政部令第66号"
    );
    assert_eq!(related(&district, &base)["incoming"][0]["entry"]["id"], guide.id);
}

#[rstest]
fn impact_follows_the_arrows_back_once_each_even_in_a_circle(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let base = district.create("370214", pointing("GB/T 1-2020", &[("cites", "GB/T 3-2020")]));
    let second = district.create(
        "370214",
        pointing("GB/T 2-2020", &[("derives_from", "GB/T 1-2020")]),
    );
    let third = district.create("370214", pointing("GB/T 3-2020", &[("cites", "GB/T 2-2020")]));
    let newer = district.create("370214", pointing("GB/T 1-2024", &[("replaces", "GB/T 1-2020")]));

    let seen = related(&district, &base);
    let impact: Vec<_> = seen["impact"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["entry"]["id"].as_str().unwrap(),
                one["depth"].as_u64().unwrap(),
                one["via"].clone(),
            )
        })
        .collect();
    assert_eq!(
        impact,
        [
            (second.id.as_str(), 1, json!(["derives_from"])),
            (third.id.as_str(), 2, json!(["derives_from", "cites"])),
        ]
    );
    // What replaces it points to it all the same.
    let incoming = seen["incoming"].as_array().unwrap().iter();
    let mut incoming: Vec<_> = incoming.map(|one| one["entry"]["id"].as_str().unwrap()).collect();
    incoming.sort_unstable();
    let mut expected = [second.id.as_str(), newer.id.as_str()];
    expected.sort_unstable();
    assert_eq!(incoming, expected);
}

#[rstest]
fn a_withdrawn_row_points_nowhere_any_more(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let base = district.create("370214", row("GB/T 1-2020"));
    let guide = district.create("370214", pointing("GB/T 2-2020", &[("cites", "GB/T 1-2020")]));
    let withdrawn = district.withdraw(&guide);
    assert_eq!(related(&district, &base)["incoming"], json!([]));
    let then = district
        .get(&format!(
            "{}/relations?as_of={}",
            base.path,
            withdrawn.position - 1
        ))
        .expect(200);
    assert_eq!(then.at("/incoming/0/entry/id"), guide.id);
}

#[rstest]
fn impact_is_narrowed_by_type_depth_and_limit_and_says_so(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let base = city.create("370200", row("GB/T 35796-2017"));
    let local = city.create(
        "370200",
        pointing("DB3702/T 35-2021", &[("derives_from", "GB/T 35796-2017")]),
    );
    let cites = (1..=30).map(|serial| {
        creation(
            "370214",
            pointing(&format!("WS/T {serial}-2022"), &[("cites", "GB/T 35796-2017")]),
        )
    });
    city.bulk(&cites.collect::<Vec<_>>()).expect(200);
    // A row below names the row above by number.
    city.create(
        "370214",
        pointing("WS/T 99-2022", &[("implements", "DB3702/T 35-2021")]),
    );
    let ask = |parameters: &str| {
        let answer = city
            .get(&format!("{}/relations?{parameters}", base.path))
            .expect(200)
            .json();
        let impact = answer["impact"].as_array().unwrap().clone();
        (impact.len(), answer["truncated"].as_bool().unwrap(), answer)
    };
    let (all, truncated, answer) = ask("");
    assert_eq!((all, truncated), (32, false));
    assert_eq!(answer["impact"][31]["depth"], 2);
    assert_eq!(answer["impact"][31]["via"], json!(["derives_from", "implements"]));
    let (found, truncated, _) = ask("depth=1");
    assert_eq!((found, truncated), (31, true));
    let (found, truncated, _) = ask("limit=31");
    assert_eq!((found, truncated), (31, true));
    let (found, truncated, _) = ask("limit=32");
    assert_eq!((found, truncated), (32, false));
    let (found, truncated, answer) = ask("type=derives_from");
    assert_eq!((found, truncated), (1, false));
    assert_eq!(answer["incoming"].as_array().unwrap().len(), 1);
    assert_eq!(answer["incoming"][0]["entry"]["id"], local.id);
    let (found, _, _) = ask("type=derives_from&type=implements");
    assert_eq!(found, 2);
    for refused in ["type=rests_on", "depth=0", "limit=10001"] {
        city.get(&format!("{}/relations?{refused}", base.path))
            .expect(400);
    }
}
