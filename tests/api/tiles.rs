//! Tiles: whoever reads them can build the tree and every proof without asking for any.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use rstest::rstest;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::catalogue::creation;
use crate::support::entry::row;
use crate::support::{Client, Registry};

const OWNER: &str = "370214";
const WIDTH: u64 = 256;

fn with_rows(backend: Backend, rows: u64) -> Registry {
    let registry = Registry::start(backend);
    let rows: Vec<Value> = (1..=rows)
        .map(|serial| creation(OWNER, row(&format!("T/QDAS {serial}-2024"))))
        .collect();
    registry.as_district(OWNER).bulk(&rows).expect(200);
    registry
}

/// Everything on a level of the tree, tile by tile.
fn read_level(reader: &Client, level: &str, count: u64) -> Vec<Vec<u8>> {
    (0..count.div_ceil(WIDTH))
        .map(|tile| {
            let width = (count - tile * WIDTH).min(WIDTH);
            let partial = if width < WIDTH {
                format!(".p/{width}")
            } else {
                String::new()
            };
            reader
                .get(&format!("/log/tile/{level}/{tile:03}{partial}"))
                .expect(200)
                .body
        })
        .collect()
}

/// Entries, each behind its length.
fn unbundled(mut bundle: &[u8]) -> Vec<Vec<u8>> {
    let mut entries = Vec::new();
    while let Some((length, rest)) = bundle.split_first_chunk::<2>() {
        let (entry, rest) = rest.split_at(u16::from_be_bytes(*length).into());
        entries.push(entry.to_vec());
        bundle = rest;
    }
    entries
}

#[rstest]
fn a_stranger_rebuilds_the_tree_from_tiles(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = with_rows(backend, 600);
    let reader = registry.anonymous();
    let signed = reader.checkpoint(&reader.verifier_key());
    let size = signed.size;

    let bundles = read_level(&reader, "entries", size);
    let entries: Vec<Vec<u8>> = bundles.iter().flat_map(|bundle| unbundled(bundle)).collect();
    assert_eq!(entries, reader.envelopes());
    let mut tree = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    for entry in &entries {
        tree.push(entry.clone());
    }
    assert_eq!(tree.root().as_bytes().as_slice(), signed.root);

    let leaves = read_level(&reader, "0", size).concat();
    let hashed: Vec<u8> = entries
        .iter()
        .flat_map(|entry| Sha256::digest([&[0], entry.as_slice()].concat()))
        .collect();
    assert_eq!(leaves, hashed);

    let above = read_level(&reader, "1", size / WIDTH).concat();
    let roots: Vec<u8> = entries
        .chunks_exact(256)
        .flat_map(|full| {
            let mut subtree = MemoryBackedTree::<Sha256, Vec<u8>>::new();
            for entry in full {
                subtree.push(entry.clone());
            }
            subtree.root().as_bytes().to_vec()
        })
        .collect();
    assert_eq!(above, roots);
}

#[rstest]
fn full_tiles_may_be_kept_for_ever(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = with_rows(backend, 300);
    let reader = registry.anonymous();
    for (path, caching) in [
        ("0/000", "public, max-age=31536000, immutable"),
        ("entries/000", "public, max-age=31536000, immutable"),
        ("0/000.p/255", "no-cache"),
        ("0/001.p/9", "no-cache"),
        ("1/000.p/1", "no-cache"),
        ("entries/001.p/1", "no-cache"),
    ] {
        let answer = reader.get(&format!("/log/tile/{path}")).expect(200);
        assert_eq!(answer.header("Cache-Control").as_deref(), Some(caching), "{path}");
        assert_eq!(
            answer.header("Content-Type").as_deref(),
            Some("application/octet-stream"),
            "{path}"
        );
    }
    let full = reader.get("/log/tile/0/000").expect(200);
    reader
        .with("If-None-Match", &full.etag())
        .get("/log/tile/0/000")
        .expect(304);
}

#[rstest]
fn there_is_nothing_beyond_the_tree(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let reader = registry.anonymous();
    for path in [
        "0/000",
        "0/000.p/200",
        "0/001.p/1",
        "1/000.p/1",
        "7/000.p/1",
        "64/000.p/1",
        "entries/000",
        "0/x001/000",
        "0/0",
        "0/000.p/0",
        "0/000.p/256",
        "0/x000/000",
        "-1/000",
        "0/000/000",
        "entries/%E4%B8%80",
        "entries/x999/x999/x999/x999/x999/x999/x999/999.p/1",
    ] {
        reader.get(&format!("/log/tile/{path}")).expect(404);
    }
    reader.get("/log/tile/0/000.p/2?x=1").expect(400);
}
