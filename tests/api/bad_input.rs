//! Whatever is sent, the answer names its 4xx, says what is wrong, and the log stands where it stood.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::entry::{body, faults, row, row_with};
use crate::support::{Answer, Client, Entry, Registry};

const JSON: &str = "application/json";

/// Somebody sends things that must change nothing.
struct Sender {
    client: Client,
    entry: Entry,
    head: u64,
}

impl Sender {
    fn new(registry: &Registry) -> Self {
        let client = registry.as_district("370214");
        let entry = client.create("370214", row("GB 38600-2019"));
        let head = client.log_head();
        Self { client, entry, head }
    }

    /// The refusal is a problem document with this status, and with a fault at this place if one is given.
    #[track_caller]
    fn refused(&self, kind: &str, answer: &Answer, status: u16, pointer: Option<&str>) {
        assert_eq!(answer.status, status, "{kind}\n{answer:?}");
        let found = faults(answer);
        assert_eq!(answer.at("/status"), status, "{kind}");
        for member in ["/type", "/title", "/detail"] {
            assert!(answer.at(member).is_string(), "{kind}: {member}\n{answer:?}");
        }
        if let Some(pointer) = pointer {
            assert!(
                found.iter().any(|(at, code)| at == pointer && !code.is_empty()),
                "{kind}: {pointer} in {found:?}"
            );
        }
        assert_eq!(self.client.log_head(), self.head, "{kind} moved the log");
    }

    fn post(&self, bytes: impl Into<Vec<u8>>) -> Answer {
        self.client.raw("POST", "/v1/standards", JSON, bytes)
    }

    /// A body whose title is this JSON text.
    fn titled(&self, title: &str) -> Answer {
        self.post(format!(
            r#"{{"owner":"370214","reason":"x","content":{{"number":"GB/T 1-2020","origin":"referenced","title":{title}}}}}"#
        ))
    }
}

#[rstest]
fn what_is_no_json_is_400(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let sender = Sender::new(&registry);
    for (kind, bytes) in [
        ("nothing", b"".to_vec()),
        ("blanks", b"  \n".to_vec()),
        ("half a body", br#"{"owner":"370214""#.to_vec()),
        ("two bodies", b"{} {}".to_vec()),
        ("invalid UTF-8", b"{\"owner\":\"\xff\xfe\"}".to_vec()),
        ("overlong UTF-8", b"{\"owner\":\"\xc0\x80\"}".to_vec()),
        ("GBK", b"{\"title\":\"\xd1\xf8\xc0\xcf\"}".to_vec()),
        ("UTF-16", "{}".encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("depth of 10,000 arrays", "[".repeat(10_000).into_bytes()),
        ("depth of 10,000 objects", r#"{"a":"#.repeat(10_000).into_bytes()),
        ("NaN", b"{\"owner\":NaN}".to_vec()),
        ("a raw line break in a text", b"{\"owner\":\"a\nb\"}".to_vec()),
        ("a trailing comma", br#"{"owner":"370214",}"#.to_vec()),
    ] {
        sender.refused(kind, &sender.post(bytes), 400, Some(""));
    }
}

#[rstest]
fn json_that_no_two_parsers_read_alike_is_422(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let sender = Sender::new(&registry);
    let at_title = Some("/content/title");
    sender.refused("NUL", &sender.titled(r#""a\u0000b""#), 422, at_title);
    sender.refused(
        "a lone high surrogate",
        &sender.titled(r#""\ud800""#),
        422,
        Some(""),
    );
    sender.refused(
        "a lone low surrogate",
        &sender.titled(r#""\udc00x""#),
        422,
        Some(""),
    );
    sender.refused(
        "an integer beyond 2^53",
        &sender.titled("9007199254740992"),
        422,
        at_title,
    );
    sender.refused(
        "an integer beyond -2^53",
        &sender.titled("-9007199254740993"),
        422,
        at_title,
    );
    sender.refused(
        "an integer beyond 2^64",
        &sender.titled("99999999999999999999999"),
        422,
        at_title,
    );
    sender.refused("a huge exponent", &sender.titled("1e400"), 400, None);
    sender.refused("a fraction", &sender.titled("1.5"), 422, at_title);
    let twice = r#"{"owner":"370214","owner":"370213","reason":"x","content":{"title":"a","title":"b"}}"#;
    let answer = sender.post(twice);
    sender.refused("a member twice", &answer, 422, Some("/owner"));
    sender.refused("a member twice, further down", &answer, 422, at_title);
}

#[rstest]
fn wrong_types_are_422_with_their_place(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let sender = Sender::new(&registry);
    for whole in [json!([]), json!("text"), json!(1), json!(null), json!(true)] {
        sender.refused("no object", &sender.post(whole.to_string()), 422, Some(""));
    }
    for (member, value) in [
        ("number", json!(38600)),
        ("title", json!(["a"])),
        ("title", json!("")),
        ("title", json!("   ")),
        ("title", json!("长".repeat(501))),
        ("origin", json!(true)),
        ("level", json!("NATIONAL")),
        ("published_on", json!(20191227)),
        ("published_on", json!("2019-12-27T00:00:00Z")),
        ("keywords", json!("安全")),
        ("claimed_status", json!("in_force")),
        ("relations", json!({})),
        ("placements", json!([[]])),
        ("scope", json!("长".repeat(5_001))),
    ] {
        let whole = body("370214", row_with("GB/T 1-2020", json!({member: value})));
        let answer = sender.post(whole.to_string());
        let pointer = if member == "placements" {
            "/content/placements/0".to_owned()
        } else {
            format!("/content/{member}")
        };
        sender.refused(&format!("{member}: {value}"), &answer, 422, Some(&pointer));
    }
    for (member, value) in [
        ("owner", json!(370214)),
        ("reason", json!({})),
        ("basis", json!(1)),
        ("content", json!([])),
    ] {
        let mut whole = body("370214", row("GB/T 1-2020"));
        whole[member] = value;
        sender.refused(
            member,
            &sender.post(whole.to_string()),
            422,
            Some(&format!("/{member}")),
        );
    }
}

#[rstest]
fn a_patch_cannot_remove_what_every_entry_has(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let entry = district.create("370214", row("GB 38600-2019"));
    let patch = json!({"reason": null, "owner": null, "content": null});
    let refused = district
        .if_match(&entry.etag)
        .patch(&entry.path, &patch)
        .expect(422);
    let mut places: Vec<_> = faults(&refused);
    places.sort();
    let required = |pointer: &str| (pointer.to_owned(), "required".to_owned());
    assert_eq!(places, ["/content", "/owner", "/reason"].map(required));
}

#[rstest]
fn unknown_members_and_parameters_are_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let sender = Sender::new(&registry);
    let mut whole = body("370214", row_with("GB/T 1-2020", json!({"titel": "x"})));
    whole["withdrawn"] = json!(true);
    let answer = sender.post(whole.to_string());
    sender.refused("an unknown member", &answer, 422, Some("/withdrawn"));
    sender.refused(
        "an unknown member of the content",
        &answer,
        422,
        Some("/content/titel"),
    );

    let path = &sender.entry.path;
    let on_it = sender.client.if_match(&sender.entry.etag);
    let good = body("370214", row("GB/T 1-2020"));
    for answer in [
        sender.client.post("/v1/standards?dryrun=true", &good),
        on_it.put(&format!("{path}?dryrun=true"), &good),
        on_it.patch(
            &format!("{path}?dryrun=true"),
            &json!({"reason": "x", "content": {"title": "甲"}}),
        ),
        on_it.delete(&format!("{path}?reason=x&dryrun=true")),
    ] {
        sender.refused("an unknown parameter", &answer, 400, Some("?dryrun"));
    }
    for path in [
        format!("{path}?asof=1"),
        format!("{path}/revisions?page=2"),
        format!("{path}/relations?deep=1"),
        "/v1/divisions?x=1".into(),
    ] {
        assert_eq!(sender.client.get(&path).status, 400, "{path}");
    }
    let broken = on_it.delete(&format!("{path}?reason=%FF"));
    sender.refused("a parameter that is no UTF-8", &broken, 400, Some("?reason"));
}

#[rstest]
fn what_contradicts_itself_is_422(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let sender = Sender::new(&registry);
    for (members, pointer) in [
        (json!({"level": "local"}), "/content/level"),
        (json!({"mandate": "mandatory"}), "/content/mandate"),
        (json!({"number": "GB/T"}), "/content/number"),
        (json!({"number": "GB/T 1"}), "/content/number"),
        (json!({"number": "民政部令第66号"}), "/content/number"),
        (json!({"number": null}), "/content/level"),
        (
            json!({"published_on": "2020-01-02", "implemented_on": "2020-01-01"}),
            "/content/implemented_on",
        ),
        (
            json!({"relations": [{"type": "replaces", "target": {"number": "GB/T 1-2020"}}]}),
            "/content/relations/0/target/number",
        ),
        (
            json!({"relations": [{"type": "replaces", "target": {}}]}),
            "/content/relations/0/target",
        ),
    ] {
        let whole = body("370214", row_with("GB/T 1-2020", members.clone()));
        sender.refused(
            &members.to_string(),
            &sender.post(whole.to_string()),
            422,
            Some(pointer),
        );
    }
}

#[rstest]
fn a_body_beyond_16_mib_is_413_and_one_within_is_not(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let sender = Sender::new(&registry);
    let answer = sender.post(vec![b' '; 17 << 20]);
    sender.refused("17 MiB", &answer, 413, None);
    assert_eq!(answer.at("/limit"), 16 << 20);

    let mut fits = body("370214", row("GB/T 1-2020")).to_string().into_bytes();
    fits.resize(16 << 20, b' ');
    sender.post(fits).expect(201);
}

#[rstest]
fn a_body_of_another_kind_is_415(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let sender = Sender::new(&registry);
    for media_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "*/*",
    ] {
        let answer = sender.client.raw(
            "POST",
            "/v1/standards",
            media_type,
            body("370214", row("GB/T 1-2020")).to_string(),
        );
        sender.refused(media_type, &answer, 415, None);
    }
}

#[rstest]
fn a_framework_whose_nodes_circle_or_dangle_is_422(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let sender = Sender::new(&registry);
    let framework = |nodes: Value| {
        body(
            "370214",
            json!({"slug": "cy", "title": "甲", "axes": [{"id": "a", "title": "a", "values": [{"id": "v", "title": "v"}]}], "nodes": nodes}),
        )
    };
    let root = json!({"id": "r", "title": "r", "cell": {"a": "v"}});
    for (kind, nodes, pointer) in [
        (
            "a node below itself",
            json!([{"id": "n", "title": "n", "parent": "n"}]),
            "/content/nodes/0/parent",
        ),
        (
            "two nodes below each other",
            json!([{"id": "m", "title": "m", "parent": "n"}, {"id": "n", "title": "n", "parent": "m"}]),
            "/content/nodes/0/parent",
        ),
        (
            "a node below nothing",
            json!([root, {"id": "n", "title": "n", "parent": "gone"}]),
            "/content/nodes/1/parent",
        ),
        (
            "a root in no cell",
            json!([{"id": "n", "title": "n"}]),
            "/content/nodes/0/cell",
        ),
        (
            "a root in an unknown cell",
            json!([{"id": "n", "title": "n", "cell": {"a": "w"}}]),
            "/content/nodes/0/cell/a",
        ),
        ("an id twice", json!([root, root]), "/content/nodes/1/id"),
    ] {
        let answer = sender.client.post("/v1/frameworks", &framework(nodes));
        sender.refused(kind, &answer, 422, Some(pointer));
    }
    let no_axes = body("370214", json!({"slug": "cy", "title": "甲", "axes": []}));
    sender.refused(
        "no axes",
        &sender.client.post("/v1/frameworks", &no_axes),
        422,
        Some("/content/axes"),
    );
}

#[rstest]
fn a_path_or_header_of_noise_is_a_4xx(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let sender = Sender::new(&registry);
    for path in [
        "/v1/standards/%FF",
        "/v1/standards/%00",
        "/v1/standards/..%2F..%2Fetc",
        "/v1/standards/lookup/x",
    ] {
        let answer = sender.client.get(path);
        assert!(answer.status.is_client_error(), "{path}\n{answer:?}");
        faults(&answer);
    }
    let long = format!("/v1/standards?external_id={}", "x".repeat(20_000));
    assert!(sender.client.get(&long).status.is_client_error());
    for (name, value) in [
        ("Accept", ";;;"),
        ("Accept-Language", ",,;q=x"),
        ("Accept-Encoding", ";q=9,\u{e9}"),
        ("If-None-Match", "\""),
    ] {
        let answer = sender.client.with(name, value).get("/v1/standards");
        assert!(!answer.status.is_server_error(), "{name}: {value}\n{answer:?}");
    }
}

#[rstest]
fn faults_are_told_in_the_reader_s_language(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let sender = Sender::new(&registry);
    let bad = body("370214", json!({"title": "", "origin": "x", "level": "national"}));
    let chinese = sender.client.post("/v1/standards", &bad).expect(422);
    let english = sender
        .client
        .with("Accept-Language", "en")
        .post("/v1/standards", &bad)
        .expect(422);
    assert_eq!(faults(&chinese), faults(&english));
    assert!(english.at("/errors/0/detail").as_str().unwrap().is_ascii());
    assert!(!chinese.at("/errors/0/detail").as_str().unwrap().is_ascii());
}
