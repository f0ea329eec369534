//! Migrations: the same steps on both databases, reversible, and safe when several instances start at once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test reports by panicking"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use tempfile::TempDir;

fn folder(database: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("migrations")
        .join(database)
}

fn migrations(database: &str) -> FileBasedMigrations {
    FileBasedMigrations::from_path(folder(database)).expect("a folder of migrations")
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// An empty PostgreSQL database, dropped with this value.
struct Fresh {
    name: String,
}

impl Fresh {
    fn create() -> Self {
        let name = format!("registry_migrations_{}", uuid::Uuid::now_v7().simple());
        server()
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .expect("a new database");
        Self { name }
    }

    fn url(&self) -> String {
        let server = server_url();
        let (address, _) = server.rsplit_once('/').expect("a URL that names a database");
        format!("{address}/{}", self.name)
    }

    fn connect(&self) -> PgConnection {
        PgConnection::establish(&self.url()).expect("the new database")
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        if let Ok(mut server) = PgConnection::establish(&server_url()) {
            let _ = server.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        }
    }
}

fn server_url() -> String {
    let url = std::env::var("TEST_POSTGRES_URL");
    url.expect("TEST_POSTGRES_URL is not set. Run tests/run, which starts a PostgreSQL for the tests.")
}

fn server() -> PgConnection {
    PgConnection::establish(&server_url()).expect("PostgreSQL for tests")
}

#[test]
fn both_databases_have_the_same_steps_each_with_a_way_back() {
    let steps = |database: &str| -> BTreeSet<String> {
        fs::read_dir(folder(database))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir())
            .map(|path| {
                for script in ["up.sql", "down.sql"] {
                    assert!(path.join(script).is_file(), "{} has no {script}", path.display());
                }
                path.file_name().unwrap().to_string_lossy().into_owned()
            })
            .collect()
    };
    assert_eq!(steps("postgresql"), steps("sqlite"));
}

#[test]
fn going_up_and_down_leaves_sqlite_empty() {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    conn.run_pending_migrations(migrations("sqlite")).unwrap();
    conn.revert_all_migrations(migrations("sqlite")).unwrap();
    let left: Vec<Name> = sql_query(
        "SELECT name FROM sqlite_master WHERE name NOT LIKE '%diesel%' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    )
    .load(&mut conn)
    .unwrap();
    let left: Vec<_> = left.into_iter().map(|left| left.name).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn going_up_and_down_leaves_postgresql_empty() {
    let fresh = Fresh::create();
    let mut conn = fresh.connect();
    conn.run_pending_migrations(migrations("postgresql")).unwrap();
    conn.revert_all_migrations(migrations("postgresql")).unwrap();
    let left: Vec<Name> = sql_query(
        "SELECT name FROM (SELECT relname::text AS name FROM pg_class \
         WHERE relnamespace = 'public'::regnamespace UNION ALL SELECT proname::text FROM pg_proc \
         WHERE pronamespace = 'public'::regnamespace) AS left_over WHERE name NOT LIKE '%diesel%'",
    )
    .load(&mut conn)
    .unwrap();
    let left: Vec<_> = left.into_iter().map(|left| left.name).collect();
    assert!(left.is_empty(), "{left:?}");
}

/// Starts the binary's own `migrate`.
fn migrate(url: &str, data: &TempDir) -> Child {
    Command::new(env!("CARGO_BIN_EXE_standards-registry"))
        .arg("migrate")
        .arg("--data")
        .arg(data.path())
        .env("DATABASE_URL", url)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts")
}

fn all_succeed(instances: Vec<Child>) {
    for instance in instances {
        let output = instance.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn six_instances_migrate_one_fresh_database_at_once() {
    let fresh = Fresh::create();
    let data = TempDir::new().unwrap();
    all_succeed((0..6).map(|_| migrate(&fresh.url(), &data)).collect());
    let applied: Count = sql_query("SELECT COUNT(*) AS count FROM __diesel_schema_migrations")
        .get_result(&mut fresh.connect())
        .unwrap();
    let steps = fs::read_dir(folder("postgresql")).unwrap();
    let steps = steps
        .filter(|step| step.as_ref().unwrap().path().is_dir())
        .count();
    assert_eq!(usize::try_from(applied.count), Ok(steps));
}

#[test]
fn an_instance_waits_its_turn_however_long_another_takes() {
    /// The key of the lock under which instances set a database up.
    const SETUP_LOCK: i64 = 0x5245_4749_5354_5259;
    let fresh = Fresh::create();
    let data = TempDir::new().unwrap();
    let mut slow = fresh.connect();
    slow.batch_execute(&format!("SELECT pg_advisory_lock({SETUP_LOCK})"))
        .unwrap();
    let waiting = migrate(&fresh.url(), &data);
    // Longer than a writer would wait for the head.
    slow.batch_execute("SELECT pg_sleep(6)").unwrap();
    slow.batch_execute(&format!("SELECT pg_advisory_unlock({SETUP_LOCK})"))
        .unwrap();
    all_succeed(vec![waiting]);
}
