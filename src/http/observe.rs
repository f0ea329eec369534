//! The outermost layer: names each request, follows it in the log and the measurements, and renders refusals.

use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};
use tracing::Instrument;

use crate::http::request_id::{RequestId, X_REQUEST_ID};
use crate::http::state::Shared;
use crate::http::{negotiate, problem};

/// The route of requests that match none; keeps measurements bounded whatever is asked for.
const NO_ROUTE: &str = "none";

pub async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let id = RequestId::of(request.headers());
    let language = negotiate::language(request.headers());
    let method = request.method().clone();
    let offers_upgrade = request.head().upgrade();
    let state = request.app_data::<Shared>().cloned();
    let span = tracing::info_span!(
        "request",
        id = id.0.as_str(),
        %method,
        path = request.path(),
        subject = tracing::field::Empty,
    );
    request.extensions_mut().insert(id.clone());
    async move {
        let response = next.call(request).await?;
        let route = response.request().match_pattern();
        let mut response = problem::finish(response, language);
        let headers = response.headers_mut();
        if let Some(id) = id.header_value() {
            headers.insert(X_REQUEST_ID, id);
        }
        // Nothing served here is to be guessed at or framed by others.
        headers.insert(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        );
        if offers_upgrade {
            // Nothing but HTTP/1.1 is spoken in the clear. Without this the connection would be left between two
            // protocols, and a client that offers h2c, as Java's does, would lose its next request on it.
            response
                .response_mut()
                .head_mut()
                .set_connection_type(ConnectionType::Close);
        }
        let (status, taken) = (response.status().as_u16(), started.elapsed());
        let route = route.as_deref().unwrap_or(NO_ROUTE);
        if let Some(state) = state {
            state.metrics.observe(method.as_str(), route, status, taken);
        }
        let micros = u64::try_from(taken.as_micros()).unwrap_or(u64::MAX);
        tracing::info!(route, status, micros, "answered");
        Ok(response)
    }
    .instrument(span)
    .await
}
