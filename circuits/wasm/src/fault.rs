//! Why something is refused, by a kind that programs tell apart and a text that people read.

use hallmark_circuits::{
    codec::{CodecError, container::ContainerError},
    digest::Digest,
    error::Reject,
    model::{InputFault, ModelError},
    settlement::pinned::PinError,
};
use thiserror::Error;
use wasm_bindgen::JsValue;

/// Why something is refused.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum Fault {
    /// The bytes are no file of that kind.
    #[error(transparent)]
    Container(#[from] ContainerError),
    /// The contents of a file are refused.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// The settlement key is refused.
    #[error(transparent)]
    Pin(#[from] PinError),
    /// The architecture is refused.
    #[error("the model is refused: {0}")]
    Model(#[from] ModelError),
    /// The input is refused.
    #[error(transparent)]
    Input(#[from] InputFault),
    /// The proof is false.
    #[error("the proof does not hold for this input, output and digest: {0}")]
    Proof(#[from] Reject),
    /// The proof can't be read.
    #[error("the proof is no proof of this model: {0}")]
    Unreadable(CodecError),
    /// The proof is about other weights.
    #[error(
        "the proof was made with weights whose digest is {found}, but {expected} was expected: these are other weights, or another model"
    )]
    Weights {
        /// The digest that was pinned.
        expected: Digest,
        /// The proof's.
        found: Digest,
    },
    /// The proof is bound to something else.
    #[error("the proof was made for the context {found}, but {expected} was expected")]
    Context {
        /// The context that was named.
        expected: Digest,
        /// The proof's.
        found: Digest,
    },
    /// The proof is of more or fewer samples.
    #[error(
        "the proof is of {found} samples, and {expected} were given: give those that it was made for, in their order"
    )]
    Samples {
        /// The number of samples that were given.
        expected: usize,
        /// The proof's.
        found: usize,
    },
    /// The key of a batch was not given, or the model is not offered in this size.
    #[error(
        "there is no key for a batch of {size} samples: give it as one of `batchKeys`, if the model is offered in this size"
    )]
    Batch {
        /// The number of samples.
        size: usize,
    },
    /// A number of values or of bytes is not a multiple of one sample's.
    #[error("the {what} has {found} values or bytes, which is no multiple of the {expected} of one sample")]
    Length {
        /// The input or the output.
        what: &'static str,
        /// Those of one sample.
        expected: usize,
        /// The number found.
        found: usize,
    },
    /// An integer is beyond what JavaScript's arrays of integers hold.
    #[error("an integer of the model does not have 32 bits")]
    Integer,
    /// A digest is not one.
    #[error("a digest has 32 bytes, and this one has {found}")]
    Digest {
        /// The number found.
        found: usize,
    },
    /// The key's file is beyond what any key has.
    #[error("the verifying key has {found} bytes where at most {limit} are accepted")]
    TooLarge {
        /// The number found.
        found: usize,
        /// The most bytes.
        limit: u64,
    },
}

impl Fault {
    /// The name of the kind, as `hallmark --json` has it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Container(_) | Self::Codec(_) | Self::TooLarge { .. } => "damaged",
            Self::Model(_) | Self::Pin(PinError::Model(_)) => "model",
            Self::Input(_) | Self::Length { .. } | Self::Integer => "input",
            Self::Digest { .. } => "usage",
            Self::Pin(_)
            | Self::Proof(_)
            | Self::Unreadable(_)
            | Self::Weights { .. }
            | Self::Context { .. }
            | Self::Samples { .. }
            | Self::Batch { .. } => "refused",
        }
    }
}

/// An error of JavaScript's, with the kind as its name.
impl From<Fault> for JsValue {
    fn from(fault: Fault) -> Self {
        let error = js_sys::Error::new(&fault.to_string());
        error.set_name(fault.kind());
        error.into()
    }
}
