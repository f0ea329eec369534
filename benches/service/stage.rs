//! A running service with a catalogue in it, and an empty database of the same shape beside it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use serde_json::Value;
use standards_registry::registry::setup;
use standards_registry::store::conn::Location;
use tempfile::TempDir;

use crate::Outcome;
use crate::catalogue::{Catalogue, OWNER, ROWS};
use crate::client::Client;
use crate::options::Database;

const SERVER: &str = env!("CARGO_BIN_EXE_standards-registry");

/// The databases made on a PostgreSQL server: the service's and the bare one.
const DATABASES: [&str; 2] = ["registry_bench", "registry_bench_bare"];

pub struct Stage {
    process: Child,
    /// Where the service listens.
    pub address: String,
    pub token: String,
    pub catalogue: Catalogue,
    /// The entries registered before anything is measured.
    pub ids: Vec<String>,
    /// The service's own database.
    pub location: Location,
    /// A database that only baselines use.
    pub bare: Location,
    /// Removed with everything in it at the end; lies beside the build, on a real disk.
    pub folder: TempDir,
}

impl Stage {
    pub fn set(database: Database) -> Outcome<Self> {
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR"))?;
        let (location, bare) = locations(database, folder.path())?;
        setup::set_up(&bare, Some("bench")).map_err(|problem| problem.detail.en)?;
        let data = folder.path().join("data");
        let (process, address) = start(&location, &data)?;
        let mut stage = Self {
            process,
            address,
            token: token(&data)?,
            catalogue: Catalogue::new()?,
            ids: Vec::new(),
            location,
            bare,
            folder,
        };
        stage.ids = stage.register_catalogue()?;
        Ok(stage)
    }

    pub fn client(&self) -> Outcome<Client> {
        Client::connect(&self.address)
    }

    /// Registers more until there are so many.
    pub fn fill(&self, entries: usize) -> Outcome<()> {
        const PER_REQUEST: usize = 10_000;
        while self.catalogue.made()? < entries {
            let body = self.catalogue.bulk(PER_REQUEST)?;
            self.client()?.post("/v1/bulk", &self.token, &body)?.expect(200)?;
        }
        Ok(())
    }

    fn register_catalogue(&self) -> Outcome<Vec<String>> {
        let body = self.catalogue.bulk(ROWS)?;
        let reply = self.client()?.post("/v1/bulk", &self.token, &body)?.expect(200)?;
        let answer: Value = serde_json::from_slice(&reply.body)?;
        let results = answer
            .get("results")
            .and_then(Value::as_array)
            .ok_or("no results")?;
        Ok(results
            .iter()
            .filter_map(|result| Some(result.get("id")?.as_str()?.to_owned()))
            .collect())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // Its database goes too: nothing is worth an orderly end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn locations(database: Database, folder: &Path) -> Outcome<(Location, Location)> {
    match database {
        Database::Sqlite => Ok((
            Location::Sqlite(folder.join("registry.sqlite")),
            Location::Sqlite(folder.join("bare.sqlite")),
        )),
        Database::Postgres(server) => {
            let mut admin = PgConnection::establish(server)?;
            let (host, _) = server.rsplit_once('/').ok_or("an address without a database")?;
            for name in DATABASES {
                admin.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))?;
                admin.batch_execute(&format!("CREATE DATABASE {name}"))?;
            }
            let [ours, bare] = DATABASES.map(|name| Location::Postgres(format!("{host}/{name}")));
            Ok((ours, bare))
        }
    }
}

fn url(location: &Location) -> String {
    match location {
        Location::Sqlite(path) => format!("sqlite://{}", path.display()),
        Location::Postgres(url) => url.clone(),
    }
}

/// Starts the service as it is delivered. Its log is written as always, to where writing costs no disk time.
fn start(location: &Location, data: &Path) -> Outcome<(Child, String)> {
    let mut process = Command::new(SERVER)
        .args(["serve", "--bind", "127.0.0.1:0", "--data"])
        .arg(data)
        .env("DATABASE_URL", url(location))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let said = BufReader::new(process.stdout.take().ok_or("no pipe")?);
    for line in said.lines() {
        if let Some((_, address)) = line?.split_once("http://") {
            return Ok((process, address.trim().to_owned()));
        }
    }
    Err("the service ended before it listened".into())
}

/// Makes a mirror in a folder of its own, until it is equal to its source.
pub fn mirror_once(source: &str, folder: &Path) -> Outcome<()> {
    let output = Command::new(SERVER)
        .arg("mirror")
        .arg(format!("http://{source}"))
        .args(["--once", "--data"])
        .arg(folder)
        .env_remove("DATABASE_URL")
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into())
}

fn token(data: &Path) -> Outcome<String> {
    let output = Command::new(SERVER)
        .args(["token", "--subject", "bench", "--district", OWNER])
        .args(["--scope", "standards:write", "--ttl", "24h", "--data"])
        .arg(data)
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
