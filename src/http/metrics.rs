//! What the service tells a Prometheus server about itself.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header;
use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TextEncoder,
};

use crate::domain::problem::Problem;
use crate::http::mirror::MirrorGauges;
use crate::http::state::Shared;

/// The instruments. Requests are labelled by route pattern, so that their number stays bounded.
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
    readers_busy: IntGauge,
    readers_most: IntGauge,
    writes_waiting: IntGauge,
    followers: IntGauge,
    head_position: IntGauge,
    mirror: MirrorGauges,
}

impl Metrics {
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let gauge = |name: &str, help: &str| -> Result<IntGauge, prometheus::Error> {
            let gauge = IntGauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()))?;
            Ok(gauge)
        };
        let requests = IntCounterVec::new(
            Opts::new("registry_http_requests_total", "Requests answered"),
            &["method", "route", "status"],
        )?;
        let seconds = HistogramVec::new(
            HistogramOpts::new("registry_http_request_seconds", "Time to the head of the answer")
                .buckets(prometheus::exponential_buckets(0.0005, 2.5, 11)?),
            &["method", "route"],
        )?;
        let metrics = Self {
            requests: requests.clone(),
            seconds: seconds.clone(),
            readers_busy: gauge("registry_readers_busy", "Database connections reading now")?,
            readers_most: gauge("registry_readers_most", "Database connections for reading")?,
            writes_waiting: gauge("registry_writes_waiting", "Writes waiting or under way")?,
            followers: gauge("registry_followers", "Readers waiting for changes or streamed to")?,
            head_position: gauge("registry_head_position", "Position of the newest log entry")?,
            mirror: MirrorGauges::new()?,
            registry: registry.clone(),
        };
        registry.register(Box::new(requests))?;
        registry.register(Box::new(seconds))?;
        Ok(metrics)
    }

    pub fn observe(&self, method: &str, route: &str, status: u16, taken: Duration) {
        let status = status.to_string();
        self.requests.with_label_values(&[method, route, &status]).inc();
        self.seconds
            .with_label_values(&[method, route])
            .observe(taken.as_secs_f64());
    }
}

/// Measurements
///
/// Requests by route and status, latencies, database and queue load, and the head of the log, for Prometheus.
#[utoipa::path(
    get, path = "/metrics", operation_id = "metrics", tag = "operation",
    responses((status = 200, description = "Prometheus text format", content_type = "text/plain", body = String))
)]
pub async fn metrics(state: Shared) -> Result<HttpResponse, Problem> {
    let metrics = &state.metrics;
    let load = state.registry.load();
    set(&metrics.readers_busy, load.readers_busy);
    set(&metrics.readers_most, load.readers_most);
    set(&metrics.writes_waiting, load.writes_waiting);
    set(&metrics.followers, state.followers.count());
    // A database that is down must not take the other measurements with it.
    if let Ok(head) = state.registry.head().await {
        metrics.head_position.set(head.position);
    }
    let mut measured = metrics.registry.gather();
    if let Some(mirror) = &state.mirror {
        measured.extend(metrics.mirror.measure(&mirror.standing()));
    }
    let encoder = TextEncoder::new();
    let mut body = Vec::new();
    encoder.encode(&measured, &mut body).map_err(Problem::internal)?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, encoder.format_type()))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(body))
}

fn set(gauge: &IntGauge, count: usize) {
    gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
}
