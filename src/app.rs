//! The application: built on a given address, run until told to stop. Tests build the same.

use std::net::SocketAddr;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::{NormalizePath, TrailingSlash, from_fn};
use actix_web::{App, HttpServer, web};

use crate::access::verifier::Verifier;
use crate::config::Config;
use crate::domain::problem::Problem;
use crate::http::feed::Followers;
use crate::http::limit::{self, Limit};
use crate::http::state::{Shared, State};
use crate::http::{Metrics, answer, browser, nothing_here, observe, operations, pages, route};
use crate::mirror::run::{Following, Mirror, Settings as Mirrored};
use crate::registry::service::{Registry, RegistrySettings};
use crate::registry::signing::guard::Guard;
use crate::store::sole_use::SoleUse;

/// How long a client may take over the head of its request; slower ones hold connections hostage.
const SLOWEST_HEAD: Duration = Duration::from_secs(10);

/// How long requests under way may take to finish once the service is told to stop.
const FAREWELL_SECONDS: u64 = 30;

/// Connections one worker holds before it stops accepting.
const CONNECTIONS_PER_WORKER: usize = 4096;

/// A service that listens but does not answer yet.
pub struct Application {
    server: Server,
    address: SocketAddr,
    registry: Registry,
    /// Present in a mirror.
    _following: Option<Following>,
    /// Held until the last write is done.
    _sole_use: SoleUse,
}

impl Application {
    /// Opens the registry and the port. The message is for the operator.
    pub async fn build(config: &Config) -> Result<Self, String> {
        config
            .create_data_folder()
            .map_err(|error| format!("{}: {error}", config.data.display()))?;
        let sole_use = SoleUse::take(&config.location).map_err(|text| text.in_both())?;
        let settings = RegistrySettings {
            location: config.location.clone(),
            read_connections: config.readers,
            origin: config.origin.clone(),
            cache_bytes: config.cache_bytes / 2,
            keys: config.log_key.clone(),
            guard: Guard::in_folder(&config.data),
            webhooks: config.webhooks.clone(),
        };
        let mirrored = config.mirror().transpose()?;
        let opened = tokio::task::spawn_blocking(move || open(&settings, mirrored));
        let (registry, following) = opened.await.map_err(|error| error.to_string())??;
        let state = Shared::new(State {
            registry: registry.clone(),
            verifier: Verifier::open(&config.access).map_err(|error| error.to_string())?,
            answers: answer::Cache::new(config.cache_bytes / 2),
            metrics: Metrics::new().map_err(|error| error.to_string())?,
            followers: Followers::at_most(config.followers),
            limit: config.rate_limit.map(Limit::per_second),
            public_url: config.public_url.clone(),
            contact: config.contact.clone(),
            mirror: following.as_ref().map(|following| following.status.clone()),
        });
        let (server, address) =
            listen(config.bind, state).map_err(|error| format!("{}: {error}", config.bind))?;
        Ok(Self {
            server,
            address,
            registry,
            _following: following,
            _sole_use: sole_use,
        })
    }

    /// Where it listens; with port 0, the port that was free.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops the service from outside.
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }

    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Serves until SIGTERM, SIGINT or the handle says stop; then finishes what was accepted, requests and writes.
    pub async fn run(self) -> std::io::Result<()> {
        let registry = self.registry.clone();
        // Streams end only when told: without this they would use up the time for farewells.
        actix_web::rt::spawn(async move {
            told_to_stop().await;
            registry.stop_waiting();
        });
        let registry = self.registry.clone();
        let signing = actix_web::rt::spawn(async move { registry.keep_signing().await });
        let registry = self.registry.clone();
        let forgetting = actix_web::rt::spawn(async move { registry.keep_forgetting().await });
        let outcome = self.server.await;
        forgetting.abort();
        signing.abort();
        self.registry.shut_down().await;
        outcome
    }
}

/// Returns when the operator or the terminal asks for an end.
#[cfg(unix)]
async fn told_to_stop() {
    use actix_web::rt::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
        (Ok(mut terminate), Ok(mut interrupt)) => tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        },
        // Unheard, the end comes all the same, only later.
        _ => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn told_to_stop() {
    if actix_web::rt::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}

/// The registry itself, or a copy of another that is followed from now on.
fn open(
    settings: &RegistrySettings,
    mirrored: Option<Mirrored>,
) -> Result<(Registry, Option<Following>), String> {
    let cause = |problem: Problem| problem.cause.unwrap_or(problem.detail.en);
    let Some(mirrored) = mirrored else {
        return Ok((Registry::open(settings).map_err(cause)?, None));
    };
    let mirror = Mirror::begin(&mirrored)?;
    let registry = Registry::open_copy(settings).map_err(cause)?;
    let following = mirror
        .start(registry.clone())
        .map_err(|error| error.to_string())?;
    Ok((registry, Some(following)))
}

fn listen(bind: SocketAddr, state: Shared) -> std::io::Result<(Server, SocketAddr)> {
    let listener = std::net::TcpListener::bind(bind)?;
    let address = listener.local_addr()?;
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            // The last wrapped is the first to see a request.
            .wrap(NormalizePath::new(TrailingSlash::MergeOnly))
            .wrap(from_fn(limit::limit))
            .wrap(from_fn(observe::observe))
            .configure(|config| route::register(operations(), config))
            .service(web::redirect("/docs", "/docs/"))
            .service(browser())
            .configure(pages)
            .default_service(web::route().to(nothing_here))
    })
    .client_request_timeout(SLOWEST_HEAD)
    .keep_alive(Duration::from_secs(75))
    // Who hangs up does not want the answer any more: what waits or streams for them ends at once.
    .h1_allow_half_closed(false)
    .max_connections(CONNECTIONS_PER_WORKER)
    .shutdown_timeout(FAREWELL_SECONDS)
    .listen(listener)?
    .run();
    Ok((server, address))
}
