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

/// Packs a body that is made piece by piece: each piece can be unpacked as soon as it arrives.
pub enum Packer {
    Identity,
    Brotli(Box<brotli::CompressorWriter<Vec<u8>>>),
    Zstd(zstd::Encoder<'static, Vec<u8>>),
    Gzip(flate2::write::GzEncoder<Vec<u8>>),
}

impl Packer {
    pub fn new(encoding: Encoding) -> Result<Self, Problem> {
        Ok(match encoding {
            Encoding::Identity => Self::Identity,
            Encoding::Brotli => Self::Brotli(Box::new(brotli::CompressorWriter::new(
                Vec::new(),
                4096,
                BROTLI_QUALITY,
                BROTLI_WINDOW,
            ))),
            Encoding::Zstd => {
                Self::Zstd(zstd::Encoder::new(Vec::new(), ZSTD_LEVEL).map_err(Problem::internal)?)
            }
            Encoding::Gzip => Self::Gzip(flate2::write::GzEncoder::new(
                Vec::new(),
                flate2::Compression::default(),
            )),
        })
    }

    /// Packs one piece, off the async worker, and hands itself back unless the piece was the last.
    pub async fn pack(self, piece: Vec<u8>, last: bool) -> Result<(Bytes, Option<Self>), Problem> {
        if let Self::Identity = self {
            return Ok((piece.into(), Some(Self::Identity).filter(|_| !last)));
        }
        tokio::task::spawn_blocking(move || self.packed(&piece, last).map_err(Problem::internal))
            .await
            .map_err(Problem::internal)?
    }

    fn packed(mut self, piece: &[u8], last: bool) -> std::io::Result<(Bytes, Option<Self>)> {
        if last {
            return Ok((self.finished(piece)?.into(), None));
        }
        let packed = match &mut self {
            Self::Identity => piece.to_vec(),
            Self::Brotli(writer) => {
                writer.write_all(piece)?;
                writer.flush()?;
                std::mem::take(writer.get_mut())
            }
            Self::Zstd(writer) => {
                writer.write_all(piece)?;
                writer.flush()?;
                std::mem::take(writer.get_mut())
            }
            Self::Gzip(writer) => {
                writer.write_all(piece)?;
                writer.flush()?;
                std::mem::take(writer.get_mut())
            }
        };
        Ok((packed.into(), Some(self)))
    }

    fn finished(self, piece: &[u8]) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Identity => Ok(piece.to_vec()),
            Self::Brotli(mut writer) => {
                writer.write_all(piece)?;
                Ok(writer.into_inner())
            }
            Self::Zstd(mut writer) => {
                writer.write_all(piece)?;
                writer.finish()
            }
            Self::Gzip(mut writer) => {
                writer.write_all(piece)?;
                writer.finish()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn unpacked(encoding: Encoding, packed: &[u8]) -> Vec<u8> {
        let mut plain = Vec::new();
        // What came of a body that broke off counts.
        let _ = match encoding {
            Encoding::Identity => (&mut &packed[..]).read_to_end(&mut plain),
            Encoding::Brotli => brotli::Decompressor::new(packed, 4096).read_to_end(&mut plain),
            Encoding::Zstd => zstd::Decoder::new(packed).unwrap().read_to_end(&mut plain),
            Encoding::Gzip => flate2::read::GzDecoder::new(packed).read_to_end(&mut plain),
        };
        plain
    }

    #[test]
    fn each_piece_can_be_unpacked_as_soon_as_it_is_there() {
        let pieces: Vec<Vec<u8>> = (1..20)
            .map(|piece| format!("第 {piece} 页 ").repeat(piece * 40).into_bytes())
            .collect();
        for encoding in [
            Encoding::Identity,
            Encoding::Brotli,
            Encoding::Zstd,
            Encoding::Gzip,
        ] {
            let mut packer = Some(Packer::new(encoding).unwrap());
            let (mut plain, mut packed) = (Vec::new(), Vec::new());
            for (index, piece) in pieces.iter().enumerate() {
                let last = index + 1 == pieces.len();
                let (bytes, rest) = packer.take().unwrap().packed(piece, last).unwrap();
                packer = rest;
                plain.extend_from_slice(piece);
                packed.extend_from_slice(&bytes);
                assert_eq!(
                    unpacked(encoding, &packed),
                    plain,
                    "{encoding:?} after piece {index}"
                );
            }
            assert!(packer.is_none());
        }
    }

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
