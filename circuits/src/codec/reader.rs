//! Takes values off the front of bytes.

use ark_bn254::{Fr, G1Affine};

use super::CodecError;
use crate::encoding::{FR_BYTES, G1_BYTES, fr_from_bytes, g1_from_bytes};

/// What is left of bytes that are being decoded.
#[derive(Clone, Debug)]
pub struct Reader<'b> {
    rest: &'b [u8],
}

impl<'b> Reader<'b> {
    /// Starts at the front.
    #[must_use]
    pub fn new(bytes: &'b [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next `count` bytes, which are a part of `part`.
    ///
    /// # Errors
    /// [`CodecError::Truncated`] if the bytes end before that.
    pub fn slice(&mut self, part: &'static str, count: usize) -> Result<&'b [u8], CodecError> {
        let (head, rest) = self.rest.split_at_checked(count).ok_or(CodecError::Truncated { part })?;
        self.rest = rest;
        Ok(head)
    }

    /// The next `N` bytes.
    ///
    /// # Errors
    /// [`CodecError::Truncated`] if the bytes end before that.
    pub fn array<const N: usize>(&mut self, part: &'static str) -> Result<[u8; N], CodecError> {
        let (head, rest) = self.rest.split_first_chunk().ok_or(CodecError::Truncated { part })?;
        self.rest = rest;
        Ok(*head)
    }

    /// The next 8 bytes as a number.
    ///
    /// # Errors
    /// [`CodecError::Truncated`] if the bytes end before that.
    pub fn number(&mut self, part: &'static str) -> Result<u64, CodecError> {
        self.array(part).map(u64::from_be_bytes)
    }

    /// The next byte as a flag.
    ///
    /// # Errors
    /// [`CodecError::Truncated`] if nothing is left, and [`CodecError::Flag`] if the byte is neither 0 nor 1.
    pub fn flag(&mut self, part: &'static str) -> Result<bool, CodecError> {
        match self.array(part)? {
            [0] => Ok(false),
            [1] => Ok(true),
            [other] => Err(CodecError::Flag(other)),
        }
    }

    /// The next points.
    ///
    /// # Errors
    /// [`CodecError::Truncated`] if the bytes end before that, and [`CodecError::Point`] if 64 of them are no point.
    pub fn points(&mut self, part: &'static str, count: usize) -> Result<Vec<G1Affine>, CodecError> {
        let bytes = self.chunks::<G1_BYTES>(part, count)?;
        let decode = |(index, bytes)| g1_from_bytes(bytes).ok_or(CodecError::Point { part, index });
        bytes.iter().enumerate().map(decode).collect()
    }

    /// The next scalars.
    ///
    /// # Errors
    /// [`CodecError::Truncated`] if the bytes end before that, and [`CodecError::Scalar`] if 32 of them are no reduced scalar.
    pub fn scalars(&mut self, part: &'static str, count: usize) -> Result<Vec<Fr>, CodecError> {
        let bytes = self.chunks::<FR_BYTES>(part, count)?;
        let decode = |(index, bytes)| fr_from_bytes(bytes).ok_or(CodecError::Scalar { part, index });
        bytes.iter().enumerate().map(decode).collect()
    }

    /// The next integers of 8 bytes, in two's complement.
    ///
    /// # Errors
    /// [`CodecError::Truncated`] if the bytes end before that.
    pub fn integers(&mut self, part: &'static str, count: usize) -> Result<Vec<i64>, CodecError> {
        Ok(self.chunks::<8>(part, count)?.iter().map(|bytes| i64::from_be_bytes(*bytes)).collect())
    }

    /// Refuses whatever is left.
    ///
    /// # Errors
    /// [`CodecError::Trailing`] if bytes are left.
    pub fn finish(self) -> Result<(), CodecError> {
        if self.rest.is_empty() { Ok(()) } else { Err(CodecError::Trailing { extra: self.rest.len() }) }
    }

    fn chunks<const N: usize>(&mut self, part: &'static str, count: usize) -> Result<&'b [[u8; N]], CodecError> {
        let length = count.checked_mul(N).ok_or(CodecError::Truncated { part })?;
        Ok(self.slice(part, length)?.as_chunks().0)
    }
}
