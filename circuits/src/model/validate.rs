//! Placeholder.
use thiserror::Error;
/// Why a model is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ModelError {
    /// Something.
    #[error("{0}")]
    Invalid(String),
}
