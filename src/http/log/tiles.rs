//! The tree and its entries in pieces, for readers who would rather build their own proofs.

use actix_web::{HttpRequest, HttpResponse, web};

use crate::domain::problem::{Problem, ProblemType};
use crate::http::answer;
use crate::http::document::Document;
use crate::http::params::Params;
use crate::http::state::{Shared, State};
use crate::log::tile::Tile;
use crate::registry::read::proofs;
use crate::text;

const BYTES: &str = "application/octet-stream";

/// Get a tile of hashes
///
/// 256 hashes of a level of the tree, 32 bytes each (`c2sp.org/tlog-tiles`): level 0 are the leaves, each hash above
/// stands for 256 below. Full tiles never change and may be kept for ever; the last of a level is had as
/// `<index>.p/<width>`, which need not be kept.
#[utoipa::path(
    get, path = "/log/tile/{level}/{index}", operation_id = "get_tile", tag = "proofs",
    params(
        ("level" = u8, Path, description = "The level, 0 for leaves", example = 0),
        ("index" = String, Path,
            description = "The tile's number in groups of three digits, all but the last marked with `x`: `067`, `x001/x234/067`. A tile not full yet ends in `.p/` and its width: `067.p/12`",
            example = "000.p/3"),
    ),
    responses((status = 200, description = "The hashes, one after the other", content_type = "application/octet-stream", body = Vec<u8>))
)]
pub async fn hashes(
    request: HttpRequest,
    state: Shared,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (level, index) = path.into_inner();
    tile(&request, &state, &format!("{level}/{index}")).await
}

/// Get a bundle of entries
///
/// 256 entries as they were hashed, each behind its length in two bytes, big-endian (`c2sp.org/tlog-tiles`). Numbered
/// like tiles of level 0.
#[utoipa::path(
    get, path = "/log/tile/entries/{index}", operation_id = "get_entry_bundle", tag = "proofs",
    params(("index" = String, Path,
        description = "The bundle's number, written as a tile's: `067`, `x001/x234/067`, `067.p/12`", example = "000.p/3")),
    responses((status = 200, description = "The entries, one after the other", content_type = "application/octet-stream", body = Vec<u8>))
)]
pub async fn entries(
    request: HttpRequest,
    state: Shared,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    tile(&request, &state, &format!("entries/{path}")).await
}

async fn tile(request: &HttpRequest, state: &State, path: &str) -> Result<HttpResponse, Problem> {
    Params::of(request).finish()?;
    let nothing = || {
        Problem::new(
            ProblemType::NotFound,
            text!("日志没有此分块", "the log has no such tile"),
        )
    };
    let tile = Tile::parse(path).ok_or_else(nothing)?;
    let bytes = state
        .registry
        .read(move |snapshot| proofs::tile(snapshot, &tile))
        .await?;
    let document = Document::of(BYTES, bytes.ok_or_else(nothing)?);
    let document = if tile.is_full() {
        document.immutable()
    } else {
        document
    };
    answer::fixed(request, document).await
}
