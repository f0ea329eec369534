//! The service as its users meet it: the real binary, real HTTP, both databases.
//!
//! One file per resource, one sentence per test, both databases by one argument:
//! ```ignore
//! #[rstest]
//! fn a_stale_if_match_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
//!     let registry = Registry::start(backend);
//!     let city = registry.as_city();
//!     city.with("If-Match", "\"0\"").delete("/v1/standards/…?reason=…").expect(412);
//! }
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test reports by panicking"
)]

mod access;
mod audit;
mod bad_input;
mod bulk;
mod catalogue_diff;
mod catalogue_history;
mod changes;
mod checkpoint;
mod citations;
mod cli;
mod compression;
mod conditional;
mod conventions;
mod convergence;
mod coverage;
mod crash;
mod cursors;
mod digest;
mod divisions;
mod drift;
mod drift_model;
mod epochs;
mod event_stream;
mod evidence;
mod explorer;
mod explorer_links;
mod explorer_review;
mod facets;
mod filters;
mod formats;
mod framework_owner;
mod framework_places;
mod frameworks;
mod group_commit;
mod guard;
mod health;
mod history;
mod idempotency;
mod integrity;
mod leave_lines;
mod log_events;
mod log_keys;
mod log_order;
mod long_poll;
mod lookup;
mod matrix;
mod mirror;
mod mirror_bootstrap;
mod mirror_mishaps;
mod normal_form;
mod oai;
mod oai_erasure;
mod oai_errors;
mod oai_incremental;
mod oai_mirror;
mod oai_sets;
mod paging;
mod placements;
mod proofs;
mod push;
mod races;
mod redaction;
mod redaction_around;
mod relations;
mod search;
mod search_index;
mod search_quality;
mod sheets_in;
mod sheets_out;
mod snapshot;
mod standards;
mod suggest;
mod support;
mod tiles;
mod unfit_names;
mod uniqueness;
mod validity;
mod webhook_terms;
mod webhooks;
mod withdrawal;
