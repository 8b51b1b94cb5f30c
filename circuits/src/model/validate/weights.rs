//! The checks of a model's private part against its public part.

use super::{ModelError, Place, check_all, check_magnitude};
use crate::model::{Architecture, Weights};

impl Weights {
    /// Refuses weights that do not fit the architecture, which is valid, or that are too large.
    ///
    /// # Errors
    /// - [`ModelError::WeightCount`] or [`ModelError::WeightLength`] if there are more or fewer.
    /// - [`ModelError::Magnitude`] if one is too large.
    pub fn validate(&self, architecture: &Architecture) -> Result<(), ModelError> {
        let (found, expected) = (self.0.len(), architecture.weights.len());
        if found != expected {
            return Err(ModelError::WeightCount { found, expected });
        }
        check_all(&self.0, |tensor, values| {
            let shape = architecture.weights.get(tensor).map_or(&[][..], |shape| &shape.axes);
            check_length(tensor, values.len(), shape.iter().product())?;
            values.iter().try_for_each(|&value| check_magnitude(Place::Weights(tensor), "a weight", value))
        })
    }
}

fn check_length(tensor: usize, found: usize, expected: usize) -> Result<(), ModelError> {
    if found == expected { Ok(()) } else { Err(ModelError::WeightLength { tensor, found, expected }) }
}
