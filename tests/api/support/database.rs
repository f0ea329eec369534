//! One PostgreSQL database for each test, copied in milliseconds from a migrated template.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;

use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{Connection, PgConnection, RunQueryDsl, sql_query};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use uuid::Uuid;

/// Tells template builders of all test processes apart from other users of advisory locks.
const TEMPLATE_LOCK: i64 = 0x7465_6d70_6c61_7465;

/// A database of its own, dropped with this value.
pub struct Database {
    name: String,
}

impl Database {
    pub fn create() -> Self {
        let mut server = connect("postgres");
        let template = ensure_template(&mut server);
        let name = format!("registry_test_{}", Uuid::now_v7().simple());
        run(
            &mut server,
            &format!("CREATE DATABASE {name} TEMPLATE {template}"),
        );
        Self { name }
    }

    /// As a server has it when nothing has been set up yet.
    pub fn create_empty() -> Self {
        let name = format!("registry_test_{}", Uuid::now_v7().simple());
        run(&mut connect("postgres"), &format!("CREATE DATABASE {name}"));
        Self { name }
    }

    /// A copy of another that nobody is connected to.
    pub fn copy_of(original: &Self) -> Self {
        let name = format!("registry_test_{}", Uuid::now_v7().simple());
        run(
            &mut connect("postgres"),
            &format!("CREATE DATABASE {name} TEMPLATE {}", original.name),
        );
        Self { name }
    }

    pub fn url(&self) -> String {
        url_of(&self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // Best effort: the server may be going down with the test run, and a panic here would abort.
        if let Ok(mut server) = PgConnection::establish(&url_of("postgres")) {
            let _ = server.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        }
    }
}

/// The name of a database with all migrations applied. It is named after their text, so that changed
/// migrations make a new one, and gets its name only when complete, so that a half-built one is never used.
fn ensure_template(server: &mut PgConnection) -> String {
    let template = format!("registry_template_{:016x}", migrations_digest());
    if exists(server, &template) {
        return template;
    }
    run(server, &format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})"));
    if !exists(server, &template) {
        let draft = format!("{template}_draft");
        run(server, &format!("DROP DATABASE IF EXISTS {draft} WITH (FORCE)"));
        run(server, &format!("CREATE DATABASE {draft}"));
        let migrations = FileBasedMigrations::from_path(migrations_folder()).expect("migrations");
        connect(&draft)
            .run_pending_migrations(migrations)
            .expect("migrations apply to an empty database");
        run(server, &format!("ALTER DATABASE {draft} RENAME TO {template}"));
    }
    run(server, &format!("SELECT pg_advisory_unlock({TEMPLATE_LOCK})"));
    template
}

fn migrations_folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "migrations", "postgresql"]
        .iter()
        .collect()
}

fn migrations_digest() -> u64 {
    let entries = fs::read_dir(migrations_folder()).expect("the folder of migrations");
    let mut scripts: Vec<_> = entries
        .map(|entry| entry.unwrap().path().join("up.sql"))
        .collect();
    scripts.retain(|script| script.is_file());
    scripts.sort();
    let mut hasher = DefaultHasher::new();
    for script in scripts {
        script.hash(&mut hasher);
        fs::read(script).expect("a migration").hash(&mut hasher);
    }
    hasher.finish()
}

fn exists(server: &mut PgConnection, name: &str) -> bool {
    let query = sql_query("SELECT 1 FROM pg_database WHERE datname = $1").bind::<Text, _>(name);
    query.execute(server).expect("the list of databases") == 1
}

fn run(server: &mut PgConnection, statement: &str) {
    server
        .batch_execute(statement)
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
}

fn connect(database: &str) -> PgConnection {
    PgConnection::establish(&url_of(database)).unwrap_or_else(|error| panic!("PostgreSQL for tests: {error}"))
}

/// `TEST_POSTGRES_URL` with another database name.
fn url_of(database: &str) -> String {
    let server = std::env::var("TEST_POSTGRES_URL").unwrap_or_else(|_| {
        panic!("TEST_POSTGRES_URL is not set. Run tests/run, which starts a PostgreSQL for the tests, or name a server.")
    });
    let (address, options) = match server.split_once('?') {
        Some((address, options)) => (address, format!("?{options}")),
        None => (server.as_str(), String::new()),
    };
    let host = address
        .strip_prefix("postgres://")
        .or_else(|| address.strip_prefix("postgresql://"));
    let host = host.expect("TEST_POSTGRES_URL starts with postgres://");
    let host = host.split_once('/').map_or(host, |(host, _)| host);
    format!("postgres://{host}/{database}{options}")
}
