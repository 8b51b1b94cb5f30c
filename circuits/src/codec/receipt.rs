//! A proof as bytes, with what it is a proof of.
//!
//! ```text
//! kind            1 byte, 0 for an off-chain proof and 1 for a settlement proof
//! weight digest  32 bytes, of the model, whether or not this is a batch of it
//! size            8 bytes, the number of samples that the proof is about: 1, or the size of a batch
//! samples         8 bytes, how many of them somebody asked for: the others are copies of the last of these
//!
//! context        32 bytes
//! output          8 bytes a value
//!
//! then for an off-chain proof
//!   commitments  64 bytes a point, in the order of `Commitments::sections`
//!   elements     32 bytes a scalar, in the order of `Statement::schedule`
//!
//! or for a settlement proof
//!   what a contract is sent, which starts with the same commitments: see `SettlementProof::to_bytes`
//! ```
//!
//! The statement and the kind fix every length, so that none is written and none can lie. The size says which statement it is,
//! and the number of samples only how a batch was filled: whoever checks a proof fills up the samples that he has himself.

use std::fmt;

use super::{CodecError, Reader};
use crate::{
    claim::Claim,
    commitments::Commitments,
    digest::Digest,
    encoding::{FR_BYTES, G1_BYTES, fr_to_bytes, g1_to_bytes},
    settlement::proof::SettlementProof,
    verifier::{native::Proof, statement::Statement},
};

const DIGEST_BYTES: usize = 32;

/// What a proof shows to those who read it, and who can check it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProofKind {
    /// The argument itself. It is not zero-knowledge.
    OffChain,
    /// The zero-knowledge proof that the argument is accepted, which a contract can check too.
    Settlement,
}

impl ProofKind {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::OffChain, Self::Settlement];

    const fn tag(self) -> u8 {
        match self {
            Self::OffChain => 0,
            Self::Settlement => 1,
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let [tag] = reader.array("the proof's kind")?;
        Self::ALL.into_iter().find(|kind| kind.tag() == tag).ok_or(CodecError::Kind(tag))
    }
}

impl fmt::Display for ProofKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OffChain => "off-chain",
            Self::Settlement => "settlement",
        })
    }
}

/// A proof of either kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReceiptProof {
    /// The argument itself.
    OffChain(Proof),
    /// The zero-knowledge proof that the argument is accepted.
    Settlement(SettlementProof),
}

impl ReceiptProof {
    /// Which kind it is of.
    #[must_use]
    pub const fn kind(&self) -> ProofKind {
        match self {
            Self::OffChain(_) => ProofKind::OffChain,
            Self::Settlement(_) => ProofKind::Settlement,
        }
    }

    fn length(statement: &Statement<'_>, kind: ProofKind) -> usize {
        match kind {
            ProofKind::OffChain => points(statement) * G1_BYTES + elements(statement) * FR_BYTES,
            ProofKind::Settlement => SettlementProof::length(&statement.layout),
        }
    }

    fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::OffChain(proof) => {
                let points = proof.commitments.points().flat_map(g1_to_bytes);
                points.chain(proof.elements.iter().flat_map(fr_to_bytes)).collect()
            }
            Self::Settlement(proof) => proof.to_bytes(),
        }
    }

    fn read(statement: &Statement<'_>, kind: ProofKind, reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        match kind {
            ProofKind::OffChain => read_off_chain(statement, reader).map(Self::OffChain),
            ProofKind::Settlement => SettlementProof::read(statement, reader).map(Self::Settlement),
        }
    }
}

/// A claim without its input, which whoever checks a receipt has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What a settlement binds the answer to; zeros for an answer that settles nothing.
    pub context: Digest,
    /// The output's integers, row-major.
    pub output: Vec<i64>,
}

/// What stands at the head of a receipt. It says which statement the rest is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiptHead {
    /// The proof's kind.
    pub kind: ProofKind,
    /// The weight digest: which model with which weights.
    pub key: Digest,
    /// The number of samples that the proof is about: 1, or the size of a batch.
    pub size: usize,
    /// How many of them somebody asked for.
    pub samples: usize,
}

impl ReceiptHead {
    const BYTES: usize = 1 + DIGEST_BYTES + 2 * size_of::<u64>();

    /// Reads the head of a receipt's bytes.
    ///
    /// # Errors
    /// [`CodecError::Kind`], [`CodecError::Truncated`] or [`CodecError::Samples`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        Self::read(&mut Reader::new(bytes))
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let kind = ProofKind::read(reader)?;
        let key = Digest(reader.array("the weight digest")?);
        let [size, samples] = [reader.number("the batch's size")?, reader.number("the number of samples")?];
        let number = |number| usize::try_from(number).ok();
        match (number(size), number(samples)) {
            (Some(size), Some(samples)) if (1..=size).contains(&samples) => Ok(Self { kind, key, size, samples }),
            _ => Err(CodecError::Samples { size, samples }),
        }
    }

    fn to_bytes(self) -> Vec<u8> {
        let number = |number: usize| u64::try_from(number).unwrap_or(u64::MAX).to_be_bytes();
        [&[self.kind.tag()], self.key.as_ref(), &number(self.size), &number(self.samples)].concat()
    }
}

/// An answer, the proof of it, and the names of what they are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The weight digest: which model with which weights.
    pub key: Digest,
    /// The number of samples that the proof is about: 1, or the size of a batch.
    pub size: usize,
    /// How many of them somebody asked for. The others are copies of the last of these.
    pub samples: usize,
    /// The answer.
    pub answer: Answer,
    /// The proof.
    pub proof: ReceiptProof,
}

impl Receipt {
    /// The number of bytes that every receipt of a statement with a proof of this kind has.
    #[must_use]
    pub fn length(statement: &Statement<'_>, kind: ProofKind) -> usize {
        let answer = DIGEST_BYTES + outputs(statement) * size_of::<i64>();
        ReceiptHead::BYTES + answer + ReceiptProof::length(statement, kind)
    }

    /// Its head.
    #[must_use]
    pub const fn head(&self) -> ReceiptHead {
        ReceiptHead { kind: self.proof.kind(), key: self.key, size: self.size, samples: self.samples }
    }

    /// The bytes of the receipt.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.head().to_bytes();
        bytes.extend(self.answer.context.0);
        bytes.extend(self.answer.output.iter().flat_map(|value| value.to_be_bytes()));
        bytes.extend(self.proof.to_bytes());
        bytes
    }

    /// The receipt with these bytes, for the statement of as many samples as its head says.
    ///
    /// # Soundness
    /// Nothing in a receipt is true before a verifier has accepted its proof.
    ///
    /// # Errors
    /// - [`CodecError::Kind`], [`CodecError::Samples`] or [`CodecError::Length`] if this is no proof of the statement.
    /// - [`CodecError::Point`] or [`CodecError::Scalar`] if 64 bytes are no point, or 32 are no reduced scalar.
    pub fn from_bytes(statement: &Statement<'_>, bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes);
        let kind = ProofKind::read(&mut Reader::new(bytes))?;
        let (expected, found) = (Self::length(statement, kind), bytes.len());
        if expected != found {
            return Err(CodecError::Length { kind, expected, found });
        }
        let ReceiptHead { key, size, samples, .. } = ReceiptHead::read(&mut reader)?;
        let context = Digest(reader.array("the context")?);
        let answer = Answer { context, output: reader.integers("the output", outputs(statement))? };
        let proof = ReceiptProof::read(statement, kind, &mut reader)?;
        Ok(Self { key, size, samples, answer, proof })
    }

    /// The claim of the receipt about an input.
    #[must_use]
    pub fn claim<'c>(&'c self, input: &'c [i64]) -> Claim<&'c [i64]> {
        Claim { context: self.answer.context, input, output: &self.answer.output }
    }
}

fn read_off_chain(statement: &Statement<'_>, reader: &mut Reader<'_>) -> Result<Proof, CodecError> {
    const PART: &str = "the commitments";
    let points = reader.points(PART, points(statement))?;
    let commitments =
        Commitments::from_points(&statement.layout, &points).ok_or(CodecError::Truncated { part: PART })?;
    let elements = reader.scalars("the proof's elements", elements(statement))?;
    Ok(Proof { commitments, elements })
}

fn outputs(statement: &Statement<'_>) -> usize {
    let model = statement.model;
    model.tensor_axes(model.tensors() - 1).iter().product()
}

fn points(statement: &Statement<'_>) -> usize {
    Commitments::count(&statement.layout)
}

fn elements(statement: &Statement<'_>) -> usize {
    statement.schedule().iter().map(|message| message.1).sum()
}
