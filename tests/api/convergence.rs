//! Whatever happens on the way, every reader ends with what the registry holds, having seen each position once.
//!
//! Eight writers write, are refused and try again; readers follow by page, by lines, waiting and by stream, through
//! connections that break at any byte or answer 503; instances are killed and come back. At every `end` each reader
//! compares the digest.
//!
//! `REGISTRY_LONG_TESTS=1` makes it some 200,000 events instead of 5,000. A failure prints its seed;
//! `REGISTRY_TEST_SEED` makes the same choices again (what the threads make of them still differs from run to run).

use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::catalogue::creation;
use crate::support::chance::Chance;
use crate::support::copy::Copy;
use crate::support::entry::body;
use crate::support::proxy::Proxy;
use crate::support::{Address, Answer, Client, Registry};

const WRITERS: usize = 8;
const OWNERS: [&str; 2] = ["370214", "370213"];

/// Rows of one batch.
const BATCH: usize = 80;

/// By this row readers know that nothing comes after it.
const LAST: &str = "the last row";

/// How long the test is: rounds of each writer, how many rounds of all lie between two kills, and the least number of
/// events that makes.
struct Extent {
    rounds: usize,
    between_kills: usize,
    events: i64,
}

impl Extent {
    fn of_environment() -> Self {
        if std::env::var_os("REGISTRY_LONG_TESTS").is_some() {
            Self {
                rounds: 230,
                between_kills: 100,
                events: 200_000,
            }
        } else {
            Self {
                rounds: 6,
                between_kills: 12,
                events: 5_000,
            }
        }
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "what failed is tried again after a moment, as any client does"
)]
fn pause() {
    thread::sleep(Duration::from_millis(10));
}

/// One writer: says everything until it is answered, under a key of its own for each thing it says.
struct Writer {
    name: String,
    client: Client,
    said: usize,
    chance: Chance,
    /// Its rows: id and revision.
    rows: Vec<(String, i64)>,
}

impl Writer {
    /// The final answer, however often it has to be asked for.
    fn say(&mut self, path: &str, body: &Value) -> Answer {
        self.said += 1;
        let key = format!("{}-{}", self.name, self.said);
        let client = self.client.with("Idempotency-Key", &key);
        loop {
            match client.attempt("POST", path, body) {
                Ok(answer) if answer.status != 503 && answer.status != 409 => return answer,
                _ => pause(),
            }
        }
    }

    fn creation(&self, name: &str) -> Value {
        let content = json!({"external_id": format!("{}/{name}", self.name), "title": name, "origin": "self_built", "level": "local"});
        creation(OWNERS[0], content)
    }

    fn round(&mut self, round: usize) {
        let rows: Vec<Value> = (0..BATCH)
            .map(|row| self.creation(&format!("{round}-{row}")))
            .collect();
        let created = self.say("/v1/bulk", &json!({ "operations": rows })).expect(200);
        let results = created.at("/results");
        for result in results.as_array().unwrap() {
            let id = result["id"].as_str().unwrap().to_owned();
            self.rows.push((id, result["revision"].as_i64().unwrap()));
        }

        // All or nothing: the last is there already, so none comes.
        let mut refused: Vec<Value> = (0..10)
            .map(|row| self.creation(&format!("{round}-never-{row}")))
            .collect();
        refused.push(self.creation(&format!("{round}-0")));
        self.say("/v1/bulk", &json!({ "operations": refused }))
            .expect(422);
        // Each for itself: those that can come do.
        refused.rotate_right(1);
        refused.truncate(6);
        self.say("/v1/bulk", &json!({"atomic": false, "operations": refused}))
            .expect(200);
        self.say("/v1/standards", &body(OWNERS[0], json!({"title": ""})))
            .expect(422);

        self.revise();
        let title = format!("{} {round}", self.name);
        let single = json!({"title": title, "origin": "self_built", "level": "local"});
        self.say("/v1/standards", &body(OWNERS[1], single)).expect(201);
    }

    /// Changes, hands over and withdraws some of its rows; the last operation rests on a revision that is gone.
    fn revise(&mut self) {
        let mut operations = Vec::new();
        for _ in 0..30 {
            let which = self.chance.below(self.rows.len());
            let (id, revision) = &mut self.rows[which];
            let revise = json!({"op": "patch", "kind": "standard", "id": id, "if_revision": revision, "reason": "按来源更新"});
            let mut revise = revise;
            if self.chance.percent(40) {
                revise["owner"] = OWNERS[self.chance.below(2)].into();
            }
            revise["content"] = json!({"keywords": [format!("{revision}")]});
            operations.push(revise);
            *revision += 1;
        }
        for _ in 0..5 {
            let which = self.chance.below(self.rows.len());
            let (id, revision) = self.rows.swap_remove(which);
            operations.push(json!({"op": "withdraw", "kind": "standard", "id": id, "if_revision": revision, "reason": "重复登记"}));
        }
        let mut failing = operations.clone();
        failing.push(operations[0].clone());
        self.say("/v1/bulk", &json!({ "operations": failing }))
            .expect(422);
        self.say("/v1/bulk", &json!({ "operations": operations }))
            .expect(200);
    }
}

/// How a reader follows.
#[derive(Clone, Copy, Debug)]
enum Manner {
    Pages,
    Lines,
    Waiting,
    Stream,
}

/// One reader: a copy and the connections by which it is kept.
struct Reader {
    manner: Manner,
    filter: &'static str,
    clients: Vec<Client>,
    chance: Chance,
    copy: Copy,
    /// Whether the last row has come.
    last_seen: bool,
}

impl Reader {
    /// Follows until it has seen all there is.
    fn follow(mut self) -> Self {
        loop {
            let client = self.clients[self.chance.below(self.clients.len())].clone();
            let limit = 1 + self.chance.below(300);
            let caught_up = match self.manner {
                Manner::Pages => self.page(&client, limit, 0),
                Manner::Waiting => self.page(&client, 1000, 60),
                Manner::Lines => self.lines(&client),
                Manner::Stream => self.stream(&client),
            };
            if caught_up && self.last_seen {
                return self;
            }
            if !caught_up {
                pause();
            }
        }
    }

    fn apply(&mut self, item: &Value) {
        self.copy.apply(item);
        self.last_seen |= item["content"]["external_id"] == LAST;
    }

    /// One page, if it arrives; whether it was the last for now.
    fn page(&mut self, client: &Client, limit: usize, wait: usize) -> bool {
        let after = self.copy.cursor_or_0();
        let path = format!(
            "/v1/changes?after={after}&limit={limit}&wait={wait}{}",
            self.filter
        );
        let Ok(answer) = client.try_get(&path) else {
            return false;
        };
        if answer.status == 503 {
            return false;
        }
        let page = answer.expect(200).json();
        for item in page["items"].as_array().unwrap() {
            self.apply(item);
        }
        self.copy.cursor = page["next"].as_str().unwrap().to_owned();
        if page["end"] == true {
            self.copy.assert_equal(&page);
        }
        page["end"] == true
    }

    /// All lines that arrive.
    fn lines(&mut self, client: &Client) -> bool {
        let path = format!("/v1/changes?after={}{}", self.copy.cursor_or_0(), self.filter);
        let Ok(mut opened) = client.with("Accept", "application/x-ndjson").open(&path) else {
            return false;
        };
        if opened.status == 503 {
            return false;
        }
        assert_eq!(opened.status, 200, "{path}");
        let body = opened.rest();
        self.last_seen |= body.windows(LAST.len()).any(|window| window == LAST.as_bytes());
        match self.copy.apply_lines(&body) {
            Some(closing) => {
                self.copy.assert_equal(&closing);
                true
            }
            None => {
                // The line it was in may have been cut: it will come again.
                self.last_seen = false;
                false
            }
        }
    }

    /// All events until the stream breaks, or everything has come.
    fn stream(&mut self, client: &Client) -> bool {
        let path = format!("/v1/changes?after=0{}", self.filter);
        let client = client.with("Accept", "text/event-stream");
        let client = client.with("Last-Event-ID", self.copy.cursor_or_0());
        let Ok(mut opened) = client.open(&path) else {
            return false;
        };
        if opened.status == 503 {
            return false;
        }
        assert_eq!(opened.status, 200, "{path}");
        while let Some(event) = opened.event() {
            if event.name == "change" {
                self.apply(&event.data);
            } else {
                self.copy.cursor = event.id;
                self.copy.assert_equal(&event.data);
                if self.last_seen {
                    return true;
                }
            }
        }
        false
    }
}

fn writers(proxies: &[Proxy], token: &str, chance: &mut Chance) -> Vec<Writer> {
    (0..WRITERS)
        .map(|writer| Writer {
            name: format!("writer-{writer}"),
            client: client(proxies[writer % proxies.len()].address())
                .with("Authorization", &format!("Bearer {token}")),
            said: 0,
            chance: chance.fork(),
            rows: Vec::new(),
        })
        .collect()
}

fn readers(proxies: &[Proxy], chance: &mut Chance) -> Vec<Reader> {
    let manners = [
        (Manner::Pages, ""),
        (Manner::Pages, "&owner=370214"),
        (Manner::Lines, ""),
        (Manner::Lines, "&owner=370214&mode=latest"),
        (Manner::Waiting, ""),
        (Manner::Stream, ""),
        (Manner::Stream, "&owner_exact=370214&kind=standard"),
    ];
    manners
        .into_iter()
        .map(|(manner, filter)| Reader {
            manner,
            filter,
            clients: proxies.iter().map(|proxy| client(proxy.address())).collect(),
            chance: chance.fork(),
            copy: Copy::default(),
            last_seen: false,
        })
        .collect()
}

fn client(address: Address) -> Client {
    Client::new(address)
}

fn seed() -> u64 {
    match std::env::var("REGISTRY_TEST_SEED") {
        Ok(seed) => seed.parse().expect("REGISTRY_TEST_SEED is a number"),
        Err(_) => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock");
            u64::from(now.subsec_nanos())
        }
    }
}

/// Kills and restarts instances in turn while rounds are reported; returns when all writers have ended.
fn disturb(instances: &mut [Registry], rounds: &mpsc::Receiver<()>, between: usize) {
    let count = instances.len();
    for (reported, ()) in rounds.iter().enumerate() {
        if (reported + 1) % between == 0 {
            let victim = &mut instances[reported / between % count];
            victim.kill();
            victim.restart();
        }
    }
}

fn work(mut writer: Writer, rounds: usize, done: &Sender<()>) {
    for round in 0..rounds {
        writer.round(round);
        done.send(()).expect("somebody counts");
    }
}

#[rstest]
fn every_reader_converges(#[values((Sqlite, 1), (Postgres, 1), (Postgres, 2))] at: (Backend, usize)) {
    let (backend, count) = at;
    let seed = seed();
    println!("REGISTRY_TEST_SEED={seed}");
    let mut chance = Chance::of(seed);
    let extent = Extent::of_environment();
    let first = Registry::start(backend);
    let others: Vec<_> = (1..count).map(|_| first.second_instance()).collect();
    let mut instances: Vec<_> = std::iter::once(first).chain(others).collect();
    let token = instances[0].token("district", &["370200"], "standards:write");
    let proxies: Vec<Proxy> = instances
        .iter()
        .map(|instance| Proxy::to(instance.shared_address(), chance.fork()))
        .collect();
    let writers = writers(&proxies, &token, &mut chance);
    let readers = readers(&proxies, &mut chance);
    let (done, rounds) = mpsc::channel();

    let readers = thread::scope(|scope| {
        let reading: Vec<_> = readers
            .into_iter()
            .map(|reader| scope.spawn(|| reader.follow()))
            .collect();
        for writer in writers {
            let done = done.clone();
            scope.spawn(move || work(writer, extent.rounds, &done));
        }
        drop(done);
        disturb(&mut instances, &rounds, extent.between_kills);
        let last = json!({"external_id": LAST, "title": LAST, "origin": "self_built", "level": "local"});
        instances[0].as_city().create(OWNERS[0], last);
        let ended = reading.into_iter().map(thread::ScopedJoinHandle::join);
        ended.map(|reader| reader.expect("a reader")).collect::<Vec<_>>()
    });

    let anyone = instances[0].anonymous();
    let head = i64::try_from(anyone.log_head()).unwrap();
    assert!(head >= extent.events, "only {head} events");
    for reader in readers {
        let digest = anyone
            .get(&format!(
                "/v1/digest?{}",
                reader.filter.replace("&mode=latest", "")
            ))
            .expect(200);
        reader.copy.assert_equal(&digest.json());
        if reader.filter.is_empty() {
            let positions = reader.copy.positions.iter().copied();
            assert!(positions.eq(1..=head), "{:?} missed something", reader.manner);
        }
    }
    let (code, told) = instances[0].fsck();
    assert_eq!(code, Some(0), "{told}");
}
