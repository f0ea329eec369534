//! What every handler may reach.

use std::sync::Arc;

use crate::access::verifier::Verifier;
use crate::http::answer;
use crate::http::feed::Followers;
use crate::http::limit::Limit;
use crate::http::metrics::Metrics;
use crate::mirror::status::Status;
use crate::registry::service::Registry;

/// Shared by all workers; handlers take it as `Shared`.
pub struct State {
    pub registry: Registry,
    pub verifier: Verifier,
    pub answers: answer::Cache,
    pub metrics: Metrics,
    pub followers: Followers,
    /// How often one client may ask; nothing when there is no limit.
    pub limit: Option<Limit>,
    /// How the service is reached from outside, where that is not what clients put into `Host`.
    pub public_url: Option<String>,
    /// Whom harvesters write to.
    pub contact: Option<String>,
    /// How the copy stands, where this is one.
    pub mirror: Option<Arc<Status>>,
}

/// How handlers name it.
pub type Shared = actix_web::web::Data<State>;
