//! What a score counts or adds up.

use serde::{Deserialize, Serialize};

/// A measure of how well answers agree with labels.
///
/// All of them count samples or add up integers, so that a score is exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Metric {
    /// For labels that are classes: how many samples have a class that is among the so many greatest outputs. Of equal outputs the
    /// first counts as the greater one. With 1 it is accuracy.
    ///
    /// The score is this number, and the number of all samples.
    TopK(usize),
    /// For two classes and a model with one output: class 1 is where the model's integer is at least this.
    ///
    /// The score is the number of samples of class 1 that the model puts there (true positives), of those of class 0 that it puts
    /// there (false positives), of all of class 1, and of all.
    Threshold(i64),
    /// For labels that are numbers: the sum of the distances between outputs and labels, in the unit of the model's output.
    ///
    /// The score is the number of samples, and two digits of the sum: `2^16 * high + low`.
    AbsoluteError,
    /// The same with the squares of the distances.
    SquaredError,
}

impl Metric {
    /// How many numbers the score is.
    #[must_use]
    pub const fn numbers(self) -> usize {
        match self {
            Self::TopK(_) => 2,
            Self::Threshold(_) => 4,
            Self::AbsoluteError | Self::SquaredError => 3,
        }
    }

    /// The labels that it takes, for people.
    pub(super) const fn wanted(self) -> &'static str {
        match self {
            Self::TopK(_) | Self::Threshold(_) => "classes",
            Self::AbsoluteError | Self::SquaredError => "numbers",
        }
    }
}
