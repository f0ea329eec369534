//! Lists as files: links cannot say `Accept`, so their ending says it for them.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{ServiceConfig, get, head, resource};

use crate::http::diff;
use crate::http::negotiate::Format;
use crate::http::standards::list;

/// The lists that can be taken along.
pub fn register(config: &mut ServiceConfig) {
    macro_rules! files {
        ($($path:literal $handler:expr),+ $(,)?) => {
            $(config.service(
                resource($path)
                    .wrap(from_fn(by_ending))
                    .route(get().to($handler))
                    .route(head().to($handler)),
            );)+
        };
    }
    files! {
        "/standards.csv" list::list,
        "/diff.csv" diff::diff,
        "/diff.xlsx" diff::diff,
    }
}

async fn by_ending(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let format = if request.path().ends_with(".csv") {
        Format::Csv
    } else {
        Format::Xlsx
    };
    let wanted = HeaderValue::from_static(format.media_type());
    request.headers_mut().insert(header::ACCEPT, wanted);
    let file = request.path().trim_start_matches('/').to_owned();
    let mut response = next.call(request).await?;
    if response.status().is_success()
        && let Ok(name) = HeaderValue::try_from(format!("attachment; filename=\"{file}\""))
    {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}
