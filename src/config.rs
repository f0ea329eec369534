//! Settings: flags over environment over file over defaults.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::Deserialize;

use crate::access::settings::{AccessSettings, Secret};
use crate::log::note::VerifierKey;
use crate::mirror::bootstrap::Bootstrap;
use crate::mirror::run::Settings as Mirrored;
use crate::registry::signing::key_source::KeySource;
use crate::registry::webhooks::WebhookSettings;
use crate::registry::webhooks::address::Allowed;
use crate::registry::webhooks::network::Network;
use crate::store::conn::Location;

/// How the process writes its own log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// Pretty on a terminal, JSON otherwise.
    #[default]
    Auto,
    Pretty,
    Json,
}

/// Settings as people give them; all may be left out. The file's keys are the flags' names with `_`.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Address to listen on; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, env = "REGISTRY_BIND", global = true, value_name = "ADDRESS:PORT")]
    pub bind: Option<SocketAddr>,
    /// Folder for the embedded database and the token key [default: ./data]
    #[arg(long, env = "REGISTRY_DATA", global = true, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    /// postgres://… or sqlite://…; embedded SQLite in the data folder when absent
    #[arg(
        long,
        env = "DATABASE_URL",
        global = true,
        value_name = "URL",
        hide_env_values = true
    )]
    pub database_url: Option<String>,
    /// Database connections for reading [default: twice the cores, 2 to 8]
    #[arg(long, env = "REGISTRY_READERS", global = true, value_name = "COUNT",
          value_parser = clap::value_parser!(u32).range(1..=256))]
    pub readers: Option<u32>,
    /// Readers that may wait for changes, or be streamed to, at the same time [default: 10000]
    #[arg(long, env = "REGISTRY_FOLLOWERS", global = true, value_name = "COUNT")]
    pub followers: Option<usize>,
    /// Memory for finished answers and contents, in MiB [default: 128]
    #[arg(long, env = "REGISTRY_CACHE_MIB", global = true, value_name = "MIB")]
    pub cache_mib: Option<u64>,
    /// Name of the log, set once, when it begins [default: standards-registry/ and a random suffix]
    #[arg(long, env = "REGISTRY_ORIGIN", global = true, value_name = "NAME")]
    pub origin: Option<String>,
    /// The key that signs the log: a file, or the PEM text itself [default: log-key.pem in the data folder, made at first]
    #[arg(
        long,
        env = "REGISTRY_LOG_KEY",
        global = true,
        value_name = "FILE_OR_PEM",
        hide_env_values = true
    )]
    pub log_key: Option<String>,
    /// Address under which the service is reached from outside, behind a proxy [default: what a request's Host says]
    #[arg(long, env = "REGISTRY_PUBLIC_URL", global = true, value_name = "URL")]
    pub public_url: Option<String>,
    /// Mail address that harvesters are told to write to [default: postmaster at the service's host]
    #[arg(long, env = "REGISTRY_CONTACT", global = true, value_name = "ADDRESS")]
    pub contact: Option<String>,
    /// Requests a second that one client address may make, bursts of ten seconds' worth included; no limit when absent
    #[arg(long, env = "REGISTRY_RATE_LIMIT", global = true, value_name = "PER_SECOND")]
    pub rate_limit: Option<std::num::NonZeroU32>,
    /// Serve a copy of the registry at this address, and follow it; embedded database only
    #[arg(long, env = "REGISTRY_MIRROR_OF", global = true, value_name = "URL")]
    pub mirror_of: Option<String>,
    /// The key to trust a mirrored registry by, `name+id+base64`; its own, on first use, when absent
    #[arg(long, env = "REGISTRY_MIRROR_KEY", global = true, value_name = "VERIFIER_KEY")]
    pub mirror_key: Option<String>,
    /// What a mirror that holds nothing yet begins with. `snapshot`: the present, within seconds; the history follows, and
    /// what needs it is answered 503 until it is there. `history`: the log from its first entry on. [default: snapshot
    /// for `serve --mirror-of`, which has readers; history for `mirror`, which leaves a complete copy either way]
    #[arg(long, env = "REGISTRY_BOOTSTRAP", global = true, value_enum)]
    pub bootstrap: Option<Bootstrap>,
    /// Whether tokens of the data folder's own key are accepted [default: true]
    #[arg(long, env = "REGISTRY_LOCAL_KEY", global = true, value_name = "TRUE_OR_FALSE")]
    pub local_key: Option<bool>,
    /// An identity provider's public keys: a JWKS file, followed when it changes, or its URL
    #[arg(long, env = "REGISTRY_JWKS", global = true, value_name = "FILE_OR_URL")]
    pub jwks: Option<String>,
    /// Issuer that tokens must name
    #[arg(long, env = "REGISTRY_ISSUER", global = true, value_name = "ISS")]
    pub issuer: Option<String>,
    /// Audience that tokens must name
    #[arg(long, env = "REGISTRY_AUDIENCE", global = true, value_name = "AUD")]
    pub audience: Option<String>,
    /// Shared secret for HS256 tokens, which are refused when it is absent
    #[arg(
        long,
        env = "REGISTRY_HS256_SECRET",
        global = true,
        value_name = "SECRET",
        hide_env_values = true
    )]
    pub hs256_secret: Option<String>,
    /// File of revoked token ids and subjects, one a line; read again when it changes
    #[arg(long, env = "REGISTRY_REVOKED", global = true, value_name = "FILE")]
    pub revoked: Option<PathBuf>,
    /// Whether webhooks may point to this machine and private networks [default: false]
    #[arg(
        long,
        env = "REGISTRY_WEBHOOK_ALLOW_PRIVATE",
        global = true,
        value_name = "TRUE_OR_FALSE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    pub webhook_allow_private: Option<bool>,
    /// Private networks that webhooks may point to, between commas: 10.20.0.0/16,fd12:3456::/32
    #[arg(
        long,
        env = "REGISTRY_WEBHOOK_ALLOW",
        global = true,
        value_name = "NETWORKS",
        value_delimiter = ','
    )]
    pub webhook_allow: Option<Vec<Network>>,
    /// Wait before a webhook's second attempt; the later ones grow in proportion, to a day [default: 5000]
    #[arg(
        long,
        env = "REGISTRY_WEBHOOK_RETRY_MS",
        global = true,
        value_name = "MILLISECONDS"
    )]
    pub webhook_retry_ms: Option<u32>,
    /// How to write the process's own log, on stderr
    #[arg(long, env = "REGISTRY_LOG_FORMAT", global = true, value_enum)]
    pub log_format: Option<LogFormat>,
}

/// Settings with every question answered.
#[derive(Clone, Debug)]
pub struct Config {
    pub bind: SocketAddr,
    pub data: PathBuf,
    pub location: Location,
    pub readers: u32,
    pub followers: usize,
    pub cache_bytes: u64,
    pub origin: Option<String>,
    pub log_key: KeySource,
    pub public_url: Option<String>,
    pub contact: Option<String>,
    pub rate_limit: Option<std::num::NonZeroU32>,
    pub mirror_of: Option<String>,
    pub mirror_key: Option<String>,
    pub bootstrap: Option<Bootstrap>,
    pub access: AccessSettings,
    pub webhooks: WebhookSettings,
    pub log_format: LogFormat,
}

const DEFAULT_FOLLOWERS: usize = 10_000;

const DEFAULT_CACHE_MIB: u64 = 128;

/// The Standard Webhooks schedule begins so.
const DEFAULT_WEBHOOK_RETRY_MS: u32 = 5_000;

impl Config {
    /// Answers every question: what was given, else what the file says, else the default.
    pub fn resolve(given: Settings, file: Option<&Path>) -> Result<Self, String> {
        let from_file = file.map(read_file).transpose()?.unwrap_or_default();
        let settings = given.or(from_file);
        let data = settings.data.clone().unwrap_or_else(|| PathBuf::from("./data"));
        let location = Location::from_url(settings.database_url.as_deref(), &data)?;
        let access = settings.access(&data)?;
        let log_key = KeySource::new(&data, settings.log_key.as_deref());
        if let Some(origin) = &settings.origin
            && !VerifierKey::is_name(origin)
        {
            return Err(
                "the name of the log must not be empty nor hold blanks or +, for checkpoints carry it"
                    .to_owned(),
            );
        }
        let webhooks = settings.webhooks();
        if let Some(url) = settings.public_url.as_deref().filter(|url| !is_url(url)) {
            return Err(format!(
                "the public URL must begin with http:// or https://, found {url}"
            ));
        }
        Ok(Self {
            bind: settings
                .bind
                .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
            location,
            data,
            readers: settings.readers.unwrap_or_else(default_readers),
            followers: settings.followers.unwrap_or(DEFAULT_FOLLOWERS),
            cache_bytes: settings.cache_mib.unwrap_or(DEFAULT_CACHE_MIB) * 1024 * 1024,
            origin: settings.origin,
            log_key,
            public_url: settings.public_url,
            contact: settings.contact,
            rate_limit: settings.rate_limit,
            mirror_of: settings.mirror_of,
            mirror_key: settings.mirror_key,
            bootstrap: settings.bootstrap,
            access,
            webhooks,
            log_format: settings.log_format.unwrap_or_default(),
        })
    }

    /// What is mirrored, if this is to be a mirror.
    pub fn mirror(&self) -> Option<Result<Mirrored, String>> {
        let source = self.mirror_of.clone()?;
        Some(self.mirror_from(source, self.mirror_key.clone(), Bootstrap::Snapshot))
    }

    /// A mirror of a source, in the data folder. What was not said otherwise begins as its user has it begin.
    pub fn mirror_from(
        &self,
        source: String,
        key: Option<String>,
        bootstrap: Bootstrap,
    ) -> Result<Mirrored, String> {
        let Location::Sqlite(database) = &self.location else {
            return Err(
                "a mirror keeps its copy in the embedded database: leave DATABASE_URL unset".to_owned(),
            );
        };
        Ok(Mirrored {
            source,
            key,
            data: self.data.clone(),
            database: database.clone(),
            bootstrap: self.bootstrap.unwrap_or(bootstrap),
        })
    }

    /// Makes the data folder, which holds keys: nobody else may look into it.
    pub fn create_data_folder(&self) -> std::io::Result<()> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.data)
    }
}

impl Settings {
    /// Where webhooks may point and how they are tried again.
    fn webhooks(&self) -> WebhookSettings {
        let retry_ms = self.webhook_retry_ms.unwrap_or(DEFAULT_WEBHOOK_RETRY_MS);
        WebhookSettings {
            allowed: Allowed {
                private: self.webhook_allow_private.unwrap_or(false),
                networks: self.webhook_allow.clone().unwrap_or_default(),
            },
            retry_base: Duration::from_millis(retry_ms.into()),
        }
    }

    /// Which tokens are accepted.
    fn access(&self, data: &Path) -> Result<AccessSettings, String> {
        let published = self.jwks.as_deref();
        let secret = self.hs256_secret.clone().map(Secret::new);
        Ok(AccessSettings {
            local_key: self.local_key.unwrap_or(true),
            jwks_file: published.filter(|place| !is_url(place)).map(PathBuf::from),
            jwks_url: published.filter(|place| is_url(place)).map(str::to_owned),
            hs256_secret: secret.transpose().map_err(|error| error.to_string())?,
            issuer: self.issuer.clone(),
            audience: self.audience.clone(),
            revoked_file: self.revoked.clone(),
            ..AccessSettings::local(data)
        })
    }

    /// What is given here, and `weaker` for the rest.
    fn or(self, weaker: Self) -> Self {
        Self {
            bind: self.bind.or(weaker.bind),
            data: self.data.or(weaker.data),
            database_url: self.database_url.or(weaker.database_url),
            readers: self.readers.or(weaker.readers),
            followers: self.followers.or(weaker.followers),
            cache_mib: self.cache_mib.or(weaker.cache_mib),
            origin: self.origin.or(weaker.origin),
            log_key: self.log_key.or(weaker.log_key),
            public_url: self.public_url.or(weaker.public_url),
            contact: self.contact.or(weaker.contact),
            rate_limit: self.rate_limit.or(weaker.rate_limit),
            mirror_of: self.mirror_of.or(weaker.mirror_of),
            mirror_key: self.mirror_key.or(weaker.mirror_key),
            bootstrap: self.bootstrap.or(weaker.bootstrap),
            local_key: self.local_key.or(weaker.local_key),
            jwks: self.jwks.or(weaker.jwks),
            issuer: self.issuer.or(weaker.issuer),
            audience: self.audience.or(weaker.audience),
            hs256_secret: self.hs256_secret.or(weaker.hs256_secret),
            revoked: self.revoked.or(weaker.revoked),
            webhook_allow_private: self.webhook_allow_private.or(weaker.webhook_allow_private),
            webhook_allow: self.webhook_allow.or(weaker.webhook_allow),
            webhook_retry_ms: self.webhook_retry_ms.or(weaker.webhook_retry_ms),
            log_format: self.log_format.or(weaker.log_format),
        }
    }
}

fn is_url(place: &str) -> bool {
    place.starts_with("https://") || place.starts_with("http://")
}

fn read_file(path: &Path) -> Result<Settings, String> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{shown}: {error}"))?;
    toml::from_str(&text).map_err(|error| format!("{shown}: {error}"))
}

/// Twice the cores is where reads stop gaining and start waiting for each other.
fn default_readers() -> u32 {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    u32::try_from(cores * 2).unwrap_or(u32::MAX).clamp(2, 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_wins_over_the_file_and_the_file_over_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("registry.toml");
        std::fs::write(&file, "bind = \"0.0.0.0:9000\"\nreaders = 3\n").unwrap();
        let given = Settings {
            readers: Some(5),
            ..Settings::default()
        };
        let config = Config::resolve(given, Some(&file)).unwrap();
        assert_eq!(config.bind.to_string(), "0.0.0.0:9000");
        assert_eq!(config.readers, 5);
        assert_eq!(config.location, Location::Sqlite("./data/registry.sqlite".into()));
    }

    #[test]
    fn a_misspelt_key_in_the_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("registry.toml");
        std::fs::write(&file, "bnid = \"0.0.0.0:9000\"\n").unwrap();
        assert!(
            Config::resolve(Settings::default(), Some(&file))
                .unwrap_err()
                .contains("bnid")
        );
    }
}
