//! Packing finished bodies for the way.

use std::io::Write;

use actix_web::web::Bytes;

use crate::domain::problem::Problem;
use crate::http::negotiate::Encoding;

/// Below this, packing costs more than it saves.
pub const WORTHWHILE: usize = 1024;

/// Above this, packing leaves the async worker.
const LONG: usize = 32 * 1024;

pub const BROTLI_QUALITY: u32 = 5;
pub const BROTLI_WINDOW: u32 = 22;
pub const ZSTD_LEVEL: i32 = 3;

/// Packs a body, on another thread when it is long.
pub async fn pack(body: Bytes, encoding: Encoding) -> Result<Bytes, Problem> {
    if body.len() <= LONG {
        return packed(&body, encoding);
    }
    tokio::task::spawn_blocking(move || packed(&body, encoding))
        .await
        .map_err(Problem::internal)?
}

fn packed(body: &Bytes, encoding: Encoding) -> Result<Bytes, Problem> {
    let packed = match encoding {
        Encoding::Identity => return Ok(body.clone()),
        Encoding::Brotli => {
            let mut writer = brotli::CompressorWriter::new(Vec::new(), 4096, BROTLI_QUALITY, BROTLI_WINDOW);
            writer.write_all(body).map_err(Problem::internal)?;
            writer.into_inner()
        }
        Encoding::Zstd => zstd::encode_all(body.as_ref(), ZSTD_LEVEL).map_err(Problem::internal)?,
        Encoding::Gzip => {
            let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            writer.write_all(body).map_err(Problem::internal)?;
            writer.finish().map_err(Problem::internal)?
        }
    };
    Ok(packed.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn every_packing_unpacks_to_the_same_bytes() {
        let body = Bytes::from("养老服务标准 ".repeat(500));
        let mut brotli = Vec::new();
        let packed_brotli = packed(&body, Encoding::Brotli).unwrap();
        brotli::Decompressor::new(packed_brotli.as_ref(), 4096)
            .read_to_end(&mut brotli)
            .unwrap();
        assert_eq!(brotli, body);
        let zstd = zstd::decode_all(packed(&body, Encoding::Zstd).unwrap().as_ref()).unwrap();
        assert_eq!(zstd, body);
        let mut gzip = Vec::new();
        let packed_gzip = packed(&body, Encoding::Gzip).unwrap();
        flate2::read::GzDecoder::new(packed_gzip.as_ref())
            .read_to_end(&mut gzip)
            .unwrap();
        assert_eq!(gzip, body);
    }
}
