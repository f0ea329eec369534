//! The HTTP surface: the table of routes, and the order in which layers see a request.

pub mod answer;
pub mod auth;
pub mod body;
pub mod conditional;
pub mod context;
mod divisions;
mod docs;
pub mod document;
mod encode;
mod health;
pub mod idempotency;
mod landing;
mod metrics;
pub mod negotiate;
pub mod observe;
pub mod openapi;
pub mod params;
pub mod problem;
mod problems;
pub mod registry_standin;
pub mod request_id;
pub mod route;
mod shared_parts;
pub mod state;
mod vocabulary;
mod whoami;

use crate::http::route::{Operation, get};

/// Every operation, once. The specification is checked against it, and what it says about access is what the door
/// enforces.
pub fn operations() -> Vec<Operation> {
    vec![
        get("/", "landing", landing::landing),
        get("/healthz", "health", health::health),
        get("/readyz", "readiness", health::readiness),
        get("/metrics", "metrics", metrics::metrics),
        get("/openapi.json", "openapi", docs::specification),
        get("/problems", "list_problems", problems::list).reads(),
        get("/problems/{slug}", "get_problem", problems::get).reads(),
        get("/v1/vocabulary", "list_vocabulary", vocabulary::list).reads(),
        get("/v1/divisions", "list_divisions", divisions::list).reads(),
        get("/v1/divisions/{code}", "get_division", divisions::get).reads(),
        get("/v1/whoami", "whoami", whoami::whoami).needs_token(),
    ]
}

pub use docs::browser;
pub use metrics::Metrics;
