//! The explorer: pages for people who would rather look than call an interface.
//!
//! Every page is read by the same use cases as the operations under `/v1`, at one moment, and kept like any other
//! answer. Pages need no script; what scripts add is a convenience, or something only the reader's own machine can do.

mod address;
mod assets;
mod bar;
mod batches;
mod changed;
mod changes;
mod compare;
mod dates;
mod days;
mod facets;
mod fields;
mod frame;
mod frameworks;
pub mod front;
mod grid;
mod heat;
mod log;
mod marks;
mod matrix;
mod owners;
mod page;
mod placed;
mod related;
mod results;
mod review;
mod row;
mod sheets;
mod standard;
mod timeline;
mod validity_line;

use actix_web::web::{ServiceConfig, get, head, resource};

pub use page::{is_for_browser, nothing_here, refused_elsewhere};

/// The pages beside `/`, which the route table names itself.
pub fn register(config: &mut ServiceConfig) {
    macro_rules! pages {
        ($($path:literal $handler:expr),+ $(,)?) => {
            $(config.service(resource($path).route(get().to($handler)).route(head().to($handler)));)+
        };
    }
    pages! {
        "/standards/{id}" page::show::<standard::Asked>,
        "/standards/{id}/diff" page::show::<compare::Standards>,
        "/frameworks" page::show::<frameworks::Asked>,
        "/frameworks/{framework}" page::show::<matrix::Asked>,
        "/frameworks/{framework}/diff" page::show::<compare::Frameworks>,
        "/owners" page::show::<owners::Asked>,
        "/changes" page::show::<changes::Asked>,
        "/diff" page::show::<days::Asked>,
        "/coverage" page::show::<review::overview::Asked>,
        "/coverage/gaps" page::show::<review::gaps::Asked>,
        "/coverage/supply" page::show::<review::supply::Asked>,
        "/coverage/duplicates" page::show::<review::duplicates::Asked>,
        "/coverage/compare" page::show::<review::compare::Asked>,
        "/coverage/trials" page::show::<review::trials::Asked>,
        "/drift" page::show::<review::drift::Asked>,
        "/dates" dates::dates,
        "/log" log::log,
        "/assets/{edition}/{name}" assets::asset,
    }
}
