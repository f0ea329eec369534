//! The order of lists, and pages that neither double nor skip a row.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::entry::{faults, numbers_of, row, row_with};
use crate::support::{Answer, Client, Registry};

const IN_ORDER: [&str; 9] = [
    "DB37/T 4278-2020",
    "GB 5749-2006",
    "GB 5749-2022",
    "GB 38600-2019",
    "GB/T 1.1-2020",
    "GB/T 20001.3-2015",
    "GB/T 20001.10-2014",
    "GB/T 35796-2017",
    "MZ/T 032-2012",
];

fn fill(client: &Client) {
    for index in [4, 8, 0, 6, 2, 5, 1, 7, 3] {
        client.create("370214", row(IN_ORDER[index]));
    }
}

#[rstest]
fn numbers_sort_in_natural_order_both_ways(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    fill(&registry.as_district("370214"));
    let anyone = registry.anonymous();
    assert_eq!(anyone.numbers(""), IN_ORDER);
    assert_eq!(anyone.numbers("sort=number"), IN_ORDER);
    let mut reversed = IN_ORDER;
    reversed.reverse();
    assert_eq!(anyone.numbers("sort=-number"), reversed);
}

#[rstest]
fn ties_come_in_the_order_of_ids_either_way(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let same = json!({"published_on": "2019-12-27", "title": "同名"});
    let mut ids: Vec<_> = ["370214", "370213", "370212", "370200"]
        .map(|owner| city.create(owner, row_with("GB 38600-2019", same.clone())).id)
        .into();
    ids.sort();
    for sort in [
        "number",
        "-number",
        "title",
        "-title",
        "published_on",
        "-published_on",
    ] {
        let mut found = Vec::new();
        each_page(&city, &format!("sort={sort}&limit=1"), |page| {
            found.extend(page.at("/items/0/id").as_str().map(str::to_owned));
        });
        assert_eq!(found, ids, "{sort}");
    }
}

#[rstest]
fn dates_and_titles_sort_too(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    for (number, published_on, title) in [
        ("GB/T 1-2001", "2001-01-01", "b"),
        ("GB/T 2-2002", "2003-01-01", "A"),
        ("GB/T 3-2003", "2002-01-01", "养"),
    ] {
        district.create(
            "370214",
            row_with(number, json!({"published_on": published_on, "title": title})),
        );
    }
    assert_eq!(
        district.numbers("sort=published_on"),
        ["GB/T 1-2001", "GB/T 3-2003", "GB/T 2-2002"]
    );
    assert_eq!(
        district.numbers("sort=-published_on"),
        ["GB/T 2-2002", "GB/T 3-2003", "GB/T 1-2001"]
    );
    assert_eq!(
        district.numbers("sort=title"),
        ["GB/T 2-2002", "GB/T 1-2001", "GB/T 3-2003"]
    );
    assert_eq!(
        district.numbers("sort=-position"),
        ["GB/T 3-2003", "GB/T 2-2002", "GB/T 1-2001"]
    );
}

/// Follows `next` to the end.
#[track_caller]
fn each_page(client: &Client, query: &str, mut see: impl FnMut(&Answer)) {
    let mut page = client.get(&format!("/v1/standards?{query}")).expect(200);
    loop {
        see(&page);
        let next = page.at("/next");
        let link = page.header("Link");
        let Some(cursor) = next.as_str() else {
            assert_eq!(next, Value::Null);
            assert!(
                page.json().as_object().unwrap().contains_key("next"),
                "next is always there"
            );
            assert_eq!(link, None);
            return;
        };
        let link = link.expect("a page that has a next one says where");
        let address = link
            .strip_prefix('<')
            .and_then(|link| link.split_once('>'))
            .expect("<address>; …");
        assert!(address.1.contains("rel=\"next\""), "{link}");
        assert!(address.0.contains(cursor));
        page = client.get(address.0).expect(200);
    }
}

#[rstest]
fn pages_show_one_position_while_others_write(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    fill(&district);
    for query in [
        "limit=2",
        "limit=2&sort=-number",
        "limit=2&sort=position",
        "limit=2&validity=unknown&count=true",
    ] {
        let all = numbers_of(
            &district
                .get(&format!("/v1/standards?{query}&limit=1000").replace("limit=2&", ""))
                .expect(200),
        );
        let mut found = Vec::new();
        let mut positions = Vec::new();
        each_page(&district, query, |page| {
            found.extend(numbers_of(page));
            positions.push(page.header("Log-Position").unwrap());
            assert_eq!(page.at("/position").to_string(), *positions.last().unwrap());
            // Between pages one row appears, one changes, one leaves.
            let year = 1950 + district.log_head() % 60;
            let new = district.create(
                "370214",
                row_with(
                    &format!("GB/T {}-{year}", 100 + district.log_head()),
                    json!({"title": "新"}),
                ),
            );
            let changed = district.change(&new, json!({"title": "改"}));
            district.withdraw(&changed);
        });
        assert_eq!(found, all, "{query}");
        positions.dedup();
        assert_eq!(positions.len(), 1, "{query}");
    }
}

#[rstest]
fn a_cursor_belongs_to_its_own_question(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    fill(&registry.as_district("370214"));
    let anyone = registry.anonymous();
    let first = anyone.get("/v1/standards?limit=2&level=national").expect(200);
    let cursor = first.at("/next");
    let cursor = cursor.as_str().unwrap();

    for other in [
        "limit=2",
        "limit=2&level=local",
        "limit=2&level=national&sort=-number",
        "limit=2&level=national&origin=referenced",
    ] {
        let refused = anyone
            .get(&format!("/v1/standards?{other}&cursor={cursor}"))
            .expect(400);
        assert_eq!(faults(&refused)[0].0, "?cursor", "{other}");
    }
    let next = anyone
        .get(&format!("/v1/standards?limit=3&level=national&cursor={cursor}"))
        .expect(200);
    assert_eq!(numbers_of(&next), IN_ORDER[3..6]);
}

#[rstest]
fn who_has_the_counts_goes_on_without_them(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    fill(&registry.as_district("370214"));
    let anyone = registry.anonymous();
    let first = anyone
        .get("/v1/standards?limit=2&count=true&facets=level")
        .expect(200);
    assert_eq!(first.at("/total"), 9);
    let cursor = first.at("/next");
    let next = anyone
        .get(&format!(
            "/v1/standards?limit=2&cursor={}",
            cursor.as_str().unwrap()
        ))
        .expect(200);
    assert_eq!(numbers_of(&next), IN_ORDER[2..4]);
    assert!(next.json().get("total").is_none() && next.json().get("facets").is_none());
}

#[rstest]
fn the_largest_page_holds_1_000(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let operations: Vec<_> = (0..1_001)
        .map(|index| json!({"op": "create", "kind": "standard", "owner": "370214", "reason": "试", "content": row(&format!("GB/T {}-2020", index + 1))}))
        .collect();
    district
        .post("/v1/bulk", &json!({"operations": operations}))
        .expect(200);

    let page = district.get("/v1/standards?limit=1000&count=true").expect(200);
    assert_eq!(page.at("/total"), 1_001);
    assert_eq!(numbers_of(&page).len(), 1_000);
    let cursor = page.at("/next");
    let last = district
        .get(&format!(
            "/v1/standards?limit=1000&count=true&cursor={}",
            cursor.as_str().unwrap()
        ))
        .expect(200);
    assert_eq!(numbers_of(&last), ["GB/T 1001-2020"]);
    assert_eq!(last.at("/total"), 1_001);
}

#[rstest]
fn an_empty_list_is_a_list(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let empty = registry
        .anonymous()
        .get("/v1/standards?count=true&facets=level")
        .expect(200);
    assert_eq!(empty.at("/items"), json!([]));
    assert_eq!(empty.at("/next"), Value::Null);
    assert_eq!(empty.at("/total"), 0);
    assert_eq!(empty.at("/facets/level"), json!([]));
}
