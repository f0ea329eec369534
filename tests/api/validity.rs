//! Where a standard stands on a day, by its dates, by what replaces it, by what its source claims.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::entry::row_with;
use crate::support::{Client, Registry};

/// What the registry says of an entry on a day: validity and what it rests on.
#[track_caller]
fn standing(client: &Client, path: &str, day: &str) -> (Value, Value) {
    let read = client.get(&format!("{path}?valid_at={day}")).expect(200);
    assert_eq!(read.at("/computed/valid_at"), day);
    assert_eq!(read.header("Valid-At").as_deref(), Some(day));
    (
        read.at("/computed/validity"),
        read.at("/computed/validity_source"),
    )
}

/// A day, and the validity and source expected on it.
type Judged = (&'static str, Option<&'static str>, Option<&'static str>);

#[rstest]
fn a_standard_stands_as_its_dates_and_its_source_say(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let dates =
        json!({"published_on": "2019-12-27", "implemented_on": "2022-01-01", "abolished_on": "2030-01-01"});
    let claim = json!({"published_on": "2019-12-27", "claimed_status": {"value": "现行", "source": "平台", "on": "2026-08-18"}});
    let cases: [(Value, &[Judged]); 6] = [
        (
            dates,
            &[
                ("2019-12-26", Some("unknown"), None),
                ("2019-12-27", Some("upcoming"), Some("dates")),
                ("2021-12-31", Some("upcoming"), Some("dates")),
                ("2022-01-01", Some("in_force"), Some("dates")),
                ("2029-12-31", Some("in_force"), Some("dates")),
                ("2030-01-01", Some("abolished"), Some("dates")),
            ],
        ),
        (claim, &[("2026-01-01", Some("in_force"), Some("claim"))]),
        (
            json!({"claimed_status": {"value": "abolished"}}),
            &[("2026-01-01", Some("abolished"), Some("claim"))],
        ),
        (
            json!({"implemented_on": "2020-01-01", "claimed_status": {"value": "abolished"}}),
            &[
                ("2019-12-31", Some("abolished"), Some("claim")),
                ("2020-01-01", Some("in_force"), Some("dates")),
            ],
        ),
        (json!({}), &[("2026-01-01", Some("unknown"), None)]),
        (
            json!({"supply": "drafting", "implemented_on": "2020-01-01", "claimed_status": {"value": "in_force"}}),
            &[("2026-01-01", None, None)],
        ),
    ];
    for (index, (members, days)) in cases.into_iter().enumerate() {
        let entry = district.create(
            "370214",
            row_with(&format!("GB/T {}-2019", 1000 + index), members.clone()),
        );
        for (day, validity, source) in days {
            assert_eq!(
                standing(&district, &entry.path, day),
                (json!(validity), json!(source)),
                "{members} on {day}"
            );
        }
    }
}

#[rstest]
fn a_whole_replacement_supersedes_from_the_day_it_is_implemented(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let old = district.create(
        "370214",
        row_with("GB/T 29353-2012", json!({"implemented_on": "2013-06-01"})),
    );
    let new = district.create(
        "370214",
        replacing("GB/T 29353-2020", "GB/T 29353-2012", "2021-02-01", "whole"),
    );

    assert_eq!(
        standing(&district, &old.path, "2021-01-31"),
        (json!("in_force"), json!("dates"))
    );
    assert_eq!(
        standing(&district, &old.path, "2021-02-01"),
        (json!("superseded"), json!("relation"))
    );
    assert_eq!(
        district
            .get(&format!("{}?valid_at=2021-02-01", old.path))
            .expect(200)
            .at("/computed/superseded_by"),
        json!([{"id": new.id, "number": "GB/T 29353-2020"}])
    );
    // As the registry knew it before the replacement was registered.
    let before = format!("{}?as_of={}&valid_at=2021-02-01", old.path, old.position);
    assert_eq!(
        district.get(&before).expect(200).at("/computed/validity"),
        "in_force"
    );

    // A successor that left the catalogue replaces nothing.
    district.withdraw(&new);
    assert_eq!(
        standing(&district, &old.path, "2021-02-01"),
        (json!("in_force"), json!("dates"))
    );
}

/// A row that replaces another.
fn replacing(number: &str, old: &str, implemented_on: &str, extent: &str) -> Value {
    let relations = json!([{"type": "replaces", "target": {"number": old}, "extent": extent}]);
    row_with(
        number,
        json!({"implemented_on": implemented_on, "relations": relations}),
    )
}

#[rstest]
fn a_partial_replacement_never_supersedes(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let old = district.create(
        "370214",
        row_with("GB/T 29353-2012", json!({"implemented_on": "2013-06-01"})),
    );
    district.create(
        "370214",
        replacing("GB/T 29353.1-2020", "GB/T 29353-2012", "2021-02-01", "partial"),
    );
    assert_eq!(
        standing(&district, &old.path, "2026-01-01"),
        (json!("in_force"), json!("dates"))
    );

    let abolished = district.change(&old, json!({"abolished_on": "2025-01-01"}));
    assert_eq!(
        standing(&district, &abolished.path, "2026-01-01"),
        (json!("abolished"), json!("dates"))
    );
}

#[rstest]
fn the_old_edition_stays_in_force_through_a_transition_period(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let old = row_with(
        "GB/T 29353-2012",
        json!({"implemented_on": "2013-06-01", "abolished_on": "2021-08-01"}),
    );
    let old = district.create("370214", old);
    district.create(
        "370214",
        replacing("GB/T 29353-2020", "GB/T 29353-2012", "2021-02-01", "whole"),
    );

    assert_eq!(
        standing(&district, &old.path, "2021-02-01"),
        (json!("in_force"), json!("dates"))
    );
    assert_eq!(
        standing(&district, &old.path, "2021-07-31"),
        (json!("in_force"), json!("dates"))
    );
    assert_eq!(
        standing(&district, &old.path, "2021-08-01"),
        (json!("superseded"), json!("dates"))
    );
}

#[rstest]
fn the_owner_s_own_and_its_ancestors_replacements_count_and_no_one_else_s(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let old = |number: &str| row_with(number, json!({"implemented_on": "2013-06-01"}));
    let here = city.create("370214", old("GB/T 100-2012"));
    let neighbour = city.create("370213", old("GB/T 100-2012"));
    let above = city.create("370200", old("GB/T 100-2012"));
    let day = "2026-01-01";
    let all = |expected: [&str; 3]| {
        for (entry, expected) in [&here, &neighbour, &above].into_iter().zip(expected) {
            assert_eq!(standing(&city, &entry.path, day).0, expected, "{}", entry.path);
        }
    };

    let own = city.create(
        "370214",
        replacing("GB/T 100-2020", "GB/T 100-2012", "2021-02-01", "whole"),
    );
    all(["superseded", "in_force", "in_force"]);
    city.withdraw(&own);
    all(["in_force", "in_force", "in_force"]);
    city.create(
        "370200",
        replacing("GB/T 100-2020", "GB/T 100-2012", "2021-02-01", "whole"),
    );
    all(["superseded", "superseded", "superseded"]);
}

#[rstest]
fn a_replacement_named_by_id_counts_too(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let old = district.create(
        "370214",
        row_with("GB/T 100-2012", json!({"implemented_on": "2013-06-01"})),
    );
    let relations = json!([{"type": "replaces", "target": {"id": old.id}}]);
    district.create(
        "370214",
        row_with(
            "GB/T 200-2020",
            json!({"implemented_on": "2021-02-01", "relations": relations}),
        ),
    );
    assert_eq!(
        standing(&district, &old.path, "2026-01-01"),
        (json!("superseded"), json!("relation"))
    );
}

#[rstest]
fn a_correction_of_dates_keeps_what_was_known_before(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let wrong = district.create(
        "370214",
        row_with("GB/T 100-2012", json!({"implemented_on": "2013-06-01"})),
    );
    let patch = json!({"action": "correct", "reason": "录入有误", "content": {"implemented_on": "2031-06-01", "published_on": "2013-01-01"}});
    district
        .if_match(&wrong.etag)
        .patch(&wrong.path, &patch)
        .expect(200);

    let on = |as_of: &str| {
        let read = district
            .get(&format!("{}?valid_at=2020-01-01{as_of}", wrong.path))
            .expect(200);
        read.at("/computed/validity")
    };
    assert_eq!(on(&format!("&as_of={}", wrong.position)), "in_force");
    assert_eq!(on(""), "upcoming");
}

#[rstest]
fn filter_and_facet_agree_with_every_row(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let rows = [
        json!({"implemented_on": "2013-06-01"}),
        json!({"published_on": "2019-01-01", "implemented_on": "2030-01-01"}),
        json!({"implemented_on": "2013-06-01", "abolished_on": "2020-01-01"}),
        json!({"implemented_on": "2013-06-01", "abolished_on": "2029-01-01"}),
        json!({"claimed_status": {"value": "in_force"}}),
        json!({"claimed_status": {"value": "superseded"}}),
        json!({"published_on": "2019-01-01"}),
        json!({"supply": "planned"}),
        json!({}),
    ];
    for (index, members) in rows.into_iter().enumerate() {
        let number = format!("GB/T {}-2012", 100 + index);
        let old = city.create("370214", row_with(&number, members));
        if index % 2 == 0 {
            let owner = if index % 4 == 0 { "370200" } else { "370214" };
            let extent = if index % 3 == 0 { "partial" } else { "whole" };
            city.create(
                owner,
                replacing(
                    &format!("GB/T {}-2020", 100 + index),
                    &number,
                    "2021-02-01",
                    extent,
                ),
            );
        } else {
            let relations = json!([{"type": "replaces", "target": {"id": old.id}}]);
            city.create(
                "370214",
                row_with(
                    &format!("GB/T {}-2022", 200 + index),
                    json!({"relations": relations}),
                ),
            );
        }
    }
    for day in [
        "2012-01-01",
        "2019-06-01",
        "2020-01-01",
        "2021-01-31",
        "2021-02-01",
        "2029-01-01",
        "2031-01-01",
    ] {
        let all = city
            .get(&format!(
                "/v1/standards?valid_at={day}&facets=validity&limit=1000"
            ))
            .expect(200);
        let items = all.at("/items");
        let items = items.as_array().unwrap();
        for validity in ["upcoming", "in_force", "superseded", "abolished", "unknown"] {
            let expected: Vec<_> = items
                .iter()
                .filter(|item| item["computed"]["validity"] == validity)
                .map(|item| item["content"]["number"].as_str().unwrap().to_owned())
                .collect();
            let filtered = city.numbers(&format!("valid_at={day}&validity={validity}&limit=1000"));
            assert_eq!(filtered, expected, "{validity} on {day}");
            let facet = all.at("/facets/validity");
            let counted = facet
                .as_array()
                .unwrap()
                .iter()
                .find(|count| count["value"] == validity);
            let counted = counted.map_or(0, |count| count["count"].as_u64().unwrap());
            assert_eq!(
                usize::try_from(counted).unwrap(),
                expected.len(),
                "{validity} on {day}: {facet}"
            );
        }
    }
}
