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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use hallmark_circuits::encoding::{g1_from_bytes, g1_to_bytes};

    use super::*;

    fn read(bytes: &[u8], count: usize) -> Result<Vec<G1Affine>, SrsError> {
        let on_io = |source| SrsError::Io { path: PathBuf::new(), source };
        read_g1(&mut &*bytes, count, g1_from_bytes, on_io)
    }

    #[test]
    fn points_of_several_blocks_are_read_in_order() {
        let [one, two] = [G1Affine::generator(), -G1Affine::generator()];
        let count = 2 * BLOCK + 3;
        let points: Vec<G1Affine> = (0..count).map(|index| if index % 3 == 0 { one } else { two }).collect();
        let mut bytes: Vec<u8> = points.iter().flat_map(g1_to_bytes).collect();
        assert_eq!(read(&bytes, count).unwrap(), points);
        assert_eq!(read(&bytes, BLOCK + 1).unwrap(), points[..=BLOCK]);
        assert!(matches!(read(&bytes, count + 1), Err(SrsError::Io { .. })));
        bytes[(BLOCK + 1) * G1_BYTES] ^= 1;
        assert!(matches!(read(&bytes, count), Err(SrsError::Point { index }) if index == BLOCK + 1));
    }
}
