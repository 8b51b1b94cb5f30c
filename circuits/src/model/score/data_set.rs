//! The form of a data set: what its integers mean.

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::model::{
    InputPort, MAX_BATCH_BITS, ModelError, Place, bits_of,
    validate::{check_port, check_sizes},
};

/// The public part of a data set. Its samples and labels are private, as weights are.
///
/// A set has one or more chunks, each of which is a weight tensor: a row for each sample, with its label beside it. Rows after the last
/// sample are padding, and hold zeros.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataSet {
    /// The base-two logarithm of the number of rows of a chunk, which is what one proof is about.
    pub log_size: u32,
    /// How a sample's numbers become integers. These are the set's own, whatever model is asked.
    pub samples: InputPort,
    /// What stands beside each sample.
    pub labels: Labels,
}

/// The labels of a data set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Labels {
    /// One of so many classes: as many integers, of which that of the sample's class is 1 and the others are 0.
    Classes(usize),
    /// The numbers that the model should answer, and then a 1 that tells a sample from padding.
    Numbers(InputPort),
}

impl DataSet {
    /// The integers of a sample.
    #[must_use]
    pub fn sample_width(&self) -> usize {
        self.samples.axes.iter().product()
    }

    /// The integers of a row: those of a sample, and those of its label.
    #[must_use]
    pub fn row_width(&self) -> usize {
        self.sample_width().saturating_add(self.labels.width())
    }

    /// The most samples of a chunk.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        match 1usize.checked_shl(self.log_size) {
            Some(rows) => rows,
            // No valid set is as large.
            None => usize::MAX,
        }
    }

    /// Refuses a form that is beyond a limit or contradicts itself.
    ///
    /// # Errors
    /// [`ModelError`] names the first thing that is wrong.
    pub fn validate(&self) -> Result<(), ModelError> {
        if !(1..=MAX_BATCH_BITS).contains(&self.log_size) {
            return Err(ModelError::BatchSize { found: self.capacity(), limit: MAX_BATCH_BITS });
        }
        check_port(&self.samples)?;
        if let Labels::Numbers(port) = &self.labels {
            check_port(port)?;
        }
        // The classes of one label too.
        check_sizes(Place::DataSet, 0, &[self.labels.width(), self.row_width()])
    }

    /// The number of rows of `2^row_bits` integers in which a chunk is committed to.
    #[must_use]
    pub fn rows(&self, row_bits: u32) -> usize {
        ((self.capacity() << bits_of(self.row_width())) >> row_bits.min(usize::BITS - 1)).max(1)
    }

    /// keccak256 of the canonical encoding: the name of this form.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::keccak(&[b"hallmark data set form 1".as_slice(), &self.to_bytes()].concat())
    }

    /// The canonical encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Nothing in a form has an unknown length, which is all that postcard can't encode.
        postcard::to_stdvec(self).unwrap_or_default()
    }
}

impl Labels {
    /// The integers of a label.
    #[must_use]
    pub fn width(&self) -> usize {
        match self {
            Self::Classes(count) => *count,
            Self::Numbers(port) => port.axes.iter().product::<usize>().saturating_add(1),
        }
    }
}
