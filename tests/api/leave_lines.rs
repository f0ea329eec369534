//! Following a part of the registry: what enters and what leaves it, so that a copy of the part is exact.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::copy::Copy;
use crate::support::entry::{faults, row, row_with};
use crate::support::{Client, Entry, Registry};

/// 老有颐养 and 幼有善育, as an address has them.
const ELDERLY: &str = "%E8%80%81%E6%9C%89%E9%A2%90%E5%85%BB";
const CHILDREN: &str = "%E5%B9%BC%E6%9C%89%E5%96%84%E8%82%B2";

fn placed(subsystem: &str) -> Value {
    json!({"placements": [{"framework": "qingdao", "cell": {"subsystem": subsystem, "dimension": "process"}}]})
}

fn hand_over(client: &Client, entry: &Entry, owner: &str) -> Entry {
    let patch = json!({"reason": "移交", "owner": owner});
    Entry::of(
        &client
            .if_match(&entry.etag)
            .patch(&entry.path, &patch)
            .expect(200),
    )
}

fn items(registry: &Registry, query: &str) -> Vec<Value> {
    let page = registry
        .anonymous()
        .get(&format!("/v1/changes?limit=1000&{query}"))
        .expect(200);
    page.at("/items").as_array().unwrap().clone()
}

fn types(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["type"].as_str().unwrap()).collect()
}

#[rstest]
fn an_entry_handed_over_leaves_one_catalogue_and_enters_another(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let entry = city.create("370214", row("GB 38600-2019"));
    let entry = hand_over(&city, &entry, "370213");
    city.change(&entry, json!({"title": "养老机构服务安全基本规范"}));

    let left = items(&registry, "owner=370214");
    assert_eq!(types(&left), ["revision", "leave"]);
    let leave = &left[1];
    assert_eq!(leave["action"], "leave");
    assert_eq!(leave["id"], entry.id);
    assert_eq!(leave["kind"], "standard");
    assert_eq!(leave["revision"], 2);
    assert_eq!(leave["position"], entry.position);
    assert_eq!(leave.get("content"), None);
    assert_eq!(leave.get("owner"), None);

    assert_eq!(types(&items(&registry, "owner=370213")), ["revision", "revision"]);
    // Within a subtree nothing was left.
    assert_eq!(
        types(&items(&registry, "owner=370200&kind=standard")),
        ["revision"; 3]
    );
}

#[rstest]
fn an_entry_put_elsewhere_leaves_its_cell(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let entry = city.create("370214", row_with("GB 38600-2019", placed("老有颐养")));
    city.change(&entry, placed("幼有善育"));
    assert_eq!(
        types(&items(&registry, &format!("subsystem={ELDERLY}"))),
        ["revision", "leave"]
    );
    assert_eq!(
        types(&items(&registry, &format!("cell=subsystem:{CHILDREN}"))),
        ["revision"]
    );
    assert_eq!(
        types(&items(&registry, "framework=qingdao")),
        ["revision", "revision"]
    );
    assert_eq!(types(&items(&registry, "dimension=outcome")), [""; 0]);
}

#[rstest]
fn withdrawal_is_told_for_ever(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let entry = city.create("370214", row("GB 38600-2019"));
    city.withdraw(&entry);
    for mode in ["all", "latest"] {
        let items = items(&registry, &format!("owner=370214&mode={mode}"));
        let last = items.last().unwrap();
        assert_eq!(last["action"], "withdraw");
        assert_eq!(last["withdrawn"], true);
    }
}

#[rstest]
fn with_only_current_revisions_an_entry_leaves_whenever_it_did(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let city = registry.as_city();
    let entry = city.create("370214", row("GB 38600-2019"));
    let mut copy = Copy::default();
    copy.catch_up(&registry.anonymous(), "&owner=370214&mode=latest");
    assert_eq!(copy.live.len(), 1);
    // The revision by which it left is not current any more when the reader comes back.
    let entry = hand_over(&city, &entry, "370213");
    city.change(&entry, json!({"title": "养老机构服务安全基本规范"}));
    copy.catch_up(&registry.anonymous(), "&owner=370214&mode=latest");
    assert_eq!(copy.live.len(), 0);
}

#[rstest]
fn what_is_no_filter_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let reader = registry.anonymous();
    for (query, pointer, code) in [
        ("ownr=370214", "?ownr", "unknown_parameter"),
        ("q=x", "?q", "unknown_parameter"),
        ("owner=999999", "?owner", "unknown_division"),
        ("kind=norm", "?kind", "unknown_value"),
        ("cell=x", "?cell", "not_a_cell_term"),
        ("leaf=yes", "?leaf", "not_a_boolean"),
        ("limit=0", "?limit", "out_of_range"),
        ("limit=1001", "?limit", "out_of_range"),
    ] {
        for path in ["/v1/changes", "/v1/snapshot"] {
            let refused = reader.get(&format!("{path}?{query}")).expect(400);
            assert_eq!(
                faults(&refused),
                [(pointer.to_owned(), code.to_owned())],
                "{path}?{query}"
            );
        }
    }
    for (query, pointer) in [
        ("wait=61", "?wait"),
        ("wait=-1", "?wait"),
        ("mode=newest", "?mode"),
    ] {
        let refused = reader.get(&format!("/v1/changes?{query}")).expect(400);
        assert_eq!(faults(&refused)[0].0, pointer, "{query}");
    }
}

/// One step of a random history.
#[derive(Clone, Debug)]
enum Step {
    Create { owner: usize, place: usize },
    HandOver { which: usize, owner: usize },
    Place { which: usize, place: usize },
    Withdraw { which: usize },
}

const OWNERS: [&str; 3] = ["370214", "370213", "370200"];
const PLACES: [&str; 2] = ["老有颐养", "幼有善育"];

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..3usize, 0..2usize).prop_map(|(owner, place)| Step::Create { owner, place }),
        2 => (0..40usize, 0..3usize).prop_map(|(which, owner)| Step::HandOver { which, owner }),
        2 => (0..40usize, 0..2usize).prop_map(|(which, place)| Step::Place { which, place }),
        1 => (0..40usize).prop_map(|which| Step::Withdraw { which }),
    ]
}

/// Walks through a history, and now and then lets every reader catch up with a page size of its own.
fn walk(registry: &Registry, steps: &[(Step, bool)], limits: &[usize], serial: &mut usize) {
    let city = registry.as_city();
    let reader = registry.anonymous();
    let filters: Vec<String> = ["", "&owner=370214", "&owner_exact=370200", "&kind=standard"]
        .iter()
        .map(ToString::to_string)
        .chain([
            format!("&subsystem={ELDERLY}"),
            format!("&owner=370213&subsystem={CHILDREN}"),
        ])
        .collect();
    let mut readers: Vec<(String, Copy)> = filters
        .iter()
        .zip(limits.iter().cycle())
        .flat_map(|(filter, limit)| {
            ["all", "latest"].map(|mode| (format!("{filter}&mode={mode}&limit={limit}"), Copy::default()))
        })
        .collect();
    let mut live: Vec<Entry> = Vec::new();
    for (step, look) in steps {
        let picked = |which: usize| (!live.is_empty()).then(|| which % live.len());
        match step {
            Step::Create { owner, place } => {
                *serial += 1;
                let content = row_with(&format!("T/QDAS {serial}-2024"), placed(PLACES[*place]));
                live.push(city.create(OWNERS[*owner], content));
            }
            Step::HandOver { which, owner } => {
                if let Some(which) = picked(*which) {
                    live[which] = hand_over(&city, &live[which], OWNERS[*owner]);
                }
            }
            Step::Place { which, place } => {
                if let Some(which) = picked(*which) {
                    live[which] = city.change(&live[which], placed(PLACES[*place]));
                }
            }
            Step::Withdraw { which } => {
                if let Some(which) = picked(*which) {
                    city.withdraw(&live.swap_remove(which));
                }
            }
        }
        if *look {
            // Each checks the digest it is given at the end against what it holds.
            readers.iter_mut().for_each(|(query, copy)| {
                copy.catch_up(&reader, query);
            });
        }
    }
    for (query, copy) in &mut readers {
        copy.catch_up(&reader, query);
    }
}

#[rstest]
fn whatever_happened_every_filter_is_followed_exactly(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let histories = (
        proptest::collection::vec((step(), prop::bool::weighted(0.2)), 1..30),
        proptest::collection::vec(1..30usize, 6),
    );
    let mut runner = TestRunner::new(Config {
        cases: 12,
        failure_persistence: None,
        max_shrink_iters: 0,
        ..Config::default()
    });
    // One registry for all: each history goes on where the one before ended.
    let serial = std::cell::Cell::new(0);
    runner
        .run(&histories, |(steps, limits)| {
            let mut next = serial.get();
            walk(&registry, &steps, &limits, &mut next);
            serial.set(next);
            Ok(())
        })
        .unwrap();
}
