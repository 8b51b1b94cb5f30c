//! Why a model is not compiled.

use hallmark_circuits::model::ModelError;
use thiserror::Error;

/// Why a model is not compiled.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum CompileError {
    /// The bytes are no ONNX model.
    #[error("this is not an ONNX model: {0}")]
    Decode(String),
    /// The model is larger than this compiler takes.
    #[error("{what} is {found}, more than the limit of {limit}")]
    TooLarge {
        /// What is too large.
        what: String,
        /// Its size.
        found: u128,
        /// The limit.
        limit: u128,
    },
    /// The model has no input, several outputs, or a shape that is not fixed.
    #[error("{0}")]
    Interface(String),
    /// A constant cannot be read.
    #[error("tensor `{name}`: {reason}")]
    Tensor {
        /// The tensor.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An operator that is not supported.
    #[error("node `{node}`: operator {operator} {reason}; {way_out}. `hallmark operators` lists what is supported")]
    Operator {
        /// The node.
        node: String,
        /// Its operator.
        operator: String,
        /// Why it is refused.
        reason: &'static str,
        /// What helps.
        way_out: String,
    },
    /// An operator that is supported, used in a way that is not.
    #[error("node `{node}` ({operator}): {reason}")]
    Node {
        /// The node.
        node: String,
        /// Its operator.
        operator: String,
        /// What is not supported.
        reason: String,
    },
    /// The calibration data or labels do not fit the model.
    #[error("calibration: {0}")]
    Calibration(String),
    /// The options contradict each other or their limits.
    #[error("options: {0}")]
    Options(String),
    /// The float reference does not run, or disagrees with the imported model.
    #[error("float reference: {0}")]
    Reference(String),
    /// No widths keep the error within the tolerance.
    #[error(
        "the mean error is {:.2}% of the outputs' spread, above the tolerance of {:.2}%, with {activation_bits} bits of activations \
         and {input_bits} of the input, which do best; most of it comes from `{blame}`. Accept more with --tolerance, or look for \
         outliers in the calibration data",
        100.0 * found,
        100.0 * tolerance
    )]
    Tolerance {
        /// The greatest error to accept.
        tolerance: f64,
        /// The least error that was reached.
        found: f64,
        /// The bits of an activation that reach it.
        activation_bits: u32,
        /// The bits of the input that reach it.
        input_bits: u32,
        /// The layer whose error grows most.
        blame: String,
    },
    /// The result breaks a limit that models must keep.
    #[error("the compiled model is refused: {0}")]
    Model(#[from] ModelError),
    /// A step cannot be given integers.
    #[error("step `{step}`: {reason}")]
    Quantize {
        /// The step.
        step: String,
        /// What is wrong.
        reason: String,
    },
}

impl CompileError {
    pub(super) fn quantize(step: &str, reason: impl Into<String>) -> Self {
        Self::Quantize { step: step.to_owned(), reason: reason.into() }
    }
}

/// Refuses a size above its limit.
pub(super) fn check_size(what: impl Into<String>, found: u128, limit: u128) -> Result<(), CompileError> {
    if found <= limit { Ok(()) } else { Err(CompileError::TooLarge { what: what.into(), found, limit }) }
}
