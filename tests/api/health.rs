//! Liveness and readiness, and what the process does around them.

use rstest::rstest;
use serde_json::Value;

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::{Client, Registry};

#[rstest]
fn a_started_registry_is_alive_and_ready(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let anyone = registry.anonymous();

    anyone.get("/healthz").expect(200);
    assert!(anyone.get("/readyz").expect(200).json().is_object());
}

#[rstest]
fn sigterm_ends_it_cleanly_and_it_comes_back_on_the_same_data(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    let anyone = registry.anonymous();
    let before = log_head(&anyone);

    assert!(registry.stop().success());
    registry.restart();

    assert_eq!(log_head(&anyone), before);
}

#[rstest]
fn it_comes_back_after_being_killed(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start(backend);
    let before = log_head(&registry.anonymous());

    registry.kill();
    registry.restart();

    assert_eq!(log_head(&registry.anonymous()), before);
}

#[test]
fn two_instances_share_one_database() {
    let first = Registry::start(Postgres);
    let second = first.second_instance();

    assert_eq!(log_head(&first.anonymous()), log_head(&second.anonymous()));
}

/// What identifies a log, whoever answers: its first entry has an id no other log has given out.
fn log_head(client: &Client) -> (Value, Value) {
    let framework = client.get("/v1/frameworks/qingdao").expect(200);
    (framework.at("/id"), framework.at("/position"))
}
