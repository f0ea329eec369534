//! Webhooks: signed hints that there are changes, sent once if all goes well and again until it does.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::entry::{problem, row};
use crate::support::receiver::Receiver;
use crate::support::{Client, Registry};

const OWNER: &str = "370214";

/// Targets on this machine, and no waits between attempts.
const FOR_TESTS: &[(&str, &str)] = &[
    ("REGISTRY_WEBHOOK_ALLOW_PRIVATE", "true"),
    ("REGISTRY_WEBHOOK_RETRY_MS", "0"),
];

/// A webhook that points to a receiver.
struct Hook {
    path: String,
    secret: String,
    admin: Client,
}

impl Hook {
    fn create(registry: &Registry, receiver: &Receiver) -> Self {
        Self::of(registry, &json!({"url": receiver.url()}))
    }

    fn of(registry: &Registry, terms: &Value) -> Self {
        let admin = registry.as_admin();
        let created = admin.post("/v1/webhooks", terms).expect(201);
        Self {
            path: created.header("Location").expect("a place"),
            secret: created.json()["secret"].as_str().expect("a secret").to_owned(),
            admin,
        }
    }

    fn shown(&self) -> Value {
        self.admin.get(&self.path).expect(200).json()
    }

    /// Changes it as it is now.
    fn change(&self, patch: &Value) -> crate::support::Answer {
        let tag = self
            .admin
            .get(&self.path)
            .expect(200)
            .header("ETag")
            .expect("a tag");
        self.admin.with("If-Match", &tag).patch(&self.path, patch)
    }

    fn deliveries(&self) -> Vec<Value> {
        let listed = self.admin.get(&format!("{}/deliveries", self.path)).expect(200);
        listed.json()["items"].as_array().unwrap().clone()
    }

    /// Waits until the newest hint has come to an end, and gives it.
    fn settled(&self, registry: &Registry) -> Value {
        registry.wait_until("done with the hint", || {
            let newest = self.deliveries();
            newest.first().is_some_and(|newest| newest["status"] != "pending")
        });
        self.deliveries().remove(0)
    }

    fn redeliver(&self, delivery: &Value) -> crate::support::Answer {
        let id = delivery["id"].as_str().unwrap();
        let path = format!("{}/deliveries/{id}/redeliver", self.path);
        self.admin.raw("POST", &path, "application/json", "")
    }
}

#[rstest]
fn a_commit_is_announced_and_signed(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start_with(backend, FOR_TESTS);
    let receiver = Receiver::start();
    let hook = Hook::create(&registry, &receiver);
    let entry = registry.as_city().create(OWNER, row("GB 38600-2019"));

    let hint = receiver.next();
    assert!(hint.is_signed_with(&hook.secret));
    assert!(!hint.is_signed_with("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    assert_eq!(hint.header("content-type"), "application/json");
    let told = hint.json();
    assert_eq!(told["type"], "changes.available");
    assert_eq!(told["data"]["position"], entry.position);
    // The hint leads to exactly what is new.
    let path = told["data"]["changes"].as_str().unwrap();
    let changes = registry.anonymous().get(path).expect(200).json();
    assert_eq!(changes["items"].as_array().unwrap().len(), 1);
    assert_eq!(changes["items"][0]["id"], entry.id);

    let id = hint.id();
    hint.answer(204);
    let delivered = hook.settled(&registry);
    assert_eq!(delivered["id"], id);
    assert_eq!(
        (
            &delivered["status"],
            &delivered["attempts"],
            &delivered["response_status"]
        ),
        (&json!("delivered"), &json!(1), &json!(204))
    );
}

#[rstest]
fn commits_while_a_hint_is_under_way_share_the_next(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start_with(backend, FOR_TESTS);
    let receiver = Receiver::start();
    let hook = Hook::create(&registry, &receiver);
    let city = registry.as_city();
    let first = city.create(OWNER, row("GB 38600-2019"));
    let under_way = receiver.next();
    let more: Vec<_> = (1..=5)
        .map(|part| city.create(OWNER, row(&format!("GB/T 20647.{part}-2006"))))
        .collect();
    under_way.answer(200);

    let next = receiver.next();
    assert_eq!(next.position(), more[4].position);
    let path = next.json()["data"]["changes"].as_str().unwrap().to_owned();
    let missed = registry.anonymous().get(&path).expect(200).json();
    assert_eq!(missed["items"].as_array().unwrap().len(), 5);
    assert_eq!(missed["items"][0]["position"], first.position + 1);
    next.answer(200);
    hook.settled(&registry);
    assert_eq!(hook.deliveries().len(), 2);
    assert!(receiver.is_quiet());
}

#[rstest]
fn what_fails_is_sent_again_as_it_was(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start_with(backend, FOR_TESTS);
    let receiver = Receiver::start();
    let hook = Hook::create(&registry, &receiver);
    registry.as_city().create(OWNER, row("GB 38600-2019"));

    let first = receiver.next();
    let (id, body) = (first.id(), first.body.clone());
    first.answer(500);
    // A redirect is a failure too: nobody has checked where it leads.
    let second = receiver.next();
    second.answer(302);
    // And so is no answer at all.
    drop(receiver.next());
    let last = receiver.next();
    assert_eq!((last.id(), &last.body), (id, &body));
    assert!(last.is_signed_with(&hook.secret));
    assert!(hook.shown()["failing_since"].is_string());
    last.answer(200);
    let delivered = hook.settled(&registry);
    assert_eq!(
        (&delivered["status"], &delivered["attempts"]),
        (&json!("delivered"), &json!(4))
    );
    assert!(hook.shown().get("failing_since").is_none());
}

#[rstest]
fn a_delivery_can_be_asked_for_again(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start_with(backend, FOR_TESTS);
    let receiver = Receiver::start();
    let hook = Hook::create(&registry, &receiver);
    registry.as_city().create(OWNER, row("GB 38600-2019"));
    let sent = receiver.next();
    let (id, body) = (sent.id(), sent.body.clone());
    sent.answer(200);

    let delivered = hook.settled(&registry);
    assert_eq!(hook.redeliver(&delivered).expect(202).at("/status"), "pending");
    let again = receiver.next();
    assert_eq!((again.id(), &again.body), (id, &body));
    again.answer(200);
    assert_eq!(hook.settled(&registry)["status"], "delivered");
    hook.redeliver(&json!({"id": "msg_unknown"})).expect(404);
}

#[rstest]
fn a_target_that_is_gone_is_asked_no_more(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start_with(backend, FOR_TESTS);
    let receiver = Receiver::start();
    let hook = Hook::create(&registry, &receiver);
    let city = registry.as_city();
    city.create(OWNER, row("GB 38600-2019"));
    receiver.next().answer(410);

    let failed = hook.settled(&registry);
    assert_eq!(
        (&failed["status"], &failed["attempts"]),
        (&json!("failed"), &json!(1))
    );
    let shown = hook.shown();
    assert_eq!(
        (&shown["disabled"], &shown["disabled_because"]),
        (&json!(true), &json!("gone"))
    );
    assert_eq!(problem(&hook.redeliver(&failed).expect(409)), "conflict");

    // Enabled again it hears of what it missed.
    let missed = city.create(OWNER, row("GB 50011-2010"));
    let enabled = hook.change(&json!({"disabled": false})).expect(200);
    assert!(enabled.json().get("disabled_because").is_none());
    let hint = receiver.next();
    assert_eq!(hint.position(), missed.position);
    hint.answer(200);
}

#[rstest]
fn a_target_that_always_fails_is_disabled_in_the_end(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start_with(backend, FOR_TESTS);
    let receiver = Receiver::start();
    let hook = Hook::create(&registry, &receiver);
    registry.as_city().create(OWNER, row("GB 38600-2019"));
    for _ in 0..10 {
        receiver.next().answer(503);
    }
    let failed = hook.settled(&registry);
    assert_eq!(
        (&failed["status"], &failed["attempts"], &failed["error"]),
        (&json!("failed"), &json!(10), &json!("the target answered 503"))
    );
    assert_eq!(hook.shown()["disabled_because"], "failing");
    assert!(receiver.is_quiet());
}

#[test]
fn two_instances_deliver_once() {
    let one = Registry::start_with(Postgres, FOR_TESTS);
    let other = one.second_instance();
    let receiver = Receiver::start();
    let hook = Hook::create(&one, &receiver);
    for round in 1..=5 {
        // Both have something to announce at the same time.
        let at_one = one
            .as_city()
            .create(OWNER, row(&format!("GB/T 20647.{round}-2006")));
        let at_other = other
            .as_city()
            .create(OWNER, row(&format!("GB/T 15624.{round}-2011")));
        let newest = at_one.position.max(at_other.position);
        loop {
            let hint = receiver.next();
            let position = hint.position();
            hint.answer(200);
            if position == newest {
                break;
            }
        }
        hook.settled(&one);
    }
    let deliveries = hook.deliveries();
    assert!(
        deliveries.iter().all(|delivery| delivery["attempts"] == 1),
        "{deliveries:#?}"
    );
    let mut positions: Vec<_> = deliveries.iter().map(|d| d["position"].as_u64()).collect();
    positions.dedup();
    assert_eq!(
        positions.len(),
        deliveries.len(),
        "each position is announced once"
    );
    assert!(receiver.is_quiet());
}

#[rstest]
fn a_target_that_keeps_silent_does_not_hold_up_the_end(#[values(Sqlite, Postgres)] backend: Backend) {
    let mut registry = Registry::start_with(backend, FOR_TESTS);
    let (silent, other) = (Receiver::start(), Receiver::start());
    Hook::create(&registry, &silent);
    Hook::create(&registry, &other);
    registry.as_city().create(OWNER, row("GB 38600-2019"));
    let waiting = silent.next();
    // Nor does it hold up the others.
    other.next().answer(200);
    assert!(registry.stop().success());
    drop(waiting);
}

#[rstest]
fn targets_inside_are_refused_unless_the_operator_allows_them(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let admin = registry.as_admin();
    for (url, code) in [
        ("http://127.0.0.1:9/", "private_address"),
        ("http://[::1]/", "private_address"),
        ("http://10.1.2.3/hook", "private_address"),
        ("http://169.254.169.254/latest/meta-data", "private_address"),
        ("http://localhost/", "private_address"),
        ("http://[::ffff:192.168.1.1]/", "private_address"),
        ("http://user:secret@hooks.example/", "has_userinfo"),
        ("ftp://hooks.example/", "not_a_url"),
        ("http://2130706433/", "not_a_url"),
    ] {
        let refused = admin.post("/v1/webhooks", &json!({"url": url})).expect(422);
        assert_eq!(refused.at("/errors/0/pointer"), "/url", "{url}");
        assert_eq!(refused.at("/errors/0/code"), code, "{url}");
    }
    let url = "https://bzh.chengyang.example/hooks/registry";
    let created = admin.post("/v1/webhooks", &json!({"url": url})).expect(201);
    let path = created.header("Location").unwrap();
    let inside = json!({"url": "http://192.168.1.1/"});
    assert_eq!(
        admin
            .with("If-Match", "*")
            .patch(&path, &inside)
            .expect(422)
            .at("/errors/0/code"),
        "private_address"
    );
    assert_eq!(admin.get(&path).expect(200).at("/url"), url);
}

#[rstest]
fn the_secret_is_shown_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start_with(backend, FOR_TESTS);
    let receiver = Receiver::start();
    let hook = Hook::create(&registry, &receiver);
    registry.as_city().create(OWNER, row("GB 38600-2019"));
    receiver.next().answer(500);
    receiver.next().answer(200);
    hook.settled(&registry);

    let key = hook.secret.trim_start_matches("whsec_");
    let deliveries = format!("{}/deliveries", hook.path);
    let described = json!({"description": "城阳区标准体系平台"});
    for answer in [
        hook.admin.get("/v1/webhooks").expect(200),
        hook.admin.get(&hook.path).expect(200),
        hook.admin.get(&deliveries).expect(200),
        hook.change(&described).expect(200),
    ] {
        assert!(!answer.text().contains(key), "{answer:?}");
        assert!(!answer.text().contains("secret"), "{answer:?}");
    }
    assert!(
        !registry.said().contains(key),
        "nor does the process's log hold it"
    );
}

#[rstest]
fn only_administrators_see_webhooks(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start_with(backend, FOR_TESTS);
    let hook = Hook::create(&registry, &Receiver::start());
    let all = "standards:write frameworks:write audit:read";
    for (client, status) in [
        (registry.anonymous(), 401),
        (registry.as_subject("city", &["370200"], all), 403),
    ] {
        client.get("/v1/webhooks").expect(status);
        client.get(&hook.path).expect(status);
        client.get(&format!("{}/deliveries", hook.path)).expect(status);
        client
            .post("/v1/webhooks", &json!({"url": "https://hooks.example/"}))
            .expect(status);
        client
            .patch(&hook.path, &json!({"disabled": true}))
            .expect(status);
        client.delete(&hook.path).expect(status);
        let again = format!("{}/deliveries/msg_1/redeliver", hook.path);
        client.raw("POST", &again, "application/json", "").expect(status);
    }
    assert_eq!(hook.shown()["disabled"], false);
}

#[rstest]
fn a_webhook_is_changed_and_deleted(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start_with(backend, FOR_TESTS);
    let receiver = Receiver::start();
    let hook = Hook::create(&registry, &receiver);
    let city = registry.as_city();
    city.create(OWNER, row("GB 38600-2019"));
    receiver.next().answer(200);
    hook.settled(&registry);

    let disabled = hook.change(&json!({"disabled": true, "description": "停用"}));
    assert_eq!(disabled.expect(200).at("/disabled_because"), "requested");
    let cleared = hook.change(&json!({"description": null})).expect(200);
    assert!(cleared.json().get("description").is_none());
    assert_eq!(cleared.at("/disabled"), true);

    let certain = hook.admin.with("If-Match", "*");
    certain.delete(&hook.path).expect(204);
    for path in [hook.path.clone(), format!("{}/deliveries", hook.path)] {
        assert_eq!(problem(&hook.admin.get(&path).expect(404)), "not-found");
    }
    certain.delete(&hook.path).expect(404);
    certain.patch(&hook.path, &json!({})).expect(404);
    assert_eq!(hook.admin.get("/v1/webhooks").expect(200).at("/items"), json!([]));
}
