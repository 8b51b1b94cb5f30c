//! Many points from a stream: decoded in parallel, in blocks, so that memory stays near that of the result.

use std::io::{self, Read};

use ark_bn254::G1Affine;
use ark_ec::AffineRepr;
use hallmark_circuits::encoding::G1_BYTES;
use rayon::prelude::*;

use super::SrsError;

/// Points read at once: 1 MiB, enough work for every core.
const BLOCK: usize = 1 << 14;

/// Reads `count` points of G1, each valid and none neutral. The caller knows that the stream is long enough for them.
pub(super) fn read_g1(
    reader: &mut impl Read,
    count: usize,
    decode: fn(&[u8; G1_BYTES]) -> Option<G1Affine>,
    on_io: impl Fn(io::Error) -> SrsError,
) -> Result<Vec<G1Affine>, SrsError> {
    let mut points = Vec::with_capacity(count);
    let mut block = vec![0; BLOCK.min(count) * G1_BYTES];
    while points.len() < count {
        let bytes = &mut block[..BLOCK.min(count - points.len()) * G1_BYTES];
        reader.read_exact(bytes).map_err(&on_io)?;
        decode_block(&mut points, bytes, decode)?;
    }
    Ok(points)
}

fn decode_block(
    points: &mut Vec<G1Affine>,
    bytes: &[u8],
    decode: fn(&[u8; G1_BYTES]) -> Option<G1Affine>,
) -> Result<(), SrsError> {
    let (encodings, _) = bytes.as_chunks::<G1_BYTES>();
    let decoded: Vec<_> = encodings.par_iter().map(|bytes| decode(bytes).filter(|point| !point.is_zero())).collect();
    for point in decoded {
        points.push(point.ok_or(SrsError::Point { index: points.len() })?);
    }
    Ok(())
}
