//! Whom a token reaches: the tree decides, with its past, never the digits of a code.

use rstest::rstest;
use serde_json::json;

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::entry::{body, problem, row};
use crate::support::{Client, Entry, Registry};

/// The status of a creation for an owner.
fn create(client: &Client, owner: &str, number: &str) -> u16 {
    let answer = client.post("/v1/standards", &body(owner, row(number)));
    if answer.status != 201 {
        assert_eq!(problem(&answer), "out-of-reach");
    }
    answer.status.as_u16()
}

#[rstest]
fn a_city_writes_for_what_lies_below_it_and_not_the_reverse(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    for owner in ["370200", "370214", "370215", "370211"] {
        assert_eq!(create(&city, owner, "GB 38600-2019"), 201, "{owner}");
    }
    assert_eq!(create(&city, "370000", "GB 38600-2019"), 403);
    assert_eq!(create(&city, "370102", "GB 38600-2019"), 403);
    let district = registry.as_district("370214");
    for owner in ["370200", "370213", "370000", "000000"] {
        assert_eq!(create(&district, owner, "GB/T 42195-2022"), 403, "{owner}");
    }
    let province = registry.as_subject("province", &["370000"], "standards:write");
    assert_eq!(create(&province, "370214", "GB/T 42195-2022"), 201);
}

#[rstest]
fn reach_to_a_successor_includes_its_predecessor(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    // 即墨市 became 即墨区 in 2017, 胶南市 part of 黄岛区 in 2012.
    let jimo = registry.as_district("370215");
    assert_eq!(create(&jimo, "370282", "GB 38600-2019"), 201);
    assert_eq!(
        create(&registry.as_district("370211"), "370284", "GB 38600-2019"),
        201
    );
    assert_eq!(create(&registry.as_city(), "370282", "GB/T 42195-2022"), 201);
    assert_eq!(
        create(&registry.as_district("370282"), "370215", "WS/T 423-2022"),
        403
    );
    assert_eq!(create(&jimo, "370284", "WS/T 423-2022"), 403);
    // Rows of the former city are found under the district and under 青岛.
    assert_eq!(jimo.numbers("owner=370215"), ["GB 38600-2019", "GB/T 42195-2022"]);
    assert_eq!(jimo.numbers("owner_exact=370215"), [""; 0]);
    assert_eq!(jimo.numbers("owner=370200").len(), 3);
}

#[rstest]
fn a_functional_zone_is_part_of_the_tree(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let zone = "510100-gaoxin";
    let gaoxin = registry.as_district(zone);
    assert_eq!(create(&gaoxin, zone, "GB 38600-2019"), 201);
    assert_eq!(create(&gaoxin, "510100", "GB 38600-2019"), 403);
    assert_eq!(
        create(&registry.as_district("510100"), zone, "GB/T 42195-2022"),
        201
    );
    assert_eq!(gaoxin.numbers("owner=510100").len(), 2);
    let listed = gaoxin.get("/v1/divisions/510100-gaoxin").expect(200);
    assert_eq!(listed.at("/zone"), true);
    assert_eq!(listed.at("/parent"), "510100");
}

#[rstest]
fn moving_a_row_takes_reach_to_both_owners(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let district = registry.as_district("370214");
    let entry = district.create("370214", row("GB 38600-2019"));
    let moving = |client: &Client, entry: &Entry, owner: &str| {
        let patch = json!({"reason": "移交", "owner": owner});
        client.if_match(&entry.etag).patch(&entry.path, &patch)
    };
    assert_eq!(
        problem(&moving(&district, &entry, "370213").expect(403)),
        "out-of-reach"
    );
    let moved = moving(&city, &entry, "370213").expect(200);
    assert_eq!(moved.at("/owner"), "370213");
    // It is no longer the district's to change, nor to take back.
    let entry = Entry::of(&moved);
    assert_eq!(
        problem(&moving(&district, &entry, "370214").expect(403)),
        "out-of-reach"
    );
    let gone = district
        .if_match(&entry.etag)
        .delete(&format!("{}?reason=x", entry.path));
    gone.expect(403);
    assert_eq!(city.numbers("owner=370214"), [""; 0]);
    // Where it goes, its number must be free.
    let twin = city.create("370214", row("GB 38600-2019"));
    assert_eq!(problem(&moving(&city, &twin, "370213").expect(409)), "duplicate");
}

#[rstest]
fn an_owner_that_is_no_division_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    for owner in ["3702", "370299", "370200 ", "青岛市"] {
        let refused = city
            .post("/v1/standards", &body(owner, row("GB 38600-2019")))
            .expect(422);
        assert_eq!(refused.at("/errors/0/pointer"), "/owner", "{owner}");
    }
}
