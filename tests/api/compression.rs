//! Answers packed for the way: same content, own tag, honest `Vary`.

use std::io::Read;

use rstest::rstest;
use serde_json::json;

use crate::support::Backend::{self, Postgres, Sqlite};
use crate::support::entry::{body, row_with};
use crate::support::{Answer, Client, Registry};

fn fill(client: &Client) {
    for index in 1..20 {
        client.create(
            "370214",
            row_with(
                &format!("GB/T {index}-2020"),
                json!({"scope": "适用于养老机构的服务安全管理。"}),
            ),
        );
    }
}

/// What a packed answer holds. The client unpacks gzip by itself.
fn unpacked(answer: &Answer, encoding: &str) -> Vec<u8> {
    let mut plain = Vec::new();
    match encoding {
        "br" => {
            brotli::Decompressor::new(answer.body.as_slice(), 4096)
                .read_to_end(&mut plain)
                .unwrap();
        }
        "zstd" => plain = zstd::decode_all(answer.body.as_slice()).unwrap(),
        _ => plain = answer.body.clone(),
    }
    plain
}

#[rstest]
fn br_zstd_and_gzip_hold_the_same_bytes_under_their_own_tags(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    fill(&registry.as_district("370214"));
    let anyone = registry.anonymous();
    let plain = anyone.get("/v1/standards").expect(200);
    assert_eq!(plain.header("Content-Encoding"), None);
    let mut tags = vec![plain.etag()];

    for encoding in ["br", "zstd", "gzip"] {
        let asking = anyone.with("Accept-Encoding", encoding);
        let packed = asking.get("/v1/standards").expect(200);
        if encoding != "gzip" {
            assert_eq!(packed.header("Content-Encoding").as_deref(), Some(encoding));
            assert!(
                packed.body.len() < plain.body.len() / 2,
                "{encoding}: {}",
                packed.body.len()
            );
        }
        assert_eq!(unpacked(&packed, encoding), plain.body, "{encoding}");
        assert!(!packed.etag().starts_with("W/"));
        tags.push(packed.etag());

        asking
            .with("If-None-Match", &packed.etag())
            .get("/v1/standards")
            .expect(304);
        asking
            .with("If-None-Match", &plain.etag())
            .get("/v1/standards")
            .expect(200);
    }
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 4, "each packing has a tag of its own: {tags:?}");
}

#[rstest]
fn every_answer_says_what_it_varies_by(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214");
    let entry = district.create("370214", row_with("GB 38600-2019", json!({})));
    for path in ["/v1/standards", entry.path.as_str(), "/v1/vocabulary"] {
        for asked in ["identity", "br"] {
            let answer = registry
                .anonymous()
                .with("Accept-Encoding", asked)
                .get(path)
                .expect(200);
            let vary = answer.header("Vary").unwrap_or_default().to_lowercase();
            for name in ["accept", "accept-encoding", "accept-language"] {
                assert!(
                    vary.split(',').any(|varies| varies.trim() == name),
                    "{path}: {name} in {vary}"
                );
            }
        }
    }
}

#[rstest]
fn the_best_packing_both_sides_know_is_taken(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    fill(&registry.as_district("370214"));
    for (asked, expected) in [
        ("br, zstd, gzip", Some("br")),
        ("br;q=0.1, zstd", Some("zstd")),
        ("deflate", None),
        ("identity", None),
        ("br;q=0", None),
        ("*", Some("br")),
    ] {
        let answer = registry
            .anonymous()
            .with("Accept-Encoding", asked)
            .get("/v1/standards")
            .expect(200);
        assert_eq!(answer.header("Content-Encoding").as_deref(), expected, "{asked}");
    }
}

#[rstest]
fn a_body_may_come_packed_but_not_burst(#[values(Sqlite, Postgres)] backend: Backend) {
    let registry = Registry::start(backend);
    let district = registry.as_district("370214").with("Content-Encoding", "gzip");
    let whole = body("370214", row_with("GB 38600-2019", json!({}))).to_string();
    district
        .raw(
            "POST",
            "/v1/standards",
            "application/json",
            gzipped(whole.as_bytes()),
        )
        .expect(201);

    let head = district.log_head();
    let bomb = gzipped(&vec![b' '; 64 << 20]);
    assert!(bomb.len() < 1 << 20);
    district
        .raw("POST", "/v1/standards", "application/json", bomb)
        .expect(413);
    let broken = district.raw("POST", "/v1/standards", "application/json", "not gzip");
    assert!(broken.status.is_client_error(), "\n{broken:?}");
    let unknown = registry
        .as_district("370214")
        .with("Content-Encoding", "compress");
    unknown
        .raw("POST", "/v1/standards", "application/json", whole)
        .expect(415);
    assert_eq!(district.log_head(), head);
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    flate2::read::GzEncoder::new(bytes, flate2::Compression::best())
        .read_to_end(&mut packed)
        .unwrap();
    packed
}
