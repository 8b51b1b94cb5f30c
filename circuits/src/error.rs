//! Why a proof, a key or a model is refused.

use thiserror::Error;

/// An equation that the verifier asserts. The native error, the circuit's annotation and the tests share these names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Check {
    /// The first sumcheck's last claim is not what its evaluations give.
    MainSumcheck,
    /// The merging sumcheck's last claim is not what the opened values give.
    MergeSumcheck,
    /// The last fold of the opening is not the claimed value.
    OpeningFold,
    /// A challenge of the opening is one for which interpolation is undefined.
    OpeningPoints,
    /// The pairing equation of the opening does not hold.
    Pairing,
}

/// Why the verifier refuses a proof.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Reject {
    /// An equation does not hold.
    #[error("the check {0:?} does not hold")]
    Check(Check),
    /// A part of the proof has another length than the verifying key fixes.
    #[error("{part} has {found} entries where the verifying key fixes {expected}")]
    Shape {
        /// What has the wrong length.
        part: &'static str,
        /// The length that the verifying key fixes.
        expected: usize,
        /// The length found.
        found: usize,
    },
}
