//! OAI-PMH: sets by division and framework cell, and those who leave them.

use rstest::rstest;
use serde_json::json;

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::entry::{row, row_with};
use crate::support::{Client, Registry};

const ELDERLY: &str = "subsystem.~E8~80~81~E6~9C~89~E9~A2~90~E5~85~BB";

fn placed(dimension: &str) -> serde_json::Value {
    json!({"placements": [{"framework": "qingdao", "cell": {"subsystem": "老有颐养", "dimension": dimension}}]})
}

/// Entries of a set, and whether each is deleted there.
fn members(client: &Client, set: &str, rest: &str) -> Vec<(String, bool)> {
    let found = client.harvest("ListRecords", &format!("metadataPrefix=oai_dc&set={set}{rest}"));
    found
        .into_iter()
        .map(|record| {
            assert!(record.deleted || record.metadata.is_some());
            assert!(!record.deleted || record.metadata.is_none());
            (record.id, record.deleted)
        })
        .collect()
}

#[rstest]
fn sets_are_listed_with_names_and_lead_to_their_members(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let of_city = city.create("370200", row("GB/T 1-2020"));
    let of_district = city.create("370214", row_with("GB/T 2-2020", placed("process")));
    registry.settle();

    let reply = city.oai("verb=ListSets");
    let sets: Vec<_> = reply
        .one("ListSets")
        .all("set")
        .iter()
        .map(|set| (set.one("setSpec").text.clone(), set.one("setName").text.clone()))
        .collect();
    assert!(sets.contains(&("division:370214".into(), "城阳区 / Chengyang District".into())));
    let cell = format!("cell:qingdao:dimension.process:{ELDERLY}");
    let (_, name) = sets.iter().find(|(spec, _)| *spec == cell).expect("the cell");
    assert!(
        name.contains("老有颐养") && name.contains("Care for the elderly"),
        "{name}"
    );

    let (city_id, district_id) = (of_city.id.clone(), of_district.id.clone());
    for (set, expected) in [
        ("division", vec![&city_id, &district_id]),
        ("division:370000", vec![&city_id, &district_id]),
        ("division:370200", vec![&city_id, &district_id]),
        ("division:370214", vec![&district_id]),
        ("cell", vec![&district_id]),
        ("cell:qingdao", vec![&district_id]),
        ("cell:qingdao:dimension.process", vec![&district_id]),
        (&format!("cell:qingdao:{ELDERLY}"), vec![&district_id]),
        (&cell, vec![&district_id]),
    ] {
        let expected: Vec<_> = expected.into_iter().map(|id| (id.clone(), false)).collect();
        assert_eq!(members(&city, set, ""), expected, "{set}");
        assert!(sets.iter().any(|(spec, _)| spec == set), "{set} is listed");
    }
    // Every set a header names is listed.
    for record in city.harvest("ListIdentifiers", "metadataPrefix=oai_dc") {
        for set in &record.sets {
            assert!(sets.iter().any(|(spec, _)| spec == set), "{set}");
        }
    }
}

#[rstest]
fn who_leaves_a_set_is_deleted_there_and_nowhere_else(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let moving = city.create("370214", row_with("GB/T 1-2020", placed("process")));
    let staying = city.create("370214", row_with("GB/T 2-2020", placed("process")));
    registry.settle();
    let harvested_at = city.oai("verb=Identify").one("responseDate").text.clone();

    let moved = city.replace(&moving, "370213", row_with("GB/T 1-2020", placed("outcome")));
    registry.settle();
    let since = format!("&from={harvested_at}");
    let gone = vec![(moving.id.clone(), true)];
    let here = vec![(moving.id.clone(), false)];
    for (set, expected) in [
        ("division:370214", &gone),
        ("division:370213", &here),
        ("division:370200", &here),
        ("cell:qingdao:dimension.process", &gone),
        (&format!("cell:qingdao:dimension.process:{ELDERLY}"), &gone),
        ("cell:qingdao:dimension.outcome", &here),
        (&format!("cell:qingdao:{ELDERLY}"), &here),
    ] {
        assert_eq!(&members(&city, set, &since), expected, "{set}");
    }
    let left = &city.harvest("ListIdentifiers", "metadataPrefix=oai_dc&set=division:370214")[1];
    assert_eq!(
        (left.deleted, left.sets.as_slice()),
        (true, &["division:370214".to_owned()][..])
    );

    // Further revisions elsewhere do not bring it back, its return does.
    let changed = city.change(&moved, json!({"title": "改"}));
    registry.settle();
    let both = vec![(staying.id.clone(), false), (moving.id.clone(), true)];
    assert_eq!(members(&city, "division:370214", ""), both);
    city.replace(&changed, "370214", row("GB/T 1-2020"));
    registry.settle();
    let both = vec![(staying.id.clone(), false), (moving.id.clone(), false)];
    assert_eq!(members(&city, "division:370214", ""), both);
    assert_eq!(
        members(&city, "cell", ""),
        vec![(staying.id, false), (moving.id, true)]
    );
}
