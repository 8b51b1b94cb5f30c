//! Why bytes are not a key or a proof.

use thiserror::Error;

use super::ProofKind;
use crate::{error::Reject, model::ModelError, srs::OpeningKeyError};

/// Why bytes are not what they should be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CodecError {
    /// The bytes end early.
    #[error("the contents end within {part}: copy or make the file again")]
    Truncated {
        /// The part that is cut off.
        part: &'static str,
    },
    /// Bytes follow the end.
    #[error("{extra} bytes follow the end of the contents: copy or make the file again")]
    Trailing {
        /// How many.
        extra: usize,
    },
    /// A proof is of a kind that there is not.
    #[error("the proof is of kind {0}, which this program does not know: make it again with this version")]
    Kind(u8),
    /// A proof is of more samples than it is about, or of none.
    #[error("the proof is of {samples} samples in a batch of {size}: copy or make the file again")]
    Samples {
        /// The number of samples that it is about.
        size: u64,
        /// How many of them are told to be asked for.
        samples: u64,
    },
    /// A proof does not have the length that its key and its kind fix.
    #[error(
        "the {kind} proof has {found} bytes where the verifying key fixes {expected}: it is for another architecture"
    )]
    Length {
        /// The proof's kind.
        kind: ProofKind,
        /// The length that the key fixes.
        expected: usize,
        /// The length found.
        found: usize,
    },
    /// A point is not on the curve, or a coordinate is not reduced.
    #[error("point {index} of {part} is not a point of the curve")]
    Point {
        /// The part that contains the point.
        part: &'static str,
        /// Its position.
        index: usize,
    },
    /// A scalar is not below the group's order.
    #[error("scalar {index} of {part} is not reduced")]
    Scalar {
        /// The part that contains the scalar.
        part: &'static str,
        /// Its position.
        index: usize,
    },
    /// A flag is neither zero nor one.
    #[error("a flag is {0} where it must be 0 or 1")]
    Flag(u8),
    /// The architecture has more bytes than any may have.
    #[error("the architecture has {found} bytes where at most {limit} are accepted")]
    TooLarge {
        /// Its length.
        found: u64,
        /// The greatest length.
        limit: usize,
    },
    /// The architecture's bytes are no architecture.
    #[error("the architecture makes no sense ({0})")]
    Architecture(postcard::Error),
    /// The bytes are another encoding of a value than the one that is written.
    #[error("{part} is not in its canonical encoding")]
    NotCanonical {
        /// The part with this encoding.
        part: &'static str,
    },
    /// The architecture is refused.
    #[error("the model is refused: {0}")]
    Model(#[from] ModelError),
    /// The setup's points do not belong together.
    #[error("the setup is refused: {0}")]
    Setup(#[from] OpeningKeyError),
    /// The commitments do not fit the architecture.
    #[error("{0}")]
    Shape(#[from] Reject),
}
