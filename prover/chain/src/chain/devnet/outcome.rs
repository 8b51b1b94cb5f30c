//! How a call ended.

use revm::context::result::ExecutionResult;

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With these bytes.
    Returned(Vec<u8>),
    /// Undone by the contract, which says why in these bytes.
    Reverted(Vec<u8>),
    /// Undone by the machine, for want of gas say.
    Halted(String),
}

impl From<ExecutionResult> for Outcome {
    fn from(result: ExecutionResult) -> Self {
        match result {
            ExecutionResult::Success { output, .. } => Self::Returned(output.into_data().into()),
            ExecutionResult::Revert { output, .. } => Self::Reverted(output.into()),
            ExecutionResult::Halt { reason, .. } => Self::Halted(format!("{reason:?}")),
        }
    }
}
