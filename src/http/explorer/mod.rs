//! The explorer: pages for people who would rather look than call an interface.
//!
//! Every page is read by the same use cases as the operations under `/v1`, at one moment, and kept like any other
//! answer. Pages need no script; what scripts add is a convenience, or something only the reader's own machine can do.

mod address;
mod assets;
mod changed;
mod changes;
mod compare;
mod dates;
mod days;
mod download;
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
mod row;
mod standard;
mod timeline;
mod validity_line;

use actix_web::web::{ServiceConfig, get, head, resource};

pub use page::nothing_here;

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
        "/dates" dates::dates,
        "/log" log::log,
        "/assets/{edition}/{name}" assets::asset,
    }
    download::register(config);
}
