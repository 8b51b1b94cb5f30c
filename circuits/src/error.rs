//! Why a proof, a key or a model is refused.

use thiserror::Error;

use crate::{message::Message, model::ModelError, semantics::ExecutionError};

/// An equation that the verifier asserts. The native error, the circuit's annotation and the tests share these names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Check {
    /// The first sumcheck's last claim is not what its evaluations give.
    MainSumcheck,
    /// The merging sumcheck's last claim is not what the opened values give.
    MergeSumcheck,
    /// A challenge of the opening is one for which interpolation is undefined.
    OpeningPoints,
    /// The pairing equation of the opening does not hold.
    Pairing,
    /// The proof that the settlement circuit holds is refused.
    Settlement,
}

/// Why the verifier refuses a proof.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Reject {
    /// An equation does not hold.
    #[error("the check {0:?} does not hold")]
    Check(Check),
    /// The proof ends before all was said.
    #[error("the proof ends after {found} field elements, before the message {message:?}")]
    Ended {
        /// The message that is missing.
        message: Message,
        /// The number of elements found.
        found: usize,
    },
    /// The proof says more than it should.
    #[error("the proof has {found} field elements where the verifying key fixes {expected}")]
    Trailing {
        /// The number that the verifying key fixes.
        expected: usize,
        /// The number found.
        found: usize,
    },
    /// The key was made under another setup.
    #[error("the key was made under another structured reference string than the one given")]
    Setup,
    /// The public values are not of the model's kind.
    #[error("{0}")]
    Values(#[from] ExecutionError),
    /// The output does not have the model's number of values or one lies outside its table's range.
    #[error("the claimed output has {found} values within the model's range where it must have {expected}")]
    Output {
        /// The model's number of values.
        expected: usize,
        /// The number of fitting values.
        found: usize,
    },
    /// A batch of group elements has another length than the verifying key fixes.
    #[error("the proof has {found} commitments to {part} where the verifying key fixes {expected}")]
    Commitments {
        /// What is committed to.
        part: &'static str,
        /// The number that the verifying key fixes.
        expected: usize,
        /// The number found.
        found: usize,
    },
    /// A group element of the proof is the neutral one, which no honest proof has.
    #[error("commitment {index} to {part} is the neutral element, which no proof has: get the proof again")]
    Neutral {
        /// What is committed to.
        part: &'static str,
        /// Which of its points.
        index: usize,
    },
    /// The published numbers are not as many as the verifying key fixes.
    #[error("the proof does not publish as many numbers as the verifying key fixes")]
    Published,
    /// The model itself is refused.
    #[error("the key's model is refused: {0}")]
    Model(#[from] ModelError),
}
