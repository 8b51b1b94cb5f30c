//! Scores: how well a model answers a data set, as one inference of a larger model.
//!
//! The larger model is a batch of the model's inferences. Its samples are no public input: they are weights, of a part of their own
//! ([`Architecture::parts`](super::Architecture::parts)). More steps compare the answers with the labels, which stand beside the
//! samples, and add up. The output is the score alone.
//!
//! The architecture follows from the model's own, the form of the data set, and a [`Score`]: whoever has them derives it.
//!
//! # What is proved
//! The samples and labels are those that the data set's digest binds, all of them, each once and in order. Every value is in the
//! range of its form, and a sample has one label or is padding: otherwise there is no proof. Padding counts for nothing.

mod classes;
mod convert;
mod data_set;
mod derive;
mod distance;
mod draft;
mod error;
mod metric;
#[cfg(test)]
mod tests;

pub use data_set::{DataSet, Labels};
pub use distance::DIGIT_BITS;
pub use error::ScoreError;
pub use metric::Metric;

use serde::{Deserialize, Serialize};

/// What is asked of a model about a data set, and the rows that cells and tables are committed to in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// What is counted or added up.
    pub metric: Metric,
    /// Commitments to cells and to tables are made in rows of `2^row_bits` values.
    pub row_bits: u32,
}
