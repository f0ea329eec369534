//! The HTTP surface: the table of routes, and the order in which layers see a request.

pub mod answer;
pub mod audit;
pub mod auth;
pub mod body;
pub mod bulk;
pub mod bundle;
pub mod catalogue;
pub mod conditional;
pub mod context;
pub mod coverage;
pub mod diff;
mod divisions;
mod docs;
pub mod document;
pub mod drift;
mod encode;
pub mod entries;
mod explorer;
pub mod export;
pub mod feed;
mod findings;
pub mod frameworks;
mod health;
pub mod idempotency;
pub mod imports;
pub mod limit;
pub mod log;
mod metrics;
pub mod mirror;
pub mod negotiate;
pub mod oai;
pub mod observe;
pub mod openapi;
pub mod params;
pub mod problem;
mod problems;
pub mod redactions;
pub mod request_id;
pub mod route;
mod shared_parts;
mod shared_schemas;
mod spelt_out;
pub mod standards;
pub mod state;
pub mod tables;
mod vocabulary;
pub mod webhooks;
mod whoami;
mod writing;

use crate::domain::permission::Scope::{Admin, AuditRead, FrameworksWrite, StandardsWrite};
use crate::domain::problem::ProblemType::*;
use crate::http::log::{checkpoint, entries as log_entries, keys, proofs, tiles, tlog_proof};
use crate::http::route::{Operation, delete, get, patch, post, put};
use crate::http::standards::{list, lookup, placements, read, suggest, write};

/// Every operation, once. The specification is checked against it, and what it says about access is what the door
/// enforces.
pub fn operations() -> Vec<Operation> {
    vec![
        get("/", "landing", explorer::front::landing),
        get("/healthz", "health", health::health),
        get("/readyz", "readiness", health::readiness),
        get("/metrics", "metrics", metrics::metrics),
        get("/openapi.json", "openapi", docs::specification),
        get("/problems", "list_problems", problems::list).reads(),
        get("/problems/{slug}", "get_problem", problems::get).reads(),
        get("/v1/vocabulary", "list_vocabulary", vocabulary::list).reads(),
        get("/v1/divisions", "list_divisions", divisions::list)
            .reads()
            .pages()
            .tables(),
        get("/v1/divisions/{code}", "get_division", divisions::get).reads(),
        get("/v1/whoami", "whoami", whoami::whoami).needs_token(),
        post("/v1/standards", "create_standard", write::create)
            .writes()
            .needs(StandardsWrite)
            .refuses(&[OutOfReach, Duplicate]),
        get("/v1/standards", "list_standards", list::list)
            .reads_in_time()
            .tables()
            .filters()
            .pages(),
        get("/v1/suggest", "suggest", suggest::suggest).reads_in_time(),
        get("/v1/standards/lookup", "lookup_standard", lookup::lookup)
            .reads_in_time()
            .refuses(&[NotFound, UnparsableNumber])
            .needs_history(),
        post("/v1/citations/check", "check_citations", lookup::check)
            .takes_body()
            .refuses(&[BeyondHead, Behind])
            .needs_history(),
        get("/v1/standards/{id}", "get_standard", read::get)
            .reads_in_time()
            .refuses(&[Withdrawn, Redacted]),
        put("/v1/standards/{id}", "put_standard", write::put)
            .writes()
            .guarded_or_registers()
            .needs(StandardsWrite)
            .refuses(&[OutOfReach, Duplicate]),
        patch("/v1/standards/{id}", "patch_standard", write::patch)
            .writes()
            .guarded()
            .needs(StandardsWrite)
            .refuses(&[OutOfReach, Duplicate, Withdrawn]),
        delete("/v1/standards/{id}", "withdraw_standard", write::withdraw)
            .writes_without_body()
            .guarded()
            .needs(StandardsWrite)
            .refuses(&[OutOfReach, Withdrawn]),
        get(
            "/v1/standards/{id}/revisions",
            "list_standard_revisions",
            read::revisions,
        )
        .reads_in_time()
        .tables()
        .needs_history(),
        get(
            "/v1/standards/{id}/revisions/{revision}",
            "get_standard_revision",
            read::revision,
        )
        .reads_in_time()
        .refuses(&[Redacted])
        .needs_history(),
        get(
            "/v1/standards/{id}/revisions/{revision}/tlog-proof",
            "prove_standard_revision",
            tlog_proof::of_standard,
        )
        .reads()
        .refuses(&[Unsigned])
        .needs_history(),
        get("/v1/standards/{id}/diff", "diff_standard", read::diff)
            .reads_in_time()
            .tables()
            .refuses(&[Redacted])
            .needs_history(),
        get(
            "/v1/standards/{id}/relations",
            "get_standard_relations",
            read::relations,
        )
        .reads_in_time()
        .tables()
        .needs_history(),
        put(
            "/v1/standards/{id}/placements/{framework}",
            "put_standard_placements",
            placements::put,
        )
        .writes()
        .guarded()
        .needs(StandardsWrite)
        .refuses(&[OutOfReach, Withdrawn]),
        delete(
            "/v1/standards/{id}/placements/{framework}",
            "delete_standard_placements",
            placements::delete,
        )
        .writes_without_body()
        .guarded()
        .needs(StandardsWrite)
        .refuses(&[OutOfReach, Withdrawn]),
        post("/v1/frameworks", "create_framework", frameworks::create)
            .writes()
            .needs(FrameworksWrite)
            .refuses(&[OutOfReach, Duplicate]),
        get("/v1/frameworks", "list_frameworks", frameworks::list)
            .reads_in_time()
            .tables(),
        get("/v1/frameworks/{framework}", "get_framework", frameworks::get)
            .reads_in_time()
            .refuses(&[Withdrawn, Redacted]),
        put("/v1/frameworks/{framework}", "put_framework", frameworks::put)
            .writes()
            .guarded_or_registers()
            .needs(FrameworksWrite)
            .refuses(&[OutOfReach, Duplicate, InUse]),
        patch("/v1/frameworks/{framework}", "patch_framework", frameworks::patch)
            .writes()
            .guarded()
            .needs(FrameworksWrite)
            .refuses(&[OutOfReach, InUse, Withdrawn]),
        delete(
            "/v1/frameworks/{framework}",
            "withdraw_framework",
            frameworks::withdraw,
        )
        .writes_without_body()
        .guarded()
        .needs(FrameworksWrite)
        .refuses(&[OutOfReach, InUse, Withdrawn]),
        get(
            "/v1/frameworks/{framework}/revisions",
            "list_framework_revisions",
            frameworks::revisions,
        )
        .reads_in_time()
        .tables()
        .needs_history(),
        get(
            "/v1/frameworks/{framework}/revisions/{revision}",
            "get_framework_revision",
            frameworks::revision,
        )
        .reads_in_time()
        .refuses(&[Redacted])
        .needs_history(),
        get(
            "/v1/frameworks/{framework}/revisions/{revision}/tlog-proof",
            "prove_framework_revision",
            tlog_proof::of_framework,
        )
        .reads()
        .refuses(&[Unsigned])
        .needs_history(),
        get(
            "/v1/frameworks/{framework}/diff",
            "diff_framework",
            frameworks::diff,
        )
        .reads_in_time()
        .tables()
        .refuses(&[Redacted])
        .needs_history(),
        get(
            "/v1/frameworks/{framework}/matrix",
            "get_framework_matrix",
            frameworks::matrix,
        )
        .reads_in_time()
        .tables()
        .refuses(&[Redacted]),
        get("/oai", "harvest", oai::get)
            .refuses(&[Overloaded])
            .needs_history(),
        post("/oai", "harvest_by_form", oai::post)
            .refuses(&[MalformedJson, PayloadTooLarge, UnsupportedMediaType, Overloaded])
            .needs_history(),
        get("/oai/registry.xsd", "harvest_schema", oai::schema),
        post("/v1/bulk", "bulk", bulk::bulk)
            .writes()
            .needs_token()
            .refuses(&[BatchRefused]),
        put("/v1/catalogue", "push_catalogue", catalogue::push)
            .writes()
            .needs(StandardsWrite)
            .refuses(&[
                OutOfReach,
                BeyondHead,
                PlanRefused,
                TooManyWithdrawals,
                PreconditionFailed,
            ]),
        post("/v1/imports", "import_sheet", imports::import)
            .writes()
            .needs(StandardsWrite)
            .refuses(&[
                OutOfReach,
                BeyondHead,
                PlanRefused,
                TooManyWithdrawals,
                PreconditionFailed,
            ]),
        post("/v1/redactions", "create_redaction", redactions::create)
            .writes()
            .needs(Admin)
            .refuses(&[OutOfReach, SharedContent]),
        get("/v1/redactions", "list_redactions", redactions::list)
            .reads()
            .pages()
            .needs_history(),
        get("/v1/redactions/{position}", "get_redaction", redactions::get)
            .reads()
            .needs_history(),
        get("/v1/changes", "list_changes", feed::changes::changes)
            .reads()
            .selects()
            .refuses(&[CursorGone, Behind]),
        get("/v1/snapshot", "get_snapshot", feed::snapshot::snapshot)
            .reads()
            .selects()
            .refuses(&[CursorGone, BeyondHead]),
        get("/v1/digest", "get_digest", feed::digest::digest)
            .reads()
            .selects()
            .refuses(&[BeyondHead, Behind]),
        get("/log/checkpoint", "get_checkpoint", checkpoint::checkpoint)
            .reads()
            .refuses(&[Unsigned]),
        get("/log/tile/entries/{index}", "get_entry_bundle", tiles::entries)
            .takes_rest()
            .reads()
            .needs_history(),
        get("/log/tile/{level}/{index}", "get_tile", tiles::hashes)
            .takes_rest()
            .reads()
            .needs_history(),
        get("/v1/log/head", "get_log_head", checkpoint::head).reads(),
        get("/v1/log/proofs/inclusion", "prove_inclusion", proofs::inclusion)
            .reads()
            .refuses(&[BeyondHead, Unsigned])
            .needs_history(),
        get(
            "/v1/log/proofs/consistency",
            "prove_consistency",
            proofs::consistency,
        )
        .reads()
        .refuses(&[BeyondHead, Unsigned])
        .needs_history(),
        get("/v1/log/entries", "list_log_entries", log_entries::list)
            .reads()
            .needs_history(),
        get("/v1/log/keys", "list_log_keys", keys::list)
            .reads()
            .needs_history(),
        post("/v1/webhooks", "create_webhook", webhooks::create)
            .writes()
            .at_source()
            .needs(Admin)
            .refuses(&[Conflict]),
        get("/v1/webhooks", "list_webhooks", webhooks::list)
            .reads()
            .needs(Admin),
        get("/v1/webhooks/{id}", "get_webhook", webhooks::get)
            .reads()
            .needs(Admin),
        patch("/v1/webhooks/{id}", "patch_webhook", webhooks::patch)
            .writes()
            .guarded()
            .at_source()
            .needs(Admin),
        delete("/v1/webhooks/{id}", "delete_webhook", webhooks::delete)
            .writes_without_body()
            .guarded()
            .at_source()
            .needs(Admin),
        get(
            "/v1/webhooks/{id}/deliveries",
            "list_webhook_deliveries",
            webhooks::deliveries,
        )
        .reads()
        .pages()
        .needs(Admin),
        post(
            "/v1/webhooks/{id}/deliveries/{delivery}/redeliver",
            "redeliver_webhook",
            webhooks::redeliver,
        )
        .writes_without_body()
        .at_source()
        .needs(Admin)
        .refuses(&[Conflict]),
        get("/v1/coverage/gaps", "list_gaps", coverage::gaps::list)
            .reads_in_time()
            .tables(),
        get(
            "/v1/coverage/duplicates",
            "list_duplicates",
            coverage::duplicates::list,
        )
        .reads_in_time()
        .tables(),
        get(
            "/v1/coverage/compare",
            "compare_catalogues",
            coverage::compare::list,
        )
        .reads_in_time()
        .tables(),
        get("/v1/coverage/trials", "list_trials", coverage::trials::list)
            .reads_in_time()
            .tables(),
        get("/v1/drift", "list_drift", drift::list)
            .reads_in_time()
            .tables()
            .needs_history(),
        get("/v1/diff", "diff_catalogue", diff::diff)
            .reads()
            .tables()
            .filters()
            .pages()
            .refuses(&[BeyondHead, Behind])
            .needs_history(),
        get("/v1/audit/revisions", "list_audit_revisions", audit::revisions)
            .reads()
            .tables()
            .pages()
            .needs(AuditRead)
            .refuses(&[BeyondHead])
            .needs_history(),
        get("/v1/audit/bundle", "get_evidence_bundle", bundle::bundle)
            .reads()
            .needs(AuditRead)
            .refuses(&[NotFound, Unsigned])
            .needs_history(),
    ]
}

pub use docs::browser;
pub use explorer::{nothing_here, register as pages};
pub use metrics::Metrics;
