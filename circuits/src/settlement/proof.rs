//! A settlement proof: what a contract is sent besides the public values.

use ark_bn254::{Fr, G1Affine};

use super::{
    table::{CONSTANTS, VALUES},
    verifier::published,
};
use crate::{
    codec::{error::CodecError, reader::Reader},
    commitments::Commitments,
    encoding::{FR_BYTES, G1_BYTES, fr_to_bytes, g1_to_bytes},
    layout::Layout,
    verifier::statement::Statement,
};

/// The points of a halo2 proof: values, the permutation's product, the random polynomial, the quotient's pieces, and the two
/// of the opening.
const POINTS: usize = VALUES + 1 + 1 + (super::DEGREE - 1) + 2;
/// Its evaluations: values here and in the next row, constants, the random polynomial, the permutation, and its product in
/// both rows.
const EVALUATIONS: usize = 2 * VALUES + CONSTANTS + 1 + VALUES + 2;
/// The bytes of a halo2 proof.
pub const ARGUMENT_BYTES: usize = POINTS * G1_BYTES + EVALUATIONS * FR_BYTES;

/// A proof that settles an inference, in zero knowledge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettlementProof {
    /// The group elements of the proof that the circuit verifies.
    pub commitments: Commitments,
    /// What the circuit publishes: the challenge of the packing, and the numbers of the deferred equation.
    pub published: Vec<Fr>,
    /// The halo2 proof.
    pub argument: Vec<u8>,
}

impl SettlementProof {
    /// The number of bytes that every proof of a layout has.
    #[must_use]
    pub fn length(layout: &Layout) -> usize {
        Commitments::count(layout) * G1_BYTES + published(layout) * FR_BYTES + ARGUMENT_BYTES
    }

    /// The bytes that a contract is sent.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.commitments.points().flat_map(g1_to_bytes).collect();
        bytes.extend(self.published.iter().flat_map(fr_to_bytes));
        bytes.extend(&self.argument);
        bytes
    }

    /// Reads a proof of a statement.
    ///
    /// # Soundness
    /// The halo2 proof is taken as it is. What follows the proof is left in the reader.
    ///
    /// # Errors
    /// - [`CodecError::Truncated`] if the bytes end early.
    /// - [`CodecError::Point`] or [`CodecError::Scalar`] if 64 bytes are no point, or 32 are no reduced scalar.
    pub fn read(statement: &Statement<'_>, reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let points: Vec<G1Affine> = reader.points("the commitments", Commitments::count(&statement.layout))?;
        let commitments = Commitments::from_points(&statement.layout, &points)
            .ok_or(CodecError::Truncated { part: "the commitments" })?;
        let published = reader.scalars("the published numbers", published(&statement.layout))?;
        let argument = reader.slice("the halo2 proof", ARGUMENT_BYTES)?.to_vec();
        Ok(Self { commitments, published, argument })
    }
}
