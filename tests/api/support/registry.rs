//! A registry of its own for one test: process, data folder, database, tokens.

use std::collections::HashMap;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, RwLock};
use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use standards_registry::store::conn::Location;
use tempfile::TempDir;

use super::Backend;
use super::client::{Address, Client};
use super::database::Database;
use super::middleman::Middleman;
use super::process::{Process, memory_of};

const BINARY: &str = env!("CARGO_BIN_EXE_standards-registry");
const CITY: &str = "370200";
const WRITE: &str = "standards:write frameworks:write";

/// A subcommand of the binary on a data folder, with nothing of this process's settings.
pub fn command(subcommand: &str, data: &Path) -> Command {
    let mut command = Command::new(BINARY);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("REGISTRY_")) {
        command.env_remove(name);
    }
    command.env_remove("DATABASE_URL");
    command.current_dir(data).arg(subcommand).arg("--data").arg(data);
    command
}

/// A running server. Dropping it ends the process, then drops the database and the data folder.
pub struct Registry {
    // In the order of dropping: the process first, then what it uses.
    process: Option<Process>,
    database: Option<Arc<Database>>,
    data: Arc<TempDir>,
    settings: Vec<(String, String)>,
    address: Address,
    tokens: Mutex<HashMap<[String; 3], String>>,
}

impl Registry {
    pub fn start(backend: Backend) -> Self {
        Self::start_with(backend, &[])
    }

    /// With settings by environment variable, as `("REGISTRY_…", "value")`.
    pub fn start_with(backend: Backend, settings: &[(&str, &str)]) -> Self {
        let database = (backend == Backend::Postgres).then(|| Arc::new(Database::create()));
        let data = Arc::new(TempDir::with_prefix("registry-test-").expect("a folder for data"));
        let settings = settings
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect();
        Self::launch(database, data, settings)
    }

    /// One more process on the same PostgreSQL database and data folder.
    pub fn second_instance(&self) -> Self {
        assert!(
            self.database.is_some(),
            "a SQLite file belongs to one process; several share PostgreSQL"
        );
        Self::launch(self.database.clone(), self.data.clone(), self.settings.clone())
    }

    /// Several processes on one empty PostgreSQL database, all started at the same moment.
    pub fn start_together(instances: usize) -> Vec<Self> {
        let database = Arc::new(Database::create_empty());
        let data = Arc::new(TempDir::with_prefix("registry-test-").expect("a folder for data"));
        thread::scope(|scope| {
            let starting: Vec<_> = (0..instances)
                .map(|_| scope.spawn(|| Self::launch(Some(database.clone()), data.clone(), Vec::new())))
                .collect();
            let started = starting.into_iter().map(thread::ScopedJoinHandle::join);
            started.map(|instance| instance.expect("a registry")).collect()
        })
    }

    /// A registry on a backup of this one as it is now, with a data folder of its own. This one must be stopped.
    pub fn restored_elsewhere(&self) -> Self {
        assert!(self.process.is_none(), "what is to be copied must stand still");
        let data = Arc::new(TempDir::with_prefix("registry-test-").expect("a folder for data"));
        let database = self.database.as_ref();
        let database = database.map(|database| Arc::new(Database::copy_of(database)));
        if database.is_none() {
            let file = "registry.sqlite";
            std::fs::copy(self.data.path().join(file), data.path().join(file)).expect("a backup");
        }
        Self::launch(database, data, self.settings.clone())
    }

    fn launch(database: Option<Arc<Database>>, data: Arc<TempDir>, settings: Vec<(String, String)>) -> Self {
        let mut registry = Self {
            process: None,
            database,
            data,
            settings,
            address: Arc::new(RwLock::new(String::new())),
            tokens: Mutex::default(),
        };
        registry.restart();
        registry
    }

    /// Starts again on the same data, after an orderly stop if it is still running. Clients stay valid.
    pub fn restart(&mut self) {
        if self.process.is_some() {
            self.stop();
        }
        let mut serve = self.command("serve");
        let (process, address) = Process::start(
            serve.args(["--bind", "127.0.0.1:0"]),
            &self.data.path().join("stderr.log"),
        );
        *self.address.write().unwrap() = address;
        let anyone = self.anonymous();
        process.wait_until("ready", || anyone.get("/readyz").status == 200);
        self.process = Some(process);
    }

    /// SIGTERM, and the exit status it led to.
    pub fn stop(&mut self) -> ExitStatus {
        self.process.take().expect("a running server").stop()
    }

    /// SIGKILL, as in a crash.
    pub fn kill(&mut self) {
        self.process.take().expect("a running server").kill();
    }

    /// A subcommand of the binary on this registry's data: `registry.command("fsck").output()`.
    pub fn command(&self, subcommand: &str) -> Command {
        let mut command = command(subcommand, self.data.path());
        if let Some(database) = &self.database {
            command.env("DATABASE_URL", database.url());
        }
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    /// SQL past the registry, as somebody with the database's password might run.
    pub fn execute(&self, sql: &str) -> Result<(), String> {
        let done = match &self.database {
            Some(database) => PgConnection::establish(&database.url())
                .expect("the test's database")
                .batch_execute(sql),
            None => {
                let file = self.data.path().join("registry.sqlite");
                SqliteConnection::establish(&file.to_string_lossy())
                    .expect("the registry's file")
                    .batch_execute(sql)
            }
        };
        done.map_err(|error| error.to_string())
    }

    /// Where its data is, for tests that go past the service.
    pub fn location(&self) -> Location {
        match &self.database {
            Some(database) => Location::Postgres(database.url()),
            None => Location::Sqlite(self.data.path().join("registry.sqlite")),
        }
    }

    /// Holds the lock every write needs, as an instance in the middle of a transaction does, until it is dropped.
    pub fn hold_writes(&self) -> Box<dyn SimpleConnection> {
        match &self.database {
            Some(database) => {
                let mut held = PgConnection::establish(&database.url()).expect("the test's database");
                held.batch_execute("BEGIN; SELECT * FROM log_head FOR UPDATE")
                    .expect("the head's lock");
                Box::new(held)
            }
            None => {
                let file = self.data.path().join("registry.sqlite");
                let mut held =
                    SqliteConnection::establish(&file.to_string_lossy()).expect("the registry's file");
                held.batch_execute("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE")
                    .expect("the file's lock");
                Box::new(held)
            }
        }
    }

    /// Waits until so many writes wait or are under way.
    pub fn wait_for_writes(&self, count: usize) {
        self.wait_for_measure("registry_writes_waiting", count);
    }

    /// Waits until so many readers wait for changes or are streamed to.
    pub fn wait_for_followers(&self, count: usize) {
        self.wait_for_measure("registry_followers", count);
    }

    /// Asks until the answer is yes, for what nothing else tells of.
    pub fn wait_until(&self, what: &str, done: impl Fn() -> bool) {
        let process = self.process.as_ref().expect("a running server");
        process.wait_until(what, done);
    }

    /// What the process has written to its own log so far.
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.data.path().join("stderr.log")).expect("the process's log")
    }

    fn wait_for_measure(&self, name: &str, count: usize) {
        let anyone = self.anonymous();
        let wanted = format!("{name} {count}");
        let process = self.process.as_ref().expect("a running server");
        process.wait_until("as busy as awaited", || {
            anyone.get("/metrics").text().lines().any(|line| line == wanted)
        });
    }

    /// The most memory of its own (file mappings left out) that the server held while `work` ran, in bytes.
    pub fn peak_memory<T>(&self, work: impl FnOnce() -> T) -> (T, u64) {
        const LOOK_AGAIN: Duration = Duration::from_millis(2);
        let process = self.process.as_ref().expect("a running server").id();
        let (done, is_done) = mpsc::channel::<()>();
        thread::scope(|scope| {
            let watching = scope.spawn(move || {
                let mut peak = memory_of(process);
                while is_done.recv_timeout(LOOK_AGAIN) == Err(RecvTimeoutError::Timeout) {
                    peak = peak.max(memory_of(process));
                }
                peak
            });
            let outcome = work();
            drop(done);
            (outcome, watching.join().expect("the watch ends"))
        })
    }

    /// Somebody between it and its readers, whose address stays when the registry's changes.
    pub fn middleman(&self) -> Middleman {
        Middleman::before(self.address.clone())
    }

    /// Its data folder.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// What it said on standard error so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.data.path().join("stderr.log")).unwrap_or_default()
    }

    /// Where it listens, for tests that speak below HTTP: `http://127.0.0.1:<port>`.
    pub fn address(&self) -> String {
        self.address.read().unwrap().clone()
    }

    /// The same, as clients share it: it follows the registry to another port.
    pub fn shared_address(&self) -> Address {
        self.address.clone()
    }

    /// A JWT made by the binary itself, good for an hour.
    pub fn token(&self, subject: &str, districts: &[&str], scopes: &str) -> String {
        let mut tokens = self.tokens.lock().unwrap();
        let wanted = [subject.to_owned(), districts.join(" "), scopes.to_owned()];
        tokens
            .entry(wanted)
            .or_insert_with(|| self.make_token(subject, districts, scopes))
            .clone()
    }

    fn make_token(&self, subject: &str, districts: &[&str], scopes: &str) -> String {
        let mut command = self.command("token");
        command.args(["--subject", subject, "--scope", scopes, "--ttl", "1h"]);
        for district in districts {
            command.args(["--district", district]);
        }
        let made = command.output().expect("the token command runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        String::from_utf8(made.stdout)
            .expect("a token is ASCII")
            .trim_end()
            .to_owned()
    }

    pub fn anonymous(&self) -> Client {
        Client::new(self.address.clone())
    }

    /// Someone with these rights.
    pub fn as_subject(&self, subject: &str, districts: &[&str], scopes: &str) -> Client {
        self.anonymous().with(
            "Authorization",
            &format!("Bearer {}", self.token(subject, districts, scopes)),
        )
    }

    /// The city's standards office: may write everything under 370200.
    pub fn as_city(&self) -> Client {
        self.as_subject("city", &[CITY], WRITE)
    }

    /// A district's system: may write its own catalogue.
    pub fn as_district(&self, district: &str) -> Client {
        self.as_subject(&format!("district-{district}"), &[district], WRITE)
    }

    /// May read the audit trail, and write nothing.
    pub fn as_auditor(&self) -> Client {
        self.as_subject("auditor", &[], "audit:read")
    }

    /// May redact and manage webhooks and keys, and has no reach of its own.
    pub fn as_admin(&self) -> Client {
        self.as_subject("admin", &[], "admin")
    }
}
