//! What is different where a copy is served: it takes no writes, and it says how far behind it is.

use actix_web::dev::ServiceRequest;
use prometheus::core::Collector;
use prometheus::proto::MetricFamily;
use prometheus::{IntGauge, Registry};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::problem::{Problem, ProblemType};
use crate::domain::time::Instant;
use crate::http::route::Traits;
use crate::http::state::Shared;
use crate::mirror::status::Standing;
use crate::text;

/// Lets through what a copy can answer. Writes are told where they belong, and what needs history while there is none
/// yet, when to come back.
pub fn gate(traits: Traits, request: &ServiceRequest) -> Result<(), Problem> {
    let state = request.app_data::<Shared>();
    if traits.needs_history
        && let Some(loading) = state.and_then(|state| state.registry.loading())
    {
        return Err(loading.refusal());
    }
    let mirror = state
        .filter(|_| traits.repeatable || traits.at_source)
        .and_then(|state| state.mirror.as_ref());
    let Some(mirror) = mirror else {
        return Ok(());
    };
    let line = request.uri().path_and_query();
    let source = mirror.standing().source;
    let write_to = format!("{source}{}", line.map_or("/", |line| line.as_str()));
    let told = text!(
        "此处为只读副本，请向 {write_to} 写入",
        "this is a copy for reading; write to {write_to}"
    );
    Err(Problem {
        location: Some(write_to.clone()),
        ..Problem::new(ProblemType::ReadOnlyMirror, told)
    }
    .with("write_to", write_to))
}

/// How a mirror stands to its source.
#[derive(Serialize, ToSchema)]
pub struct MirrorStanding {
    #[schema(example = "https://registry.qingdao.example.cn")]
    source: String,
    /// The source's newest position, as it last said.
    #[schema(example = 815)]
    source_position: Option<i64>,
    /// How many entries the source is known to have more.
    #[schema(example = 3)]
    behind: Option<i64>,
    /// When the source last answered.
    #[schema(format = DateTime, example = "2026-11-21T03:04:05.000123Z")]
    last_contact: Option<String>,
    /// The size of the largest signed tree whose leaves are held here.
    #[schema(example = 812)]
    checkpoint_size: Option<i64>,
    /// Whether the source was found to have signed two histories.
    forked: bool,
    phase: Phase,
    /// The earliest position that can be read now.
    #[schema(example = 0)]
    history_from: i64,
    /// How many entries of the log are held, of those the source has.
    #[schema(example = 812)]
    history_loaded: i64,
}

/// How much of its source a mirror can answer.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The present, from `history_from` on; the past is on its way.
    HistoryLoading,
    /// Everything.
    Complete,
}

impl From<&Standing> for MirrorStanding {
    fn from(standing: &Standing) -> Self {
        Self {
            source: standing.source.clone(),
            source_position: standing.source_position,
            behind: standing.behind(),
            last_contact: standing.last_contact.map(Instant::to_rfc3339),
            checkpoint_size: standing.checkpoint_size,
            forked: standing.fork.is_some(),
            phase: match standing.loading {
                Some(_) => Phase::HistoryLoading,
                None => Phase::Complete,
            },
            history_from: standing.loading.map_or(0, |loading| loading.from),
            history_loaded: standing
                .loading
                .map_or(standing.position + 1, |loading| loading.loaded),
        }
    }
}

/// The instruments that only a mirror has.
pub struct MirrorGauges {
    registry: Registry,
    source_position: IntGauge,
    behind: IntGauge,
    checkpoint_size: IntGauge,
    last_contact: IntGauge,
    forked: IntGauge,
    history_loaded: IntGauge,
}

impl MirrorGauges {
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let gauge = |name: &str, help: &str| -> Result<IntGauge, prometheus::Error> {
            let gauge = IntGauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()) as Box<dyn Collector>)?;
            Ok(gauge)
        };
        Ok(Self {
            source_position: gauge(
                "registry_mirror_source_position",
                "Newest position of the source, as it last said",
            )?,
            behind: gauge(
                "registry_mirror_behind",
                "Entries the source is known to have more",
            )?,
            checkpoint_size: gauge(
                "registry_mirror_checkpoint_size",
                "Size of the largest signed tree whose leaves are held",
            )?,
            last_contact: gauge(
                "registry_mirror_last_contact_seconds",
                "When the source last answered, in seconds since 1970",
            )?,
            forked: gauge(
                "registry_mirror_forked",
                "1 when the source was found to have signed two histories",
            )?,
            history_loaded: gauge(
                "registry_mirror_history_loaded",
                "Entries of the log that are held from its beginning on",
            )?,
            registry,
        })
    }

    pub fn measure(&self, standing: &Standing) -> Vec<MetricFamily> {
        self.source_position.set(standing.source_position.unwrap_or(0));
        self.behind.set(standing.behind().unwrap_or(0));
        self.checkpoint_size.set(standing.checkpoint_size.unwrap_or(0));
        let contact = standing.last_contact.map_or(0, |instant| instant.0 / 1_000_000);
        self.last_contact.set(contact);
        self.forked.set(i64::from(standing.fork.is_some()));
        let loaded = standing.loading.map(|loading| loading.loaded);
        self.history_loaded.set(loaded.unwrap_or(standing.position + 1));
        self.registry.gather()
    }
}
