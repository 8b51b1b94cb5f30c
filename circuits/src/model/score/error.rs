//! Why a model has no score on a data set.

use thiserror::Error;

use crate::model::ModelError;

/// Why a model has no score on a data set.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ScoreError {
    /// The model, the form of the set, or what is made of both is beyond a limit.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A sample of the set is no input of the model.
    #[error("a sample of the data set has {found} numbers where the model takes {expected}")]
    Samples {
        /// The numbers of the model's input.
        expected: usize,
        /// Those of a sample.
        found: usize,
    },
    /// The model's answer has other parts than a label.
    #[error("the data set's labels are about {found} {what}, and the model has {expected} outputs")]
    Labels {
        /// What the labels count.
        what: &'static str,
        /// The outputs of the model.
        expected: usize,
        /// What they are about.
        found: usize,
    },
    /// The metric is about other labels.
    #[error("this metric takes labels that are {wanted}")]
    Metric {
        /// The labels that it takes.
        wanted: &'static str,
    },
    /// A threshold tells two classes apart.
    #[error("a threshold tells two classes apart, and the labels are about {found}")]
    TwoClasses {
        /// The classes.
        found: usize,
    },
    /// A label may be among none, or more than all, of the greatest outputs.
    #[error("the greatest {found} of {outputs} outputs are asked for: ask for 1 to {outputs}")]
    TopK {
        /// How many are asked for.
        found: usize,
        /// The outputs of the model.
        outputs: usize,
    },
    /// The model has several outputs.
    #[error("the model answers with several arrays, of which a score can't tell which the labels are about")]
    Arrays,
    /// A function's arguments are too many for a table, or its values too large.
    #[error("{what} may be {least} to {greatest}, which is too wide for a table")]
    Range {
        /// The values.
        what: &'static str,
        /// The least.
        least: i64,
        /// The greatest.
        greatest: i64,
    },
    /// Numbers have too many different scales.
    #[error("the {what} have {found} runs of different scales where at most {limit} are allowed")]
    Runs {
        /// The numbers.
        what: &'static str,
        /// The runs of numbers with the same scale.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
}
