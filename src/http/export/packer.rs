//! Packing a body whose end has not been made yet.

use std::io::Write;

use crate::domain::problem::Problem;
use crate::http::encode::{BROTLI_QUALITY, BROTLI_WINDOW, ZSTD_LEVEL};
use crate::http::negotiate::Encoding;

const BUFFER: usize = 4096;

/// Takes plain pieces and gives packed ones.
pub enum Packer {
    Identity,
    Brotli(Box<brotli::CompressorWriter<Vec<u8>>>),
    Zstd(zstd::stream::write::Encoder<'static, Vec<u8>>),
    Gzip(flate2::write::GzEncoder<Vec<u8>>),
}

impl Packer {
    pub fn new(encoding: Encoding) -> Result<Self, Problem> {
        Ok(match encoding {
            Encoding::Identity => Self::Identity,
            Encoding::Brotli => Self::Brotli(Box::new(brotli::CompressorWriter::new(
                Vec::new(),
                BUFFER,
                BROTLI_QUALITY,
                BROTLI_WINDOW,
            ))),
            Encoding::Zstd => Self::Zstd(
                zstd::stream::write::Encoder::new(Vec::new(), ZSTD_LEVEL).map_err(Problem::internal)?,
            ),
            Encoding::Gzip => Self::Gzip(flate2::write::GzEncoder::new(
                Vec::new(),
                flate2::Compression::default(),
            )),
        })
    }

    /// Everything so far, flushed: the client sees each piece when it is sent.
    pub fn pack(&mut self, piece: &[u8]) -> Result<Vec<u8>, Problem> {
        if piece.is_empty() {
            return Ok(Vec::new());
        }
        let packed = match self {
            Self::Identity => Ok(piece.to_vec()),
            Self::Brotli(writer) => {
                flushed(writer.as_mut(), piece).map(|()| std::mem::take(writer.get_mut()))
            }
            Self::Zstd(writer) => flushed(writer, piece).map(|()| std::mem::take(writer.get_mut())),
            Self::Gzip(writer) => flushed(writer, piece).map(|()| std::mem::take(writer.get_mut())),
        };
        packed.map_err(Problem::internal)
    }

    /// The last piece with what ends the packing.
    pub fn finish(self, piece: &[u8]) -> Result<Vec<u8>, Problem> {
        let packed = match self {
            Self::Identity => Ok(piece.to_vec()),
            Self::Brotli(mut writer) => writer.write_all(piece).map(|()| writer.into_inner()),
            Self::Zstd(mut writer) => writer.write_all(piece).and_then(|()| writer.finish()),
            Self::Gzip(mut writer) => writer.write_all(piece).and_then(|()| writer.finish()),
        };
        packed.map_err(Problem::internal)
    }
}

fn flushed(writer: &mut impl Write, piece: &[u8]) -> std::io::Result<()> {
    writer.write_all(piece)?;
    writer.flush()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn pieces_unpack_to_one_body() {
        let pieces: Vec<Vec<u8>> = (0..20)
            .map(|n| format!("{n} 养老服务标准\n").repeat(99).into_bytes())
            .collect();
        for encoding in [
            Encoding::Identity,
            Encoding::Brotli,
            Encoding::Zstd,
            Encoding::Gzip,
        ] {
            let mut packer = Packer::new(encoding).unwrap();
            let mut packed = Vec::new();
            for piece in &pieces {
                packed.extend(packer.pack(piece).unwrap());
            }
            packed.extend(packer.finish(b"end").unwrap());
            let mut plain = Vec::new();
            match encoding {
                Encoding::Identity => plain = packed,
                Encoding::Brotli => {
                    brotli::Decompressor::new(&packed[..], 4096)
                        .read_to_end(&mut plain)
                        .unwrap();
                }
                Encoding::Zstd => plain = zstd::decode_all(&packed[..]).unwrap(),
                Encoding::Gzip => {
                    flate2::read::GzDecoder::new(&packed[..])
                        .read_to_end(&mut plain)
                        .unwrap();
                }
            }
            assert_eq!(plain, [pieces.concat(), b"end".to_vec()].concat(), "{encoding:?}");
        }
    }
}
