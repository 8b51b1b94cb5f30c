//! The transcript in halo2's terms.

use std::io::{self, Error, ErrorKind, Read, Write};

use ark_bn254::Fr;
use ark_ec::AffineRepr;
use ark_ff::PrimeField;
use halo2_proofs::{
    halo2curves::bn256,
    transcript::{EncodedChallenge, Transcript, TranscriptRead, TranscriptWrite},
};

use super::{
    convert::{point_from_halo2, point_to_halo2, scalar_from_halo2, scalar_to_halo2},
    transcript::KeccakTranscript,
};
use crate::encoding::{FR_BYTES, G1_BYTES, fr_from_bytes, fr_to_bytes, g1_from_bytes, g1_to_bytes};

/// A challenge: a digest modulo r.
#[derive(Clone, Copy, Debug)]
pub struct Challenge(bn256::Fr);

impl EncodedChallenge<bn256::G1Affine> for Challenge {
    type Input = [u8; 32];

    fn new(digest: &[u8; 32]) -> Self {
        Self(scalar_to_halo2(&Fr::from_be_bytes_mod_order(digest)))
    }

    fn get_scalar(&self) -> bn256::Fr {
        self.0
    }
}

impl<S> Transcript<bn256::G1Affine, Challenge> for KeccakTranscript<S> {
    fn squeeze_challenge(&mut self) -> Challenge {
        Challenge(scalar_to_halo2(&self.challenge()))
    }

    fn common_point(&mut self, point: bn256::G1Affine) -> io::Result<()> {
        self.absorb_point(&point_from_halo2(&point));
        Ok(())
    }

    fn common_scalar(&mut self, scalar: bn256::Fr) -> io::Result<()> {
        self.absorb_scalar(&scalar_from_halo2(&scalar));
        Ok(())
    }
}

impl<R: Read> TranscriptRead<bn256::G1Affine, Challenge> for KeccakTranscript<R> {
    fn read_point(&mut self) -> io::Result<bn256::G1Affine> {
        let mut bytes = [0; G1_BYTES];
        self.stream.read_exact(&mut bytes)?;
        // The neutral element is no point of an honest proof, and a contract refuses it.
        let point = g1_from_bytes(&bytes).filter(|point| !point.is_zero());
        let point = point.ok_or_else(|| Error::new(ErrorKind::InvalidData, "not a point, or the neutral element"))?;
        self.buffer.extend(bytes);
        Ok(point_to_halo2(&point))
    }

    fn read_scalar(&mut self) -> io::Result<bn256::Fr> {
        let mut bytes = [0; FR_BYTES];
        self.stream.read_exact(&mut bytes)?;
        let scalar = fr_from_bytes(&bytes).ok_or_else(|| Error::new(ErrorKind::InvalidData, "not a scalar"))?;
        self.buffer.extend(bytes);
        Ok(scalar_to_halo2(&scalar))
    }
}

impl<W: Write> TranscriptWrite<bn256::G1Affine, Challenge> for KeccakTranscript<W> {
    fn write_point(&mut self, point: bn256::G1Affine) -> io::Result<()> {
        self.common_point(point)?;
        self.stream.write_all(&g1_to_bytes(&point_from_halo2(&point)))
    }

    fn write_scalar(&mut self, scalar: bn256::Fr) -> io::Result<()> {
        self.common_scalar(scalar)?;
        self.stream.write_all(&fr_to_bytes(&scalar_from_halo2(&scalar)))
    }
}

#[cfg(test)]
mod tests {
    use ark_bn254::G1Affine;
    use sha3::{Digest, Keccak256};

    use super::*;

    #[test]
    fn neither_the_neutral_element_nor_what_is_no_point_is_read() {
        let bytes = g1_to_bytes(&G1Affine::generator());
        let read = |bytes: &[u8]| KeccakTranscript::new(bytes).read_point();
        assert_eq!(read(&bytes).unwrap(), point_to_halo2(&G1Affine::generator()));
        let mut off = bytes;
        off[63] ^= 1;
        for refused in [&[0; G1_BYTES], &off] {
            assert_eq!(read(refused).unwrap_err().kind(), ErrorKind::InvalidData);
        }
        assert_eq!(read(&bytes[..63]).unwrap_err().kind(), ErrorKind::UnexpectedEof);
    }

    #[test]
    fn scalars_that_are_not_reduced_are_not_read() {
        let read = |bytes: &[u8]| KeccakTranscript::new(bytes).read_scalar();
        assert_eq!(read(&fr_to_bytes(&-Fr::from(1))).unwrap(), scalar_to_halo2(&-Fr::from(1)));
        assert_eq!(read(&[0xff; FR_BYTES]).unwrap_err().kind(), ErrorKind::InvalidData);
    }

    /// What is read and what is written is absorbed alike.
    #[test]
    fn readers_and_writers_draw_the_same_challenges() {
        let (scalar, point) = (scalar_to_halo2(&Fr::from(7)), point_to_halo2(&G1Affine::generator()));
        let mut writer = KeccakTranscript::new(Vec::<u8>::new());
        writer.write_scalar(scalar).unwrap();
        writer.write_point(point).unwrap();
        let mut sender = KeccakTranscript::new(Vec::<u8>::new());
        sender.send_scalar(&Fr::from(7));
        sender.send_point(&G1Affine::generator());
        let drawn = [writer.challenge(), writer.challenge()];
        assert_eq!([sender.challenge(), sender.challenge()], drawn);
        let bytes = writer.into_stream();
        // As snark-verifier draws them: from what was absorbed, and from the last digest and a one.
        let first = Keccak256::digest(&bytes);
        let second = Keccak256::digest([first.as_slice(), &[1]].concat());
        assert_eq!(drawn, [first, second].map(|digest| Fr::from_be_bytes_mod_order(&digest)));
        assert_eq!(sender.into_stream(), bytes);
        let mut reader = KeccakTranscript::new(bytes.as_slice());
        assert_eq!(reader.read_scalar().unwrap(), scalar);
        assert_eq!(reader.read_point().unwrap(), point);
        assert_eq!([reader.challenge(), reader.challenge()], drawn);
        assert!(reader.into_stream().is_empty());
    }
}
