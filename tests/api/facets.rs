//! Counts beside a list say what choosing them would show.

use rstest::rstest;
use serde_json::json;

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::Registry;
use crate::support::entry::row_with;

#[rstest]
fn an_axis_is_counted_over_placements_that_meet_the_other_terms(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let registry = Registry::start(backend);
    let places = json!([
        {"framework": "qingdao", "cell": {"subsystem": "老有颐养", "dimension": "process"}},
        {"framework": "qingdao", "cell": {"subsystem": "病有良医", "dimension": "outcome"}},
    ]);
    let city = registry.as_city();
    city.create("370214", row_with("GB 38600-2019", json!({"placements": places})));

    let old_age = "subsystem=%E8%80%81%E6%9C%89%E9%A2%90%E5%85%BB";
    let counted = city.get(&format!("/v1/standards?{old_age}&facets=dimension,subsystem"));
    let counted = counted.expect(200);
    assert_eq!(
        counted.at("/facets/dimension"),
        json!([{"value": "process", "count": 1}])
    );
    // Its own filter does not count, so the other subsystem is still offered.
    assert_eq!(counted.at("/facets/subsystem").as_array().unwrap().len(), 2);

    for (dimension, rows) in [("process", 1), ("outcome", 0)] {
        let chosen = city.numbers(&format!("{old_age}&dimension={dimension}"));
        assert_eq!(chosen.len(), rows, "{dimension}");
    }
}
