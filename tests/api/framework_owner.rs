//! A framework that changes hands keeps all who stand in it within reach.

use rstest::rstest;
use serde_json::json;

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::Registry;
use crate::support::entry::{problem, row_with};

#[rstest]
fn a_framework_stays_within_reach_of_all_who_stand_in_it(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let placed = json!({"placements": [
        {"framework": "qingdao", "cell": {"subsystem": "老有颐养", "dimension": "process"}},
    ]});
    let row = city.create("370213", row_with("GB 38600-2019", placed));

    let path = "/v1/frameworks/qingdao";
    let hand_over = json!({"owner": "370214", "reason": "移交城阳区"});
    let etag = city.get(path).expect(200).etag();
    let refused = city.if_match(&etag).patch(path, &hand_over).expect(409);
    assert_eq!(problem(&refused), "in-use");
    assert_eq!(refused.at("/usage/rows"), 1);

    city.withdraw(&row);
    let etag = city.get(path).expect(200).etag();
    city.if_match(&etag).patch(path, &hand_over).expect(200);
}

#[rstest]
fn values_that_differ_only_in_case_are_different_places(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let framework = json!({"owner": "370200", "content": {
        "slug": "letters", "title": "字母", "edition": "1",
        "axes": [{"id": "letter", "title": "字母", "values": [{"id": "a", "title": "小写"}, {"id": "A", "title": "大写"}]}],
    }});
    city.post("/v1/frameworks", &framework).expect(201);
    for (number, letter) in [("GB 38600-2019", "a"), ("GB/T 35796-2017", "A")] {
        let placed = json!({"placements": [{"framework": "letters", "cell": {"letter": letter}}]});
        city.create("370200", row_with(number, placed));
    }
    assert_eq!(city.numbers("framework=letters&cell=letter:a"), ["GB 38600-2019"]);
    assert_eq!(
        city.numbers("framework=letters&cell=letter:A"),
        ["GB/T 35796-2017"]
    );
}
