//! What an administrator says about a webhook: safely repeated, never over somebody else's change, and no more than is
//! to be heard.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::Registry;
use crate::support::entry::{faults, problem, row};
use crate::support::receiver::Receiver;

const HOOKS: &str = "/v1/webhooks";

/// Targets in one network of this machine, and no waits between attempts.
const FOR_TESTS: &[(&str, &str)] = &[
    ("REGISTRY_WEBHOOK_ALLOW", "127.0.0.0/8,fd12:3456::/32"),
    ("REGISTRY_WEBHOOK_RETRY_MS", "0"),
];

#[rstest]
fn a_change_names_the_revision_it_rests_on(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let admin = registry.as_admin();
    let terms = json!({"url": "https://hooks.example/"});
    let created = admin.post(HOOKS, &terms).expect(201);
    let path = created.header("Location").unwrap();
    let read = admin.get(&path).expect(200);
    let first = read.header("ETag").unwrap();
    assert!(first.starts_with("\"1."), "{first}");
    assert_eq!(created.at("/revision"), 1);

    let described = json!({"description": "城阳区标准体系平台"});
    assert_eq!(
        problem(&admin.patch(&path, &described).expect(428)),
        "precondition-required"
    );
    let changed = admin
        .with("If-Match", &first)
        .patch(&path, &described)
        .expect(200);
    assert_eq!(changed.at("/revision"), 2);
    let stale = admin.with("If-Match", &first);
    for refused in [stale.patch(&path, &described), stale.delete(&path)] {
        let refused = refused.expect(412);
        assert_eq!(problem(&refused), "precondition-failed");
        assert_eq!(refused.at("/current_revision"), 2);
    }
    assert_eq!(problem(&admin.delete(&path).expect(428)), "precondition-required");
    let second = changed.header("ETag").unwrap();
    admin.with("If-Match", &second).delete(&path).expect(204);
}

#[rstest]
fn a_request_sent_again_does_not_happen_again(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start_with(backend, FOR_TESTS);
    let receiver = Receiver::start();
    let admin = registry.as_admin();
    let terms = json!({"url": receiver.url()});
    let keyed = admin.with("Idempotency-Key", "chengyang-1");
    let created = keyed.post(HOOKS, &terms).expect(201);
    let again = keyed.post(HOOKS, &terms).expect(201);
    assert_eq!(again.json(), created.json(), "the secret included");
    assert_eq!(again.header("Idempotency-Replayed").as_deref(), Some("true"));
    assert_eq!(again.header("Location"), created.header("Location"));
    let other = json!({"url": "https://other.example/"});
    assert_eq!(
        problem(&keyed.post(HOOKS, &other).expect(422)),
        "idempotency-mismatch"
    );
    let listed = admin.get(HOOKS).expect(200);
    assert_eq!(listed.at("/items").as_array().map(Vec::len), Some(1));
    assert_eq!(listed.at("/next"), Value::Null);

    registry.as_city().create("370214", row("GB 38600-2019"));
    receiver.next().answer(200);
    let path = created.header("Location").unwrap();
    let deliveries = format!("{path}/deliveries");
    registry.wait_until("delivered", || {
        admin.get(&deliveries).expect(200).at("/items/0/status") == "delivered"
    });
    let id = admin.get(&deliveries).expect(200).at("/items/0/id");
    let redeliver = format!("{deliveries}/{}/redeliver", id.as_str().unwrap());
    for replayed in [None, Some("true")] {
        let asked = keyed.raw("POST", &redeliver, "application/json", "").expect(202);
        assert_eq!(asked.header("Idempotency-Replayed").as_deref(), replayed);
    }
    receiver.next().answer(200);
    registry.wait_until("delivered", || {
        admin.get(&deliveries).expect(200).at("/items/0/status") == "delivered"
    });
    assert!(receiver.is_quiet());

    // The key is looked at before the revision, which is another by then.
    let tag = admin.get(&path).expect(200).header("ETag").unwrap();
    let change = keyed.with("If-Match", &tag);
    let patch = json!({"description": "改"});
    let changed = change.patch(&path, &patch).expect(200);
    assert_eq!(change.patch(&path, &patch).expect(200).json(), changed.json());
    let delete = keyed.with("If-Match", "*");
    delete.delete(&path).expect(204);
    let again = delete.delete(&path).expect(204);
    assert_eq!(again.header("Idempotency-Replayed").as_deref(), Some("true"));
    assert_eq!(problem(&keyed.post(HOOKS, &terms).expect(409)), "conflict");
}

#[rstest]
fn hints_tell_only_of_what_was_asked_for(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start_with(backend, FOR_TESTS);
    let receiver = Receiver::start();
    let admin = registry.as_admin();
    let terms = json!({"url": receiver.url(), "owner": "370214", "kind": "standard"});
    let created = admin.post(HOOKS, &terms).expect(201);
    assert_eq!(
        (created.at("/owner"), created.at("/kind")),
        (json!("370214"), json!("standard"))
    );
    let deliveries = format!("{}/deliveries", created.header("Location").unwrap());
    let city = registry.as_city();
    let read = |path: &str| registry.anonymous().get(path).expect(200).json()["items"].clone();

    city.create("370213", row("GB 38600-2019"));
    let ours = city.create("370214", row("GB 38600-2019"));
    let hint = receiver.next();
    let path = hint.json()["data"]["changes"].as_str().unwrap().to_owned();
    assert!(path.ends_with("&kind=standard&owner=370214"), "{path}");
    hint.answer(200);
    let told = read(&path);
    assert_eq!(
        (told[0]["id"].as_str(), told.as_array().unwrap().len()),
        (Some(&*ours.id), 1)
    );

    // What goes elsewhere is news for those who held it.
    let moved = json!({"reason": "划转", "owner": "370213", "content": {"number": "GB 38600-2020"}});
    city.with("If-Match", &ours.etag)
        .patch(&ours.path, &moved)
        .expect(200);
    let hint = receiver.next();
    let path = hint.json()["data"]["changes"].as_str().unwrap().to_owned();
    hint.answer(200);
    assert_eq!(read(&path)[0]["type"], "leave");
    city.create("370213", row("GB 50011-2010"));
    let last = city.create("370214", row("GB 50011-2010"));
    let hint = receiver.next();
    assert_eq!(hint.position(), last.position);
    hint.answer(200);
    let listed = admin.get(&deliveries).expect(200);
    assert_eq!(listed.at("/items").as_array().map(Vec::len), Some(3));

    // The newest first, in pages.
    let page = admin.get(&format!("{deliveries}?limit=2")).expect(200);
    let next = page.at("/next");
    let rest = format!("{deliveries}?limit=2&cursor={}", next.as_str().unwrap());
    let rest = admin.get(&rest).expect(200);
    assert_eq!(
        (rest.at("/items/0"), rest.at("/next")),
        (listed.at("/items/2"), Value::Null)
    );
    admin.get(&format!("{deliveries}?cursor=msg_0")).expect(400);
}

#[rstest]
fn a_target_that_is_busy_is_left_alone_as_long_as_it_asks(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start_with(backend, FOR_TESTS);
    let receiver = Receiver::start();
    let admin = registry.as_admin();
    let created = admin.post(HOOKS, &json!({"url": receiver.url()})).expect(201);
    registry.as_city().create("370214", row("GB 38600-2019"));
    receiver.next().answer_with(429, "Retry-After: 3600");
    let deliveries = format!("{}/deliveries", created.header("Location").unwrap());
    let newest = || admin.get(&deliveries).expect(200).at("/items/0");
    registry.wait_until("tried", || newest()["attempts"] == 1);
    let tried = newest();
    let time = |name: &str| {
        let words = tried[name].as_str().unwrap();
        chrono::DateTime::parse_from_rfc3339(words).unwrap()
    };
    let wait = time("next_attempt_at") - time("attempted_at");
    assert_eq!(wait.num_seconds(), 3600);
    assert_eq!(
        (&tried["status"], &tried["response_status"]),
        (&json!("pending"), &json!(429))
    );
}

#[rstest]
fn one_network_inside_can_be_allowed(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start_with(backend, FOR_TESTS);
    let admin = registry.as_admin();
    for url in [
        "http://10.1.2.3/",
        "http://192.168.1.1/",
        "http://[fd12:3457::1]/",
        "http://169.254.169.254/",
    ] {
        let refused = admin.post(HOOKS, &json!({"url": url})).expect(422);
        assert_eq!(
            faults(&refused),
            [("/url".to_owned(), "private_address".to_owned())],
            "{url}"
        );
    }
    for url in [
        "http://127.0.0.1:9/",
        "http://localhost:9/",
        "http://[fd12:3456:7::1]/",
    ] {
        admin.post(HOOKS, &json!({"url": url})).expect(201);
    }
    let refused = admin
        .post(
            HOOKS,
            &json!({"url": "https://hooks.example/", "owner": "999999", "kind": "law"}),
        )
        .expect(422);
    let named: Vec<String> = faults(&refused).into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(named, ["/kind", "/owner"]);
}
