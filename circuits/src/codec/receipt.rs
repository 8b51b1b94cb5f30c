//! A proof as bytes, with what it is a proof of.
//!
//! ```text
//! key digest   32 bytes
//! context      32 bytes
//! output        8 bytes a value
//! commitments  64 bytes a point, in the order of `Commitments::parts`
//! elements     32 bytes a scalar, in the order of `Statement::schedule`
//! ```
//!
//! The statement fixes every count, so that no length is written and none can lie.

use super::{CodecError, Reader};
use crate::{
    commitments::Commitments,
    encoding::{FR_BYTES, G1_BYTES, fr_to_bytes, g1_to_bytes},
    verifier::{native::Proof, statement::Statement},
};

const DIGEST_BYTES: usize = 32;

/// An answer, the proof of it, and the names of what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The digest of the verifying key: which model with which weights.
    pub key: [u8; 32],
    /// What a settlement binds the proof to; zeros for a proof that settles nothing.
    pub context: [u8; 32],
    /// The output's integers, row-major.
    pub output: Vec<i64>,
    /// The proof.
    pub proof: Proof,
}

/// How many there are of what a receipt repeats.
struct Counts {
    outputs: usize,
    points: usize,
    elements: usize,
}

impl Counts {
    fn of(statement: &Statement<'_>) -> Self {
        let model = statement.model;
        Self {
            outputs: model.tensor_axes(model.tensors() - 1).iter().product(),
            points: Commitments::shape(&statement.layout).iter().map(|part| part.1).sum(),
            elements: statement.schedule().iter().map(|message| message.1).sum(),
        }
    }

    fn bytes(&self) -> usize {
        2 * DIGEST_BYTES + self.outputs * size_of::<i64>() + self.points * G1_BYTES + self.elements * FR_BYTES
    }
}

impl Receipt {
    /// The number of bytes that every receipt of a statement has.
    #[must_use]
    pub fn length(statement: &Statement<'_>) -> usize {
        Counts::of(statement).bytes()
    }

    /// The bytes of the receipt.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = [self.key, self.context].concat();
        bytes.extend(self.output.iter().flat_map(|value| value.to_be_bytes()));
        bytes.extend(self.proof.commitments.parts().into_iter().flatten().flat_map(g1_to_bytes));
        bytes.extend(self.proof.elements.iter().flat_map(fr_to_bytes));
        bytes
    }

    /// The receipt with these bytes, for a statement.
    pub fn from_bytes(statement: &Statement<'_>, bytes: &[u8]) -> Result<Self, CodecError> {
        let counts = Counts::of(statement);
        let (expected, found) = (counts.bytes(), bytes.len());
        if expected != found {
            return Err(CodecError::Length { expected, found });
        }
        let mut reader = Reader::new(bytes);
        let key = reader.array("the key's digest")?;
        let context = reader.array("the context")?;
        let output = reader.integers("the output", counts.outputs)?;
        let points = reader.points("the commitments", counts.points)?;
        let commitments = Commitments::from_points(&statement.layout, &points)
            .ok_or(CodecError::Truncated { part: "the commitments" })?;
        let elements = reader.scalars("the proof's elements", counts.elements)?;
        reader.finish()?;
        Ok(Self { key, context, output, proof: Proof { commitments, elements } })
    }
}
