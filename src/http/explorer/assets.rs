//! Style, scripts and pictures, built in. Their addresses change with their bytes, so browsers keep them for good.

use std::sync::LazyLock;

use actix_web::{HttpRequest, HttpResponse, web};
use rust_embed::RustEmbed;

use crate::domain::problem::{Problem, ProblemType};
use crate::http::answer;
use crate::http::document::Document;
use crate::log::hash::{sha256, to_hex};
use crate::text;

#[derive(RustEmbed)]
#[folder = "src/http/explorer/assets"]
struct Assets;

/// Told by the bytes of all assets together: scripts name each other without knowing it.
static EDITION: LazyLock<String> = LazyLock::new(|| {
    let mut names: Vec<_> = Assets::iter().collect();
    names.sort_unstable();
    let hashes = names.iter().filter_map(|name| Assets::get(name));
    let hashes: Vec<u8> = hashes.flat_map(|file| file.metadata.sha256_hash()).collect();
    to_hex(&sha256(&hashes)).chars().take(16).collect()
});

/// Where an asset is.
pub fn path(name: &str) -> String {
    let edition = EDITION.as_str();
    format!("/assets/{edition}/{name}")
}

/// One asset. What an earlier edition named is answered with what there is now, and not kept.
pub async fn asset(request: HttpRequest, path: web::Path<(String, String)>) -> Result<HttpResponse, Problem> {
    let (edition, name) = path.into_inner();
    let file = Assets::get(&name).ok_or_else(|| {
        Problem::new(
            ProblemType::NotFound,
            text!("没有此文件", "there is no such file"),
        )
    })?;
    let document = Document::of(media_type(&name), file.data.into_owned());
    let document = if edition == *EDITION {
        document.immutable()
    } else {
        document
    };
    answer::fixed(&request, document).await
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
